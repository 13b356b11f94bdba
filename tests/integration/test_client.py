#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""mmfota against the real thing: each verb, each form of output, each exit status."""

import json
import os
import pty
import select
import signal
import subprocess
import time

import tap
from contract import DOWNLOADED, DOWNLOADING
from harness import MMFOTA, NEW_VERSION, OLD_VERSION, Bed, wait_for
from processes import PATIENCE, clean_environment
from server import BIG, Release

DONE, FAILED, NOTHING_TO_DO, NO_MODEM, _NOT_AUTHORIZED, DETACHED = range(6)


def run_on_terminal(bed, argv, answers=()):
    """Runs a program on a terminal; answers are (text to wait for, what to type)."""
    pid, master = pty.fork()
    if pid == 0:
        os.execvpe(argv[0], argv, clean_environment(TERM='xterm', **bed.bus.environment))
    text = ''
    answers = list(answers)
    end = time.monotonic() + PATIENCE * 2
    while time.monotonic() < end:
        if select.select([master], [], [], 0.2)[0]:
            try:
                data = os.read(master, 65536)
            except OSError:
                break
            if not data:
                break
            text += data.decode('utf-8', 'replace')
        if answers and answers[0][0] in text:
            os.write(master, answers.pop(0)[1].encode())
    else:
        os.kill(pid, signal.SIGKILL)
        raise AssertionError('%s does not end; so far:\n%s' % (argv, text))
    _pid, status = os.waitpid(pid, 0)
    os.close(master)
    return os.waitstatus_to_exitcode(status), text


def case_list():
    with Bed() as bed:
        bed.ready()
        done = bed.mmfota('-L', check=DONE)
        assert bed.modem in done.stdout, done.stdout


def case_status_human():
    with Bed() as bed:
        bed.ready()
        done = bed.mmfota('-m', 'any', check=DONE)
        for text in (OLD_VERSION, 'idle', 'Jan 28 2026,', 'V200R001C20B025'):
            assert text in done.stdout, done.stdout


def case_status_json():
    with Bed() as bed:
        bed.ready()
        modem = json.loads(bed.mmfota('-m', 'any', '-J', check=DONE).stdout)['modem']
        assert modem['path'] == bed.modem
        fota = modem['fota']
        assert fota['state'] == 'idle' and fota['module-state'] == 10, fota
        assert fota['version'] == OLD_VERSION and fota['build-time'].startswith('Jan 28 2026,'), fota
        assert fota['update'] is None and fota['percent'] is None and fota['result'] is None, fota
        assert fota['interruptible'] is False and fota['blockers'] == [], fota


def case_status_keyvalue():
    with Bed() as bed:
        bed.ready()
        lines = bed.mmfota('-m', 'any', '-K', check=DONE).stdout.splitlines()
        pairs = dict([part.strip() for part in line.split(':', 1)] for line in lines)
        assert pairs['modem.fota.state'] == 'idle', pairs
        assert pairs['modem.fota.version'] == OLD_VERSION, pairs
        assert pairs['modem.fota.percent'] == '--', pairs


def case_check_newer():
    with Bed() as bed:
        bed.ready()
        done = bed.mmfota('--check', bed.server.url, check=DONE)
        assert NEW_VERSION in done.stdout, done.stdout
        fota = json.loads(bed.mmfota('-J', '--check', bed.server.url, check=DONE).stdout)['modem']['fota']
        assert fota['update']['version'] == NEW_VERSION, fota
        assert fota['update']['size'] == bed.release.size, fota
        assert fota['result']['outcome'] in ('succeeded', 1), fota


def case_check_nothing_newer():
    with Bed(release=Release(version=OLD_VERSION)) as bed:
        bed.ready()
        bed.mmfota('--check', bed.server.url, check=NOTHING_TO_DO)


def case_check_fails():
    with Bed() as bed:
        bed.ready()
        bed.server.stop()
        done = bed.mmfota('--check', bed.server.url, check=FAILED)
        assert done.stderr.splitlines()[-1].startswith("error: couldn't"), done.stderr
        assert 'network' in done.stderr, done.stderr
        assert 'GDBus.Error' not in done.stderr, done.stderr


def case_no_modem():
    with Bed({'module': {'plugged': False}}) as bed:
        wait_for('the daemon', lambda: bed.objects() is not None and bed.mmcli('-L').returncode == 0)
        bed.mmfota('-m', 'any', check=NO_MODEM)
        bed.mmfota('-m', '7', '--check', 'http://localhost/', check=NO_MODEM)


def case_cancel_nothing():
    with Bed() as bed:
        bed.ready()
        bed.mmfota('--cancel', check=NOTHING_TO_DO)


