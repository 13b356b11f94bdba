#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""HTTPS: the module gets the certificates before every query and really uses them."""

import base64
import re

import place  # noqa: F401  pylint: disable=unused-import
import tap
from contract import CORE_ERROR, DOWNLOADED, FAILED, FOTA_ERROR, SUCCEEDED, SUSPENDED, expect_error
from harness import NEW_VERSION, wait_for
from server import BIG
from tls import Authority, TlsBed

STORE = re.compile(r'^AT\^SSLMNG=2,0,0,"(\w+\.pem)",(\d+),(\d+),"([A-Za-z0-9+/=]{1,1024})"$')
LOADS = {'ca_cert.pem': 'AT^SSLMNG=2,1,2,"ca_cert.pem"',
         'client_cert.pem': 'AT^SSLMNG=2,0,2,"client_cert.pem"',
         'client_key.pem': 'AT^SSLMNG=2,2,2,"client_key.pem"'}


def stored(commands):
    """The files that the pieces make up, checking their order and that each is then loaded."""
    files, pieces = {}, {}
    for command in commands:
        match = STORE.match(command)
        if match:
            name, piece, of, text = match.group(1), int(match.group(2)), int(match.group(3)), match.group(4)
            pieces.setdefault(name, []).append(text)
            assert piece == len(pieces[name]) <= of, command
            if piece < of:
                assert len(text) == 1024, command
            else:
                files[name] = base64.b64decode(''.join(pieces.pop(name)), validate=True)
        elif command.startswith('AT^SSLMNG'):
            name = re.search(r'"(.*)"', command).group(1)
            assert name in files and command == LOADS[name], command
    assert not pieces, 'pieces are missing: %r' % pieces
    assert {name for name in LOADS if LOADS[name] in commands} == set(files), commands
    return files


def run(bed, verb, url=None, **values):
    """Runs a verb; returns its result and the TLS commands, which must come before the query."""
    before = bed.simulator.transcript()[-1]['index']
    transaction = bed.verb(verb, url=url or bed.server.url, **values)
    result = bed.wait_result(transaction)
    commands = bed.simulator.commands(r'\^SSL|FOTAOEMDL', after=before)
    queries = [index for index, command in enumerate(commands) if 'FOTAOEMDL' in command]
    assert queries == [len(commands) - 1], commands
    return result, commands[:-1]


def succeed(bed, verb, verify, files, **values):
    result, commands = run(bed, verb, **values)
    assert result['outcome'] == SUCCEEDED, result
    assert stored(commands) == files
    assert commands[-1] == 'AT^SSLCFG=2,1,0,%d' % verify, commands
    return commands


def fail(bed, **values):
    """The server's files are not to be had, and the message tells where to look."""
    result, _commands = run(bed, 'Check', **values)
    assert result['outcome'] == FAILED, result
    assert result['error'] == FOTA_ERROR + 'FilesUnavailable' and result['module-code'] == 51, result
    assert 'certificate' in result['message'], result
    assert not bed.server.bytes_sent('FIRMWARE1.BIN')


def case_one_way():
    with TlsBed() as bed:
        bed.ready()
        files = {'ca_cert.pem': bed.authority.certificate}
        succeed(bed, 'Check', 1, files, **bed.one_way())
        succeed(bed, 'Download', 1, files, **bed.one_way())
        assert bed.fota()['State'] == DOWNLOADED
        assert bed.server.bytes_sent('FIRMWARE1.BIN') == bed.release.size


def case_one_way_ipv6():
    with TlsBed() as bed:
        bed.ready()
        succeed(bed, 'Download', 1, {'ca_cert.pem': bed.authority.certificate}, url=bed.server.url6, **bed.one_way())


def mutual(url):
    with TlsBed(mutual=True) as bed:
        bed.ready()
        files = {'ca_cert.pem': bed.authority.certificate, 'client_cert.pem': bed.client.certificate,
                 'client_key.pem': bed.client.key}
        succeed(bed, 'Check', 2, files, url=getattr(bed.server, url), **bed.both_ways())
        succeed(bed, 'Download', 2, files, url=getattr(bed.server, url), **bed.both_ways())


