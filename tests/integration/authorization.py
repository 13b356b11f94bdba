# SPDX-License-Identifier: GPL-2.0-or-later
"""A bed whose bus is of type system, with a real polkitd and users who are, or are
not, in front of the machine.

polkit learns about sessions from systemd-logind's files below /run/systemd and from
the control group of the calling process. Here both are made by hand, in a mount
namespace of the test's own, where polkitd also finds our actions and the users.
The machine's own files are never touched.
"""

import json
import os
import pty
import select
import shutil
import stat
import subprocess
import sys
import termios
import time

from bus import SystemBus
from harness import SOURCE, Bed, wait_for
from processes import PATIENCE, Process, clean_environment

BUS_POLICY = os.path.join(SOURCE, 'dbus', 'com.td_tech.ModemManager1.conf')
ACTIONS = os.path.join(SOURCE, 'dbus', 'com.td_tech.ModemManager1.policy')
RULES = os.path.join(SOURCE, 'dbus', 'mmfota-agent.rules')
POLKITD = '/usr/lib/polkit-1/polkitd'
PASSWORD_HELPER = '/usr/lib/polkit-1/polkit-agent-helper-1'
CALLER = os.path.join(SOURCE, 'tests', 'integration', 'caller.py')
PASSWORD = 'correct horse'


class User:
    def __init__(self, name, uid, session=None, active=False, seat=True, slice_path=None):
        self.name = name
        self.uid = uid
        self.session = session
        self.active = active
        self.seat = seat
        self.slice = slice_path or 'user.slice/user-%d.slice/session-%s.scope' % (uid, session)

    def control_group(self):
        return '1:name=systemd:/%s\n0::/%s\n' % (self.slice, self.slice)


ROOT = User('root', 0, slice_path='system.slice/cron.service')
ACTIVE = User('tdactive', 61001, session='c1', active=True)
INACTIVE = User('tdinactive', 61002, session='c2')
REMOTE = User('tdremote', 61003, session='c3', active=True, seat=False)
SESSIONLESS = User('tdnone', 61004, slice_path='user.slice')
SERVICE_USER = User('tdservice', 61005, slice_path='system.slice/tdservice.service')
ADMIN = User('tdadmin', 61006, session='c6', active=True, seat=False)
AGENT_USER = User('mmfota-agent', 61007, slice_path='system.slice/mmfota-agent.service')
USERS = (ROOT, ACTIVE, INACTIVE, REMOTE, SESSIONLESS, SERVICE_USER, ADMIN, AGENT_USER)


def enter_namespace():
    """Starts the test again, as root, where mounts concern nobody else."""
    if os.environ.get('TDTECH_NAMESPACE') == '1':
        return
    os.environ['TDTECH_NAMESPACE'] = '1'
    argv = ['unshare', '--mount', '--propagation', 'private', sys.executable, os.path.abspath(sys.argv[0])]
    argv += sys.argv[1:]
    if os.geteuid() != 0:
        kept = [name for name in os.environ if name.startswith('TDTECH_')]
        argv = ['sudo', '-n', '--preserve-env=' + ','.join(kept)] + argv
    os.execvp(argv[0], argv)


def mount(what, where):
    subprocess.run(['mount', '--bind', what, where], check=True)


