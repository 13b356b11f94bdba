#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The daemon is killed at random moments of an upgrade.

A moment is one of the events of the run, as the simulator tells them, and a random while
after it, so that a slow machine meets the same moments. All are drawn from one seed.

test_kill.py [FIRST COUNT]: the moments from FIRST on.
"""

import random
import sys

import flow as flows
from gi.repository import GLib
from truth import Before, check

SEED = 5710
MOMENTS = 100
# Simulated seconds after the event
LATER = 6


class Listener:
    """Counts the events of the upgrade; how ModemManager gets to know the module again is one long one."""

    def __init__(self):
        self.begun = False
        self.returned = False
        self.events = 0
        self.run = None

    def __call__(self, step, _event):
        kind, name, _number = step
        self.returned |= step[:2] == ('usb', 'device-added')
        if self.begun and not (self.returned and kind in ('at', 'answer') and not flows.OURS.match(name)):
            self.events += 1
            self.counted(step)

    def counted(self, step):
        pass


class Killer(Listener):
    """Kills the daemon a while after one of the events."""

    def __init__(self, event, later):
        super().__init__()
        self.event = event
        self.later = later
        self.last = ''
        self.killed_after = None

    def counted(self, step):
        self.last = '%s %s no. %d' % step
        if self.events == self.event:
            GLib.timeout_add(int(self.later * 1000 / flows.SPEED), self.kill)

    def kill(self):
        """Once: the run can be over before its time has come."""
        if not self.killed_after:
            self.killed_after = self.last
            self.run.kill_daemon()
        return False


def perform(bed, listener):
    run = flows.Run(bed, 'update', listener)
    listener.run = run
    run.prepare()
    before = Before(run)
    listener.begun = True
    watcher = flows.Watcher(bed.simulator, run.heard)
    try:
        run.perform()
        return run, before, run.finish()
    finally:
        watcher.close()


def killed(bed, moment):
    """Returns what was struck and the outcome."""
    killer = Killer(*moment)
    run, before, result = perform(bed, killer)
    # The run may be over a few events early: the kill comes all the same
    if not killer.killed_after:
        killer.kill()
    try:
        outcome = check(run, before, result)
        accepted = bed.simulator.status()['fota']['fwup-accepted'] - before.fota['fwup-accepted']
        assert accepted <= 1, '^FWUP was accepted %d times' % accepted
        assert result or run.answer is not True, 'the result is lost'
        return killer.killed_after, outcome
    finally:
        run.close()


def main():
    first, count = (int(argument) for argument in sys.argv[1:3]) if len(sys.argv) > 2 else (0, MOMENTS)
    with flows.make_bed('update') as bed:
        counter = Listener()
        run, _before, _result = perform(bed, counter)
        run.close()
    draw = random.Random(SEED)
    # Shares, so that the number of events may differ a little from run to run
    shares = [(draw.random(), draw.random() * LATER) for _ in range(MOMENTS)][first:first + count]
    moments = [(1 + int(share * counter.events), later) for share, later in shares]

    print('# seed %d, %d events in an undisturbed run' % (SEED, counter.events))
    print('1..%d' % len(moments), flush=True)
    failed = 0
    bed = None
    for number, moment in enumerate(moments, 1):
        if not bed:
            bed = flows.make_bed('update').__enter__()
        error = None
        try:
            where, outcome = killed(bed, moment)
            print('ok %d - killed %.1f s after %s: %s' % (number, moment[1], where, outcome), flush=True)
        except Exception as caught:  # pylint: disable=broad-except
            error = caught
            failed += 1
            print('# %s' % str(error).replace('\n', '\n# '))
            print('not ok %d - killed %.1f s after event %d' % (number, moment[1], moment[0]), flush=True)
        if error or bed.simulator.status()['fota']['state'] != 10:
            leave(bed, error)
            bed = None
    if bed:
        leave(bed, None)
    sys.exit(failed > 0)


def leave(bed, error):
    bed._leave(error)  # pylint: disable=protected-access
    if error:
        print('# logs: %s' % getattr(error, 'logs', ''))


if __name__ == '__main__':
    main()
