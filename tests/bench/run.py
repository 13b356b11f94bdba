#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the benchmarks, prints their table, keeps the figures. scripts/bench runs this."""

import argparse
import importlib
import json
import os
import signal
import sys
import time
import traceback

import benchmark
from benchmark import Bench, number

# In the order of the table
NAMES = ('commands', 'latency', 'outage', 'plug', 'client', 'daemon', 'scale', 'soak', 'server', 'agent', 'fleet')
COLUMNS = ('item', 'figure', 'ours', 'comparison', 'theirs', 'ratio', 'goal', '')


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument('--only', action='append', choices=NAMES, default=[])
    parser.add_argument('--quick', action='store_true')
    parser.add_argument('--output', required=True)
    parser.add_argument('--markdown', action='store_true')
    parser.add_argument('--show', action='store_true')
    return parser.parse_args()


def read(path):
    try:
        with open(path, encoding='utf-8') as kept:
            return json.load(kept)['figures']
    except FileNotFoundError:
        return []


def write(path, figures):
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    with open(path + '.new', 'w', encoding='utf-8') as out:
        json.dump({'figures': figures}, out, indent=1, ensure_ascii=False)
        out.write('\n')
    os.replace(path + '.new', path)


def measure(name, quick):
    """The figures of one item, or None if something could not be measured."""
    module = importlib.import_module('bench_' + name)
    # What a bed calls the logs that it leaves
    sys.argv = ['bench', name]
    print('%s: %s' % (module.NAME, module.TITLE), file=sys.stderr, flush=True)
    begin = time.monotonic()
    try:
        figures = [dict(item=module.NAME, title=module.TITLE, quick=quick, **figure.as_dict())
                   for figure in module.run(Bench(quick))]
    except Exception as error:  # pylint: disable=broad-except
        traceback.print_exc()
        if getattr(error, 'logs', None):
            print('logs: ' + error.logs, file=sys.stderr)
        return None
    print('  %d s' % (time.monotonic() - begin), file=sys.stderr, flush=True)
    return figures


def verdict(figure):
    return {True: 'met', False: 'MISSED', None: ''}[figure['met']]


def rows(figures):
    for figure in figures:
        unit = ' ' + figure['unit'] if figure['unit'] else ''
        theirs = number(figure['reference']) + unit if figure['reference'] is not None else ''
        yield (figure['item'], figure['name'], number(figure['value']) + unit, figure['comparison'] or '', theirs,
               number(figure['ratio']), figure['goal'] or '', verdict(figure))


def table(figures, markdown):
    lines = [COLUMNS] + list(rows(figures))
    if markdown:
        print('| %s |' % ' | '.join(lines[0]))
        print('|%s' % ('---|' * len(COLUMNS)))
        for line in lines[1:]:
            print('| %s |' % ' | '.join(line))
        return
    widths = [max(len(line[i]) for line in lines) for i in range(len(COLUMNS))]
    for line in lines:
        print('  '.join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())


def _ended(signum, _frame):
    # Unwinds, so that every bed is torn down
    raise SystemExit('signal %d' % signum)


def main():
    signal.signal(signal.SIGTERM, _ended)
    signal.signal(signal.SIGINT, _ended)
    arguments = parse()
    if arguments.show:
        table(read(arguments.output), arguments.markdown)
        return 0
    names = [name for name in NAMES
             if (name in arguments.only if arguments.only else
                 os.path.exists(os.path.join(os.path.dirname(benchmark.__file__), 'bench_%s.py' % name)))]
    kept = read(arguments.output)
    failed = []
    for name in names:
        figures = measure(name, arguments.quick)
        kept = [figure for figure in kept if figure['item'] != name] + (figures or [])
        if figures is None:
            failed.append(name)
        kept.sort(key=lambda figure: NAMES.index(figure['item']))
        write(arguments.output, kept)
    table([figure for figure in kept if figure['item'] in names], arguments.markdown)
    if failed:
        print('not measured: ' + ', '.join(failed))
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
