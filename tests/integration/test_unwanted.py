#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Sessions that nobody wants any more when an upgrade gives its data back."""

import tap
from contract import BEARER, DOWNLOADED, MODEM, MODEM_STATE_DISABLED, REFUSED
from gi.repository import GLib
from harness import NEW_VERSION, Bed, pump, wait_for


def package():
    return {'fota': {'state': '40', 'package-version': NEW_VERSION, 'refuse-fwup': 1000}}


def hold(bed):
    """An upgrade that has paused data and waits."""
    transaction = bed.verb('Upgrade', wait=3600)
    wait_for('the refusal', lambda: bed.fota().get('Blockers', 0) & REFUSED)
    assert not bed.simulator.sessions(), bed.simulator.sessions()
    return transaction


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
    """One of two: the other one's session comes back."""
    with Bed(package()) as bed:
        bed.ready()
        bed.wait_state(DOWNLOADED)
        bearer = bed.connect()
        hold(bed)
        bed.call(bed.modem, MODEM, 'DeleteBearer', GLib.Variant('(o)', (bearer,)))
        sessions = killed(bed)
        assert not sessions, sessions


def case_disabled_then_killed():
    with Bed(package()) as bed:
        bed.ready()
        bed.wait_state(DOWNLOADED)
        bed.connect()
        hold(bed)
        enable(bed, False)
        wait_for('disabled', lambda: bed.modem_properties()['State'] == MODEM_STATE_DISABLED)
        sessions = killed(bed)
        assert not sessions, sessions


def case_disabled_and_enabled():
    """ModemManager dials no bearer again by itself, and so do we."""
    with Bed(package()) as bed:
        bed.ready()
        bed.wait_state(DOWNLOADED)
        bearer = bed.connect()
        transaction = hold(bed)
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
        bed.ready()
        bed.wait_state(DOWNLOADED)
        bed.connect()
        hold(bed)
        bed.daemon.stop()
        bed.daemon.start()
        bed.ready()
        wait_for('the session', bed.simulator.sessions)


if __name__ == '__main__':
    tap.run(globals())
