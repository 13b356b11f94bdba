#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The example clients do what they say, over the module's reboot and ModemManager's end."""

import os
import subprocess

import tap
from contract import DOWNLOADING
from harness import BUILD, NEW_VERSION, OLD_VERSION, SOURCE, Bed
from processes import clean_environment
from server import Release

CLIENTS = {
    'c': [os.path.join(BUILD, 'examples', 'example-update')],
    'python': ['/usr/bin/python3', os.path.join(SOURCE, 'examples', 'update.py')],
}


def upgrades(client):
    with Bed({'timing': {'download-seconds': 60}, 'fota': {'via-3302': True}}) as bed:
        bed.ready()
        imei = bed.modem_properties()['EquipmentIdentifier']
        before = bed.modem
        done = bed.run(*CLIENTS[client], bed.server.url, imei, check=0)
        assert 'upgraded from %s to %s' % (OLD_VERSION, NEW_VERSION) in done.stdout, done.stdout
        assert bed.modem != before
        assert bed.simulator.status()['fota']['flashes-done'] == 1
        # Again: nothing is done twice
        done = bed.run(*CLIENTS[client], bed.server.url, check=2)
        assert 'nothing newer' in done.stdout, done.stdout
        assert bed.simulator.status()['fota']['flashes-done'] == 1


def outlives_modemmanager(client):
    """One result, whoever of the two was restarted in the middle."""
    with Bed({'timing': {'download-seconds': 240}}) as bed:
        bed.ready()
        with subprocess.Popen([*CLIENTS[client], bed.server.url], env=clean_environment(**bed.bus.environment),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding='utf-8') as running:
            bed.wait_state(DOWNLOADING)
            bed.daemon.restart()
            bed.registered()
            out, err = running.communicate(timeout=300)
        assert running.returncode == 0 and NEW_VERSION in out, (running.returncode, out, err)


def fails(client):
    with Bed(release=Release(version=OLD_VERSION)) as bed:
        bed.ready()
        bed.run(*CLIENTS[client], bed.server.url, check=2)
        done = bed.run(*CLIENTS[client], bed.server.url, '860000000000000', check=1)
        assert done.stderr, done
        done = bed.run(*CLIENTS[client], 'gopher://nowhere/', check=1)
        assert 'gopher' in done.stderr, done


def case_c():
    upgrades('c')


def case_c_restart():
    outlives_modemmanager('c')


def case_c_fails():
    fails('c')


def case_python():
    upgrades('python')


def case_python_restart():
    outlives_modemmanager('python')


def case_python_fails():
    fails('python')


if __name__ == '__main__':
    tap.run(globals())
