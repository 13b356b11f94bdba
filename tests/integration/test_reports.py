#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""mmfota --report and --record: what a session recorded, redacted and played back comes to,
what a report must not have, and ModemManager's log level on every way out."""

import base64
import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'field'))

import authorization  # noqa: E402  pylint: disable=wrong-import-position
import tap  # noqa: E402  pylint: disable=wrong-import-position
from authorization import SESSIONLESS, AuthorizationBed, run_as  # noqa: E402  pylint: disable=wrong-import-position
from bus import Bus  # noqa: E402  pylint: disable=wrong-import-position
from contract import DOWNLOADED, SUCCEEDED  # noqa: E402  pylint: disable=wrong-import-position
from gi.repository import GLib  # noqa: E402  pylint: disable=wrong-import-position
from harness import MMFOTA, Bed, Daemon, wait_for  # noqa: E402  pylint: disable=wrong-import-position
from processes import PATIENCE, Process, clean_environment  # noqa: E402  pylint: disable=wrong-import-position
from report import Report, differences, plug, properties_of  # noqa: E402  pylint: disable=wrong-import-position
from test_field import play  # noqa: E402  pylint: disable=wrong-import-position

MODEM_MESSAGING = 'org.freedesktop.ModemManager1.Modem.Messaging'

DONE, FAILED, _NOTHING, NO_MODEM, NOT_AUTHORIZED = range(5)

SCENARIO = {'module': {'plugged': False}, 'timing': {'download-seconds': 20}, 'port': {'pieces': 'mixed', 'order': 'same'},
            'noise': {'rate': 1, 'in-answers': 0.5}, 'card': {'number': '+8613912345678'}}

# What is another each time, or a name of somebody's server
CHANGING = {
    'com.td_tech.ModemManager1.Modem.Fota': ('Server', 'Update', 'Result', 'Transaction', 'Journal'),
    # The quality goes with each line about it: which is the last is a matter of when one looks
    'org.freedesktop.ModemManager1.Modem': ('DeviceIdentifier', 'Bearers', 'Sim', 'SignalQuality'),
    'org.freedesktop.ModemManager1.Bearer': ('Stats', 'Properties'),
    'org.freedesktop.ModemManager1.Modem.Location': ('Location',),
    'org.freedesktop.ModemManager1.Modem.Firmware': (),
}


class RecordBed(AuthorizationBed):
    """The level is not raised when the daemon starts."""

    daemon_options = ('--log-timestamps',)

    def environment(self):
        return clean_environment(XDG_RUNTIME_DIR=self.directory, **self.bus.environment)

    def record(self, name, *options):
        wait_for('the daemon', lambda: self.mmcli('-L').returncode == 0)
        seen = self.daemon.log().count("level 'DEBUG'")
        process = subprocess.Popen([MMFOTA, '--report=' + self.path(name), '--record=1h', *options],
                                   env=self.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, encoding='utf-8')
        wait_for('the recording to begin', lambda: self.daemon.log().count("level 'DEBUG'") > seen or
                 process.poll() is not None)
        assert process.poll() is None, process.communicate()
        return process

    def mmfota(self, *argv, check=None, **kwargs):
        done = subprocess.run([MMFOTA, *argv], env=self.environment(), stdin=subprocess.DEVNULL, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=PATIENCE, encoding='utf-8', **kwargs)
        assert check is None or done.returncode == check, (argv, done)
        return done

    def levels(self):
        return re.findall(r"logging: level '(\w+)'", self.daemon.log())


def finish(process, number=signal.SIGINT):
    process.send_signal(number)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == DONE, (process.returncode, out, err)
    return out


def live(bed, **connection):
    """What is recorded, and what is done once more when it is played."""
    plug(bed)
    bed.connect(**connection)
    results = [bed.wait_result(bed.verb('Check', url=bed.server.url)),
               bed.wait_result(bed.verb('Download', url=bed.server.url))]
    assert bed.fota()['State'] == DOWNLOADED
    return results


def without(values, *names):
    return {name: value for name, value in values.items() if name not in names}


