#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Download and Resume: progress, breaks, other packages, adoption of what is found."""

import tap
from contract import (CANCELLED, CORE_ERROR, DOWNLOADED, DOWNLOADING, EVENT_CANCELLED, EVENT_DOWNLOAD_FAILED,
                      EVENT_DOWNLOAD_STARTED, EVENT_DOWNLOAD_SUCCEEDED, EVENT_DOWNLOAD_SUSPENDED, FAILED, FOTA,
                      FOTA_ERROR, IDLE, PERCENT_UNKNOWN, SUCCEEDED, SUSPENDED, expect_error)
from harness import NEW_VERSION, Bed, wait_for
from server import BIG, Release

PACKAGE = 'FIRMWARE1.BIN'


def percents(bed):
    return [changed['Percent'] for _path, interface, changed in bed.changes
            if interface == FOTA and 'Percent' in changed and changed['Percent'] != PERCENT_UNKNOWN]


def wait_bytes(bed, fraction=0.2):
    return wait_for('some of the package', lambda: (
        bed.fota().get('BytesReceived', 0) > fraction * bed.release.size and bed.fota()))


def suspended(bed):
    """A download that broke off because the server went away."""
    bed.ready()
    transaction = bed.verb('Download', url=bed.server.url)
    wait_bytes(bed)
    bed.server.stop()
    result = bed.wait_result(transaction)
    assert result['outcome'] == FAILED and result['error'] == FOTA_ERROR + 'DownloadSuspended', result
    assert bed.fota()['State'] == SUSPENDED


def case_progress():
    with Bed({'timing': {'download-seconds': 100}}) as bed:
        bed.ready()
        bed.connect()
        transaction = bed.verb('Download', url=bed.server.url)
        bed.wait_state(DOWNLOADING)
        assert bed.fota()['Transaction'] == transaction and bed.fota()['Interruptible']
        result = bed.wait_result(transaction)
        assert result['outcome'] == SUCCEEDED, result
        fota = bed.fota()
        assert fota['State'] == DOWNLOADED and fota['ModuleState'] == 40, fota
        assert fota['Percent'] == 100, fota
        assert fota['BytesReceived'] == fota['BytesTotal'] == bed.release.size, fota
        seen = percents(bed)
        assert seen == sorted(seen), 'percentages went back: %r' % seen
        assert len(set(seen)) >= 5, 'hardly any progress was told: %r' % seen
        kinds = bed.kinds()
        assert kinds.index(EVENT_DOWNLOAD_STARTED) < kinds.index(EVENT_DOWNLOAD_SUCCEEDED), kinds
        assert bed.simulator.commands(r'FOTAMODE=0,1,0,1')
        assert bed.server.bytes_sent(PACKAGE) == bed.release.size


def case_ota_swu():
    """The package as the guide names it."""
    with Bed(release=Release(name='ota.swu')) as bed:
        bed.ready()
        result = bed.wait_result(bed.verb('Download', url=bed.server.url))
        assert result['outcome'] == SUCCEEDED, result
        assert bed.server.bytes_sent('ota.swu') == bed.release.size


def case_ipv6_server():
    with Bed() as bed:
        bed.ready()
        result = bed.wait_result(bed.verb('Download', url=bed.server.url6))
        assert result['outcome'] == SUCCEEDED, result


def case_expected_version():
    with Bed() as bed:
        bed.ready()
        result = bed.wait_result(bed.verb('Download', url=bed.server.url, expect_version=NEW_VERSION))
        assert result['outcome'] == SUCCEEDED, result


def case_other_version_than_expected():
    with Bed({'timing': {'download-seconds': 100}}) as bed:
        bed.ready()
        transaction = bed.verb('Download', url=bed.server.url, expect_version='9.9.9.9(SP9C99)')
        result = bed.wait_result(transaction)
        assert result['outcome'] == FAILED and result['error'] == FOTA_ERROR + 'OtherVersionOffered', result
        assert bed.fota()['ModuleState'] == 10, bed.fota()
        assert bed.simulator.commands(r'FOTADL=0')
        assert bed.server.bytes_sent(PACKAGE) < bed.release.size


