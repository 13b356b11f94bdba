#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""From an empty directory to a finished upgrade: --make, --certificates, --site, the real
nginx, the stock ModemManager with the plugin, the simulated module."""

import os
import sys

import bed

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..')
sys.path.insert(0, os.path.join(TESTS, 'integration'))

import tap  # noqa: E402  pylint: disable=wrong-import-position
from contract import DOWNLOADED, SUCCEEDED  # noqa: E402  pylint: disable=wrong-import-position
from harness import NEW_VERSION, OLD_VERSION, Bed  # noqa: E402  pylint: disable=wrong-import-position

assert (bed.NEW, bed.OLD) == (NEW_VERSION, OLD_VERSION)


def operator(folder, host, tls):
    """What the operator types; returns the URL, and nginx."""
    bed.write(folder('ota.swu'), b'firmware' * 50000)
    port = bed.free_port()
    commands = [['--make', folder('fota'), '--package', folder('ota.swu'), '--version', NEW_VERSION, '--product', bed.MODEL,
                 '--source-version', OLD_VERSION]]
    site = ['--site', folder('fota'), '--listen', str(port), '--location', '/mt5700/']
    check = ['--check', '%s://%s:%d/mt5700/' % ('https' if tls else 'http', host, port), '--model', bed.MODEL, '--from', OLD_VERSION]
    if tls:
        commands.append(['--certificates', folder('certs'), '--name', host.strip('[]')])
        more = ['--tls', folder('certs')] + (['--mutual'] if tls == 'mutual' else [])
        site += more
        check += more
    for command in commands:
        done = bed.tool(*command)
        assert done.status == 0, done
    nginx = bed.Nginx(folder('nginx'), bed.tool(*site).out)
    assert nginx.test().status == 0, nginx.test()
    nginx.start(port, host.strip('[]'))
    checked = bed.tool(*check)
    assert checked.status == 0, checked
    return check[1], nginx


def upgrade(host, tls):
    with bed.Folder() as folder, Bed(release=None) as daemon:
        url, nginx = operator(folder, host, tls)
        with nginx:
            daemon.ready()
            options = {}
            if tls:
                options['tls_ca'] = bed.read(folder('certs', 'ca.pem'))
            if tls == 'mutual':
                options.update(tls_certificate=bed.read(folder('certs', 'client-1.pem')),
                               tls_key=bed.read(folder('certs', 'client-1.key')), tls_verify=2)
            result = daemon.wait_result(daemon.verb('Download', url=url, expect_version=NEW_VERSION, **options))
            assert result['outcome'] == SUCCEEDED, result
            daemon.wait_state(DOWNLOADED)
            result = daemon.wait_result(daemon.verb('Upgrade'))
            assert result['outcome'] == SUCCEEDED and result['to'] == NEW_VERSION, result
        told = bed.tool('--log', nginx.access_log, '-J').json['clients']
        module = [client for client in told if client['client'] == host.strip('[]')][0]
        assert module['stage'] == 'downloaded', told


def case_http_ipv4():
    upgrade('127.0.0.1', None)


def case_http_ipv6():
    upgrade('[::1]', None)


def case_one_way():
    upgrade('127.0.0.1', 'one-way')


def case_mutual():
    upgrade('127.0.0.1', 'mutual')


def case_mutual_ipv6():
    upgrade('[::1]', 'mutual')


tap.run(globals())