NOISE = r'(?:\^(?:HCSQ|RSSI|CERSSI|DSAMBR|PDCPDATAINFO|LCACELLURC|SRVST|SIMST|DCONN)|\+(?:CSQ|CESQ|CSCON))'


def noisy_answers(report):
    """Commands with a line that nobody asked for between the lines of their answers, by the port's bytes as they came."""
    found, said = [], {}
    for line in report.sections['at']:
        match = re.match(r'^\S+ (\S+) ([<>]) "(.*)"$', line)
        if not match:
            continue
        port, direction, text = match.groups()
        text = text.replace('\\r', '\r').replace('\\n', '\n')
        if direction == '>':
            said[port] = [text.strip(), '']
        elif port in said:
            said[port][1] += text
            if re.search(r'\r\nOK\r\n', said[port][1]):
                command, answer = said.pop(port)
                if re.search(r'\w\r\n[\r\n]*%s:[^\r]*\r\n.*\r\nOK' % NOISE, answer.split('\r\r\n')[-1], re.S):
                    found.append(command)
    return found


def case_same_behaviour():
    """Recorded in pieces, with lines of others between those of the answers, redacted, played back: the same on D-Bus."""
    with RecordBed(SCENARIO) as bed:
        process = bed.record('report')
        results = live(bed, user='somebody', password='hunter2.horse', allowed_auth=2)
        finish(process)
        recorded = Report(bed.path('report'))
        kept = '\n'.join(recorded.lines) + '\n'
    # There are pieces, or nothing would be shown
    reads = [line for line in recorded.sections['at'] if ' < ' in line]
    assert sum(not line.endswith('\\n"') for line in reads) > 5, len(reads)
    assert len(noisy_answers(recorded)) > 3, noisy_answers(recorded)

    expected = recorded.properties()
    bearer = expected['org.freedesktop.ModemManager1.Bearer']['Properties']
    assert bearer['password'] != 'hunter2.horse' and len(bearer['password']) == len('hunter2.horse'), bearer

    path = os.path.join(os.environ.get('TMPDIR', '/tmp'), 'tdtech-report-%d' % os.getpid())
    try:
        with open(path, 'w', encoding='utf-8') as out:
            out.write(kept)

        class Played(Bed):
            replay = path

        with Played({'module': {'plugged': False}, 'port': {'order': 'same'}}) as bed:
            played = live(bed, apn=bearer['apn'], user=bearer['user'], password=bearer['password'], allowed_auth=2)
            names = {interface: [name for name in properties if name not in CHANGING.get(interface, ())]
                     for interface, properties in expected.items()}
            told = differences(expected, properties_of(bed), names)
            assert not told, '\n'.join(told)
            assert [without(result, 'transaction', 'started', 'finished') for result in results] == \
                [without(result, 'transaction', 'started', 'finished') for result in played], (results, played)
            events = [without(event, 'time', 'transaction', 'url') for event in recorded.events()]
            seen = [without(event, 'time', 'transaction', 'url') for event in
                    bed.call(bed.modem, 'com.td_tech.ModemManager1.Modem.Fota', 'ListEvents', GLib.Variant('(t)', (0,)))[0]]
            assert events == seen, (events, seen)
            # And by the same commands; the order of what is asked now and then is nobody's
            unknown = bed.simulator.status()['replay']['unknown']
            assert len(unknown) <= 2, unknown
            # What was downloaded in the report is what ^FWUP installs
            result = bed.wait_result(bed.verb('Upgrade'))
            assert result['outcome'] == SUCCEEDED, result
    finally:
        if os.path.exists(path):
            os.unlink(path)


def case_upgrade_is_dropped():
    """A report of an upgrade, dropped into tests/field as it is: what the module said after its flash is not what it says before."""
    path = os.path.join(os.environ.get('TMPDIR', '/tmp'), 'tdtech-upgrade-%d' % os.getpid())
    with RecordBed(SCENARIO) as bed:
        process = bed.record('report')
        live(bed)
        result = bed.wait_result(bed.verb('Upgrade'))
        assert result['outcome'] == SUCCEEDED, result
        finish(process)
        shutil.copy(bed.path('report'), path)
    try:
        assert 'AT^FWUP' in Report(path).commands()
        play(path)
    finally:
        os.unlink(path)


