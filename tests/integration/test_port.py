#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A port as rude as a real one: whatever way the answers come, the same is done."""

import os

import tap
from contract import BEARER, MOBILE_ERROR, SERVICE, SUCCEEDED, error_name
from gi.repository import GLib
from harness import NEW_VERSION, OLD_VERSION, Bed, pump, wait_for

FIELD = {'module': {'identity': 'mt5700m-field'}}
IPV4, IPV4V6 = 1, 4
LONG = 300
# The contexts of that unit that are not the host's
NOT_THE_HOSTS = [0, 6] + list(range(21, 32))


def failure(call, *args, **kwargs):
    """The error that must come of it."""
    try:
        done = call(*args, **kwargs)
    except GLib.Error as error:
        return error
    raise AssertionError('no error, but %r' % (done,))


def check_works(bed):
    result = bed.wait_result(bed.verb('Check', url=bed.server.url))
    assert result['outcome'] == SUCCEEDED, result


def check(scenario, **bed):
    with Bed(scenario, **bed) as bed:
        bed.ready()
        check_works(bed)


def case_whole():
    """As the simulator spoke before."""
    check({'port': {'pieces': 'whole'}})


def case_line_by_line():
    check({'port': {'pieces': 'lines'}})


def case_few_bytes_at_a_time():
    check({'port': {'pieces': 'bytes'}})


def case_long_gaps():
    """Each gap is longer than anything that the daemon puts off."""
    check({'port': {'pieces': 'bytes', 'gap': 0, 'pause': 15}})


def case_upgrade_few_bytes_at_a_time():
    with Bed({'port': {'pieces': 'bytes'}}) as bed:
        bed.ready()
        bed.connect()
        result = bed.wait_result(bed.verb('Download', url=bed.server.url, upgrade=True), LONG)
        assert result['outcome'] == SUCCEEDED, result


def case_field_unit():
    """All of it with the unit whose answers were seen in the field."""
    with Bed(FIELD) as bed:
        bed.ready()
        bed.connect(apn='ctnet', ip_type=IPV4)
        result = bed.wait_result(bed.verb('Download', url=bed.server.url, upgrade=True), LONG)
        assert result['outcome'] == SUCCEEDED, result
        assert (result['from'], result['to']) == (OLD_VERSION, NEW_VERSION), result


def case_field_contexts():
    """Contexts that are the network's, or for emergencies, are not taken or changed."""
    for apn, ip_type in (('', IPV4V6), ('', IPV4), ('ctnet', IPV4V6)):
        with Bed(FIELD) as bed:
            bed.registered()
            bearer = bed.connect(apn=apn, ip_type=ip_type)
            assert bed.properties(bearer, BEARER)['Connected']
            assert bed.simulator.sessions()[0] not in NOT_THE_HOSTS, bed.simulator.sessions()


def case_refusals():
    """The network's cause, whenever it comes."""
    for refusal in ('before', 'with', 'later'):
        with Bed({'network': {'apns': 'private', 'refusal': refusal}}) as bed:
            bed.registered()
            for _time in range(2):
                begin = bed.clock.now()
                error = failure(bed.connect, apn='wrong')
                assert error_name(error).startswith(MOBILE_ERROR), (refusal, error.message)
                assert bed.clock.now() - begin < 60, (refusal, error.message)
            bed.connect(apn='private')


def case_packet_events():
    """ModemManager's own reader of +CGEV is on; what it makes of the bearers is stood."""
    with Bed() as bed:
        bed.registered()
        assert bed.simulator.commands(r'\+CGEREP=2'), 'not on'
        for how in ('drop', 'detach', 'disconnect'):
            bearer = bed.connect()
            cid = bed.simulator.sessions()[0]
            if how == 'disconnect':
                bed.disconnect(bearer)
            else:
                bed.simulator.command(how if how == 'detach' else '%s %d' % (how, cid))
            wait_for('the bearer to be down after ' + how,
                     lambda known=bearer: not bed.properties(known, BEARER)['Connected'])
            wait_for('the session to be down after ' + how, lambda: not bed.simulator.sessions())
        bed.connect()


def begin_call(bed, path, method):
    """Calls, and returns where the error, or None, will be."""
    ended = []

    def over(connection, result):
        try:
            connection.call_finish(result)
            ended.append(None)
        except GLib.Error as error:
            ended.append(error)
    bed.bus.connection.call(SERVICE, path, BEARER, method, None, None, 0, 120000, None, over)
    return ended


