# SPDX-License-Identifier: GPL-2.0-or-later
"""A life: a script performed on the stock daemon, and the peace that follows."""

import base64
import os
import signal
import struct
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'integration'))
sys.path.insert(0, os.path.join(HERE, '..', 'faults'))

import flow  # noqa: E402
from flow import Gone  # noqa: E402
from contract import (CALL, FOTA, MODEM, MODEM_SIMPLE, MODEM_STATE_ENABLED,  # noqa: E402
                      MODEM_STATE_REGISTERED, MODEM_VOICE, PROPERTIES, ROOT,  # noqa: E402
                      SERVICE, SUCCEEDED, NOTHING_NEWER, error_name, error_text)
from contract import options as make_options  # noqa: E402
from gi.repository import Gio, GLib  # noqa: E402
from harness import BUILD, FAST_CLOCK, Bed, Release, pump  # noqa: E402
from script import OTHER, step_text  # noqa: E402

# Of the simulator's scenario
GROUPS = ('fota', 'network', 'module', 'noise', 'timing', 'port')

WATCH = os.path.join(BUILD, 'tests', 'monkey', 'watch.so')
SPEED = flow.SPEED

# A step that waits for an event waits so long, in the module's time
EVENT_SECONDS = 60
# Until it begins: real seconds, and only a daemon that finds no modem at all is waited for so long
BEGIN_SECONDS = 30

# In peace. A verb is answered, a transaction ends, in the daemon's time
ANSWER_SECONDS = 300
# A module that stays in 50 is given up after an hour, and asked seldom then
END_SECONDS = 120 * 60
# Then the user does what users do: Cancel, and if that does not help, the power
HELP_SECONDS = 20 * 60
# Much faster, and ModemManager's own questions would leave the port no time for others
PEACE_SPEED = 400

# ModemManager's own: who is back while the probes of the time before are being cancelled is not probed
MISSED = 'Device support check task already available'

# A daemon that does not answer for so long, in real time, hangs
HANG_SECONDS = 20 * float(os.environ.get('TDTECH_PATIENCE', '1'))

# From these a check begins
IDLE_STATES = (10, 12, 13, 14, 20)

OBJECT_MANAGER = 'org.freedesktop.DBus.ObjectManager'
DBUS = 'org.freedesktop.DBus'


class Call:
    """A method somebody called, and what became of it."""

    def __init__(self, life, caller, method, values):
        self.caller = caller
        self.method = method
        self.values = values
        self.transaction = values.get('transaction') if values else None
        self.called = life.bed.clock.now()
        self.index = life.note('call', self)
        self.answer = None
        self.message = ''
        self.reply = None
        self.answered = None
        self.left = None
        self.lost = False

    def is_open(self):
        return self.answer is None and self.left is None and not self.lost

    def is_accepted(self):
        return self.answer is True

    def upgrades(self):
        return self.method == 'Upgrade' or bool(self.values and self.values.get('upgrade'))

    def text(self):
        return '%s %s: %s' % (self.method, self.values, self.answer)


class LifeBed(Bed):
    daemon_preloads = (WATCH, FAST_CLOCK)

    def __init__(self, script):
        world = script['world']
        scenario = {group: world[group] for group in GROUPS if group in world}
        super().__init__(scenario, speed=SPEED, release=Release(version=world['version'], size=200000))
        self.listener = None

    def start(self):
        path = self.path('wall-clock')
        self.daemon_environment = {'WALL_CLOCK': path}
        self.set_wall_clock(0)
        super().start()

    def set_wall_clock(self, seconds):
        with open(self.path('wall-clock'), 'r+b' if os.path.exists(self.path('wall-clock')) else 'wb') as out:
            out.write(struct.pack('q', int(seconds * 1e9)))

    def _on_changed(self, connection, sender, path, interface, signal_name, parameters):
        super()._on_changed(connection, sender, path, interface, signal_name, parameters)
        if self.listener:
            self.listener(*self.changes[-1])


