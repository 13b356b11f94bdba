# SPDX-License-Identifier: GPL-2.0-or-later
"""Many modules on one daemon, followed by signals alone: a client that asks again and again
would be part of what is measured."""

import ctypes
import os
import tempfile
import time

import benchmark  # noqa: F401  pylint: disable=unused-import
import harness
from contract import (FOTA, MODEM, MODEM_SIMPLE, MODEM_STATE_DISABLED, MODEM_STATE_REGISTERED, PROPERTIES, ROOT,
                      SERVICE, options)
from gi.repository import GLib
from processes import wait_for

PLAIN_PORTS = os.path.join(harness.BUILD, 'tests', 'bench', 'plain-ports.so')
OBJECT_MANAGER = 'org.freedesktop.DBus.ObjectManager'

CLONE_NEWNS, MS_REC, MS_PRIVATE = 0x20000, 0x4000, 1 << 18


def move_to_memory():
    """Temporary files go to memory from now on, in a file system that this process and its
    children alone see: the testbed's /sys is made of thousands of small files, and the disk is
    not what is measured. Without the right to do so, it stays as it is."""
    libc = ctypes.CDLL(None)
    if os.environ.get('TDTECH_IN_MEMORY') or libc.unshare(CLONE_NEWNS) != 0:
        return
    folder = tempfile.mkdtemp(prefix='tdtech-memory-')
    if libc.mount(None, b'/', None, MS_REC | MS_PRIVATE, None) == 0 and \
            libc.mount(b'none', folder.encode(), b'tmpfs', 0, None) == 0:
        os.environ.update(TDTECH_IN_MEMORY='1', TMPDIR=folder)
        tempfile.tempdir = folder
    else:
        os.rmdir(folder)


