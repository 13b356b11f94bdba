#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Somebody on the bus: makes the calls that come in on standard input.

A line in is a JSON array of destination, path, interface (or null), method,
signature and arguments; a line out is a JSON object with the error's name and
message, or the reply. The first line in only says: go.
"""

import json
import os
import sys

from gi.repository import Gio, GLib


def variant(signature, value):
    if signature == '(a{sv})':
        return GLib.Variant(signature, ({key: GLib.Variant(kind, inner) for key, (kind, inner) in value[0].items()},))
    return GLib.Variant(signature, tuple(value))


def main():
    sys.stdin.readline()
    connection = Gio.DBusConnection.new_for_address_sync(
        os.environ['DBUS_SYSTEM_BUS_ADDRESS'],
        Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
    for line in sys.stdin:
        destination, path, interface, method, signature, arguments = json.loads(line)
        message = Gio.DBusMessage.new_method_call(destination, path, interface, method)
        if signature:
            message.set_body(variant(signature, arguments))
        reply, _serial = connection.send_message_with_reply_sync(message, 0, 120000, None)
        answer = {'error': reply.get_error_name(),
                  'body': reply.get_body().print_(False) if reply.get_body() else ''}
        print(json.dumps(answer), flush=True)


main()
