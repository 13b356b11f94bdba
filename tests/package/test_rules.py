#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What udev makes of the rules: the installed files are run by the
real udevadm on devices that umockdev pretends. udevadm notes what it finds in /run/udev,
even in a test: this is for the fresh system of test_package.sh. Speaks TAP."""

import os
import re
import subprocess
import sys
import tempfile

HUB = '/devices/pci0000:00/0000:00:14.0/usb1'
NEW_ID = 'bus/usb-serial/drivers/option1/new_id'
HINTS = re.compile(r'^(ID_MM_(?:PORT|DEVICE)_\w+)=(.*)$', re.M)
# As udev 252 and as later ones list them
RUN = re.compile(r"^(?:run: '|  RUN\{\w+\} : )(.*?)'?$", re.M)
# It says what it runs
RUNS = re.compile(r' (RUN|PROGRAM|Command) ')
ALIAS = '/etc/modprobe.d/tdtech-test.conf'
RULES = '/usr/lib/udev/rules.d/'
DRIVER_RULES = RULES + '70-tdtech-driver.rules'
PORT_RULES = RULES + '77-mm-tdtech-port-types.rules'

# The order of the ports is that of no firmware: only the protocols count
PORTS = {'10': {}, '1c': {'ID_MM_PORT_IGNORE': '1'}, '14': {'ID_MM_PORT_TYPE_GPS': '1'},
         '12': {'ID_MM_PORT_TYPE_AT_PRIMARY': '1'}, '1b': {'ID_MM_PORT_IGNORE': '1'},
         '13': {'ID_MM_PORT_IGNORE': '1'}}


class Device:
    """A USB device with a tty for each vendor-class interface, and a network interface."""

    def __init__(self, vendor='3466', product='3301', subclass='06', serial_class='ff'):
        self.usb = HUB + '/1-2'
        self.ttys = {}
        self.text = self._entry(self.usb, 'usb', 'usb_device', idVendor=vendor, idProduct=product, bDeviceClass='00')
        for number, protocol in enumerate(PORTS):
            interface = self._interface(number, serial_class, subclass, protocol)
            self.text += self._entry('%s/ttyUSB%d' % (interface, number), 'usb-serial')
            self.ttys[protocol] = '%s/ttyUSB%d/tty/ttyUSB%d' % (interface, number, number)
            self.text += self._entry(self.ttys[protocol], 'tty')
        # The network function has the protocol of no serial port but for its class
        self.net = self._interface(len(PORTS), '02', '0d', '12') + '/net/usb0'
        self.text += self._entry(self.net, 'net', INTERFACE='usb0')

    def _interface(self, number, interface_class, subclass, protocol):
        path = '%s/1-2:1.%d' % (self.usb, number)
        self.text += self._entry(path, 'usb', 'usb_interface', bInterfaceNumber='%02d' % number,
                                 bInterfaceClass=interface_class, bInterfaceSubClass=subclass,
                                 bInterfaceProtocol=protocol)
        return path

    @staticmethod
    def _entry(path, subsystem, devtype=None, **attributes):
        lines = ['P: ' + path, 'E: SUBSYSTEM=' + subsystem]
        if devtype:
            lines.append('E: DEVTYPE=' + devtype)
        for name, value in attributes.items():
            lines.append('E: %s=%s' % (name, value) if name.isupper() else 'A: %s=%s\\n' % (name, value))
        return '\n'.join(lines) + '\n\n'

    def in_testbed(self, command):
        with tempfile.NamedTemporaryFile('w', suffix='.umockdev') as description:
            description.write(self.text)
            description.flush()
            return subprocess.run(['umockdev-run', '-d', description.name, '--', 'sh', '-c', command],
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors='replace',
                                  check=True, timeout=120).stdout

    def ask(self, path, action='add'):
        return self.in_testbed('exec udevadm test --action=%s /sys%s' % (action, path))

    def hints(self, path, action='add'):
        return dict(HINTS.findall(self.ask(path, action)))

    def commands(self, action='add'):
        return [line for line in RUN.findall(self.ask(self.usb, action)) if 'option' in line]


def shell_command(product):
    """What udev hands to the shell. Releases of udevadm list it differently, so it is read
    in the rules."""
    with open(DRIVER_RULES, encoding='utf-8') as rules:
        command, = re.findall(r'^RUN\+="/bin/sh -c \'(.*)\'"', rules.read(), re.M)
    return command.replace('\\"', '"').replace('$attr{idProduct}', product)


def equal(found, wanted):
    if found != wanted:
        raise AssertionError('found %r, wanted %r' % (found, wanted))


def case_rules_are_well_formed():
    """udev reads the files without a word; where udevadm can verify, it has to agree."""
    said = Device().ask(HUB + '/1-2')
    equal([line for line in said.splitlines()
           if any(os.path.basename(rules) + ':' in line for rules in (DRIVER_RULES, PORT_RULES))
           and not RUNS.search(line)], [])
    if 'verify' in subprocess.run(['udevadm', '--help'], capture_output=True, text=True, check=True).stdout:
        subprocess.run(['udevadm', 'verify', DRIVER_RULES, PORT_RULES], check=True)


def case_ports_by_protocol():
    device = Device()
    for protocol, wanted in PORTS.items():
        equal((protocol, device.hints(device.ttys[protocol])), (protocol, wanted))


def case_ports_of_another_subclass():
    device = Device(subclass='ff')
    equal(device.hints(device.ttys['12']), PORTS['12'])
    equal(device.hints(device.ttys['13']), PORTS['13'])


def case_ports_after_change_and_bind():
    """What the package's scripts trigger for a module that is plugged in."""
    device = Device()
    for action in ('change', 'bind'):
        equal(device.hints(device.ttys['12'], action), PORTS['12'])


