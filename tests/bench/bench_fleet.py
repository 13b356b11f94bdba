# SPDX-License-Identifier: GPL-2.0-or-later
"""A thousand devices, and ten, with one hawkBit and one mosquitto: what is lost, and what each costs."""

import time

from benchmark import Figure
from fleet import DOWNLOAD_FAILED, UPGRADE_FAILED, Fleet, pump

NAME = 'fleet'
TITLE = 'a rollout to a fleet, with hawkBit and mosquitto'

# Where the schedule looks: ten seconds, and two minutes for all of them
FIRST, SPREAD = 10, 120
CHECK = {'first': '%ds' % FIRST, 'interval': '%ds' % (4 * SPREAD), 'spread': 25}
SETTLED = 5
# For each agent, and its bus
INSTANCES = 2


def busiest(times):
    """The share of the busiest tenth of the time that they are spread over."""
    tenths = [min(9, max(0, int(10 * (one - FIRST) / SPREAD))) for one in times]
    return max(tenths.count(tenth) for tenth in range(10)) / len(tenths)


def roll_out(bench, hosts):
    with Fleet(hosts, check=CHECK) as fleet:
        fleet.wait('the targets', lambda: fleet.known() == fleet.size)
        fleet.wait('the first looks', lambda: len(fleet.spread()) == fleet.size)
        looks = fleet.spread()
        bench.say('%d devices are there' % hosts)
        fleet.roll_out()
        fleet.wait('the actions', lambda: fleet.statuses()['running'] == fleet.size)
        begin, busy, asked = time.monotonic(), fleet.processor(), len(fleet.requests())
        # The others hear of it with their next poll
        fleet.nudge(fleet.modules[:max(1, fleet.size // 10)])
        ends = fleet.wait('the ends', fleet.over)
        seconds = time.monotonic() - begin
        pump(SETTLED)
        found = {
            'seconds': seconds,
            'processor': (fleet.processor() - busy) / fleet.size,
            'memory': fleet.memory() / fleet.size,
            'requests': (len(fleet.requests()) - asked) / fleet.size,
            'events': sum(len(module.events) for module in fleet.modules),
            'doubled': fleet.doubled(),
            'lost': fleet.wait('the events', lambda: not fleet.lost() or time.monotonic() - begin > 3600) and len(fleet.lost()),
            'failures': sum(event['kind'] in (DOWNLOAD_FAILED, UPGRADE_FAILED) for module in fleet.modules for event in module.events),
            'wrong': fleet.wait('the histories', lambda: [fleet.wrong()])[0],
            'early': sum(one < FIRST for one in looks),
            'busiest': busiest(looks),
        }
        bench.say('%s %s' % (ends, found))
        found['wrong'] = len(found['wrong'])
        return found


def check_inotify(agents):
    """Each agent watches files, and each bus; without an inotify instance they would look again and again instead."""
    with open('/proc/sys/fs/inotify/max_user_instances', encoding='ascii') as limit:
        allowed = int(limit.read())
    assert allowed >= INSTANCES * agents, (
        '%d agents need more inotify instances than %d: sysctl -w fs.inotify.max_user_instances=%d' %
        (agents, allowed, INSTANCES * agents))


def run(bench):
    many = bench.amount(1000, 50)
    check_inotify(many)
    few = roll_out(bench, 10)
    all_ = roll_out(bench, many)
    each, of_ten = 'of each of %d' % many, 'of each of 10'
    return [
        Figure('events (of %d) that the broker did not get, or not in order: devices' % all_['events'], all_['lost'], '', at_most=0),
        Figure('events that it got twice', all_['doubled'], ''),
        Figure('actions (of %d) that hawkBit has otherwise than they ended' % many, all_['wrong'], '', at_most=0),
        Figure('processor ' + each, all_['processor'], 'ms', of_ten, few['processor'], at_most=1.25),
        Figure('memory ' + each, all_['memory'] / 1e6, 'MB', of_ten, few['memory'] / 1e6, at_most=1.25),
        Figure('requests ' + each, all_['requests'], '', of_ten, few['requests'], at_most=1.25),
        Figure('seconds until the last one has ended', all_['seconds'], 's', 'of 10', few['seconds']),
        Figure('looks before their time', all_['early'], '', at_most=0),
        Figure('looks in the busiest tenth of the spread', all_['busiest'], '', 'an even tenth', 0.1, at_most=1.4),
    ]
