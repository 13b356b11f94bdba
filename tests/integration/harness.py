# SPDX-License-Identifier: GPL-2.0-or-later
"""The test bed: a private bus, a simulated module, the stock ModemManager with
our plugin, a real web server. Everything ends with the case."""

import glob
import mmap
import os
import re
import shlex
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time

import gi
gi.require_version('Gio', '2.0')
from gi.repository import Gio, GLib  # noqa: E402  pylint: disable=wrong-import-position

from bus import Bus  # noqa: E402
from contract import (CALL, FOTA, MODEM, MODEM_SIMPLE, MODEM_STATE_REGISTERED, MODEM_VOICE,  # noqa: E402
                      PROPERTIES, ROOT, SERVICE, options)
from processes import Process, clean_environment, pump, stacks, wait_for  # noqa: E402
from server import Release, Server  # noqa: E402
from simulator import Simulator  # noqa: E402

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get('TDTECH_BUILD') or os.path.join(SOURCE, 'build')
PLUGIN = os.path.join(BUILD, 'plugin', 'libmm-plugin-tdtech.so')
MMFOTA = os.path.join(BUILD, 'cli', 'mmfota')
SIMULATOR = os.path.join(BUILD, 'tests', 'simulator', 'tdtech-simulator')
FAST_CLOCK = os.path.join(BUILD, 'tests', 'integration', 'fast-clock.so')
DAEMON = '/usr/sbin/ModemManager'
LOGS = os.path.join(BUILD, 'tests', 'logs')

# How much faster than life most cases run. While a command waits for its answer the
# daemon's clock runs no faster than CAREFUL, see fast-clock.c
SPEED = float(os.environ.get('TDTECH_SPEED', '20'))
CAREFUL = min(4.0, SPEED)

# What the daemon of a case is started by, if the case itself does not say; scripts/case uses it
DAEMON_PREFIX = shlex.split(os.environ.get('TDTECH_DAEMON_PREFIX', ''))

# What the simulated module runs, and what the server offers, if nothing else is said
OLD_VERSION = '1.2.5.0(SP1C02)'
NEW_VERSION = '1.3.0.0(SP1C02)'

# What GLib prints on stderr: "(ModemManager:12): GLib-GObject-CRITICAL **: …"
# ModemManager 1.24.2 gives a module 20 s to end its sessions. One that needs longer is told
# of twice in the daemon, whatever its plugin: mm-sleep-context.c completes its task again.
SHUTDOWN_TIMEOUT = 'shutdown failed: timeout waiting for sleep preparation'
SHUTDOWN_COMPLAINT = r"g_task_return_boolean: assertion 'G_IS_TASK \(task\)' failed"

GLIB_COMPLAINT = re.compile(r'(WARNING|CRITICAL|ERROR) \*\*|\bERROR:.*assertion')


class FastClock:
    """The file that fast-clock.c shares with us."""

    FORMAT = 'dddqqqq'

    def __init__(self, path, rate):
        self.path = path
        with open(path, 'wb') as out:
            out.write(struct.pack(self.FORMAT, rate, CAREFUL, 1.0, time.clock_gettime_ns(time.CLOCK_MONOTONIC), 0,
                                  0, 0))
        with open(path, 'r+b') as both:
            self.map = mmap.mmap(both.fileno(), struct.calcsize(self.FORMAT))

    def set_rate(self, rate):
        self.map[0:8] = struct.pack('d', rate)

    def set_careful(self, rate):
        self.map[8:16] = struct.pack('d', rate)

    def set_clock(self, seconds):
        """As if somebody had set the clock by so much."""
        self.map[40:48] = struct.pack('q', int(seconds * 1e9))

    def sleep(self, seconds):
        """As if the machine had slept for so much longer."""
        self.map[48:56] = struct.pack('q', struct.unpack('q', self.map[48:56])[0] + int(seconds * 1e9))

    def skip(self, seconds):
        """As if so much time had passed by all clocks. The rate must be steady meanwhile."""
        self.map[32:40] = struct.pack('q', struct.unpack('q', self.map[32:40])[0] + int(seconds * 1e9))

    def now(self):
        """The daemon's Unix time."""
        _rate, _careful, current, base, extra, step, asleep = struct.unpack(self.FORMAT, self.map[:])
        ahead = step + asleep + extra + (time.clock_gettime_ns(time.CLOCK_MONOTONIC) - base) * (current - 1)
        return time.time() + ahead / 1e9