def traffic(report):
    """What went each way over each port, without the places of the cuts."""
    streams = {}
    for line in report.sections['at']:
        match = re.match(r'^\S+ (\S+) ([<>]) "(.*)"$', line)
        if match:
            text = re.sub(r'\\x[0-9a-f]{2}', '?', match.group(3)).replace('\\r', '\r').replace('\\n', '\n').replace('\\"', '"')
            streams[match.groups()[:2]] = streams.get(match.groups()[:2], '') + text
    return '\n'.join(streams.values())


def key_and_certificate(bed):
    key, certificate = bed.path('secret.key'), bed.path('secret.pem')
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj',
                    '/CN=my-secret-name', '-days', '3', '-keyout', key, '-out', certificate], check=True,
                   stderr=subprocess.DEVNULL)
    return [open(path, 'rb').read() for path in (key, certificate)]


def case_no_secret():
    """Each kind of them, in the middle of a session, in pieces: none is in the report."""
    scenario = dict(SCENARIO, module={'plugged': False, 'imei': '866777051234565', 'imsi': '460011357924680',
                                      'iccid': '89860198765432109876'},
                    network={'operator': 'SECRET-MOBILE', 'operator-code': '46077'})
    lines = ['+CLIP: "+8613987654321",145', '+CMT: "+8613700001111",,"26/11/27,18:00:00+32"',
             'Meet Alice at the harbour', '+CUSD: 0,"Your balance is 42 yuan",15', '+CGPADDR: 2,"10.29.57.54"',
             '+CGPADDR: 2,10.177.3.9', '^DHCP: 930E790A,000000FF,0100000A,0100000A,FFB84170,035416D2,600000000,100000000',
             '+CGCONTRDP: 2,5,private.apn.example,10.29.57.54.255.0.0.0', '^MONSC: NR,504990,0,460,77,1A2B3C4D5,1F3,2D4E5F,-73,-9,23',
             '+CPBR: 1,"+8613711112222",145,"Bob"', '+UNKNOWN: "whatever it tells"', 'a line of nothing known']
    with RecordBed(scenario) as bed:
        process = bed.record('report')
        plug(bed)
        bed.connect(apn='private.apn.example', user='somebody', password='hunter2.horse', allowed_auth=2)
        key, certificate = key_and_certificate(bed)
        try:
            bed.verb('Check', url='https://secret.host.example:8443/fota/', tls_ca=certificate, tls_certificate=certificate,
                     tls_key=key, tls_verify=2)
        except GLib.Error as error:
            assert 'InProgress' not in str(error), error
        for line in lines:
            bed.simulator.urc(line)
        sms = bed.call(bed.modem, MODEM_MESSAGING, 'Create', GLib.Variant('(a{sv})', (
            {'number': GLib.Variant('s', '+8613500001234'), 'text': GLib.Variant('s', 'Do not tell anybody')},)))[0]
        try:
            bed.call(sms, 'org.freedesktop.ModemManager1.Sms', 'Send')
        except GLib.Error:
            pass
        seen = '\n'.join(bed.simulator.commands())
        assert 'SSLMNG' in seen and 'hunter2.horse' in seen, seen
        # Wherever it was cut
        wait_for('the lines', lambda: 'nothing known' in ''.join(re.findall(r"<-- '(.*)'$", bed.daemon.log(), re.M)))
        out = finish(process)
        for kind in ('imei', 'imsi', 'iccid', 'phone numbers', 'cells and areas', 'addresses', 'operators and networks',
                     'access points', 'keys and certificates', 'texts', 'hosts'):
            assert 'taken out: ' + kind in out, out
        report = Report(bed.path('report'))
        assert stat.S_IMODE(os.stat(bed.path('report')).st_mode) == 0o600
        whole = '\n'.join(report.lines) + traffic(report)
        for form in (whole, whole.upper()):
            for secret in secrets(key, certificate):
                assert secret not in form, (secret, [line for line in report.lines if secret in line][:3])
        # What a developer needs is there all the same
        for told in ('MT5700M-CN', 'V200R001C20B025', '1.2.5.0(SP1C02)', '^HCSQ:', 'IPV4', ':8443/fota/'):
            assert told in whole, told


