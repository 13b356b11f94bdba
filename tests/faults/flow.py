# SPDX-License-Identifier: GPL-2.0-or-later
"""A run of the whole flow, told step by step to whoever listens."""

import json
import os
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'integration'))

from contract import (BEARER, CORE_ERROR, FOTA, MODEM, MODEM_SIMPLE, MODEM_STATE_FAILED,  # noqa: E402
                      MODEM_STATE_REGISTERED, error_name, error_text, options)
from gi.repository import GLib  # noqa: E402
from harness import SERVICE, Bed, Release, pump  # noqa: E402
from simulator import Control  # noqa: E402

# Module and daemon live this many times faster. A silent module is waited for at
# HASTE: by then nobody will answer, and nothing is in danger of being late.
SPEED = 60
HASTE = 15
# While an answer is due: slower than other tests, since several of these run side by side
CAREFUL = 2
# ModemManager gives the ports of a device seconds to show up, udev takes real time to tell of them
PLUG_SPEED = 4

# In the daemon's time. The longest wait of a flow is that for the conditions, 5 minutes;
# the longest silence that ends a flow is shorter.
BOUND_SECONDS = 45 * 60
# A state that lasts so long lasts
SETTLED_SECONDS = 20
# A port on which nothing was asked for so long is quiet, in real time too
QUIET_SECONDS = 5
QUIET_REAL_SECONDS = 0.2
# In real time, for the step that should not need any
PATIENCE = 60 * float(os.environ.get('TDTECH_PATIENCE', '1'))

AUTO_DIAL = '1,1,"IPV4V6","","","",0'

BASE = {
    'module': {'self-powered': True},
    # A step is found again by its command or line: only the fault may differ from run to run,
    # so no question may come sometimes before and sometimes after what it asks for. And no module
    # is back before the daemon, at PLUG_SPEED, has given up what it was asking
    'timing': {'download-seconds': 6, 'flash-seconds': 60, 'dial-seconds': 0.05},
    'noise': {'rate': 0, 'in-answers': 0, 'spacing': False},
}

# A flow: what the module is at first, whether a client connects, which verb is called, and
# which commands count as steps of this flow beyond those that another one has already.
FLOWS = {
    'update': {
        'scenario': {},
        'connect': True,
        'verb': 'Download',
        'options': {'upgrade': True},
        'steps': None,
    },
    # The module's own auto-dial holds the session
    'auto-dial': {
        'scenario': {'network': {'auto-dial': AUTO_DIAL}},
        'connect': False,
        'verb': 'Download',
        'options': {'upgrade': True},
        'steps': r'SETAUTODIAL|NDIS|FWUP',
    },
    # The module refuses until the time is over: everything is given back
    'refused': {
        'scenario': {'network': {'auto-dial': AUTO_DIAL},
                     'fota': {'state': '40', 'refuse-fwup': 1000000}},
        'connect': True,
        'verb': 'Upgrade',
        # Between the second try, half a minute after the first, and the third
        'options': {'wait': 55},
        'steps': r'SETAUTODIAL=|NDISDUP|NDISSTATQRY|CGDCONT|FWUP',
    },
}

# What only we send, as against what ModemManager asks any modem
OURS = re.compile(r'^AT\^(FOTA|FWUP|VERSION|NDIS|SETAUTODIAL|SSL)|^AT\+CHUP')
DIALLING = re.compile(r'^AT(\^NDISDUP=|\+CGDCONT|\+CGACT)')
# What ModemManager asks again and again by itself: no steps
POLLING = re.compile(r'^AT(\^SYSINFOEX|\^HCSQ|\+CSQ|\+CESQ|\+CIND|\+CCLK|\+CPMS|\+CMGL|\+CREG)')
# ... and while a bearer is connected, every few seconds
WATCHING = re.compile(r'^AT\^NDISSTATQRY\?')


def scenario(flow):
    result = {group: dict(keys) for group, keys in BASE.items()}
    for group, keys in FLOWS[flow]['scenario'].items():
        result.setdefault(group, {}).update(keys)
    return result


def make_bed(flow):
    return Bed(scenario(flow), speed=SPEED, release=None)


def command_name(command):
    """As the simulator counts: AT+X=? and AT+X= are two things, arguments are none."""
    match = re.match(r'[^=?]*(=\?|[=?])?', command)
    return match.group(0)


def line_name(line):
    """A state is told by its number, a session by its CID and state."""
    fields = 2 if line.startswith('^NDISSTAT') else 1
    return ','.join(line.split(',')[:fields])


class Gone(Exception):
    """The daemon, the modem or the client went away under a call."""


