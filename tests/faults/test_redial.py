#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A hostile redialler: twenty connects a second through a whole upgrade.

It gets nothing, no session between the pause and the result, and costs nothing: no command
to the module, no memory."""

import collections
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'integration'))

import tap  # noqa: E402
from contract import (BEARER, CORE_ERROR, EVENT_DATA_PAUSED, MODEM_SIMPLE, SERVICE, SUCCEEDED,  # noqa: E402
                      error_name)
from flow import OURS, Watcher, command_name  # noqa: E402
from gi.repository import GLib  # noqa: E402
from harness import Bed, wait_for  # noqa: E402
from processes import pump  # noqa: E402

SPEED = 10
INTERVAL_MS = 50
# The module refuses so often, half a minute apart: data is held for long
REFUSALS = 5
PEACE_SECONDS = 20
# What an allocator may keep of its own accord
SPARE_KIB = 1024

SCENARIO = {
    'fota': {'state': '40', 'refuse-fwup': REFUSALS},
    'timing': {'flash-seconds': 20},
    'noise': {'rate': 0, 'in-answers': 0, 'spacing': False},
}

DIALLING = re.compile(r'^AT(\^NDISDUP=\d+,1|D|\+CGDCONT=|\+CGACT=)')


class Redialler:
    """Dials the modem and its old bearer in turn, twenty times a second, whatever the answer."""

    def __init__(self, bed, bearer):
        self.bed = bed
        self.bearer = bearer
        self.connection = bed.bus.connect()
        self.calls = 0
        self.errors = collections.Counter()
        self.successes = 0
        self.watched = False
        self.source = GLib.timeout_add(INTERVAL_MS, self._dial)

    def _dial(self):
        self.calls += 1
        if self.calls % 2:
            self._call(self.bearer, BEARER, 'Connect', None)
        else:
            for path in self.bed.modems()[:1]:
                self._call(path, MODEM_SIMPLE, 'Connect',
                           GLib.Variant('(a{sv})', ({'apn': GLib.Variant('s', 'ctnet')},)))
        return True

    def _call(self, path, interface, method, parameters):
        # A call made before the pause may well succeed after it
        self.connection.call(SERVICE, path, interface, method, parameters, None, 0, 600000, None, self._answered,
                             self.watched)

    def _answered(self, source, result, counts):
        try:
            source.call_finish(result)
            self.successes += bool(counts)
        except GLib.Error as error:
            if counts:
                self.errors[error_name(error) or str(error)] += 1

    def stop(self):
        GLib.source_remove(self.source)
        self.connection.close_sync(None)


def resident_kib(bed):
    with open('/proc/%d/status' % bed.daemon.process.pid, encoding='ascii') as status:
        return int(re.search(r'^VmRSS:\s+(\d+)', status.read(), re.M).group(1))


def sessions_between(heard, begin, end):
    """Sessions that were dialled or up in that time of the module."""
    return [event for event in heard if event['event'] == 'session' and event['state'] in (1, 2) and
            begin <= event['time'] <= end]


def case_redialler():
    with Bed(SCENARIO, speed=SPEED) as bed:
        bed.ready()
        bearer = bed.connect()
        heard = []
        watcher = Watcher(bed.simulator, lambda _step, _event: None, heard.append)
        transaction = bed.verb('Upgrade')
        wait_for('data to be paused', lambda: EVENT_DATA_PAUSED in bed.kinds())
        paused = bed.simulator.status()
        redialler = Redialler(bed, bearer)
        redialler.watched = True

        # Held: nothing but refusals, and nothing that the module hears of
        wait_for('calls to be refused', lambda: sum(redialler.errors.values()) > 50)
        memory = resident_kib(bed)
        wait_for('^FWUP to be taken', lambda: bed.simulator.status()['fota']['fwup-accepted'], 300)
        growth = resident_kib(bed) - memory
        refused = sum(redialler.errors.values())
        held = bed.simulator.transcript(paused['at']['exchange-index'])
        dialled = [exchange['command'] for exchange in held if DIALLING.match(exchange['command'])]
        assert not dialled, dialled
        assert not redialler.successes, '%d connects succeeded' % redialler.successes
        # ModemManager's own: one dials while the other does
        assert set(redialler.errors) <= {CORE_ERROR + 'Retry', CORE_ERROR + 'InProgress'}, redialler.errors
        assert refused >= 200, refused
        assert growth <= SPARE_KIB, 'grown by %d KiB over %d connects' % (growth, refused)
        # The module is asked again when it was left in peace for a while, as without the redialler
        tries = [exchange['time'] for exchange in held if exchange['command'] == 'AT^FWUP']
        assert len(tries) == REFUSALS + 1, tries
        between = [later - earlier for earlier, later in zip(tries, tries[1:])]
        assert min(between) >= PEACE_SECONDS, 'the redialler hurries ^FWUP: seconds between %s' % between
        # Each try asks auto-dial, the sessions twice, and the state
        ours = [exchange['command'] for exchange in held if OURS.match(command_name(exchange['command']))]
        assert len(ours) <= 5 * len(tries), ours

        # Over the reboot, until the result
        result = bed.wait_result(transaction, 300)
        over = bed.simulator.status()
        redialler.stop()
        assert result['outcome'] == SUCCEEDED, result
        assert over['fota']['flashes-done'] == 1 and over['fota']['fwup-refused'] == REFUSALS, over['fota']
        pump(0.1)
        watcher.close()
        up = sessions_between(heard, paused['time'], over['time'])
        assert not up, up
        tap.comment('%d connects, refused while held: %d, memory: %+d KiB' % (redialler.calls, refused, growth))

        # And then a client may; the last of the calls above may still be about it
        bed.registered()
        wait_for('a data session', lambda: connected(bed))


def connected(bed):
    try:
        bed.connect()
    except GLib.Error as error:
        assert error_name(error) == CORE_ERROR + 'InProgress', error
    return bed.simulator.sessions()


if __name__ == '__main__':
    tap.run(globals())
