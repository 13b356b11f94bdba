# SPDX-License-Identifier: GPL-2.0-or-later
"""What must be true after two have called."""

from calls import INVALID, PATH, TRANSACTION, VERSION, judge_answer
from contract import (CANCELLED, CORE_ERROR, EVENT_CANCELLED, EVENT_DOWNLOAD_SUCCEEDED, EVENT_NO_UPDATE,
                      EVENT_UPDATE_AVAILABLE, EVENT_UPGRADE_SUCCEEDED, FAILED, NOTHING_NEWER, SUCCEEDED)
from second import LIVELY, Moment
from truth import TERMINAL, Wrong, check_failure, claim, list_events

# In the daemon's time, of calls that only the module can answer
ANSWER_SECONDS = 60

# Each ends a transaction
ENDS = TERMINAL + (EVENT_UPDATE_AVAILABLE, EVENT_DOWNLOAD_SUCCEEDED)


class Story:
    """Everything that was accepted, with the results and the events of the end that were heard of it."""

    def __init__(self, run, second):
        self.run = run
        self.second = second
        self.accepted = {}
        if run.answer is True:
            self.accepted[run.transaction] = (run.flow['verb'], run.flow['verb'] == 'Upgrade' or 'upgrade' in run.flow['options'])
        for call in second.accepted():
            if call.question.is_verb():
                self.accepted[call.transaction] = (call.question.method, call.question.upgrades())
        self.cancelled = any(call.question.method == 'Cancel' for call in second.accepted())
        self.events = list_events(run, 0)
        self.results = {}
        for result in run.results():
            found = self.results.setdefault(result['transaction'], [])
            # What ran may have been read since
            if not any(dict(one, **{'from': result['from']}) == result for one in found if not one['from']):
                found += [result] if result not in found else []

    def ends_of(self, transaction):
        return [event['kind'] for event in self.events if event.get('transaction') == transaction and event['kind'] in ENDS]


def check_answers(second):
    """Each call has its answer, and one that tells why; at once, unless the module alone knows."""
    moment = second.moment
    # The world goes on, then
    later = Moment(False, moment.rights)
    for call in second.calls:
        wrong = judge_answer(call.question, call.answer, call.message, moment if call.at_once or moment.busy else later)
        claim(not wrong, '%s %s', call.question.text(), wrong)
        took = call.answered - call.called
        claim(took < ANSWER_SECONDS, '%s was answered after %.0f s', call.text(), took)
        # What is invalid is so without a look at the module
        if moment.held and (call.answer == INVALID and call.question.word or moment.busy and call.question.method != 'Cancel'):
            claim(call.at_once, '%s was answered only after the module had gone on', call.text())


def check_nothing_changed(second):
    """By calls that were refused, while the module said nothing."""
    moment = second.moment
    if not second.after or second.accepted() or any(not call.at_once for call in second.calls):
        return
    properties, record = second.after
    for key in sorted(moment.properties or {}):
        if key not in LIVELY:
            claim(properties and properties.get(key) == moment.properties[key], 'refused calls changed %s from %r to %r', key,
                  moment.properties[key], (properties or {}).get(key))
    claim(record == moment.record, 'refused calls changed the record: %s',
          [name for name in set(record) | set(moment.record) if record.get(name) != moment.record.get(name)])


def check_no_trace(run, second, story):
    """Nothing of refused calls is anywhere, later either."""
    taken = [call.question.values for call in second.accepted()]
    with_server = any('url' in values for values in taken if isinstance(values, dict))
    commands = run.bed.simulator.commands()
    fota = run.bed.fota()
    for text, where in ((PATH, [fota['Server'], fota['Update'].get('url', '')] + commands), (VERSION, commands)):
        claim(with_server or not any(text in one for one in where), 'of a refused call: %s',
              [one for one in where if text in one])
    claim(with_server or not any('SSL' in command for command in commands), 'a refused certificate was sent')
    for event in story.events:
        name = event.get('transaction', '')
        claim(not name.startswith(TRANSACTION) or name in story.accepted, 'refused, and it has an event: %s', event)
    for name in story.results:
        claim(not name or name in story.accepted or not name.startswith((TRANSACTION, 'run-')),
              'refused, and it has a result: %s', story.results[name])