def case_mutual():
    mutual('url')


def case_mutual_ipv6():
    mutual('url6')


def case_many_pieces():
    """RSA certificates and keys are longer than one command."""
    with TlsBed(mutual=True, algorithm='rsa') as bed:
        bed.ready()
        values = bed.both_ways()
        values['tls_ca'] += bed.client.certificate
        files = {'ca_cert.pem': values['tls_ca'], 'client_cert.pem': bed.client.certificate,
                 'client_key.pem': bed.client.key}
        commands = succeed(bed, 'Check', 2, files, **values)
        assert sum('client_key.pem' in command for command in commands) >= 5, commands


def case_not_verified():
    with TlsBed(days=-1) as bed:
        bed.ready()
        succeed(bed, 'Check', 0, {}, tls_verify=0)


def case_wrong_authority():
    with TlsBed() as bed:
        bed.ready()
        fail(bed, tls_ca=Authority(bed.directory, 'other').certificate)


def case_expired():
    with TlsBed(days=-1) as bed:
        bed.ready()
        fail(bed, **bed.one_way())


def case_other_name():
    """Verified is the server's name too."""
    with TlsBed(names='IP:127.0.0.2,DNS:other.example') as bed:
        bed.ready()
        fail(bed, **bed.one_way())


def case_client_certificate_missing():
    with TlsBed(mutual=True) as bed:
        bed.ready()
        fail(bed, **bed.one_way())


def case_client_certificate_of_another_authority():
    with TlsBed(mutual=True) as bed:
        bed.ready()
        other = Authority(bed.directory, 'other').issue('client')
        fail(bed, tls_ca=bed.authority.certificate, tls_certificate=other.certificate, tls_key=other.key,
             tls_verify=2)


def case_client_certificate_expired():
    """Told in the log, tried all the same: the module's clock may be another."""
    with TlsBed(mutual=True) as bed:
        bed.ready()
        expired = bed.authority.issue('expired', days=-1)
        fail(bed, tls_ca=bed.authority.certificate, tls_certificate=expired.certificate, tls_key=expired.key,
             tls_verify=2)


def case_key_does_not_match():
    with TlsBed(mutual=True) as bed:
        bed.ready()
        values = bed.both_ways()
        values['tls_key'] = bed.authority.issue('other').key
        with expect_error(CORE_ERROR + 'InvalidArgs') as error:
            bed.verb('Check', url=bed.server.url, **values)
        assert "'tls-key'" in error.message and 'not the certificate' in error.message, error.message
        assert not bed.simulator.commands(r'\^SSL|FOTAOEMDL')


def case_contradictions():
    with TlsBed() as bed:
        bed.ready()
        everything = bed.both_ways()
        for wrong in ({'url': bed.plain.url, 'tls_verify': 0},
                      {'url': bed.plain.url, **bed.one_way()},
                      {'tls_verify': 2, **bed.one_way()},
                      {'tls_certificate': everything['tls_certificate'], **bed.one_way()},
                      {'tls_key': everything['tls_key'], **bed.one_way()},
                      {'tls_ca': everything['tls_key']},
                      {'tls_ca': b''},
                      {'tls_ca': b'-----BEGIN CERTIFICATE-----\n'},
                      {'tls_verify': 3},
                      {'tls_verify': 1},
                      {}):
            with expect_error(CORE_ERROR + 'InvalidArgs') as error:
                bed.verb('Check', **{'url': bed.server.url, **wrong})
            assert 'tls-' in error.message, error.message
        assert not bed.simulator.commands(r'\^SSL|FOTAOEMDL')


def case_lost_at_power_off():
    """The simulator minds a query over https that lacks a certificate; see also check_sanity ()."""
    with TlsBed(mutual=True) as bed:
        bed.ready()
        files = {'ca_cert.pem': bed.authority.certificate, 'client_cert.pem': bed.client.certificate,
                 'client_key.pem': bed.client.key}
        succeed(bed, 'Check', 2, files, **bed.both_ways())
        old = bed.modem
        bed.simulator.command('power-cycle')
        wait_for('another modem', lambda: bed.modems() and bed.modems() != [old])
        assert bed.simulator.status()['ssl'] == {'mode': -1, 'files': 0, 'ca': False, 'certificate': False,
                                                 'key': False}
        bed.ready()
        succeed(bed, 'Check', 2, files, **bed.both_ways())
        succeed(bed, 'Download', 2, files, **bed.both_ways())


