# SPDX-License-Identifier: GPL-2.0-or-later
"""What must be true after a life. Each wrong is a pair: its kind, and a text that says more."""

import re
import time

import life as lives
from contract import (CANCELLED, EVENT_CANCELLED, EVENT_CHECK_FAILED, EVENT_DATA_PAUSED, EVENT_DATA_RESTORED,
                      EVENT_DOWNLOAD_FAILED, EVENT_DOWNLOAD_SUCCEEDED, EVENT_DOWNLOAD_SUSPENDED, EVENT_NO_UPDATE, EVENT_UPDATE_AVAILABLE, EVENT_UPGRADE_FAILED,
                      EVENT_UPGRADE_SUCCEEDED, FAILED, FOTA_ERROR, NOTHING_NEWER, PERCENT_UNKNOWN, SUCCEEDED)
from flow import Gone, command_name
from gi.repository import GLib
from truth import TERMINAL, list_events

# In the daemon's time, until a verb is answered
LATE_SECONDS = 240

# A module that is looked at, and then does something by itself before it hears the next command:
# nobody can know that. In the module's time, and in real time for a slow machine
RACE_SECONDS = 5
RACE_REAL_SECONDS = 0.3

# Descriptors that come and go with a data session and its objects
SPARE_DESCRIPTORS = 6
SPARE_KIB = 12 * 1024

OUTCOMES = {SUCCEEDED: 'succeeded', FAILED: 'failed', CANCELLED: 'cancelled', NOTHING_NEWER: 'nothing newer'}

WORST = ('died', 'hung', 'complaint')


class Transaction:
    """What is known of one id."""

    def __init__(self, name):
        self.name = name
        self.calls = []
        self.results = []
        self.terminal = []
        self.kinds = []
        self.begin = self.end = None

    def accepted(self):
        return [call for call in self.calls if call.is_accepted()]

    def may_be_accepted(self):
        return [call for call in self.calls if call.is_accepted() or call.lost or call.left is not None]


