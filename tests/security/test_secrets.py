#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Keys and passwords stay where they belong; what is kept on disk is for root only."""

import base64
import os
import re
import stat

import place  # noqa: F401  pylint: disable=unused-import
import tap
from contract import FAILED, FOTA, SUCCEEDED
from gi.repository import GLib
from harness import Bed
from tls import TlsBed

PASSWORD = 'hunter2.correct-horse'
# ModemManager's own debug log: what goes over the port, and the options of a connection attempt
FOREIGN = re.compile(r"/at\] (-->|<--) '|\[modem\d+\]    password: |SSLMNG")


def traces(pem):
    """What gives a PEM file away: any longer part of it, as it is or in base64 once more."""
    lines = [line for line in pem.decode().splitlines() if line and not line.startswith('-----')]
    again = base64.b64encode(pem).decode()
    return [line[:40] for line in lines] + [again[start:start + 40] for start in range(0, len(again) - 40, 40)]


def assert_absent(secrets, text, where):
    for secret in secrets:
        assert secret not in text, '%s shows a secret: %s' % (where, secret)


def state_files(bed):
    for folder, _folders, names in os.walk(bed.daemon.state):
        for name in names:
            yield os.path.join(folder, name)


def check_everywhere(bed, secrets):
    for path in state_files(bed):
        with open(path, encoding='utf-8', errors='replace') as kept:
            assert_absent(secrets, kept.read(), path)
    for interfaces in bed.objects().values():
        assert_absent(secrets, repr(interfaces.get(FOTA)), 'the firmware interface')
    assert_absent(secrets, repr([change for change in bed.changes if change[1] == FOTA]), 'a change of properties')
    assert_absent(secrets, repr(bed.events), 'an event')
    assert_absent(secrets, repr(bed.call(bed.modem, FOTA, 'ListEvents', GLib.Variant('(t)', (0,)))), 'the journal')
    for line in bed.daemon.log().splitlines():
        if not FOREIGN.search(line):
            assert_absent(secrets, line, 'the log')
    with open(bed.daemon.path('stderr'), encoding='utf-8', errors='replace') as err:
        assert_absent(secrets, err.read(), 'stderr')


def case_key():
    with TlsBed(mutual=True) as bed:
        bed.ready()
        secrets = traces(bed.client.key)
        result = bed.wait_result(bed.verb('Check', url=bed.server.url, **bed.both_ways()))
        assert result['outcome'] == SUCCEEDED, result
        # The module has got it: the traces are the right ones
        sent = '\n'.join(bed.simulator.commands('SSLMNG'))
        assert any(secret in sent for secret in secrets)
        result = bed.wait_result(bed.verb('Download', url=bed.server.url, **bed.both_ways()))
        assert result['outcome'] == SUCCEEDED, result
        check_everywhere(bed, secrets)


def case_key_of_what_fails():
    with TlsBed(mutual=True) as bed:
        bed.ready()
        other = bed.authority.issue('other')
        values = bed.both_ways()
        for wrong in ({'tls_key': other.key}, {'tls_ca': other.key}, {'tls_key': other.key[:-40]},
                      {'tls_key': other.key.replace(b'PRIVATE', b'PUBLIC')}):
            try:
                bed.verb('Check', url=bed.server.url, **{**values, **wrong})
                raise AssertionError('taken')
            except GLib.Error as error:
                assert_absent(traces(other.key), error.message, 'the error')
        bed.simulator.fault(kind='error', pattern='AT^SSLMNG*')
        try:
            bed.verb('Check', url=bed.server.url, **values)
            raise AssertionError('taken')
        except GLib.Error as error:
            assert_absent(traces(bed.client.key), error.message, 'the error')
        bed.server.stop()
        result = bed.wait_result(bed.verb('Check', url=bed.server.url, **values))
        assert result['outcome'] == FAILED, result
        check_everywhere(bed, traces(other.key) + traces(bed.client.key))


def case_password():
    """Of a bearer, through an upgrade's pause and what is kept for afterwards."""
    with Bed() as bed:
        bed.ready()
        bed.connect(apn='ctnet', user='someone', password=PASSWORD, allowed_auth=2)
        assert bed.simulator.commands('NDISDUP=.*' + re.escape(PASSWORD))
        result = bed.wait_result(bed.verb('Download', url=bed.server.url))
        assert result['outcome'] == SUCCEEDED, result
        transaction = bed.verb('Upgrade', delay=5)
        check_everywhere(bed, [PASSWORD])
        result = bed.wait_result(transaction)
        assert result['outcome'] == SUCCEEDED, result
        check_everywhere(bed, [PASSWORD])


def case_rights():
    with Bed(daemon=False) as bed:
        os.rmdir(bed.daemon.state)
        bed.daemon.start()
        bed.ready()
        bed.wait_result(bed.verb('Check', url=bed.server.url))
        assert stat.S_IMODE(os.stat(bed.daemon.state).st_mode) == 0o700
        paths = list(state_files(bed))
        assert len(paths) >= 2, paths
        for path in paths:
            assert stat.S_IMODE(os.lstat(path).st_mode) == 0o600 and stat.S_ISREG(os.lstat(path).st_mode), path


def case_no_symbolic_link():
    """Neither read nor written through, whatever the record is replaced by while nobody looks."""
    with Bed() as bed:
        bed.ready()
        bed.wait_result(bed.verb('Check', url=bed.server.url))
        bed.daemon.kill()
        victims = {}
        for path in list(state_files(bed)):
            victim = bed.path('victim-' + os.path.basename(path))
            os.rename(path, victim)
            os.symlink(victim, path)
            with open(victim, 'rb') as content:
                victims[victim] = content.read()
        assert victims
        bed.daemon.start()
        bed.ready()
        assert not bed.fota()['Result'], 'the record was read through a symbolic link'
        result = bed.wait_result(bed.verb('Check', url=bed.server.url))
        assert result['outcome'] == SUCCEEDED, result
        for victim, content in victims.items():
            with open(victim, 'rb') as kept:
                assert kept.read() == content, '%s was written through a symbolic link' % victim
        for path in state_files(bed):
            # What cannot be used is put aside as it is
            assert not os.path.islink(path) or path.endswith('.bad'), path


if __name__ == '__main__':
    tap.run(globals())
