# SPDX-License-Identifier: GPL-2.0-or-later
"""Many modems on one daemon, all upgrading."""

import time

import benchmark
from benchmark import Figure
from contract import FOTA, SUCCEEDED
from crowd import Crowd
from gi.repository import GLib

NAME = 'scale'
TITLE = 'many modems on one daemon, all upgrading'

# Seconds of the module's own that each lets pass after the one before it: they do not all
# come back at the same moment, and the simulator is one process
APART = 1.0
SCENARIO = {
    'noise': {'rate': 0, 'in-answers': 0},
    'timing': {'download-seconds': 20, 'flash-seconds': 30},
}


class Run:
    """All of them upgraded once."""

    def __init__(self, bench, modules, speed=4, **keys):
        self.modules = modules
        with Crowd(modules, SCENARIO, speed=speed, **keys) as bed:
            bed.patience = 900
            bed.clock.set_careful(speed)
            bed.ready_all()
            bed.connect_all()
            for module in bed.modules:
                bed.ask(module, 'set timing.flash-seconds %g' % (30 + module * APART))
            commands = bed.exchanges()
            self.before(bed)
            begin = time.monotonic()
            transactions = bed.verb_all('Download', url=bed.server.url, upgrade=True)
            results = bed.results_all(transactions)
            self.after(bed)
            self.commands = sum(bed.exchanges().values()) - sum(commands.values())
            self.seconds = benchmark.median((result['seen'] - begin) * speed - module * APART
                                            for module, result in results.items())
            failed = {module: result for module, result in results.items() if result['outcome'] != SUCCEEDED}
            assert not failed, failed
            self.lost = self.compare_events(bed)
        bench.say('%2d modems: %d commands, %.0f s each' % (modules, self.commands, self.seconds))

    def before(self, bed):
        pass

    def after(self, bed):
        pass

    @staticmethod
    def compare_events(bed):
        """How many events of the journals were not told as signals, or the other way round."""
        listed = bed.call_all(FOTA, 'ListEvents', lambda _module: GLib.Variant('(t)', (0,)))
        return sum(len({(event['sequence'], event['kind']) for event in events} ^ set(bed.told[module]))
                   for module, (events,) in listed.items())


def run(bench):
    runs = [Run(bench, modules) for modules in bench.amount((1, 8, 32, 64), (1, 8))]
    figures = []
    for this in runs:
        print(this.modules, this.commands/this.modules, this.seconds, this.lost)
    return figures
