#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Found by attackers: inputs, orders and moments that nobody had thought of."""

import re

import tap
from contract import BEARER, DOWNLOADED, FAILED, FOTA, FOTA_ERROR, MODEM, MODEM_STATE_DISABLED, REFUSED, \
    SERVICE, options
from gi.repository import GLib
from harness import NEW_VERSION, Bed, pump, wait_for


def package(**fota):
    keys = {'state': '40', 'package-version': NEW_VERSION}
    keys.update({key.replace('_', '-'): value for key, value in fota.items()})
    return {'fota': keys}


def answer(bed, command, *lines, count=0, final='OK', **fault):
    """What the module says to a command from now on."""
    text = ''.join('\r\n%s\r\n' % line for line in (*lines, final))
    bed.simulator.fault(kind='raw', pattern=command, execute=False, data=text.encode(), count=count, **fault)


def is_connected(bed, bearer):
    return bed.properties(bearer, BEARER)['Connected']


def case_a_session_comes_back_when_time_is_over():
    """Data is up again each time just before ^FWUP: after the time to wait there is an end."""
    with Bed(package()) as bed:
        bed.ready()
        bed.wait_state(DOWNLOADED)
        bearer = bed.connect()
        # Taken, it seems; then each second look finds a session
        bed.simulator.fault(kind='raw', pattern='AT^FWUP', execute=False, data=b'\r\nOK\r\n', count=0)
        for occurrence in range(5, 40, 2):
            bed.simulator.fault(kind='raw', pattern='AT^NDISSTATQRY?', execute=False, occurrence=occurrence,
                                data=b'\r\n^NDISSTATQRY: 5,1,,,"IPV4"\r\n\r\nOK\r\n')
        transaction = bed.verb('Upgrade', wait=10)
        result = bed.wait_result(transaction, 40)
        assert (result['outcome'], result['error']) == (FAILED, FOTA_ERROR + 'ConditionsNotMet'), result
        wait_for('the bearer', lambda: is_connected(bed, bearer))


def case_disabled_while_data_is_held():
    """Whoever disables the modem wants no data afterwards."""
    with Bed(package(refuse_fwup=1000)) as bed:
        bed.ready()
        bed.wait_state(DOWNLOADED)
        bearer = bed.connect()
        transaction = bed.verb('Upgrade', wait=60)
        wait_for('the refusal', lambda: bed.fota().get('Blockers', 0) & REFUSED)
        bed.call(bed.modem, MODEM, 'Enable', GLib.Variant('(b)', (False,)))
        wait_for('disabled', lambda: bed.modem_properties()['State'] == MODEM_STATE_DISABLED)
        bed.wait_result(transaction, 120)
        pump(1)
        assert not is_connected(bed, bearer)
        assert not bed.simulator.sessions(), bed.simulator.sessions()


def hold(bed):
    """An upgrade that has paused data and waits."""
    transaction = bed.verb('Upgrade', wait=3600)
    wait_for('the refusal', lambda: bed.fota().get('Blockers', 0) & REFUSED)
    assert not bed.simulator.sessions(), bed.simulator.sessions()
    return transaction


def case_hung_up_while_data_is_held():
    """What its user hangs up meanwhile stays down. ModemManager answers such a call by itself:
    for it the bearer is down already."""
    with Bed(package(refuse_fwup=1000)) as bed:
        bed.ready()
        bed.wait_state(DOWNLOADED)
        bearer = bed.connect()
        transaction = hold(bed)
        bed.call(bearer, BEARER, 'Disconnect')
        bed.verb('Cancel')
        bed.wait_result(transaction)
        pump(1)
        assert not is_connected(bed, bearer) and not bed.simulator.sessions()
        # A later wish counts again
        bed.call(bearer, BEARER, 'Connect')
        transaction = hold(bed)
        bed.verb('Cancel')
        bed.wait_result(transaction)
        wait_for('the bearer', lambda: is_connected(bed, bearer))


