# SPDX-License-Identifier: GPL-2.0-or-later
"""The scenarios that the virtual machine goes through."""

import contextlib
import glob
import http.server
import json
import lzma
import os
import re
import shutil
import threading
import time

from guest import NEW_VERSION, OLD_VERSION, Machine, check, read, run, wait_for
from sms import deliver

DOWNLOADED = 'successfully downloaded'
NEW_ID = '/sys/bus/usb-serial/drivers/option1/new_id'
# linux/module_signature.h
SIGNED = b'~Module signature appended~\n'
SIGNATURE_HEAD = 12
SERIAL_CLASS = 'ff'
NOBODY = ('setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups')


def plug_in(machine):
    """Returns the modem, which has all that it needs."""
    machine.module.start()
    modem = machine.wait_for_modem()
    check(modem['generic']['plugin'] == 'tdtech', 'another plugin has the modem', modem['generic'])
    ports = machine.ports(modem)
    check({'at', 'net'} <= set(ports), 'ports', ports)
    for interface, protocol, driver in machine.interfaces():
        wanted = 'option' if interface == SERIAL_CLASS else 'cdc_ncm'
        check(driver == wanted, 'driver', interface, protocol, driver)
    return modem


def check_connected(machine):
    """NetworkManager's connection is up, and carries packets."""
    machine.wait_for_connection()
    ports = machine.ports(machine.modem())
    check(machine.device()[0] == ports['at'], 'the device in NetworkManager', machine.device(), ports)
    check(machine.ping(ports['net']), 'no ping')
    return ports['net']


def wait_for_bytes(machine):
    machine.wait_for_state('downloading')
    wait_for('bytes to arrive', lambda: (machine.fota() or {'bytes-received': 0})['bytes-received'])


def upgrade(name):
    """From plugging in to the connection that is back after the upgrade, all by real programs."""
    with Machine(name, timing={'reboot-delay': 15},
                 fota={'via-3302': True, 'layout-after': 'four:06'}) as machine:
        plug_in(machine)
        check(not read(NEW_ID), 'the kernel knows the module, and was told of it', read(NEW_ID))
        machine.add_connection()
        check_connected(machine)

        update = machine.mmfota('--update=' + machine.serve(), '-y')
        wait_for('the upgrade', lambda: machine.module.commands(r'^AT\^FWUP'))
        check(not machine.module.sessions(), 'data was not paused', machine.module.sessions())
        status, said = machine.ended(update)
        check(status == 0 and 'successfully upgraded' in said, 'mmfota', status, said)
        check(machine.fota()['version'] == NEW_VERSION, 'version', machine.fota())

        check_connected(machine)
        serial = [interface for interface in machine.interfaces() if interface[0] == SERIAL_CLASS]
        check(len(serial) == 4, 'serial ports after the upgrade', serial)
        check('idProduct=3302' in machine.journal('-k'), 'the kernel has not seen 3466:3302')
        check_held_off(machine)
        machine.check_manners()


def check_held_off(machine):
    """NetworkManager tried, was told no, and the module did not hear of it."""
    commands = machine.module.commands(r'^AT(\^FWUP|\^NDISDUP=)')
    flash = commands.index('AT^FWUP')
    check(re.match(r'AT\^NDISDUP=\d+,0', commands[flash - 1]), 'data was not hung up before ^FWUP', commands)
    check(len(commands[:flash]) == 2 and len(commands[flash:]) == 2, 'dialled in the upgrade', commands)
    check('a firmware upgrade needs the data path' in machine.journal('-u', 'ModemManager', '-u', 'NetworkManager'),
          'NetworkManager has not tried')


def unplug(name):
    """The cable is pulled in the middle of a download, which is resumed later."""
    with Machine(name, timing={'download-seconds': 90}) as machine:
        plug_in(machine)
        machine.wait_for_registered()
        download = machine.mmfota('--download=' + machine.serve())
        wait_for_bytes(machine)
        machine.module.command('unplug')
        wait_for('the modem to be gone', lambda: not machine.usb() and not machine.modem())
        machine.module.command('plug')
        status, said = machine.ended(download)
        check(status == 1 and 'suspended' in said, 'mmfota', status, said)
        machine.wait_for_registered()
        machine.wait_for_state('suspended')

        machine.module.set('timing.download-seconds', 10)
        status, said = machine.ended(machine.mmfota('--resume'))
        check(status == 0 and DOWNLOADED in said, 'mmfota', status, said)
        check(machine.fota()['state'] == 'downloaded', 'state', machine.fota())
        machine.check_manners()


