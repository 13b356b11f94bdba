#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The stock daemon finds the module, whatever it looks like, and knows who it is."""

import tap
from contract import ACCESS_5GNR, ACCESS_LTE, FOTA, MODEM, MODEM_3GPP, MODEM_FIRMWARE, MODEM_STATE_FAILED, SIM
from gi.repository import GLib
from harness import Bed, pump, wait_for

CAPABILITY_LTE, CAPABILITY_5GNR = 1 << 3, 1 << 6

STATE_LOCKED = 2
LOCK_SIM_PIN, LOCK_SIM_PUK, LOCK_SIM_PIN2, LOCK_SIM_PUK2 = 2, 4, 3, 5
RETRIES = {LOCK_SIM_PIN: 3, LOCK_SIM_PUK: 10, LOCK_SIM_PIN2: 3, LOCK_SIM_PUK2: 10}
FACILITY_SIM = 1

# A SIM card that tells everything there is to tell
FULL_CARD = {'retries': True, 'number': '+8613800138000', 'gid1': '0A1B', 'gid2': 'FF', 'preferred-network': '46001'}


def ports(properties):
    """{'ttyUSB0': type, …}; type 2 net, 3 AT, 5 GPS, 8 ignored"""
    return dict(properties['Ports'])


def check_found(bed, model, revision):
    bed.wait_modem(3)
    properties = bed.modem_properties()
    assert properties['Plugin'] == 'tdtech', properties['Plugin']
    assert properties['Model'] == model, properties['Model']
    assert properties['Revision'] == revision, properties['Revision']
    assert properties['Manufacturer'] == 'TD Tech Ltd.', properties['Manufacturer']
    assert properties['EquipmentIdentifier'] == bed.simulator.status()['identity']['imei']
    return properties


def case_mt5700m():
    with Bed({'module': {'identity': 'mt5700m'}}) as bed:
        properties = check_found(bed, 'MT5700M-CN', 'V200R001C20B025')
        assert properties['CurrentCapabilities'] & CAPABILITY_LTE
        assert properties['CurrentCapabilities'] & CAPABILITY_5GNR
        found = ports(properties)
        assert properties['PrimaryPort'].startswith('ttyUSB'), properties['PrimaryPort']
        assert found[properties['PrimaryPort']] == 3, found
        assert 2 in found.values(), 'no net port: %r' % found


def case_mt5710():
    with Bed({'module': {'identity': 'mt5710'}}) as bed:
        # ATI says MT5710_CN; the product's name has a hyphen
        check_found(bed, 'MT5710-CN', 'V200R001C20B025')


def case_old_firmware():
    with Bed({'module': {'identity': 'old'}}) as bed:
        properties = check_found(bed, 'Modem V100R100C20B563', 'V100R100C20B563')
        assert properties['State'] != MODEM_STATE_FAILED


def case_four_ports():
    """Newer firmware has four serial ports, with another interface subclass."""
    with Bed({'module': {'layout': 'four:ff'}}) as bed:
        properties = check_found(bed, 'MT5700M-CN', 'V200R001C20B025')
        assert ports(properties)[properties['PrimaryPort']] == 3


def case_without_udev_rules():
    """The interface protocol tells what a port is, also where our rules are not installed."""
    with Bed({'module': {'udev-hints': False}}) as bed:
        properties = check_found(bed, 'MT5700M-CN', 'V200R001C20B025')
        assert ports(properties)[properties['PrimaryPort']] == 3


def case_every_setmode():
    for mode in (0, 1, 4, 6, 8):
        with Bed({'module': {'setmode': mode}}) as bed:
            check_found(bed, 'MT5700M-CN', 'V200R001C20B025')


def case_ethernet_phy():
    """Serial ports only: a modem without a net port, and the firmware interface all the same."""
    with Bed({'module': {'ethernet': True}}) as bed:
        properties = check_found(bed, 'MT5700M-CN', 'V200R001C20B025')
        assert 2 not in ports(properties).values()
        bed.wait_fota()