def secrets(key, certificate):
    pems = [base64.b64encode(pem).decode() for pem in (key, certificate)]
    swapped = ''.join(b + a for a, b in zip('89860198765432109876'[::2], '89860198765432109876'[1::2]))
    return ['866777051234565', '460011357924680', '89860198765432109876', swapped, 'SECRET-MOBILE', '46077',
            '8613912345678', '8613987654321', '8613700001111', '8613711112222', '8613500001234', '5300100', 'Alice', 'harbour',
            'balance', '10.29.57.54', '10.177.3.9', '930E790A', '0100000A', 'FFB84170', 'private.apn', 'somebody',
            'hunter2', '1A2B3C4D5', '2D4E5F', 'Bob', 'whatever it', 'nothing known', 'secret.host', 'my-secret'] + \
        [pem[start:start + 24] for pem in pems for start in range(0, len(pem) - 24, 24)]


UDEVADM = '''#!/bin/sh
echo DEVNAME=/dev/ttyUSB0
echo ID_USB_SERIAL=TDTech_MT5700M_0123456789
echo ID_USB_SERIAL_SHORT=0123456789
echo ID_PATH=pci-0000:00:14.0-usb-0:1
echo ID_USB_INTERFACES=:ff0201:020600:0a0002:
echo MODALIAS=usb:v3466p3301d0318dc00dsc00dp00icFFiscFFip10in05
echo PRODUCT=3466/3301/318
echo ID_MM_PHYSDEV_UID=0123456789
echo INTERFACE=wwx0a1b2c3d4e5f
'''


def case_udev():
    """What tells ports and drivers apart is told as it is, what tells devices apart is not."""
    with RecordBed({}) as bed:
        bed.ready()
        with open(bed.path('udevadm'), 'w', encoding='utf-8') as script:
            script.write(UDEVADM)
        os.chmod(bed.path('udevadm'), 0o755)
        done = subprocess.run([MMFOTA, '--report=' + bed.path('report')], env=dict(bed.environment(), PATH=bed.directory + ':' + os.environ['PATH']),
                              check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, encoding='utf-8')
        report = Report(bed.path('report'))
        udev = '\n'.join(report.sections['udev'])
        for told in (':ff0201:020600:0a0002:', 'usb:v3466p3301d0318dc00dsc00dp00icFFiscFFip10in05', 'PRODUCT=3466/3301/318'):
            assert told in udev, (told, udev)
        assert '0123456789' not in udev and '0a1b2c3d4e5f' not in udev and 'ID_PATH' not in udev, udev
        assert 'taken out' in done.stdout, done


def case_level_is_put_back():
    """By Ctrl+C and SIGTERM at once; after kill -9 the next start tells, and a report does it."""
    with RecordBed({'module': {'plugged': False}}) as bed:
        wait_for('the daemon', lambda: bed.mmcli('-L').returncode == 0)
        usual = None
        for count, number in enumerate((signal.SIGINT, signal.SIGTERM, signal.SIGHUP)):
            finish(bed.record('report-%d' % number), number)
            levels = bed.levels()
            # First the one that holds, to see whether it may be set
            assert len(levels) == 3 * count + 3 and levels[-1] in ('INFO', 'MSG'), levels
            assert levels[-3:-1] == [levels[-1], 'DEBUG'], levels
            usual = levels[-1]
        # What somebody else has set is put back, too
        bed.mmcli('-G', 'ERR', check=0)
        finish(bed.record('report-of-err'))
        assert bed.levels()[-1] in ('ERR', usual), bed.levels()
        bed.mmcli('-G', usual, check=0)

        process = bed.record('report-killed')
        # Only one at a time
        done = bed.mmfota('--report=' + bed.path('second'), '--record=5', check=FAILED)
        assert 'another mmfota is recording' in done.stderr and not os.path.exists(bed.path('second')), done
        process.kill()
        process.communicate()
        assert bed.levels()[-1] == 'DEBUG', bed.levels()
        done = bed.mmfota('-L', check=DONE)
        assert 'log level' in done.stderr, done
        done = bed.mmfota('--report=' + bed.path('after'), check=DONE)
        assert 'restored' in done.stderr and bed.levels()[-1] == usual, (done, bed.levels())
        assert 'log level' not in bed.mmfota('-L', check=DONE).stderr
        # A file that is there is nobody's to overwrite
        done = bed.mmfota('--report=' + bed.path('after'), check=FAILED)
        assert 'exists' in done.stderr and Report(bed.path('after')).lines[0] == 'mmfota report 1', done
        done = bed.mmfota('--report=-', check=DONE)
        assert done.stdout.startswith('mmfota report 1\n'), done
        # Another ModemManager has the level that it was started with
        process = bed.record('report-of-the-dead')
        process.kill()
        process.communicate()
        bed.daemon.restart()
        wait_for('the daemon', lambda: bed.mmcli('-L').returncode == 0)
        assert 'log level' not in bed.mmfota('-L', check=DONE).stderr


