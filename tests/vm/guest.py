#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs scenarios inside the virtual machine; speaks TAP. Each has the machine to itself: a
ModemManager without memories, a NetworkManager without connections, a simulated module of its
own in the kernel's virtual host controller."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
# An emulated processor: the usual patience is short
os.environ.setdefault('TDTECH_PATIENCE', '3')

from processes import Process, clean_environment, wait_for  # noqa: E402
from server import Release, Server  # noqa: E402
from simulator import Control, Simulator, write_scenario  # noqa: E402

BUS = 'unix:path=/run/dbus/system_bus_socket'
STATE = '/var/lib/modemmanager-tdtech'
CONNECTION = 'mobile'
GATEWAY = '10.0.0.1'
OLD_VERSION = '1.2.5.0(SP1C02)'
NEW_VERSION = '1.3.0.0(SP1C02)'
MODULE = {
    # As the kernel's and udev's own rules make them
    'module': {'udev-hints': False},
    'timing': {'download-seconds': 20, 'flash-seconds': 10, 'boot-seconds': 3},
    'noise': {'rate': 0.2},
}
# What nobody wants to read in a journal: ours, and GLib's, whose cause is always a mistake
COMPLAINTS = re.compile(r'(<(warn|err|error) ?>.*(tdtech|fota))|GLib|-CRITICAL|-WARNING|plugin .*fail', re.I)


def run(*argv, check=True, patience=180, **popen):
    done = subprocess.run(argv, env=clean_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, encoding='utf-8', errors='replace', check=False,
                          timeout=patience, **popen)
    if check and done.returncode:
        raise AssertionError('%s: %d: %s' % (' '.join(argv), done.returncode, done.stdout))
    return done.stdout


def check(true, what, *seen):
    if not true:
        raise AssertionError('%s: %s' % (what, ' '.join(repr(value) for value in seen)))


def read(path):
    with open(path, encoding='utf-8', errors='replace') as text:
        return text.read().strip()


class Module(Simulator):
    """The simulated module, on the kernel's USB."""

    def start(self):
        write_scenario(self.path('scenario'), self.scenario)
        self.process = Process('simulator', [self.program, '--usb', 'vhci', '--scenario', self.path('scenario'),
                                             '--control', self.path('control'),
                                             '--transcript', self.path('transcript')],
                               self.path('stdout'), self.path('stderr'))
        wait_for('the simulator to listen', self._listens)

    def _listens(self):
        check(self.process.is_alive(), 'the simulator ended', read(self.path('stderr')))
        try:
            self.control = Control(self.path('control'))
        except OSError:
            return False
        return True

    def events(self, name):
        """What follows the name, for each such event of the transcript."""
        return re.findall(r'^\s*[\d.]+ \d+ - %s ?(.*)$' % re.escape(name), read(self.path('transcript')), re.M)