def case_packet_events_while_waiting():
    """The bearer is told that it is down in the middle of a dial, and of a hang-up, and somebody connects at once."""
    with Bed({'timing': {'dial-seconds': 20}}) as bed:
        bed.registered()
        bearer = bed.connect()
        for method, command in (('Disconnect', r'NDISDUP=\d+,0'), ('Connect', r'NDISDUP=\d+,1')):
            for line in ('NW PDN DEACT %d', 'ME PDN DEACT %d', 'NW DETACH'):
                if method == 'Connect':
                    bed.call(bearer, BEARER, 'Disconnect')
                before = len(bed.simulator.commands(command))
                ended = begin_call(bed, bearer, method)
                wait_for('a ' + method, lambda known=before, what=command: len(bed.simulator.commands(what)) > known)
                cid = int(bed.simulator.commands(command)[-1].split('=')[1].split(',')[0])
                bed.simulator.command('cgev ' + (line % cid if '%' in line else line))
                wait_for('the bearer to be down',
                         lambda known=method: known == 'Connect' or not bed.properties(bearer, BEARER)['Connected'])
                again = begin_call(bed, bearer, 'Connect')
                wait_for('the end of a %s in which %s came' % (method, line), lambda one=ended, two=again: one and two)
                # Whatever came of it, it can be put right
                if not bed.properties(bearer, BEARER)['Connected']:
                    bed.call(bearer, BEARER, 'Connect')
                wait_for('the session', bed.simulator.sessions)


def case_write_fails():
    """A command that could not be written is one that failed; the next one may work."""
    with Bed() as bed:
        path = bed.path('no-writes')
        bed.daemon.process.stop()
        bed.daemon_environment['PORT_WRITES_FAIL'] = path
        bed.daemon.start()
        bed.ready()
        with open(path, 'w', encoding='utf-8'):
            pass
        failure(bed.verb, 'Check', url=bed.server.url)
        os.unlink(path)
        check_works(bed)


def case_ports_in_any_order():
    """udev tells of the ports one after the other, and in any order."""
    for seed in (1, 2, 3):
        with Bed({'port': {'order': 'mixed', 'plug-gap': 0.4, 'seed': seed}}, speed=4) as bed:
            bed.wait_modem(3)
            properties = bed.modem_properties()
            kinds = [kind for _name, kind in properties['Ports']]
            assert properties['Plugin'] == 'tdtech' and 2 in kinds, properties


def case_gone_before_udev_tells():
    """For a while every write to the ports of a module that is gone is an error."""
    with Bed({'port': {'unplug-gap': 20}}) as bed:
        bed.ready()
        bed.simulator.command('unplug')
        failure(bed.verb, 'Check', url=bed.server.url)
        wait_for('the modem to be gone', lambda: not bed.modems())
        bed.simulator.command('plug')
        bed.ready()
        check_works(bed)


def case_second_ok():
    with Bed() as bed:
        bed.ready()
        bed.allowed_violations.append('sent before the answer')
        bed.simulator.fault(kind='ok-twice', pattern='*', count=30)
        pump(0.5)
        bed.simulator.command('clear-faults')
        check_works(bed)


def case_nul_bytes():
    check({'port': {'nuls': 5}})


def case_lines_in_the_echo():
    check({'noise': {'in-echo': 0.5}})


def case_state_lines_from_the_start():
    """^FOTASTATE at every moment, while the modem is made and initialized, too."""
    with Bed({'noise': {'state-lines': 5}}) as bed:
        bed.ready()
        check_works(bed)
        bed.simulator.command('power-cycle 2')
        wait_for('the modem to be gone', lambda: not bed.modems())
        bed.ready()
        check_works(bed)


def case_version_unread_at_first():
    with Bed({'module': {'version-fails': 1}}) as bed:
        bed.ready()
        wait_for('the version', lambda: bed.fota()['Version'] == OLD_VERSION)


def case_glued_answers():
    """`^FOTASTATE: 10OK` is asked for once more."""
    for pattern in ('^FOTASTATE?', '^FOTAMODE?', '^NDISSTATQRY?', '^SETAUTODIAL?'):
        with Bed() as bed:
            bed.ready()
            bed.simulator.fault(kind='glued', pattern=pattern, relative=True)
            check_works(bed)


def case_swallowed_message():
    """An SMS that the module swallows does not take the modem away."""
    with Bed({'sms': {'send': 'swallow'}}) as bed:
        bed.ready()
        message = GLib.Variant('(a{sv})', ({'number': GLib.Variant('s', '+8613800138000'),
                                            'text': GLib.Variant('s', 'hello')},))
        modem = bed.modem
        path = bed.call(modem, SERVICE + '.Modem.Messaging', 'Create', message)[0]
        failure(bed.call, path, SERVICE + '.Sms', 'Send', timeout=120)
        check_works(bed)
        assert bed.modem == modem


if __name__ == '__main__':
    tap.run(globals())
