#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The agent as a target of a hawkBit that is broken, hostile, somebody else, or began anew."""

import json
import signal
import time

import tap
from contract import DOWNLOADED
from harness import NEW_VERSION, wait_for
from test_hawkbit import HawkbitBed, fwups


def is_poll(bed, path):
    return path == '/DEFAULT/controller/v1/%s' % bed.target


def poll_answer(bed, name, link):
    href = '%s/DEFAULT/controller/v1/%s/%s' % (bed.ddi.url, bed.target, link)
    return json.dumps({'config': {'polling': {'sleep': '00:00:01'}}, '_links': {name: {'href': href}}}).encode()


def wait_polls(bed, n=3):
    """What comes after so many more of them has been seen."""
    def polls():
        return sum(is_poll(bed, path) for _method, path, _body, _time in list(bed.ddi.requests))
    before = polls()
    wait_for('polls', lambda: polls() >= before + n)


def case_links_that_are_none():
    """A link that is no part of a URL, one to another target's, none in a link: the agent lives, and has nothing to do."""
    with HawkbitBed() as bed:
        bed.begin()
        # So that the server's pace is known
        wait_polls(bed, 2)
        for link in ('deploymentBase/7?c=%zz', 'deploymentBase/7?c=%', 'deploymentBase/7?%41c=%4', 'deploymentBase/7?c=1%00'):
            bed.ddi.fault = lambda _method, path, link=link: poll_answer(bed, 'deploymentBase', link) if is_poll(bed, path) else None
            wait_polls(bed)
            assert bed.agent.is_alive(), link
        bed.ddi.fault = None
        bed.ddi.failures.clear()
        action = bed.assign()
        bed.wait_end(action, 'success')


def case_a_portal_answers():
    """What answers is no hawkBit, in between: JSON of its own, a page, links elsewhere. Nothing ends, and few lines tell of it."""
    with HawkbitBed(groups={'policy': {'upgrade': 'ask'}}) as bed:
        bed.begin()
        action = bed.assign()
        bed.wait_question()
        other = poll_answer(bed, 'deploymentBase', 'deploymentBase/1?c=1').replace(bed.target.encode(), b'another')
        for answer in (b'{}', b'{"error": "log in"}', b'<html/>', other):
            bed.ddi.fault = lambda _method, path, answer=answer: answer if is_poll(bed, path) else None
            wait_polls(bed)
            assert bed.question() and bed.fota()['State'] == DOWNLOADED, answer
        lines = [line for line in bed.agent_log().splitlines() if 'hawkBit' in line]
        assert len(lines) < 10, lines
        bed.ddi.fault = None
        bed.answer(bed.wait_question()['id'], 'now')
        bed.wait_end(action, 'success')


def case_ids_begin_anew():
    """A server that has lost its database gives the same id once more: it is another action."""
    with HawkbitBed() as bed:
        bed.begin()
        bed.wait_end(bed.assign(), 'success')
        wait_polls(bed)
        bed.ddi.number = 0
        again = bed.assign()
        assert again.number == 1
        bed.wait_end(again, 'success')


def case_taken_back_and_given_again():
    """The server forgets an action, and remembers it."""
    with HawkbitBed(groups={'policy': {'upgrade': 'ask'}}) as bed:
        bed.begin()
        action = bed.assign()
        bed.wait_question()
        bed.ddi.actions.pop(bed.target)
        wait_for('no question', lambda: bed.question() == {})
        wait_polls(bed)
        bed.ddi.actions[bed.target] = action
        bed.answer(bed.wait_question()['id'], 'now')
        bed.wait_end(action, 'success')


