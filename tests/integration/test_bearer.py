#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Data sessions over the stock daemon's own calls."""

import tap
from contract import BEARER, CORE_ERROR, MOBILE_ERROR, MODEM_STATE_CONNECTED, expect_error
from harness import Bed, pump, wait_for

IPV4, IPV6, IPV4V6 = 1, 2, 4
METHOD_DHCP = 3


def wait_session(bed, up=True):
    wait_for('the session to be %s' % ('up' if up else 'down'),
             lambda: bool(bed.simulator.sessions()) == up)


def case_connect():
    with Bed() as bed:
        bed.registered()
        bearer = bed.connect(apn='ctnet', ip_type=IPV4)
        properties = bed.properties(bearer, BEARER)
        assert properties['Connected']
        assert properties['Ip4Config']['method'] == METHOD_DHCP, properties['Ip4Config']
        net = [name for name, kind in bed.modem_properties()['Ports'] if kind == 2]
        assert [properties['Interface']] == net, (properties['Interface'], net)
        wait_session(bed)
        bed.wait_modem(MODEM_STATE_CONNECTED)
        dial = bed.simulator.commands(r'^AT\+CGDCONT=\d+,"IP","ctnet"')
        assert dial, bed.simulator.commands('CGDCONT')


def case_disconnect():
    with Bed() as bed:
        bed.registered()
        bearer = bed.connect()
        bed.disconnect(bearer)
        wait_session(bed, False)
        assert not bed.properties(bearer, BEARER)['Connected']
        # And again
        bed.connect()
        wait_session(bed)


def case_mmcli():
    with Bed() as bed:
        bed.registered()
        done = bed.mmcli('-m', 'any', '--simple-connect=apn=ctnet', check=0)
        assert 'successfully connected' in done.stdout, done.stdout
        assert 'registered' in bed.mmcli('-m', 'any', check=0).stdout or \
            'connected' in bed.mmcli('-m', 'any', check=0).stdout
        bed.mmcli('-m', 'any', '--simple-disconnect', check=0)
        wait_session(bed, False)


def case_network_drop():
    with Bed() as bed:
        bed.registered()
        bearer = bed.connect()
        cid = bed.simulator.sessions()[0]
        bed.simulator.command('drop %d' % cid)
        wait_for('the bearer to be down', lambda: not bed.properties(bearer, BEARER)['Connected'])
        bed.connect()
        wait_session(bed)


def case_late_answers_of_other_commands():
    """What came too late for the command before says nothing about the session: it stays."""
    with Bed() as bed:
        bed.registered()
        bearer = bed.connect()
        wait_session(bed)
        for late in (b'\r\n^SYSINFOEX: 2,2,0,1,,11,"NR-5GC",111,"NR-5GC"\r\n\r\nOK\r\n', b'\r\nOK\r\n'):
            asked = len(bed.simulator.commands('NDISSTATQRY'))
            bed.simulator.fault(kind='raw', pattern='AT^NDISSTATQRY*', data=late, count=1)
            wait_for('ModemManager to ask twice', lambda: len(bed.simulator.commands('NDISSTATQRY')) > asked + 1)
            pump(1)
            assert bed.properties(bearer, BEARER)['Connected'], late
        assert 'connection #1 finished' not in bed.daemon.log()


def case_session_told_of_no_more():
    """A module that lists only what is up, and does not say when it goes down."""
    with Bed() as bed:
        bed.registered()
        bearer = bed.connect()
        wait_session(bed)
        bed.simulator.fault(kind='raw', pattern='AT^NDISSTATQRY*', data=b'\r\nOK\r\n', count=0)
        wait_for('the bearer to be down', lambda: not bed.properties(bearer, BEARER)['Connected'])


def case_ipv6():
    with Bed() as bed:
        bed.registered()
        bearer = bed.connect(ip_type=IPV6)
        properties = bed.properties(bearer, BEARER)
        assert properties['Ip6Config'].get('method'), properties
        assert not properties['Ip4Config'].get('method'), properties


def case_dual():
    with Bed() as bed:
        bed.registered()
        bearer = bed.connect(ip_type=IPV4V6)
        properties = bed.properties(bearer, BEARER)
        assert properties['Ip4Config'].get('method') and properties['Ip6Config'].get('method'), properties


def case_classic_notice():
    """Huawei's four fields, without CID."""
    with Bed({'network': {'ndis-form': 'classic', 'query-form': 'nocid'}}) as bed:
        bed.registered()
        bearer = bed.connect()
        bed.simulator.command('drop %d' % bed.simulator.sessions()[0])
        wait_for('the bearer to be down', lambda: not bed.properties(bearer, BEARER)['Connected'])


