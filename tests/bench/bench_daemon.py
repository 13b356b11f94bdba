# SPDX-License-Identifier: GPL-2.0-or-later
"""What the plugin costs inside ModemManager, against a ModemManager without it."""

import glob
import os
import subprocess

import benchmark
import harness
from benchmark import Figure
from callgrind import Counted
from contract import FOTA
from crowd import Crowd
from processes import pump

NAME = 'daemon'
TITLE = 'inside the daemon'

# Without +WS46 a ModemManager of its own takes the module for one of 3G, and it never registers
QUIET = {'noise': {'rate': 0, 'in-answers': 0}, 'module': {'ws46': True}}

FOTASTATE = '^FOTASTATE: 10'
REGISTRATION = '+CREG: 1'
# Told by the module all the time
NOISE = '^HCSQ: "NR",50,146,29'
LINES = FOTASTATE, REGISTRATION, NOISE


# Memory

def memory(modules, plugin):
    """Bytes that the daemon holds for each module: with them and without any."""
    with Crowd(modules, QUIET, speed=10, plugin=plugin) as bed:
        bed.registered_all()
        pump(5)
        full = bed.memory()
    with Crowd(1, dict(QUIET, module={'plugged': False, 'ws46': True}), speed=10, plugin=plugin) as bed:
        bed.call_until_answers()
        empty = bed.memory()
    return (full - empty) / modules


def memory_figure(bench):
    modules = bench.amount(32, 8)
    ours = memory(modules, harness.PLUGIN)
    stock = memory(modules, None)
    bench.say('memory: %d kB a modem, %d kB without us' % (ours / 1024, stock / 1024))
    return Figure('memory of one modem', ours / 1024, 'kB', 'ModemManager without us', stock / 1024)


# Instructions

def send(bed, line, times):
    """One at a time: each has the daemon to itself."""
    for _i in range(times):
        bed.simulator.urc(line)
        pump(0.02)
    pump(0.5)


def per_line(bed, line, times):
    """Of one more line: what goes on anyway falls out."""
    send(bed, line, 2)
    one, other = (bed.count(lambda n=n: send(bed, line, n)).total for n in (times, 2 * times))
    return (other - one) / times


def line_figures(bench):
    times = bench.amount(200, 50)
    costs = {}
    for plugin in (harness.PLUGIN, None):
        with Counted(1, QUIET, plugin=plugin) as bed:
            bed.registered_all()
            # What it asks then is answered
            pump(20)
            # ModemManager's own timers do not strike meanwhile
            bed.clock.set_careful(0.1)
            bed.clock.set_rate(0.1)
            for line in LINES if plugin else (REGISTRATION,):
                costs[line, bool(plugin)] = per_line(bed, line, times)
                bench.say('%s: %d instructions' % (line, costs[line, bool(plugin)]))
    registration = costs[REGISTRATION, True]
    return [
        Figure('instructions for a state line', costs[FOTASTATE, True], '', REGISTRATION + ' in the same daemon',
               registration),
        Figure('instructions for a line that is ignored', costs[NOISE, True], '', REGISTRATION + ' in the same daemon',
               registration),
        Figure('instructions for ' + REGISTRATION, registration, '', 'ModemManager without us',
               costs[REGISTRATION, False]),
    ]


# Waking up

class Window:
    """So many seconds of the daemon's time, counted."""

    def __init__(self, bed, seconds):
        self.commands = -bed.exchanges()[0]
        begin = bed.clock.now()

        def wait():
            while bed.clock.now() < begin + seconds:
                pump(0.1)
        self.counts = bed.count(wait)
        self.hours = (bed.clock.now() - begin) / 3600
        self.commands += bed.exchanges()[0]

    @property
    def wakeups(self):
        """An hour."""
        return (self.counts.count('poll') + self.counts.count('ppoll')) / self.hours

    @property
    def ours(self):
        return self.counts.from_main_loop() / self.hours

    @property
    def instructions(self):
        return self.counts.total / self.hours


def fast(bed, speed):
    bed.clock.set_careful(speed)
    bed.clock.set_rate(speed)
    bed.simulator.set('timing.speed', speed)


def settled(bed, seconds):
    """What it began to do when it was enabled is over."""
    fast(bed, 20)
    pump(120 / 20)
    return Window(bed, seconds)


def wakeup_figures(bench):
    seconds = bench.amount(1800, 600)
    with Counted(1, QUIET, plugin=None) as bed:
        bed.registered_all()
        stock = settled(bed, seconds)
    with Counted(1, dict(QUIET, timing={'download-seconds': 4 * seconds}), release=harness.Release(size=4000000)) as bed:
        bed.ready_all()
        idle = settled(bed, seconds)
        fast(bed, 2)
        bed.verb_all('Download', url=bed.server.url)
        bed.wait_all('the download', lambda interfaces: interfaces[FOTA]['BytesReceived'])
        fast(bed, 20)
        before = len(bed.simulator.commands('FOTADLQ'))
        loading = Window(bed, seconds)
        steps = (len(bed.simulator.commands('FOTADLQ')) - before) / loading.hours
    for name, window in (('without us', stock), ('idle', idle), ('downloading', loading)):
        bench.say('%s: %d wake-ups an hour, %d of ours, %d commands' % (name, window.wakeups, window.ours,
                                                                        window.commands))
    step = (loading.instructions - idle.instructions) / steps
    poll = idle.instructions * idle.hours / idle.commands
    return [
        Figure('wake-ups an hour of ours, idle', idle.ours, '', at_most=0),
        Figure('wake-ups an hour in all, idle', idle.wakeups, '', 'ModemManager without us',
               stock.wakeups),
        Figure('wake-ups an hour of ours, downloading', loading.ours, '', 'all, idle', idle.wakeups),
        Figure('instructions for a step of progress', step, '', "one of ModemManager's own polls", poll),
    ]


# Size

def stripped(path, directory):
    out = os.path.join(directory, 'stripped.so')
    subprocess.run(['strip', '-o', out, path], check=True)
    return os.path.getsize(out)


def size_figure():
    with Crowd(1, QUIET, daemon=False) as bed:
        ours = stripped(harness.PLUGIN, bed.directory)
    stock = glob.glob('/usr/lib/*/ModemManager/libmm-*huawei*.so')
    return Figure('size of the plugin', ours / 1024, 'kB', "ModemManager's for Huawei",
                  os.path.getsize(stock[0]) / 1024)


def run(bench):
    return [memory_figure(bench)] + line_figures(bench) + wakeup_figures(bench) + [size_figure()]
