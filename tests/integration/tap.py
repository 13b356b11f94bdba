# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the functions named case_… of a test file; speaks TAP."""

import os
import signal
import sys
import traceback

LOG_LINES = 60


def comment(text):
    for line in text.splitlines():
        print('# ' + line, flush=True)


def show_logs(directory):
    """The ends of the logs, so that a failure on another machine can be understood."""
    for folder, _folders, names in os.walk(directory):
        for name in sorted(names):
            path = os.path.join(folder, name)
            relative = os.path.relpath(path, directory)
            if not (name.endswith('.log') or name in ('stdout', 'stderr', 'transcript', 'stacks')):
                continue
            with open(path, encoding='utf-8', errors='replace') as log:
                lines = log.read()[-200000:].splitlines()[-LOG_LINES:]
            if lines:
                comment('--- %s (last %d lines)' % (relative, len(lines)))
                comment('\n'.join(line[:300] for line in lines))


def _ended(number, _frame):
    # Unwinds, so that every Bed is torn down
    raise SystemExit('signal %d' % number)


def run(namespace):
    signal.signal(signal.SIGTERM, _ended)
    signal.signal(signal.SIGINT, _ended)
    cases = {name[len('case_'):]: value for name, value in namespace.items() if name.startswith('case_')}
    names = sys.argv[1:] or list(cases)
    failed = 0
    print('1..%d' % len(names), flush=True)
    for number, name in enumerate(names, 1):
        try:
            cases[name]()
            print('ok %d - %s' % (number, name), flush=True)
        except Exception as error:  # pylint: disable=broad-except
            failed += 1
            comment(traceback.format_exc())
            if getattr(error, 'logs', None):
                comment('logs: ' + error.logs)
                show_logs(error.logs)
            print('not ok %d - %s' % (number, name), flush=True)
    sys.exit(1 if failed else 0)