class Daemon:
    """The stock ModemManager."""

    def __init__(self, bed):
        self.bed = bed
        self.directory = bed.path('daemon')
        self.plugins = bed.path('plugins')
        self.state = bed.path('state')
        self.process = None
        self.starts = 0
        os.makedirs(self.directory)
        os.makedirs(self.state, 0o700)
        self._link_plugins()

    def _link_plugins(self):
        os.makedirs(self.plugins)
        for stock in glob.glob('/usr/lib/*/ModemManager/libmm-*.so'):
            os.symlink(stock, os.path.join(self.plugins, os.path.basename(stock)))
        if self.bed.plugin:
            link = os.path.join(self.plugins, os.path.basename(self.bed.plugin))
            if os.path.lexists(link):
                os.unlink(link)
            os.symlink(self.bed.plugin, link)

    def path(self, name):
        return os.path.join(self.directory, name)

    def environment(self):
        env = clean_environment(UMOCKDEV_DIR=self.bed.simulator.umockdev_dir,
                                LD_PRELOAD=':'.join((*self.bed.daemon_preloads, 'libumockdev-preload.so.0')),
                                FAST_CLOCK=self.bed.clock.path,
                                STATE_DIRECTORY=self.state,
                                G_DEBUG='fatal-criticals')
        env.update(self.bed.bus.environment)
        env.update(self.bed.daemon_environment)
        return env

    def log_option(self):
        return '--log-file=' + self.path('daemon-%d.log' % self.starts)

    def start(self):
        self.starts += 1
        argv = self.bed.daemon_prefix + [DAEMON]
        if self.bed.test_session:
            argv += ['--test-session']
        argv += ['--test-plugin-dir=' + self.plugins, '--test-no-suspend-resume', *self.bed.daemon_options,
                 self.log_option()]
        self.process = Process('ModemManager', argv, self.path('stdout'), self.path('stderr'), self.environment())
        return self

    def is_alive(self):
        return bool(self.process) and self.process.is_alive()

    def kill(self):
        """As a crash: the module may be in the middle of an answer, which the next daemon
        takes for that to its first probe."""
        self.bed.allowed_violations.append(r"'command': '(ATI|AT\+CGMR)', 'reason': 'sent before the answer to")
        return self.process.kill()

    def stop(self):
        if self.process:
            self.process.stop()

    def restart(self):
        """As after a crash."""
        self.kill()
        self.start()

    def log(self):
        text = ''
        for number in range(1, self.starts + 1):
            try:
                with open(self.path('daemon-%d.log' % number), encoding='utf-8', errors='replace') as log:
                    text += log.read()
            except FileNotFoundError:
                pass
        return text

    def last_words(self):
        with open(self.path('stderr'), encoding='utf-8', errors='replace') as err:
            return err.read()[-500:].strip()

    def complaints(self):
        if not self.starts:
            return []
        known = SHUTDOWN_COMPLAINT if SHUTDOWN_TIMEOUT in self.log() else None
        with open(self.path('stderr'), encoding='utf-8', errors='replace') as err:
            return [line.rstrip() for line in err
                    if GLIB_COMPLAINT.search(line) and not (known and re.search(known, line))]


class Watch(threading.Thread):
    """Takes the stacks of a daemon that does not answer, for the kept logs. It judges
    nothing: who waits for the daemon does."""

    PATIENCE = 20

    def __init__(self, bed):
        super().__init__(daemon=True)
        self.bed = bed
        self.over = threading.Event()

    def _answers(self, connection):
        try:
            # The main loop's to answer; a ping is not
            connection.call_sync(SERVICE, ROOT, PROPERTIES, 'Get', GLib.Variant('(ss)', (SERVICE, 'Version')), None,
                                 0, self.PATIENCE * 1000, None)
        except GLib.Error as error:
            return not error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.TIMED_OUT)
        return True

    def run(self):
        connection = self.bed.bus.connect()
        while not self.over.wait(self.bed.watch_seconds):
            process = self.bed.daemon.process
            if not process or not process.is_alive() or self._answers(connection) or self.over.is_set():
                continue
            try:
                text = stacks(process.pid)
            except OSError:
                continue
            with open(self.bed.daemon.path('stacks'), 'a', encoding='utf-8') as out:
                out.write('no answer for %d s\n%s\n' % (self.PATIENCE, text))
        connection.close_sync(None)

    def stop(self):
        if self.is_alive():
            self.over.set()
            self.join()


