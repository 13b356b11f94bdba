#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Data sessions as real units and networks make them: told of by others, refused in
any order, in a list of PDP contexts that are not all the host's."""

import contextlib

from gi.repository import GLib

import tap
from contract import (BEARER, CALL_UP, CANCELLED, CORE_ERROR, DOWNLOADED, MODEM, REFUSED, SERVICE,
                      expect_error)
from harness import NEW_VERSION, Bed, pump, wait_for

IPV4, IPV4V6 = 1, 4


class Later:
    """A call whose reply is awaited later."""

    def __init__(self, bed, path, interface, method, parameters=None):
        self.reply = self.error = None
        self.over = False
        bed.bus.connection.call(SERVICE, path, interface, method, parameters, None, 0, 300000, None, self._ready)

    def _ready(self, connection, result):
        try:
            self.reply = connection.call_finish(result).unpack()
        except GLib.Error as error:
            self.error = error
        self.over = True

    def wait(self):
        wait_for('the reply', lambda: self.over)
        if self.error:
            raise self.error
        return self.reply


def answer(bed, command, *lines, count=0, final='OK', **fault):
    """What the module says to a command from now on."""
    text = ''.join('\r\n%s\r\n' % line for line in (*lines, final))
    bed.simulator.fault(kind='raw', pattern=command, execute=False, data=text.encode(), count=count, **fault)


def with_cgev(bed):
    """The module tells of PDP contexts, and ModemManager listens."""
    answer(bed, 'AT+CGEREP=?', '+CGEREP: (0-2),(0-1)')
    answer(bed, 'AT+CGEREP=2')
    answer(bed, 'AT+CGEREP=0')
    bed.registered()
    assert bed.simulator.commands(r'^AT\+CGEREP=2'), bed.simulator.commands('CGEREP')


def new_bearer(bed, **properties):
    types = {int: 'u', str: 's', bool: 'b'}
    arguments = {name.replace('_', '-'): GLib.Variant(types[type(value)], value) for name, value in properties.items()}
    return bed.call(bed.modem, MODEM, 'CreateBearer', GLib.Variant('(a{sv})', (arguments,)))[0]


def is_connected(bed, bearer):
    return bed.properties(bearer, BEARER)['Connected']


#
# Told of by others
#

def case_told_down_while_dialling():
    """ModemManager's own handler takes +CGEV for the end of a bearer that is just being
    connected: the dial goes on, and nobody gets in between."""
    for line in ('+CGEV: NW DETACH', '+CGEV: ME DETACH'):
        with Bed({'timing': {'dial-seconds': 20}}) as bed:
            with_cgev(bed)
            bearer = new_bearer(bed, apn='ctnet')
            first = Later(bed, bearer, BEARER, 'Connect')
            wait_for('the dial', lambda: bed.simulator.commands(r'NDISDUP=\d+,1'))
            bed.simulator.urc(line)
            pump(0.2)
            with expect_error(CORE_ERROR + 'InProgress'):
                bed.call(bearer, BEARER, 'Connect')
            first.wait()
            assert is_connected(bed, bearer)
            assert len(bed.simulator.commands(r'NDISDUP=\d+,1')) == 1
            assert bed.simulator.sessions()


def case_told_down_before_dialling():
    """The same while ModemManager still looks for a PDP context."""
    with Bed() as bed:
        with_cgev(bed)
        bearer = new_bearer(bed, apn='ctnet')
        bed.simulator.fault(kind='delay', pattern='AT+CGDCONT?', seconds=2, count=1)
        asked = len(bed.simulator.commands(r'^AT\+CGDCONT\?'))
        first = Later(bed, bearer, BEARER, 'Connect')
        wait_for('the list', lambda: len(bed.simulator.commands(r'^AT\+CGDCONT\?')) > asked)
        bed.simulator.urc('+CGEV: NW DETACH')
        pump(0.1)
        assert not first.over
        with expect_error(CORE_ERROR + 'InProgress'):
            bed.call(bearer, BEARER, 'Connect')
        first.wait()
        assert is_connected(bed, bearer)


