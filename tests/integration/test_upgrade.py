#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Upgrade: conditions, the data path, ^FWUP, the reboot, the verdict."""

import time

import tap
from contract import (BEARER, CALL_ACTIVE, CALL_UP, CANCELLED, CORE_ERROR, DOWNLOADED, EVENT_CANCELLED,
                      EVENT_DATA_PAUSED, EVENT_DATA_RESTORED, EVENT_UPGRADE_FAILED, EVENT_UPGRADE_SCHEDULED,
                      EVENT_UPGRADE_STARTED, EVENT_UPGRADE_SUCCEEDED, FAILED, FOTA, FOTA_ERROR, IDLE, REFUSED,
                      SUCCEEDED, UPGRADING, VERIFYING, WAITING, error_name, expect_error)
from gi.repository import GLib
from harness import NEW_VERSION, OLD_VERSION, Bed, pump, wait_for

# Upgrades wait for module and daemon several times
LONG = 300

PACKAGE_THERE = {'state': '40', 'package-version': NEW_VERSION}


def scenario(**fota):
    keys = dict(PACKAGE_THERE)
    keys.update({key.replace('_', '-'): value for key, value in fota.items()})
    return {'fota': keys}


def waiting(bed):
    """Registered, connected, with the package on the module."""
    bed.ready()
    bed.wait_state(DOWNLOADED)
    return bed.connect()


def fwups(bed):
    return bed.simulator.commands(r'\^FWUP')


def case_success():
    with Bed(scenario()) as bed:
        bearer = waiting(bed)
        transaction = bed.verb('Upgrade')
        result = bed.wait_result(transaction, LONG)
        assert result['outcome'] == SUCCEEDED, result
        assert (result['from'], result['to']) == (OLD_VERSION, NEW_VERSION), result
        assert 0 < result['started'] <= result['finished'], result
        fota = bed.fota()
        assert fota['Version'] == NEW_VERSION, fota
        # The module's blanks vary
        assert fota['BuildTime'].split() == 'Jun 12 2026, 09:30:11'.split(), fota
        assert fota['State'] == IDLE and fota['Transaction'] == '', fota
        assert len(fwups(bed)) == 1
        assert bed.simulator.status()['fota']['flashes-done'] == 1
        kinds = bed.kinds()
        for kind in (EVENT_DATA_PAUSED, EVENT_UPGRADE_STARTED, EVENT_UPGRADE_SUCCEEDED):
            assert kind in kinds, kinds
        assert kinds.index(EVENT_DATA_PAUSED) < kinds.index(EVENT_UPGRADE_STARTED), kinds
        del bearer


def case_update_in_one_go():
    """Download with upgrade, the whole flow under one transaction."""
    with Bed() as bed:
        bed.ready()
        bed.connect()
        transaction = bed.verb('Download', url=bed.server.url, upgrade=True, expect_version=NEW_VERSION)
        result = bed.wait_result(transaction, LONG)
        assert result['outcome'] == SUCCEEDED and result['to'] == NEW_VERSION, result


def case_interface_comes_back():
    """The modem has another path after the reboot; data connects there."""
    # ModemManager gives the ports seconds to show up, udev takes real time to tell of them
    with Bed(scenario(), speed=8) as bed:
        waiting(bed)
        first = bed.modem
        bed.wait_result(bed.verb('Upgrade'), LONG)
        assert bed.modem != first
        bed.registered()
        bed.connect()
        assert bed.simulator.sessions()