def denied(name):
    """Everybody may look; only root may act."""
    with Machine(name) as machine:
        plug_in(machine)
        machine.wait_for_registered()
        url = machine.serve()
        for arguments, status in ((('--status',), 0), (('--check=' + url,), 4), (('--download=' + url,), 4),
                                  (('--cancel',), 4), (('--upgrade', '-y'), 4)):
            process = machine.mmfota(*arguments, before=NOBODY)
            found, said = machine.ended(process)
            check(found == status, 'as nobody', arguments, found, said)
        check('FOTAOEMDL' not in ' '.join(machine.module.commands()), 'the module was asked')
        found = machine.call(NOBODY, 'com.td_tech.ModemManager1.Modem.Fota', 'Check', '(a{sv})',
                             [{'url': ['s', url]}])
        check(found['error'] == 'org.freedesktop.ModemManager1.Error.Core.Unauthorized', 'on the bus', found)

        status, said = machine.ended(machine.mmfota('--check=' + url))
        check(status == 0 and NEW_VERSION in said, 'as root', status, said)
        machine.check_manners()


def restart(name):
    """ModemManager.service is restarted in the middle of a download: one result, a true one."""
    with Machine(name, timing={'download-seconds': 90}) as machine:
        plug_in(machine)
        machine.wait_for_registered()
        download = machine.mmfota('--download=' + machine.serve(), '--transaction=vm')
        wait_for_bytes(machine)
        run('systemctl', 'restart', 'ModemManager.service')
        status, said = machine.ended(download)
        check(status == 0 and DOWNLOADED in said, 'mmfota', status, said)
        fota = machine.fota()
        check(fota['state'] == 'downloaded' and fota['version'] == OLD_VERSION, 'afterwards', fota)
        check(fota['result']['transaction'] == 'vm' and fota['result']['outcome'] == 'succeeded', 'result', fota)
        events = run('mmfota', '-m', 'any', '--events')
        check(len(re.findall(r'download-succeeded', events)) == 1 and 'download-failed' not in events,
              'events', events)
        check(machine.server.bytes_sent('FIRMWARE1.BIN') == 400000, 'fetched', machine.server.accesses())
        machine.check_manners()


@contextlib.contextmanager
def kernel_without_the_id():
    """The release's own option driver, but for the module's id in its table."""
    release = os.uname().release
    original, = glob.glob('/lib/modules/%s/kernel/drivers/usb/serial/option.ko*' % release)
    folder = '/lib/modules/%s/updates' % release
    opener = lzma.open if original.endswith('.xz') else open
    with opener(original, 'rb') as module:
        code = module.read()
    # The kernel takes a module without a signature, but not one with a wrong one
    if code.endswith(SIGNED):
        length = int.from_bytes(code[-len(SIGNED) - 4:-len(SIGNED)], 'big')
        code = code[:-len(SIGNED) - SIGNATURE_HEAD - length]
    # What depmod reads, and struct usb_device_id
    code = code.replace(b'usb:v3466p3301', b'usb:v3466p33FE').replace(b'\x66\x34\x01\x33', b'\x66\x34\xfe\x33')
    os.makedirs(folder)
    with open(folder + '/option.ko', 'wb') as module:
        module.write(code)
    try:
        run('depmod', patience=600)
        run('modprobe', '-r', 'option')
        # It can be loaded
        run('modprobe', 'option')
        run('modprobe', '-r', 'option')
        yield
    finally:
        os.unlink(folder + '/option.ko')
        os.rmdir(folder)
        run('depmod', patience=600)
        run('modprobe', '-r', 'option')


def check_somebody_elses(name):
    """Hardware of another vendor that is much the same is left alone."""
    with Machine(name, module={'usb-vendor': '1234'}) as machine:
        machine.module.start()
        wait_for('the network driver', lambda: '02 00 cdc_ncm' in
                 ['%s %s %s' % interface for interface in machine.interfaces()])
        run('udevadm', 'settle')
        check(not [driver for interface, _protocol, driver in machine.interfaces()
                   if interface == SERIAL_CLASS and driver], 'drivers', machine.interfaces())
        check(not os.path.exists(NEW_ID), 'the option driver was loaded')


def unknown_id(name):
    """A kernel that has never heard of the module."""
    with kernel_without_the_id():
        check_somebody_elses(name + '-other')
        check_unknown(name)


def check_unknown(name):
    with Machine(name) as machine:
        plug_in(machine)
        check(read(NEW_ID) == '3466 3301 ff', 'what the driver was told', read(NEW_ID))
        machine.add_connection()
        check_connected(machine)

        machine.module.command('power-cycle')
        wait_for('the modem to be gone', lambda: not machine.modem())
        machine.wait_for_modem()
        check(read(NEW_ID) == '3466 3301 ff', 'the driver was told again', read(NEW_ID))
        check_connected(machine)
        machine.check_manners()