def case_user_and_password():
    with Bed() as bed:
        bed.registered()
        bed.connect(apn='private', user='jane', password='s3cret', allowed_auth=1 << 2)
        dials = bed.simulator.commands(r'\^NDISDUP=\d+,1,"private","jane","s3cret",2')
        assert dials, bed.simulator.commands('NDISDUP')


def case_duplicated():
    """The session is already up: that is success."""
    with Bed() as bed:
        bed.registered()
        bed.connect()
        # The new daemon knows nothing of the session
        bed.daemon.restart()
        bed.registered()
        assert bed.simulator.sessions()
        bearer = bed.connect()
        assert any('DUPLICATED' in exchange['answer'] for exchange in bed.simulator.transcript()
                   if 'NDISDUP' in exchange['command'])
        assert bed.properties(bearer, BEARER)['Connected']


def case_auto_dial():
    """The module's own auto-dial owns the CID: its session is used."""
    with Bed({'network': {'auto-dial': '1,1,"IPV4V6","","","",0'}}) as bed:
        bed.registered()
        wait_session(bed)
        bearer = bed.connect(ip_type=IPV4)
        assert bed.properties(bearer, BEARER)['Connected']


def case_invalid_on_hang_up():
    """Nothing is up any more: disconnected it is."""
    with Bed() as bed:
        bed.registered()
        bearer = bed.connect()
        # The network's word is lost, so the daemon does not know
        bed.simulator.fault(kind='urc-lost', pattern='^NDISSTAT:*', count=0)
        bed.simulator.command('drop %d' % bed.simulator.sessions()[0])
        bed.disconnect(bearer)
        assert not bed.properties(bearer, BEARER)['Connected']


def case_no_network_service():
    with Bed() as bed:
        bed.registered()
        bed.simulator.fault(kind='raw', pattern='AT^NDISDUP=*', execute=False,
                            data=b'\r\nERROR: NO NETWORK SERVICE\r\n')
        with expect_error(MOBILE_ERROR + 'NoNetwork', CORE_ERROR + 'Failed'):
            bed.connect()
        bed.connect()
        wait_session(bed)


def case_ndisstat_lost():
    """OK came, the notice did not: the query tells."""
    with Bed() as bed:
        bed.registered()
        bed.simulator.fault(kind='urc-lost', pattern='^NDISSTAT:*', count=0)
        bearer = bed.connect()
        assert bed.properties(bearer, BEARER)['Connected']


def case_apn_refused():
    with Bed({'network': {'apns': 'ctnet'}}) as bed:
        bed.registered()
        try:
            bed.connect(apn='elsewhere')
        except Exception:  # pylint: disable=broad-except
            pass
        else:
            raise AssertionError('connected to an APN that the network refuses')
        assert not bed.simulator.sessions()
        bed.connect(apn='ctnet')


def case_reenumerates_after_dial():
    """The USB functions come back right after the dial: the modem is found again."""
    with Bed({'network': {'reenumerate-after-dial': True}}) as bed:
        bed.registered()
        first = bed.modem
        try:
            bed.connect()
        except Exception:  # pylint: disable=broad-except
            pass
        wait_for('another modem', lambda: bed.modems() and bed.modems() != [first])
        bed.simulator.set('network.reenumerate-after-dial', False)
        bed.registered()
        bed.connect()


def case_ppp_mode():
    """SETMODE 8: ModemManager's own dialling on the modem port."""
    with Bed({'module': {'setmode': 8}}) as bed:
        bed.registered()
        bearer = bed.connect()
        properties = bed.properties(bearer, BEARER)
        assert properties['Interface'].startswith('ttyUSB'), properties
        assert bed.simulator.commands(r'^ATD\*99'), bed.simulator.commands('ATD')
        assert not bed.simulator.commands('NDISDUP')
        bed.disconnect(bearer)


def case_unchecked_apn():
    """No quote, line end or semicolon gets out of its string."""
    with Bed() as bed:
        bed.registered()
        for apn in ('a"b', 'a\rAT+CFUN=0', 'a\nb', 'a;+CFUN=0'):
            with expect_error(CORE_ERROR + 'InvalidArgs', CORE_ERROR + 'Failed', CORE_ERROR + 'Unsupported'):
                bed.connect(apn=apn)
        assert not bed.simulator.commands(r'CFUN=0')
        assert not bed.simulator.commands(r'CGDCONT=.*a"b')


if __name__ == '__main__':
    tap.run(globals())
