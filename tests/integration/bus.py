# SPDX-License-Identifier: GPL-2.0-or-later
"""A private message bus."""

import os
from xml.etree import ElementTree

from gi.repository import Gio, GLib

from processes import Process, clean_environment, wait_for

SESSION_CONFIGURATION = '''<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=%(socket)s</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
'''


class Bus:
    def __init__(self, directory):
        self.directory = directory
        self.socket = os.path.join(directory, 'socket')
        self.process = None
        self.connection = None
        os.makedirs(directory, exist_ok=True)

    @property
    def address(self):
        return 'unix:path=' + self.socket

    @property
    def environment(self):
        """For clients: both names, since ModemManager's clients only know the system bus."""
        return {'DBUS_SYSTEM_BUS_ADDRESS': self.address, 'DBUS_SESSION_BUS_ADDRESS': self.address}

    def configuration(self):
        return SESSION_CONFIGURATION % {'socket': self.socket}

    def start(self):
        path = os.path.join(self.directory, 'bus.conf')
        with open(path, 'w', encoding='utf-8') as out:
            out.write(self.configuration())
        self.process = Process('dbus-daemon', ['dbus-daemon', '--nofork', '--nopidfile', '--config-file=' + path],
                               os.path.join(self.directory, 'stdout'), os.path.join(self.directory, 'stderr'),
                               clean_environment())
        self.connection = wait_for('the message bus', self._try_to_connect)

    def _try_to_connect(self):
        try:
            return self.connect()
        except GLib.Error:
            # The socket is not there, or nobody listens yet
            return None

    def connect(self):
        connection = Gio.DBusConnection.new_for_address_sync(
            self.address,
            Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION,
            None, None)
        connection.set_exit_on_close(False)
        return connection

    def stop(self):
        if self.connection:
            self.connection.close_sync(None)
        if self.process:
            self.process.stop()


def _policies(path):
    """The policies of the distribution's own system bus, without its other settings."""
    root = ElementTree.parse(path).getroot()
    return [ElementTree.tostring(policy, encoding='unicode') for policy in root.findall('policy')]


class SystemBus(Bus):
    """A bus of type system with the distribution's policies and ours.

    ours_first tells which of the policy files is read first, ours or ModemManager's.
    """

    STOCK = '/usr/share/dbus-1/system.conf'
    FOLDERS = ('/usr/share/dbus-1/system.d', '/etc/dbus-1/system.d')

    def __init__(self, directory, policy, ours_first=False):
        super().__init__(directory)
        self.policy = policy
        self.ours_first = ours_first

    def configuration(self):
        includes = ['<includedir>%s</includedir>' % folder for folder in self.FOLDERS if os.path.isdir(folder)]
        ours = '<include>%s</include>' % self.policy
        includes = [ours] + includes if self.ours_first else includes + [ours]
        return '\n'.join(['<busconfig>', '<type>system</type>', '<listen>unix:path=%s</listen>' % self.socket,
                          '<auth>EXTERNAL</auth>'] + _policies(self.STOCK) + includes + ['</busconfig>'])
