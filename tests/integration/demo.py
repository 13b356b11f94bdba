#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The main job, to watch: a module upgraded over the air. scripts/demo runs this."""

import os
import re
import shlex
import subprocess
import sys
import textwrap

from harness import FAST_CLOCK, MMFOTA, NEW_VERSION, OLD_VERSION, Bed, FastClock, wait_for
from processes import clean_environment
from server import Release

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
    text = '$ ' + ' '.join(shlex.quote(word) for word in [os.path.basename(argv[0])] + list(argv[1:]))
    say('\033[1;32m%s\033[0m' % text if COLOURS else text)
    # The client's clock goes with the module's, or the rates would not fit the times
    clock = FastClock(bed.path('client-clock'), SPEED)
    env = clean_environment(TERM=os.environ.get('TERM', 'dumb'), LD_PRELOAD=FAST_CLOCK, FAST_CLOCK=clock.path,
                            **bed.bus.environment)
    status = subprocess.run(argv, env=env, check=False).returncode
    say()
    return status


def story(lines):
    """The simulator's transcript without the daily business: (time, who, what)."""
    ours = re.compile(r'FOTASTATE\?|FWUP|NDISDUP|SETAUTODIAL|VERSION')
    commands = {}
    for line in lines:
        match = re.match(r'\s*([\d.]+) \d+ - (\S+) ?(.*)', line)
        if not match:
            continue
        when, what, details = match.groups()
        values = re.match(r'index=(\d+) (?:command|answer)=(.*?)(?: occurrence=\d+)?$', details)
        if what == 'command' and ours.search(values.group(2)):
            commands[values.group(1)] = values.group(2)
            yield when, '-->', values.group(2)
        elif what == 'answer' and values.group(1) in commands:
            yield when, '<--', ' '.join(values.group(2).replace('\\r', ' ').replace('\\n', ' ').split())
        elif what == 'urc' and re.search(r'FOTASTATE|NDISSTAT', details):
            yield when, '<--', details.split('=', 1)[1]
        elif what == 'session' and re.search(r'state=[01] ', details):
            yield when, '***', 'data session %s' % ('up' if 'state=1' in details else 'down')
        elif what == 'flash':
            yield when, '***', 'the module flashes'
        elif what in ('device-added', 'device-removed'):
            yield when, '***', 'USB device %s' % ('appears' if 'added' in what else 'disappears')


def read_transcript(bed):
    with open(bed.simulator.path('transcript'), encoding='utf-8', errors='replace') as text:
        return text.read().splitlines()


def evidence(bed, statuses, before, upgrade):
    """What must be true, each with what was seen."""
    after = bed.fota()
    result = after.get('Result', {})
    status = bed.simulator.status()['fota']
    told = [text for _when, _who, text in upgrade]
    down = told.index('data session down') if 'data session down' in told else None
    fwup = told.index('AT^FWUP') if 'AT^FWUP' in told else None
    fetched = bed.server.bytes_sent(bed.release.name)
    return [
        ('every command ended well', not any(statuses.values()),
         ', '.join('%s %d' % pair for pair in statuses.items())),
        ('data was paused before ^FWUP', None not in (down, fwup) and down < fwup,
         'session down at %s s, ^FWUP at %s s' % tuple(upgrade[i][0] if i is not None else '?' for i in (down, fwup))),
        ('the module flashed once', status['flashes-done'] == 1, 'flashes: %d' % status['flashes-done']),
        ('it left the bus and came back', 'USB device disappears' in told and 'USB device appears' in told,
         'object path now ' + bed.modem),
        ('another version runs', after.get('Version') == NEW_VERSION,
         '%s -> %s' % (before['Version'], after.get('Version'))),
        ('of another build', after.get('BuildTime') not in (None, '', before['BuildTime']),
         '%s -> %s' % (before['BuildTime'], after.get('BuildTime'))),
        ('the result says so', (result.get('outcome'), result.get('to')) == (1, NEW_VERSION),
         'outcome %s, from %s to %s' % (result.get('outcome'), result.get('from'), result.get('to'))),
        ('each byte was fetched once', fetched == bed.release.size, '%d of %d' % (fetched, bed.release.size)),
        ('no rule of the module was broken', not bed.simulator.violations(),
         '%d violations in %d AT commands' % (len(bed.simulator.violations()), len(bed.simulator.transcript()))),
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
        wait_for('the signal', lambda: bed.modem_properties()['SignalQuality'][0])
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
        lines = len(read_transcript(bed))
        statuses['upgrade'] = typed(bed, MMFOTA, '--upgrade', '-y')
        remark('On the AT port meanwhile, in seconds of the module:')
        say()
        upgrade = list(story(read_transcript(bed)[lines:]))
        for when, who, text in upgrade:
            say('   %8s  %s  %s' % (when, who, text[:90]))
        heading('The module is back, under another object path, with the new version')
        bed.registered()
        statuses['list'] = typed(bed, 'mmcli', '-L')
        statuses['status'] = typed(bed, MMFOTA)
        facts = evidence(bed, statuses, before, upgrade)
    heading('Summary')
    for text, true, seen in facts:
        say('   [%s] %-34s %s' % ('ok' if true else 'NO', text, seen))
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
