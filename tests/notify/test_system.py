#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 modemmanager-tdtech authors

"""What comes with the agent: its unit, user, bus policy, autostart, configuration and manual pages."""

import configparser
import os
import re
import shutil
import subprocess
import tempfile

from desk import BUILD, SOURCE

import tap

AGENT = os.path.join(BUILD, 'agent', 'mmfota-agent')
UNIT = os.path.join(BUILD, 'dbus', 'mmfota-agent.service')
CONFIGURATION = os.path.join(SOURCE, 'agent', 'agent.conf')
NAME = 'com.td_tech.FotaAgent1'
# Users that every Debian has
OWNER, STRANGER = 'nobody', 'daemon'


def run(*argv, **more):
    return subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          encoding='utf-8', check=False, env=dict(os.environ, LC_ALL='C.UTF-8'), **more)


def read(*path):
    with open(os.path.join(SOURCE, *path), encoding='utf-8') as source:
        return source.read()


def settings(text):
    """group and key → value, of what mmfota-agent --print-config prints."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.read_string(text)
    return {(group, key): value for group in parser.sections() for key, value in parser[group].items()}


def print_config(path):
    done = run(AGENT, '--config', path, '--print-config')
    assert done.returncode == 0, done.stdout
    return settings(done.stdout)


def case_unit_is_sandboxed():
    done = run('systemd-analyze', 'security', '--offline=yes', '--no-pager', UNIT)
    score = float(re.search(r'Overall exposure level for mmfota-agent\.service: ([\d.]+)', done.stdout).group(1))
    tap.comment('systemd-analyze security: %.1f' % score)
    assert score < 2.0, done.stdout


def case_unit_fits_the_program():
    unit = settings(read('dbus', 'mmfota-agent.service.in').replace('ExecStart', 'execstart'))
    assert unit['Service', 'execstart'] == '@sbindir@/mmfota-agent', unit
    # What the program tells systemd, and where it remembers
    assert unit['Service', 'type'] == 'notify' and unit['Service', 'statedirectory'] == 'mmfota-agent', unit
    assert unit['Service', 'user'] == 'mmfota-agent', unit


def case_user_is_made():
    with tempfile.TemporaryDirectory() as root:
        os.mkdir(os.path.join(root, 'etc'))
        done = run('systemd-sysusers', '--root=' + root, os.path.join(SOURCE, 'dbus', 'mmfota-agent.sysusers'))
        assert done.returncode == 0, done.stdout
        with open(os.path.join(root, 'etc', 'passwd'), encoding='utf-8') as passwd:
            fields = re.search(r'^mmfota-agent:.*$', passwd.read(), re.MULTILINE).group(0).split(':')
        assert int(fields[2]) < 1000 and fields[6].endswith('nologin'), fields


HOLD_NAME = """
import sys
from gi.repository import Gio, GLib
bus = Gio.DBusConnection.new_for_address_sync(
    sys.argv[1], Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
print(bus.call_sync('org.freedesktop.DBus', '/', 'org.freedesktop.DBus', 'RequestName',
                    GLib.Variant('(su)', (sys.argv[2], 4)), None, 0, -1, None).unpack()[0], flush=True)
bus.set_exit_on_close(True)
GLib.MainLoop().run()
"""


def as_user(user):
    return ([] if os.geteuid() == 0 else ['sudo', '-n']) + ['setpriv', '--reuid', user, '--clear-groups', '--']


class Bus:
    """Of type system, where our policy holds, and root, a stranger and the agent's user are."""

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix='notify-bus-')
        os.chmod(self.folder, 0o755)
        # There is no user of that name here
        policy = read('dbus', NAME + '.conf').replace('user="mmfota-agent"', 'user="%s"' % OWNER)
        assert policy.count('user="%s"' % OWNER) == 1
        with open(os.path.join(self.folder, 'policy.conf'), 'w', encoding='utf-8') as out:
            out.write(policy)
        with open(os.path.join(self.folder, 'bus.conf'), 'w', encoding='utf-8') as out:
            out.write('<busconfig><type>system</type><listen>unix:path=%s/socket</listen><auth>EXTERNAL</auth>'
                      '<policy context="default"><allow user="*"/><deny own="*"/><deny send_type="method_call"/>'
                      '<allow send_type="signal"/><allow send_requested_reply="true" send_type="method_return"/>'
                      '<allow send_requested_reply="true" send_type="error"/>'
                      '<allow send_destination="org.freedesktop.DBus"/><allow receive_type="method_call"/>'
                      '<allow receive_type="method_return"/><allow receive_type="error"/>'
                      '<allow receive_type="signal"/></policy>'
                      '<include>%s/policy.conf</include></busconfig>' % (self.folder, self.folder))
        self.process = subprocess.Popen(['dbus-daemon', '--config-file=' + os.path.join(self.folder, 'bus.conf'),
                                         '--nofork', '--print-address=1'], stdout=subprocess.PIPE, encoding='ascii')
        assert self.process.stdout.readline(), 'dbus-daemon did not start'
        self.address = 'unix:path=%s/socket' % self.folder
        return self

    def __exit__(self, *_exception):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder)

    def send(self, user, destination, path, method, *arguments):
        return run(*as_user(user), 'dbus-send', '--bus=' + self.address, '--print-reply', '--dest=' + destination, path,
                   method, *arguments).stdout