class Machine:
    """The virtual machine with a module in it."""

    def __init__(self, name, **scenario):
        self.logs = os.path.join(HERE, 'logs', name)
        # Not on the share: it has no sockets
        self.folder = os.path.join('/run/scenario', name)
        os.makedirs(self.logs, exist_ok=True)
        os.makedirs(self.folder)
        groups = {group: dict(keys) for group, keys in MODULE.items()}
        for group, keys in scenario.items():
            groups.setdefault(group, {}).update(keys)
        self.vendor = groups['module'].get('usb-vendor', '3466')
        self.module = Module(os.path.join(self.folder, 'simulator'), os.path.join(HERE, 'tdtech-simulator'), groups)
        self.server = None
        self.cursor = None
        self.clients = 0

    def __enter__(self):
        run('systemctl', 'stop', 'ModemManager.service')
        shutil.rmtree(STATE, ignore_errors=True)
        self.cursor = json.loads(run('journalctl', '-n', '1', '-o', 'json'))['__CURSOR']
        run('systemctl', 'start', 'ModemManager.service')
        wait_for('ModemManager on the bus', lambda: not subprocess.call(
            ['mmcli', '--set-logging=DEBUG'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        run('systemctl', 'is-active', 'NetworkManager.service')
        return self

    def __exit__(self, *_error):
        if self.server:
            self.server.stop()
        try:
            self._keep_logs()
        finally:
            self.module.stop()
            run('nmcli', 'connection', 'delete', CONNECTION, check=False)
            wait_for('the module to be gone', lambda: not self.usb())
        return False

    def _keep_logs(self):
        for name, text in (('journal', self.journal()), ('kernel', self.journal('-k')),
                           ('modem', run('mmcli', '-m', 'any', check=False)),
                           ('mmfota', run('mmfota', '-m', 'any', check=False)),
                           ('device', run('nmcli', 'device', check=False) + run('ip', 'address'))):
            with open(os.path.join(self.logs, name), 'w', encoding='utf-8') as out:
                out.write(text)
        for name in ('transcript', 'stderr'):
            if os.path.exists(self.module.path(name)):
                shutil.copy(self.module.path(name), os.path.join(self.logs, 'simulator-' + name))

    def path(self, name):
        return os.path.join(self.folder, name)

    def journal(self, *options):
        return run('journalctl', '-o', 'short-monotonic', '--no-hostname', '--after-cursor', self.cursor, *options)

    def complaints(self):
        lines = self.journal('-u', 'ModemManager.service').splitlines()
        return [line for line in lines if COMPLAINTS.search(line)]

    def check_manners(self):
        """At the end of each scenario: nobody has complained."""
        check(not self.module.violations(), 'the module was not treated well', self.module.violations())
        check(not self.complaints(), "ModemManager's journal has complaints", self.complaints())

    # The module in the kernel

    def usb(self):
        """The folder of the module's USB device, in a list."""
        found = []
        for name in os.listdir('/sys/bus/usb/devices'):
            folder = '/sys/bus/usb/devices/' + name
            try:
                if read(folder + '/idVendor') == self.vendor:
                    found.append(folder)
            except OSError:
                # An interface, or already gone
                continue
        return found

    def interfaces(self):
        """(class, protocol, driver) of each interface of the module."""
        found = []
        for folder in self.usb():
            for name in sorted(os.listdir(folder)):
                path = os.path.join(folder, name)
                if not re.match(r'.*:\d+\.\d+$', name):
                    continue
                driver = os.path.join(path, 'driver')
                found.append((read(path + '/bInterfaceClass'), read(path + '/bInterfaceProtocol'),
                              os.path.basename(os.readlink(driver)) if os.path.exists(driver) else None))
        return found

    # ModemManager

    @staticmethod
    def modem():
        """What mmcli knows of the modem, or nothing."""
        try:
            return json.loads(run('mmcli', '-m', 'any', '-J'))['modem']
        except (AssertionError, ValueError, KeyError):
            return None

    def wait_for_modem(self):
        def usable():
            modem = self.modem()
            return modem if modem and modem['generic']['state'] not in ('unknown', 'initializing') else None
        return wait_for('the modem', usable)

    def wait_for_registered(self):
        wait_for('the modem to be registered',
                 lambda: (self.modem() or {'generic': {'state': ''}})['generic']['state'] in ('registered', 'connected'))

    @staticmethod
    def ports(modem):
        """Kind of port to its name."""
        return {kind: name for name, kind in (re.match(r'(\S+) \((.*)\)', port).groups()
                                              for port in modem['generic']['ports'])}

    @staticmethod
    def fota():
        try:
            return json.loads(run('mmfota', '-m', 'any', '-J'))['modem']['fota']
        except (AssertionError, ValueError, KeyError):
            return None

    def serve(self, rate='0', **release):
        """A firmware server, whose URL it returns."""
        self.server = Server(self.path('server'), rate)
        self.server.offer(Release(**release))
        self.server.start()
        return self.server.url

    def mmfota(self, *arguments, before=()):
        """Started, not waited for."""
        self.clients += 1
        log = os.path.join(self.logs, 'mmfota-%d' % self.clients)
        return Process(log, [*before, 'mmfota', '-m', 'any', *arguments], log, log)

    @staticmethod
    def ended(client, patience=900):
        """Exit status and what was said."""
        wait_for(client.name + ' to end', lambda: not client.is_alive(), patience)
        return client.popen.returncode, read(client.name)

    def wait_for_state(self, *states):
        wait_for('state ' + ' or '.join(states), lambda: (self.fota() or {'state': None})['state'] in states)

    def call(self, before, interface, method, signature, arguments):
        """A call of the modem on the bus: name of the error, if any, and the answer."""
        line = json.dumps(['org.freedesktop.ModemManager1', self.modem()['dbus-path'], interface, method,
                           signature, arguments])
        return json.loads(subprocess.run([*before, sys.executable, os.path.join(HERE, 'caller.py')],
                                         env=clean_environment(DBUS_SYSTEM_BUS_ADDRESS=BUS), input='go\n%s\n' % line,
                                         stdout=subprocess.PIPE, encoding='utf-8', check=True, timeout=180).stdout)

    # NetworkManager

    @staticmethod
    def device():
        """(name, state) of the modem in NetworkManager."""
        for line in run('nmcli', '-t', '-f', 'DEVICE,TYPE,STATE', 'device').splitlines():
            name, kind, state = line.split(':', 2)
            if kind == 'gsm':
                return name, state
        return None, None

    def add_connection(self):
        # A connection that failed four times would rest for five minutes
        run('nmcli', 'connection', 'add', 'type', 'gsm', 'con-name', CONNECTION, 'ifname', '*', 'gsm.apn', 'ctnet',
            'connection.autoconnect-retries', '0')

    def wait_for_connection(self):
        wait_for('NetworkManager to connect', lambda: self.device()[1] == 'connected')

    @staticmethod
    def ping(port):
        return subprocess.call(['ping', '-q', '-c', '3', '-W', '10', '-I', port, GATEWAY],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0


def main():
    import scenarios  # it needs what is above
    failed = 0
    wanted = read(os.path.join(HERE, 'wanted')).split()
    print('1..%d' % len(wanted), flush=True)
    run('modprobe', 'vhci-hcd')
    for number, name in enumerate(wanted, 1):
        try:
            scenarios.SCENARIOS[name](name)
            print('ok %d - %s' % (number, name), flush=True)
        except Exception:  # pylint: disable=broad-except
            failed += 1
            print('\n'.join('# ' + line for line in traceback.format_exc().splitlines()))
            print('not ok %d - %s' % (number, name), flush=True)
    sys.exit(1 if failed else 0)


if __name__ == '__main__':
    sys.modules['guest'] = sys.modules['__main__']
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    main()