def case_bad_url():
    with Bed() as bed:
        bed.ready()
        done = bed.mmfota('--check', 'gopher://nowhere', check=FAILED)
        assert done.stderr.startswith('error: '), done.stderr


def case_download_and_upgrade():
    with Bed({'timing': {'download-seconds': 60}}) as bed:
        bed.ready()
        bed.connect()
        done = bed.mmfota('--download', bed.server.url, check=DONE)
        # No terminal: plain lines of progress
        assert '%' in done.stderr + done.stdout and '\r' not in done.stderr, (done.stdout, done.stderr)
        assert bed.fota()['State'] == DOWNLOADED
        # Nobody to ask, and no -y
        done = bed.mmfota('--upgrade', check=FAILED)
        assert not bed.simulator.commands('FWUP')
        done = bed.mmfota('--upgrade', '-y', check=DONE)
        assert NEW_VERSION in done.stdout, done.stdout
        assert json.loads(bed.mmfota('-J', check=DONE).stdout)['modem']['fota']['version'] == NEW_VERSION


def case_update_asks():
    """On a terminal: versions, size and the interruption are told before the question."""
    with Bed({'timing': {'download-seconds': 60}}) as bed:
        bed.ready()
        status, text = run_on_terminal(bed, [MMFOTA, '--update', bed.server.url], [('?', 'n\n')])
        assert status != DONE, (status, text)
        assert OLD_VERSION in text and NEW_VERSION in text, text
        assert not bed.server.bytes_sent('FIRMWARE1.BIN')
        status, text = run_on_terminal(bed, [MMFOTA, '--update', bed.server.url], [('?', 'y\n')])
        assert status == DONE, (status, text)
        assert '\r' in text and '%' in text, text
        assert bed.simulator.status()['fota']['flashes-done'] == 1


def case_upgrade_fails():
    with Bed({'fota': {'state': '40', 'package-version': NEW_VERSION, 'outcome': 'unchanged'}}) as bed:
        bed.ready()
        bed.wait_state(DOWNLOADED)
        done = bed.mmfota('--upgrade', '-y', check=FAILED)
        assert 'signature' in done.stderr, done.stderr


def case_detached_by_timeout():
    with Bed({'timing': {'download-seconds': 600}}) as bed:
        bed.ready()
        bed.mmfota('--download', bed.server.url, '--timeout=2', check=DETACHED)
        assert bed.fota()['State'] == DOWNLOADING
        bed.mmfota('--cancel', check=DONE)


def case_detached_by_interrupt():
    with Bed({'timing': {'download-seconds': 600}}) as bed:
        bed.ready()
        with subprocess.Popen([MMFOTA, '--download', bed.server.url], env=clean_environment(**bed.bus.environment),
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              encoding='utf-8') as client:
            bed.wait_state(DOWNLOADING)
            client.send_signal(signal.SIGINT)
            out, err = client.communicate(timeout=PATIENCE)
        assert client.returncode == DETACHED, (client.returncode, out, err)
        assert '--cancel' in out + err, (out, err)
        assert bed.fota()['State'] == DOWNLOADING


def case_monitor_and_events():
    with Bed({'timing': {'download-seconds': 60}}) as bed:
        bed.ready()
        with subprocess.Popen([MMFOTA, '--monitor', '-J'], env=clean_environment(**bed.bus.environment),
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              encoding='utf-8') as monitor:
            bed.mmfota('--download', bed.server.url, check=DONE)
            monitor.send_signal(signal.SIGINT)
            out, _err = monitor.communicate(timeout=PATIENCE)
        lines = [json.loads(line) for line in out.splitlines()]
        assert lines, 'the monitor told nothing'
        done = bed.mmfota('--events', check=DONE)
        assert 'download-started' in done.stdout and 'download-succeeded' in done.stdout, done.stdout


def case_resume():
    with Bed({'timing': {'download-seconds': 60}}, release=BIG) as bed:
        bed.ready()
        transaction = bed.verb('Download', url=bed.server.url)
        wait_for('some bytes', lambda: bed.fota().get('BytesReceived', 0) > 0.2 * bed.release.size)
        bed.server.stop()
        bed.wait_result(transaction)
        bed.server.start()
        bed.mmfota('--resume', check=DONE)
        assert bed.fota()['State'] == DOWNLOADED