def case_resumed():
    """Bytes that are there are not fetched again: nginx's log tells."""
    with Bed({'timing': {'download-seconds': 100}}, release=BIG) as bed:
        suspended(bed)
        bed.server.start()
        result = bed.wait_result(bed.verb('Resume'))
        assert result['outcome'] == SUCCEEDED, result
        later = [a for a in bed.server.accesses() if a.path.endswith(PACKAGE) and a.status == 206]
        assert later and later[-1].range.startswith('bytes='), bed.server.accesses()
        start = int(later[-1].range[len('bytes='):].split('-')[0])
        assert start > 0.1 * bed.release.size, later
        assert later[-1].sent == bed.release.size - start, later
        kinds = bed.kinds()
        assert EVENT_DOWNLOAD_SUSPENDED in kinds and EVENT_DOWNLOAD_SUCCEEDED in kinds, kinds
        # The version is queried again before, as the guide has it
        assert len([a for a in bed.server.accesses() if a.path.endswith('filelist.xml')]) >= 2


def case_resumed_after_power_cut():
    with Bed({'timing': {'download-seconds': 100}}, release=BIG) as bed:
        bed.ready()
        transaction = bed.verb('Download', url=bed.server.url)
        wait_bytes(bed)
        bed.simulator.command('power-cycle')
        result = bed.wait_result(transaction)
        assert result['error'] == FOTA_ERROR + 'DownloadSuspended', result
        bed.registered()
        bed.wait_state(SUSPENDED)
        result = bed.wait_result(bed.verb('Resume', url=bed.server.url))
        assert result['outcome'] == SUCCEEDED, result


def case_other_version_on_resume():
    with Bed({'timing': {'download-seconds': 100}}, release=BIG) as bed:
        suspended(bed)
        bed.server.offer(Release(version='1.4.0.0(SP1C02)', seed=2))
        bed.server.start()
        result = bed.wait_result(bed.verb('Resume'))
        assert result['outcome'] == FAILED and result['error'] == FOTA_ERROR + 'OtherVersionOffered', result
        wait_for('idle', lambda: bed.fota()['ModuleState'] == 10)


def case_resume_needs_suspended():
    with Bed() as bed:
        bed.ready()
        with expect_error(CORE_ERROR + 'WrongState'):
            bed.verb('Resume', url=bed.server.url)


def case_cancelled():
    with Bed({'timing': {'download-seconds': 100}}) as bed:
        bed.ready()
        transaction = bed.verb('Download', url=bed.server.url)
        wait_bytes(bed)
        bed.verb('Cancel')
        result = bed.wait_result(transaction)
        assert result['outcome'] == CANCELLED, result
        bed.wait_state(IDLE)
        assert EVENT_CANCELLED in bed.kinds()
        # And a new one from the start
        result = bed.wait_result(bed.verb('Download', url=bed.server.url))
        assert result['outcome'] == SUCCEEDED, result


def case_suspended_discarded():
    with Bed({'timing': {'download-seconds': 100}}, release=BIG) as bed:
        suspended(bed)
        bed.verb('Cancel')
        bed.wait_state(IDLE)
        assert bed.fota()['ModuleState'] == 10


def case_downloaded_discarded():
    with Bed() as bed:
        bed.ready()
        bed.wait_result(bed.verb('Download', url=bed.server.url))
        for verb in ('Check', 'Download'):
            with expect_error(CORE_ERROR + 'WrongState') as error:
                bed.verb(verb, url=bed.server.url)
            assert 'ancel' in error.message, error.message
        bed.verb('Cancel')
        bed.wait_state(IDLE)


