# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 modemmanager-tdtech authors

"""A ModemManager of a few lines, on a private bus, that does what it is told.

It has what mmfota looks at: the object manager, and modems with the interfaces
Modem and com.td_tech.ModemManager1.Modem.Fota, whose methods are Python
functions of the test.
"""

import hashlib
import os
import subprocess

from gi.repository import Gio, GLib

NAME = "org.freedesktop.ModemManager1"
ROOT = "/org/freedesktop/ModemManager1"
MODEM = "org.freedesktop.ModemManager1.Modem"
FOTA = "com.td_tech.ModemManager1.Modem.Fota"
CORE_ERROR = "org.freedesktop.ModemManager1.Error.Core."
FOTA_ERROR = "com.td_tech.ModemManager1.Error.Fota."

UNKNOWN = 0xFFFFFFFF

(UNKNOWN_STATE, IDLE, CHECKING, AVAILABLE, DOWNLOADING, SUSPENDED, DOWNLOADED,
 WAITING, PAUSING_DATA, UPGRADING, VERIFYING) = range(11)
SUCCEEDED, FAILED, CANCELLED, NOTHING_NEWER = range(1, 5)

OBJECT_MANAGER_XML = """
<node>
  <interface name="org.freedesktop.DBus.ObjectManager">
    <method name="GetManagedObjects">
      <arg name="objects" type="a{oa{sa{sv}}}" direction="out"/>
    </method>
    <signal name="InterfacesAdded">
      <arg name="path" type="o"/><arg name="interfaces" type="a{sa{sv}}"/>
    </signal>
    <signal name="InterfacesRemoved">
      <arg name="path" type="o"/><arg name="interfaces" type="as"/>
    </signal>
  </interface>
</node>
"""

MODEM_XML = """
<node>
  <interface name="org.freedesktop.ModemManager1.Modem">
    <property name="Device" type="s" access="read"/>
    <property name="EquipmentIdentifier" type="s" access="read"/>
    <property name="Manufacturer" type="s" access="read"/>
    <property name="Model" type="s" access="read"/>
    <property name="DeviceIdentifier" type="s" access="read"/>
    <property name="Plugin" type="s" access="read"/>
  </interface>
</node>
"""

FOTA_DEFAULTS = {
    "State": ("u", IDLE),
    "ModuleState": ("i", 10),
    "Interruptible": ("b", False),
    "Transaction": ("s", ""),
    "Version": ("s", "1.1.6.0(SP1C02)"),
    "BuildTime": ("s", "Jan 28 2026, 18:42:02"),
    "Revision": ("s", "V200R001C20B025"),
    "Update": ("a{sv}", {}),
    "Server": ("s", ""),
    "BytesReceived": ("t", 0),
    "BytesTotal": ("t", 0),
    "Percent": ("u", UNKNOWN),
    "ExpectedSeconds": ("u", UNKNOWN),
    "Blockers": ("u", 0),
    "UpgradeTime": ("t", 0),
    "Result": ("a{sv}", {}),
    "LastEvent": ("t", 0),
    "Journal": ("s", "0123456789abcdef"),
}

OFFER_TYPES = {"version": "s", "size": "t", "description": "s", "url": "s", "downgrade": "b"}
RESULT_TYPES = {"transaction": "s", "verb": "s", "outcome": "u", "error": "s", "message": "s",
                "module-code": "u", "from": "s", "to": "s", "started": "t", "finished": "t"}
EVENT_TYPES = {"sequence": "t", "kind": "u", "time": "t", "transaction": "s", "version": "s",
               "error": "s", "message": "s", "module-code": "u", "sessions": "as"}


def dictionary(types, values):
    return {key: GLib.Variant(types[key], value) for key, value in values.items()}


class DBusError(Exception):
    """What a method of the test raises to be answered with an error."""

    def __init__(self, name, message):
        super().__init__(message)
        self.name = name


class NoReply(Exception):
    """Raised where no answer shall be given."""


