#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What nobody wants any more: sessions, when an upgrade gives its data back; an upgrade, when its caller has given up."""

import tap
from contract import BEARER, CORE_ERROR, DOWNLOADED, FOTA, MODEM, MODEM_STATE_DISABLED, REFUSED, SERVICE, error_name, \
    options
from gi.repository import GLib
from harness import NEW_VERSION, Bed, pump, wait_for

MODEM_3GPP = 'org.freedesktop.ModemManager1.Modem.Modem3gpp'


def package():
    return {'fota': {'state': '40', 'package-version': NEW_VERSION, 'refuse-fwup': 1000}}


def hold(bed):
    """An upgrade that has paused data and waits."""
    transaction = bed.verb('Upgrade', wait=3600)
    wait_for('the refusal', lambda: bed.fota().get('Blockers', 0) & REFUSED)
    assert not bed.simulator.sessions(), bed.simulator.sessions()
    return transaction


def hold_session(bed):
    """The bearer whose session it has paused, and the upgrade."""
    bed.ready()
    bed.wait_state(DOWNLOADED)
    bearer = bed.connect()
    return bearer, hold(bed)


def enable(bed, wanted):
    bed.call(bed.modem, MODEM, 'Enable', GLib.Variant('(b)', (wanted,)))


def killed(bed):
    """The next daemon gives back what the record says."""
    bed.daemon.kill()
    bed.daemon.start()
    bed.ready()
    wait_for('the end', lambda: not bed.fota()['Transaction'])
    pump(1)
    return bed.simulator.sessions()


def case_bearer_deleted_then_killed():
    """The bearer is gone with its daemon: the record alone says what comes back."""
    with Bed(package()) as bed:
        bearer, _transaction = hold_session(bed)
        bed.call(bed.modem, MODEM, 'DeleteBearer', GLib.Variant('(o)', (bearer,)))
        sessions = killed(bed)
        assert not sessions, sessions


def case_disabled_then_killed():
    with Bed(package()) as bed:
        hold_session(bed)
        enable(bed, False)
        wait_for('disabled', lambda: bed.modem_properties()['State'] == MODEM_STATE_DISABLED)
        sessions = killed(bed)
        assert not sessions, sessions


def case_disabled_and_enabled():
    """ModemManager dials no bearer again by itself, and so do we."""
    with Bed(package()) as bed:
        bearer, transaction = hold_session(bed)
        enable(bed, False)
        enable(bed, True)
        bed.registered()
        bed.verb('Cancel')
        bed.wait_result(transaction)
        pump(1)
        assert not bed.properties(bearer, BEARER)['Connected']
        assert not bed.simulator.sessions(), bed.simulator.sessions()


def case_ended_in_order():
    """Nobody hung up: the daemon that ends disables the modem, and the next one restores its session."""
    with Bed(package()) as bed:
        hold_session(bed)
        bed.daemon.stop()
        bed.daemon.start()
        bed.ready()
        wait_for('the session', bed.simulator.sessions)


def case_scan_has_the_port():
    """A scan for networks takes minutes, and D-Bus's own limit is 25 s."""
    with Bed(package()) as bed:
        bed.ready()
        bed.wait_state(DOWNLOADED)
        bed.simulator.fault(kind='stop', pattern='AT+COPS=?')
        answers = {}

        def call(interface, method, arguments):
            def ready(connection, result):
                try:
                    answers[method] = connection.call_finish(result).unpack()
                except GLib.Error as error:
                    answers[method] = error_name(error)
            bed.bus.connection.call(SERVICE, bed.modem, interface, method, arguments, None, 0, 600000, None, ready)

        call(MODEM_3GPP, 'Scan', None)
        wait_for('the scan', lambda: bed.simulator.commands(r'COPS=\?'))
        after = len(bed.simulator.transcript())
        call(FOTA, 'Upgrade', GLib.Variant('(a{sv})', (options(),)))
        wait_for('the answer', lambda: 'Upgrade' in answers)
        assert answers['Upgrade'] == CORE_ERROR + 'Retry', answers
        wait_for('the module to go on', lambda: bed.simulator.command('continue')['continued'])
        wait_for('the scan to end', lambda: 'Scan' in answers)
        # Until the question that waited for the port is answered, it is under way; then all is as before
        wait_for('the end', lambda: bed.simulator.commands(r'COPS\?', after))
        pump(1)
        assert not bed.simulator.commands(r'FOTASTATE\?|FWUP', after) and not bed.fota()['Result'], bed.fota()
        hold(bed)


if __name__ == '__main__':
    tap.run(globals())
