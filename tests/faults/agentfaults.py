#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Faults by the book, the agent's part: a check that is due, the download and the upgrade, by mmfota-agent itself,
once for each step and each fault there.

The steps are taken from undisturbed runs. After each case the upgrade must have ended, once, and what agentrun.Judge
says must hold.

agentfaults.py                      the whole table
agentfaults.py --sample 20 --seed 3 so many of it, of each fault as many
agentfaults.py --only 'usb ready / clock-back'
"""

import argparse
import json
import os
import random
import re
import signal
import sys
import time

from agentrun import AgentFlowBed, Judge, Life
from gi.repository import GLib
from harness import BUILD

SEED = 19
DIRECTORY = os.path.join(BUILD, 'tests', 'faults')
# Real seconds that what is gone stays away
AWAY = 0.7
# More than the interval of the checks
JUMP = 3 * 86400
# A step that did not come this time: the run is made again
ATTEMPTS = 3
# Of the card and the network
FOREIGN = re.compile(r'\^(SIMST|SRVST)')
# Told to end, and given up
END = 30


class Steps:
    """Notes the first of each kind of step."""

    def __init__(self):
        self.steps = []

    def __call__(self, step):
        if step[0] != 'answer' and step not in self.steps and not FOREIGN.match(step[1]):
            self.steps.append(step)


class Strike:
    """Strikes once, when the step comes; over when what it took away is back."""

    def __init__(self, life, step, fault):
        self.life = life
        self.bed = life.bed
        self.step = step
        self.fault = fault
        self.struck = False
        self.over = False
        if step[0] == 'at':
            # The answer waits until it has happened
            self.bed.simulator.fault(kind='stop', pattern=step[1], occurrence=1, relative=True)
        life.listener = self

    def __call__(self, step):
        if self.struck or step != self.step:
            return
        self.struck = True
        getattr(self, '_' + self.fault.replace('-', '_'))()
        if step[0] == 'at':
            self._go_on()

    def _go_on(self, tries=1000):
        if not self.bed.simulator.command('continue')['continued'] and tries:
            GLib.timeout_add(2, self._go_on, tries - 1)
        return False

    def _later(self, act, seconds=AWAY):
        def done():
            act()
            self.over = True
            return False
        GLib.timeout_add(int(seconds * 1000), done)

    def _agent_killed(self):
        self.life.kill_agent()
        self._later(self.life.start_agent, 0)

    def _agent_away(self):
        """For longer than what it has begun takes."""
        self.life.kill_agent()
        self._later(self.life.start_agent, 6 * AWAY)

    def _agent_stopped(self):
        self.bed.agent.signal(signal.SIGTERM)
        self._later(self._agent_again)

    def _agent_again(self):
        self.bed.agent.kill()
        self.life.start_agent()

    def _daemon_killed(self):
        self.life.kill_daemon()
        self._later(self.life.start_daemon, 0)

    def _daemon_restarted(self):
        end = time.monotonic() + END
        self.bed.daemon.process.signal(signal.SIGTERM)

        def ended():
            if self.bed.daemon.is_alive() and time.monotonic() < end:
                return True
            self.life.kill_daemon()
            self._later(self.life.start_daemon)
            return False
        GLib.timeout_add(50, ended)

    def _unplugged(self):
        self.bed.simulator.command('unplug keep-power')
        self._later(lambda: self.bed.simulator.command('plug'), 2 * AWAY)

    def _server_gone(self):
        self.bed.server.stop()
        self._later(self.bed.server.start)

    def _sink_gone(self):
        self.life.kill_sink()
        self._later(self.life.start_sink)

    def _disk_full(self):
        self.bed.set_disk_full(True)
        self._later(lambda: self.bed.set_disk_full(False), 2 * AWAY)

    def _disk_full_and_killed(self):
        """What it could not write down it does not know any more."""
        self.bed.set_disk_full(True)

        def killed():
            self.life.kill_agent()
            self.life.start_agent()
            self._later(lambda: self.bed.set_disk_full(False))
            return False
        GLib.timeout_add(int(AWAY * 1000), killed)

    def _clock(self, seconds):
        self.life.clock_step += seconds
        self.bed.agent_clock.set_clock(self.life.clock_step)
        self.over = True

    def _clock_forward(self):
        self._clock(JUMP)

    def _clock_back(self):
        self._clock(-JUMP)


FAULTS = ('agent-killed', 'agent-away', 'agent-stopped', 'daemon-killed', 'daemon-restarted', 'unplugged', 'server-gone',
          'sink-gone', 'disk-full', 'disk-full-and-killed', 'clock-forward', 'clock-back')


class Table:
    """A bed as long as it serves."""

    def __init__(self):
        self.life = None
        self.judge = None

    def _upgrade(self, listener=None):
        """One upgrade; listener gets the steps, or there is none."""
        life = self.life
        life.begin()
        life.listener = listener or (lambda step: None)
        strike = listener if isinstance(listener, Strike) else None

        def ended(agent, fota):
            return life.at_rest(agent, fota) and (not strike or strike.over or not strike.struck)
        life.until('the upgrade to %s' % life.version, ended)
        life.listener = lambda step: None
        self.judge.check(strike is not None and strike.fault.startswith('disk-full'))

    def ensure(self):
        if self.life:
            return
        bed = AgentFlowBed().__enter__()  # pylint: disable=unnecessary-dunder-call
        self.life = Life(bed)
        bed.registered()
        bed.wait_fota()
        bed.start_agent()
        self.judge = Judge(self.life)
        # The first is made a second after the module has come, and begins elsewhere
        self._upgrade()

    def leave(self, error=None):
        if self.life:
            life, self.life = self.life, None
            life.close()
            life.bed._leave(error)  # pylint: disable=protected-access

    def record(self):
        self.ensure()
        notes = [Steps(), Steps()]
        for note in notes:
            self._upgrade(note)
        return [step for step in notes[0].steps if step in notes[1].steps]

    def run(self, step, fault):
        """Returns an error, or None."""
        try:
            for _attempt in range(ATTEMPTS):
                self.ensure()
                strike = Strike(self.life, step, fault)
                self._upgrade(strike)
                self.life.bed.simulator.command('clear-faults')
                if strike.struck:
                    return None
            raise AssertionError('the step did not come in %d runs' % ATTEMPTS)
        except Exception as error:  # pylint: disable=broad-except
            self.leave(error)
            return error


def choose(cases, count, seed):
    """Of each fault as many, at steps that the seed says."""
    dice = random.Random(seed)
    chosen = []
    heaps = {fault: [case for case in cases if case[1] == fault] for fault in FAULTS}
    for heap in heaps.values():
        dice.shuffle(heap)
    while len(chosen) < min(count, len(cases)):
        for fault in FAULTS:
            if heaps[fault] and len(chosen) < count:
                chosen.append(heaps[fault].pop())
    return chosen


def text_of(case):
    return '%s / %s' % (' '.join(case[0]), case[1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--list', action='store_true', help='list the cases')
    parser.add_argument('--only', metavar='TEXT', help='those that contain this')
    parser.add_argument('--sample', metavar='N', type=int, help='so many of them')
    parser.add_argument('--seed', type=int, default=SEED, help='which ones (default: %(default)s)')
    arguments = parser.parse_args()
    sys.argv[1:] = []

    table = Table()
    cases = [(step, fault) for step in table.record() for fault in FAULTS]
    if arguments.only:
        cases = [case for case in cases if arguments.only in text_of(case)]
    if arguments.sample:
        print('# seed %d' % arguments.seed)
        cases = choose(cases, arguments.sample, arguments.seed)
    if arguments.list:
        print('\n'.join(text_of(case) for case in cases) + '\n%d cases' % len(cases))
        table.leave()
        return
    print('1..%d' % len(cases), flush=True)
    rows = []
    for number, case in enumerate(cases, 1):
        begin = time.monotonic()
        error = table.run(*case)
        if error:
            print('# %s' % str(error).replace('\n', '\n# '))
            print('# logs: %s' % getattr(error, 'logs', ''))
        rows.append({'step': ' '.join(case[0]), 'fault': case[1], 'why': str(error) if error else '', 'ok': not error,
                     'seconds': round(time.monotonic() - begin, 1)})
        print('%sok %d - %s (%.1f s)' % ('not ' if error else '', number, text_of(case).replace('#', 'no. '),
                                        rows[-1]['seconds']), flush=True)
    table.leave()
    os.makedirs(DIRECTORY, exist_ok=True)
    with open(os.path.join(DIRECTORY, 'agent-table.json'), 'w', encoding='utf-8') as out:
        json.dump({'cases': len(rows), 'wrong': sum(not row['ok'] for row in rows), 'table': rows}, out, indent=1)
    sys.exit(any(not row['ok'] for row in rows))


if __name__ == '__main__':
    main()