def case_id_of_another():
    """What the link gives is not what it names: nothing is begun, again and again."""
    with HawkbitBed() as bed:
        bed.begin()
        def fault(_method, path):
            if 'deploymentBase/1?' not in path:
                return None
            return json.dumps(dict(bed.ddi.actions[bed.target].content(), id='99')).encode()

        bed.ddi.fault = fault
        action = bed.assign()
        wait_polls(bed, 5)
        told = [path for method, path, _body, _time in bed.ddi.requests if '/99/' in path]
        assert not told and not fwups(bed), told
        lines = [line for line in bed.agent_log().splitlines() if 'hawkBit' in line]
        assert len(lines) < 6, lines
        bed.ddi.fault = None
        bed.wait_end(action, 'success')


def case_downloaded_before():
    """A second download-only action of what is there already ends on the server, too."""
    with HawkbitBed() as bed:
        bed.begin()
        for _ in range(2):
            bed.wait_end(bed.assign(download='forced', update='skip'), 'downloaded')
        assert not fwups(bed)


def case_feedback_is_refused():
    """A server that takes no feedback, or has had its thousand of an action, is polled all the same: a cancel arrives."""
    with HawkbitBed(groups={'policy': {'upgrade': 'ask'}}) as bed:
        bed.begin()
        bed.ddi.fault = lambda _method, path: (429, {'Retry-After': '3600'}) if '/deploymentBase/1/feedback' in path else None
        action = bed.assign()
        bed.wait_question()
        wait_polls(bed)
        bed.ddi.fault = lambda _method, path: 500 if '/deploymentBase/1/feedback' in path else None
        bed.check_now()
        wait_polls(bed)
        bed.ddi.cancel(bed.target)
        wait_for('no question', lambda: bed.question() == {})
        assert not fwups(bed)
        bed.ddi.fault = None
        bed.check_now()
        bed.wait_end(action, 'cancelled')


def case_feedback_finds_nobody():
    """404 by a proxy while the server is away, and the action is still wanted: it goes on, and is told when it can be."""
    with HawkbitBed(groups={'policy': {'upgrade': 'ask'}}) as bed:
        bed.begin()
        bed.ddi.fault = lambda _method, path: 404 if '/deploymentBase/1/feedback' in path else None
        action = bed.assign()
        bed.wait_question()
        wait_polls(bed)
        assert bed.question() and not action.feedback
        assert bed.agent_log().count('status 404') == 1, bed.agent_log()
        bed.ddi.fault = None
        bed.answer(bed.question()['id'], 'now')
        bed.wait_end(action, 'success')
        assert len(fwups(bed)) == 1, fwups(bed)


def case_cancels_for_ever():
    """A server that takes the answer to a cancel and asks again: at its own pace, and not a line each time."""
    with HawkbitBed() as bed:
        bed.begin()
        bed.ddi.sleep = '00:00:20'
        wait_polls(bed, 1)

        def fault(_method, path):
            if is_poll(bed, path):
                return poll_answer(bed, 'cancelAction', 'cancelAction/50').replace(b'00:00:01', b'00:00:20')
            if 'cancelAction/50' in path:
                return json.dumps({'id': '50', 'cancelAction': {'stopId': '50'}}).encode()
            return None

        bed.ddi.fault = fault
        bed.check_now()
        wait_polls(bed, 2)
        before = len(bed.ddi.requests)
        time.sleep(8)
        assert len(bed.ddi.requests) - before <= 4, bed.ddi.requests[before:]


def case_not_configured_any_more():
    """With an action open: what its own [server] has is installed as if there had been none; no word goes to hawkBit."""
    with HawkbitBed(groups={'policy': {'upgrade': 'ask'}}) as bed:
        bed.begin()
        bed.assign()
        bed.wait_question()
        bed.groups.pop('hawkbit')
        bed.write_config(server={'url': bed.server.url}, policy={'upgrade': 'auto'})
        bed.agent.signal(signal.SIGHUP)
        bed.wait_reason('nothing newer')
        told = len(bed.ddi.requests)
        bed.check_now()
        bed.wait_version(NEW_VERSION, patience=120)
        assert len(bed.ddi.requests) == told and len(fwups(bed)) == 1
        # One that was under way as the configuration changed may have been cut
        bed.ddi.failures.clear()


if __name__ == '__main__':
    tap.run(globals())
