# SPDX-License-Identifier: GPL-2.0-or-later
"""Each verb with each of its options once, alone, in each state in which the module rests. One that is refused
changes nothing, not for a moment either; one that is accepted has one result, and a true one."""

import flow as flows
from calls import VERSION, Question, each_invalid, each_valid, judge_answer
from contract import (CANCELLED, EVENT_DOWNLOAD_SUCCEEDED, EVENT_UPDATE_AVAILABLE, EVENT_UPGRADE_SUCCEEDED, FAILED, FOTA,
                      FOTA_ERROR, SUCCEEDED)
from harness import NEW_VERSION, Release
from second import LIVELY, Moment, Own, record_files
from truth import TERMINAL, Before, Story, Wrong, check_failure, claim, list_events

FLOW = 'rest'
STATES = ('10', '12', '13', '14', '20', '31', '40')
VERBS = ('Check', 'Download', 'Resume', 'Upgrade')

# Asked for anew before the answer, and what is true then is told
ASKED = LIVELY + ('Interruptible', 'ModuleState', 'State')


def cases():
    return [(FLOW, ('state', state, 1), verb) for state in STATES for verb in VERBS]


def differences(before, after):
    """Of two records, the lines that only one has."""
    found = []
    for name in sorted(set(before) | set(after)):
        old, new = ((files.get(name) or b'').splitlines() for files in (before, after))
        found += [b'-' + line for line in old if line not in new] + [b'+' + line for line in new if line not in old]
    return found


class Rest:
    """A module at rest, as long as nobody has moved it."""

    def __init__(self, state):
        self.state = state
        self.bed = self.run = self.before = None

    def get_run(self):
        if not self.bed:
            scenario = {group: dict(keys) for group, keys in flows.BASE.items()}
            scenario['fota'] = {'state': self.state, 'package-version': NEW_VERSION, 'package-size': Release().size}
            self.bed = flows.Bed(scenario, speed=flows.SPEED, release=Release(version=NEW_VERSION))
            self.bed.__enter__()  # pylint: disable=unnecessary-dunder-call
            self.run = flows.Run(self.bed, 'update', lambda *_nothing: None)
            self.bed.clock.set_careful(flows.CAREFUL)
            self.run.registered()
            self.run.quiet()
            self.before = Before(self.run)
        return self.run

    def leave(self, error=None):
        if not self.bed:
            return
        bed, self.bed = self.bed, None
        self.run.close()
        bed.__exit__(type(error) if error else None, error, None)


def ask(run, question):
    caller = Own(run)
    try:
        call = caller.call_all(run.bed.modem, [question])[0]
        run.until('the answer to ' + question.text(), lambda: call.answer is not None, 60)
    finally:
        caller.close()
    return call


def check_refused(run, call, before, changes):
    """Neither the properties nor the record nor the module are others than before, and none was for a moment."""
    bed = run.bed
    properties, record, state = before
    run.until('rest', run.at_rest)
    now = bed.fota()
    for key in properties:
        if key not in ASKED:
            claim(now[key] == properties[key], '%s changed %s from %r to %r', call.text(), key, properties[key], now[key])
    for _path, interface, changed in bed.changes[changes:]:
        touched = [key for key in changed if interface == FOTA and key not in ASKED]
        claim(not touched, '%s changed for a moment: %s', call.text(), {key: changed[key] for key in touched})
    files = record_files(bed)
    claim(files == record, '%s changed the record: %s', call.text(), differences(record, files))
    claim(bed.simulator.status()['fota']['state'] == state, '%s moved the module from %s', call.text(), state)


def check_accepted(run, question, call, before):
    """Waits for the end: one result and one event of it, and both are what the module lived through."""
    bed = run.bed

    def over():
        fota = bed.fota()
        return fota and not fota['Transaction'] and fota['Result'].get('transaction') == call.transaction
    run.until('the result', over)
    run.until('rest', run.at_rest)
    results = []
    for _path, interface, changed in bed.changes + [(None, FOTA, bed.fota())]:
        result = changed.get('Result') if interface == FOTA else None
        if result and result['transaction'] == call.transaction and result not in results:
            results.append(result)
    claim(len(results) == 1, '%s: results %s', call.text(), results)
    result = results[0]
    kinds = [event['kind'] for event in list_events(run, 0) if event.get('transaction') == call.transaction]
    upgrades = question.upgrades()
    ends = [kind for kind in kinds if kind in TERMINAL]
    story = Story(run, before)
    if result['outcome'] == SUCCEEDED:
        expected = (EVENT_UPDATE_AVAILABLE if question.method == 'Check' else
                    EVENT_UPGRADE_SUCCEEDED if upgrades else EVENT_DOWNLOAD_SUCCEEDED)
        claim(kinds.count(expected) == 1 and ends in ([], [expected]), '%s: %s, and the events %s', call.text(), result, kinds)
        claim(not upgrades or story.changed and result['to'] == story.exts, '%s: %s, and the module runs %s', call.text(), result,
              story.exts)
    else:
        claim(len(ends) == 1, '%s: %s, and the events %s', call.text(), result, kinds)
    claim(result['outcome'] != CANCELLED, '%s: cancelled by nobody', call.text())
    claim(story.accepted <= upgrades and len(bed.simulator.commands(r'^AT\^FWUP')) <= upgrades, '%s: ^FWUP %d times', call.text(),
          len(bed.simulator.commands(r'^AT\^FWUP')))
    if result['outcome'] == FAILED:
        if question.values.get('expect-version') == VERSION and result['error'] == FOTA_ERROR + 'OtherVersionOffered':
            claim(VERSION not in result['to'] and 'expect-version' in result['message'], '%s: %s', call.text(), result)
        else:
            check_failure(result, story)
    elif question.method != 'Check':
        claim(question.values.get('expect-version') in (None, result['to']), '%s: %s', call.text(), result)
    return result['outcome']


def ask_and_judge(rest, question):
    """Returns whether it was accepted."""
    run = rest.get_run()
    bed = run.bed
    before = bed.fota(), record_files(bed), bed.simulator.status()['fota']['state']
    changes = len(bed.changes)
    moment = Moment(False, Own.rights)
    moment.away_errors = ()
    call = ask(run, question)
    wrong = judge_answer(question, call.answer, call.message, moment)
    claim(not wrong, '%s %s', question.text(), wrong)
    if call.answer is not True:
        check_refused(run, call, before, changes)
        return False
    check_accepted(run, question, call, rest.before)
    for violation in bed.simulator.violations():
        raise Wrong('%s: violation: %s' % (call.text(), violation))
    return True


def live(state, verb, authority):
    rest = Rest(state)
    accepted = refused = 0
    try:
        url = rest.get_run().bed.server.url
        for values, word in each_invalid(verb, authority):
            ask_and_judge(rest, Question(verb, values, word))
        number = 0
        while number < len(list(each_valid(verb, url, authority))):
            # Each bed has a server of its own
            url = rest.get_run().bed.server.url
            values = list(each_valid(verb, url, authority))[number]
            if ask_and_judge(rest, Question(verb, values)):
                accepted += 1
                rest.leave()
            else:
                refused += 1
            number += 1
    except BaseException as error:
        rest.leave(error)
        raise
    rest.leave()
    return '%d accepted, %d refused' % (accepted, refused)