def case_told_down_while_hanging_up():
    """A module tells ME PDN DEACT of the session that is being hung up."""
    with Bed({'timing': {'dial-seconds': 20}}) as bed:
        with_cgev(bed)
        bearer = new_bearer(bed, apn='ctnet')
        bed.call(bearer, BEARER, 'Connect')
        cid = bed.simulator.sessions()[0]
        first = Later(bed, bearer, BEARER, 'Disconnect')
        wait_for('the hang-up', lambda: bed.simulator.commands(r'NDISDUP=\d+,0'))
        bed.simulator.urc('+CGEV: ME PDN DEACT %d' % cid)
        pump(0.2)
        with expect_error(CORE_ERROR + 'Failed'):
            bed.call(bearer, BEARER, 'Connect')
        first.wait()
        assert not is_connected(bed, bearer)
        assert not bed.simulator.sessions()
        bed.call(bearer, BEARER, 'Connect')
        assert is_connected(bed, bearer) and bed.simulator.sessions()


def case_told_down_when_up():
    """Otherwise +CGEV is believed: the bearer is down."""
    with Bed() as bed:
        with_cgev(bed)
        bearer = new_bearer(bed, apn='ctnet')
        bed.call(bearer, BEARER, 'Connect')
        cid = bed.simulator.sessions()[0]
        bed.simulator.command('drop %d' % cid)
        bed.simulator.urc('+CGEV: NW PDN DEACT %d' % cid)
        wait_for('the bearer to be down', lambda: not is_connected(bed, bearer))
        bed.call(bearer, BEARER, 'Connect')
        assert is_connected(bed, bearer)


#
# Refused
#


def refuse(bed, text):
    """^NDISDUP is answered so; nothing comes up."""
    for cid in range(1, 17):
        bed.simulator.fault(kind='raw', pattern='AT^NDISDUP=%d,1*' % cid, execute=False, count=1,
                            data=text.replace('CID', '%d,' % cid).replace('NOCID', '').encode())


def check_refused(bed, text):
    """Told at once and with the network's cause, and whoever tries again gets in."""
    refuse(bed, text)
    bearer = new_bearer(bed, apn='ctnet')
    begin = bed.clock.now()
    with expect_error('org.freedesktop.ModemManager1.Error.MobileEquipment.ServiceOptionNotSubscribed'):
        bed.call(bearer, BEARER, 'Connect')
    assert bed.clock.now() - begin < 60, 'it took %.0f s' % (bed.clock.now() - begin)
    assert not bed.simulator.sessions()
    # Other CIDs' faults do not stand in the way
    bed.simulator.command('clear-faults')
    bed.call(bearer, BEARER, 'Connect')
    assert is_connected(bed, bearer) and bed.simulator.sessions()


def case_refused_with_the_ok():
    """The refusal comes in one piece with the OK."""
    with Bed() as bed:
        bed.registered()
        check_refused(bed, '\r\nOK\r\n\r\n^NDISSTAT: CID0,33,,"IPV4"\r\n')


def case_refused_before_the_ok():
    with Bed() as bed:
        bed.registered()
        check_refused(bed, '\r\n^NDISSTAT: CID0,33,,"IPV4"\r\n\r\nOK\r\n')


def case_refused_before_the_ok_classic():
    """Huawei's form has no CID."""
    with Bed({'network': {'ndis-form': 'classic', 'query-form': 'nocid'}}) as bed:
        bed.registered()
        check_refused(bed, '\r\n^NDISSTAT: 0,33,,"IPV4"\r\n\r\nOK\r\n')


def case_refused_before_an_error():
    """The cause is the better news."""
    with Bed() as bed:
        bed.registered()
        check_refused(bed, '\r\n^NDISSTAT: CID0,33,,"IPV4"\r\n\r\nERROR\r\n')


def case_old_end_before_the_ok():
    """The late word of a session that ended before is not taken for a refusal."""
    with Bed({'timing': {'dial-seconds': 8}}) as bed:
        bed.registered()
        for cid in range(1, 17):
            bed.simulator.fault(kind='raw', pattern='AT^NDISDUP=%d,1*' % cid, count=1,
                                data=b'\r\n^NDISSTAT: %d,0,36,,"IPV4"\r\n\r\nOK\r\n' % cid)
        bearer = new_bearer(bed, apn='ctnet')
        bed.call(bearer, BEARER, 'Connect')
        assert is_connected(bed, bearer) and bed.simulator.sessions()


