# SPDX-License-Identifier: GPL-2.0-or-later
"""A report of mmfota, read."""

import re

from gi.repository import GLib

from processes import wait_for

PORT_NET = 2

# What a module has that does not change with what is done to it
LASTING = {
    'org.freedesktop.ModemManager1.Modem': ('Manufacturer', 'Model', 'Revision', 'EquipmentIdentifier'),
    'org.freedesktop.ModemManager1.Modem.Modem3gpp': ('Imei', 'OperatorCode', 'OperatorName', 'RegistrationState'),
    'org.freedesktop.ModemManager1.Sim': ('SimIdentifier', 'Imsi', 'OperatorIdentifier'),
    'com.td_tech.ModemManager1.Modem.Fota': ('Version', 'BuildTime', 'Revision'),
}

LASTING_OVER_UPGRADE = {
    'org.freedesktop.ModemManager1.Modem': ('Manufacturer', 'Model', 'EquipmentIdentifier'),
    'org.freedesktop.ModemManager1.Modem.Modem3gpp': ('Imei',),
    'org.freedesktop.ModemManager1.Sim': ('SimIdentifier', 'Imsi'),
}

PROPERTY = re.compile(r'^(/\S+) (\S+)\.(\w+) = (.*)$')


class Report:
    def __init__(self, path):
        self.sections = {}
        with open(path, encoding='utf-8') as text:
            self.lines = text.read().splitlines()
        lines = self.sections.setdefault('', [])
        for line in self.lines:
            if line.startswith('['):
                lines = self.sections.setdefault(line.strip('[]'), [])
            elif line and not line.startswith('#'):
                lines.append(line)

    def properties(self):
        """{interface: {name: value}}; of several objects of a kind the first"""
        found = {}
        for line in self.sections.get('properties', []):
            match = PROPERTY.match(line)
            assert match, line
            _path, interface, name, value = match.groups()
            found.setdefault(interface, {}).setdefault(name, GLib.Variant.parse(None, value, None, None).unpack())
        return found

    def events(self):
        return [GLib.Variant.parse(None, line.split(' = ', 1)[1], None, None).unpack()
                for line in self.sections.get('events', [])]

    def commands(self):
        return [match.group(1) for match in (re.match(r'^\S+ \S+ > "(.*)\\r"$', line) for line in self.sections['at'])
                if match]


def properties_of(bed):
    """The same of a modem that is there."""
    found = {}
    for interfaces in bed.objects().values():
        for interface, properties in interfaces.items():
            found.setdefault(interface, properties)
    modem = found.get('org.freedesktop.ModemManager1.Modem', {})
    for interface, paths in (('org.freedesktop.ModemManager1.Sim', [modem.get('Sim', '/')]),
                             ('org.freedesktop.ModemManager1.Bearer', modem.get('Bearers', []))):
        for path in paths:
            if path != '/':
                found.setdefault(interface, bed.properties(path, interface))
    return found


def has_net_port(bed):
    return any(kind == PORT_NET for _name, kind in bed.modem_properties().get('Ports', []))


def plug(bed):
    """Into a daemon that runs; until the modem has its net port, which may come last, and
    has the plugin build the modem once more."""
    wait_for('the daemon', lambda: bed.mmcli('-L').returncode == 0)
    bed.simulator.command('plug')
    wait_for('the modem with its net port', lambda: has_net_port(bed))
    bed.ready()


def differences(expected, seen, names=None):
    """Of what both have"""
    told = []
    for interface, properties in (names or LASTING).items():
        for name in properties:
            if name in expected.get(interface, {}):
                left, right = expected[interface][name], seen.get(interface, {}).get(name)
                if left != right:
                    told.append('%s.%s: %r in the report, %r now' % (interface, name, left, right))
    return told