def case_all_hung_up_while_data_is_held():
    """The same by Modem.Simple, as connection managers do; and over a restart of the daemon."""
    with Bed(package(refuse_fwup=1000)) as bed:
        bed.ready()
        bed.wait_state(DOWNLOADED)
        bearer = bed.connect()
        transaction = hold(bed)
        bed.disconnect(bearer)
        bed.verb('Cancel')
        bed.wait_result(transaction)
        pump(1)
        assert not is_connected(bed, bearer) and not bed.simulator.sessions()

        bed.call(bearer, BEARER, 'Connect')
        hold(bed)
        bed.disconnect()
        bed.daemon.restart()
        bed.ready()
        wait_for('the end', lambda: not bed.fota()['Transaction'])
        pump(1)
        assert not bed.simulator.sessions(), bed.simulator.sessions()


def case_cleaned_up_by_networkmanager():
    """It disconnects all when the modem is connected no more: that is the pause's doing, and
    not what somebody wants."""
    with Bed(package(refuse_fwup=1000)) as bed:
        bed.ready()
        bed.wait_state(DOWNLOADED)
        bearer = bed.connect()
        bed.bus.connection.call_sync('org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus', 'RequestName',
                                     GLib.Variant('(su)', ('org.freedesktop.NetworkManager', 0)), None, 0, -1, None)
        transaction = hold(bed)
        bed.disconnect()
        bed.verb('Cancel')
        bed.wait_result(transaction)
        wait_for('the bearer', lambda: is_connected(bed, bearer))


def case_hung_up_while_it_is_paused():
    """While the module takes its time to end the session."""
    with Bed(package(refuse_fwup=1000)) as bed:
        bed.ready()
        bed.wait_state(DOWNLOADED)
        bearer = bed.connect()
        bed.simulator.fault(kind='delay', pattern='AT^NDISDUP=', seconds=5, count=1)
        transaction = bed.verb('Upgrade', wait=3600)
        wait_for('the pause', lambda: bed.simulator.commands(r'NDISDUP=\d+,0'))
        try:
            bed.disconnect(bearer)
        except GLib.Error:
            # It is being disconnected already
            pass
        wait_for('the refusal', lambda: bed.fota().get('Blockers', 0) & REFUSED)
        bed.verb('Cancel')
        bed.wait_result(transaction)
        pump(1)
        assert not is_connected(bed, bearer) and not bed.simulator.sessions()


def case_paused_and_restored_in_a_loop():
    """A session that can't be hung up: what is hung up and dialled again for it is no reason
    to try again at once."""
    with Bed(package()) as bed:
        bed.ready()
        bed.wait_state(DOWNLOADED)
        bed.connect()
        answer(bed, 'AT^NDISSTATQRY?', '^NDISSTATQRY: 5,1,,,"IPV4"')
        paused = len(bed.simulator.transcript())
        transaction = bed.verb('Upgrade', wait=200)
        result = bed.wait_result(transaction, 120)
        assert result['error'] == FOTA_ERROR + 'ConditionsNotMet', result
        given_back = None
        n_again = 0
        for entry in bed.simulator.transcript(paused):
            if re.match(r'AT\^NDISDUP=2,1', entry['command']):
                given_back = entry['time']
            elif given_back and entry['command'] == 'AT^NDISDUP=2,0':
                assert entry['time'] - given_back > 15, (given_back, entry)
                n_again += 1
        assert n_again > 0


def case_no_carrier_by_itself():
    """The end of a call is no answer, also where no ^CEND goes before it."""
    with Bed() as bed:
        bed.ready()
        for line in ('NO CARRIER', 'BUSY', 'NO ANSWER'):
            bed.simulator.fault(kind='delay', pattern='AT+COPS?', seconds=1, count=1)
            asked = len(bed.simulator.commands(r'\+COPS\?'))
            replies = []

            def ready(connection, result, replies=replies):
                try:
                    replies.append(connection.call_finish(result))
                except GLib.Error as error:
                    replies.append(error)

            arguments = GLib.Variant('(a{sv})', (options(url='http://127.0.0.1:9/nothing'),))
            bed.bus.connection.call(SERVICE, bed.modem, FOTA, 'Check', arguments, None, 0, 60000, None, ready)
            wait_for('+COPS', lambda: len(bed.simulator.commands(r'\+COPS\?')) > asked)
            bed.simulator.urc(line)
            wait_for('the reply', lambda: replies)
            assert not isinstance(replies[0], GLib.Error), replies
            # Nothing was sent before the answer to what went before
            assert not bed.simulator.violations(), bed.simulator.violations()
            bed.wait_result(replies[0].unpack()[0])


if __name__ == '__main__':
    tap.run(globals())
