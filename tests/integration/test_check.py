#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Check: asks the server, downloads nothing."""

import tap
from contract import (CANCELLED, CORE_ERROR, EVENT_CHECK_FAILED, EVENT_NO_UPDATE, EVENT_UPDATE_AVAILABLE, FAILED,
                      FOTA, FOTA_ERROR, NOT_REGISTERED, NOTHING_NEWER, ROAMING, SUCCEEDED, expect_error)
from gi.repository import GLib
from harness import NEW_VERSION, OLD_VERSION, Bed, wait_for
from server import Release


def asked(bed):
    return bed.simulator.commands(r'FOTAOEMDL')


def case_newer():
    with Bed() as bed:
        bed.ready()
        bed.connect()
        transaction = bed.verb('Check', url=bed.server.url, transaction='my-check.1')
        assert transaction == 'my-check.1'
        result = bed.wait_result(transaction)
        assert result['outcome'] == SUCCEEDED, result
        assert result['verb'] == 'Check' or result['verb'] == 'check', result
        assert result['from'] == OLD_VERSION and result['error'] == '', result
        update = bed.fota()['Update']
        assert update['version'] == NEW_VERSION, update
        assert update['size'] == bed.release.size, update
        assert 'product_name="MT5700M-CN"' in update['description'], update
        assert update['url'] == bed.server.url and not update['downgrade'], update
        assert not bed.server.bytes_sent('FIRMWARE1.BIN'), 'a check downloaded'
        assert EVENT_UPDATE_AVAILABLE in bed.kinds()
        # Echo off, registration, mode and state come before the query, in the guide's order
        transcript = bed.simulator.commands()
        query = transcript.index(asked(bed)[0])
        assert any('FOTAMODE=0,0,0,1' in command for command in transcript[:query]), transcript
        assert any('FOTASTATE?' in command for command in transcript[:query]), transcript
        assert asked(bed) == ['AT^FOTAOEMDL="%s"' % bed.server.url], asked(bed)


def case_ipv6_server():
    with Bed() as bed:
        bed.ready()
        result = bed.wait_result(bed.verb('Check', url=bed.server.url6))
        assert result['outcome'] == SUCCEEDED, result
        assert bed.fota()['Update']['version'] == NEW_VERSION


def case_trailing_slash_added():
    with Bed() as bed:
        bed.ready()
        bed.wait_result(bed.verb('Check', url=bed.server.url.rstrip('/')))
        assert asked(bed) == ['AT^FOTAOEMDL="%s"' % bed.server.url], asked(bed)


def case_disabled_modem():
    """Registered is enough, enabled or not."""
    with Bed() as bed:
        bed.ready()
        bed.call(bed.modem, 'org.freedesktop.ModemManager1.Modem', 'Enable', GLib.Variant('(b)', (False,)))
        wait_for('disabled', lambda: bed.modem_properties()['State'] == 3)
        result = bed.wait_result(bed.verb('Check', url=bed.server.url))
        assert result['outcome'] == SUCCEEDED, result


def case_nothing_newer():
    with Bed(release=Release(version=OLD_VERSION)) as bed:
        bed.ready()
        result = bed.wait_result(bed.verb('Check', url=bed.server.url))
        assert result['outcome'] == NOTHING_NEWER, result
        assert bed.fota()['Update'] == {}
        assert EVENT_NO_UPDATE in bed.kinds() and EVENT_CHECK_FAILED not in bed.kinds()


def case_twice():
    """14 and 12 may stay: the next check finds its way back to 10."""
    with Bed(release=Release(version=OLD_VERSION)) as bed:
        bed.ready()
        bed.wait_result(bed.verb('Check', url=bed.server.url))
        bed.server.offer(Release())
        result = bed.wait_result(bed.verb('Check', url=bed.server.url))
        assert result['outcome'] == SUCCEEDED, result
        result = bed.wait_result(bed.verb('Check', url=bed.server.url))
        assert result['outcome'] == SUCCEEDED, result


def case_states_that_settle():
    with Bed({'fota': {'settle-seconds': 3}}) as bed:
        bed.ready()
        for _turn in range(2):
            result = bed.wait_result(bed.verb('Check', url=bed.server.url))
            assert result['outcome'] == SUCCEEDED, result


def case_unreachable():
    with Bed() as bed:
        bed.ready()
        bed.server.stop()
        result = bed.wait_result(bed.verb('Check', url=bed.server.url))
        assert result['outcome'] == FAILED, result
        assert result['error'] == FOTA_ERROR + 'ServerUnreachable', result
        assert result['module-code'] == 13, result
        assert 'network' in result['message'].lower(), result
        assert EVENT_CHECK_FAILED in bed.kinds()


def case_no_files():
    with Bed(release=None) as bed:
        bed.ready()
        result = bed.wait_result(bed.verb('Check', url=bed.server.url))
        assert result['error'] == FOTA_ERROR + 'FilesUnavailable', result
        assert result['module-code'] == 51, result


def case_silent_back_to_idle():
    with Bed({'fota': {'silent': '11-10'}}) as bed:
        bed.ready()
        result = bed.wait_result(bed.verb('Check', url=bed.server.url))
        assert result['error'] == FOTA_ERROR + 'SilentlyEnded', result
        assert bed.fota()['State'] == 1