def case_net_port_is_left_alone():
    device = Device()
    equal(device.hints(device.net), {})


def case_other_classes_are_left_alone():
    device = Device(serial_class='0a')
    equal(device.hints(device.ttys['12']), {})


def case_download_and_dump_are_no_modems():
    for product in ('3302', '3303'):
        device = Device(product=product)
        for path in (device.usb, device.ttys['12'], device.net):
            equal((path, device.hints(path).get('ID_MM_DEVICE_IGNORE')), (path, '1'))


def case_other_hardware_is_left_alone():
    for vendor, product in (('1234', '3301'), ('3465', '3302')):
        device = Device(vendor=vendor, product=product)
        for path in [device.usb, device.net] + list(device.ttys.values()):
            equal((path, device.hints(path)), (path, {}))
        equal(device.commands(), [])


def case_driver_is_told():
    """The command is run as udev would, on a kernel that does not know the module: vendor
    class only, once only, and after the driver has been loaded."""
    for product in ('3301', '3302'):
        device = Device(product=product)
        load, tell = device.commands()
        equal(load, 'kmod load option')
        equal(tell.startswith('/bin/sh -c '), True)
        script = ('mkdir -p "$UMOCKDEV_DIR/sys/{0}" && new="$UMOCKDEV_DIR/sys/{1}" && : >"$new"\n'
                  '({2})\ncat "$new"\necho --\nprintf "%s\\n" "3466 {3} ff" >"$new"\n({2})\ncat "$new"\n')
        said = device.in_testbed(script.format(os.path.dirname(NEW_ID), NEW_ID, shell_command(product), product))
        equal(said, '3466 {0} ff\n--\n3466 {0} ff\n'.format(product))


def case_driver_that_knows_is_left_alone():
    """modprobe's own configuration stands for the table of a kernel that knows the module."""
    with open(ALIAS, 'w', encoding='ascii') as alias:
        alias.write('alias usb:v3466p3301d*dc*dsc*dp*icFFisc*ip*in* option\n')
    try:
        equal(Device().commands(), [])
        equal(len(Device(product='3302').commands()), 2)
    finally:
        os.unlink(ALIAS)


def case_driver_is_told_of_modems_only():
    equal(Device(product='3303').commands(), [])
    equal(Device().commands('remove'), [])
    equal(Device().commands('change'), [])


def main():
    cases = [(name[len('case_'):], case) for name, case in globals().items() if name.startswith('case_')]
    failed = 0
    print('1..%d' % len(cases))
    for number, (name, case) in enumerate(cases, 1):
        try:
            case()
            print('ok %d - %s' % (number, name), flush=True)
        except Exception as error:  # pylint: disable=broad-except
            failed += 1
            print('\n'.join('# ' + line for line in str(error).splitlines()[-30:]))
            print('not ok %d - %s' % (number, name), flush=True)
    sys.exit(1 if failed else 0)


main()
