#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The testbed itself: a module that is plugged in is all there when udev tells of its first port.
A port that the daemon hears of alone is given up after 2.5 s of its clock, and the modem made of the
others would never get it."""

import os
import select
import socket
import threading

import tap
from harness import Bed
from processes import PATIENCE
from simulator import Control


def case_all_at_once():
    with Bed({'module': {'plugged': False}, 'port': {'order': 'same'}}, daemon=False) as bed:
        def there(name):
            return os.path.exists(bed.simulator.umockdev_dir + '/sys/class/' + name)

        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
            # umockdev tells whoever has a socket of this name
            listener.bind(bed.simulator.umockdev_dir + '/event99')
            control = Control(bed.simulator.path('control'))
            plug = threading.Thread(target=control.command, args=('plug',))
            plug.start()
            assert select.select([listener], [], [], PATIENCE)[0], 'no news'
            missing = [name for name in ('net/usb0', 'tty/ttyUSB0', 'tty/ttyUSB4') if not there(name)]
            assert not missing, missing
            # Each is told of, in the order of the interfaces
            told = []
            while plug.is_alive() or select.select([listener], [], [], 0.2)[0]:
                if select.select([listener], [], [], 0.2)[0]:
                    told.append(listener.recv(8192))
            plug.join()
            control.close()
        names = [news.split(b'DEVPATH=')[1].split(b'\0')[0].decode().rsplit('/', 1)[1] for news in told]
        assert names[0] == '1-1', names
        for name in ('usb0', 'ttyUSB0', 'ttyUSB1', 'ttyUSB2', 'ttyUSB3', 'ttyUSB4'):
            assert name in names, names
        assert names.index('usb0') < names.index('ttyUSB0') < names.index('ttyUSB4'), names


if __name__ == '__main__':
    tap.run(globals())
