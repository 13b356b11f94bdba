# SPDX-License-Identifier: GPL-2.0-or-later
"""What must be true after a run, whatever struck it."""

import os
import re

from contract import (CORE_ERROR, DOWNLOADED, EVENT_CANCELLED, EVENT_CHECK_FAILED, EVENT_DOWNLOAD_FAILED,
                      EVENT_DOWNLOAD_SUSPENDED, EVENT_NO_UPDATE,
                      EVENT_UPGRADE_FAILED, EVENT_UPGRADE_SUCCEEDED, FAILED, FOTA, FOTA_ERROR,
                      SUCCEEDED, SUSPENDED)
from flow import OURS, SPEED, command_name
from gi.repository import GLib

TERMINAL = (EVENT_CHECK_FAILED, EVENT_NO_UPDATE, EVENT_DOWNLOAD_SUSPENDED, EVENT_DOWNLOAD_FAILED,
            EVENT_UPGRADE_SUCCEEDED, EVENT_UPGRADE_FAILED, EVENT_CANCELLED)

# At rest: how long nothing of ours may go out, and how fast that time passes
REST_SECONDS = 240
REST_SPEED = 600

# Until the module was asked for its state
STATE_SECONDS = 60

# ModemManager has a connected bearer looked at every few seconds
MONITOR = 'AT^NDISSTATQRY?'

# Descriptors that come and go with a data session and its objects
SPARE_DESCRIPTORS = 4


class Wrong(Exception):
    pass


def claim(true, text, *values):
    if not true:
        raise Wrong(text % values)


class Before:
    """The module and the daemon when the run began."""

    def __init__(self, run):
        bed = run.bed
        status = bed.simulator.status()
        self.identity = status['identity']
        self.fota = status['fota']
        self.history = len(status['fota']['history'])
        self.auto_dial = status['session']['auto-dial']
        self.bearers = len(run.bearers())
        self.pid = bed.daemon.process.pid
        self.descriptors = descriptors(bed)
        self.last_event = bed.fota()['LastEvent']
        self.complaints = len(bed.daemon.complaints())
        self.objects = sorted(bed.modems())


def descriptors(bed):
    return len(os.listdir('/proc/%d/fd' % bed.daemon.process.pid))


def list_events(run, after):
    return run.call(run.bed.modem, FOTA, 'ListEvents', GLib.Variant('(t)', (after,)))[0]


class Story:
    """What the simulator knows of the run."""

    def __init__(self, run, before):
        status = run.bed.simulator.status()
        fota = status['fota']
        self.state = fota['state']
        # The history is bounded; a run has a dozen states
        self.states = [re.sub(r'^\S+ ', '', entry).split(',')[0:2] for entry in fota['history'][before.history:]]
        self.accepted = fota['fwup-accepted'] - before.fota['fwup-accepted']
        self.flashes = fota['flashes-started'] - before.fota['flashes-started']
        self.flashed = fota['flashes-done'] - before.fota['flashes-done']
        self.exts = status['identity']['exts']
        self.bdt = status['identity']['bdt']
        self.changed = (self.exts, self.bdt) != (before.identity['exts'], before.identity['bdt'])
        self.sessions = run.bed.simulator.sessions()
        self.auto_dial = status['session']['auto-dial']

    def was(self, state, code=None):
        return any(int(entry[0]) == state and (code is None or entry[1:] == [str(code)]) for entry in self.states)