class AuthorizationBed(Bed):
    test_session = False

    def __init__(self, *args, ours_first=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.ours_first = ours_first
        self.polkitd = None
        self.password_helper = None
        self.mounts = []

    def make_bus(self):
        return SystemBus(self.path('bus'), self.path('bus-policy.conf'), self.ours_first)

    def start(self):
        os.chmod(self.directory, 0o755)
        # The sources may lie where only their owner can look
        shutil.copy(BUS_POLICY, self.path('bus-policy.conf'))
        shutil.copy(CALLER, self.path('caller.py'))
        self._put_files()
        super().start()

    def _bind(self, name, where):
        mount(self.path(name), where)
        self.mounts.append(where)

    def _put_files(self):
        os.makedirs(self.path('polkit'))
        shutil.copytree('/usr/share/polkit-1/actions', self.path('polkit/actions'))
        shutil.copy(ACTIONS, self.path('polkit/actions'))
        self._bind('polkit/actions', '/usr/share/polkit-1/actions')
        # Rules of this machine's administrator are not to be tested
        os.makedirs(self.path('polkit/rules.d'))
        shutil.copy(RULES, self.path('polkit/rules.d'))
        if os.path.isdir('/etc/polkit-1/rules.d'):
            self._bind('polkit/rules.d', '/etc/polkit-1/rules.d')
        self._put_users()
        self._put_sessions()
        # polkit's password helper knows no other address of the bus
        os.makedirs(self.path('run-dbus'))
        os.symlink(self.path('bus/socket'), self.path('run-dbus/system_bus_socket'))
        os.makedirs('/run/dbus', exist_ok=True)
        self._bind('run-dbus', '/run/dbus')

    def _put_users(self):
        with open('/etc/passwd', encoding='utf-8') as text:
            passwd = text.read()
        with open('/etc/shadow', encoding='utf-8') as text:
            shadow = text.read()
        with open('/etc/group', encoding='utf-8') as text:
            group = [line for line in text.read().splitlines() if not line.startswith('sudo:')]
        group.append('sudo:x:27:' + ADMIN.name)
        password = subprocess.run(['openssl', 'passwd', '-6', PASSWORD], check=True, stdout=subprocess.PIPE,
                                  encoding='ascii').stdout.strip()
        for user in USERS[1:]:
            passwd += '%s:x:%d:%d::/nonexistent:/usr/sbin/nologin\n' % (user.name, user.uid, user.uid)
            shadow += '%s:%s:19000:0:99999:7:::\n' % (user.name, password if user is ADMIN else '!')
            group.append('%s:x:%d:' % (user.name, user.uid))
        for name, text, mode in (('passwd', passwd, 0o644), ('shadow', shadow, 0o600),
                                 ('group', '\n'.join(group) + '\n', 0o644)):
            with open(self.path(name), 'w', encoding='utf-8') as out:
                out.write(text)
            os.chmod(self.path(name), mode)
            self._bind(name, '/etc/' + name)

    def _put_sessions(self):
        for folder in ('seats', 'sessions', 'users', 'machines'):
            os.makedirs(self.path('run-systemd/' + folder))
        for user in USERS:
            if not user.session:
                continue
            state = 'active' if user.active else 'online'
            with open(self.path('run-systemd/sessions/' + user.session), 'w', encoding='utf-8') as out:
                out.write('UID=%d\nUSER=%s\nACTIVE=%d\nSTATE=%s\nREMOTE=%d\nTYPE=tty\nCLASS=user\n'
                          'SCOPE=session-%s.scope\n' % (user.uid, user.name, user.active, state, not user.seat,
                                                        user.session))
                if user.seat:
                    out.write('SEAT=seat0\n')
            with open(self.path('run-systemd/users/%d' % user.uid), 'w', encoding='utf-8') as out:
                out.write('NAME=%s\nSTATE=%s\nSESSIONS=%s\nONLINE_SESSIONS=%s\n' % (user.name, state, user.session,
                                                                                   user.session))
        os.makedirs('/run/systemd', exist_ok=True)
        self._bind('run-systemd', '/run/systemd')

    def _watch(self):
        # The bus is there, the daemon not yet: polkit comes first
        os.chmod(self.path('bus'), 0o755)
        os.makedirs(self.path('daemon-polkit'))
        self.polkitd = Process('polkitd', [POLKITD], self.path('daemon-polkit/stdout'),
                               self.path('daemon-polkit/stderr'), clean_environment(**self.bus.environment))
        wait_for('polkit', lambda: self.bus.connection.call_sync(
            'org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus', 'ListNames', None, None, 0,
            -1, None).unpack()[0].count('org.freedesktop.PolicyKit1'))
        super()._watch()

    def start_password_helper(self):
        """What checks passwords for agents is setuid root, or in later releases of polkit
        started by systemd for everybody who connects to a socket."""
        if os.stat(PASSWORD_HELPER).st_mode & stat.S_ISUID:
            return
        os.makedirs(self.path('run-polkit'))
        os.makedirs('/run/polkit', exist_ok=True)
        self._bind('run-polkit', '/run/polkit')
        socket = '/run/polkit/agent-helper.socket'
        os.makedirs(self.path('password-helper'))
        self.password_helper = Process('password helper',
                                       ['systemd-socket-activate', '--accept', '--inetd', '--listen=' + socket,
                                        PASSWORD_HELPER, '--socket-activated'],
                                       self.path('password-helper/stdout'), self.path('password-helper/stderr'))
        wait_for('the password helper', lambda: os.path.exists(socket))
        os.chmod(socket, 0o666)

    def _leave(self, error):
        for process in (self.password_helper, self.polkitd):
            if process:
                process.stop()
        super()._leave(error)
        for where in reversed(self.mounts):
            subprocess.run(['umount', '--lazy', where], check=False)
        shutil.rmtree(self.directory, ignore_errors=True)


def run_as(bed, user, *argv):
    """Runs a client as the user; for those whose control group is of no account."""
    os.chmod(bed.directory, 0o755)
    return bed.run('setpriv', '--reuid=%d' % user.uid, '--regid=%d' % user.uid, '--clear-groups', '--', *argv)


class Somebody:
    """A process of the user, in the user's session, that makes D-Bus calls."""

    def __init__(self, bed, user):
        self.bed = bed
        self.user = user
        argv = ['setpriv', '--reuid=%d' % user.uid, '--regid=%d' % user.uid, '--clear-groups', '--',
                sys.executable, bed.path('caller.py')]
        self.process = subprocess.Popen(argv, env=clean_environment(**bed.bus.environment), encoding='utf-8',
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        group = bed.path('cgroup-%d' % self.process.pid)
        with open(group, 'w', encoding='utf-8') as out:
            out.write(user.control_group())
        self.group = '/proc/%d/cgroup' % self.process.pid
        mount(group, self.group)
        self.process.stdin.write('go\n')
        self.process.stdin.flush()

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.process.stdin.close()
        self.process.wait(PATIENCE)
        self.process.stdout.close()
        subprocess.run(['umount', '--lazy', self.group], check=False, stderr=subprocess.DEVNULL)

    def send(self, destination, path, interface, method, signature=None, arguments=None):
        self.process.stdin.write(json.dumps([destination, path, interface, method, signature, arguments]) + '\n')
        self.process.stdin.flush()

    def receive(self):
        """(error name or None, message or reply)"""
        answer = json.loads(self.process.stdout.readline())
        return answer['error'], answer['body']

    def call(self, *message):
        self.send(*message)
        return self.receive()


class Agent:
    """polkit's own text agent on a terminal, for one process."""

    def __init__(self, bed, somebody):
        user = somebody.user
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.execvpe('setpriv', ['setpriv', '--reuid=%d' % user.uid, '--regid=%d' % user.uid, '--clear-groups',
                                   '--', 'pkttyagent', '--process', str(somebody.process.pid)],
                       clean_environment(**bed.bus.environment))
        self.text = ''
        group = bed.path('cgroup-%d' % self.pid)
        with open(group, 'w', encoding='utf-8') as out:
            out.write(user.control_group())
        mount(group, '/proc/%d/cgroup' % self.pid)

    def type_password(self, password):
        seen = len(self.text)
        end = time.monotonic() + PATIENCE
        while 'assword' not in self.text[seen:]:
            assert time.monotonic() < end, 'the agent does not ask: %r' % self.text
            if select.select([self.terminal], [], [], 0.2)[0]:
                self.text += os.read(self.terminal, 4096).decode('utf-8', 'replace')
        # What is typed before the agent turns the echo off is thrown away
        wait_for('the echo to be off', lambda: not termios.tcgetattr(self.terminal)[3] & termios.ECHO)
        os.write(self.terminal, password.encode() + b'\n')

    def stop(self):
        os.kill(self.pid, 15)
        os.waitpid(self.pid, 0)
        os.close(self.terminal)
        subprocess.run(['umount', '--lazy', '/proc/%d/cgroup' % self.pid], check=False, stderr=subprocess.DEVNULL)
