#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The suites' own watch."""

import os
import signal

import tap
from harness import Bed, Watch, wait_for


class ImpatientBed(Bed):
    watch_seconds = 0.2


def case_stacks_of_a_daemon_that_stops():
    """What it was doing is in the logs."""
    patience, Watch.PATIENCE = Watch.PATIENCE, 2
    try:
        with ImpatientBed() as bed:
            bed.wait_modem()
            stacks = bed.daemon.path('stacks')
            process = bed.daemon.process
            os.kill(process.pid, signal.SIGSTOP)
            try:
                wait_for('the stacks', lambda: os.path.exists(stacks) and os.path.getsize(stacks))
            finally:
                os.kill(process.pid, signal.SIGCONT)
            with open(stacks, encoding='utf-8') as text:
                text = text.read()
            assert 'thread %d ModemManager: State:\tT' % process.pid in text, text[:1000]
            # And goes on
            bed.wait_fota()
    finally:
        Watch.PATIENCE = patience


if __name__ == '__main__':
    tap.run(globals())