class Bed:
    """
    with Bed({'fota': {'outcome': 'unchanged'}}) as bed:
        ...

    The scenario goes to the simulator as it is. A release is offered unless it is None.
    """

    test_session = True
    daemon_options = ('--debug', '--log-timestamps')
    daemon_preloads = (FAST_CLOCK,)
    # A report of mmfota that the simulated module answers from
    replay = None
    # Between two looks at whether the daemon answers; most cases are over before the first
    watch_seconds = 15

    def __init__(self, scenario=None, speed=SPEED, release=Release(), plugin=PLUGIN, daemon=True,
                 daemon_prefix=(), daemon_environment=None, keep=None):
        self.speed = speed
        self.scenario = {group: dict(keys) for group, keys in (scenario or {}).items()}
        self.scenario.setdefault('timing', {}).setdefault('speed', speed)
        self.release = release
        self.plugin = plugin
        self.start_daemon = daemon
        self.daemon_prefix = list(daemon_prefix) or DAEMON_PREFIX
        self.daemon_environment = daemon_environment or {}
        self.keep = keep
        self.directory = None
        self.bus = self.simulator = self.server = self.daemon = self.clock = self.watch = None
        # A case that kills the daemon, or makes the module misbehave on purpose, says so
        self.daemon_may_be_dead = False
        self.allowed_violations = []
        self.allowed_complaints = []
        self.changes = []
        self.events = []

    # Life

    def path(self, name):
        return os.path.join(self.directory, name)

    def __enter__(self):
        self.directory = tempfile.mkdtemp(prefix='tdtech-')
        try:
            self.start()
        except BaseException as error:
            self._leave(error)
            raise
        return self

    def __exit__(self, _kind, error, _trace):
        if error is None:
            try:
                self.check_sanity()
            except BaseException as failed:
                self._leave(failed)
                raise
        self._leave(error)

    def make_bus(self):
        return Bus(self.path('bus'))

    def make_daemon(self):
        return Daemon(self)

    def start(self):
        self.bus = self.make_bus()
        self.bus.start()
        self._watch()
        self.clock = FastClock(self.path('clock'), self.speed)
        os.makedirs(self.path('server'))
        self.server = Server(self.path('server'))
        self.server.start()
        if self.release:
            self.server.offer(self.release)
        self.simulator = Simulator(self.path('simulator'), SIMULATOR, self.scenario, self.replay)
        self.simulator.start()
        self.daemon = self.make_daemon()
        self.watch = Watch(self)
        self.watch.start()
        if self.start_daemon:
            self.daemon.start()

    def _leave(self, error):
        for part in (self.watch, self.daemon, self.simulator, self.server, self.bus):
            if part:
                try:
                    part.stop()
                except Exception as failed:  # pylint: disable=broad-except
                    print('# ending: %s' % failed, file=sys.stderr)
        if error is not None and not isinstance(error, GeneratorExit):
            kept = os.path.join(LOGS, '%s.%s' % (os.path.basename(sys.argv[0]).replace('.py', ''),
                                                 '-'.join(sys.argv[1:]) or 'all'))
            shutil.rmtree(kept, ignore_errors=True)
            os.makedirs(kept)
            if self.simulator:
                print('# cut as with ' + self.simulator.pieces(), flush=True)
            for folder in ('bus', 'server', 'simulator', 'daemon', 'state', 'clients'):
                if os.path.isdir(self.path(folder)):
                    shutil.copytree(self.path(folder), os.path.join(kept, folder), symlinks=True,
                                    ignore=_sockets_and_packages, ignore_dangling_symlinks=True)
            try:
                error.logs = kept
            except AttributeError:
                pass
        shutil.rmtree(self.directory, ignore_errors=True)

    def check_sanity(self):
        pump()
        if self.simulator.process.is_alive():
            violations = [v for v in self.simulator.violations()
                          if not any(re.search(allowed, str(v)) for allowed in self.allowed_violations)]
            assert not violations, 'the module was asked what it must not be asked: %r' % violations
        else:
            raise AssertionError('the simulator died')
        if not self.daemon_may_be_dead and self.daemon.process:
            assert self.daemon.is_alive(), 'ModemManager died: %s' % self.daemon.process.popen.returncode
            # One that waits for a command of ours, or for itself, would be killed by systemd
            assert self.daemon.process.ends(60), 'ModemManager does not end when told to'
        complaints = [c for c in self.daemon.complaints()
                      if not any(re.search(allowed, c) for allowed in self.allowed_complaints)]
        assert not complaints, 'the daemon complained: %r' % complaints[:5]

    # The bus

    def _watch(self):
        self.bus.connection.signal_subscribe(SERVICE, PROPERTIES, 'PropertiesChanged', None, None, 0,
                                             self._on_changed)
        self.bus.connection.signal_subscribe(SERVICE, FOTA, 'Event', None, None, 0, self._on_event)

    def _on_changed(self, _connection, _sender, path, _interface, _signal, parameters):
        interface, changed, _invalid = parameters.unpack()
        self.changes.append((path, interface, changed))

    def _on_event(self, _connection, _sender, _path, _interface, _signal, parameters):
        self.events.append(parameters.unpack())

    def call(self, path, interface, method, parameters=None, timeout=60, connection=None):
        reply = (connection or self.bus.connection).call_sync(SERVICE, path, interface, method, parameters, None, 0,
                                                              timeout * 1000, None)
        return reply.unpack()

    def objects(self):
        try:
            return self.call(ROOT, 'org.freedesktop.DBus.ObjectManager', 'GetManagedObjects')[0]
        except GLib.Error:
            # Not there yet, or being restarted
            return {}

    def properties(self, path, interface):
        return self.call(path, PROPERTIES, 'GetAll', GLib.Variant('(s)', (interface,)))[0]

    # The modem

    def modems(self):
        return sorted(path for path, interfaces in self.objects().items() if MODEM in interfaces)

    @property
    def modem(self):
        """The path of the modem, which changes at every re-enumeration."""
        return wait_for('a modem', self.modems)[0]

    def modem_properties(self, interface=MODEM):
        paths = self.objects()
        for path in sorted(paths):
            if interface in paths[path]:
                return paths[path][interface]
        return {}

    def wait_modem(self, state=None):
        """Until the modem is there and, if a state is given, has come that far."""
        def ready():
            properties = self.modem_properties()
            return 'State' in properties and (state is None or properties['State'] >= state)
        wait_for('the modem in state %s' % state, ready)
        return self.modem

    def enable(self):
        self.wait_modem(3)
        self.call(self.modem, MODEM, 'Enable', GLib.Variant('(b)', (True,)))

    def registered(self):
        """Enabled and registered."""
        self.enable()
        return self.wait_modem(MODEM_STATE_REGISTERED)

    def ready(self):
        """Registered, and the firmware interface has read the module's state."""
        self.registered()
        self.wait_fota()

    def connect(self, **properties):
        """Simple.Connect; returns the bearer."""
        properties.setdefault('apn', 'ctnet')
        types = {'apn': 's', 'user': 's', 'password': 's', 'ip-type': 'u', 'allowed-auth': 'u', 'allow-roaming': 'b',
                 'number': 's', 'operator-id': 's', 'pin': 's', 'profile-id': 'i'}
        arguments = {}
        for name, value in properties.items():
            key = name.replace('_', '-')
            arguments[key] = GLib.Variant(types[key], value)
        return self.call(self.modem, MODEM_SIMPLE, 'Connect', GLib.Variant('(a{sv})', (arguments,)))[0]

    def disconnect(self, bearer='/'):
        self.call(self.modem, MODEM_SIMPLE, 'Disconnect', GLib.Variant('(o)', (bearer,)))

    def calls(self):
        paths = self.modem_properties(MODEM_VOICE).get('Calls', [])
        return {path: self.properties(path, CALL) for path in paths}

    # The firmware interface

    def fota(self):
        return self.modem_properties(FOTA)

    def wait_fota(self):
        """Until the interface is there and has read the module's state."""
        return wait_for('the firmware interface', lambda: self.fota().get('State') and self.fota())

    def verb(self, verb, **values):
        """Calls Check, Download, …; returns the transaction's id."""
        reply = self.call(self.modem, FOTA, verb, GLib.Variant('(a{sv})', (options(**values),)))
        return reply[0] if reply else None

    def wait_state(self, *states):
        return wait_for('State %s' % (states,), lambda: self.fota().get('State') in states and self.fota())

    def wait_result(self, transaction, patience=None):
        """The result of the transaction, once it is over, whatever object tells it."""
        def over():
            properties = self.fota()
            result = properties.get('Result', {})
            if result.get('transaction') == transaction and properties.get('Transaction') != transaction:
                return result
            return None
        return wait_for('the result of %s' % transaction, over, patience)

    def kinds(self):
        """The kinds of events seen, in order."""
        pump()
        return [kind for _sequence, kind, _details in self.events]

    # Clients

    def run(self, *argv, stdin=subprocess.DEVNULL, timeout=300, check=None, env=None):
        """Runs mmcli, mmfota … on this bus."""
        environment = clean_environment(**self.bus.environment)
        environment.update(env or {})
        done = subprocess.run(argv, env=environment, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=timeout, check=False, encoding='utf-8', errors='replace')
        if check is not None:
            assert done.returncode == check, '%s: exit status %d\n%s%s' % (' '.join(argv), done.returncode,
                                                                          done.stdout, done.stderr)
        return done

    def mmcli(self, *argv, **kwargs):
        return self.run('mmcli', *argv, **kwargs)

    def mmfota(self, *argv, **kwargs):
        return self.run(MMFOTA, *argv, **kwargs)

    def signal_daemon(self, number=signal.SIGKILL):
        self.daemon.process.signal(number)


def _sockets_and_packages(folder, names):
    left_out = []
    for name in names:
        path = os.path.join(folder, name)
        if not (os.path.isfile(path) or os.path.isdir(path)) or name.lower().endswith(('.bin', '.swu')):
            left_out.append(name)
    return left_out
