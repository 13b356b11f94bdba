#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Upgrades that mmfota-agent makes by itself, each by a check that is due, while agent, daemon and sink
are killed at random moments. Every event reaches the sink, in order and under its own id; nothing is
flashed twice; every upgrade ends.

A moment is one of the things that happen to the module or that the agent does, and a random while after it. All are
drawn from the seed and the number of the upgrade: the same seed brings the same kills.

test_agent_kill.py              all 200 upgrades
test_agent_kill.py --seed 7     others
test_agent_kill.py --first 31 --count 1    one of them again
"""

import argparse
import random
import sys

from agentrun import AgentFlowBed, Judge, Life
from gi.repository import GLib

SEED = 19
UPGRADES = 200
VICTIMS = ('agent', 'agent', 'agent', 'daemon', 'daemon', 'sink', 'sink')
# Real seconds: after the event, and until it is started again
LATER = (0, 0.01, 0.05, 0.2, 0.6)
DOWN = (0, 0, 0.1, 0.5, 2)


def draw(seed, number):
    """The kills of an upgrade: (victim, share of the events, how much later, how long it is down)."""
    dice = random.Random('%d/%d' % (seed, number))
    return [(dice.choice(VICTIMS), dice.random(), dice.choice(LATER) * dice.random(), dice.choice(DOWN))
            for _ in range(dice.randint(1, 3))]


class Kills:
    def __init__(self, life, kills, events):
        self.life = life
        self.plan = sorted((1 + int(share * events), victim, later, down) for victim, share, later, down in kills)
        self.events = 0
        self.pending = 0
        self.done = []
        life.listener = self

    def __call__(self, step):
        self.events += 1
        while self.plan and self.plan[0][0] <= self.events:
            _event, victim, later, down = self.plan.pop(0)
            self.pending += 1
            GLib.timeout_add(int(later * 1000), self.kill, victim, '%s %.3f s after %s' % (victim, later, ' '.join(step)), down)

    def kill(self, victim, text, down):
        getattr(self.life, 'kill_' + victim)()
        self.done.append(text)
        GLib.timeout_add(int(down * 1000), self.start, victim)
        return False

    def start(self, victim):
        getattr(self.life, 'start_' + victim)()
        self.pending -= 1
        return False

    def is_over(self):
        return not self.pending


def upgrade(life, judge, kills, events):
    """Returns how many events there were, and what was killed."""
    life.begin()
    killer = Kills(life, kills, events)
    # Once at rest: what is planned for a moment that did not come is done then, too
    life.until('the upgrade to %s' % life.version, lambda agent, fota: killer.is_over() and life.at_rest(agent, fota))
    if killer.plan:
        killer.events = events + 1
        killer(('rest',))
        life.until('rest', lambda agent, fota: killer.is_over() and life.at_rest(agent, fota))
    judge.check()
    life.listener = lambda step: None
    return killer.events, killer.done


def lives(seed, numbers):
    """A bed for all of them; after one that went wrong, another."""
    life = judge = events = None
    for number in numbers:
        try:
            if not life:
                bed = AgentFlowBed().__enter__()  # pylint: disable=unnecessary-dunder-call
                life = Life(bed)
                bed.registered()
                bed.wait_fota()
                bed.start_agent()
                judge = Judge(life)
                events, _done = upgrade(life, judge, [], 0)
            yield number, None, upgrade(life, judge, draw(seed, number), events)[1], judge
        except Exception as error:  # pylint: disable=broad-except
            killed = getattr(life.listener, 'done', []) if life else []
            life = leave(life, error)
            yield number, error, killed, judge
    leave(life, None)


def leave(life, error):
    if life:
        life.close()
        life.bed._leave(error)  # pylint: disable=protected-access


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--seed', type=int, default=SEED)
    parser.add_argument('--first', type=int, default=1)
    parser.add_argument('--count', type=int, default=UPGRADES)
    arguments = parser.parse_args()
    sys.argv[1:] = []

    print('# seed %d: test_agent_kill.py --seed %d brings the same kills' % (arguments.seed, arguments.seed))
    print('1..%d' % arguments.count, flush=True)
    failed = repeats = 0
    for number, error, killed, judge in lives(arguments.seed, range(arguments.first, arguments.first + arguments.count)):
        failed += error is not None
        text = 'upgrade %d, killed: %s' % (number, ', '.join(killed).replace('#', 'no. '))
        if error:
            print('# %s' % str(error).replace('\n', '\n# '))
            print('# logs: %s' % getattr(error, 'logs', ''))
        repeats = judge.repeats if judge else repeats
        print('%sok %d - %s' % ('not ' if error else '', number - arguments.first + 1, text), flush=True)
    print('# %d events were told more than once' % repeats)
    sys.exit(failed > 0)


if __name__ == '__main__':
    main()
