#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A module that says anything: the daemon stays alive, small and clear (I8)."""

import base64
import random
import subprocess

import place  # noqa: F401  pylint: disable=unused-import
import tap
from contract import (CORE_ERROR, DOWNLOADING, FAILED, FOTA, FOTA_ERROR, PERCENT_UNKNOWN, SUCCEEDED, SUSPENDED,
                      error_name)
from gi.repository import GLib
from harness import GLIB_COMPLAINT, NEW_VERSION, Bed, wait_for
from server import BIG

MEBI = 1024 * 1024
# How much more memory the daemon may have after megabytes of nonsense than before, in KiB
GROWTH = 16 * 1024
# The longest text that goes out: a description of 1024 bytes, each of them replaced by three
LONGEST = 3 * 1024 + 64


def memory(bed):
    with open('/proc/%d/status' % bed.daemon.process.pid, encoding='ascii') as status:
        for line in status:
            if line.startswith('VmRSS:'):
                return int(line.split()[1])
    raise AssertionError('no VmRSS')


def check_texts(value):
    if isinstance(value, str):
        assert len(value.encode()) <= LONGEST, '%d bytes: %r…' % (len(value.encode()), value[:80])
    elif isinstance(value, dict):
        for key, inner in value.items():
            check_texts(key)
            check_texts(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            check_texts(inner)


def check_bus(bed):
    """All that is to be seen on D-Bus is bounded; that it is UTF-8, the bus itself has checked."""
    for interfaces in bed.objects().values():
        check_texts(interfaces.get(FOTA, {}))
    for change in bed.changes:
        if change[1] == FOTA:
            check_texts(change[2])
    check_texts(bed.events)
    check_texts(bed.call(bed.modem, FOTA, 'ListEvents', GLib.Variant('(t)', (0,)))[0])
    shown = bed.mmfota('--status')
    assert '\x1b' not in shown.stdout and '\x07' not in shown.stdout, shown.stdout


class HostileBed(Bed):
    def __init__(self, scenario=None, **keys):
        super().__init__(scenario, **keys)
        self.before = 0

    def ready(self):
        super().ready()
        self.before = memory(self)

    def say(self, data):
        """Anything, at any time."""
        self.simulator.command('raw ' + base64.b64encode(data).decode())

    def answer(self, command, data, count=1):
        self.simulator.fault(kind='raw', pattern='AT' + command, data=data, count=count)

    def check(self):
        """The daemon is as well as it was: it answers, a Check still works."""
        self.simulator.command('clear-faults')
        check_bus(self)
        grown = memory(self) - self.before
        assert grown < GROWTH, 'the daemon has grown by %d KiB' % grown
        self.fota_works()
        check_bus(self)

    def fota_works(self):
        def asked():
            try:
                return self.verb('Check', url=self.server.url)
            except GLib.Error as error:
                # The answer to what it asked while nonsense was said may be spoilt
                assert error_name(error) in (CORE_ERROR + 'Timeout', CORE_ERROR + 'InProgress', CORE_ERROR + 'Failed',
                                             CORE_ERROR + 'WrongState', FOTA_ERROR + 'ConditionsNotMet',
                                             FOTA_ERROR + 'Refused', CORE_ERROR + 'Retry'), error.message
                return None
        result = self.wait_result(wait_for('a Check to be taken', asked))
        assert result['outcome'] == SUCCEEDED, result
        assert self.fota()['Update']['version'] == NEW_VERSION, self.fota()['Update']


LONG = b'1.3.0.0' + b'9' * 10000

STATE_LINES = [
    b'', b':', b' ', b': ', b': ,', b': -1', b': -2147483649', b': 99999999999999999999999', b': 4294967306', b': 1e1',
    b': 0x0a', b': 12', b': 12,', b': 12,,', b': 12,,,', b': 12, ' + LONG, b': 12, ' + LONG + b', 5, x',
    b': 12, 1.3, -5, x', b': 12, 1.3, 18446744073709551616, x', b': 12, 1.3, 18446744073709551615, x',
    b': 12, 1.3, 0, x', b': 12, 1.3\x00.0, 5, x', b': 12, \xff\xfe\x80, 5, x', b': 12, 1.3, 5, ' + b'\xff' * 5000,
    b': 12, 1.3, 5, \x1b[2J\x1b]0;x\x07\x08\x9b', b': 12, "1.3", 5, "' + b'd' * 20000, b': 13, 99999999999', b': 13,-1',
    b': 13,13,13,13', b': 14,14', b': 20,' + b'2' * 1000, b': 10' + b' ' * 3000, b': 10\x00', b': 256', b': 77',
    b': 255', b': \xef\xbc\x91\xef\xbc\x90', b': 10;AT+CFUN=0', b': %s%n%n%n', b': ' + b'%n' * 500,
]


def case_state_lines():
    """As unsolicited lines; none of these may lead anywhere."""
    with HostileBed() as bed:
        bed.ready()
        commands = len(bed.simulator.commands('FOTAOEMDL|FWUP'))
        for line in STATE_LINES:
            bed.say(b'\r\n^FOTASTATE' + line + b'\r\n')
            bed.fota()
        assert len(bed.simulator.commands('FOTAOEMDL|FWUP')) == commands
        bed.check()


def case_state_answers():
    """As answers to the question for the state: refused, or the next question helps."""
    with HostileBed() as bed:
        # It says 10 where that is not true
        bed.allowed_violations.append('FOTAOEMDL in state 12')
        bed.ready()
        for line in STATE_LINES:
            bed.answer('^FOTASTATE?', b'\r\n^FOTASTATE' + line + b'\r\n\r\nOK\r\n')
            try:
                bed.wait_result(bed.verb('Check', url=bed.server.url))
            except GLib.Error as error:
                assert error_name(error).startswith((CORE_ERROR, FOTA_ERROR)), error.message
            bed.simulator.command('clear-faults')
        bed.check()


VERSIONS = [
    b'^VERSION:EXTS:' + LONG, b'^VERSION:EXTS:\x00', b'^VERSION:EXTS:\xff\xfe', b'^VERSION:BDT:' + b'x' * 20000,
    b'^VERSION:EXTS:\x1b[31mred', b'^VERSION:', b'^VERSION:EXTS:', b'^VERSION:' + b':' * 3000, b'^VERSION:EXTS:%n%s',
]


def case_versions():
    """From the first reading on: what runs is unknown or bounded, never nonsense."""
    for version in (b'\r\n'.join(VERSIONS), b'^VERSION:BDT:now\r\n^VERSION:EXTS:' + LONG):
        with HostileBed() as bed:
            bed.answer('^VERSION?', b'\r\n' + version + b'\r\n\r\nOK\r\n', count=0)
            bed.answer('+CGMR', b'\r\n' + LONG + b'\r\n\r\nOK\r\n', count=0)
            bed.ready()
            fota = bed.fota()
            for name in ('Version', 'BuildTime', 'Revision'):
                assert len(fota[name]) <= 128 and fota[name].isprintable(), fota[name]
            bed.check()


PROGRESS = [
    b'', b':', b': 1', b': 1,"F",5', b': 1,"F",,', b': 1,"F",-5,100', b': 1,"F",200,100', b': 1,"F",5,0', b': 1,"F",0,0',
    b': 1,"F",18446744073709551615,18446744073709551615', b': 1,"F",99999999999999999999,99999999999999999999',
    b': 1,"F",18446744073709551614,18446744073709551615', b': 4294967297,"F",1,2', b': 1,"' + b'F' * 10000 + b'",1,2',
    b': 1,"\xff\x00\x1b",1,2', b': 1,"F",1,2\r\n^FOTADLQ: 1,"F",1,2', b': 65535,"F",1,2', b': 1,"F,1,2', b': a,b,c,d',
]


def absurd_progress(bed, lines):
    bed.changes.clear()
    for line in lines:
        bed.answer('^FOTADLQ', b'\r\n^FOTADLQ' + line + b'\r\n\r\nOK\r\n')
    result = bed.wait_result(bed.verb('Download', url=bed.server.url), 600)
    assert result['outcome'] == SUCCEEDED, result
    fota = [changed for _path, interface, changed in bed.changes if interface == FOTA]
    seen = [changed['Percent'] for changed in fota if changed.get('Percent', PERCENT_UNKNOWN) != PERCENT_UNKNOWN]
    assert all(0 <= percent <= 100 for percent in seen), seen
    # What the last download came to may still be seen when the next one begins
    assert seen[1:] == sorted(seen[1:]), seen
    # A further file that only the module knows of is believed
    assert bed.fota()['BytesReceived'] == bed.fota()['BytesTotal'] >= bed.release.size
    check_bus(bed)
    bed.verb('Cancel')


def case_progress():
    """A few lines in each download: the longer nothing comes of them, the less often it is asked."""
    with HostileBed({'timing': {'download-seconds': 200}}, release=BIG) as bed:
        bed.ready()
        for start in range(0, len(PROGRESS), 4):
            absurd_progress(bed, PROGRESS[start:start + 4])
            bed.simulator.command('clear-faults')
        assert memory(bed) - bed.before < GROWTH


ENDLESS = {
    'letters': b'A' * MEBI,
    'nul': b'\x00' * MEBI,
    'no-utf8': b'\xff\xfe' * (MEBI // 2),
    'empty-lines': b'\r\n' * (MEBI // 2),
    'error': b'\r\nERROR: ' + b'E' * MEBI,
    'error-cut': b'\r\nERROR' + b'E' * MEBI,
    'state': b'\r\n^FOTASTATE: 12, ' + b'1' * MEBI,
    'states': b'\r\n^FOTASTATE: 10\r\n' * (MEBI // 32),
}


def flood(*names):
    """Megabytes without an end, then the end."""
    with HostileBed() as bed:
        bed.ready()
        for name in names:
            bed.say(ENDLESS[name])
            wait_for('the daemon to answer after ' + name, bed.fota)
            grown = memory(bed) - bed.before
            assert grown < GROWTH, '%s: the daemon has grown by %d KiB' % (name, grown)
            bed.say(b'\r\n\r\n')
        bed.check()


def case_endless_letters():
    flood('letters', 'nul')


def case_endless_bytes():
    flood('no-utf8', 'empty-lines')


def case_endless_errors():
    flood('error', 'error-cut')


def case_endless_states():
    flood('state', 'states')


def case_long_answers():
    """An error of 60 kB with all bytes: what reaches D-Bus is short and clean."""
    with HostileBed() as bed:
        bed.ready()
        everything = bytes(code for code in range(1, 256) if code not in b'\r\n')
        bed.answer('^FOTAOEMDL*', b'\r\nERROR: ' + everything * 230 + b'\r\n')
        try:
            bed.verb('Check', url=bed.server.url)
        except GLib.Error as error:
            assert error_name(error) == FOTA_ERROR + 'Refused', error.message
        bed.answer('^NDISDUP*', b'\r\nERROR: ' + everything * 230 + b'\r\n')
        try:
            bed.connect()
            raise AssertionError('dialled')
        except GLib.Error as error:
            assert len(error.message) < 2000, len(error.message)
            assert error.message.isprintable(), repr(error.message[:300])
        bed.check()


def case_cut_and_doubled():
    """Lines cut anywhere, and every notice twice, through a whole download."""
    with HostileBed({'timing': {'download-seconds': 60}}) as bed:
        bed.ready()
        bed.simulator.fault(kind='urc-doubled', pattern='^FOTASTATE', count=0)
        whole = b'\r\n^FOTASTATE: 12, 9.9.9.9(SP9C99), 56737228, 1. product_name="MT5700M-CN"\r\n'
        for length in range(len(whole)):
            bed.say(whole[:length])
            bed.say(b'\r\n')
        result = bed.wait_result(bed.verb('Download', url=bed.server.url))
        assert result['outcome'] == SUCCEEDED, result
        assert bed.fota()['Update']['version'] == NEW_VERSION, bed.fota()['Update']
        bed.verb('Cancel')
        bed.check()


def case_absurd_sessions():
    """Data session, auto-dial and registration lines of all sorts."""
    with HostileBed() as bed:
        bed.ready()
        for name in (b'^NDISSTAT', b'^NDISSTATQRY', b'^SETAUTODIAL', b'^DHCP', b'^HCSQ', b'+CEREG', b'+C5GREG', b'^CCALLSTATE',
                     b'^DEND', b'^CEND', b'+CLCC', b'^SYSINFOEX'):
            for rest in (b'', b':', b': ' + b'1,' * 5000, b': -1,-1,-1,-1', b': 99999999999999999999,1,,,"IPV4"',
                         b': "' + b'\xff' * 3000, b': 1,1,,,"IPV4"\x00', b': ,,,,,,,,', b': "NR",99999999999,-1'):
                bed.say(b'\r\n' + name + rest + b'\r\n')
            assert bed.fota()
        bed.check()


def case_noise():
    """Bytes by chance, in and around everything; always the same ones."""
    chance = random.Random(5710)
    with HostileBed() as bed:
        bed.ready()
        for _turn in range(100):
            bed.say(chance.randbytes(chance.randrange(1, 3000)))
            bed.say(b'\r\n' + chance.choice(STATE_LINES)[:50] + b'\r\n')
        bed.say(b'\r\n\r\n')
        bed.check()


def case_suspended_nonsense():
    """What cannot be ends in what can be: a download that is said to have ended in every way."""
    with HostileBed({'timing': {'download-seconds': 200}}, release=BIG) as bed:
        bed.ready()
        transaction = bed.verb('Download', url=bed.server.url)
        bed.wait_state(DOWNLOADING)
        bed.say(b'\r\n^FOTASTATE: 31\r\n^FOTASTATE: 40\r\n^FOTASTATE: 20\r\n^FOTASTATE: 70\r\n' * 20)
        result = bed.wait_result(transaction)
        assert result['outcome'] == FAILED and result['error'].startswith(FOTA_ERROR), result
        assert bed.fota()['State'] != SUSPENDED or bed.fota()['ModuleState'] == 31
        check_bus(bed)
        assert not bed.simulator.commands('FWUP')


def case_complaints_are_noticed():
    """GLib's warnings in the daemon, of whatever domain, fail the case: check_sanity () finds them on stderr."""
    script = ('from gi.repository import GLib\n'
              'for domain in (None, "GLib-GObject", "mm-tdtech"):\n'
              '    for level in (GLib.LogLevelFlags.LEVEL_WARNING, GLib.LogLevelFlags.LEVEL_CRITICAL):\n'
              '        GLib.log_default_handler(domain, level, "a complaint", None)\n'
              'GLib.log_default_handler(None, GLib.LogLevelFlags.LEVEL_MESSAGE, "none", None)\n')
    done = subprocess.run(['/usr/bin/python3', '-c', script], stderr=subprocess.PIPE, check=True, encoding='utf-8')
    found = [line for line in done.stderr.splitlines() if GLIB_COMPLAINT.search(line)]
    assert len(found) == 6 and all('a complaint' in line for line in found), done.stderr


if __name__ == '__main__':
    tap.run(globals())