def case_bus_goes():
    """Nobody can put the level back then: it is said, and no half report is left."""
    with RecordBed({'module': {'plugged': False}}) as bed:
        bed.daemon_may_be_dead = True
        bed.allowed_complaints.append('.*')
        wait_for('the daemon', lambda: bed.mmcli('-L').returncode == 0)
        process = bed.record('report')
        bed.watch.stop()
        bed.bus.process.kill()
        _out, err = process.communicate(timeout=PATIENCE)
        assert process.returncode == NO_MODEM and 'bus is gone' in err, (process.returncode, err)
        assert not os.path.exists(bed.path('report'))


def case_rights():
    """Are looked at first: nothing is raised for who may not."""
    with RecordBed({'module': {'plugged': False}}) as bed:
        wait_for('the daemon', lambda: bed.mmcli('-L').returncode == 0)
        os.makedirs(bed.path('his'))
        os.chown(bed.path('his'), SESSIONLESS.uid, SESSIONLESS.uid)
        name = bed.path('his/report')
        done = run_as(bed, SESSIONLESS, MMFOTA, '--report=' + name, '--record=5')
        assert done.returncode == NOT_AUTHORIZED and 'can\'t be read' in done.stderr, done
        for folder, _folders, names in os.walk(bed.path('daemon')):
            os.chmod(folder, 0o755)
            for log in names:
                os.chmod(os.path.join(folder, log), 0o644)
        done = run_as(bed, SESSIONLESS, MMFOTA, '--report=' + name, '--record=5')
        assert done.returncode == NOT_AUTHORIZED and 'org.freedesktop.ModemManager1.Control' in done.stderr, done
        assert not bed.levels() and not os.path.exists(name), bed.levels()
        # Without a recording nothing is needed
        assert run_as(bed, SESSIONLESS, MMFOTA, '--report=' + name).returncode == DONE
        assert Report(name).lines[0] == 'mmfota report 1'


class Stand:
    """Takes ModemManager's name, has no modem, and logs to the journal."""

    PROGRAM = r'''
import sys
from gi.repository import Gio, GLib
XML = """<node><interface name="org.freedesktop.ModemManager1"><method name="SetLogging"><arg type="s" direction="in"/></method>
<property name="Version" type="s" access="read"/></interface><interface name="org.freedesktop.DBus.ObjectManager">
<method name="GetManagedObjects"><arg type="a{oa{sa{sv}}}" direction="out"/></method></interface></node>"""
def call(_connection, _sender, _path, _interface, method, arguments, invocation):
    if method == 'GetManagedObjects':
        invocation.return_value(GLib.Variant('(a{oa{sa{sv}}})', ({},)))
    elif arguments.unpack()[0] not in ('DEBUG', 'INFO'):
        invocation.return_dbus_error('org.freedesktop.ModemManager1.Error.Core.InvalidArgs', 'Unknown log level')
    else:
        print(arguments.unpack()[0], flush=True)
        invocation.return_value(None)
def get(_connection, _sender, _path, _interface, _name):
    return GLib.Variant('s', '1.20.4')
connection = Gio.bus_get_sync(Gio.BusType.SYSTEM, None)
for interface in Gio.DBusNodeInfo.new_for_xml(XML).interfaces:
    connection.register_object('/org/freedesktop/ModemManager1', interface, call, get, None)
Gio.bus_own_name_on_connection(connection, 'org.freedesktop.ModemManager1', 0, lambda *_: print('ready', flush=True), None)
GLib.MainLoop().run()
'''

    def __init__(self, bus, *options):
        self.process = subprocess.Popen([sys.executable, '-c', self.PROGRAM, *options], env=clean_environment(**bus.environment),
                                        stdout=subprocess.PIPE, encoding='utf-8')
        assert self.process.stdout.readline() == 'ready\n'