def case_bus_policy():
    """Who may be the agent, and who may call it."""
    with Bus() as bus:
        for user, may in (('root', True), (OWNER, True), (STRANGER, False)):
            said = bus.send(user, 'org.freedesktop.DBus', '/', 'org.freedesktop.DBus.RequestName', 'string:' + NAME,
                            'uint32:4')
            assert ('AccessDenied' not in said and 'uint32 1' in said) == may, (user, said)
        with subprocess.Popen([*as_user(OWNER), '/usr/bin/python3', '-c', HOLD_NAME, bus.address, NAME],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, encoding='ascii') as agent:
            assert agent.stdout.readline() == '1\n'
            for member, may in ((NAME + '.CheckNow', True), ('org.freedesktop.DBus.Properties.GetAll', True),
                                ('org.freedesktop.DBus.Introspectable.Introspect', True), ('com.example.Other.Do', False)):
                said = bus.send(STRANGER, NAME, '/com/td_tech/FotaAgent1', member)
                # It has no object: what is let through finds none
                assert ('AccessDenied' not in said) == may, (member, said)
            agent.kill()


def case_every_method_has_an_action():
    """That polkit knows."""
    xml = read('introspection', NAME + '.xml')
    actions = set(re.findall(r'Polkit action: (%s\.\w+)\.' % re.escape(NAME), xml))
    assert len(actions) == len(re.findall(r'<method name=', xml)) == 3, actions
    assert set(re.findall(r'<action id="([\w.]+)"', read('dbus', NAME + '.policy'))) == actions
    done = run('xmllint', '--noout', '--nonet', os.path.join(SOURCE, 'dbus', NAME + '.policy'),
               os.path.join(SOURCE, 'dbus', NAME + '.conf'))
    assert done.returncode == 0, done.stdout


def case_autostart():
    with open(os.path.join(BUILD, 'agent', 'notify', 'mmfota-notify.desktop'), encoding='utf-8') as merged:
        entry = settings(merged.read())
    assert entry['Desktop Entry', 'type'] == 'Application', entry
    assert os.access(os.path.join(BUILD, 'agent', 'notify', entry['Desktop Entry', 'exec']), os.X_OK), entry


def case_configuration_says_the_defaults():
    """The file changes nothing, and has each key with the value that holds without it."""
    with tempfile.TemporaryDirectory() as folder:
        empty, told = os.path.join(folder, 'empty.conf'), os.path.join(folder, 'told.conf')
        with open(empty, 'w', encoding='ascii'):
            pass
        text = read('agent', 'agent.conf')
        with open(told, 'w', encoding='utf-8') as out:
            out.write(re.sub(r'^#([a-z-]+=)', r'\1', text, flags=re.MULTILINE))
        defaults = print_config(empty)
        assert len(defaults) > 25 and print_config(CONFIGURATION) == defaults
        assert print_config(told) == defaults
        commented = {(group, key) for group, body in re.findall(r'^\[([a-z]+)\]\n(.*?)(?=^\[|\Z)', text, re.MULTILINE | re.DOTALL)
                     for key in re.findall(r'^#([a-z-]+)=', body, re.MULTILINE)}
        assert commented == set(defaults), commented ^ set(defaults)


def case_manual_has_each_key():
    page = read('agent', 'mmfota-agent.conf.5')
    sections = dict(re.findall(r'^\.Ss \[([a-z]+)\]\n(.*?)(?=^\.S[sh])', page, re.MULTILINE | re.DOTALL))
    defaults = print_config(CONFIGURATION)
    assert set(sections) == {group for group, _key in defaults}, sections.keys()
    for group, key in defaults:
        tags = re.findall(r'^\.It Cm (.*)$', sections[group], re.MULTILINE)
        assert key in {name for tag in tags for name in tag.split(' , ')}, (group, key)
    done = run(AGENT, '--help')
    for option in re.findall(r'--([a-z-]+)', done.stdout):
        assert '-' + option in read('agent', 'mmfota-agent.8'), option


def case_examples_are_valid():
    """Of the manual page and of README."""
    page = read('agent', 'mmfota-agent.conf.5')
    examples = re.findall(r'^\.Bd -literal -offset indent\n(.*?)^\.Ed', page, re.MULTILINE | re.DOTALL)
    examples += re.findall(r'^```ini\n(.*?)^```', read('README.md'), re.MULTILINE | re.DOTALL)
    assert len(examples) == 2, examples
    for example in examples:
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, 'example.conf')
            with open(path, 'w', encoding='utf-8') as out:
                out.write(example)
            done = run(AGENT, '--check-config', path)
            assert done.returncode == 0 and print_config(path)['server', 'url'], done.stdout


def case_man_has_nothing_to_complain_of():
    for page in (('agent', 'mmfota-agent.8'), ('agent', 'mmfota-agent.conf.5'), ('agent', 'notify', 'mmfota-notify.1')):
        for width in ('80', '120'):
            done = subprocess.run(['man', '--warnings=all', '-l', os.path.join(SOURCE, *page)], stdin=subprocess.DEVNULL,
                                  capture_output=True, check=True, env=dict(os.environ, LC_ALL='C.UTF-8', MANWIDTH=width))
            assert done.stdout and not done.stderr, done.stderr


if __name__ == '__main__':
    tap.run(globals())
