# SPDX-License-Identifier: GPL-2.0-or-later
"""From the module on USB until the modem is on the bus, at the real speed of module and
daemon. Stock ModemManager has neither the plugin nor its udev rules."""

import contextlib

import benchmark
from benchmark import Figure, median
from contract import SERVICE
from gi.repository import GLib
from harness import PLUGIN, Bed
from processes import pump, wait_for

NAME = 'plug'
TITLE = 'from the module on USB to the modem on the bus'

STOCK, OURS, ALONE = 'stock ModemManager', 'ours', 'ours, a module with only its AT port'
# What ModemManager asks a modem that it has made of a device
FIRST_OF_INITIALIZATION = 'ATE0'
# A stock one asks the silent ports for a minute and more
PATIENCE = 300


class RealBed(Bed):
    daemon_options = ()
    daemon_preloads = ()

    def __init__(self, plugin, **module):
        module = {'plugged': False, **{key.replace('_', '-'): value for key, value in module.items()}}
        super().__init__({'module': module, 'noise': {'rate': 0, 'in-answers': 0}}, speed=1, plugin=plugin)

    def is_on_the_bus(self):
        name = GLib.Variant('(s)', (SERVICE,))
        return self.bus.connection.call_sync('org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus',
                                             'NameHasOwner', name, None, 0, -1, None).unpack()[0]

    def measure(self):
        """Seconds until ModemManager knows what it is, until the modem is there."""
        mark = self.simulator.command('mark plug')
        begin = benchmark.microseconds()
        self.simulator.command('plug')
        wait_for('a modem', self.modems, PATIENCE)
        seconds = (benchmark.microseconds() - begin) / 1e6
        known = next(exchange['time'] - mark['time'] for exchange in self.simulator.transcript(mark['index'])
                     if exchange['command'] == FIRST_OF_INITIALIZATION)
        self.simulator.command('unplug')
        wait_for('the modem to go', lambda: not self.modems())
        # ModemManager forgets the device
        pump(1)
        return known, seconds


def run(bench):
    beds = {STOCK: RealBed(None, udev_hints=False), OURS: RealBed(PLUGIN), ALONE: RealBed(PLUGIN, layout='one:06')}
    seconds = {title: [] for title in beds}
    with contextlib.ExitStack() as stack:
        for bed in beds.values():
            stack.enter_context(bed)
            wait_for('ModemManager', bed.is_on_the_bus)
        for _ in range(bench.amount(5, 1)):
            for title, bed in beds.items():
                seconds[title].append(bed.measure())
                bench.say('%s: %.1f s, %.1f s' % (title, *seconds[title][-1]))

    known, there = ({title: median([one[which] for one in seconds[title]]) for title in beds} for which in (0, 1))
    return [
        Figure('plugged until known', known[OURS], 's', STOCK, known[STOCK]),
        Figure('plugged until known', known[OURS], 's', 'only its AT port', known[ALONE]),
        Figure('plugged until on the bus', there[OURS], 's', STOCK, there[STOCK], at_most=1 / 3),
        Figure('plugged until on the bus', there[OURS], 's', 'only its AT port', there[ALONE], at_most=1.1),
    ]
