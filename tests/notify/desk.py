# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 modemmanager-tdtech authors

"""Somebody's desk: a session with a bus, a server of notifications and mmfota-notify, on a system with an agent."""

import os
import shutil
import subprocess
import sys
import tempfile
import time

from gi.repository import Gio, GLib

sys.dont_write_bytecode = True
TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SOURCE = os.path.dirname(TESTS)
sys.path[:0] = [os.path.join(TESTS, 'cli'), os.path.join(TESTS, 'integration')]

# pylint: disable=wrong-import-position
from fakeagent import FakeAgent
from fakemodemmanager import PrivateBus
from processes import Process, clean_environment

BUILD = os.environ['TDTECH_BUILD']
NOTIFY = os.path.join(BUILD, 'agent', 'notify', 'mmfota-notify')
AGENT_XML = os.path.join(SOURCE, 'introspection', 'com.td_tech.FotaAgent1.xml')

NAME = INTERFACE = 'org.freedesktop.Notifications'
PATH = '/org/freedesktop/Notifications'
MOCK = 'org.freedesktop.DBus.Mock'

# Nothing here depends on speed: this only ends what hangs.
LIMIT = 120


def wait_for(condition, what='it'):
    """Lets the agent and the bus work meanwhile."""
    end = time.monotonic() + LIMIT
    context = GLib.MainContext.default()
    tick = GLib.timeout_add(20, lambda: True)
    try:
        while True:
            value = condition()
            if value:
                return value
            assert time.monotonic() < end, 'waited %d s in vain for %s' % (LIMIT, what)
            context.iteration(True)
    finally:
        GLib.source_remove(tick)


def connect(address):
    connection = Gio.DBusConnection.new_for_address_sync(
        address,
        Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
    connection.set_exit_on_close(False)
    return connection


class System:
    """What all sessions share: the system bus and the agent."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix='notify-test-')
        self.logs = self.folder
        self.bus = PrivateBus(self.folder)
        self.agent = FakeAgent(self.bus.address, AGENT_XML)
        self.agent.start()
        self.desks = []

    def __enter__(self):
        return self

    def __exit__(self, kind, error, _traceback):
        for desk in self.desks:
            desk.end()
        self.bus.stop()
        if error is not None:
            error.logs = self.folder
        else:
            shutil.rmtree(self.folder)

    def desk(self, **options):
        desk = Desk(self, len(self.desks), **options)
        self.desks.append(desk)
        return desk

    def answers(self):
        return [call[1:] for call in self.agent.calls if call[0] == 'Answer']


class Desk:
    """capabilities: those of a mock server of notifications; None: there is none. language: variables of one"""

    def __init__(self, system, number, capabilities='actions body persistence sound', players=(), language=None):
        self.system = system
        self.folder = os.path.join(system.folder, 'desk-%d' % number)
        self.programs = os.path.join(self.folder, 'bin')
        os.makedirs(self.programs)
        self.bus = PrivateBus(self.folder)
        self.connection = connect(self.bus.address)
        self.played = os.path.join(self.folder, 'played')
        for name in players:
            self.player(name)
        # Not those of this machine
        self.environment = clean_environment(PATH=self.programs, HOME=self.folder, TZ='UTC', G_DEBUG='fatal-criticals',
                                             DBUS_SESSION_BUS_ADDRESS=self.bus.address,
                                             DBUS_SYSTEM_BUS_ADDRESS=system.bus.address)
        self.environment['PATH'] = self.programs
        self.environment.update(language or {})
        self.server = None
        self.notifiers = []
        if capabilities is not None:
            self.serve(capabilities)
        self.notify = self.start()

    def player(self, name):
        path = os.path.join(self.programs, name)
        with open(path, 'w', encoding='ascii') as script:
            script.write('#!/bin/sh\necho "%s $*" >>%s\n' % (name, self.played))
        os.chmod(path, 0o755)

    def process(self, name, argv, env=None, **popen):
        return Process(name, argv, os.path.join(self.folder, name + '.out.log'), os.path.join(self.folder, name + '.log'),
                       env=env or self.environment, **popen)

    def start(self):
        notifier = self.process('notify', [NOTIFY])
        self.notifiers.append(notifier)
        return notifier

    def said(self):
        with open(os.path.join(self.folder, 'notify.log'), encoding='utf-8') as log:
            return log.read()

    # The server

    def serve(self, capabilities):
        environment = clean_environment(DBUS_SESSION_BUS_ADDRESS=self.bus.address)
        self.server = self.process('server', [
            '/usr/bin/python3', '-m', 'dbusmock', '--template', 'notification_daemon',
            '-p', '{"capabilities": "%s"}' % capabilities], environment)
        wait_for(lambda: self.owner(NAME), 'the server')

    def stop_serving(self):
        self.server.kill()
        wait_for(lambda: not self.owner(NAME), 'the server to go')

    def owner(self, name):
        return self.connection.call_sync('org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus',
                                         'NameHasOwner', GLib.Variant('(s)', (name,)), None,
                                         Gio.DBusCallFlags.NONE, -1, None).unpack()[0]

    def mock(self, method, arguments=None):
        return self.connection.call_sync(NAME, PATH, MOCK, method, arguments, None,
                                         Gio.DBusCallFlags.NONE, -1, None).unpack()

    def calls(self, method):
        return [arguments for _time, name, arguments in self.mock('GetCalls')[0] if name == method]

    def shown(self, count=1):
        """What was shown last, when that many have been."""
        wait_for(lambda: len(self.calls('Notify')) >= count, 'notification %d' % count)
        found = self.calls('Notify')
        assert len(found) == count, found
        _app, replaces, icon, summary, body, actions, hints, expires = found[-1]
        return {'replaces': replaces, 'icon': icon, 'summary': summary, 'body': body, 'actions': actions,
                'hints': hints, 'expires': expires}

    def emit(self, name, signature, *arguments):
        self.mock('EmitSignal', GLib.Variant('(sssav)', (INTERFACE, name, signature, [
            GLib.Variant(kind, argument) for kind, argument in zip(signature, arguments)])))

    def click(self, choice, number=1):
        self.emit('ActionInvoked', 'us', number, choice)

    def withdrawn(self, *numbers):
        wait_for(lambda: len(self.calls('CloseNotification')) >= len(numbers), 'it to be withdrawn')
        found = self.calls('CloseNotification')
        assert found == [[number] for number in numbers], found

    def sounds(self):
        if not os.path.exists(self.played):
            return []
        with open(self.played, encoding='ascii') as played:
            return played.read().splitlines()

    def settle(self):
        """All that the server had said before has been heard: a new one is asked what it can."""
        self.stop_serving()
        self.serve('actions body')
        wait_for(lambda: self.calls('GetCapabilities'), 'the notifier to see the new server')

    def end(self):
        alive = [notifier for notifier in self.notifiers if notifier.is_alive()]
        ended = [notifier.ends() for notifier in alive]
        if self.server:
            self.server.kill()
        self.bus.stop()
        assert all(ended), 'mmfota-notify did not end by itself'


def run_notify(*arguments, **variables):
    return subprocess.run([NOTIFY, *arguments], env=clean_environment(**variables), stdin=subprocess.DEVNULL,
                          capture_output=True, encoding='utf-8', check=False, timeout=LIMIT)