def case_silent_never_begins():
    with Bed({'fota': {'silent': '10'}}) as bed:
        bed.ready()
        result = bed.wait_result(bed.verb('Check', url=bed.server.url))
        assert result['error'] == FOTA_ERROR + 'SilentlyEnded', result


def case_notices_lost():
    """The unsolicited lines do not come; the slow poll makes good for them."""
    with Bed({'fota': {'notices': False}}) as bed:
        bed.ready()
        result = bed.wait_result(bed.verb('Check', url=bed.server.url))
        assert result['outcome'] == SUCCEEDED, result


def case_not_registered():
    with Bed({'network': {'registration': 'searching'}}) as bed:
        bed.enable()
        bed.wait_fota()
        wait_for('the blocker', lambda: bed.fota()['Blockers'] & NOT_REGISTERED)
        with expect_error(FOTA_ERROR + 'ConditionsNotMet'):
            bed.verb('Check', url=bed.server.url)
        assert not asked(bed)


def case_roaming():
    with Bed({'network': {'registration': 'roaming'}}) as bed:
        bed.ready()
        wait_for('the blocker', lambda: bed.fota()['Blockers'] & ROAMING)
        with expect_error(FOTA_ERROR + 'ConditionsNotMet') as error:
            bed.verb('Check', url=bed.server.url)
        assert 'roaming' in error.message, error.message
        assert not asked(bed)
        result = bed.wait_result(bed.verb('Check', url=bed.server.url, allow_roaming=True))
        assert result['outcome'] == SUCCEEDED, result


def case_in_progress():
    with Bed({'timing': {'query-seconds': 60}}) as bed:
        bed.ready()
        transaction = bed.verb('Check', url=bed.server.url)
        for verb in ('Check', 'Download'):
            with expect_error(CORE_ERROR + 'InProgress'):
                bed.verb(verb, url=bed.server.url)
        assert bed.fota()['Transaction'] == transaction
        bed.wait_result(transaction)
        assert len(asked(bed)) == 1


def case_cancelled():
    with Bed({'timing': {'query-seconds': 60}}) as bed:
        bed.ready()
        transaction = bed.verb('Check', url=bed.server.url)
        bed.wait_state(2)
        assert bed.fota()['Interruptible']
        bed.verb('Cancel')
        result = bed.wait_result(transaction)
        assert result['outcome'] == CANCELLED, result
        assert bed.simulator.commands(r'FOTADL=0')


def case_cancel_refused_by_the_module():
    """The end of the query is awaited and its find dropped."""
    with Bed({'timing': {'query-seconds': 40}, 'fota': {'refuse-stop-in-query': True}}) as bed:
        bed.ready()
        transaction = bed.verb('Check', url=bed.server.url)
        bed.wait_state(2)
        bed.verb('Cancel')
        result = bed.wait_result(transaction)
        assert result['outcome'] == CANCELLED, result
        assert bed.fota()['Update'] == {}


def case_nothing_to_cancel():
    with Bed() as bed:
        bed.ready()
        with expect_error(CORE_ERROR + 'WrongState'):
            bed.verb('Cancel')


def case_unknown_option_is_named():
    with Bed() as bed:
        bed.ready()
        for verb in ('Check', 'Download', 'Resume', 'Upgrade', 'Cancel'):
            options = {'colour': GLib.Variant('s', 'blue')}
            with expect_error(CORE_ERROR + 'InvalidArgs') as error:
                bed.call(bed.modem, FOTA, verb, GLib.Variant('(a{sv})', (options,)))
            assert 'colour' in error.message, error.message
        # Known, but not here
        with expect_error(CORE_ERROR + 'InvalidArgs') as error:
            bed.verb('Check', url=bed.server.url, delay=5)
        assert 'delay' in error.message, error.message
        assert not asked(bed)


def case_wrong_type_of_option():
    with Bed() as bed:
        bed.ready()
        with expect_error(CORE_ERROR + 'InvalidArgs') as error:
            bed.verb('Check', url=bed.server.url, allow_roaming=GLib.Variant('s', 'yes'))
        assert 'allow-roaming' in error.message, error.message
        with expect_error(CORE_ERROR + 'InvalidArgs'):
            bed.verb('Check', url=GLib.Variant('i', 5))
        for transaction in ('', 'a' * 65, 'a b', 'a;b', 'ä'):
            with expect_error(CORE_ERROR + 'InvalidArgs'):
                bed.verb('Check', url=bed.server.url, transaction=transaction)
        assert not asked(bed)


def case_bad_url():
    with Bed() as bed:
        bed.ready()
        for url in ('', 'ftp://a/', 'http://', 'http:///x', 'http://a b/', 'http://a/"b', 'http://a/\r\nAT+CFUN=0',
                    'http://user:pw@host/', 'http://host:99999/', 'http://[::1/', 'http://host/\x01',
                    'http://host/' + 'a' * 4000):
            with expect_error(CORE_ERROR + 'InvalidArgs'):
                bed.verb('Check', url=url)
        with expect_error(CORE_ERROR + 'InvalidArgs'):
            bed.verb('Check')
        assert not asked(bed)


if __name__ == '__main__':
    tap.run(globals())