class Watcher:
    """Hears what happens at the module and names it: ('at', 'AT^FWUP', 1) is the first ^FWUP of this run."""

    def __init__(self, simulator, tell, tell_raw=None):
        self.control = Control(simulator.path('control'))
        self.control.command('events')
        self.control.socket.setblocking(False)
        self.tell = tell
        self.tell_raw = tell_raw
        self.buffer = b''
        self.counts = {}
        self.commands = {}
        self.source = GLib.unix_fd_add_full(GLib.PRIORITY_HIGH, self.control.socket.fileno(), GLib.IOCondition.IN,
                                            self._readable)

    def _readable(self, _fd, _condition):
        try:
            data = self.control.socket.recv(65536)
        except BlockingIOError:
            return True
        if not data:
            return False
        self.buffer += data
        while b'\n' in self.buffer:
            line, self.buffer = self.buffer.split(b'\n', 1)
            self._event(json.loads(line.decode('utf-8', errors='replace')))
        return True

    def _number(self, kind, name):
        self.counts[kind, name] = self.counts.get((kind, name), 0) + 1
        return kind, name, self.counts[kind, name]

    def _event(self, event):
        kind = event['event']
        if self.tell_raw:
            self.tell_raw(event)
        if kind == 'command':
            step = self._number('at', command_name(event['command']))
            self.commands[event['index']] = step
            self.tell(step, event)
        elif kind == 'answer' and event['index'] in self.commands:
            _kind, name, number = self.commands[event['index']]
            self.tell(('answer', name, number), event)
        elif kind == 'urc':
            self.tell(self._number('urc', line_name(event['line'])), event)
        elif kind in ('device-removed', 'device-added', 'ready', 'flash'):
            self.tell(self._number('usb', kind), event)

    def close(self):
        GLib.source_remove(self.source)
        self.control.close()


