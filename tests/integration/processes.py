# SPDX-License-Identifier: GPL-2.0-or-later
"""Child processes that never outlive a test, and waiting without hoping."""

import ctypes
import fcntl
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from gi.repository import GLib

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)

# A machine under load is slow, never broken: bounds are generous, and only a
# test that fails ever waits that long.
PATIENCE = 120 * float(os.environ.get('TDTECH_PATIENCE', '1'))

# What was freed is overwritten at once, so that whoever still uses it does not get far
OVERWRITE_FREED = {'G_SLICE': 'always-malloc',
                   'GLIBC_TUNABLES': 'glibc.malloc.perturb=165:glibc.malloc.tcache_count=0'}


def clean_environment(**extra):
    """An environment without what would lead a test astray: proxies, preloads, buses."""
    env = {key: os.environ[key] for key in ('PATH', 'HOME', 'TMPDIR', 'USER', 'ASAN_OPTIONS', 'UBSAN_OPTIONS',
                                             'TDTECH_PIECES', 'TDTECH_PIECES_SEED', 'TDTECH_IDENTITY')
           if key in os.environ}
    env.setdefault('PATH', '/usr/bin:/bin')
    env['PATH'] += ':/usr/sbin:/sbin'
    env['LC_ALL'] = 'C.UTF-8'
    env['GIO_USE_VFS'] = 'local'
    env.update(OVERWRITE_FREED)
    env.update({key: str(value) for key, value in extra.items()})
    return env


def die_with_parent():
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Process:
    """A child in a process group of its own, ended with all it started."""

    def __init__(self, name, argv, stdout, stderr, env=None, **popen):
        self.name = name
        self.argv = argv
        with open(stdout, 'ab') as out, open(stderr, 'ab') as err:
            # The group is made in the child, before it can start others
            self.popen = subprocess.Popen(argv, env=env or clean_environment(), stdin=subprocess.DEVNULL,
                                          stdout=out, stderr=err, start_new_session=True,
                                          preexec_fn=die_with_parent, **popen)

    @property
    def pid(self):
        return self.popen.pid

    def is_alive(self):
        return self.popen.poll() is None

    def signal(self, number):
        if self.is_alive():
            os.killpg(self.pid, number)

    def kill(self):
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        return self.popen.wait()

    def ends(self, patience=20):
        """Whether it ends by itself when told to."""
        if self.is_alive():
            self.signal(signal.SIGTERM)
            try:
                self.popen.wait(patience)
            except subprocess.TimeoutExpired:
                return False
        return True

    def stop(self, patience=20):
        self.ends(patience)
        return self.kill()


def _proc(pid, task, name):
    try:
        with open('/proc/%d/task/%s/%s' % (pid, task, name), encoding='utf-8', errors='replace') as file:
            return file.read().strip()
    except OSError as error:
        return '(%s)' % error.strerror


def stacks(pid):
    """What the threads of a process are doing: as the kernel has it and, where there is gdb, as that has it."""
    text = ''
    for task in sorted(os.listdir('/proc/%d/task' % pid), key=int):
        state = re.search(r'^State:.*', _proc(pid, task, 'status'), re.M)
        text += 'thread %s %s: %s, in %s\n%s\n' % (task, _proc(pid, task, 'comm'), state.group(0) if state else '?',
                                                  _proc(pid, task, 'wchan'), _proc(pid, task, 'stack'))
    gdb = shutil.which('gdb')
    if gdb:
        try:
            text += subprocess.run([gdb, '-nx', '-batch', '-p', str(pid), '-ex', 'thread apply all backtrace'],
                                   env=clean_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, timeout=60, check=False, encoding='utf-8',
                                   errors='replace').stdout
        except subprocess.TimeoutExpired:
            text += '(gdb did not end)\n'
    return text


def pump(seconds=0.0):
    """Lets D-Bus signals arrive for a while."""
    context = GLib.MainContext.default()
    over = []
    GLib.timeout_add(int(seconds * 1000), lambda: over.append(True) and False)
    while not over:
        context.iteration(True)
    while context.iteration(False):
        pass


def wait_for(what, condition, patience=None):
    """Returns the first true value of the condition."""
    end = time.monotonic() + (patience or PATIENCE)
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError('waited in vain for: %s (last: %r)' % (what, value))
        pump(0.02)


# Ports that this process was given: nobody else's while it runs
_ports = []


def _is_ours(port):
    """A server that is stopped for a while finds its port again: no other test is given it meanwhile."""
    folder = os.path.join(tempfile.gettempdir(), 'tdtech-ports-%d' % os.getuid())
    os.makedirs(folder, exist_ok=True)
    lock = open(os.path.join(folder, str(port)), 'w', encoding='ascii')  # pylint: disable=consider-using-with
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        return False
    _ports.append(lock)
    return True


def free_port():
    """A port free on both loopbacks, and no other test's; a connection may take it a moment later, so callers try again."""
    while True:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as six, \
                socket.socket(socket.AF_INET, socket.SOCK_STREAM) as four:
            six.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            six.bind(('::1', 0))
            port = six.getsockname()[1]
            try:
                four.bind(('127.0.0.1', port))
            except OSError:
                continue
        if _is_ours(port):
            return port