def check_transaction(story, before_story, name):
    """One result, one event of the end, and both true."""
    verb, upgrades = story.accepted[name]
    results, ends = story.results.get(name, []), story.ends_of(name)
    claim(len(results) == 1, '%s (%s) was accepted, its results: %s', name, verb, results)
    result = results[0]
    outcome = result['outcome']
    expected = {NOTHING_NEWER: (EVENT_NO_UPDATE,), CANCELLED: (EVENT_CANCELLED,)}.get(outcome)
    if outcome == SUCCEEDED:
        expected = (EVENT_UPDATE_AVAILABLE if verb == 'Check' else
                    EVENT_UPGRADE_SUCCEEDED if upgrades else EVENT_DOWNLOAD_SUCCEEDED,)
    last = [kind for kind in ends if kind in TERMINAL or not upgrades]
    # What the server offers is told before it is downloaded
    last = last if verb == 'Check' else [kind for kind in last if kind != EVENT_UPDATE_AVAILABLE]
    claim(len(last) == 1, '%s (%s): %s, the events of its end: %s', name, verb, result, ends)
    claim(not expected or last[0] in expected, '%s (%s): %s, but the event is %s', name, verb, result, last)
    claim(outcome != CANCELLED or story.cancelled, 'cancelled by nobody: %s', result)
    if outcome == FAILED and len(story.accepted) == 1:
        check_failure(result, before_story)
    if outcome == SUCCEEDED and upgrades:
        claim(before_story.flashed and before_story.exts == result['to'], '%s, but the module runs %s', result, before_story.exts)
    return outcome


def check_upgrades(run, story, before_story, outcomes):
    """At most one ^FWUP that is taken up for each upgrade that was accepted, and none of one that was cancelled."""
    upgrades = [name for name, (_verb, goes_on) in story.accepted.items() if goes_on]
    sent = len(run.bed.simulator.commands(r'^AT\^FWUP'))
    cancelled = [name for name in upgrades if outcomes[name] == CANCELLED]
    claim(before_story.accepted <= len(upgrades) - len(cancelled), '%d times ^FWUP for %d upgrades, %d of them cancelled',
          before_story.accepted, len(upgrades), len(cancelled))
    # Where the module does not refuse it, it is not sent again
    if not run.bed.scenario['fota'].get('refuse-fwup') if 'fota' in run.bed.scenario else True:
        claim(sent <= len(upgrades), '^FWUP was sent %d times for %d upgrades', sent, len(upgrades))


def check_first(run, second, flow, story, outcomes):
    """The first caller has what it has without the second."""
    if run.answer is not True:
        claim(run.transaction not in story.results and not story.ends_of(run.transaction), 'the first one is refused (%s), and has '
              'a result: %s', run.answer, story.results)
        if story.cancelled and run.answer == CORE_ERROR + 'Cancelled':
            return 'cancelled before it was taken up'
        # The second one came first, though it may have been refused then: the first one is told so
        claim(run.answer == CORE_ERROR + 'InProgress' or second.accepted() and run.answer == CORE_ERROR + 'WrongState',
              'the first one is refused: %s %s', run.answer, run.message)
        return 'came first'
    outcome = outcomes[run.transaction]
    if story.cancelled and outcome == CANCELLED:
        return 'cancelled'
    expected = FAILED if flow == 'refused' else SUCCEEDED
    # Cancel discards, too, what a transaction has left
    claim(not story.cancelled or len(story.results.get('', ())) == 1, 'Cancel worked, but: %s', story.results)
    claim(outcome == expected, 'the first one: %s', story.results[run.transaction])
    return None


def check(run, second, flow, before, story_of_module):
    """Everything; returns a word on what came of it."""
    bed = run.bed
    check_answers(second)
    # Whatever it says, it says it: a modem that is away is an error, too
    claim(second.client.wait(60) >= 0, 'mmfota --status: signal %s', -second.client.returncode)
    check_nothing_changed(second)
    run.until('rest', run.at_rest)
    story = Story(run, second)
    before_story = story_of_module(run, before)
    outcomes = {name: check_transaction(story, before_story, name) for name in story.accepted}
    check_no_trace(run, second, story)
    check_upgrades(run, story, before_story, outcomes)
    for violation in bed.simulator.violations():
        raise Wrong('violation: %s' % violation)
    claim(bed.daemon.is_alive(), 'the daemon died')
    claim(not bed.daemon.complaints(), 'the daemon complained: %s', bed.daemon.complaints()[:3])
    word = check_first(run, second, flow, story, outcomes)
    answers = sorted({str(call.answer).split('.')[-1] for call in second.calls
                      if call.question.method != 'ListEvents' and not call.question.word})
    return word or ', '.join(answers)


