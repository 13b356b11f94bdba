# SPDX-License-Identifier: GPL-2.0-or-later
"""mmfota against mmcli, each telling of the one modem there is."""

import subprocess
import time

import benchmark
from benchmark import Figure
from harness import MMFOTA, Bed

NAME = 'client'
TITLE = 'mmfota -m any against mmcli -m any'

OURS, THEIRS = MMFOTA, 'mmcli'
# The daemon has nothing to do meanwhile
SCENARIO = {'noise': {'rate': 0, 'in-answers': 0}}


def wall(program, env):
    """Milliseconds."""
    begin = time.perf_counter()
    subprocess.run([program, '-m', 'any'], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)
    return (time.perf_counter() - begin) * 1000


def run(bench):
    with Bed(SCENARIO) as bed:
        bed.ready()
        bed.clock.set_rate(1)
        env = benchmark.client_environment(bed)
        walls = {OURS: [], THEIRS: []}
        memory = {OURS: [], THEIRS: []}
        counts = {OURS: [], THEIRS: []}
        for _ in range(bench.amount(200, 30)):
            for program, values in walls.items():
                values.append(wall(program, env))
        for _ in range(bench.amount(20, 5)):
            for program, values in memory.items():
                values.append(benchmark.peak_memory([program, '-m', 'any'], env, bed.directory))
        for _ in range(bench.amount(5, 1)):
            for program, values in counts.items():
                values.append(benchmark.instructions([program, '-m', 'any'], env, bed.directory))

    def figure(name, unit, values, scale=1):
        return Figure(name, benchmark.median(values[OURS]) / scale, unit, 'mmcli -m any',
                      benchmark.median(values[THEIRS]) / scale, at_most=1.0)

    return [figure('instructions', 'million', counts, 1e6),
            figure('wall', 'ms', walls),
            figure('peak memory', 'MiB', memory, 1024)]