def case_data_is_paused_and_held():
    """The session is down before ^FWUP, and nothing connects until the result."""
    with Bed(scenario(), speed=8) as bed:
        bearer = waiting(bed)
        # ^FWUP's answer is held: the moment lasts as long as we like
        bed.simulator.fault(kind='stop', pattern='AT^FWUP')
        transaction = bed.verb('Upgrade')
        wait_for('^FWUP', lambda: fwups(bed))
        assert not bed.simulator.sessions(), 'data was up under ^FWUP'
        assert not bed.properties(bearer, BEARER)['Connected']
        assert not bed.fota()['Interruptible']
        with expect_error(CORE_ERROR + 'Retry') as error:
            bed.call(bearer, BEARER, 'Connect')
        assert 'upgrade' in error.message.lower(), error.message
        with expect_error(CORE_ERROR + 'WrongState', CORE_ERROR + 'InProgress'):
            bed.verb('Cancel')
        wait_for('the module to go on', lambda: bed.simulator.command('continue')['continued'])
        result = bed.wait_result(transaction, LONG)
        assert result['outcome'] == SUCCEEDED, result
        commands = bed.simulator.commands(r'NDISDUP|FWUP')
        fwup = next(index for index, command in enumerate(commands) if 'FWUP' in command)
        assert any(',0' in command for command in commands[:fwup]), commands


def case_refused_then_accepted():
    """^FWUP refused: a condition not met; tried again."""
    with Bed(scenario(refuse_fwup=2)) as bed:
        waiting(bed)
        transaction = bed.verb('Upgrade')
        wait_for('the blocker', lambda: bed.fota().get('Blockers', 0) & REFUSED)
        result = bed.wait_result(transaction, LONG)
        assert result['outcome'] == SUCCEEDED, result
        assert len(fwups(bed)) == 3, fwups(bed)


def case_refused_until_the_end_of_wait():
    with Bed(scenario(refuse_fwup=1000)) as bed:
        bearer = waiting(bed)
        result = bed.wait_result(bed.verb('Upgrade', wait=60), LONG)
        assert result['outcome'] == FAILED and result['error'] == FOTA_ERROR + 'ConditionsNotMet', result
        assert bed.fota()['State'] == DOWNLOADED
        # Given back
        wait_for('data to be back', lambda: bed.simulator.sessions())
        wait_for('the bearer to be connected', lambda: bed.properties(bearer, BEARER)['Connected'])
        wait_for('the event', lambda: EVENT_DATA_RESTORED in bed.kinds())


def case_accepted_but_ignored():
    """OK, but never 50: asked again, three times in all, then Refused."""
    with Bed(scenario(ignore_fwup=1000)) as bed:
        waiting(bed)
        result = bed.wait_result(bed.verb('Upgrade'), LONG)
        assert result['error'] == FOTA_ERROR + 'Refused', result
        assert len(fwups(bed)) == 3, fwups(bed)
        wait_for('data to be back', lambda: bed.simulator.sessions())


def case_accepted_at_the_second_time():
    with Bed(scenario(ignore_fwup=1)) as bed:
        waiting(bed)
        result = bed.wait_result(bed.verb('Upgrade'), LONG)
        assert result['outcome'] == SUCCEEDED, result
        assert len(fwups(bed)) == 2, fwups(bed)


def case_failed_after_reboot():
    with Bed(scenario(outcome='failed')) as bed:
        waiting(bed)
        result = bed.wait_result(bed.verb('Upgrade'), LONG)
        assert result['outcome'] == FAILED and result['error'] == FOTA_ERROR + 'UpgradeFailed', result
        assert result['module-code'] == 70, result
        assert EVENT_UPGRADE_FAILED in bed.kinds()


def case_failed_before_reboot():
    with Bed(scenario(outcome='failed', fail_when='before')) as bed:
        waiting(bed)
        result = bed.wait_result(bed.verb('Upgrade'), LONG)
        assert result['error'] == FOTA_ERROR + 'UpgradeFailed', result


def case_failed_with_code():
    """80,154: relatives' failure, with its code."""
    with Bed(scenario(outcome='failed', outcome_code=154)) as bed:
        waiting(bed)
        result = bed.wait_result(bed.verb('Upgrade'), LONG)
        assert result['error'] == FOTA_ERROR + 'UpgradeFailed' and result['module-code'] == 154, result


def case_version_unchanged():
    with Bed(scenario(outcome='unchanged')) as bed:
        waiting(bed)
        result = bed.wait_result(bed.verb('Upgrade'), LONG)
        assert result['outcome'] == FAILED and result['error'] == FOTA_ERROR + 'VersionUnchanged', result
        assert 'signature' in result['message'], result


