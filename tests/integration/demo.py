#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The main job, to watch: a module upgraded over the air. scripts/demo runs this."""

import os
import shlex
import subprocess
import sys
import textwrap

from harness import MMFOTA, NEW_VERSION, OLD_VERSION, Bed, Release, wait_for
from processes import clean_environment, pump

# The module's and the daemon's time; the download takes 20 s of ours
SPEED = 4
SCENARIO = {
    'timing': {'download-seconds': 20 * SPEED, 'flash-seconds': 30},
    'noise': {'rate': 0.2},
}
COLOURS = sys.stdout.isatty()


def say(text=''):
    print(text, flush=True)


def heading(text):
    say()
    say('\033[1;34m== %s\033[0m' % text if COLOURS else '== ' + text)
    say()


def remark(text):
    for line in textwrap.wrap(text, 100):
        say('   ' + line)


def typed(bed, *argv):
    """Shows the command as typed, runs it in front of the viewer; returns the exit status."""
    shown = [os.path.basename(argv[0])] + list(argv[1:])
    text = '$ ' + ' '.join(shlex.quote(word) for word in shown)
    say('\033[1;32m%s\033[0m' % text if COLOURS else text)
    env = clean_environment(TERM=os.environ.get('TERM', 'dumb'), **bed.bus.environment)
    status = subprocess.run(argv, env=env, check=False).returncode
    say()
    return status


def show_transcript(bed, after):
    """What went over the AT port from the pause to the verdict, without the daily business."""
    interesting = ('FOTASTATE', 'FWUP', 'NDISDUP', 'NDISSTATQRY', 'SETAUTODIAL', 'VERSION', 'CGMR', 'CLCC')
    for exchange in bed.simulator.transcript()[after:]:
        if any(word in exchange['command'] for word in interesting):
            answer = ' / '.join((exchange.get('answer') or '').split())
            say('   %9.1f s  %-24s %s' % (exchange['time'], exchange['command'], answer[:62]))


def evidence(bed, statuses, before, sessions_at_fwup):
    """What must be true, each with what was seen."""
    after = bed.fota()
    result = after.get('Result', {})
    commands = bed.simulator.commands(r'NDISDUP=\d+,0|\^FWUP')
    return [
        ('every command ended with exit status 0', not any(statuses.values()), str(statuses)),
        ('data was paused before ^FWUP', len(commands) > 1 and 'FWUP' in commands[-1] and sessions_at_fwup == 0,
         ' then '.join(commands)),
        ('the module flashed once', bed.simulator.status()['fota']['flashes-done'] == 1,
         '%d' % bed.simulator.status()['fota']['flashes-done']),
        ('another version runs', after.get('Version') == NEW_VERSION,
         '%s -> %s' % (before['Version'], after.get('Version'))),
        ('another build time', after.get('BuildTime') not in (None, '', before['BuildTime']),
         '%s -> %s' % (before['BuildTime'], after.get('BuildTime'))),
        ('the result says so', (result.get('outcome'), result.get('to')) == (1, NEW_VERSION),
         'outcome %s, from %s to %s' % (result.get('outcome'), result.get('from'), result.get('to'))),
        ('each byte was fetched once', bed.server.bytes_sent('FIRMWARE1.BIN') == bed.release.size,
         '%d of %d' % (bed.server.bytes_sent('FIRMWARE1.BIN'), bed.release.size)),
        ('the module was asked nothing wrong', not bed.simulator.violations(), str(bed.simulator.violations())),
    ]


def run():
    statuses = {}
    with Bed(SCENARIO, speed=SPEED, release=Release(size=6000000)) as bed:
        version = subprocess.run(['dpkg-query', '-W', '-f=${Version}', 'modemmanager'], check=False,
                                 stdout=subprocess.PIPE, encoding='ascii').stdout
        heading("Debian's own ModemManager %s loads the plugin and finds the module" % version)
        remark('A simulated MT5700M-CN (USB 3466:3301) on a test bed, a private message bus, a real nginx. '
               'Time runs %d times faster for module and daemon.' % SPEED)
        say()
        bed.ready()
        statuses['mmcli'] = typed(bed, 'mmcli', '-m', 'any')
        heading('A data session')
        statuses['connect'] = typed(bed, 'mmcli', '-m', 'any', '--simple-connect=apn=ctnet')
        heading('Is there newer firmware?')
        before = bed.fota()
        statuses['check'] = typed(bed, MMFOTA, '--check', bed.server.url)
        heading('The module downloads it, data goes on')
        statuses['download'] = typed(bed, MMFOTA, '--download', bed.server.url)
        heading('The upgrade')
        remark('The data session is paused, the module told to flash, watched over its reboot, and judged by '
               'what it runs afterwards.')
        say()
        exchanges = len(bed.simulator.transcript())
        sessions = bed.simulator.sessions_at_fwup
        statuses['upgrade'] = typed(bed, MMFOTA, '--upgrade', '-y')
        remark('On the AT port meanwhile (time of the module):')
        show_transcript(bed, exchanges)
        heading('The module is back, under another object path, with the new version')
        statuses['list'] = typed(bed, 'mmcli', '-L')
        statuses['status'] = typed(bed, MMFOTA)
        wait_for('the last result', lambda: bed.fota().get('Result'))
        pump()
        facts = evidence(bed, statuses, before, sessions())
    heading('Summary')
    for text, true, seen in facts:
        say('   [%s] %-40s %s' % ('ok' if true else 'NO', text, seen))
    good = all(true for _text, true, _seen in facts)
    say()
    say('   %s' % ('The upgrade from %s to %s succeeded.' % (OLD_VERSION, NEW_VERSION) if good
                   else 'The upgrade did NOT succeed.'))
    return 0 if good else 1


def main():
    try:
        return run()
    except AssertionError as error:
        say('error: %s' % error)
        if getattr(error, 'logs', None):
            say('logs: ' + error.logs)
        return 1


sys.exit(main())