class PrivateBus:
    def __init__(self, folder):
        config = os.path.join(folder, "bus.conf")
        with open(config, "w") as out:
            out.write(f"""<busconfig>
              <type>system</type>
              <listen>unix:dir={folder}</listen>
              <auth>EXTERNAL</auth>
              <policy context="default">
                <allow send_destination="*" eavesdrop="true"/>
                <allow eavesdrop="true"/>
                <allow own="*"/>
              </policy>
            </busconfig>""")
        self.process = subprocess.Popen(
            ["dbus-daemon", f"--config-file={config}", "--nofork", "--print-address=1"],
            stdout=subprocess.PIPE, text=True)
        self.address = self.process.stdout.readline().strip()
        assert self.address, "dbus-daemon did not start"

    def stop(self):
        self.process.terminate()
        self.process.wait()


class FakeModem:
    """One modem. Assign methods: modem.on_check = lambda options: …; they return
    the transaction, or raise DBusError."""

    def __init__(self, manager, index, imei, device, fota=True, manufacturer="TD Tech Ltd.", model="MT5700M-CN",
                 plugin="tdtech", device_id=None):
        self.manager = manager
        self.index = index
        self.has_fota = fota
        self.calls = []
        self.events = []
        self.modem_properties = {
            "Device": GLib.Variant("s", device),
            "EquipmentIdentifier": GLib.Variant("s", imei),
            "Manufacturer": GLib.Variant("s", manufacturer),
            "Model": GLib.Variant("s", model),
            # ModemManager makes a sum of what the modem says of itself
            "DeviceIdentifier": GLib.Variant("s", device_id or hashlib.sha1((device + imei).encode()).hexdigest()),
            "Plugin": GLib.Variant("s", plugin),
        }
        self.fota_properties = {key: GLib.Variant(*value) for key, value in FOTA_DEFAULTS.items()}
        self.registrations = []
        self.exported = False
        self.on_call = {}

    @property
    def path(self):
        return f"{ROOT}/Modem/{self.index}"

    def interfaces(self):
        found = {MODEM: self.modem_properties}
        if self.has_fota:
            found[FOTA] = self.fota_properties
        return found

    # Properties

    def set(self, **properties):
        changed = {}
        for key, value in properties.items():
            signature = FOTA_DEFAULTS[key][0]
            if key == "Update":
                value = dictionary(OFFER_TYPES, value)
            elif key == "Result":
                value = dictionary(RESULT_TYPES, value)
            changed[key] = GLib.Variant(signature, value)
        self.fota_properties.update(changed)
        if self.exported and self.manager.owned:
            self.manager.connection.emit_signal(
                None, self.path, "org.freedesktop.DBus.Properties", "PropertiesChanged",
                GLib.Variant("(sa{sv}as)", (FOTA, changed, [])))

    def get(self, key):
        return self.fota_properties[key].unpack()

    def finish(self, transaction, outcome, **result):
        """The end of a transaction: its Result and what goes with it."""
        values = {"transaction": transaction, "outcome": outcome, "started": 1795420000,
                  "finished": 1795420060, "verb": "check", "from": "1.1.6.0(SP1C02)"}
        values.update(result)
        self.set(Transaction="", Interruptible=False, Result=values)

    def event(self, kind, **details):
        sequence = self.get("LastEvent") + 1
        self.events.append({"sequence": sequence, "kind": kind, "time": 1795420000 + sequence, **details})
        self.set(LastEvent=sequence)
        if self.exported and self.manager.owned:
            self.manager.connection.emit_signal(
                None, self.path, FOTA, "Event",
                GLib.Variant("(tua{sv})", (sequence, kind, dictionary(EVENT_TYPES, details))))

    # Methods

    def call(self, connection, sender, path, interface, method, parameters, invocation):
        arguments = parameters.unpack()
        self.calls.append((method, arguments[0]))
        try:
            if method == "ListEvents":
                events = [dictionary(EVENT_TYPES, event) for event in self.events
                          if event["sequence"] > arguments[0]]
                invocation.return_value(GLib.Variant("(aa{sv})", (events,)))
                return
            answer = self.on_call[method](arguments[0])
            if method == "Cancel":
                invocation.return_value(None)
            else:
                invocation.return_value(GLib.Variant("(s)", (answer or arguments[0]["transaction"],)))
        except DBusError as error:
            invocation.return_dbus_error(error.name, str(error))
        except NoReply:
            self.manager.unanswered.append(invocation)

    # Coming and going

    def register(self):
        self.registrations = [self.manager.connection.register_object(
            self.path, Gio.DBusNodeInfo.new_for_xml(MODEM_XML).interfaces[0],
            self.call, lambda *args: self.modem_properties[args[4]], None)]
        if self.has_fota:
            self.registrations.append(self.manager.connection.register_object(
                self.path, self.manager.fota_info,
                self.call, lambda *args: self.fota_properties[args[4]], None))
        self.exported = True

    def unregister(self):
        for registration in self.registrations:
            self.manager.connection.unregister_object(registration)
        self.exported = False

    def plug(self):
        self.register()
        if self.manager.owned:
            self.manager.connection.emit_signal(
                None, ROOT, "org.freedesktop.DBus.ObjectManager", "InterfacesAdded",
                GLib.Variant("(oa{sa{sv}})", (self.path, self.interfaces())))

    def unplug(self):
        self.unregister()
        if self.manager.owned:
            self.manager.connection.emit_signal(
                None, ROOT, "org.freedesktop.DBus.ObjectManager", "InterfacesRemoved",
                GLib.Variant("(oas)", (self.path, list(self.interfaces()))))