def case_stuck_in_data():
    """The AT port is found in PPP data state."""
    with Bed({'module': {'stuck-in-data': True}}) as bed:
        check_found(bed, 'MT5700M-CN', 'V200R001C20B025')


def case_boots_on_usb():
    """On USB long before it takes commands: not even "+++" stands in the way of the first one."""
    with Bed({'module': {'plugged': False}, 'timing': {'boot-seconds': 90}}) as bed:
        bed.simulator.command('plug')
        bed.registered()
        assert bed.simulator.commands()[0] == 'ATI', bed.simulator.commands()[:5]


def case_boots_on_usb_and_answers_late():
    """What was asked while the module booted it answers in one go: no answer is taken for another one's."""
    with Bed({'module': {'plugged': False, 'early-input': True}, 'timing': {'boot-seconds': 90}}) as bed:
        # It is asked again just as it wakes up
        bed.allowed_violations.append("'command': 'ATI', 'reason': 'sent before the answer to ATI'")
        bed.simulator.command('plug')
        check_found(bed, 'MT5700M-CN', 'V200R001C20B025')
        bed.registered()


def case_never_boots():
    """Silent for good: ModemManager asks no more, and is there for others."""
    with Bed({'module': {'plugged': False}, 'timing': {'boot-seconds': 100000}}) as bed:
        bed.simulator.command('plug')
        wait_for('the end of probing', lambda: "couldn't create modem" in bed.daemon.log())
        assert not bed.modems()


def wait_late_properties(bed):
    """They follow when the modem is on the bus."""
    def sim():
        return bed.properties(bed.modem_properties()['Sim'], SIM)

    wait_for('its number', lambda: bed.modem_properties()['OwnNumbers'] == ['+8613800138000'])
    wait_for('the tries left', lambda: bed.modem_properties()['UnlockRetries'] == RETRIES)
    wait_for('the preferred networks', lambda: [code for code, _act in sim()['PreferredNetworks']] == ['46001'])
    wait_for('the first group', lambda: bytes(sim()['Gid1']) == b'\x0a\x1b')
    wait_for('the second group', lambda: bytes(sim()['Gid2']) == b'\xff')
    assert sim()['SimIdentifier'] == '89860123456789012345', sim()


def case_late_properties():
    """What nobody needs to use the modem is not waited for, but not forgotten."""
    with Bed({'card': FULL_CARD}) as bed:
        bed.wait_modem(3)
        wait_late_properties(bed)
        assert bed.modem_properties(MODEM_3GPP)['EnabledFacilityLocks'] == 0
        commands = bed.simulator.commands()
        assert commands.count('AT+CNUM') == 1 and commands.index('AT+CNUM') > commands.index('AT^FOTASTATE?'), commands
        bed.registered()


def case_locked_sim():
    """Whoever has to give a PIN sees at once how many tries are left, and after a wrong one, too."""
    with Bed({'card': dict(FULL_CARD, pin='1234')}) as bed:
        bed.wait_modem(STATE_LOCKED)
        properties = bed.modem_properties()
        assert properties['State'] == STATE_LOCKED and properties['UnlockRequired'] == LOCK_SIM_PIN, properties
        assert properties['UnlockRetries'] == RETRIES, properties['UnlockRetries']
        wait_for('the lock', lambda: bed.modem_properties(MODEM_3GPP).get('EnabledFacilityLocks') == FACILITY_SIM)
        bed.wait_fota()

        try:
            bed.call(properties['Sim'], SIM, 'SendPin', GLib.Variant('(s)', ('4321',)))
            raise AssertionError('a wrong PIN was taken')
        except GLib.Error as error:
            assert 'IncorrectPassword' in error.message, error.message
        wait_for('a try less', lambda: bed.modem_properties()['UnlockRetries'] == {**RETRIES, LOCK_SIM_PIN: 2})

        bed.call(properties['Sim'], SIM, 'SendPin', GLib.Variant('(s)', ('1234',)))
        bed.registered()
        wait_late_properties(bed)
        assert bed.modem_properties(MODEM_3GPP)['EnabledFacilityLocks'] == FACILITY_SIM


