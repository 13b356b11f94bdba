# SPDX-License-Identifier: GPL-2.0-or-later
"""The D-Bus contract as the tests see it: names, numbers, option types."""

import contextlib

from gi.repository import Gio, GLib

SERVICE = 'org.freedesktop.ModemManager1'
ROOT = '/org/freedesktop/ModemManager1'
MODEM = 'org.freedesktop.ModemManager1.Modem'
MODEM_3GPP = 'org.freedesktop.ModemManager1.Modem.Modem3gpp'
MODEM_FIRMWARE = 'org.freedesktop.ModemManager1.Modem.Firmware'
MODEM_SIMPLE = 'org.freedesktop.ModemManager1.Modem.Simple'
MODEM_VOICE = 'org.freedesktop.ModemManager1.Modem.Voice'
BEARER = 'org.freedesktop.ModemManager1.Bearer'
CALL = 'org.freedesktop.ModemManager1.Call'
SIM = 'org.freedesktop.ModemManager1.Sim'
FOTA = 'com.td_tech.ModemManager1.Modem.Fota'
PROPERTIES = 'org.freedesktop.DBus.Properties'

CORE_ERROR = 'org.freedesktop.ModemManager1.Error.Core.'
FOTA_ERROR = 'com.td_tech.ModemManager1.Error.Fota.'
MOBILE_ERROR = 'org.freedesktop.ModemManager1.Error.MobileEquipment.'

# State
UNKNOWN, IDLE, CHECKING, AVAILABLE, DOWNLOADING, SUSPENDED, DOWNLOADED, WAITING, PAUSING_DATA, UPGRADING, \
    VERIFYING = range(11)

# Result.outcome
SUCCEEDED, FAILED, CANCELLED, NOTHING_NEWER = range(1, 5)

# Blockers
NOT_REGISTERED, ROAMING, CALL_UP, DATA_SESSION, AUTO_DIAL, REFUSED = 1, 2, 4, 8, 16, 32

# Event kinds
EVENT_CHECK_FAILED, EVENT_NO_UPDATE, EVENT_UPDATE_AVAILABLE, EVENT_DOWNLOAD_STARTED, EVENT_DOWNLOAD_SUSPENDED, \
    EVENT_DOWNLOAD_SUCCEEDED, EVENT_DOWNLOAD_FAILED, EVENT_UPGRADE_SCHEDULED, EVENT_DATA_PAUSED, \
    EVENT_DATA_RESTORED, EVENT_UPGRADE_STARTED, EVENT_UPGRADE_SUCCEEDED, EVENT_UPGRADE_FAILED, \
    EVENT_CANCELLED = range(1, 15)

PERCENT_UNKNOWN = 4294967295

# ModemManager's own numbers
MODEM_STATE_FAILED, MODEM_STATE_DISABLED, MODEM_STATE_ENABLED, MODEM_STATE_REGISTERED, MODEM_STATE_CONNECTED = \
    -1, 3, 6, 8, 11
CALL_ACTIVE = 4
ACCESS_LTE, ACCESS_5GNR = 1 << 14, 1 << 15

OPTION_TYPES = {
    'url': 's',
    'tls-ca': 'ay',
    'tls-certificate': 'ay',
    'tls-key': 'ay',
    'tls-verify': 'u',
    'expect-version': 's',
    'allow-roaming': 'b',
    'allow-downgrade': 'b',
    'upgrade': 'b',
    'delay': 'u',
    'wait': 'u',
    'hang-up-calls': 'b',
    'transaction': 's',
}


def options(**values):
    """allow_roaming=True becomes {'allow-roaming': <true>}; a GLib.Variant is taken as it is."""
    result = {}
    for name, value in values.items():
        key = name.replace('_', '-')
        if not isinstance(value, GLib.Variant):
            value = GLib.Variant(OPTION_TYPES[key], value)
        result[key] = value
    return result


def error_name(error):
    return Gio.DBusError.get_remote_error(error)


def error_text(error):
    """The message without GDBus' prefix."""
    error = error.copy()
    Gio.DBusError.strip_remote_error(error)
    return error.message


class Caught:
    """What expect_error() caught."""

    name = None
    message = None


@contextlib.contextmanager
def expect_error(*names):
    """The D-Bus errors of these names must come out of the body, nothing else."""
    caught = Caught()
    try:
        yield caught
    except GLib.Error as error:
        caught.name = error_name(error)
        caught.message = error.message
        assert caught.name in names, 'expected %s, got %s: %s' % (' or '.join(names), caught.name, error.message)
        return
    raise AssertionError('expected %s, got no error' % ' or '.join(names))
