#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A ModemManager without udev: it reads the rules itself, and somebody tells it of the
ports. Its parser ends the daemon at a line that it does not know."""

import glob
import os
import re
import shutil
import subprocess

import tap
from contract import BEARER
from harness import DAEMON, SOURCE, Bed
from processes import wait_for

PORT_NET, PORT_AT, PORT_GPS, PORT_IGNORED = 2, 3, 5, 9

RULES = '/lib/udev/rules.d'


def rules_folder():
    """What is installed, and ours: where the daemon looks, and nobody else."""
    folder = os.path.join(os.path.realpath(RULES), '')
    return [path for path in glob.glob(folder + '*') if '-tdtech-' not in os.path.basename(path)] + \
        glob.glob(os.path.join(SOURCE, 'plugin', '*.rules'))


class UdevlessBed(Bed):
    def start(self):
        self.start_daemon = False
        super().start()
        folder = self.path('rules')
        os.makedirs(folder)
        for path in rules_folder():
            shutil.copy(path, folder)
        self.daemon_prefix = ['unshare', '--mount' if os.getuid() == 0 else '--map-root-user', '--mount', 'sh', '-c',
                              'mount --bind "$0" %s && exec "$@"' % RULES, folder]
        with open(self.path('events'), 'w', encoding='ascii') as events:
            for subsystem in ('net', 'tty'):
                for name in sorted(os.listdir(os.path.join(self.simulator.umockdev_dir, 'sys', 'class', subsystem))):
                    events.write('action=add,subsystem=%s,name=%s\n' % (subsystem, name))
        self.daemon_options = (*Bed.daemon_options, '--test-no-udev', '--no-auto-scan',
                               '--initial-kernel-events=' + self.path('events'))
        self.daemon.start()


def finds_drivers():
    """Without udev ModemManager 1.24 looks for a port's driver where a testbed has none, and
    no plugin takes the port."""
    version = subprocess.run((DAEMON, '--version'), stdout=subprocess.PIPE, encoding='utf-8', check=True).stdout
    return [int(part) for part in re.search(r'(\d+)\.(\d+)', version).groups()] < [1, 22]


def case_rules_are_read():
    """The daemon lives, and knows the kinds of the ports from our rules."""
    with UdevlessBed() as bed:
        if not finds_drivers():
            wait_for('every port to be looked at', lambda: 'port usb0 filtered' in bed.daemon.log())
            assert bed.daemon.is_alive(), bed.daemon.last_words()
            return
        bed.wait_modem()
        bed.wait_fota()
        kinds = dict(bed.modem_properties()['Ports'])
        assert sorted(kinds.values())[:3] == [PORT_NET, PORT_AT, PORT_GPS], kinds
        assert set(sorted(kinds.values())[3:]) <= {PORT_IGNORED}, kinds
        bed.registered()
        assert bed.properties(bed.connect(), BEARER)['Connected']


if __name__ == '__main__':
    tap.run(globals())