class Sink(http.server.HTTPServer):
    """Takes what is reported."""

    def __init__(self):
        events = self.events = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_arguments):  # pylint: disable=arguments-differ
                pass

            def do_POST(self):  # pylint: disable=invalid-name
                content = json.loads(self.rfile.read(int(self.headers['Content-Length'])))
                events.extend(content if isinstance(content, list) else [content])
                self.send_response(204)
                self.end_headers()

        super().__init__(('127.0.0.1', 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def kinds(self):
        return [event['type'].rsplit('.', 1)[1] for event in list(self.events)]


AGENT_FILE = '/etc/mmfota/agent.conf.d/vm.conf'
KEY_FILE = '/etc/mmfota/sms.key'
AGENT_CONFIG = """
[server]
url=%(server)s
[check]
interval=0
[policy]
upgrade=auto
timezone=UTC
window=%(window)s/2h
notice=1min
[sms]
key-file=%(key)s
[report]
url=http://127.0.0.1:%(port)d/
"""
# Before the window; the download is over sooner
AHEAD = 360


@contextlib.contextmanager
def configured_agent(**values):
    """The packaged service, with a configuration of an administrator's; afterwards as it was."""
    os.makedirs(os.path.dirname(AGENT_FILE), exist_ok=True)
    with open(KEY_FILE, 'w', encoding='ascii') as out:
        out.write('5a' * 32 + '\n')
    shutil.chown(KEY_FILE, 'root', 'mmfota-agent')
    os.chmod(KEY_FILE, 0o640)
    with open(AGENT_FILE, 'w', encoding='ascii') as out:
        out.write(AGENT_CONFIG % {'key': KEY_FILE, **values})
    try:
        run('mmfota-agent', '--check-config')
        run('systemctl', 'reload', 'mmfota-agent.service')
        yield
    finally:
        os.unlink(AGENT_FILE)
        os.unlink(KEY_FILE)
        run('systemctl', 'reload', 'mmfota-agent.service', check=False)


def agent(name):
    """The agent as it is packaged: enabled, told by an SMS to look, upgrades in its window, and reports."""
    with Machine(name, timing={'download-seconds': 20}) as machine:
        for question in ('is-enabled', 'is-active'):
            run('systemctl', question, 'mmfota-agent.service')
        plug_in(machine)
        machine.add_connection()
        check_connected(machine)
        sink = Sink()
        opens = int(time.time()) // 60 * 60 + AHEAD
        with configured_agent(server=machine.serve(), port=sink.server_port,
                              window=time.strftime('%H:%M', time.gmtime(opens))):
            imei = machine.modem()['3gpp']['imei']
            wait_for('the agent to know the modem', lambda: imei in run('mmfota', '--agent-status', check=False))
            check('FOTAOEMDL' not in ' '.join(machine.module.commands()), 'it looked by itself')
            message = run('mmfota-agent', '--sms-token', imei).strip()
            machine.module.command('sms ' + deliver(message))
            wait_for('the download', lambda: 'download-succeeded' in sink.kinds() or machine.module.commands(r'^AT\^FWUP'))
            wait_for('the upgrade', lambda: machine.module.commands(r'^AT\^FWUP'), AHEAD + 900)
            check(time.time() >= opens, 'upgraded before the window', time.time(), opens)
            wait_for('the report', lambda: 'upgrade-succeeded' in sink.kinds(), 900)
            wait_for('the agent to rest', lambda: 'activity: idle' in run('mmfota', '--agent-status', check=False))
        check(machine.fota()['version'] == NEW_VERSION, 'version', machine.fota())
        check(len(machine.module.commands(r'^AT\^FWUP')) == 1, 'upgraded once', machine.module.commands(r'^AT\^FWUP'))
        ids = [event['id'] for event in sink.events]
        check(len(set(ids)) == len(ids), 'ids', ids)
        wanted = ['update-available', 'download-started', 'download-succeeded', 'upgrade-started', 'upgrade-succeeded']
        check([kind for kind in dict.fromkeys(sink.kinds()) if kind in wanted] == wanted, 'events', sink.kinds())
        said = machine.journal('-u', 'mmfota-agent.service')
        check('SMS says to look' in said and not re.search('WARNING|CRITICAL', said), "the agent's journal", said)
        check_connected(machine)
        sink.shutdown()
        machine.check_manners()


SCENARIOS = {
    'upgrade': upgrade,
    'unplug': unplug,
    'denied': denied,
    'restart': restart,
    'unknown-id': unknown_id,
    'agent': agent,
}