def case_one_family_refused_before_the_ok():
    """The other one is not waited for any longer than it takes."""
    with Bed({'timing': {'dial-seconds': 1}}) as bed:
        bed.registered()
        for cid in range(1, 17):
            bed.simulator.fault(kind='raw', pattern='AT^NDISDUP=%d,1*' % cid, count=1,
                                data=b'\r\n^NDISSTAT: %d,0,50,,"IPV6"\r\n\r\nOK\r\n' % cid)
        bed.simulator.fault(kind='urc-lost', pattern='^NDISSTAT:*"IPV6"', count=0)
        bed.simulator.fault(kind='raw', pattern='AT^NDISSTATQRY?', count=0, execute=False,
                            data=b'\r\n^NDISSTATQRY: 1,1,,,"IPV4",0,,,"IPV6"\r\n\r\nOK\r\n')
        bearer = new_bearer(bed, apn='', ip_type=IPV4V6)
        bed.call(bearer, BEARER, 'Connect')
        properties = bed.properties(bearer, BEARER)
        assert properties['Connected'] and properties['Ip4Config'].get('method')
        assert not properties['Ip6Config'].get('method'), properties


#
# PDP contexts that are not the host's
#

PROFILES = 'org.freedesktop.ModemManager1.Modem.Modem3gpp.ProfileManager'
# A unit's list: the default bearer's, one for anything, IMS, emergency calls, the network's
UNIT = ['+CGDCONT: 0,"IPV4V6","","",0,0,0,0', '+CGDCONT: 1,"IP","","",0,0,0,0',
        '+CGDCONT: 5,"IPV4V6","ims","",0,0,0,0', '+CGDCONT: 6,"IPV4V6","","",0,0,0,1',
        *('+CGDCONT: %d,"IPV4V6","","",0,0,0,0' % cid for cid in range(21, 32))]


def start_with_range(bed, numbers):
    """ModemManager asks for the range once."""
    answer(bed, 'AT+CGDCONT=?', *('+CGDCONT: (%s),"%s",,,(0-2),(0-4)' % (numbers, kind)
                                  for kind in ('IP', 'IPV6', 'IPV4V6')))
    bed.daemon.start()
    bed.registered()


def dialled(bed):
    return bed.simulator.commands(r'^AT\^NDISDUP=\d+,1')


def case_empty_apn():
    """The subscribed APN: neither the default bearer nor the emergency context fits, though
    both have that APN and that type."""
    for numbers in ('1-31', '0-31', '0-20'):
        with Bed(daemon=False) as bed:
            start_with_range(bed, numbers)
            answer(bed, 'AT+CGDCONT?', *UNIT, count=1)
            bearer = new_bearer(bed, apn='', ip_type=IPV4V6)
            bed.call(bearer, BEARER, 'Connect')
            assert dialled(bed) == ['AT^NDISDUP=2,1,""'], dialled(bed)
            assert bed.simulator.commands(r'CGDCONT=\d+,') == ['AT+CGDCONT=2,"IPV4V6",""']
            assert is_connected(bed, bearer)


def case_number_of_the_emergency_context():
    """It is no gap between the host's own."""
    own = ['+CGDCONT: %d,"IP","apn%d","",0,0,0,0' % (cid, cid) for cid in range(1, 6)]
    with Bed(daemon=False) as bed:
        start_with_range(bed, '0-31')
        # In no order
        answer(bed, 'AT+CGDCONT?', *reversed(own), UNIT[3], UNIT[0], *UNIT[4:], count=1)
        bearer = new_bearer(bed, apn='ctnet', ip_type=IPV4)
        bed.call(bearer, BEARER, 'Connect')
        assert bed.simulator.commands(r'CGDCONT=\d+,') == ['AT+CGDCONT=7,"IP","ctnet"']
        assert dialled(bed) == ['AT^NDISDUP=7,1,"ctnet"'], dialled(bed)