def check_failure(result, story):
    """A failure must be the one that the module lived through."""
    error = result['error']
    claim(result['message'], 'a failure without a message')
    claim(not story.changed, '%s, but the module runs %s', error, story.exts)
    what = error.replace(FOTA_ERROR, '')
    reasons = {
        'ServerUnreachable': story.was(13, 13),
        'FilesUnavailable': story.was(13, 51),
        'QueryFailed': story.was(13),
        # Nothing came of the query, whatever the module was doing then
        'SilentlyEnded': not story.was(40) and not story.accepted and story.state in (10, 11),
        'DownloadFailed': story.was(20),
        'DownloadSuspended': story.was(31) and story.state == 31,
        'ConditionsNotMet': not story.accepted and story.state in (10, 40),
        'Refused': not story.flashes and story.state == 40,
        'UpgradeFailed': story.was(70) or story.was(80),
        # 50 is the module's word that it flashes, even if power went before it did
        'VersionUnchanged': story.flashes > 0 or story.was(50),
        # What was read of the version that runs could not be compared
        'OtherVersionOffered': not story.accepted and "can't be told" in result['message'],
        # On the bus, and silent for an hour
        'DeviceLost': story.accepted > 0,
    }
    if error.startswith(FOTA_ERROR):
        claim(what in reasons, 'the result is %s', what)
        claim(reasons[what], '%s is not what the module lived through (%s)', what, story.states)
    else:
        # One of ModemManager's: it does not say what became of the package, so that must be there
        claim(error == CORE_ERROR + 'Timeout' or story.state in (31, 40),
              '%s (%s), and the package is gone (state %s)', error, result['message'], story.state)
        claim(not story.flashes, '%s, but the module flashed', error)
    return what.replace(CORE_ERROR, '')


def check_result(run, before, result, story):
    """One result, and a true one; returns its name."""
    events = list_events(run, 0)
    sequences = [event['sequence'] for event in events]
    claim(sequences == sorted(set(sequences)), 'sequence numbers of the journal: %s', sequences)
    terminal = [event['kind'] for event in events
                if event.get('transaction') == run.transaction and event['kind'] in TERMINAL]
    if not result:
        claim(not terminal, 'no result, but the events %s', terminal)
        claim(not story.changed and not story.accepted, 'refused (%s), but the module was changed', run.answer)
        # Nobody was told anything if the answer was lost
        claim(run.answer is None or story.state == before.fota['state'],
              'refused (%s: %s), but the module went to %s', run.answer, run.message, story.states)
        return 'not begun' if run.answer is None else 'refused: ' + run.answer.split('.')[-1]
    claim(len(terminal) == 1, 'the events of the end are %s', terminal)
    claim(run.answer is None or run.answer is True, 'refused (%s), but with a result', run.answer)
    claim(result['outcome'] in (SUCCEEDED, FAILED), 'outcome %s', result['outcome'])
    claim(result['from'] in ('', before.identity['exts']), 'from %s', result['from'])
    if result['outcome'] == FAILED:
        claim(terminal[0] in (EVENT_DOWNLOAD_FAILED, EVENT_DOWNLOAD_SUSPENDED, EVENT_UPGRADE_FAILED),
              'failed, but the event is %s', terminal)
        return check_failure(result, story)
    claim(terminal[0] == EVENT_UPGRADE_SUCCEEDED, 'succeeded, but the event is %s', terminal)
    claim(story.flashed == 1 and story.changed, 'succeeded, but the module flashed %d times and runs %s',
          story.flashed, story.exts)
    claim(result['to'] == story.exts, 'succeeded: to %s, but the module runs %s', result['to'], story.exts)
    claim(result['from'] == before.identity['exts'], 'succeeded: from %s', result['from'])
    return 'succeeded'


def check_state(run, story):
    """What the properties say is what the module is."""
    try:
        run.until('State', lambda: run.bed.fota().get('State'), STATE_SECONDS)
    except AssertionError:
        # One that could not be read stays unknown, until there is news: that is no lie
        claim(run.bed.fota()['ModuleState'] == -1, 'State 0, but ModuleState %s', run.bed.fota()['ModuleState'])
        return
    fota = run.bed.fota()
    claim(fota['Version'] == story.exts, 'Version %s, module %s', fota['Version'], story.exts)
    for state, number in ((40, DOWNLOADED), (31, SUSPENDED)):
        claim((story.state == state) == (fota['State'] == number), 'State %s, module %s', fota['State'], story.state)


def check_given_back(run, before, story):
    """I4, without any help from a client; but who is refused once by the module itself may leave it at that."""
    bed = run.bed
    if run.flow['scenario'].get('network'):
        run.until('auto-dial put back', lambda: bed.simulator.status()['session']['auto-dial'] == before.auto_dial, 600)
        run.until('the session of auto-dial', lambda: bed.simulator.sessions(), 120)
    undisturbed = not run.daemon_killed and not run.dial_struck and sorted(bed.modems()) == before.objects
    if undisturbed and not story.was(50) and run.was_connected:
        run.until('data given back', lambda: bed.simulator.sessions(), 60)
        run.until('the bearer connected', lambda: any(b['Connected'] for b in run.bearers().values()), 60)