LOGIND_XML = """
<node>
  <interface name="org.freedesktop.login1.Manager">
    <method name="ListInhibitors">
      <arg name="inhibitors" type="a(ssssuu)" direction="out"/>
    </method>
  </interface>
</node>
"""

AGENT_XML = """
<node>
  <interface name="com.td_tech.FotaAgent1">
    <property name="Modems" type="aa{sv}" access="read"/>
  </interface>
</node>
"""


class FakeLogind:
    """Tells who keeps the machine from sleep."""

    def __init__(self, manager, *inhibitors):
        self.inhibitors = list(inhibitors)
        manager.connection.register_object(
            "/org/freedesktop/login1", Gio.DBusNodeInfo.new_for_xml(LOGIND_XML).interfaces[0], self.call, None, None)
        manager.ask_bus("RequestName", GLib.Variant("(su)", ("org.freedesktop.login1", 4)))

    def call(self, connection, sender, path, interface, method, parameters, invocation):
        invocation.return_value(GLib.Variant("(a(ssssuu))", (self.inhibitors,)))


class FakeAgent:
    """Tells what it does with which modem."""

    def __init__(self, manager, **activities):
        modems = [{"device": GLib.Variant("s", device), "activity": GLib.Variant("s", activity)}
                  for device, activity in activities.items()]
        manager.connection.register_object(
            "/com/td_tech/FotaAgent1", Gio.DBusNodeInfo.new_for_xml(AGENT_XML).interfaces[0],
            None, lambda *args: GLib.Variant("aa{sv}", modems), None)
        manager.ask_bus("RequestName", GLib.Variant("(su)", ("com.td_tech.FotaAgent1", 4)))


class FakeModemManager:
    def __init__(self, address, fota_xml):
        with open(fota_xml) as text:
            self.fota_info = Gio.DBusNodeInfo.new_for_xml(text.read()).interfaces[0]
        self.connection = Gio.DBusConnection.new_for_address_sync(
            address,
            Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION,
            None, None)
        self.connection.set_exit_on_close(False)
        self.modems = []
        self.unanswered = []
        self.owned = False
        self.connection.register_object(
            ROOT, Gio.DBusNodeInfo.new_for_xml(OBJECT_MANAGER_XML).interfaces[0],
            self.get_managed_objects, None, None)

    def get_managed_objects(self, connection, sender, path, interface, method, parameters, invocation):
        objects = {modem.path: modem.interfaces() for modem in self.modems if modem.exported}
        invocation.return_value(GLib.Variant("(a{oa{sa{sv}}})", (objects,)))

    def add_modem(self, index=0, imei="867000000000001", device="/sys/devices/usb1/1-1", fota=True, **more):
        modem = FakeModem(self, index, imei, device, fota, **more)
        self.modems.append(modem)
        modem.plug()
        return modem

    def ask_bus(self, method, arguments):
        self.connection.call_sync("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                                  method, arguments, None, Gio.DBusCallFlags.NONE, -1, None)

    def start(self):
        self.ask_bus("RequestName", GLib.Variant("(su)", (NAME, 4)))
        self.owned = True

    def stop(self):
        self.owned = False
        self.ask_bus("ReleaseName", GLib.Variant("(s)", (NAME,)))
