#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every method at every moment: at each step of the flows that the fault table knows, a second caller
calls every verb, with each of its options once. Every call is answered within its time, the daemon lives,
and the first caller's operation comes to the end that it has undisturbed; or is cancelled, where Cancel
was what the second one called and it was told that it worked.

moments.py [--only STEP] [--sample N] [--shard K/N]
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
for _folder in ('integration', 'faults', 'security'):
    sys.path.insert(0, os.path.join(HERE, '..', _folder))

import flow as flows  # noqa: E402
import tap  # noqa: E402
from cases import Steps, step_text  # noqa: E402
from contract import CANCELLED, CORE_ERROR, FAILED, FOTA, SUCCEEDED, error_name, options  # noqa: E402
from faults import load_cases  # noqa: E402
from gi.repository import GLib  # noqa: E402
from harness import MMFOTA, SERVICE, clean_environment  # noqa: E402
from tls import Authority  # noqa: E402
from truth import TERMINAL, list_events  # noqa: E402

# In the daemon's time. A module that is asked may take its time, but the answer is for a caller on D-Bus
ANSWER_SECONDS = 60
# The module says no word while all are called; in real time
HELD_SECONDS = 0.3

SEED = 16

# What is not among the recorded steps: the interface comes
APPEARS = ('interface', 'appears', 1)
RETURNS = ('interface', 'appears', 2)


def calls(url, authority):
    """Every verb without options, with each of its own once, and with one that it does not know."""
    https = url.replace('http:', 'https:')
    server = [{'url': url}, {'url': https, 'tls-ca': authority.certificate}, {'url': https, 'tls-verify': 0},
              {'url': https, 'tls-ca': authority.certificate, 'tls-certificate': authority.certificate,
               'tls-key': authority.key, 'tls-verify': 2},
              {'allow-roaming': True}, {'transaction': 'second'}]
    package = [{'expect-version': '9.9.9.9(SP9C99)'}, {'allow-downgrade': True}]
    upgrade = [{'delay': 600}, {'wait': 1}, {'hang-up-calls': True}]
    known = {'Upgrade': package + upgrade + [{'transaction': 'second'}],
             'Resume': server + [package[0], {'upgrade': True}] + [dict(one, upgrade=True) for one in package + upgrade],
             'Download': server + package + [{'upgrade': True}] + [dict(one, upgrade=True) for one in upgrade],
             'Check': server}
    for verb, sets in known.items():
        for values in [{}, {'unknown': True}] + sets:
            yield verb, values


def variant(values):
    unknown = {'unknown': GLib.Variant('b', True)} if 'unknown' in values else {}
    known = {key.replace('-', '_'): value for key, value in values.items() if key != 'unknown'}
    return GLib.Variant('(a{sv})', (dict(options(**known), **unknown),))