class Judge:
    def __init__(self, life):
        self.life = life
        self.bed = life.bed
        self.chronicle = life.chronicle
        self.wrongs = []
        self.status = life.bed.simulator.status() if life.bed.simulator.process.is_alive() else None

    def wrong(self, kind, text, *values):
        self.wrongs.append((kind, text % values if values else text))

    # The daemon itself

    def judge_daemon(self):
        bed = self.bed
        if self.life.pulse.hung:
            time.sleep(1)
            self.wrong('hung', 'the daemon did not answer for %d s', lives.HANG_SECONDS)
        if not bed.daemon.is_alive() and bed.daemon.process.popen.returncode != -9:
            self.wrong('died', 'the daemon died (%s)', bed.daemon.process.popen.returncode)
        for line in bed.daemon.complaints()[:3]:
            self.wrong('complaint', line)

    def judge_size(self, first):
        """As large as before."""
        if not first or not self.bed.daemon.is_alive():
            return
        now = lives.measure(self.bed)
        if now['descriptors'] > first['descriptors'] + SPARE_DESCRIPTORS:
            self.wrong('descriptors', '%d before, %d after', first['descriptors'], now['descriptors'])
        if now['pid'] == first['pid'] and now['kib'] > first['kib'] + SPARE_KIB:
            self.wrong('memory', '%d KiB before, %d KiB after', first['kib'], now['kib'])

    # The rules of the module

    def _raced(self, violation):
        """The module, its user or the network did something of themselves just before. What the life itself
        does is written down when the simulator has confirmed it, which may be after the violation."""
        seen = [when for when, kind, data in self.chronicle
                if kind == 'violation' and data['time'] == violation['time']]
        for other, what, event in self.chronicle:
            if what not in ('moved', 'call', 'session', 'state', 'ready', 'device-added', 'network'):
                continue
            if any(abs(when - other) < RACE_REAL_SECONDS for when in seen):
                return True
            if isinstance(event, dict) and 0 <= violation['time'] - event.get('time', 0) < RACE_SECONDS:
                return True
        return False

    def _is_excused(self, violation):
        reason = violation['reason']
        if reason.startswith('sent before'):
            # While it waits for the module to wake up, the plugin asks again after a second; lies may pass for answers
            # and who comes after a daemon that was killed asks a module that may still answer that one
            return (violation['command'] in ('ATI', 'AT+CGMR') or self.life.lied or
                    violation['command'] == 'AT' and self.life.killed or
                    'Serial command timed out' in self.bed.daemon.log())
        if self.life.lied and ' in state ' in reason:
            return True
        return ('in state' in reason or 'while' in reason or 'once more' in reason) and self._raced(violation)

    def judge_rules(self):
        for violation in self.bed.simulator.violations():
            if not self._is_excused(violation):
                self.wrong('violation: ' + re.sub(r'\d+', 'N', violation['reason']), str(violation))

    # Calls

    def judge_calls(self):
        for call in self.life.calls:
            if call.is_open():
                self.wrong('unanswered', '%s of caller %s', call.method, call.caller)
            elif call.values is not None and call.answered and call.answered - call.called > LATE_SECONDS:
                self.wrong('late answer', '%s answered after %.0f s', call.text(), call.answered - call.called)

    # Transactions

    def collect(self):
        """Everything about each transaction."""
        found = {}

        def get(name):
            return found.setdefault(name, Transaction(name))
        for call in self.life.calls:
            if call.values is not None and call.transaction:
                transaction = get(call.transaction)
                transaction.calls.append(call)
                if transaction.begin is None:
                    transaction.begin = call.index
        for number, (_when, kind, data) in enumerate(self.chronicle):
            if kind != 'properties' or not data[1].get('Result'):
                continue
            result = data[1]['Result']
            if not result['transaction']:
                continue
            transaction = get(result['transaction'])
            if result not in transaction.results:
                transaction.results.append(result)
                transaction.end = number if transaction.end is None else transaction.end
        for event in list_events(self.life, 0):
            name = event.get('transaction')
            if name in found:
                found[name].kinds.append(event['kind'])
            if name and name in found and event['kind'] in TERMINAL + (EVENT_DOWNLOAD_SUCCEEDED, EVENT_UPDATE_AVAILABLE):
                found[name].terminal.append(event['kind'])
        return found

    def judge_transaction(self, transaction):
        name = transaction.name
        ends = [kind for kind in transaction.terminal if kind in TERMINAL]
        if len(transaction.results) > 1:
            self.wrong('two results', '%s: %s', name, transaction.results)
        if len(ends) > 1:
            self.wrong('two ends', '%s: events %s', name, transaction.terminal)
        # What nobody called is the module's own doing, found and followed
        if transaction.calls and not transaction.may_be_accepted() and (transaction.results or transaction.terminal):
            self.wrong('refused with a result', '%s: %s %s', [call.text() for call in transaction.calls],
                       transaction.results, transaction.terminal)
        if transaction.accepted() and not transaction.results and not transaction.terminal:
            self.wrong('no result', '%s', [call.text() for call in transaction.calls])
        # I4, for a module that stayed where it was
        if EVENT_DATA_PAUSED in transaction.kinds and EVENT_DATA_RESTORED not in transaction.kinds and transaction.results and \
                not any(kind in ('device-removed', 'flash') or kind == 'state' and data['state'].startswith('50')
                        for _when, kind, data in self._between(transaction)):
            self.wrong('not given back', '%s: events %s', name, transaction.kinds)
        for result in transaction.results[:1]:
            expected = self.expected_end(transaction, result)
            if expected and not set(expected) & set(transaction.terminal):
                self.wrong('no event', '%s: %s, but the events %s', name, result, transaction.terminal)
            self.judge_truth(transaction, result)

    @staticmethod
    def expected_end(transaction, result):
        outcome = result['outcome']
        upgrades = any(call.upgrades() for call in transaction.may_be_accepted())
        if outcome == SUCCEEDED:
            if result['verb'].lower() == 'check':
                return (EVENT_UPDATE_AVAILABLE,)
            return (EVENT_UPGRADE_SUCCEEDED,) if upgrades else (EVENT_DOWNLOAD_SUCCEEDED,)
        return {CANCELLED: (EVENT_CANCELLED,), NOTHING_NEWER: (EVENT_NO_UPDATE,),
                FAILED: (EVENT_CHECK_FAILED, EVENT_DOWNLOAD_FAILED, EVENT_DOWNLOAD_SUSPENDED, EVENT_UPGRADE_FAILED)}[outcome]

    def _between(self, transaction):
        end = len(self.chronicle) if transaction.end is None else transaction.end
        return self.chronicle[transaction.begin or 0:end]

    def _same_version_offered(self, version):
        """Another build of the version that runs: the build time tells that it was installed."""
        return self.life.script['world']['fota'].get('package-version') == version

    def judge_truth(self, transaction, result):
        """The result is what the module lived through."""
        if transaction.begin is None:
            return
        events = self._between(transaction)
        # Who was there when it began, too
        states = [data['state'].split(',')[0:2] for _when, kind, data in events if kind == 'state']
        flashed = any(kind == 'flash' for _when, kind, _data in events)
        upgrades = any(call.upgrades() for call in transaction.may_be_accepted())

        def was(state, code=None):
            return any(int(one[0]) == state and (code is None or one[1:] == [str(code)]) for one in states)
        moved = self.life.lied or any(kind == 'moved' for _when, kind, _data in self.chronicle)
        if result['outcome'] == SUCCEEDED and upgrades and result['verb'].lower() != 'check':
            if not flashed:
                self.wrong('untrue', '%s: succeeded, and the module never flashed (%s)', transaction.name, states)
            elif result['from'] == result['to'] and not moved and not self._same_version_offered(result['to']):
                self.wrong('untrue', 'succeeded from %s to the same', result['to'])
        if moved or result['outcome'] != FAILED:
            return
        what = result['error'].replace(FOTA_ERROR, '')
        if not result['message']:
            self.wrong('untrue', 'a failure without a message: %s', result)
        # A module that tells nothing by itself may have its package by the time of the first poll:
        # what the server offered is then not known
        unseen = not self.life.script['world']['fota'].get('notices', True) and was(40)
        # Told before the transaction began: what was read first
        reasons = {'ServerUnreachable': was(13, 13), 'FilesUnavailable': was(13, 51), 'QueryFailed': was(13) or unseen,
                   'DownloadFailed': was(20), 'DownloadSuspended': was(31), 'UpgradeFailed': was(70) or was(80),
                   'VersionUnchanged': flashed or was(50), 'OtherVersionInstalled': flashed}
        if not reasons.get(what, True):
            self.wrong('untrue', '%s: %s is not what the module lived through (%s)', transaction.name, what, states)

    # ^FWUP

    def judge_upgrades(self, transactions):
        """Each ^FWUP belongs to an accepted upgrade, and none follows a 50 that was heard."""
        windows = []
        for transaction in transactions.values():
            calls = [call for call in transaction.may_be_accepted() if call.upgrades()]
            if calls:
                end = len(self.chronicle) if transaction.end is None else transaction.end
                windows.append((transaction, calls[0].index, end))
        heard_50 = set()
        for number, (_when, kind, data) in enumerate(self.chronicle):
            inside = [transaction for transaction, begin, end in windows if begin <= number <= end + 3]
            if kind == 'urc' and data['line'].replace(' ', '').startswith('^FOTASTATE:50'):
                heard_50.update(transaction.name for transaction in inside[:1] if len(inside) == 1)
            if kind != 'command' or command_name(data['command']) != 'AT^FWUP':
                continue
            if not inside:
                self.wrong('^FWUP of nobody', 'at %.1f s', data['time'])
            elif len(inside) == 1 and inside[0].name in heard_50 and not self.life.lied:
                self.wrong('^FWUP after 50', '%s', inside[0].name)
            self._judge_leavers(inside, number)

    def _judge_leavers(self, inside, number):
        """Who left before the answer is not served."""
        for transaction in inside:
            calls = transaction.may_be_accepted()
            if len(inside) == 1 and len(calls) == 1 and calls[0].left is not None and not calls[0].answer:
                since = self.chronicle[number][0] - self.chronicle[calls[0].index][0]
                if since > 60 / lives.SPEED * 10:
                    self.wrong('^FWUP for who left', '%s: %.1f s after the call', transaction.name, since)

    def judge_downgrade(self, transactions, first):
        """Older firmware only for who asked for it; as far as the module said what it had."""
        def number(version):
            return [int(part) for part in re.findall(r'\d+', version)]
        fota = self.bed.scenario['fota']
        last = self.status['identity']['exts']
        if number(last) >= number(first) or fota.get('mode') or \
                any(call.values.get('allow-downgrade') for one in transactions.values() for call in one.may_be_accepted()):
            return
        if any(kind == 'state' and data['state'].startswith('12,') and last in data['state']
               for _when, kind, data in self.chronicle):
            self.wrong('downgrade', 'from %s to %s, and nobody allowed it', first, last)

    # Properties

    def judge_properties(self):
        last, owner = None, None
        for _when, kind, data in self.chronicle:
            if kind in ('killed', 'interface'):
                last = None
            if kind != 'properties':
                continue
            changed = data[1]
            if 'Transaction' in changed and changed['Transaction'] != owner:
                owner, last = changed['Transaction'], None
            percent = changed.get('Percent', PERCENT_UNKNOWN)
            if percent == PERCENT_UNKNOWN:
                continue
            if percent > 100 or owner and last is not None and percent < last:
                self.wrong('percent', '%s after %s in %s', percent, last, owner)
            last = percent


