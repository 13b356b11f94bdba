# SPDX-License-Identifier: GPL-2.0-or-later
"""mmfota-agent between two looks, and one look; its memory beside what other services that update
firmware take while they wait."""

import glob
import os
import re
import signal
import subprocess
import sys
import time

from benchmark import TESTS, Figure, median
from agent import AgentBed
from processes import Process, clean_environment, pump, wait_for

sys.path.insert(0, os.path.join(TESTS, 'agent'))

from test_report import Sink  # noqa: E402  pylint: disable=wrong-import-position

NAME = 'agent'
TITLE = 'the agent between two looks, and one look'

RAUC_CONFIG = '[system]\ncompatible=bench\nbootloader=noop\n\n[keyring]\npath=%s\n\n[slot.rootfs.0]\ndevice=%s\ntype=raw\nbootname=A\n'
SETTLED = 10


def field(path, pattern):
    with open(path, encoding='ascii') as text:
        return int(re.search(pattern, text.read()).group(1))


def wake_ups(pid):
    """How often each of its threads has slept so far: each time it was woken up."""
    return {path: field(path, r'\nvoluntary_ctxt_switches:\s*(\d+)') for path in glob.glob('/proc/%d/task/*/status' % pid)}


def processor(pid):
    """Milliseconds of all threads that are there."""
    total = 0
    for path in glob.glob('/proc/%d/task/*/schedstat' % pid):
        with open(path, encoding='ascii') as text:
            total += int(text.read().split()[0])
    return total / 1e6


def memory(pid):
    """Bytes of its own: what would be free without it."""
    rollup = '/proc/%d/smaps_rollup' % pid
    return 1024 * sum(field(rollup, r'\nPrivate_%s:\s*(\d+)' % kind) for kind in ('Clean', 'Dirty'))


def an_hour_of(pid, seconds):
    """Wake-ups of an hour, counted for so many seconds."""
    before = wake_ups(pid)
    pump(seconds)
    return sum(count - before.get(thread, 0) for thread, count in wake_ups(pid).items()) * 3600 / seconds


def memory_of_service(bed, name, argv):
    """Of a service on the bed's bus, some seconds after it has its name."""
    log = bed.path(name + '.log')
    process = Process(name, argv, log, log, clean_environment(**bed.bus.environment))

    def there():
        assert process.is_alive(), '%s ended: %s' % (argv[0], log)
        names = bed.bus.connection.call_sync('org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus',
                                             'ListNames', None, None, 0, -1, None).unpack()[0]
        return name in names
    try:
        wait_for(name, there)
        pump(SETTLED)
        return memory(process.popen.pid)
    finally:
        process.stop()


def others(bed):
    """fwupd and rauc, as Debian has them."""
    keyring, slot, config = (bed.path(name) for name in ('rauc.pem', 'rauc.slot', 'rauc.conf'))
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=bench',
                    '-keyout', '/dev/null', '-out', keyring], check=True, stderr=subprocess.DEVNULL)
    with open(slot, 'wb'):
        pass
    with open(config, 'w', encoding='ascii') as out:
        out.write(RAUC_CONFIG % (keyring, slot))
    return {
        'fwupd': memory_of_service(bed, 'org.freedesktop.fwupd', ['/usr/libexec/fwupd/fwupd']),
        'rauc': memory_of_service(bed, 'de.pengutronix.rauc', ['rauc', '--conf=' + config, '--mount=' + bed.directory, 'service']),
    }


def one_check(bed, sink, pid):
    """Seconds, milliseconds of processor, bytes to the sink, bytes of the server to the module."""
    last = bed.agent_modem()['last-check']
    sent = sum(access.sent for access in bed.server.accesses())
    told = len(sink.requests)
    busy = processor(pid)
    begin = time.monotonic()
    bed.check_now()
    wait_for('the check', lambda: bed.agent_modem()['last-check'] > last)
    seconds = time.monotonic() - begin
    wait_for('its report', lambda: len(sink.requests) > told and bed.agent_modem()['unreported'] == 0)
    return (seconds, processor(pid) - busy,
            sum(int(headers['Content-Length']) for _status, _events, headers in sink.requests[told:]),
            sum(access.sent for access in bed.server.accesses()) - sent)


def run(bench):
    sink = Sink()
    # The module's own noise wakes ModemManager, and that its clients
    with AgentBed({'noise': {'rate': 0, 'in-answers': 0}}, speed=1,
                  groups={'policy': {'download': 'off'}, 'report': {'url': sink.url}}) as bed:
        bed.ready()
        bed.start_agent()
        pid = bed.agent.popen.pid
        wait_for('the first check', lambda: bed.agent_modem().get('last-check'))
        checks = [one_check(bed, sink, pid) for _round in range(bench.amount(7, 2))]
        pump(SETTLED)
        of_its_own = memory(pid)
        seconds = bench.amount(120, 20)
        everything = an_hour_of(pid, seconds)
        # With nothing to hear from it, what is left is the agent's own
        bed.daemon.process.signal(signal.SIGSTOP)
        try:
            pump(1)
            own = an_hour_of(pid, seconds)
        finally:
            bed.daemon.process.signal(signal.SIGCONT)
        bench.say('checks: %s' % checks)
        theirs = others(bed)
    sink.stop()
    seconds, busy, told, fetched = (median([check[which] for check in checks]) for which in range(4))
    return [
        Figure('wake-ups an hour of its own, between looks', own, '', at_most=0),
        Figure('wake-ups an hour in all, between looks', everything, ''),
        Figure('memory', of_its_own / 1e6, 'MB', 'fwupd', theirs['fwupd'] / 1e6, at_most=1),
        Figure('memory', of_its_own / 1e6, 'MB', 'rauc', theirs['rauc'] / 1e6),
        Figure('one check', seconds, 's'),
        Figure('one check, processor', busy, 'ms'),
        Figure('one check, reports', told, 'bytes', 'what the module fetches for it', fetched),
    ]
