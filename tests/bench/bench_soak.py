# SPDX-License-Identifier: GPL-2.0-or-later
"""A thousand upgrades in a row on one daemon."""

import harness
from benchmark import Figure
from contract import DOWNLOADED, FOTA, IDLE, MODEM, SUCCEEDED
from crowd import Crowd
from server import Release

NAME = 'soak'
TITLE = 'upgrades in a row on one daemon'

# Side by side, since a daemon mostly waits for the module
MODULES = 16
SPEED = 6
# The plugin's journal of a module has so many events at most, and half of that when it was cut
JOURNAL = 512
# ModemManager's name for a network port
PORT_NET = 2
SCENARIO = {
    # ModemManager without us registers it then, too
    'module': {'ws46': True},
    'noise': {'rate': 0, 'in-answers': 0},
    'timing': {'answer-min': 0.1, 'answer-max': 0.2, 'query-seconds': 1, 'download-seconds': 2, 'accept-seconds': 0.5,
               'reboot-delay': 0.5, 'flash-seconds': 5, 'boot-seconds': 1, 'register-seconds': 1,
               'dial-seconds': 0.2},
}


def slope(values):
    """How much a value grows from one to the next, by least squares, the first tenth left out."""
    values = values[len(values) // 10:]
    middle = (len(values) - 1) / 2
    mean = sum(values) / len(values)
    return sum((i - middle) * (value - mean) for i, value in enumerate(values)) / \
        sum((i - middle) ** 2 for i in range(len(values)))


class Soak:
    """So many rounds; in each all modules leave the bus and come back. What is there at the
    end of each round is kept."""

    def __init__(self, bench, rounds, step, plugin=harness.PLUGIN):
        self.memory = []
        self.descriptors = []
        with Crowd(MODULES, SCENARIO, speed=SPEED, plugin=plugin) as bed:
            for module in bed.modules:
                bed.ask(module, 'set timing.flash-seconds %g' % (5 + module))
            # A probe that the machine was too slow to answer is sent again
            bed.allowed_violations.append('sent before the answer to')
            if plugin and step is upgrade:
                fill_journals(bed)
            for number in range(rounds):
                step(bed, number)
                bed.there()
                self.memory.append(bed.memory())
                self.descriptors.append(bed.descriptors())
                bed.forget()
                if (number + 1) % max(1, rounds // 5) == 0:
                    bench.say('%s: round %d: %d kB, %d descriptors' % (step.__name__, number + 1,
                                                                      self.memory[-1] / 1024, self.descriptors[-1]))

    @property
    def bytes_each(self):
        return slope(self.memory) / MODULES

    @property
    def descriptors_each(self):
        return slope(self.descriptors) / MODULES


def fill_journals(bed):
    """As after years: else they would grow for some hundred upgrades. Each is as far from being
    cut as another one is not, so that all together keep their size."""
    bed.ready_all()
    for module in bed.modules:
        bed.ask(module, 'setstate 40')
    bed.wait_all('the package', lambda interfaces: interfaces[FOTA]['State'] == DOWNLOADED)
    # Two events each: scheduled, cancelled
    for times in range(JOURNAL // 2 + JOURNAL // 4):
        few = [module for module in bed.modules if times < JOURNAL // 2 + module * JOURNAL // 4 // MODULES]
        paths = {bed.paths[module] for module in few}
        for verb, values in (('Upgrade', {'delay': 3600}), ('Cancel', {})):
            bed.verb_all(verb, which=lambda path: path in paths, **values)
    for module in bed.modules:
        bed.ask(module, 'setstate 10')
    bed.wait_all('the module to rest', lambda interfaces: interfaces[FOTA]['State'] == IDLE)
    bed.forget()


def upgrade(bed, number):
    bed.server.offer(Release(version='1.3.%d.0(SP1C02)' % number, size=20000))
    bed.ready_all()
    # At this speed a network port may come too late for ModemManager to see it
    bed.connect_all(lambda path: any(kind == PORT_NET for _name, kind in bed.tree[path][MODEM]['Ports']))
    results = bed.results_all(bed.verb_all('Download', url=bed.server.url, upgrade=True))
    failed = {module: result for module, result in results.items() if result['outcome'] != SUCCEEDED}
    assert not failed, failed


def replug(bed, _number):
    """As often off the bus and back, registered in between."""
    bed.registered_all()
    for module in bed.modules:
        bed.ask(module, 'power-cycle 1')
        bed.wait('the modem to leave', lambda module=module: module not in bed.paths)


def run(bench):
    rounds = -(-bench.amount(1000, 160) // MODULES)
    upgraded = Soak(bench, rounds, upgrade)
    # ModemManager 1.20 itself keeps a little of each modem that was registered
    plain = Soak(bench, rounds // 2, replug, plugin=None)
    return [
        Figure('memory kept by an upgrade', upgraded.bytes_each / 1024, 'kB', 'a replug without us',
               plain.bytes_each / 1024, at_most=1.15, goal='flat beyond that: ≤ 1.15'),
        Figure('file descriptors kept by an upgrade', upgraded.descriptors_each, '', goal='0',
               met=abs(upgraded.descriptors_each) < 0.01),
    ]
