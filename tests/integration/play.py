#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A desk to play at; scripts/play runs this."""

import os
import signal
import subprocess
import sys

from harness import BUILD, Bed
from processes import clean_environment
from server import Release

# At a person's pace: neither module nor daemon are faster than life
SCENARIO = {
    'timing': {'download-seconds': 30, 'flash-seconds': 20},
    'noise': {'rate': 0.2},
}

TEXT = """
A module is plugged in, and ModemManager knows it. Three things to try:

  mmfota
  mmfota --check {url}
  mmfota --update {url}

What it does meanwhile, in another window:

  export DBUS_SYSTEM_BUS_ADDRESS={address}
  {mmfota} --monitor

The module itself listens at {control} ("call ring", "unplug", "plug", "status", "violations").
"exit" or Ctrl+D ends it all.
"""


def environment(bed):
    folder = os.path.join(BUILD, 'cli')
    env = clean_environment(TERM=os.environ.get('TERM', 'dumb'), PS1='play$ ', **bed.bus.environment)
    return dict(env, PATH=folder + ':' + env.get('PATH', os.defpath))


def play(bed, command):
    print('plugging a module in …', flush=True)
    bed.ready()
    if not command:
        print(TEXT.format(url=bed.server.url, address=bed.bus.environment['DBUS_SYSTEM_BUS_ADDRESS'],
                          mmfota=os.path.join(BUILD, 'cli', 'mmfota'),
                          control=bed.simulator.path('control')), flush=True)
        command = ['bash', '--norc', '--noprofile']
    # Ctrl+C is for whoever runs in the shell
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    with subprocess.Popen(command, env=dict(environment(bed), PLAY_URL=bed.server.url),
                          preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)) as running:
        status = running.wait()
    signal.signal(signal.SIGINT, before)
    return status


def main():
    try:
        with Bed(SCENARIO, speed=1, release=Release(size=20000000)) as bed:
            # A person may pull the cable, or kill ModemManager, as it pleases
            bed.daemon_may_be_dead = True
            return play(bed, sys.argv[1:])
    except AssertionError as error:
        print('error: %s' % error, file=sys.stderr)
        return 1


signal.signal(signal.SIGTERM, lambda *_args: sys.exit(1))
sys.exit(main())
