#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 modemmanager-tdtech authors

"""Updates a module's firmware over D-Bus, the way a program should.

  update.py URL [IMEI]

Exit status: 0 upgraded, 2 the server has nothing newer, 1 anything else.

What is easily done wrong, and how it is done here:

* A modem is known by its IMEI. In an upgrade its object leaves the bus and comes back
  under another path, and so it does when ModemManager is restarted.
* A transaction is known by an id of our own, given as an option: its Result may be there
  before the reply to the method is.
* State wanders within one transaction (from downloaded to waiting, and so on). Only
  Result with our id ends it; Result of another id is another's.
* Signals only announce. What was missed while nobody was on the bus is asked for:
  Result, and ListEvents after the last sequence number. Numbers may have gaps.
"""

import sys
import uuid

from gi.repository import Gio, GLib

SERVICE = 'org.freedesktop.ModemManager1'
ROOT = '/org/freedesktop/ModemManager1'
MODEM = 'org.freedesktop.ModemManager1.Modem'
FOTA = 'com.td_tech.ModemManager1.Modem.Fota'
SUCCEEDED, FAILED, CANCELLED, NOTHING_NEWER = range(1, 5)

# A module that works alone takes minutes; nobody waits for ever.
LOST_AFTER = 30 * 60


class Modem:
    """One module, wherever on the bus it is."""

    def __init__(self, imei=None):
        self.imei = imei
        self.last_event = 0
        self.loop = GLib.MainLoop()
        self.manager = Gio.DBusObjectManagerClient.new_for_bus_sync(
            Gio.BusType.SYSTEM, Gio.DBusObjectManagerClientFlags.DO_NOT_AUTO_START, SERVICE, ROOT,
            None, None, None)
        for signal in ('object-added', 'object-removed', 'interface-added', 'interface-removed',
                       'interface-proxy-properties-changed', 'notify::name-owner'):
            self.manager.connect(signal, self.something_happened)
        fota = self.fota()
        if fota:
            self.last_event = fota.get_cached_property('LastEvent').unpack()

    def something_happened(self, *_details):
        self.loop.quit()

    def fota(self):
        """The proxy of the firmware interface, None while the modem is away."""
        for thing in self.manager.get_objects():
            modem, fota = thing.get_interface(MODEM), thing.get_interface(FOTA)
            if not modem or not fota:
                continue
            imei = modem.get_cached_property('EquipmentIdentifier').unpack()
            if self.imei in (None, imei):
                self.imei = imei
                return fota
        return None

    def wait(self, seconds):
        """Until something changes; False if nothing does for so long."""
        timer = GLib.timeout_add_seconds(seconds, self.loop.quit)
        self.loop.run()
        # Gone if it has ended the waiting
        if GLib.MainContext.default().find_source_by_id(timer):
            GLib.source_remove(timer)
            return True
        return False

    def tell_events(self, fota):
        """What has happened since, also while nobody looked. One that may not ask misses the story, not the result."""
        try:
            events = fota.call_sync('ListEvents', GLib.Variant('(t)', (self.last_event,)), 0, -1, None).unpack()[0]
        except GLib.Error:
            return
        for event in events:
            self.last_event = event['sequence']
            print('event', event['sequence'], 'kind', event['kind'], event.get('version', ''))

    def result_of(self, transaction):
        while True:
            fota = self.fota()
            if fota:
                self.tell_events(fota)
                result = fota.get_cached_property('Result').unpack()
                if result.get('transaction') == transaction:
                    return result
            if not self.wait(LOST_AFTER):
                return {'outcome': FAILED, 'message': 'the module does not come back'}

    def run(self, method, **options):
        """Starts an operation and returns its result, however long that takes."""
        transaction = 'example-' + str(uuid.uuid4())
        options['transaction'] = GLib.Variant('s', transaction)
        fota = self.fota()
        if not fota:
            return {'outcome': FAILED, 'message': 'the modem is gone'}
        try:
            fota.call_sync(method, GLib.Variant('(a{sv})', (options,)), 0, -1, None)
        except GLib.Error as error:
            # Without a reply it may have been taken all the same: the result tells.
            if not (error.matches(Gio.DBusError.quark(), Gio.DBusError.NO_REPLY) or
                    error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.TIMED_OUT)):
                Gio.DBusError.strip_remote_error(error)
                return {'outcome': FAILED, 'message': error.message}
        return self.result_of(transaction)


def main():
    url = GLib.Variant('s', sys.argv[1])
    modem = Modem(sys.argv[2] if len(sys.argv) > 2 else None)
    if not modem.fota():
        print('no such modem', file=sys.stderr)
        return 1

    result = modem.run('Check', url=url)
    if result['outcome'] == SUCCEEDED:
        version = GLib.Variant('s', result['to'])
        # Only what was found is installed, and the conditions are waited for.
        result = modem.run('Download', **{'url': url, 'expect-version': version, 'upgrade': GLib.Variant('b', True)})
        if result['outcome'] == SUCCEEDED:
            print('upgraded from', result['from'], 'to', result['to'])
            return 0
    if result['outcome'] == NOTHING_NEWER:
        print('nothing newer')
        return 2
    print('failed:', result.get('message', ''), file=sys.stderr)
    return 1


sys.exit(main())