def case_no_number_is_free():
    """The last one would be overwritten, and it is for emergency calls."""
    own = ['+CGDCONT: %d,"IP","apn%d","",0,0,0,0' % (cid, cid) for cid in range(1, 20)]
    with Bed(daemon=False) as bed:
        start_with_range(bed, '0-31')
        answer(bed, 'AT+CGDCONT?', *own, '+CGDCONT: 20,"IPV4V6","","",0,0,0,1', count=0)
        bearer = new_bearer(bed, apn='ctnet', ip_type=IPV4)
        with expect_error(CORE_ERROR + 'Unauthorized'):
            bed.call(bearer, BEARER, 'Connect')
        assert not bed.simulator.commands(r'CGDCONT=\d+,') and not dialled(bed)
        assert not bed.simulator.commands(r'CGACT=0,20')


def case_only_the_hosts_are_offered():
    with Bed() as bed:
        bed.registered()
        answer(bed, 'AT+CGDCONT?', *UNIT)
        path = bed.modem
        listed = bed.call(path, PROFILES, 'List')[0]
        assert [(profile['profile-id'], profile['apn']) for profile in listed] == [(1, ''), (5, 'ims')], listed
        for cid in (0, 6, 20, 25):
            with expect_error(CORE_ERROR + 'NotFound', CORE_ERROR + 'Unauthorized'):
                bed.call(path, PROFILES, 'Set', GLib.Variant(
                    '(a{sv})', ({'profile-id': GLib.Variant('i', cid), 'apn': GLib.Variant('s', 'mine')},)))
            with expect_error(CORE_ERROR + 'NotFound'):
                bed.connect(apn='', profile_id=cid)
        for cid in (0, 6, 25):
            with expect_error(CORE_ERROR + 'Unauthorized'):
                bed.call(path, PROFILES, 'Delete', GLib.Variant(
                    '(a{sv})', ({'profile-id': GLib.Variant('i', cid)},)))
        for command in (r'CGDCONT=\d', r'CGDEL=', r'CGACT=', r'NDISDUP='):
            assert not bed.simulator.commands(command), bed.simulator.commands(command)


#
# Given back after an upgrade that did not come to be
#

def package(**fota):
    keys = {'state': '40', 'package-version': NEW_VERSION}
    keys.update({key.replace('_', '-'): value for key, value in fota.items()})
    return {'fota': keys, 'timing': {'dial-seconds': 0.2}}


def command(bed, text):
    return bed.call(bed.modem, MODEM, 'Command', GLib.Variant('(su)', (text, 10)))[0]


def held_before_fwup(bed, **values):
    """An upgrade that keeps the data path and can still be cancelled."""
    transaction = bed.verb('Upgrade', wait=3600, **values)
    wait_for('the refusal', lambda: bed.fota().get('Blockers', 0) & REFUSED)
    assert not bed.simulator.sessions(), bed.simulator.sessions()
    return transaction


def cancelled(bed, transaction):
    bed.verb('Cancel')
    result = bed.wait_result(transaction)
    assert result['outcome'] == CANCELLED, result


def case_given_back_beside_a_bearer():
    """A session that is no bearer's comes back, and a bearer's by its bearer."""
    with Bed(package(refuse_fwup=1000)) as bed:
        bed.ready()
        bed.wait_state(DOWNLOADED)
        bearer = bed.connect()
        command(bed, 'AT^NDISDUP=3,1,"other"')
        wait_for('both sessions', lambda: bed.simulator.sessions() == [2, 3])
        cancelled(bed, held_before_fwup(bed))
        wait_for('both sessions', lambda: bed.simulator.sessions() == [2, 3])
        wait_for('the bearer', lambda: is_connected(bed, bearer))


def case_given_back_without_the_bearer():
    """Whoever deleted the bearer meanwhile does not want its session; the other one comes back."""
    for other in (True, False):
        with Bed(package(refuse_fwup=1000)) as bed:
            bed.ready()
            bed.wait_state(DOWNLOADED)
            bearer = bed.connect()
            if other:
                command(bed, 'AT^NDISDUP=3,1,"other"')
                wait_for('both sessions', lambda: bed.simulator.sessions() == [2, 3])
            transaction = held_before_fwup(bed)
            bed.call(bed.modem, MODEM, 'DeleteBearer', GLib.Variant('(o)', (bearer,)))
            seen = len(bed.simulator.commands())
            cancelled(bed, transaction)
            if other:
                wait_for('the other session', lambda: bed.simulator.sessions() == [3])
            pump(1)
            assert bed.simulator.sessions() == ([3] if other else [])
            assert 'AT^NDISDUP=2,1' not in ' '.join(bed.simulator.commands()[seen:])