def case_build_time_alone_changed():
    """Same EXTS; the guide compares version and build time. Announced is what runs."""
    with Bed(scenario(package_version=OLD_VERSION, exts_after=OLD_VERSION)) as bed:
        waiting(bed)
        result = bed.wait_result(bed.verb('Upgrade'), LONG)
        assert result['outcome'] == SUCCEEDED, result


def case_other_version_installed():
    with Bed({'fota': {'exts-after': '1.2.9.0(SP1C02)'}}) as bed:
        bed.ready()
        result = bed.wait_result(bed.verb('Download', url=bed.server.url, upgrade=True), LONG)
        assert result['outcome'] == FAILED and result['error'] == FOTA_ERROR + 'OtherVersionInstalled', result
        assert result['to'] == '1.2.9.0(SP1C02)', result


def case_by_way_of_3302():
    with Bed(scenario(via_3302=True)) as bed:
        waiting(bed)
        result = bed.wait_result(bed.verb('Upgrade'), LONG)
        assert result['outcome'] == SUCCEEDED, result


def case_reboots_twice():
    with Bed(scenario(reboots=2)) as bed:
        waiting(bed)
        result = bed.wait_result(bed.verb('Upgrade'), LONG)
        assert result['outcome'] == SUCCEEDED, result


def case_version_incomplete_for_a_while():
    with Bed(scenario(incomplete_seconds=30)) as bed:
        waiting(bed)
        result = bed.wait_result(bed.verb('Upgrade'), LONG)
        assert result['outcome'] == SUCCEEDED and result['to'] == NEW_VERSION, result


def case_other_ports_afterwards():
    with Bed(scenario(layout_after='four:ff')) as bed:
        waiting(bed)
        result = bed.wait_result(bed.verb('Upgrade'), LONG)
        assert result['outcome'] == SUCCEEDED, result


def case_sessions_never_told():
    """A module that knows neither ^SETAUTODIAL nor ^NDISSTATQRY can be upgraded all the same."""
    with Bed({'fota': PACKAGE_THERE}) as bed:
        bed.ready()
        bed.wait_state(DOWNLOADED)
        bed.connect()
        for pattern in ('AT^NDISSTATQRY?', 'AT^SETAUTODIAL?'):
            bed.simulator.fault(kind='not-support', pattern=pattern, count=0)
        result = bed.wait_result(bed.verb('Upgrade'), LONG)
        assert result['outcome'] == SUCCEEDED, result
        assert bed.simulator.commands('FWUP')


def case_auto_dial_put_back():
    """Switched off for the upgrade, put back with all its fields."""
    setting = '1,1,"IPV4V6","ctnet","","",0'
    with Bed({'fota': PACKAGE_THERE, 'network': {'auto-dial': setting}}) as bed:
        bed.ready()
        bed.wait_state(DOWNLOADED)
        wait_for('auto-dial', lambda: bed.simulator.sessions())
        result = bed.wait_result(bed.verb('Upgrade'), LONG)
        assert result['outcome'] == SUCCEEDED, result
        commands = bed.simulator.commands(r'SETAUTODIAL=|FWUP')
        assert commands[0] == 'AT^SETAUTODIAL=0', commands
        assert 'FWUP' in commands[1], commands
        wait_for('auto-dial put back', lambda: bed.simulator.status()['session']['auto-dial'] == setting)


def case_auto_dial_put_back_after_refusal():
    setting = '1,1,"IPV4V6","","","",0'
    with Bed({'fota': dict(PACKAGE_THERE, **{'refuse-fwup': 1000}), 'network': {'auto-dial': setting}}) as bed:
        bed.ready()
        bed.wait_state(DOWNLOADED)
        wait_for('auto-dial', lambda: bed.simulator.sessions())
        result = bed.wait_result(bed.verb('Upgrade', wait=40), LONG)
        assert result['error'] == FOTA_ERROR + 'ConditionsNotMet', result
        wait_for('auto-dial put back', lambda: bed.simulator.status()['session']['auto-dial'] == setting)
        wait_for('its session', lambda: bed.simulator.sessions())


