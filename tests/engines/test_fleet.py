#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The benchmark's fleet, a small one: one rollout, a download that breaks off and a module that refuses its firmware
among it. Two modules on each host, so that what one does must not end up with the other."""

import os
import sys

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
for _folder in ('integration', 'bench'):
    sys.path.insert(0, os.path.join(SOURCE, 'tests', _folder))

import tap  # noqa: E402  pylint: disable=wrong-import-position
from fleet import DOWNLOAD_FAILED, UPGRADE_FAILED, UPGRADE_SUCCEEDED, Fleet, wait_for  # noqa: E402  pylint: disable=wrong-import-position

HOSTS, MODULES = 10, 2
FIRST = 10


def kinds(fleet, kind):
    return sum(event['kind'] == kind for module in fleet.modules for event in module.events)


def case_one_rollout():
    with Fleet(HOSTS, MODULES, check={'first': '%ds' % FIRST, 'interval': '5min'}) as fleet:
        fleet.wait('the targets', lambda: fleet.known() == fleet.size)
        fleet.wait('the first looks', lambda: len(fleet.spread()) == fleet.size)
        assert min(fleet.spread()) >= FIRST, fleet.spread()
        fleet.roll_out()
        fleet.wait('the actions', lambda: fleet.statuses()['running'] == fleet.size)
        fleet.nudge(fleet.modules)
        ends = fleet.wait('the ends', fleet.over)
        refused = sum(module.refuses for module in fleet.modules)
        assert refused == 2 and ends['error'] == refused and ends['finished'] == fleet.size - refused, ends
        assert kinds(fleet, DOWNLOAD_FAILED) == 2 and kinds(fleet, UPGRADE_FAILED) == refused
        assert kinds(fleet, UPGRADE_SUCCEEDED) == fleet.size - refused
        fleet.wait('the events', lambda: not fleet.lost())
        assert fleet.doubled() == 0
        wrong = wait_for('the histories', lambda: [fleet.wrong()])[0]
        assert not wrong, wrong


if __name__ == '__main__':
    tap.run(globals())
