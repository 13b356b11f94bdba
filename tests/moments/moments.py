#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every method at every moment: at each step of the flows that the fault table knows, a second caller
calls every verb, with each of its options once, right and wrong; and, in another run, Cancel. Where the module
rests, each is called alone, too. With --users the second caller is another user, who may do less, on a system bus with a real polkit.

Each call is answered at once, with the reason if it is refused; a refused one changes nothing; each that was
accepted has one true result, and at most one ^FWUP; the first caller's operation comes to the end that it has
undisturbed, or is cancelled, where Cancel was called and worked; the daemon lives and does not complain.

moments.py [--only STEP] [--sample N] [--shard K/N] [--jobs N] [--users]
"""

import argparse
import multiprocessing
import os
import random
import re
import signal
import sys
import tempfile
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
for _folder in ('integration', 'faults', 'security'):
    sys.path.insert(0, os.path.join(HERE, '..', _folder))

import authorization  # noqa: E402
import flow as flows  # noqa: E402
import rest  # noqa: E402
import tap  # noqa: E402
import truth  # noqa: E402
import verdict  # noqa: E402
from cases import step_text  # noqa: E402
from contract import FOTA  # noqa: E402
from faults import ATTEMPTS, load_cases  # noqa: E402
from harness import NEW_VERSION, SERVICE, Release  # noqa: E402
from processes import die_with_parent  # noqa: E402
from second import Other, Own, Second  # noqa: E402
from tls import Authority  # noqa: E402

SEED = 16

# What is not among the recorded steps: the interface comes
APPEARS = ('interface', 'appears', 1)
RETURNS = ('interface', 'appears', 2)

# Flows that the table of faults does not have, and the steps of them that differ
MORE_FLOWS = {
    'check': {'scenario': {}, 'connect': True, 'verb': 'Check', 'options': {}},
    'resume': {'scenario': {'fota': {'state': '31', 'package-size': Release().size}}, 'connect': True, 'verb': 'Resume',
               'options': {'upgrade': True}},
    'delayed': {'scenario': {'fota': {'state': '40'}}, 'connect': True, 'verb': 'Upgrade', 'options': {'delay': 60}},
}
MORE_STEPS = {
    'check': (('dbus', 'Check called', 1), ('at', 'AT^FOTASTATE?', 1), ('at', 'AT^FOTAMODE=', 1), ('at', 'AT^FOTAOEMDL=', 1),
              ('urc', '^FOTASTATE: 11', 1), ('dbus', 'Check answered', 1), ('urc', '^FOTASTATE: 12', 1)),
    'resume': (('dbus', 'Resume called', 1), ('at', 'AT^FOTASTATE?', 1), ('at', 'AT^FOTAOEMDL=', 1), ('dbus', 'Resume answered', 1),
               ('urc', '^FOTASTATE: 30', 1), ('urc', '^FOTASTATE: 40', 1), ('at', 'AT^FWUP', 1)),
    'delayed': (('dbus', 'Upgrade called', 1), ('at', 'AT^VERSION?', 1), ('dbus', 'Upgrade answered', 1), ('at', 'AT^NDISDUP=', 2),
                ('at', 'AT^FWUP', 1), ('urc', '^FOTASTATE: 50', 1)),
}

# How the second caller comes
ALL_VERBS, CANCEL = 'all verbs', 'Cancel'
# Who it can be, and what polkit lets that user do without asking anybody
USERS = {
    # Sits in front of the machine
    'somebody active': (authorization.ACTIVE, {'check'}),
    'somebody remote': (authorization.REMOTE, set()),
    'a service': (authorization.SERVICE_USER, set()),
    # By our rule for it
    'the agent': (authorization.AGENT_USER, {'check', 'download', 'upgrade'}),
}


class Run(flows.Run):
    def prepare(self):
        # What the server has is what the module has begun to download
        if self.flow['scenario'].get('fota', {}).get('state'):
            self.version = self.bed.simulator.status()['fota'].get('package-version') or NEW_VERSION
        if self.flow['verb'] != 'Upgrade':
            self.bed.server.offer(Release(version=self.version))
        super().prepare()

    def begin(self):
        if self.flow['verb'] in ('Check', 'Resume'):
            self.flow = dict(self.flow, options=dict(self.flow['options'], url=self.bed.server.url))
        super().begin()

    def perform(self):
        if self.listener.struck:
            # Nobody dials while the second one's upgrade needs the data path
            self.until('the end of what the second one began', lambda: self.bed.fota() and not self.listener.open_calls() and
                       not self.bed.fota().get('Transaction'))
        super().perform()

    def results(self):
        """All that were told."""
        told = [changed['Result'] for _path, interface, changed in self.bed.changes
                if interface == FOTA and changed.get('Result')]
        last = self.bed.fota()['Result']
        return told + [last] * bool(last)


def ended(run, second):
    """The first one's result; or a later one's, if the second had its way after it."""
    def over():
        fota = run.bed.fota()
        return bool(fota and not fota['Transaction'] and not second.open_calls() and (run.answer is not True or fota['Result']))
    run.until('answers to all calls, and the results', over)


def perform(bed, flow, second, make_caller):
    run = second.run = Run(bed, flow, second)
    second.caller = make_caller(run)
    subscription = bed.bus.connection.signal_subscribe(SERVICE, 'org.freedesktop.DBus.ObjectManager', 'InterfacesAdded',
                                                       None, None, 0, second.appears)
    run.prepare()
    before = truth.Before(run)
    watcher = flows.Watcher(bed.simulator, run.heard)
    try:
        second.arm()
        run.perform()
        ended(run, second)
        if not second.struck:
            return None
        return verdict.check(run, second, flow, before, truth.Story)
    finally:
        if os.environ.get('TDTECH_ANSWERS'):
            for call in second.calls:
                tap.comment('%s %s' % (call.at_once, call.text()))
        bed.bus.connection.signal_unsubscribe(subscription)
        watcher.close()
        second.close()
        run.close()


def live(case, authority):
    """Returns a word on what came of it, or None if the step did not come."""
    flow, step, how = case
    flows.FLOWS.update(MORE_FLOWS)
    second = Second(step, how == CANCEL, authority)
    if flow == rest.FLOW:
        return rest.live(step[1], how, authority)
    if how not in USERS:
        with flows.make_bed(flow) as bed:
            return perform(bed, flow, second, Own)
    user, rights = USERS[how]
    with authorization.AuthorizationBed(flows.scenario(flow), speed=flows.SPEED, release=None) as bed:
        with authorization.Somebody(bed, user) as somebody:
            return perform(bed, flow, second, lambda run: Other(run, somebody, rights))


def moments(users):
    """(flow, step, how the second caller comes) of all."""
    found = []
    for flow, step, _fault in load_cases()[1]:
        if (flow, step) not in found:
            found.append((flow, step))
    if users:
        # Each step once; who comes differs from step to step
        return [(flow, step, list(USERS)[number % len(USERS)]) for number, (flow, step) in enumerate(found)]
    found += [('update', APPEARS), ('update', RETURNS), ('refused', APPEARS)]
    found += [(flow, step) for flow, steps in MORE_STEPS.items() for step in steps]
    return [(flow, step, how) for flow, step in found for how in (ALL_VERBS, CANCEL)] + rest.cases()


def case_text(case):
    flow, step, how = case
    return '%s: %s / %s' % (flow, step_text(step), how)


def work(case):
    """In a process of its own: (the case, what came of it or None, what is to be told)."""
    begin = time.monotonic()
    sys.argv[1:] = [re.sub(r'[^A-Za-z0-9]+', '-', case_text(case)).strip('-')]
    try:
        with tempfile.TemporaryDirectory(prefix='moments-') as folder:
            authority = Authority(folder)
            outcome = None
            for _attempt in range(ATTEMPTS):
                outcome = outcome or live(case, authority)
        assert outcome, 'the step did not come in %d runs' % ATTEMPTS
        return case, outcome, '', time.monotonic() - begin
    except Exception as error:  # pylint: disable=broad-except
        text = str(error) if isinstance(error, (truth.Wrong, AssertionError)) else traceback.format_exc()
        return case, None, '%s: %s\nlogs: %s' % (type(error).__name__, text, getattr(error, 'logs', '')), time.monotonic() - begin


def _begin_work():
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--only', metavar='TEXT', help='those whose name contains this')
    parser.add_argument('--sample', type=int, metavar='N', help='so many, drawn by chance')
    parser.add_argument('--seed', type=int, default=SEED, metavar='S', help='for the sample (default: %(default)s)')
    parser.add_argument('--shard', metavar='K/N', help='the Kth of N parts')
    parser.add_argument('--skip', type=int, default=0, metavar='N', help='not the first N, which a run that was stopped has lived')
    parser.add_argument('--jobs', type=int, default=1, metavar='N', help='so many side by side (default: %(default)s)')
    parser.add_argument('--users', action='store_true', help='the second caller is another user')
    parser.add_argument('--rest', action='store_true', help='only where the module rests')
    parser.add_argument('--list', action='store_true', help='only tell their names')
    arguments = parser.parse_args()
    if arguments.users:
        authorization.enter_namespace()
    cases = rest.cases() if arguments.rest else moments(arguments.users)
    if arguments.only:
        cases = [case for case in cases if arguments.only in case_text(case)]
    if arguments.sample and arguments.sample < len(cases):
        cases = sorted(random.Random(arguments.seed).sample(cases, arguments.sample))
    if arguments.shard:
        part, parts = (int(number) for number in arguments.shard.split('/'))
        cases = cases[part - 1::parts]
    cases = cases[arguments.skip:]
    if arguments.list:
        print('\n'.join(case_text(case) for case in cases))
        return

    print('1..%d' % len(cases), flush=True)
    failed = 0
    # What is mounted for a user concerns one namespace: one life at a time
    jobs = 1 if arguments.users else arguments.jobs
    context = multiprocessing.get_context('fork')
    with context.Pool(jobs, _begin_work) as pool:
        for number, (case, outcome, told, seconds) in enumerate(pool.imap_unordered(work, cases), 1):
            name = case_text(case).replace('#', 'no. ')
            if told:
                failed += 1
                tap.comment(told)
            print('%sok %d - %s: %s (%.1f s)' % ('' if outcome else 'not ', number, name, outcome, seconds), flush=True)
    sys.exit(failed > 0)


if __name__ == '__main__':
    main()
