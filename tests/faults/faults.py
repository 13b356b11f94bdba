#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Faults by the book: the whole flow, once for each of its steps and each fault there.

The steps are taken from an undisturbed run of each flow. Each case repeats the run with one
fault at one step and checks what must be true afterwards, see truth.py.
"""

import argparse
import collections
import fcntl
import hashlib
import json
import multiprocessing
import os
import queue
import sys
import time
import traceback
import zlib

import flow as flows
from cases import Strike, record, step_text
from harness import BUILD, FAST_CLOCK, PLUGIN, SIMULATOR
from processes import die_with_parent
from truth import Before, Wrong, check

DIRECTORY = os.path.join(BUILD, 'tests', 'faults')
# A step that did not come this time: the run is made again. How often ModemManager asks depends on
# how busy the machine is.
ATTEMPTS = 6


def case_text(case):
    name, step, fault = case
    return '%s: %s / %s' % (name, step_text(step), fault)


# The list of cases, recorded once for all the shards

def recorded_with():
    """What the list depends on."""
    digest = hashlib.sha256()
    folder = os.path.dirname(os.path.abspath(__file__))
    for path in [PLUGIN, SIMULATOR, FAST_CLOCK] + [os.path.join(folder, name) for name in sorted(os.listdir(folder))
                                                   if name.endswith('.py')]:
        with open(path, 'rb') as source:
            digest.update(source.read())
    return digest.hexdigest()


def record_all():
    cases = []
    for name in flows.FLOWS:
        cases += record(name)
    return cases


def load_cases():
    os.makedirs(DIRECTORY, exist_ok=True)
    path = os.path.join(DIRECTORY, 'steps.json')
    key = recorded_with()
    with open(path + '.lock', 'w', encoding='ascii') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            with open(path, encoding='utf-8') as source:
                recorded = json.load(source)
        except (FileNotFoundError, ValueError):
            recorded = {}
        if recorded.get('key') != key:
            with multiprocessing.get_context('fork').Pool(1) as pool:
                recorded = {'key': key, 'cases': pool.apply(record_all)}
            with open(path, 'w', encoding='utf-8') as out:
                json.dump(recorded, out, indent=1)
    return key, [(name, tuple(step), fault) for name, step, fault in recorded['cases']]


# Running cases

def new_row(case, outcome='', why=''):
    return {'step': '%s: %s' % (case[0], step_text(case[1])), 'fault': case[2], 'outcome': outcome, 'ok': False,
            'why': why, 'seconds': 0}


class Worker:
    """Keeps a bed as long as it is as it was at first."""

    def __init__(self):
        self.bed = None
        self.flow = None

    def _get_bed(self, name):
        if self.bed and self.flow != name:
            self.drop_bed()
        if not self.bed:
            self.bed = flows.make_bed(name)
            self.flow = name
            self.bed.__enter__()  # pylint: disable=unnecessary-dunder-call
        return self.bed

    def drop_bed(self, error=None, name=''):
        if self.bed:
            bed, self.bed = self.bed, None
            if error:
                sys.argv[1:] = [name]
            bed._leave(error)  # pylint: disable=protected-access

    def _attempt(self, case):
        """Returns the outcome, or None if the step did not come."""
        bed = self._get_bed(case[0])
        strike = Strike(case)
        run = strike.run = flows.Run(bed, case[0], strike)
        run.prepare()
        watcher = flows.Watcher(bed.simulator, run.heard)
        try:
            strike.arm()
            before = Before(run)
            run.perform()
            result = run.finish()
            if strike.is_foreign():
                # ModemManager's questions may go on after the result
                run.quiet()
                result = run.finish()
            if not strike.hit():
                return None
            return check(run, before, result)
        finally:
            watcher.close()
            run.close()

    def _tidy(self):
        """The next case must find the bed as this one did."""
        bed = self.bed
        bed.simulator.command('clear-faults')
        bed.clock.set_careful(flows.CAREFUL)
        if not bed.server.process.is_alive():
            bed.server.start()
        status = bed.simulator.status()
        first = int(bed.scenario.get('fota', {}).get('state', 10))
        if status['fota']['state'] != first or status['powered'] is not True:
            self.drop_bed()

    def run(self, case):
        begin = time.monotonic()
        row = new_row(case)
        try:
            for _attempt in range(ATTEMPTS):
                outcome = self._attempt(case)
                if outcome:
                    break
                self.drop_bed()
            row['outcome'] = outcome or 'not reached'
            row['ok'] = bool(outcome)
            row['why'] = '' if outcome else 'the step did not come in %d runs' % ATTEMPTS
            if self.bed:
                self._tidy()
        except Exception as error:  # pylint: disable=broad-except
            row['outcome'] = 'wrong' if isinstance(error, Wrong) else 'no end'
            row['why'] = str(error)
            if not isinstance(error, (Wrong, AssertionError)):
                row['why'] = traceback.format_exc()
            self.drop_bed(error, 'case-%08x' % zlib.crc32(case_text(case).encode()))
            row['logs'] = getattr(error, 'logs', '')
        row['seconds'] = round(time.monotonic() - begin, 1)
        return row


def work(todo, done):
    die_with_parent()
    worker = Worker()
    while True:
        item = todo.get()
        if item is None:
            break
        number, case = item
        done.put((number, worker.run(case)))
    worker.drop_bed()


def run_cases(cases, jobs, tell):
    context = multiprocessing.get_context('fork')
    todo, done = context.Queue(), context.Queue()
    # Cases of one flow in a row, so that beds are kept
    for item in enumerate(cases):
        todo.put(item)
    workers = [context.Process(target=work, args=(todo, done)) for _ in range(min(jobs, len(cases)))]
    for worker in workers:
        todo.put(None)
        worker.start()
    rows = {}
    while len(rows) < len(cases):
        try:
            number, row = done.get(timeout=10)
        except queue.Empty:
            if any(worker.is_alive() for worker in workers):
                continue
            # What could not be run has failed
            number = min(set(range(len(cases))) - set(rows))
            row = new_row(cases[number], 'not run', 'the worker ended')
        rows[number] = row
        tell(row)
    for worker in workers:
        worker.join()
    return [rows[number] for number in sorted(rows)]


# Telling

def summary(rows):
    faults = list(dict.fromkeys(row['fault'] for row in rows))
    outcomes = sorted({row['outcome'] for row in rows})
    counts = collections.Counter((row['fault'], row['outcome']) for row in rows)
    width = max(len(fault) for fault in faults + ['fault'])
    lines = ['%d cases, %d wrong' % (len(rows), sum(not row['ok'] for row in rows)), '']
    for number, outcome in enumerate(outcomes):
        lines.append('%s  %c = %s' % (' ' * width, ord('A') + number, outcome))
    lines.append('%-*s %s' % (width, 'fault', ' '.join('%4c' % (ord('A') + n) for n in range(len(outcomes)))))
    for fault in faults:
        lines.append('%-*s %s' % (width, fault, ' '.join('%4s' % (counts[fault, outcome] or '.')
                                                        for outcome in outcomes)))
    return lines


def comment(lines):
    for line in lines:
        print('# ' + line, flush=True)


def write_json(name, content):
    with open(os.path.join(DIRECTORY, name), 'w', encoding='utf-8') as out:
        json.dump(content, out, indent=1)
        out.write('\n')


def run_and_tell(cases, jobs):
    print('1..%d' % len(cases), flush=True)

    told = []

    def tell(row):
        # Cases end in any order, TAP counts
        told.append(row)
        if not row['ok']:
            comment(('%s: %s' % (row['outcome'], row['why'])).splitlines())
            if row.get('logs'):
                comment(['logs: ' + row['logs']])
        print('%sok %d - %s / %s: %s (%.1f s)' % ('' if row['ok'] else 'not ', len(told),
                                                 row['step'].replace('#', 'no. '), row['fault'], row['outcome'],
                                                 row['seconds']), flush=True)

    rows = run_cases(cases, jobs, tell)
    comment(summary(rows))
    return rows


def write_table(rows):
    write_json('table.json', {'cases': len(rows), 'wrong': sum(not row['ok'] for row in rows), 'table': rows})


def merge(key, cases, shards):
    """The last test: all shards together are all the cases, and none is wrong."""
    rows = []
    for number in range(1, shards + 1):
        try:
            with open(os.path.join(DIRECTORY, 'shard-%d.json' % number), encoding='utf-8') as source:
                shard = json.load(source)
        except (FileNotFoundError, ValueError):
            # Its cases will be missed
            continue
        if shard['key'] == key:
            rows += shard['table']
    write_table(rows)
    comment(summary(rows))
    wanted = {('%s: %s' % (name, step_text(step)), fault) for name, step, fault in cases}
    missing = wanted - {(row['step'], row['fault']) for row in rows}
    claims = (('every case was run', not missing),
              ('at least 400 cases', len(rows) >= 400),
              ('none is wrong', all(row['ok'] for row in rows)))
    print('1..%d' % len(claims))
    for number, (text, true) in enumerate(claims, 1):
        print('%sok %d - %s' % ('' if true else 'not ', number, text))
    comment(['missing: %s / %s' % case for case in sorted(missing)[:20]])
    return all(true for _text, true in claims)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--list', action='store_true', help='list the cases')
    parser.add_argument('--only', metavar='STEP/FAULT', help='those whose step and fault contain this')
    parser.add_argument('--jobs', type=int, default=3, help='daemons side by side (default: 3)')
    parser.add_argument('--shard', metavar='K/N', help='the Kth of N parts of the table')
    parser.add_argument('--merge', metavar='N', type=int, help='put the table of N shards together')
    arguments = parser.parse_args()

    key, cases = load_cases()
    if arguments.merge:
        sys.exit(not merge(key, cases, arguments.merge))
    if arguments.only:
        step, _slash, fault = arguments.only.rpartition('/')
        cases = [case for case in cases if step in '%s: %s' % (case[0], step_text(case[1])) and
                 (case[2] == fault or not fault or not step and fault in case_text(case))]
    if arguments.shard:
        part, parts = (int(number) for number in arguments.shard.split('/'))
        # Neighbours cost the same: dealt out like cards
        cases = cases[part - 1::parts]
    if arguments.list:
        for case in cases:
            print(case_text(case))
        print('%d cases' % len(cases))
        return
    rows = run_and_tell(cases, arguments.jobs)
    if arguments.shard:
        write_json('shard-%d.json' % part, {'key': key, 'table': rows})
    elif not arguments.only:
        write_table(rows)
    sys.exit(any(not row['ok'] for row in rows))


if __name__ == '__main__':
    main()