def outcomes_of(life):
    """Words on what the life came to, for a sum of many: whether lives reach what they should."""
    found = set()
    for _when, kind, data in life.chronicle:
        if kind == 'properties' and data[1].get('Result', {}).get('transaction', 'last') != 'last':
            result = data[1]['Result']
            found.add('%s %s' % (result['verb'], OUTCOMES.get(result['outcome'])) +
                      (': ' + result['error'].split('.')[-1] if result['error'] else ''))
        elif kind == 'answer-to' and data.values is not None:
            found.add('answered: %s' % str(data.answer).split('.')[-1])
        elif kind in ('flash', 'killed'):
            found.add(kind)
    return sorted(found)


def judge_end(life, judge):
    """What must work when everything is over."""
    steps = (('registration', life.registered), ('check', life.check_works), ('connect', life.connected_at_last))
    for name, action in steps:
        try:
            failure = action()
        except (AssertionError, GLib.Error, Gone, IndexError) as error:
            failure = str(error)
        if failure and name != 'connect' or isinstance(failure, str):
            judge.wrong('no ' + name, failure)
            return
    if life.bed.simulator.status()['session']['auto-dial'] != judge.status['session']['auto-dial']:
        judge.wrong('auto-dial', 'changed later')


def judge_life(life, first):
    """Everything; first is the simulator's status of the beginning."""
    judge = Judge(life)
    judge.judge_daemon()
    if any(kind in WORST for kind, _text in judge.wrongs):
        judge.judge_rules()
        return judge.wrongs
    judge.judge_calls()
    # A step put the module into a query that never ends and can't be stopped
    endless = life.script['world']['fota'].get('refuse-stop-in-query') and \
        any(kind == 'moved' for _when, kind, _data in life.chronicle)
    if any('power cycle' in help for help in life.helped) and not endless:
        judge.wrong('stuck', '; '.join(life.helped))
    elif life.helped and not life.lied and not any(kind == 'moved' for _when, kind, _data in life.chronicle):
        judge.wrong('no end by itself', '; '.join(life.helped))
    transactions = judge.collect()
    for transaction in transactions.values():
        judge.judge_transaction(transaction)
    judge.judge_upgrades(transactions)
    judge.judge_downgrade(transactions, first['identity']['exts'])
    judge.judge_properties()
    if judge.status['session']['auto-dial'] != first['session']['auto-dial']:
        judge.wrong('auto-dial', '%s before, %s after', first['session']['auto-dial'], judge.status['session']['auto-dial'])
    judge_end(life, judge)
    judge.judge_rules()
    judge.judge_size(life.baseline)
    if not life.bed.daemon.process.ends(60):
        judge.wrong('no exit', 'ModemManager does not end when told to')
    elif not any(kind in WORST for kind, _text in judge.wrongs):
        for line in life.bed.daemon.complaints()[:3]:
            judge.wrong('complaint', line)
    return judge.wrongs