def check_reconnect(run, before):
    """A client can connect, and that makes no second bearer."""
    failures = run.connected()
    claim(len(failures) <= 3, 'connected only after %d failures: %s', len(failures), failures[-1:])
    claim(len(run.bearers()) <= max(before.bearers, 1), '%d bearers', len(run.bearers()))


def check_rest(run):
    """Nothing of ours goes on."""
    bed = run.bed
    bed.clock.set_rate(REST_SPEED)
    bed.simulator.set('timing.speed', REST_SPEED)
    # A state or a version that could not be read is asked again, until it is known
    run.until('the state to be known', lambda: bed.fota().get('State', 1) != 0, 10 * REST_SECONDS)
    run.until('the version to be known', lambda: bed.fota().get('Version') and bed.fota().get('BuildTime'),
              10 * REST_SECONDS)
    index = bed.simulator.status()['at']['exchange-index']
    begin = bed.clock.now()
    run.until('the time of rest', lambda: bed.clock.now() > begin + REST_SECONDS, 10 * REST_SECONDS)
    ours = [command for command in bed.simulator.commands('', index)
            if OURS.match(command_name(command)) and command != MONITOR]
    bed.simulator.set('timing.speed', SPEED)
    bed.clock.set_rate(SPEED)
    claim(not ours, 'commands at rest: %s', ours)


def check_daemon(run, before):
    bed = run.bed
    claim(bed.daemon.is_alive(), 'the daemon died: %s', bed.daemon.process.popen.returncode)
    if not run.daemon_killed:
        claim(bed.daemon.process.pid == before.pid, 'the daemon was restarted')
        claim(descriptors(bed) <= before.descriptors + SPARE_DESCRIPTORS, 'descriptors: %d before, %d after',
              before.descriptors, descriptors(bed))
    complaints = bed.daemon.complaints()[before.complaints:]
    claim(not complaints, 'the daemon complained: %s', complaints[:3])


def is_excused(run, violation):
    """A daemon that was killed asks anew. One that has waited its time goes on, and a busy machine
    can hand the module both commands after that."""
    if not violation['reason'].startswith('sent before'):
        return False
    if run.daemon_killed and violation['command'] in ('ATI', 'AT+CGMR'):
        return True
    # Nor does ModemManager throw away what came of an answer that was cut: the next one's rest follows it
    if run.unanswered:
        return True
    log = run.bed.daemon.log()
    # A probe asks again after a second, which pauses between the pieces of a long answer fill at this
    # speed; it takes the late answer for the second one's, goes on, and trusts neither
    if violation['command'] in ('ATI', 'AT+CGMR') and re.search(r"--> 'ATI<CR>'(?:(?!-->).)*--> 'ATI<CR>'", log, re.S):
        return True
    # ModemManager makes a modem anew whose SIM seems another one (an IMSI that could not be read at
    # first is enough), in the middle of an enabling if that takes long: what the port was asked last
    # is answered to its successor
    return 'Serial command timed out' in log or 'failed to disable after SIM switch event' in log


def check_violations(run):
    bed = run.bed
    violations = [violation for violation in bed.simulator.violations() if not is_excused(run, violation)]
    bed.simulator.command('clear-violations')
    claim(not violations, 'violations: %s', violations)


def check(run, before, result):
    """Everything; returns the name of the outcome."""
    run.until('the module and the daemon at rest', run.at_rest)
    story = Story(run, before)
    check_violations(run)
    outcome = check_result(run, before, result, story)
    check_state(run, story)
    check_given_back(run, before, story)
    check_reconnect(run, before)
    check_rest(run)
    check_violations(run)
    check_daemon(run, before)
    later = run.ended()
    claim((later.get('transaction') == run.transaction) == bool(result), 'the result came, or went, later')
    # What ran may have been read since
    if result and not result['from']:
        result = dict(result, **{'from': later['from']})
    claim(not result or later == result, 'the result changed: %s, %s', result, later)
    if run.replugged:
        claim(run.foreign_struck, 'ModemManager gave the modem up')
        outcome += ', modem given up until replugged'
    return outcome
