# SPDX-License-Identifier: GPL-2.0-or-later
"""A client of the bus without a library between: it can send strings that are none."""

import os
import socket

import place  # noqa: F401  pylint: disable=unused-import
from contract import SERVICE
from gi.repository import Gio, GLib


class RawClient:
    """Speaks D-Bus' own protocol as far as a method call without reply needs."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(60)
        self.socket.connect(path)
        self.serial = 0
        self.socket.sendall(b'\0AUTH EXTERNAL %s\r\n' % str(os.geteuid()).encode().hex().encode())
        answer = self.socket.recv(4096)
        assert answer.startswith(b'OK '), answer
        self.socket.sendall(b'BEGIN\r\n')
        self.send('org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus', 'Hello', None)
        assert self.socket.recv(4096)

    def send(self, destination, path, interface, method, body, replace=None):
        """Bytes of the finished message may be replaced by as many others."""
        message = Gio.DBusMessage.new_method_call(destination, path, interface, method)
        if body:
            message.set_body(body)
        self.serial += 1
        message.set_serial(self.serial)
        blob = message.to_blob(Gio.DBusCapabilityFlags.NONE)
        if replace:
            old, new = replace
            assert blob.count(old) == 1 and len(old) == len(new)
            blob = blob.replace(old, new)
        self.socket.sendall(blob)

    def is_hung_up(self):
        """Waits until the bus closes the connection or answers."""
        try:
            while True:
                data = self.socket.recv(65536)
                if not data:
                    return True
                # NameAcquired may still be on its way
                if b'NameAcquired' not in data:
                    return False
        except ConnectionError:
            return True

    def close(self):
        self.socket.close()


def is_refused_by_the_bus(bed, path, interface, method, key, marker, bad):
    """Whether the bus does not even pass on an option whose string has bad in place of marker."""
    client = RawClient(bed.bus.socket)
    try:
        body = GLib.Variant('(a{sv})', ({key: GLib.Variant('s', 'a%sb' % marker)},))
        client.send(SERVICE, path, interface, method, body, (marker.encode(), bad))
        return client.is_hung_up()
    finally:
        client.close()
