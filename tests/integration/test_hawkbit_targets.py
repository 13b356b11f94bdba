#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Targets of hawkBit that are deleted and made anew, and one that two modules of a host would be."""

import signal

import tap
from contract import MODEM
from harness import NEW_VERSION, pump, wait_for
from test_hawkbit import HawkbitBed, fwups

REFUSAL = 'hawkBit is asked for neither'


def is_poll(method, path):
    return method == 'GET' and '/controller/v1/' in path and path.count('/') == 4


def case_attributes_find_nobody():
    """The target is deleted between the first poll and its attributes: the next poll makes it anew, with the same answer."""
    with HawkbitBed() as bed:
        refused = []

        def judge(method, path):
            if not path.endswith('/configData') or refused:
                return None
            refused.append(method)
            return 404
        bed.ready()
        bed.ddi.fault = judge
        bed.start_agent()
        wait_for('attributes', lambda: bed.imei in bed.ddi.attributes, 30)
        assert refused == ['PUT']


def case_target_made_anew():
    """Deleted when it had the attributes, before the next poll: what that is answered is what the last one was."""
    with HawkbitBed() as bed:
        deleted = []

        def judge(method, path):
            if is_poll(method, path) and bed.ddi.attributes and not deleted:
                deleted.append(bed.ddi.attributes.popitem())
        bed.ready()
        bed.ddi.fault = judge
        bed.start_agent()
        wait_for('attributes', lambda: deleted and bed.imei in bed.ddi.attributes, 30)
        # Also long after
        bed.ddi.attributes.clear()
        wait_for('attributes', lambda: bed.imei in bed.ddi.attributes, 30)


def case_no_attributes_are_taken():
    """By a server that knows none: asked at the pace of its polls, no more."""
    with HawkbitBed(ddi={'sleep': '00:00:01'}) as bed:
        bed.ready()
        bed.ddi.fault = lambda _method, path: 404 if path.endswith('/configData') else None
        bed.start_agent()
        wait_for('a poll', lambda: bed.ddi.polls)
        pump(5)
        puts = [request for request in bed.ddi.requests if request[0] == 'PUT']
        assert len(puts) <= len(bed.ddi.polls), (len(puts), len(bed.ddi.polls))
        action = bed.ddi.assign(bed.imei, NEW_VERSION, bed.server.url)
        bed.wait_end(action, 'success')


def case_reload_while_two_have_one_name():
    """The first has an action when the second comes: it is let go, a reload does not begin it again before the
    second is seen, and it is not lost: it ends when each has a name of its own."""
    with HawkbitBed({'module': {'modules': 2}}, groups={'hawkbit': {'controller-id': 'gateway-1'}}) as bed:
        bed.allowed_warnings = [REFUSAL]
        paths = wait_for('two modules', lambda: len(bed.modems()) == 2 and bed.modems())
        for path in paths:
            wait_for('a module', lambda path=path: bed.objects().get(path, {}).get(MODEM, {}).get('State', 0) >= 3)
        bed.simulator.command('@1 unplug')
        wait_for('one module', lambda: len(bed.modems()) == 1)
        bed.start_agent()
        wait_for('attributes', lambda: 'gateway-1' in bed.ddi.attributes)
        action = bed.ddi.assign('gateway-1', NEW_VERSION, bed.server.url, download='skip', update='skip')
        wait_for('the action', lambda: 'wants version ' + NEW_VERSION in bed.agent_log())
        wait_for('its check to be over', lambda: any('does not say to download' in entry[4] for entry in action.feedback))
        bed.simulator.command('@1 plug')
        wait_for('the refusal', lambda: REFUSAL in bed.agent_log())
        pump(3)
        told = len(action.feedback)
        asked = len(bed.ddi.requests)
        sent = len(bed.simulator.commands(r'\^FOTA[DMO]'))
        for turn in range(2, 5):
            bed.agent.signal(signal.SIGHUP)
            wait_for('the next refusal', lambda turn=turn: bed.agent_log().count(REFUSAL) == turn)
            pump(1)
        assert len(bed.simulator.commands(r'\^FOTA[DMO]')) == sent
        assert len(action.feedback) == told and len(bed.ddi.requests) == asked and not fwups(bed)
        # With names of their own the first goes on where it was let go
        second = max(modem['device'] for modem in bed.agent_properties()['Modems'])
        bed.write_config(**{'hawkbit ' + second: {'controller-id': 'gateway-2'}})
        bed.agent.signal(signal.SIGHUP)
        wait_for('the second', lambda: 'gateway-2' in bed.ddi.attributes)
        action.download = action.update = 'attempt'
        bed.wait_end(action, 'success')
        assert len(fwups(bed)) == 1 and bed.agent_log().count(REFUSAL) == 4


if __name__ == '__main__':
    tap.run(globals())