def case_given_back_once():
    """What was given back and then hung up by its owner is not dialled after a second pause."""
    with Bed(package(refuse_fwup=1000), speed=8) as bed:
        bed.ready()
        bed.wait_state(DOWNLOADED)
        bearer = bed.connect()
        command(bed, 'AT^NDISDUP=3,1,"other"')
        wait_for('both sessions', lambda: bed.simulator.sessions() == [2, 3])
        # A call begins when data is paused
        hung_up = len(bed.simulator.commands('NDISDUP=3,0'))
        transaction = bed.verb('Upgrade', wait=3600)
        wait_for('the pause', lambda: len(bed.simulator.commands('NDISDUP=3,0')) > hung_up)
        bed.simulator.command('call active')
        wait_for('the call to be seen', lambda: bed.fota().get('Blockers', 0) & CALL_UP)
        wait_for('both sessions', lambda: bed.simulator.sessions() == [2, 3])
        wait_for('the bearer', lambda: is_connected(bed, bearer))
        bed.disconnect(bearer)
        command(bed, 'AT^NDISDUP=3,0')
        wait_for('no session', lambda: not bed.simulator.sessions())
        bed.simulator.command('call end')
        wait_for('the refusal', lambda: bed.fota().get('Blockers', 0) & REFUSED)
        dialled_before = len(bed.simulator.commands(r'NDISDUP=\d+,1'))
        cancelled(bed, transaction)
        pump(1)
        assert not bed.simulator.sessions(), bed.simulator.sessions()
        assert len(bed.simulator.commands(r'NDISDUP=\d+,1')) == dialled_before


def case_given_back_by_the_next_daemon():
    """The bearers are gone with the daemon that paused them: all that was up comes back."""
    with Bed(package(refuse_fwup=1000)) as bed:
        bed.ready()
        bed.wait_state(DOWNLOADED)
        bed.connect()
        command(bed, 'AT^NDISDUP=3,1,"other"')
        wait_for('both sessions', lambda: bed.simulator.sessions() == [2, 3])
        transaction = held_before_fwup(bed)
        bed.daemon.restart()
        bed.wait_modem(3)
        bed.wait_fota()
        # It ends by itself. Cancel would discard the package afterwards, with another result.
        bed.wait_result(transaction)
        wait_for('both sessions', lambda: bed.simulator.sessions() == [2, 3])


#
# A port that is stuck
#

MESSAGING = 'org.freedesktop.ModemManager1.Modem.Messaging'
SMS = 'org.freedesktop.ModemManager1.Sms'


def send_sms(bed):
    path = bed.call(bed.modem, MESSAGING, 'Create', GLib.Variant('(a{sv})', ({
        'number': GLib.Variant('s', '10086'), 'text': GLib.Variant('s', 'hello')},)))[0]
    with contextlib.suppress(GLib.Error):
        bed.call(path, SMS, 'Send', timeout=200)


def case_sms_that_the_module_swallows():
    """It swallows all that follows, too. The modem lives, and so does its session."""
    with Bed({'sms': {'send': 'swallow'}}) as bed:
        bed.registered()
        bearer = bed.connect()
        path = bed.modem
        for _time in range(2):
            send_sms(bed)
            sent = len(bed.simulator.commands())
            wait_for('the module to listen again', lambda: len(bed.simulator.commands()) > sent + 2)
            assert bed.modem == path
        assert is_connected(bed, bearer)
        assert 'answers again' in bed.daemon.log()


def case_silence_is_not_disturbed():
    """A single command that is slow changes nothing."""
    with Bed() as bed:
        bed.registered()
        bed.simulator.fault(kind='silent', pattern='AT^NDISSTATQRY?', count=1)
        bearer = bed.connect()
        asked = len(bed.simulator.commands('NDISSTATQRY'))
        wait_for('the session to be asked for', lambda: len(bed.simulator.commands('NDISSTATQRY')) > asked + 1)
        assert is_connected(bed, bearer)
        assert not bed.simulator.commands('^\x1b'), bed.simulator.commands('^\x1b')


if __name__ == '__main__':
    tap.run(globals())