class Second:
    """The second caller: calls when the moment comes, and waits for nothing."""

    def __init__(self, step, cancels, authority):
        self.step = step
        self.cancels = cancels
        self.authority = authority
        self.run = None
        self.connection = None
        self.struck = False
        self.appeared = 0
        self.calls = []
        self.client = None

    def arm(self):
        kind, name, number = self.step
        if kind == 'at':
            # The answer waits until all have called
            self.run.bed.simulator.fault(kind='stop', pattern=name, occurrence=number, relative=True)

    def appears(self, *_arguments):
        interfaces = _arguments[5].unpack()[1]
        if FOTA in interfaces:
            self.appeared += 1
            self(('interface', 'appears', self.appeared), None)

    def __call__(self, step, _event):
        if self.struck or step != self.step:
            return
        self.struck = True
        self._call_all()
        self.client = subprocess.Popen([MMFOTA, '--status'], env=clean_environment(**self.run.bed.bus.environment),
                                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if step[0] == 'at':
            GLib.timeout_add(int(HELD_SECONDS * 1000), self._go_on)

    def _go_on(self, tries=1000):
        if not self.run.bed.simulator.command('continue')['continued'] and tries:
            GLib.timeout_add(2, self._go_on, tries - 1)
        return False

    def _call_all(self):
        bed = self.run.bed
        self.connection = bed.bus.connect()
        paths = bed.modems() or ['/org/freedesktop/ModemManager1/Modem/0']
        if self.cancels:
            self._call(paths[-1], 'Cancel', variant({}), {})
        else:
            self._call(paths[-1], 'ListEvents', GLib.Variant('(t)', (0,)), {})
            self._call(paths[-1], 'ListEvents', GLib.Variant('(t)', ((1 << 64) - 1,)), {})
            for verb, values in calls(bed.server.url, self.authority):
                self._call(paths[-1], verb, variant(values), values)
        self.connection.flush_sync(None)

    def _call(self, path, method, parameters, values):
        clock = self.run.bed.clock
        call = {'method': method, 'values': sorted(values), 'called': clock.now(), 'answered': None, 'answer': None}
        self.calls.append(call)

        def answered(source, result):
            call['answered'] = clock.now()
            try:
                source.call_finish(result)
                call['answer'] = True
            except GLib.Error as error:
                call['answer'] = error_name(error)
        self.connection.call(SERVICE, path, FOTA, method, parameters, None, 0, 0x7fffffff, None, answered)

    def open_calls(self):
        return [call for call in self.calls if call['answer'] is None]

    def accepted(self):
        return [call for call in self.calls if call['answer'] is True and call['method'] != 'ListEvents']

    def close(self):
        if self.client:
            self.client.kill()
            self.client.wait()
        if self.connection:
            self.connection.close_sync(None)


def check(run, second, flow, result):
    """What must be true; returns a word on what came of it."""
    bed = run.bed
    run.until('answers to all calls', lambda: not second.open_calls(), ANSWER_SECONDS * 5)
    for call in second.calls:
        took = call['answered'] - call['called']
        assert took < ANSWER_SECONDS, '%s %s was answered after %.0f s' % (call['method'], call['values'], took)
    # Whatever it says, it says it: a modem that is away is an error, too
    assert second.client.wait(60) >= 0, 'mmfota --status: signal %s' % -second.client.returncode
    accepted = second.accepted()
    run.until('rest', run.at_rest)
    ends = [event['kind'] for event in list_events(run, 0)
            if event.get('transaction') == run.transaction and event['kind'] in TERMINAL]
    assert len(ends) == (1 if run.answer is True else 0), 'the events of the end are %s' % ends
    for violation in bed.simulator.violations():
        raise AssertionError('violation: %s' % violation)
    assert bed.daemon.is_alive(), 'the daemon died'
    assert not bed.daemon.complaints(), bed.daemon.complaints()[:3]
    answers = sorted({str(call['answer']).split('.')[-1] for call in second.calls if call['method'] != 'ListEvents'})
    if second.cancels and accepted and result and result['outcome'] == CANCELLED:
        assert not bed.simulator.status()['fota']['flashes-started'], 'cancelled, and flashed'
        return 'cancelled'
    if run.answer is not True:
        # The second one came first, though it may have been refused then: the first one is told so
        assert run.answer == CORE_ERROR + 'InProgress', (run.answer, accepted)
        return 'came first'
    if not accepted or not second.cancels:
        expected = FAILED if flow == 'refused' else SUCCEEDED
        # A second operation may have followed the first, and its result that of the first
        assert not result or result['outcome'] == expected, result
    elif result:
        raise AssertionError('Cancel worked, but: %s' % result)
    return ', '.join(answers)


def ended(run, second):
    """The first one's result; or a later one's, if the second had its way after it."""
    def over():
        fota = run.bed.fota()
        if not fota or fota['Transaction']:
            return None
        result = fota['Result']
        if result.get('transaction') == run.transaction:
            return result
        if run.answer is not True or second.accepted() and result:
            return {'transaction': None}
        return None
    result = run.until('the result', over)
    return result if result['transaction'] else None


def live(flow, step, cancels, authority):
    second = Second(step, cancels, authority)
    with flows.make_bed(flow) as bed:
        run = second.run = flows.Run(bed, flow, second)
        subscription = bed.bus.connection.signal_subscribe(SERVICE, 'org.freedesktop.DBus.ObjectManager', 'InterfacesAdded',
                                                           None, None, 0, second.appears)
        run.prepare()
        watcher = flows.Watcher(bed.simulator, run.heard)
        try:
            second.arm()
            run.perform()
            result = ended(run, second)
            if not second.struck:
                return None
            return check(run, second, flow, result)
        finally:
            bed.bus.connection.signal_unsubscribe(subscription)
            watcher.close()
            second.close()
            run.close()


def moments():
    """(flow, step, whether Cancel is called) of all."""
    found = []
    for flow, step, _fault in load_cases()[1]:
        if (flow, step) not in found:
            found.append((flow, step))
    found += [('update', APPEARS), ('update', RETURNS), ('refused', APPEARS)]
    return [(flow, step, cancels) for flow, step in found for cancels in (False, True)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--only', metavar='STEP', help='those whose step contains this')
    parser.add_argument('--sample', type=int, metavar='N', help='so many, drawn by chance')
    parser.add_argument('--seed', type=int, default=SEED, metavar='S', help='for the sample (default: %(default)s)')
    parser.add_argument('--shard', metavar='K/N', help='the Kth of N parts')
    arguments = parser.parse_args()
    cases = moments()
    if arguments.only:
        cases = [case for case in cases if arguments.only in '%s: %s' % (case[0], step_text(case[1]))]
    if arguments.sample and arguments.sample < len(cases):
        cases = sorted(random.Random(arguments.seed).sample(cases, arguments.sample))
    if arguments.shard:
        part, parts = (int(number) for number in arguments.shard.split('/'))
        cases = cases[part - 1::parts]

    print('1..%d' % len(cases), flush=True)
    failed = 0
    with tempfile.TemporaryDirectory(prefix='moments-') as folder:
        authority = Authority(folder)
        for number, (flow, step, cancels) in enumerate(cases, 1):
            name = '%s: %s / %s' % (flow, step_text(step).replace('#', 'no. '), 'Cancel' if cancels else 'all verbs')
            sys.argv[1:] = ['%s-%d' % (flow, number)]
            try:
                outcome = live(flow, step, cancels, authority) or live(flow, step, cancels, authority)
                assert outcome, 'the step did not come in two runs'
                print('ok %d - %s: %s' % (number, name, outcome), flush=True)
            except Exception as error:  # pylint: disable=broad-except
                failed += 1
                tap.comment('%s: %s' % (type(error).__name__, error))
                tap.comment('logs: %s' % getattr(error, 'logs', ''))
                print('not ok %d - %s' % (number, name), flush=True)
    sys.exit(failed > 0)


assert Steps  # the steps are those that it records

if __name__ == '__main__':
    main()