def case_noise():
    """A flood of unsolicited lines, between command and answer too."""
    with Bed({'noise': {'rate': 5, 'in-answers': 0.8, 'seed': 7}}) as bed:
        check_found(bed, 'MT5700M-CN', 'V200R001C20B025')
        bed.registered()
        before = len(bed.daemon.log())
        pump(3)
        bed.wait_fota()
        # The port's own debug lines are there; nothing else may grow with the noise
        late = [line for line in bed.daemon.log()[before:].splitlines()
                if ('<info>' in line or '<warn>' in line or '<error>' in line)]
        assert len(late) < 10, late[:20]


def case_firmware_interface():
    """Versions as the module tells them, state read, no update method that would lure fwupd."""
    with Bed() as bed:
        bed.wait_modem(3)
        fota = bed.wait_fota()
        assert fota['ModuleState'] == 10 and fota['State'] == 1, fota
        assert fota['Version'] == '1.2.5.0(SP1C02)', fota['Version']
        # The module's blanks vary
        assert fota['BuildTime'].split() == ['Jan', '28', '2026,', '18:42:02'], fota['BuildTime']
        assert fota['Revision'] == 'V200R001C20B025', fota['Revision']
        assert fota['Percent'] == 4294967295 and fota['BytesTotal'] == 0
        assert fota['Result'] == {} and fota['Update'] == {} and fota['Transaction'] == ''
        method, details = bed.modem_properties(MODEM_FIRMWARE)['UpdateSettings']
        assert method == 0, method
        assert details.get('version'), details
        assert any('VID_3466' in ident for ident in details['device-ids']), details


def case_interface_on_disabled_modem():
    with Bed() as bed:
        bed.wait_modem(3)
        bed.wait_fota()
        assert bed.modem_properties()['State'] < 6
        assert FOTA in bed.objects()[bed.modem]


def case_registered_on_nr():
    with Bed({'network': {'technology': 'nr'}}) as bed:
        bed.registered()
        wait_for('5G', lambda: bed.modem_properties()['AccessTechnologies'] & ACCESS_5GNR)


def case_registered_on_lte():
    with Bed({'network': {'technology': 'lte'}}) as bed:
        bed.registered()
        wait_for('LTE', lambda: bed.modem_properties()['AccessTechnologies'] & ACCESS_LTE)


def case_registered_by_cereg_alone():
    """+CREG knows nothing of LTE and NR, and +WS46=? is an error."""
    with Bed({'network': {'creg': False}, 'module': {'ws46': False}}) as bed:
        bed.registered()


def case_registered_late():
    with Bed({'network': {'registration': 'searching'}}) as bed:
        bed.enable()
        wait_for('enabled', lambda: bed.modem_properties()['State'] >= 6)
        bed.simulator.command('register home')
        bed.wait_modem(8)


def case_replugged():
    """Another object path, the same module, the interface again."""
    with Bed() as bed:
        bed.registered()
        first = bed.modem
        bed.simulator.command('unplug')
        wait_for('the modem to go', lambda: not bed.modems())
        bed.simulator.command('plug')
        bed.registered()
        assert bed.modem != first
        bed.wait_fota()


def case_daemon_restarted():
    """The module lives on with echo off and a backlog of lines."""
    with Bed({'noise': {'rate': 2}}) as bed:
        bed.registered()
        bed.daemon.restart()
        bed.registered()
        bed.wait_fota()
        assert MODEM in bed.objects()[bed.modem]


def case_unknown_commands_refused_otherwise():
    for answer in ('error', 'cme', 'not-support'):
        with Bed({'module': {'unknown-command': answer}}) as bed:
            bed.registered()


if __name__ == '__main__':
    tap.run(globals())
