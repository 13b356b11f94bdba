# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 modemmanager-tdtech authors

"""An mmfota-agent that does what it is told, after the interface's own description: what the
client sends has the types that are declared there, or is refused by GDBus."""

from gi.repository import Gio, GLib

from fakemodemmanager import CORE_ERROR, DBusError, NoReply

NAME = INTERFACE = "com.td_tech.FotaAgent1"
PATH = "/com/td_tech/FotaAgent1"

QUESTION_TYPES = {"id": "s", "kind": "s", "device": "s", "from": "s", "to": "s", "size": "t", "description": "s",
                  "choices": "as", "default": "s", "default-at": "t", "seconds-offline": "u"}
MODEM_TYPES = {"device": "s", "path": "o", "activity": "s", "reason": "s", "next": "t", "last-check": "t",
               "attempt": "u", "version": "s", "offered": "s", "paused-until": "t", "unreported": "t",
               "last-error": "s", "last-error-name": "s", "last-error-at": "t", "reason-name": "s"}

QUESTION = {"id": "q-1", "kind": "upgrade", "device": "867000000000000", "from": "1.2.5.0(SP1C02)",
            "to": "1.3.0.0(SP1C02)", "size": 61900000, "description": "Fixes roaming",
            "choices": ["now", "later", "skip"], "default": "now", "default-at": 1796000000, "seconds-offline": 600}
MODEM = {"device": "867000000000000", "path": "/org/freedesktop/ModemManager1/Modem/0", "activity": "asking",
         "reason": "", "next": 1796000000, "last-check": 1795400000, "attempt": 1, "version": "1.2.5.0(SP1C02)",
         "offered": "1.3.0.0(SP1C02)", "paused-until": 0, "unreported": 3, "last-error": "", "last-error-name": "",
         "last-error-at": 0}


def dictionary(types, values):
    return {key: GLib.Variant(types.get(key, "s"), value) for key, value in values.items()}


class FakeAgent:
    """Answers are found in .calls. The first answer to a question counts, as the interface says."""

    def __init__(self, address, xml):
        with open(xml) as text:
            self.info = Gio.DBusNodeInfo.new_for_xml(text.read()).interfaces[0]
        self.connection = Gio.DBusConnection.new_for_address_sync(
            address,
            Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION,
            None, None)
        self.connection.set_exit_on_close(False)
        self.calls = []
        self.unanswered = []
        self.on_call = {}
        self.values = {"Modems": GLib.Variant("aa{sv}", []), "Question": GLib.Variant("a{sv}", {})}
        self.connection.register_object(PATH, self.info, self.call, lambda *args: self.values[args[4]], None)

    def ask_bus(self, method, arguments):
        self.connection.call_sync("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                                  method, arguments, None, Gio.DBusCallFlags.NONE, -1, None)

    def start(self):
        self.ask_bus("RequestName", GLib.Variant("(su)", (NAME, 4)))

    def stop(self):
        self.ask_bus("ReleaseName", GLib.Variant("(s)", (NAME,)))

    def set(self, name, value):
        self.values[name] = value
        self.connection.emit_signal(None, PATH, "org.freedesktop.DBus.Properties", "PropertiesChanged",
                                    GLib.Variant("(sa{sv}as)", (INTERFACE, {name: value}, [])))

    def knows(self, *modems):
        self.set("Modems", GLib.Variant("aa{sv}", [dictionary(MODEM_TYPES, dict(MODEM, **modem)) for modem in modems]))

    def asks(self, **changes):
        self.set("Question", GLib.Variant("a{sv}", dictionary(QUESTION_TYPES, dict(QUESTION, **changes))))

    def asks_nothing(self):
        self.set("Question", GLib.Variant("a{sv}", {}))

    def answer(self, question, choice, options):
        asked = self.values["Question"].unpack()
        if asked.get("id") != question:
            raise DBusError(CORE_ERROR + "NotFound", "that question is not open")
        if choice not in asked["choices"]:
            raise DBusError(CORE_ERROR + "InvalidArgs", "no such choice")
        self.asks_nothing()

    def call(self, connection, sender, path, interface, method, parameters, invocation):
        arguments = parameters.unpack()
        self.calls.append((method, *arguments))
        try:
            if method in self.on_call:
                self.on_call[method](*arguments)
            elif method == "Answer":
                self.answer(*arguments)
            invocation.return_value(None)
        except DBusError as error:
            invocation.return_dbus_error(error.name, str(error))
        except NoReply:
            self.unanswered.append(invocation)