class Pulse(threading.Thread):
    """Asks the daemon again and again whether it lives."""

    def __init__(self, life):
        super().__init__(daemon=True)
        self.life = life
        self.over = threading.Event()
        self.hung = False

    def run(self):
        connection = self.life.bed.bus.connect()
        while not self.over.wait(1):
            pid = self.life.running_pid()
            if not pid:
                continue
            begin = time.monotonic()
            try:
                connection.call_sync(SERVICE, '/', DBUS + '.Peer', 'Ping', None, None, Gio.DBusCallFlags.NO_AUTO_START, int(HANG_SECONDS * 1000), None)
            except GLib.Error:
                if time.monotonic() - begin > HANG_SECONDS * 0.9 and self.life.running_pid() == pid and not self.over.is_set():
                    self.hung = True
                    os.kill(pid, signal.SIGUSR2)
                    return
        connection.close_sync(None)

    def stop(self):
        self.over.set()


class Life(flow.Run):
    """Performs a script; what happened is in the chronicle."""

    def __init__(self, bed, script):
        self.chronicle = []
        self.hooks = []
        self.paths = {}
        super().__init__(bed, 'update', lambda *_nothing: None)
        self.script = script
        self.calls = []
        self.callers = {}
        self.killed = self.lied = False
        self.timers = []
        self.baseline = None
        self.helped = []
        # The network told something that is not so
        self.lied = False
        self.subscriptions = []
        self.pulse = Pulse(self)
        self.watcher = None

    # What happens

    def note(self, kind, data):
        self.chronicle.append((time.monotonic(), kind, data))
        for hook in list(self.hooks):
            hook(kind, data)
        return len(self.chronicle) - 1

    def _told(self, event):
        self.note(event['event'], event)

    def _changed(self, path, interface, changed):
        if interface == FOTA:
            self.note('properties', (path, changed))

    def _objects(self, _connection, _sender, _path, _interface, name, parameters):
        path, interfaces = parameters.unpack()
        if name == 'InterfacesAdded':
            self.paths.setdefault(path, set()).update(interfaces)
            if FOTA in interfaces:
                self.note('interface', path)
                self.note('properties', (path, interfaces[FOTA]))
        elif MODEM in interfaces or path not in self.paths:
            self.paths.pop(path, None)
        else:
            self.paths[path] -= set(interfaces)

    def _owner(self, _connection, _sender, _path, _interface, _name, parameters):
        name, _old, new = parameters.unpack()
        if name == SERVICE and not new:
            self.paths.clear()

    def begin_watching(self):
        connection = self.bed.bus.connection
        self.bed.listener = self._changed
        for interface, name, path, callback in ((OBJECT_MANAGER, 'InterfacesAdded', ROOT, self._objects),
                                                (OBJECT_MANAGER, 'InterfacesRemoved', ROOT, self._objects),
                                                (DBUS, 'NameOwnerChanged', '/org/freedesktop/DBus', self._owner)):
            self.subscriptions.append(connection.signal_subscribe(None, interface, name, path, None, 0, callback))
        self.watcher = flow.Watcher(self.bed.simulator, self.heard, self._told)
        self.pulse.start()

    def close(self):
        self.pulse.stop()
        for timer in self.timers:
            GLib.source_remove(timer)
        for subscription in self.subscriptions:
            self.bed.bus.connection.signal_unsubscribe(subscription)
        for connection in self.callers.values():
            if not connection.is_closed():
                connection.close_sync(None)
        if self.watcher:
            self.watcher.close()
        super().close()

    def later(self, seconds, action):
        """After so many of the module's seconds."""
        def due():
            self.timers.remove(timer)
            action()
            return False
        timer = GLib.timeout_add(max(int(seconds * 1000 / SPEED), 0), due)
        self.timers.append(timer)

    def running_pid(self):
        daemon = self.bed.daemon
        return daemon.process.pid if daemon.is_alive() else None

    # Waiting

    def _iterate(self, seconds, until=None):
        """Real seconds, or until that is true."""
        context = GLib.MainContext.default()
        over = []
        timer = GLib.timeout_add(int(seconds * 1000), lambda: over.append(True) or False)
        while not over and not (until and until()):
            context.iteration(True)
        if not over:
            GLib.source_remove(timer)

    @staticmethod
    def _is(event, kind, data):
        if event.startswith('AT'):
            return kind == 'command' and flow.command_name(data['command']) == event
        if event.startswith('^'):
            return kind == 'urc' and data['line'].replace(' ', '').startswith(event.replace(' ', ''))
        return kind == event

    def wait(self, when):
        if not isinstance(when, list):
            self._iterate(when / SPEED)
            return
        seconds, event = when
        seen = []

        def hook(kind, data):
            if self._is(event, kind, data):
                seen.append(True)
        self.hooks.append(hook)
        # A modem that is not there yet needs longer
        known = any(FOTA in interfaces for interfaces in self.paths.values())
        self._iterate(EVENT_SECONDS / SPEED * (1 if known else 6), lambda: seen)
        self.hooks.remove(hook)
        if seconds:
            self._iterate(seconds / SPEED)

    # Calls

    def path(self):
        paths = [path for path in self.paths if MODEM in self.paths[path]]
        return max(paths, key=lambda path: (FOTA in self.paths[path], len(path), path)) if paths else ROOT + '/Modem/0'

    def connection_of(self, caller):
        connection = self.callers.get(caller)
        if not connection or connection.is_closed():
            connection = self.callers[caller] = self.bed.bus.connect()
        return connection

    def call_later(self, caller, path, interface, method, parameters, values=None):
        """Calls and does not wait; the answer is noted when it comes."""
        call = Call(self, caller, method, values)
        self.calls.append(call)
        connection = self.connection_of(caller)

        def answered(source, result):
            call.answered = self.bed.clock.now()
            try:
                call.reply = source.call_finish(result).unpack()
                call.answer = True
                if call.reply and isinstance(call.reply[0], str) and values is not None:
                    call.transaction = call.reply[0]
            except GLib.Error as error:
                call.answer = error_name(error) or str(error)
                call.message = error_text(error)
                if call.answer.endswith(('.NoReply', '.ServiceUnknown', '.Disconnected')) or 'closed' in call.answer:
                    # The daemon is gone, or was never there, or we are: nobody knows
                    call.answer, call.lost = None, True
            self.note('answer-to', call)

        connection.call(SERVICE, path, interface, method, parameters, None, 0, 0x7fffffff, None, answered)
        connection.flush_sync(None)
        return call

    def urls(self, name):
        url = self.bed.server.url
        return {'right': url, 'other': url.replace('/fota/', '/nothing/'), 'wrong': 'http://127.0.0.1:9/'}.get(name, name)

    def do_verb(self, caller, verb, options):
        values = dict(options)
        if 'url' in values:
            values['url'] = self.urls(values['url'])
        self.call_later(caller, self.path(), FOTA, verb, GLib.Variant('(a{sv})', (as_options(values),)), values)

    def do_cancel(self, caller):
        self.call_later(caller, self.path(), FOTA, 'Cancel', GLib.Variant('(a{sv})', ({},)))

    def do_list_events(self, caller, after):
        self.call_later(caller, self.path(), FOTA, 'ListEvents', GLib.Variant('(t)', (after,)))

    def do_leave(self, caller):
        connection = self.callers.pop(caller, None)
        if not connection or connection.is_closed():
            return
        for call in self.calls:
            if call.caller == caller and call.is_open():
                call.left = self.bed.clock.now()
        connection.close_sync(None)

    def do_modem(self, method, **values):
        path = self.path()

        def call(interface, name, signature=None, *arguments):
            self.call_later('modem', path, interface, name, GLib.Variant(signature, arguments) if signature else None)
        bearer = {'apn': GLib.Variant('s', values['apn'])}
        if values['ip-type']:
            bearer['ip-type'] = GLib.Variant('u', values['ip-type'])
        if method in ('enable', 'disable'):
            call(MODEM, 'Enable', '(b)', method == 'enable')
        elif method == 'connect':
            call(MODEM_SIMPLE, 'Connect', '(a{sv})', bearer)
        elif method == 'disconnect':
            call(MODEM_SIMPLE, 'Disconnect', '(o)', '/')
        elif method == 'create-bearer':
            call(MODEM, 'CreateBearer', '(a{sv})', bearer)
        elif method == 'delete-bearer':
            self._with_list(path, 'ListBearers', MODEM, lambda one: call(MODEM, 'DeleteBearer', '(o)', one))
        elif method == 'call':
            self.call_later('modem', path, MODEM_VOICE, 'CreateCall',
                            GLib.Variant('(a{sv})', ({'number': GLib.Variant('s', '10010')},)))
            self._with_list(path, 'ListCalls', MODEM_VOICE, lambda one: self.call_later('modem', one, CALL, 'Start', None))
        elif method == 'hang-up':
            call(MODEM_VOICE, 'HangupAll')
        else:
            call(PROPERTIES, 'GetAll', '(s)', FOTA)

    def _with_list(self, path, method, interface, action):
        """Does it with each that is listed, once they are."""
        call = self.call_later('modem', path, interface, method, None)

        def hook(kind, data):
            if kind == 'answer-to' and data is call:
                self.hooks.remove(hook)
                for one in (call.reply or ((),))[0]:
                    action(one)
        self.hooks.append(hook)

    # The world

    def _control(self, line):
        try:
            return self.bed.simulator.command(line)
        except AssertionError as error:
            if 'gone' in str(error):
                raise
            return {}

    def do_registration(self, value):
        self._control('register ' + value)

    def do_data(self, value):
        self.bed.simulator.set('network.data', value)

    def do_drop(self, cid):
        self._control('drop %d' % cid)

    def do_network_line(self, line):
        self.lied = True
        self._control('urc ' + line)

    def do_call(self, what):
        self._control('call ' + what)

    def do_sms(self, pdu):
        self._control('sms ' + pdu)

    def do_unplug(self, keep, seconds):
        self._control('unplug keep-power' if keep else 'unplug')
        self.later(seconds, lambda: self._control('plug'))

    def do_power_cycle(self, seconds):
        self._control('power-cycle %g' % seconds)

    def do_server(self, what, version):
        server = self.bed.server
        alive = server.process.is_alive()
        if what == 'stop':
            server.stop()
        elif what == 'start' and not alive:
            server.start()
        elif what == 'withdraw':
            server.withdraw()
        elif what in ('slow', 'fast') and alive:
            server.set_rate('20k' if what == 'slow' else '0')
        del version

    def do_offer(self, version, bad):
        self.bed.server.offer(Release(version=version, size=200000, seed=2, md5='0' * 32 if bad == 'md5' else None,
                                      listed_size=300000 if bad == 'size' else None))

    def do_kill(self, seconds):
        if not self.bed.daemon.is_alive():
            return
        self.killed = True
        self.note('killed', None)
        self.bed.daemon.kill()
        self.paths.clear()
        if seconds:
            self.later(seconds, self._start_daemon)
        else:
            self._start_daemon()

    def _start_daemon(self):
        if self.bed.daemon.is_alive():
            return
        self.bed.clock.set_rate(flow.PLUG_SPEED)
        self.bed.daemon.start()

    def do_clock(self, seconds):
        self.bed.set_wall_clock(seconds)

    def do_fault(self, **fault):
        self.bed.simulator.fault(relative=True, **fault)

    def do_line_fault(self, **fault):
        self.bed.simulator.fault(**fault)

    def do_state(self, state):
        self.note('moved', state)
        self._control('setstate ' + state)

    def do_line(self, line):
        self.lied = True
        self.note('lie', line)
        self._control('urc ' + line)

    def do_raw(self, data):
        self.lied = True
        self.note('lie', base64.b64decode(data))
        self._control('raw ' + data)

    def do_turn(self, key, value):
        self.bed.simulator.set(key, value)

    # The script

    def begin_life(self):
        """As far as the script wants it."""
        wait = self.script['world']['wait']
        bed = self.bed
        end = time.monotonic() + BEGIN_SECONDS

        def comes(condition):
            while not condition():
                if time.monotonic() > end:
                    return False
                pump(0.02)
            return True
        if wait == 'nothing':
            return
        comes(lambda: FOTA in self.paths.get(self.path(), ()))
        if wait != 'interface' and comes(lambda: bed.modem_properties().get('State', 0) >= 3):
            self.do_modem('enable', **{'apn': '', 'ip-type': 0})
            if bed.scenario['network'].get('registration', 'home') in ('home', 'roaming'):
                comes(lambda: bed.modem_properties().get('State', 0) >= 8)
            self.baseline = measure(bed)
            if wait == 'connected':
                self.do_modem('connect', **{'apn': 'ctnet', 'ip-type': 0})
                self._iterate(5 / SPEED)

    def perform_script(self, tell):
        self.begin_life()
        for step in self.script['steps']:
            tell(step_text(step))
            self.note('step', step)
            self.wait(step[0])
            self.check_life()
            getattr(self, 'do_' + step[1])(**step[2])

    def check_life(self):
        if not self.bed.daemon.is_alive() and self.bed.daemon.process.popen.returncode != -signal.SIGKILL:
            raise AssertionError('the daemon died (%s)' % self.bed.daemon.process.popen.returncode)
        if self.pulse.hung:
            raise AssertionError('the daemon does not answer')

    # Peace

    def make_peace(self):
        """From here on everything is as its user wants it."""
        self.note('peace', None)
        self._iterate(0.05)
        while self.timers:
            # Who was pulled, killed or stopped for a while comes back
            self._iterate(0.05)
        simulator = self.bed.simulator
        simulator.command('clear-faults')
        simulator.command('continue')
        for key, value in (('noise.rate', 0), ('noise.in-answers', 0), ('network.data', True), ('network.apns', '*'),
                           ('network.registration', 'home'), ('fota.notices', True), ('fota.settle-seconds', -1),
                           ('fota.refuse-fwup', 0), ('fota.ignore-fwup', 0), ('fota.silent', 'none'), ('fota.collision', False),
                           ('timing.answer-max', 0.4), ('timing.progress-max', 0.6)):
            simulator.set(key, value)
        simulator.command('call end')
        simulator.command('plug')
        if not self.bed.server.process.is_alive():
            self.bed.server.start()
        if self.bed.server.rate != '0':
            # Also for what is under way
            self.bed.server.stop()
            self.bed.server.rate = '0'
            self.bed.server.start()
        self.bed.server.offer(Release(version=OTHER, size=200000, seed=3))
        self._start_daemon()

    def hurry(self):
        """Nothing happens but time."""
        self.bed.clock.set_rate(PEACE_SPEED)
        self.bed.simulator.set('timing.speed', PEACE_SPEED)

    def normal(self):
        self.bed.clock.set_rate(SPEED)
        self.bed.simulator.set('timing.speed', SPEED)

    def transaction_is_over(self):
        self.check_life()
        fota = self.bed.fota()
        if not fota or fota['Transaction']:
            return False
        # A module that stays in 50 is none of ours any more: it was judged, and its user was told
        return fota['State'] not in (0, 2, 4, 7, 8, 9, 10) or \
            fota['ModuleState'] == 50 and not self.bed.simulator.status()['fota']['upgrading']

    def cancelled(self):
        """What a user tries first; the error's name, or True."""
        try:
            self.call(self.bed.modems()[0], FOTA, 'Cancel', GLib.Variant('(a{sv})', ({},)))
            return True
        except GLib.Error as error:
            return error_name(error)
        except (Gone, IndexError):
            return None

    def power_cycle(self):
        self.bed.simulator.command('power-cycle 60')
        self.until('the modem to go', lambda: not self.bed.modems())

    def _over_within(self, seconds):
        try:
            self.until('the end', self.transaction_is_over, seconds, 60)
            return True
        except AssertionError as error:
            if 'in vain' not in str(error):
                raise
            return False

    def find_peace(self):
        """Everything begun comes to its end, by itself or as users help it; how they did is kept."""
        self.until('answers', lambda: self.check_life() or not [call for call in self.calls if call.is_open()],
                   ANSWER_SECONDS, 60)
        if self._over_within(HELP_SECONDS / 20):
            return
        if not self.bed.modems() and MISSED in self.bed.daemon.log():
            self.power_cycle()
        self.bed.clock.set_rate(PEACE_SPEED)
        if self._over_within(HELP_SECONDS):
            self.bed.clock.set_rate(SPEED)
            return
        self.bed.clock.set_rate(SPEED)
        fota = self.bed.fota()
        answer = self.cancelled()
        self.helped.append('Cancel in state %s/%s: %s' % (fota.get('State'), fota.get('ModuleState'), answer))
        if self._over_within(HELP_SECONDS / 20):
            return
        self.bed.clock.set_rate(PEACE_SPEED)
        over = self._over_within(END_SECONDS)
        self.bed.clock.set_rate(SPEED)
        if over:
            return
        self.helped.append('power cycle')
        self.power_cycle()
        if not self._over_within(END_SECONDS):
            fota = self.bed.fota()
            raise AssertionError('no end: State %s, ModuleState %s, Transaction %r' % (
                fota.get('State'), fota.get('ModuleState'), fota.get('Transaction')))

    # What must work afterwards

    def registered(self):
        """ModemManager's own: a modem that is disabled while Simple.Connect is about it can end up enabled in name only."""
        if self.bed.modem_properties().get('State') == MODEM_STATE_ENABLED:
            try:
                self.until('registration', lambda: self.bed.modem_properties().get('State', 0) >= MODEM_STATE_REGISTERED, 120)
            except AssertionError:
                self.call(self.bed.modems()[0], MODEM, 'Enable', GLib.Variant('(b)', (False,)))
        if self.bed.modem_properties().get('State', 0) < MODEM_STATE_REGISTERED and self.lied:
            # "+C5GREG: 2" from a module that is registered: ModemManager believes what it is told, and does not ask
            # again where the module reports changes, so it stands until the registration truly changes.
            for registration in ('searching', 'home'):
                self.bed.simulator.command('register ' + registration)
        super().registered()

    def connected_at_last(self):
        # A module that leaves the bus right after each dial can be gone, each time, before ModemManager has
        # finished connecting
        self.bed.simulator.set('network.reenumerate-after-dial', False)
        return self.connected()

    def wait_transaction(self, transaction):
        def over():
            fota = self.bed.fota()
            result = fota.get('Result', {})
            return result.get('transaction') == transaction and fota.get('Transaction') != transaction and result
        return self.until('the result of ' + transaction, over)

    def check_works(self):
        """Returns what is wrong, or None."""
        if self.bed.fota()['ModuleState'] == 50:
            self.power_cycle()
            self.until('another state than 50', lambda: self.bed.fota().get('ModuleState', 50) not in (-1, 50))
            self.until('the end', self.transaction_is_over)
            self.registered()
        # A module with something to discard is no hindrance, if Cancel does it
        for last in (False, True):
            try:
                arguments = as_options({'url': self.bed.server.url, 'transaction': 'last'})
                self.call(self.bed.modems()[0], FOTA, 'Check', GLib.Variant('(a{sv})', (arguments,)))
                break
            except (GLib.Error, Gone) as error:
                if last:
                    return 'Check: %s' % error
            state = self.bed.fota().get('ModuleState')
            answer = self.cancelled()
            try:
                self.until('idle', lambda: self.bed.fota().get('ModuleState') in IDLE_STATES, 120, 20)
            except AssertionError:
                return 'no way out of state %s (Cancel: %s)' % (state, answer)
        result = self.wait_transaction('last')
        if result['outcome'] not in (SUCCEEDED, NOTHING_NEWER):
            return 'Check: %s' % result
        return None


def as_options(values):
    """Hostile ones, too."""
    return make_options(**{key.replace('-', '_'): value for key, value in values.items()})


def measure(bed):
    """Descriptors and memory of the daemon."""
    pid = bed.daemon.process.pid
    with open('/proc/%d/status' % pid, encoding='ascii', errors='replace') as status:
        size = next((int(line.split()[1]) for line in status if line.startswith('VmRSS')), 0)
    return {'pid': pid, 'descriptors': len(os.listdir('/proc/%d/fd' % pid)), 'kib': size}