def case_module_pulled_while_auto_dial_is_owed():
    """A daemon died and left it off; the module is pulled just as the next one puts it back."""
    setting = '1,1,"IPV4V6","ctnet","","",0'
    with Bed({'fota': PACKAGE_THERE, 'network': {'auto-dial': setting}}) as bed:
        bed.ready()
        bed.wait_state(DOWNLOADED)
        wait_for('auto-dial', lambda: bed.simulator.sessions())
        bed.simulator.fault(kind='stop', pattern='AT^SETAUTODIAL=0')
        bed.verb('Upgrade')
        wait_for('auto-dial switched off', lambda: bed.simulator.commands(r'SETAUTODIAL=0'))
        bed.daemon.kill()
        wait_for('the module to go on', lambda: bed.simulator.command('continue')['continued'])
        bed.simulator.fault(kind='unplug', pattern='AT^SETAUTODIAL=1*', when='before', seconds=60)
        bed.daemon.start()
        wait_for('the second try', lambda: len(bed.simulator.commands(r'SETAUTODIAL=1')) >= 2, LONG)
        wait_for('auto-dial put back', lambda: bed.simulator.status()['session']['auto-dial'] == setting)
        bed.wait_modem()
        assert not bed.simulator.commands(r'FWUP')


def case_delay_and_cancel():
    with Bed(scenario()) as bed:
        waiting(bed)
        transaction = bed.verb('Upgrade', delay=3600)
        fota = bed.wait_state(WAITING)
        now = bed.clock.now()
        assert now < fota['UpgradeTime'] <= now + 3600 + 60, (now, fota['UpgradeTime'])
        assert fota['Interruptible']
        assert EVENT_UPGRADE_SCHEDULED in bed.kinds()
        assert bed.simulator.sessions(), 'data went down before its time'
        bed.verb('Cancel')
        result = bed.wait_result(transaction)
        assert result['outcome'] == CANCELLED, result
        fota = bed.wait_state(DOWNLOADED)
        assert fota['UpgradeTime'] == 0 and not fwups(bed)
        assert bed.simulator.sessions()
        assert EVENT_CANCELLED in bed.kinds()


def case_delay_over():
    with Bed(scenario()) as bed:
        waiting(bed)
        transaction = bed.verb('Upgrade', delay=30)
        bed.wait_state(WAITING)
        result = bed.wait_result(transaction, LONG)
        assert result['outcome'] == SUCCEEDED, result


def case_late_properties_afterwards():
    """What follows when the modem is on the bus follows after an upgrade, too."""
    with Bed({**scenario(), 'card': {'number': '+8613800138000'}}) as bed:
        waiting(bed)
        result = bed.wait_result(bed.verb('Upgrade'), LONG)
        assert result['outcome'] == SUCCEEDED, result
        wait_for('its number', lambda: bed.modem_properties().get('OwnNumbers') == ['+8613800138000'])


def case_call_blocks_then_ends():
    with Bed(scenario()) as bed:
        waiting(bed)
        bed.simulator.command('call active')
        wait_for('the blocker', lambda: bed.fota()['Blockers'] & CALL_UP)
        transaction = bed.verb('Upgrade', wait=3600)
        fota = bed.wait_state(WAITING)
        assert fota['Blockers'] & CALL_UP and fota['Interruptible'], fota
        pump(1)
        assert not fwups(bed)
        # Data goes down last
        assert bed.simulator.sessions()
        bed.simulator.command('call end')
        result = bed.wait_result(transaction, LONG)
        assert result['outcome'] == SUCCEEDED, result