JOURNALCTL = '''#!/bin/sh
echo "$*" >>%(folder)s/asked
case "$*" in
    *--sync*) exit 0 ;;
    *--since=*) cat %(folder)s/recorded ;;
    *) cat %(folder)s/before ;;
esac
'''


def entry(seconds, message, priority=7):
    return json.dumps({'_COMM': 'ModemManager', 'PRIORITY': str(priority), 'MESSAGE': message,
                       '_SOURCE_REALTIME_TIMESTAMP': str(int(seconds * 1000000)),
                       '__REALTIME_TIMESTAMP': str(int(seconds * 1000000) + 700000)}) + '\n'


def case_journal():
    """Where there is no --log-file. The messages are as ModemManager's syslog and journal backends write them."""
    folder = GLib.Dir.make_tmp('tdtech-journal-XXXXXX')
    bus = Bus(os.path.join(folder, 'bus'))
    bus.start()
    daemon = Stand(bus)
    env = clean_environment(XDG_RUNTIME_DIR=folder, **bus.environment)
    try:
        name = os.path.join(folder, 'report')
        # Neither a journal nor a file
        done = subprocess.run([MMFOTA, '--report=' + name, '--record=1'], env=dict(env, PATH='/nowhere'), check=False,
                              stderr=subprocess.PIPE, encoding='utf-8')
        assert done.returncode == FAILED and 'no journalctl' in done.stderr and '--log-file' in done.stderr, done
        env['PATH'] = folder + ':' + env['PATH']
        with open(os.path.join(folder, 'journalctl'), 'w', encoding='utf-8') as script:
            script.write(JOURNALCTL % {'folder': folder})
        os.chmod(os.path.join(folder, 'journalctl'), 0o755)
        for part, text in (('before', ''), ('recorded', '')):
            with open(os.path.join(folder, part), 'w', encoding='utf-8') as out:
                out.write(text)
        done = subprocess.run([MMFOTA, '--report=' + name, '--record=1'], env=env, check=False, stderr=subprocess.PIPE,
                              encoding='utf-8')
        assert done.returncode != DONE and 'the journal has no lines' in done.stderr, done
        with open(os.path.join(folder, 'before'), 'w', encoding='utf-8') as out:
            out.write(entry(1, '<info>  ModemManager (version 1.20.4) starting in system bus...', 6) +
                      entry(2, '<warn>  [modem0] something about 866777050000015', 4))
        with open(os.path.join(folder, 'recorded'), 'w', encoding='utf-8') as out:
            out.write(entry(10, "<debug> [ttyUSB1/at] --> 'AT+CIMI<CR>'") +
                      entry(10.25, "[modem0/ttyUSB1/at] <-- '<CR><LF>46001'") +
                      entry(10.5, list(b"[modem0/ttyUSB1/at] <-- '0123456789<CR><LF><CR><LF>OK<CR><LF>'")) +
                      'no JSON at all\n')
        subprocess.run([MMFOTA, '--report=' + name, '--record=1'], env=env, check=True, stdout=subprocess.DEVNULL)
        report = Report(name)
        assert report.sections['at'][0] == '0.000000 ttyUSB1 > "AT+CIMI\\r"', report.sections['at']
        assert re.match(r'0\.250000 ttyUSB1 < "\\r\\n\d{5}"$', report.sections['at'][1]), report.sections['at']
        assert re.match(r'0\.500000 ttyUSB1 < "\d{10}\\r\\n\\r\\nOK\\r\\n"$', report.sections['at'][2]), report.sections['at']
        assert len(report.sections['warnings']) == 1 and '866777' not in report.sections['warnings'][0], report.sections
        with open(os.path.join(folder, 'asked'), encoding='utf-8') as asked:
            assert '_COMM=ModemManager --since=@' in asked.read()
        daemon.process.kill()
        assert daemon.process.stdout.read().split() == ['INFO', 'DEBUG', 'INFO']
    finally:
        daemon.process.kill()
        daemon.process.wait()
        daemon.process.stdout.close()
        bus.stop()
        subprocess.run(['rm', '-rf', folder], check=False)


