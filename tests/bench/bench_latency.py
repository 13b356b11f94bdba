# SPDX-License-Identifier: GPL-2.0-or-later
"""From the module's line at the port to the client. The clocks are real, the daemon does not
log, the client is bare: no library's loop between the socket and the clock."""

import json
import os
import random
import sys
import threading

import benchmark
from benchmark import Figure, median, percentile
from console import open_console
from contract import MODEM_3GPP, MODEM_STATE_ENABLED
from harness import Bed, pump, wait_for

sys.path.insert(0, os.path.join(benchmark.TESTS, 'security'))

from raw import RawClient  # noqa: E402  pylint: disable=wrong-import-position
from gi.repository import GLib  # noqa: E402  pylint: disable=wrong-import-position

NAME = 'latency'
TITLE = 'from the line at the port to PropertiesChanged'

# A module for LTE and NR has +CEREG and +C5GREG in place of +CREG, and ModemManager reads
# them alike. Not registered: ModemManager asks the module nothing when one such state follows another
SCENARIO = {'timing': {'speed': 20}, 'noise': {'rate': 0, 'in-answers': 0}, 'network': {'registration': 'denied'}}
IDLE, DENIED = 0, 3
# What is written, and what shows that it has arrived
OURS = ([b'^FOTASTATE: 14', b'^FOTASTATE: 10'], b'ModuleState')
THEIRS = ([b'+CEREG: %d' % IDLE, b'+CEREG: %d' % DENIED], b'RegistrationState')
# Lines that begin and end a download: what is told of it is on disk before
RECORDED = ([b'^FOTASTATE: 30', b'^FOTASTATE: 31'], b'ModuleState')
KINDS = (OURS, THEIRS)

POLL_SPEED = 20


class Watcher(RawClient):
    """Hears of every PropertiesChanged."""

    def __init__(self, path):
        super().__init__(path)
        rule = "type='signal',interface='org.freedesktop.DBus.Properties',member='PropertiesChanged'"
        self.send('org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus', 'AddMatch',
                  GLib.Variant('(s)', (rule,)))
        self.rest(0.5)

    def rest(self, seconds):
        """Until nothing has come for so long."""
        self.socket.settimeout(seconds)
        try:
            while self.socket.recv(65536):
                pass
        except TimeoutError:
            pass
        self.socket.settimeout(60)

    def wait(self, marker):
        """The microsecond at which it came."""
        seen = b''
        while marker not in seen:
            seen += self.socket.recv(65536)
        return benchmark.microseconds()


def trip(control, watcher, line, marker):
    """Microseconds."""
    control.socket.sendall(b'urc ' + line + b'\n')
    arrived = watcher.wait(marker)
    return arrived - json.loads(control.file.readline())['written']


class RealBed(Bed):
    """On the real clock; the daemon as in the field."""

    daemon_options = ()
    daemon_preloads = ()

    def __init__(self):
        super().__init__(SCENARIO, speed=20)

    def settle(self):
        """Until ModemManager has asked the module nothing for five seconds."""
        asked = None
        while asked != len(self.simulator.commands()):
            asked = len(self.simulator.commands())
            pump(5)


def measure_lines(bench):
    """Microseconds: of our lines, of ModemManager's, of ours that are recorded."""
    times = [[], [], []]
    with RealBed() as bed:
        bed.enable()
        bed.wait_modem(MODEM_STATE_ENABLED)
        bed.wait_fota()
        bed.settle()
        # Then +CEREG alone makes the difference
        for line in ('+C5GREG: %d' % IDLE, '+CEREG: %d' % DENIED):
            bed.simulator.urc(line)
        wait_for('denied', lambda: bed.modem_properties(MODEM_3GPP).get('RegistrationState') == DENIED)
        watcher = Watcher(bed.bus.socket)
        watcher.rest(1)
        for number in range(bench.amount(10000, 1000)):
            # Neither is always the one that comes first
            for which in (0, 1) if number % 4 < 2 else (1, 0):
                lines, marker = KINDS[which]
                times[which].append(trip(bed.simulator.control, watcher, lines[number % 2], marker))
        for number in range(bench.amount(1000, 100)):
            lines, marker = RECORDED
            times[2].append(trip(bed.simulator.control, watcher, lines[number % 2], marker))
        watcher.close()
    return times


class Changes(threading.Thread):
    """Changes the module's state at moments that have nothing to do with the questions, each
    time after the last change was seen."""

    def __init__(self, console, simulator):
        super().__init__(daemon=True)
        self.console = console
        self.simulator = simulator
        # State and moment of a change that was not seen yet
        self.pending = None
        self.seen = threading.Semaphore(0)
        self.over = False
        self.dice = random.Random(1)

    def run(self):
        state = 10
        while not self.over:
            self.console.sleep_until(self.console.now() + 1 + self.dice.random())
            state = 24 - state
            self.pending = (state, self.console.now())
            self.simulator.command('setstate %d' % state)
            self.seen.acquire()

    def end(self):
        self.over = True
        self.seen.release()
        self.join()


def measure_polling(bench):
    """By how much who asks once a second is late, in seconds of the module."""
    late = []
    scenario = {**SCENARIO, 'fota': {'notices': False}}
    with Bed(scenario, speed=POLL_SPEED, daemon=False) as bed:
        console = open_console(bed)
        changes = Changes(console, bed.simulator)
        changes.start()
        while len(late) < bench.amount(300, 50):
            asked = console.now()
            state = console.state()
            pending = changes.pending
            if pending and pending[0] == state:
                late.append(console.now() - pending[1])
                changes.pending = None
                changes.seen.release()
            console.sleep_until(asked + 1)
        changes.end()
        console.close()
    return late


def run(bench):
    ours, theirs, recorded = measure_lines(bench)
    late = measure_polling(bench)
    bench.say('%d lines each, %d questions' % (len(ours), len(late)))
    return [
        Figure('median', median(ours) / 1e3, 'ms', 'its own: +CEREG', median(theirs) / 1e3, at_most=1.2),
        Figure('99th percentile', percentile(ours, 0.99) / 1e3, 'ms', 'its own: +CEREG',
               percentile(theirs, 0.99) / 1e3, at_most=1.2),
        Figure('median, against polling', median(ours) / 1e3, 'ms', 'asking each second', median(late) * 1e3),
        Figure('99th percentile, against polling', percentile(ours, 0.99) / 1e3, 'ms', 'asking each second',
               percentile(late, 0.99) * 1e3),
        # Not promised: a result that was told must not be lost with the power
        Figure('median, recorded on disk first', median(recorded) / 1e3, 'ms', 'its own: +CEREG',
               median(theirs) / 1e3),
    ]