def case_unsolicited_line_in_the_list_of_calls():
    """A line that could be a call's for all one knows: asked again, and nothing waits for it."""
    with Bed(dict(scenario(), noise={'rate': 0, 'in-answers': 0})) as bed:
        waiting(bed)
        first = bed.simulator.status()['at']['exchange-index']
        # Both times that it is asked, the first answer has one
        for occurrence in (1, 3):
            bed.simulator.fault(kind='raw', pattern='AT+CLCC', occurrence=occurrence, relative=True,
                                data=b'\r\n^HCSQ: "NR",51,146,30\r\n\r\nOK\r\n')
        result = bed.wait_result(bed.verb('Upgrade'), LONG)
        assert result['outcome'] == SUCCEEDED, result
        asked = bed.simulator.commands(r'\+CLCC$|FWUP', first)
        assert asked[:asked.index('AT^FWUP')] == ['AT+CLCC'] * 4, asked
        assert bed.kinds().count(EVENT_DATA_PAUSED) == 1, bed.kinds()
        assert 'firmware: blocked' not in bed.daemon.log()


def case_call_until_the_end_of_wait():
    with Bed(scenario()) as bed:
        waiting(bed)
        bed.simulator.command('call active')
        wait_for('the blocker', lambda: bed.fota()['Blockers'] & CALL_UP)
        result = bed.wait_result(bed.verb('Upgrade', wait=60), LONG)
        assert result['outcome'] == FAILED and result['error'] == FOTA_ERROR + 'ConditionsNotMet', result
        assert 'call' in result['message'], result
        assert not fwups(bed) and bed.simulator.sessions()
        bed.wait_state(DOWNLOADED)


def case_call_hung_up():
    with Bed(scenario()) as bed:
        waiting(bed)
        bed.simulator.command('call active')
        wait_for('the blocker', lambda: bed.fota()['Blockers'] & CALL_UP)
        result = bed.wait_result(bed.verb('Upgrade', hang_up_calls=True), LONG)
        assert result['outcome'] == SUCCEEDED, result


def known_call(bed):
    """A call that ModemManager has in its list, and knows to be active."""
    bed.simulator.command('call ring')
    wait_for('the call', lambda: bed.calls())
    bed.simulator.command('call active')
    wait_for('the call to be active', lambda: [call['State'] for call in bed.calls().values()] == [CALL_ACTIVE])


def case_known_call_ends():
    """ModemManager does not look at an active call again: that it ended, the module tells."""
    with Bed(scenario()) as bed:
        waiting(bed)
        known_call(bed)
        transaction = bed.verb('Upgrade', wait=3600)
        wait_for('the blocker', lambda: bed.fota()['Blockers'] & CALL_UP)
        bed.simulator.command('call end')
        result = bed.wait_result(transaction, LONG)
        assert result['outcome'] == SUCCEEDED, result


def case_known_call_hung_up():
    with Bed(scenario()) as bed:
        waiting(bed)
        known_call(bed)
        result = bed.wait_result(bed.verb('Upgrade', hang_up_calls=True), LONG)
        assert result['outcome'] == SUCCEEDED, result


def case_cancelled_while_waiting():
    with Bed(scenario(refuse_fwup=1000)) as bed:
        waiting(bed)
        transaction = bed.verb('Upgrade', wait=3600)
        wait_for('a refusal', lambda: bed.fota().get('Blockers', 0) & REFUSED)
        bed.verb('Cancel')
        result = bed.wait_result(transaction)
        assert result['outcome'] == CANCELLED, result
        wait_for('data to be back', lambda: bed.simulator.sessions())


def case_package_is_another():
    """Refused at once, or soon after; flashed never."""
    with Bed(scenario()) as bed:
        waiting(bed)
        try:
            transaction = bed.verb('Upgrade', expect_version='9.9.9.9(SP9C99)')
        except GLib.Error as error:
            name = error_name(error)
        else:
            name = bed.wait_result(transaction, LONG)['error']
        assert name == FOTA_ERROR + 'OtherVersionOffered', name
        assert not fwups(bed) and bed.simulator.sessions()


def case_nothing_downloaded():
    with Bed() as bed:
        bed.ready()
        with expect_error(CORE_ERROR + 'WrongState') as error:
            bed.verb('Upgrade')
        assert 'ownload' in error.message, error.message


def killed(bed, when, **values):
    """Runs an upgrade whose daemon is killed when the condition comes true; returns the result."""
    transaction = bed.verb('Upgrade', **values)
    wait_for('the moment to kill', when)
    bed.daemon.restart()
    bed.wait_modem(3)
    return bed.wait_result(transaction, LONG)