JOURNALD = '/usr/lib/systemd/systemd-journald'


class JournalDaemon(Daemon):
    """As Debian's own unit starts it: there is no file."""

    def log_option(self):
        return '--log-journal'

    def log(self):
        journal(('--sync',))
        return journal(('--output=cat', '_COMM=ModemManager'))


def journal(options):
    return subprocess.run(['journalctl', '--quiet', '--no-pager', '--all', *options], check=True, stdout=subprocess.PIPE,
                          env=clean_environment(), encoding='utf-8', errors='replace').stdout


class JournalBed(RecordBed):
    """With systemd's own journal, whose socket and files are this namespace's alone."""

    daemon_options = ()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.journald = None

    def make_daemon(self):
        return JournalDaemon(self)

    def _put_files(self):
        super()._put_files()
        for name, where in (('journal-sockets', '/run/systemd/journal'), ('journal-files', '/run/log/journal')):
            os.makedirs(self.path(name))
            os.makedirs(where, exist_ok=True)
            self._bind(name, where)
        # A container may have none yet, and files are kept by it
        with open(self.path('machine-id'), 'w', encoding='ascii') as out:
            out.write('0123456789abcdef0123456789abcdef\n')
        open('/etc/machine-id', 'a', encoding='ascii').close()  # pylint: disable=consider-using-with
        self._bind('machine-id', '/etc/machine-id')
        os.makedirs(self.path('journald'))
        self.journald = Process('journald', [JOURNALD], self.path('journald/stdout'), self.path('journald/stderr'))
        wait_for('the journal', lambda: os.path.exists('/run/systemd/journal/socket') and
                 os.path.exists('/run/systemd/journal/io.systemd.journal'))

    def _leave(self, error):
        if self.daemon:
            self.daemon.stop()
        if self.journald:
            self.journald.stop()
        super()._leave(error)


def case_real_journal():
    """ModemManager's own messages, by systemd's journald and journalctl: its warnings, its level, and the traffic."""
    with JournalBed({'module': {'plugged': False, 'imei': '866777051234565'}, 'port': {'pieces': 'mixed'}}) as bed:
        process = bed.record('report')
        plug(bed)
        # A warning of ModemManager's own: nobody listens there
        bed.simulator.set('network.registration', 'denied')
        wait_for('registration to be denied', lambda: bed.modem_properties().get('State', 99) < 8)
        try:
            bed.connect(pin='4711')
        except GLib.Error:
            pass
        seen = len(bed.simulator.commands())
        finish(process)
        report = Report(bed.path('report'))
        assert seen > 20 and len(report.commands()) > 20, (seen, len(report.commands()))
        assert any(command == 'ATI' for command in report.commands()), report.commands()
        assert not [line for line in report.lines if '866777051234565' in line]
        assert bed.levels()[-1] in ('INFO', 'MSG') and 'DEBUG' in bed.levels(), bed.levels()
        warned = journal(('--output=cat', '--priority=warning', '_COMM=ModemManager')).splitlines()
        assert warned and len(report.sections['warnings']) == len(warned), (warned, report.sections['warnings'])
        # All that went to the module while it was recorded, each once and in its order
        times = [float(line.split()[0]) for line in report.sections['at']]
        assert times == sorted(times), times
        # Somebody who may not read the journal is told so, and what would help
        name = bed.path('his')
        os.makedirs(name)
        os.chown(name, SESSIONLESS.uid, SESSIONLESS.uid)
        done = run_as(bed, SESSIONLESS, MMFOTA, '--report=' + name + '/report', '--record=5')
        assert done.returncode == NOT_AUTHORIZED and 'systemd-journal' in done.stderr, done


if __name__ == '__main__':
    authorization.enter_namespace()
    tap.run(globals())
