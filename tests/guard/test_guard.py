#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A plugin that does not fit the daemon is refused with one warning, and the daemon lives on.

Each case: the stock daemon on a private bus, with one build of the plugin.
"""

import argparse
import functools
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

import gi
gi.require_version('Gio', '2.0')
from gi.repository import Gio, GLib  # noqa: E402

# Generous: the machine may be busy
PATIENCE = 120
GENERIC = ['/usr/lib/*/ModemManager/libmm-plugin-generic.so', '/usr/lib*/ModemManager/libmm-plugin-generic.so']
NAME = 'org.freedesktop.ModemManager1'
LOADED = re.compile(r"loaded plugin 'tdtech'")
REFUSED = re.compile(r'<(?:warn|wrn)>.*\[plugin/tdtech\] not loaded: built for ModemManager')


class Failure(Exception):
    pass


def wait_for(what, condition):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise Failure('no ' + what)


class Daemon:
    """The stock daemon on a bus of its own, with @plugin and its own generic one: with none at all
    it would end by itself."""

    def __init__(self, daemon, plugin, work):
        self.log = os.path.join(work, 'log')
        plugins = os.path.join(work, 'plugins')
        os.mkdir(plugins)
        shutil.copy(plugin, os.path.join(plugins, 'libmm-plugin-tdtech.so'))
        generic = [path for pattern in GENERIC for path in glob.glob(pattern)]
        if not generic:
            raise Failure('ModemManager has no generic plugin installed')
        shutil.copy(generic[0], plugins)
        socket = os.path.join(work, 'bus')
        self.bus = subprocess.Popen(['dbus-daemon', '--session', '--nofork', '--nopidfile',
                                     '--address=unix:path=' + socket], stdout=subprocess.DEVNULL,
                                    stderr=subprocess.DEVNULL)
        self.process = None
        wait_for('message bus', lambda: os.path.exists(socket))
        environment = dict(os.environ, DBUS_SESSION_BUS_ADDRESS='unix:path=' + socket, G_DEBUG='fatal-criticals')
        with open(self.log, 'wb') as log:
            self.process = subprocess.Popen([daemon, '--test-session', '--test-plugin-dir=' + plugins, '--test-no-udev',
                                             '--test-no-suspend-resume', '--debug'],
                                            env=environment, stdout=log, stderr=log)
        self.connection = None
        wait_for('connection to the bus', lambda: self.connect('unix:path=' + socket))

    def connect(self, address):
        """The socket is there before anybody listens."""
        try:
            self.connection = Gio.DBusConnection.new_for_address_sync(
                address,
                Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION,
                None, None)
        except GLib.Error:
            pass
        return self.connection

    def version(self):
        """None until it answers."""
        if self.process.poll() is not None:
            raise Failure('the daemon ended with status %d' % self.process.returncode)
        try:
            return self.connection.call_sync(
                NAME, '/org/freedesktop/ModemManager1', 'org.freedesktop.DBus.Properties', 'Get',
                GLib.Variant('(ss)', (NAME, 'Version')), GLib.VariantType('(v)'),
                Gio.DBusCallFlags.NO_AUTO_START, 5000, None).unpack()[0]
        except GLib.Error:
            return None

    def lines(self):
        with open(self.log, encoding='utf-8', errors='replace') as log:
            return log.read().splitlines()

    def stop(self):
        for process in (self.process, self.bus):
            if process:
                process.kill()
                process.wait()


def run(daemon, plugin, work, check):
    running = None
    try:
        running = Daemon(daemon, plugin, work)
        wait_for('answer from the daemon', running.version)
        # Once it answers, the plugins were looked at
        check(running.lines())
        if not running.version():
            raise Failure('the daemon stopped answering')
    except Failure as failure:
        return str(failure), running.lines() if running else []
    finally:
        if running:
            running.stop()
    return None, []


def check_loaded(lines):
    if not any(LOADED.search(line) for line in lines):
        raise Failure('not loaded')
    if any(REFUSED.search(line) for line in lines):
        raise Failure('refused')


def check_refused(lines, reason):
    if any(LOADED.search(line) for line in lines):
        raise Failure('loaded')
    refusals = [line for line in lines if REFUSED.search(line)]
    if len(refusals) != 1:
        raise Failure('%d warnings' % len(refusals))
    if reason not in refusals[0]:
        raise Failure('not because ' + reason)
    print('# ' + refusals[0])


def check_not_loaded(lines, reason):
    """By ModemManager's loader, before the plugin is asked"""
    if any(LOADED.search(line) or REFUSED.search(line) for line in lines):
        raise Failure('loaded')
    told = [line for line in lines if 'libmm-plugin-tdtech' in line and reason in line]
    if not told:
        raise Failure('not even looked at')
    print('# ' + told[0])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--daemon', required=True)
    parser.add_argument('--fitting', required=True, help='the plugin as it is')
    parser.add_argument('--refused', nargs=3, metavar=('NAME', 'PLUGIN', 'REASON'), action='append', default=[],
                        help='one that does not fit, and what it says about that')
    parser.add_argument('--not-loaded', nargs=3, metavar=('NAME', 'PLUGIN', 'REASON'), action='append', default=[],
                        help='one that the daemon does not load, and what that says')
    arguments = parser.parse_args()

    cases = [('the fitting plugin is loaded', arguments.fitting, check_loaded)]
    cases += [(name + ' is refused by itself', plugin, functools.partial(check_refused, reason=reason))
              for name, plugin, reason in arguments.refused]
    cases += [(name + ' is not loaded', plugin, functools.partial(check_not_loaded, reason=reason))
              for name, plugin, reason in arguments.not_loaded]

    print('TAP version 13')
    print('1..%d' % len(cases))
    failed = False
    for number, (text, plugin, check) in enumerate(cases, 1):
        with tempfile.TemporaryDirectory() as work:
            reason, lines = run(arguments.daemon, plugin, work, check)
        if reason:
            failed = True
            print('# ' + reason)
            for line in lines[-20:]:
                print('#   ' + line)
        print('%sok %d - %s' % ('not ' if reason else '', number, text))
    return failed


if __name__ == '__main__':
    sys.exit(main())