def case_daemon_killed_while_delayed():
    with Bed(scenario()) as bed:
        waiting(bed)
        result = killed(bed, lambda: bed.fota().get('State') == WAITING, delay=60)
        assert result['outcome'] in (SUCCEEDED, FAILED), result
        check_one_flash(bed, result)


def case_daemon_killed_when_data_is_paused():
    with Bed(scenario()) as bed:
        waiting(bed)
        result = killed(bed, lambda: not bed.simulator.sessions())
        check_one_flash(bed, result)


def case_daemon_killed_at_fwup():
    with Bed(scenario()) as bed:
        waiting(bed)
        bed.simulator.fault(kind='stop', pattern='AT^FWUP')
        transaction = bed.verb('Upgrade')
        wait_for('^FWUP', lambda: fwups(bed))
        bed.daemon.kill()
        wait_for('the module to go on', lambda: bed.simulator.command('continue')['continued'])
        bed.daemon.start()
        bed.wait_modem(3)
        result = bed.wait_result(transaction, LONG)
        check_one_flash(bed, result)


def case_daemon_killed_while_the_module_flashes():
    with Bed(scenario()) as bed:
        waiting(bed)
        result = killed(bed, lambda: bed.simulator.status()['fota']['upgrading'])
        assert result['outcome'] == SUCCEEDED, result
        check_one_flash(bed, result)


def case_daemon_killed_while_verifying():
    with Bed(scenario(incomplete_seconds=60)) as bed:
        waiting(bed)
        result = killed(bed, lambda: bed.fota().get('State') == VERIFYING)
        assert result['outcome'] == SUCCEEDED, result
        check_one_flash(bed, result)


def check_one_flash(bed, result):
    """One result, and a true one; what was up is up, or its time has come."""
    done = bed.simulator.status()['fota']['flashes-done']
    assert done == (1 if result['outcome'] == SUCCEEDED else 0), (done, result)
    assert bed.simulator.status()['fota']['fwup-accepted'] <= 1
    events = bed.call(bed.modem, FOTA, 'ListEvents', GLib.Variant('(t)', (0,)))[0]
    finals = [event for event in events if event['transaction'] == result['transaction']
              and event['kind'] in (EVENT_UPGRADE_SUCCEEDED, EVENT_UPGRADE_FAILED, EVENT_CANCELLED)]
    assert len(finals) == 1, events


def case_events_survive():
    with Bed(scenario()) as bed:
        waiting(bed)
        bed.wait_result(bed.verb('Upgrade'), LONG)
        listed = bed.call(bed.modem, FOTA, 'ListEvents', GLib.Variant('(t)', (0,)))[0]
        sequences = [event['sequence'] for event in listed]
        assert sequences == sorted(set(sequences)), sequences
        assert bed.fota()['LastEvent'] == sequences[-1]
        journal = bed.fota()['Journal']
        assert len(journal) == 16 and set(journal) <= set('0123456789abcdef'), journal
        bed.daemon.restart()
        bed.wait_modem(3)
        bed.wait_fota()
        assert bed.fota()['Journal'] == journal, (bed.fota()['Journal'], journal)
        again = bed.call(bed.modem, FOTA, 'ListEvents', GLib.Variant('(t)', (0,)))[0]
        assert again == listed, (listed, again)
        after = bed.call(bed.modem, FOTA, 'ListEvents', GLib.Variant('(t)', (sequences[-2],)))[0]
        assert [event['sequence'] for event in after] == sequences[-1:], after
        assert bed.fota()['Result']['outcome'] == SUCCEEDED
        assert abs(listed[-1]['time'] - time.time()) < 7 * 86400, listed[-1]


def case_state_upgrading_seen():
    with Bed(scenario(), speed=8) as bed:
        waiting(bed)
        transaction = bed.verb('Upgrade')
        bed.wait_result(transaction, LONG)
        states = [changed['State'] for _path, interface, changed in bed.changes
                  if interface == FOTA and 'State' in changed]
        assert UPGRADING in states, states


if __name__ == '__main__':
    tap.run(globals())