def case_update_goes_on():
    """--update from a suspended download and from a downloaded package; once more it is harmless."""
    with Bed({'timing': {'download-seconds': 60}}, release=BIG) as bed:
        bed.ready()
        transaction = bed.verb('Download', url=bed.server.url)
        wait_for('some bytes', lambda: bed.fota().get('BytesReceived', 0) > 0.2 * bed.release.size)
        bed.server.stop()
        bed.wait_result(transaction)
        bed.server.start()
        # A night in which the upgrade is blocked
        bed.simulator.command('call ring')
        done = bed.mmfota('-y', '--update', bed.server.url, '--wait=2', check=FAILED)
        assert 'is resumed' in done.stderr and '--hang-up-calls' in done.stderr, done.stderr
        assert bed.fota()['State'] == DOWNLOADED
        done = bed.mmfota('-y', '--update', '--wait=2', check=FAILED)
        assert 'is downloaded already' in done.stderr, done.stderr
        bed.simulator.command('call end')
        fetched = bed.server.bytes_sent(bed.release.name)
        done = bed.mmfota('-y', '--update', bed.server.url, check=DONE)
        assert NEW_VERSION in done.stdout, done.stdout
        assert bed.server.bytes_sent(bed.release.name) == fetched
        bed.mmfota('-y', '--update', bed.server.url, check=NOTHING_TO_DO)
        assert bed.simulator.status()['fota']['flashes-done'] == 1


def case_update_discards():
    """What is there is of another server, or of a version that nobody wants any more."""
    with Bed({'timing': {'download-seconds': 40}}) as bed:
        bed.ready()
        bed.wait_result(bed.verb('Download', url=bed.server.url.replace('127.0.0.1', 'localhost')))
        assert bed.fota()['State'] == DOWNLOADED
        done = bed.mmfota('-y', '--update', bed.server.url, check=DONE)
        assert 'it is discarded' in done.stderr and NEW_VERSION in done.stdout, (done.stdout, done.stderr)


def case_update_server_went_on():
    """The server has a newer version than the one whose download is suspended."""
    newest = '1.4.0.0(SP1C02)'
    with Bed({'timing': {'download-seconds': 60}}, release=BIG) as bed:
        bed.ready()
        transaction = bed.verb('Download', url=bed.server.url)
        wait_for('some bytes', lambda: bed.fota().get('BytesReceived', 0) > 0.2 * bed.release.size)
        bed.server.stop()
        bed.wait_result(transaction)
        bed.server.start()
        bed.server.offer(Release(version=newest))
        done = bed.mmfota('-y', '--update', bed.server.url, check=DONE)
        assert 'another version now' in done.stderr and newest in done.stdout, (done.stdout, done.stderr)


def case_by_imei():
    """A name that outlives the upgrade, which gives another path."""
    with Bed({'fota': {'state': '40', 'package-version': NEW_VERSION}}) as bed:
        bed.ready()
        bed.wait_state(DOWNLOADED)
        imei = bed.modem_properties()['EquipmentIdentifier']
        before = bed.modem
        assert imei in bed.mmfota('-L', check=DONE).stdout
        bed.mmfota('-m', imei, '-y', '--upgrade', check=DONE)
        modem = json.loads(bed.mmfota('-m', imei, '-J', check=DONE).stdout)['modem']
        assert modem['path'] != before and modem['equipment-identifier'] == imei, modem


def case_module_pulled():
    """In the middle of a check, a download, a waiting upgrade: the client ends."""
    with Bed({'timing': {'download-seconds': 600}}) as bed:
        bed.ready()
        with subprocess.Popen([MMFOTA, '--download', bed.server.url, '--lost-after=2'],
                              env=clean_environment(**bed.bus.environment), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding='utf-8') as client:
            bed.wait_state(DOWNLOADING)
            bed.simulator.command('unplug')
            out, err = client.communicate(timeout=PATIENCE)
        assert client.returncode == FAILED and 'the module is gone' in err, (client.returncode, out, err)


def case_second_download():
    """Whoever is second learns how to follow the first; a third does, over the upgrade."""
    with Bed({'timing': {'download-seconds': 120}}) as bed:
        bed.ready()
        transaction = bed.verb('Download', url=bed.server.url, upgrade=True)
        bed.wait_state(DOWNLOADING)
        with open(bed.path('told'), 'w', encoding='utf-8') as out, \
                subprocess.Popen([MMFOTA, '--monitor'], env=clean_environment(**bed.bus.environment),
                                 stdin=subprocess.DEVNULL, stdout=out, stderr=out) as monitor:
            def told():
                with open(bed.path('told'), encoding='utf-8') as text:
                    return text.read()
            try:
                done = bed.mmfota('--download', bed.server.url, check=FAILED)
                imei = bed.modem_properties()['EquipmentIdentifier']
                assert "'mmfota -m %s --monitor' follows it" % imei in done.stderr, done.stderr
                bed.wait_result(transaction)
                wait_for('the last event', lambda: 'upgrade-succeeded' in told())
                assert told().count('upgrade-succeeded') == 1, told()
                assert 'the modem is away, being upgraded' in told(), told()
            finally:
                monitor.send_signal(signal.SIGINT)
            assert monitor.wait(PATIENCE) == DONE


if __name__ == '__main__':
    tap.run(globals())