class Crowd(harness.Bed):
    """A bed with many modules; each is known by its number in the simulator."""

    # As in the field
    daemon_options = ()
    daemon_preloads = (harness.FAST_CLOCK, PLAIN_PORTS)

    def __init__(self, modules=1, scenario=None, **keys):
        scenario = {group: dict(values) for group, values in (scenario or {}).items()}
        scenario.setdefault('module', {})['modules'] = modules
        super().__init__(scenario, **keys)
        move_to_memory()
        self.modules = range(modules)
        # Object path to interface to properties, as the signals tell
        self.tree = {}
        # Module to the path of its modem now, and the other way round
        self.paths = {}
        self.numbers = {}
        # Transaction to result, and when that was seen
        self.results = {}
        self.imeis = {}
        # Module to the sequence numbers and kinds of its events, in the order they came
        self.told = {module: [] for module in self.modules}
        self.patience = 300

    def start(self):
        super().start()
        self.imeis = {self.ask(module, 'status')['identity']['imei']: module for module in self.modules}
        for path in self.tree:
            self._note(path)

    def ask(self, module, command):
        """A command to one module of the simulator."""
        return self.simulator.command('@%d %s' % (module, command))

    def wait(self, what, condition):
        def true_or_dead():
            assert self.simulator.process.is_alive(), 'the simulator died'
            assert self.daemon.is_alive(), 'ModemManager died: ' + self.daemon.last_words()
            return condition()
        return wait_for(what, true_or_dead, self.patience)

    # What the bus tells

    def _watch(self):
        for signal, handler in (('InterfacesAdded', self._on_added), ('InterfacesRemoved', self._on_removed)):
            self.bus.connection.signal_subscribe(SERVICE, OBJECT_MANAGER, signal, ROOT, None, 0, handler)
        self.bus.connection.signal_subscribe(SERVICE, PROPERTIES, 'PropertiesChanged', None, None, 0,
                                             self._on_changed)
        self.bus.connection.signal_subscribe(SERVICE, FOTA, 'Event', None, None, 0, self._on_event)

    def _note(self, path):
        """Which module that is, as soon as it is known."""
        interfaces = self.tree.get(path, {})
        module = self.imeis.get(interfaces.get(MODEM, {}).get('EquipmentIdentifier'))
        if module is not None:
            self.paths[module] = path
            self.numbers[path] = module
            self._look_for_result(module, interfaces.get(FOTA, {}))

    def _look_for_result(self, module, fota):
        result = fota.get('Result')
        if result and result['transaction'] and result['transaction'] != fota.get('Transaction') and \
                result['transaction'] not in self.results:
            self.results[result['transaction']] = dict(result, seen=time.monotonic(), module=module)

    def _on_added(self, _connection, _sender, _path, _interface, _signal, parameters):
        path, interfaces = parameters.unpack()
        self.tree.setdefault(path, {}).update(interfaces)
        self._note(path)

    def _on_removed(self, _connection, _sender, _path, _interface, _signal, parameters):
        path, interfaces = parameters.unpack()
        for interface in interfaces:
            self.tree.get(path, {}).pop(interface, None)
        if not self.tree.get(path):
            self.tree.pop(path, None)
            module = self.numbers.pop(path, None)
            if self.paths.get(module) == path:
                del self.paths[module]

    def _on_changed(self, _connection, _sender, path, _interface, _signal, parameters):
        interface, changed, _invalid = parameters.unpack()
        if interface in self.tree.get(path, {}):
            self.tree[path][interface].update(changed)
            if interface in (MODEM, FOTA):
                self._note(path)

    def _on_event(self, _connection, _sender, path, _interface, _signal, parameters):
        sequence, kind, _details = parameters.unpack()
        if path in self.numbers:
            self.told[self.numbers[path]].append((sequence, kind))

    def interfaces(self, module):
        """Those of its modem, with their properties."""
        return self.tree.get(self.paths.get(module), {})

    def wait_all(self, what, condition):
        """Until the condition is true for each module; it is given the interfaces of its modem."""
        def missing():
            return [module for module in self.modules
                    if not self.interfaces(module) or not condition(self.interfaces(module))]
        try:
            self.wait(what, lambda: not missing())
        except AssertionError as error:
            raise AssertionError('%s, for the modules %s' % (error, missing())) from error

    # What all of them are made to do

    def call_all(self, interface, method, parameters, which=lambda path: True):
        """Calls a method of every modem (for whose path that is true), all at the same time; returns
        module to reply."""
        replies = {}
        paths = {module: path for module, path in self.paths.items() if which(path)}

        def answered(connection, result, module):
            try:
                replies[module] = connection.call_finish(result).unpack()
            except GLib.Error as error:
                replies[module] = error

        for module, path in paths.items():
            self.bus.connection.call(SERVICE, path, interface, method, parameters(module), None, 0,
                                     self.patience * 1000, None, answered, module)
        self.wait('%s to be answered' % method, lambda: len(replies) == len(paths))
        failed = {module: str(reply) for module, reply in replies.items() if isinstance(reply, Exception)}
        assert not failed, '%s: %s' % (method, failed)
        return replies

    def call_until_answers(self):
        """Until the daemon serves the bus."""
        self.wait('ModemManager', lambda: self.bus.connection.call_sync(
            'org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus', 'NameHasOwner',
            GLib.Variant('(s)', (SERVICE,)), None, 0, -1, None).unpack()[0])

    def there(self):
        """Until all modems are there."""
        self.wait_all('the modems', lambda interfaces: interfaces[MODEM]['State'] >= MODEM_STATE_DISABLED)

    def registered_all(self):
        self.there()
        self.call_all(MODEM, 'Enable', lambda _module: GLib.Variant('(b)', (True,)))
        self.wait_all('the modems to be registered',
                      lambda interfaces: interfaces[MODEM]['State'] >= MODEM_STATE_REGISTERED)

    def ready_all(self):
        """All registered, and the firmware interface has read the module's state."""
        self.registered_all()
        self.wait_all('the firmware interface', lambda interfaces: interfaces.get(FOTA, {}).get('State'))

    def connect_all(self, which=lambda path: True):
        self.call_all(MODEM_SIMPLE, 'Connect',
                      lambda _module: GLib.Variant('(a{sv})', ({'apn': GLib.Variant('s', 'ctnet')},)), which)

    def verb_all(self, verb, which=lambda path: True, **values):
        """Module to the transaction's id, where the verb gives one."""
        replies = self.call_all(FOTA, verb, lambda _module: GLib.Variant('(a{sv})', (options(**values),)), which)
        return {module: reply[0] for module, reply in replies.items() if reply}

    def forget(self):
        """What was told so far, in a long run."""
        self.results.clear()
        self.changes.clear()
        for events in self.told.values():
            events.clear()

    def results_all(self, transactions):
        def missing():
            return [module for module, transaction in transactions.items() if transaction not in self.results]
        try:
            self.wait('the results', lambda: not missing())
        except AssertionError as error:
            raise AssertionError('%s, for the modules %s' % (error, missing())) from error
        return {module: self.results[transaction] for module, transaction in transactions.items()}

    def exchanges(self):
        """Module to the number of commands it has got."""
        return {module: self.ask(module, 'status')['at']['exchanges'] for module in self.modules}

    # The daemon's process

    @property
    def pid(self):
        """That of ModemManager itself, whatever runs it."""
        return self.daemon.process.pid

    def memory(self):
        """Bytes that the daemon alone holds: heap and all else that is written to."""
        with open('/proc/%d/smaps_rollup' % self.pid, encoding='ascii') as rollup:
            fields = dict(line.split(':') for line in rollup.read().splitlines()[1:])
        return int(fields['Private_Dirty'].split()[0]) * 1024

    def descriptors(self):
        return len(os.listdir('/proc/%d/fd' % self.pid))