def case_resumed():
    """Nothing is kept of the options: they are needed again, and that is said before anything is sent."""
    with TlsBed({'timing': {'download-seconds': 100}}, release=BIG) as bed:
        bed.ready()
        transaction = bed.verb('Download', url=bed.server.url, **bed.one_way())
        wait_for('some of the package', lambda: bed.fota().get('BytesReceived', 0) > 0.2 * bed.release.size)
        old = bed.modem
        bed.simulator.command('power-cycle')
        result = bed.wait_result(transaction)
        assert result['error'] == FOTA_ERROR + 'DownloadSuspended', result
        wait_for('another modem', lambda: bed.modems() and bed.modems() != [old])
        bed.registered()
        bed.wait_state(SUSPENDED)
        sent = len(bed.simulator.commands('FOTAOEMDL'))
        for values in ({}, {'tls_verify': 1}):
            with expect_error(CORE_ERROR + 'InvalidArgs') as error:
                bed.verb('Resume', **values)
            assert "'tls-ca'" in error.message and 'power-off' in error.message, error.message
        assert len(bed.simulator.commands('FOTAOEMDL')) == sent
        assert bed.fota()['State'] == SUSPENDED
        result = bed.wait_result(bed.verb('Resume', **bed.one_way()))
        assert result['outcome'] == SUCCEEDED, result


def case_known_server_without_tls():
    """TLS options of a Resume or Download that goes to a plain server as before."""
    with TlsBed() as bed:
        bed.ready()
        bed.plain.offer(bed.release)
        result = bed.wait_result(bed.verb('Check', url=bed.plain.url))
        assert result['outcome'] == SUCCEEDED, result
        with expect_error(CORE_ERROR + 'InvalidArgs') as error:
            bed.verb('Download', **bed.one_way())
        assert 'https' in error.message, error.message


def case_module_refuses():
    with TlsBed() as bed:
        bed.ready()
        for pattern in ('AT^SSLMNG*', 'AT^SSLCFG*'):
            bed.simulator.fault(kind='error', pattern=pattern)
            with expect_error(FOTA_ERROR + 'Refused'):
                bed.verb('Check', url=bed.server.url, **bed.one_way())
        assert not bed.simulator.commands('FOTAOEMDL')
        succeed(bed, 'Check', 1, {'ca_cert.pem': bed.authority.certificate}, **bed.one_way())


def case_mmfota():
    with TlsBed(mutual=True) as bed:
        bed.ready()
        done = bed.mmfota('--check=' + bed.server.url, '--tls-ca=' + bed.authority.certificate_path,
                          '--tls-certificate=' + bed.client.certificate_path, '--tls-key=' + bed.client.key_path,
                          check=0)
        assert NEW_VERSION in done.stdout, done.stdout
        done = bed.mmfota('--download=' + bed.server.url, '--tls-ca=' + bed.authority.certificate_path,
                          '--tls-certificate=' + bed.client.certificate_path, '--tls-key=' + bed.client.key_path,
                          '--tls-verify=mutual', check=0)
        assert bed.fota()['State'] == DOWNLOADED
        assert bed.simulator.commands(r'\^SSLCFG') == ['AT^SSLCFG=2,1,0,2'] * 2
        bed.mmfota('--cancel', check=0)
        done = bed.mmfota('--check=' + bed.server.url)
        assert done.returncode == 1 and 'tls-ca' in done.stderr, (done.returncode, done.stderr)


def case_mmfota_not_verified():
    with TlsBed() as bed:
        bed.ready()
        bed.mmfota('--check=' + bed.server.url, '--tls-verify=none', check=0)
        assert bed.simulator.commands(r'\^SSL') == ['AT^SSLCFG=2,1,0,0']


if __name__ == '__main__':
    tap.run(globals())