class Run:
    """One run of a flow. listener(step, event) is told each step as it happens, and may act on it."""

    serial = 0

    def __init__(self, bed, flow, listener):
        Run.serial += 1
        self.bed = bed
        self.flow = FLOWS[flow]
        self.listener = listener
        self.transaction = 'run-%d' % Run.serial
        self.version = '1.3.%d.0(SP1C02)' % Run.serial
        self.client = None
        self.daemon_killed = False
        self.was_connected = False
        self.replugged = False
        self.dial_struck = False
        self.foreign_struck = False
        self.hurried = False
        # A command has no answer, or a part of it, and waits its time in vain
        self.unanswered = False
        self.subscription = bed.bus.connection.signal_subscribe(
            SERVICE, 'org.freedesktop.DBus.ObjectManager', 'InterfacesAdded', None, None, 0,
            lambda *_arguments: bed.clock.set_rate(SPEED))
        # What the verb answered: None as long as it has not, True, or the name of the error
        self.answer = None
        self.message = ''

    # Calls as a client makes them: not blocking us, since the listener may take things away

    def connection(self):
        if not self.client or self.client.is_closed():
            self.client = self.bed.bus.connect()
        return self.client

    def call(self, path, interface, method, parameters, patience=None):
        """Returns the reply's values; raises GLib.Error, or Gone if there is nobody to answer."""
        outcome = []
        connection = self.connection()

        def answered(source, result):
            try:
                outcome.append(source.call_finish(result))
            except GLib.Error as error:
                outcome.append(error)

        connection.call(SERVICE, path, interface, method, parameters, None, 0, 600000, None, answered)
        connection.flush_sync(None)
        self.listener(('dbus', method + ' called', 1), None)
        end = time.monotonic() + (patience or PATIENCE)
        while not outcome:
            if connection.is_closed():
                raise Gone('the client is gone')
            if time.monotonic() > end:
                raise AssertionError('no answer to %s' % method)
            pump(0.01)
        if isinstance(outcome[0], GLib.Error):
            name = error_name(outcome[0])
            if name in ('org.freedesktop.DBus.Error.NoReply', 'org.freedesktop.DBus.Error.ServiceUnknown',
                        'org.freedesktop.DBus.Error.UnknownMethod', 'org.freedesktop.DBus.Error.UnknownObject',
                        'org.freedesktop.DBus.Error.Disconnected') or not name:
                raise Gone(str(outcome[0]))
            raise outcome[0]
        self.listener(('dbus', method + ' answered', 1), None)
        return outcome[0].unpack()

    # Waiting, in the daemon's time

    def until(self, what, condition, seconds=BOUND_SECONDS, patience=PATIENCE * 3):
        start = self.bed.clock.now()
        end = time.monotonic() + patience
        while True:
            value = condition()
            if value:
                return value
            if not self.bed.daemon.is_alive():
                raise AssertionError('the daemon died (%s): %s' % (self.bed.daemon.process.popen.returncode,
                                                                   self.bed.daemon.last_words()))
            if self.bed.clock.now() - start > seconds or time.monotonic() > end:
                raise AssertionError('waited in vain for %s (%.0f s of the daemon; last: %r)'
                                     % (what, self.bed.clock.now() - start, value))
            pump(0.03)

    def heard(self, step, event):
        """What the watcher tells."""
        if self.hurried and step[0] == 'at':
            self.hurried = False
            self.bed.clock.set_careful(CAREFUL)
        if step[:2] == ('usb', 'device-removed'):
            self.bed.clock.set_rate(PLUG_SPEED)
        self.listener(step, event)

    def kill_daemon(self):
        self.daemon_killed = True
        self.bed.daemon.kill()
        self.bed.clock.set_rate(PLUG_SPEED)
        self.bed.daemon.start()

    def hurry(self):
        """Nobody will answer: the daemon need not wait slowly, until it speaks again."""
        self.hurried = True
        self.bed.clock.set_careful(HASTE)

    # Parts of the flow

    def registered(self):
        """Whatever befalls it, the modem is enabled and registered in the end."""
        def enabled_and_registered():
            properties = self.bed.modem_properties()
            state = properties.get('State')
            if state is None or not self.bed.fota():
                return False
            if state >= MODEM_STATE_REGISTERED:
                return True
            if state == MODEM_STATE_FAILED and not self.replugged:
                # ModemManager has given it up: what its user does then
                self.replugged = True
                self.bed.simulator.command('power-cycle 60')
            if state == 3:
                try:
                    self.call(self.bed.modems()[0], MODEM, 'Enable', GLib.Variant('(b)', (True,)))
                except (GLib.Error, Gone, IndexError):
                    pass
            return False
        self.until('registration', enabled_and_registered)

    def connected(self):
        """As NetworkManager does: tries until it is connected."""
        failures = []

        def up():
            if any(bearer.get('Connected') for bearer in self.bearers().values()) and self.bed.simulator.sessions():
                return True
            self.registered()
            try:
                arguments = {'apn': GLib.Variant('s', 'ctnet')}
                self.call(self.bed.modems()[0], MODEM_SIMPLE, 'Connect', GLib.Variant('(a{sv})', (arguments,)))
            except IndexError:
                return False
            except (GLib.Error, Gone) as error:
                failures.append(str(error))
                assert len(failures) < 20, 'cannot connect: %s' % failures[-1]
                pump(0.1)
            return False
        self.until('a data session', up)
        return failures

    def bearers(self):
        """They are no managed objects: the modem lists them."""
        try:
            return {path: self.bed.properties(path, BEARER)
                    for path in self.bed.modem_properties().get('Bearers', [])}
        except GLib.Error:
            return {}

    def begin(self):
        """The verb. It is answered, refused, or its answer is lost."""
        values = dict(self.flow['options'], transaction=self.transaction)
        if self.flow['verb'] == 'Download':
            values['url'] = self.bed.server.url
        try:
            self.call(self.bed.modems()[0], FOTA, self.flow['verb'],
                      GLib.Variant('(a{sv})', (options(**values),)))
            self.answer = True
        except GLib.Error as error:
            self.answer = error_name(error)
            self.message = error_text(error)
            if self.answer == CORE_ERROR + 'Aborted':
                # The modem went away with the call: nobody knows
                self.answer = None
        except (Gone, IndexError):
            pass

    def quiet(self):
        """What ModemManager asks when a modem has registered is over: from here steps are counted."""
        simulator = self.bed.simulator
        last = []

        def unchanged():
            index = simulator.status()['at']['exchange-index']
            if not last or not all(POLLING.match(exchange['command']) or WATCHING.match(exchange['command'])
                                   for exchange in simulator.transcript(last[0])):
                last[:] = index, self.bed.clock.now(), time.monotonic()
                return False
            last[0] = index
            return (self.bed.clock.now() - last[1] > QUIET_SECONDS and
                    time.monotonic() - last[2] > QUIET_REAL_SECONDS)
        self.until('the port to be quiet', unchanged)

    def prepare(self):
        """Registered, not connected, with something to download."""
        self.bed.clock.set_careful(CAREFUL)
        if self.flow['verb'] == 'Download':
            self.bed.server.offer(Release(version=self.version))
        self.registered()
        if any(bearer.get('Connected') for bearer in self.bearers().values()):
            self.bed.disconnect()
        if self.flow['scenario'].get('network', {}).get('auto-dial'):
            self.until('auto-dial', lambda: self.bed.simulator.sessions())
        self.quiet()

    def perform(self):
        if self.flow['connect']:
            self.connected()
            self.was_connected = True
        self.begin()

    def ended(self):
        """The result once there is one, or False; at rest in any case."""
        fota = self.bed.fota()
        if not fota or fota['Transaction']:
            return None
        result = fota['Result']
        if result.get('transaction') == self.transaction:
            return result
        if self.answer is True:
            return None
        return {'transaction': None}

    def at_rest(self):
        """The module is there and does nothing, and the daemon knows it."""
        status = self.bed.simulator.status()
        fota = self.bed.fota()
        return (status['ready'] and status['usb']['present'] and
                not status['fota']['upgrading'] and status['fota']['state'] not in (11, 30, 50) and
                fota and not fota['Transaction'] and fota['ModuleState'] in (status['fota']['state'], -1))

    def settled(self):
        """At rest, and stays so."""
        since = []

        def long_enough():
            if not self.at_rest():
                since.clear()
                return False
            since.append(self.bed.clock.now())
            return since[-1] - since[0] > SETTLED_SECONDS
        self.until('rest', long_enough)

    def finish(self):
        """Waits for the end; returns the result, {} if there is none and none was promised."""
        if self.answer is None:
            # It may have been taken up, or be about to
            self.settled()
        result = self.until('the result', self.ended)
        return result if result['transaction'] else {}

    def close(self):
        self.bed.bus.connection.signal_unsubscribe(self.subscription)
        if self.client and not self.client.is_closed():
            self.client.close_sync(None)