def case_wrong_md5():
    with Bed(release=Release(md5='0' * 32)) as bed:
        bed.ready()
        result = bed.wait_result(bed.verb('Download', url=bed.server.url))
        assert result['outcome'] == FAILED and result['error'] == FOTA_ERROR + 'DownloadFailed', result
        assert 'storage' in result['message'] or 'network' in result['message'], result
        assert EVENT_DOWNLOAD_FAILED in bed.kinds()
        # 20 may stay: the next one finds its way
        bed.server.offer(Release())
        result = bed.wait_result(bed.verb('Download', url=bed.server.url))
        assert result['outcome'] == SUCCEEDED, result


def case_wrong_size():
    with Bed(release=Release(listed_size=1000000)) as bed:
        bed.ready()
        result = bed.wait_result(bed.verb('Download', url=bed.server.url))
        assert result['outcome'] == FAILED, result
        assert result['error'] in (FOTA_ERROR + 'DownloadFailed', FOTA_ERROR + 'DownloadSuspended',
                                   FOTA_ERROR + 'FilesUnavailable'), result


def case_adopts_downloading():
    """The daemon dies and comes back: the module went on by itself."""
    with Bed({'timing': {'download-seconds': 200}}) as bed:
        bed.ready()
        transaction = bed.verb('Download', url=bed.server.url)
        wait_bytes(bed)
        bed.daemon.restart()
        bed.wait_modem(3)
        bed.wait_state(DOWNLOADING)
        result = bed.wait_result(transaction)
        assert result['outcome'] == SUCCEEDED, result
        assert bed.server.bytes_sent(PACKAGE) == bed.release.size


def case_adopts_suspended():
    with Bed({'fota': {'state': '31', 'package-version': NEW_VERSION}}) as bed:
        bed.wait_modem(3)
        bed.wait_state(SUSPENDED)
        assert bed.fota()['Interruptible']
        assert bed.fota()['ModuleState'] == 31
        # No URL is known, so it has to be given
        bed.registered()
        with expect_error(CORE_ERROR + 'InvalidArgs'):
            bed.verb('Resume')
        bed.verb('Cancel')
        bed.wait_state(IDLE)


def case_adopts_downloaded():
    with Bed({'fota': {'state': '40', 'package-version': NEW_VERSION}}) as bed:
        bed.ready()
        bed.wait_state(DOWNLOADED)
        result = bed.wait_result(bed.verb('Upgrade'), patience=300)
        assert result['outcome'] == SUCCEEDED, result


def case_progress_unanswered():
    """Silence, a refusal, nothing, nonsense: it is asked again, and the download goes on."""
    with Bed({'timing': {'download-seconds': 600}}) as bed:
        bed.ready()
        bed.simulator.fault(kind='silent', pattern='AT^FOTADLQ')
        for answer in (b'\r\nERROR\r\n', b'\r\nOK\r\n', b'\r\n^FOTADLQ: 1,"F\r\n\r\nOK\r\n'):
            bed.simulator.fault(kind='raw', pattern='AT^FOTADLQ', data=answer)
        result = bed.wait_result(bed.verb('Download', url=bed.server.url))
        assert result['outcome'] == SUCCEEDED, result
        assert len(bed.simulator.commands('FOTADLQ')) > 4
        assert bed.fota()['BytesReceived'] == bed.fota()['BytesTotal'] == bed.release.size


def count_commands(seconds, speed):
    with Bed({'timing': {'download-seconds': seconds}}, speed=speed) as bed:
        bed.ready()
        bed.connect()
        before = len(bed.simulator.transcript())
        transaction = bed.verb('Download', url=bed.server.url, upgrade=True)
        result = bed.wait_result(transaction, patience=600)
        assert result['outcome'] == SUCCEEDED, result
        ours = [command for command in bed.simulator.commands()[before:]
                if any(word in command for word in ('FOTA', 'FWUP', 'OLD_VERSION', 'AUTODIAL', 'SSL', 'CGMR', 'CLCC'))]
        tap.comment('%d s: %d commands of ours' % (seconds, len(ours)))
        return len(ours)


def case_commands_in_two_minutes():
    assert count_commands(120, 20) < 150


def case_commands_in_two_hours():
    assert count_commands(7200, 150) < 150


if __name__ == '__main__':
    tap.run(globals())
