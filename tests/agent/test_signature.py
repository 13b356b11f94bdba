#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The operator's signature, as the agent holds a server against it: releases of mmfota-server and of
OpenSSL, spoiled in every way, on servers that do what they should not."""

import datetime
import http.server
import json
import os
import re
import shutil
import socket
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
for folder_of_tests in ('security', 'integration', 'server'):
    sys.path.insert(0, os.path.join(HERE, '..', folder_of_tests))

import tap  # noqa: E402  pylint: disable=wrong-import-position
from bed import BUILD, MODEL, NEW, Folder, make, read, run, tool, write  # noqa: E402  pylint: disable=wrong-import-position
from harness import FAST_CLOCK, FastClock  # noqa: E402  pylint: disable=wrong-import-position
from processes import free_port  # noqa: E402  pylint: disable=wrong-import-position

DRIVER = os.path.join(BUILD, 'tests', 'agent', 'signature-driver')
SIGNED = ('filelist.xml', 'changelog.xml', 'release.json', 'ota.swu')


class Web:
    """A web server for a folder; what it answers to a path may be said: a status, bytes, or a function
    that gets the connection."""

    def __init__(self, root):
        self.odd = {}
        self.asked = []
        web = self

        class Handler(http.server.SimpleHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'

            def __init__(self, *arguments):
                super().__init__(*arguments, directory=root)

            def log_message(self, *_arguments):  # pylint: disable=arguments-differ
                pass

            def do_GET(self):
                name = os.path.basename(self.path)
                web.asked.append((name, dict(self.headers)))
                odd = web.odd.get(name)
                if odd is None:
                    super().do_GET()
                    return
                if callable(odd):
                    self.close_connection = True
                    odd(self.wfile)
                    return
                status, body, headers = odd if isinstance(odd, tuple) else \
                    (odd, b'', {}) if isinstance(odd, int) else (200, odd, {})
                self.send_response(status)
                for header in {'Content-Length': str(len(body)), **headers}.items():
                    self.send_header(*header)
                self.end_headers()
                self.wfile.write(body)

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda request, address: None
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self):
        return 'http://127.0.0.1:%d/' % self.port

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.server.shutdown()
        self.server.server_close()


def check(url, keyring, model=MODEL, version=NEW, **keys):
    done = run(DRIVER, url, keyring, model, version, env={'NO_PROXY': '*', 'G_DEBUG': 'fatal-criticals', **keys})
    assert done.status in (0, 1), done
    return done


def accepted(*arguments):
    done = check(*arguments)
    assert done.status == 0 and re.fullmatch(r'signed \S+ 20000 \d+\n', done.out), done
    return done


def refused(reason, *arguments, name=None):
    done = check(*arguments)
    assert done.status == 1 and done.out.startswith(reason + ' '), (reason, done)
    error = done.out.split()[1].rstrip(':')
    unavailable = 'com.td_tech.ModemManager1.Error.Fota.FilesUnavailable'
    expected = {'unreachable': 'org.freedesktop.ModemManager1.Error.Core.Retry',
                'unavailable': unavailable, 'keyring': unavailable}
    # Without TLS a portal on the way may have said it
    if not arguments[0].startswith('https:'):
        expected.update({'not-signed': unavailable, 'malformed': unavailable})
    assert error == expected.get(reason, 'com.td_tech.FotaAgent1.Error.SignatureRefused'), done
    # One line, whatever the server put into it
    assert len(done.out.splitlines()) == 1 and done.out.strip().isprintable(), done
    return done


class Signed(Folder):
    """A release that mmfota-server has made and signed."""

    def __enter__(self):
        super().__enter__()
        make(self('www'))
        assert tool('--certificates', self('certs'), '--name', 'x').status == 0
        self.keyring = self('certs', 'ca.pem')
        self.sign()
        return self

    def sign(self, *more, certs='certs'):
        done = tool('--sign', self('www'), '--certificate', self(certs, 'signer.pem'), '--key', self(certs, 'signer.key'), *more)
        assert done.status == 0, done

    def full(self, name):
        return self('www', 'full', name)

    def list_and_sign(self, names=SIGNED, certificate=None, key=None, more=()):
        """By others' tools: sha256sum and OpenSSL."""
        sums = run('sha256sum', *names, cwd=self('www', 'full'))
        assert sums.status == 0, sums
        write(self.full('SHA256SUMS'), sums.out)
        self.sign_list(certificate, key, more)

    def sign_list(self, certificate=None, key=None, more=()):
        done = run('openssl', 'cms', '-sign', '-binary', '-md', 'sha256', '-in', self.full('SHA256SUMS'), '-signer',
                   certificate or self('certs', 'signer.pem'), '-inkey', key or self('certs', 'signer.key'), '-outform', 'DER',
                   '-out', self.full('SHA256SUMS.p7s'), *more)
        assert done.status == 0, done


# Cases


def case_signed():
    """By the tool and by OpenSSL; five small requests, and the package is left to the module."""
    with Signed() as folder, Web(folder('www')) as web:
        accepted(web.url, folder.keyring)
        assert [name for name, _headers in web.asked] == ['SHA256SUMS', 'SHA256SUMS.p7s', 'release.json', 'filelist.xml',
                                                          'changelog.xml'], web.asked
        assert all('Accept-Encoding' not in headers and 'Authorization' not in headers for _name, headers in web.asked)
        accepted(web.url.rstrip('/'), folder.keyring, '', '')
        accepted(web.url, folder.keyring, 'MT5700M_CN')
        folder.list_and_sign()
        accepted(web.url, folder.keyring)
        refused('other-product', web.url, folder.keyring, 'MT5710-CN')
        refused('other-version', web.url, folder.keyring, MODEL, '1.4.0.0(SP1C02)')
        folder.sign('--not-after', '2099-12-31')
        accepted(web.url, folder.keyring)


def case_changed():
    """Whatever is changed, left out or added after it was signed."""
    with Signed() as folder, Web(folder('www')) as web:
        good = {name: read(folder.full(name)) for name in os.listdir(folder('www', 'full'))}

        def spoiled(reason, name, content):
            if content is None:
                os.unlink(folder.full(name))
            else:
                write(folder.full(name), content)
            refused(reason, web.url, folder.keyring)
            write(folder.full(name), good[name])

        for name in ('filelist.xml', 'changelog.xml', 'release.json', 'SHA256SUMS'):
            spoiled('changed', name, good[name] + b' ')
        for name in ('SHA256SUMS', 'SHA256SUMS.p7s', 'release.json'):
            spoiled('not-signed', name, None)
        for name in ('filelist.xml', 'changelog.xml'):
            spoiled('unavailable', name, None)
        for content in (b'', b'rubbish', good['SHA256SUMS.p7s'][:-1], good['SHA256SUMS.p7s'][:100], b'\x30\x84\xff\xff\xff\xff'):
            spoiled('malformed', 'SHA256SUMS.p7s', content)
        for size in (1 << 20, (1 << 20) + 1):
            spoiled('changed' if size == 1 << 20 else 'malformed', 'SHA256SUMS', b'x' * size)
        # In the signature itself: never a yes
        for at in range(0, len(good['SHA256SUMS.p7s']), 97):
            flipped = bytearray(good['SHA256SUMS.p7s'])
            flipped[at] ^= 1
            write(folder.full('SHA256SUMS.p7s'), bytes(flipped))
            done = check(web.url, folder.keyring)
            assert done.status == 1 or bytes(flipped[at:at + 1]), (at, done)
        write(folder.full('SHA256SUMS.p7s'), good['SHA256SUMS.p7s'])
        accepted(web.url, folder.keyring)


def case_badly_signed():
    """Well signed, but not what a release has to be."""
    with Signed() as folder, Web(folder('www')) as web:
        for left_out in SIGNED:
            folder.list_and_sign([name for name in SIGNED if name != left_out])
            refused('incomplete', web.url, folder.keyring)
        manifest = json.loads(read(folder.full('release.json')))

        def with_manifest(content):
            write(folder.full('release.json'), content if isinstance(content, bytes) else json.dumps(content).encode())
            folder.list_and_sign()

        day = datetime.timedelta(days=1)
        now = datetime.datetime.now(datetime.timezone.utc)
        for reason, change in (('changed', {'version': '9.9'}), ('changed', {'product': 'MT5710-CN'}),
                               ('malformed', {'version': 'a\nb'}), ('malformed', {'version': 7}),
                               ('malformed', {'not-after': 'never'}),
                               ('over', {'not-after': (now - day).strftime('%Y-%m-%dT%H:%M:%SZ')})):
            with_manifest({**manifest, **change})
            refused(reason, web.url, folder.keyring)
        # Two values: which one was meant?
        for rubbish in (b'', b'[]', b'{}', b'{}{}', json.dumps(manifest).encode() * 2, b'\xff', b'{"version":' * 1000):
            with_manifest(rubbish)
            refused('malformed', web.url, folder.keyring)
        with_manifest({**manifest, 'not-after': (now + day).strftime('%Y-%m-%dT%H:%M:%SZ')})
        accepted(web.url, folder.keyring)
        for name, content in (('filelist.xml', b'<root/>'), ('changelog.xml', b'<root/>'), ('filelist.xml', b'\0'),
                              ('filelist.xml', read(folder.full('filelist.xml')).replace(b'ota.swu', b'../ota.swu'))):
            before = read(folder.full(name))
            write(folder.full(name), content)
            folder.list_and_sign()
            refused('malformed', web.url, folder.keyring)
            write(folder.full(name), before)


def authority(folder, place, name='operator'):
    from tls import Authority  # pylint: disable=import-outside-toplevel
    os.makedirs(folder(place))
    return Authority(folder(place), name)


def issue(ca, name='signer', days=30, purpose='codeSigning'):
    return ca.issue(name, days=days, names='DNS:x' + ('\nextendedKeyUsage=' + purpose if purpose else ''))


def case_who_signed():
    """Another CA, another purpose, none, a time that was over; the signer itself is no CA."""
    with Signed() as folder, Web(folder('www')) as web:
        ca = authority(folder, 'ours')
        for reason, keys in (('untrusted', {'purpose': 'emailProtection'}), ('untrusted', {'purpose': None}),
                             ('not-valid', {'days': -1})):
            pair = issue(ca, 'a%s' % len(os.listdir(ca.directory)), **keys)
            folder.list_and_sign(certificate=pair.certificate_path, key=pair.key_path)
            refused(reason, web.url, ca.certificate_path)
        pair = issue(ca)
        folder.list_and_sign(certificate=pair.certificate_path, key=pair.key_path)
        accepted(web.url, ca.certificate_path)
        refused('untrusted', web.url, folder.keyring)
        # Without its time nobody can say whether it was valid
        folder.list_and_sign(certificate=pair.certificate_path, key=pair.key_path, more=['-noattr'])
        refused('malformed', web.url, ca.certificate_path)
        # Known by its key, not by name and number
        folder.list_and_sign(certificate=pair.certificate_path, key=pair.key_path, more=['-keyid'])
        accepted(web.url, ca.certificate_path)


def case_expired_since():
    """A release outlives the certificate that signed it: what counts is when that was."""
    with Signed() as folder, Web(folder('www')) as web:
        clock = FastClock(folder('clock'), 1.0)
        clock.set_careful(1.0)
        then = {'LD_PRELOAD': FAST_CLOCK, 'FAST_CLOCK': clock.path}
        clock.set_clock(-10 * 86400)
        os.environ.update(then)
        try:
            ca = authority(folder, 'ours')
        finally:
            for name in then:
                del os.environ[name]
        pair = issue(ca, days=-1)
        for days, reason in ((-1.5, None), (0, 'not-valid'), (-3, 'not-valid')):
            clock.set_clock(days * 86400)
            done = run('openssl', 'cms', '-sign', '-binary', '-md', 'sha256', '-in', folder.full('SHA256SUMS'), '-signer',
                       pair.certificate_path, '-inkey', pair.key_path, '-outform', 'DER', '-out', folder.full('SHA256SUMS.p7s'),
                       env=then)
            assert done.status == 0, done
            verified = tool('--verify', folder('www'), '--keyring', ca.certificate_path)
            if reason:
                refused(reason, web.url, ca.certificate_path)
                assert verified.status == 1 and 'not valid' in verified.err, verified
            else:
                accepted(web.url, ca.certificate_path)
                assert verified.status == 0, verified


def case_keyrings():
    """Several keys: any will do. CAs of the same name and another key are told apart, in a file and in a
    folder, whichever comes first."""
    with Signed() as folder, Web(folder('www')) as web:
        old, new, other = authority(folder, 'old'), authority(folder, 'new'), authority(folder, 'other', 'other')
        assert run('openssl', 'x509', '-noout', '-subject', '-in', old.certificate_path).out == \
            run('openssl', 'x509', '-noout', '-subject', '-in', new.certificate_path).out
        for signer, stranger in ((old, new), (new, old)):
            pair = issue(signer)
            folder.list_and_sign(certificate=pair.certificate_path, key=pair.key_path)
            for order in ((old, new, other), (new, old, other), (other, new, old)):
                write(folder('all.pem'), b''.join(one.certificate for one in order))
                accepted(web.url, folder('all.pem'))
                shutil.rmtree(folder('keyring'), ignore_errors=True)
                os.mkdir(folder('keyring'))
                for number, one in enumerate(order):
                    write(folder('keyring', '%d.pem' % number), one.certificate)
                write(folder('keyring', 'README'), 'rubbish')
                accepted(web.url, folder('keyring'))
            refused('untrusted', web.url, stranger.certificate_path)
            # Signed by both: one is enough
            theirs = issue(stranger, 'second-%s' % stranger.directory.count('n'))
            folder.sign_list(theirs.certificate_path, theirs.key_path,
                             ['-signer', pair.certificate_path, '-inkey', pair.key_path])
            accepted(web.url, signer.certificate_path)
            accepted(web.url, stranger.certificate_path)
        for spoil in (lambda: write(folder('keyring', 'z.pem'), 'rubbish'), lambda: shutil.rmtree(folder('keyring')),
                      lambda: os.mkdir(folder('keyring'))):
            spoil()
            assert folder('keyring') in refused('keyring', web.url, folder('keyring')).out


def case_bad_servers():
    """Statuses, redirects (which are not followed), answers that are none or never end: a word for each, in
    bounded time and memory, and the main loop goes on."""
    def endless(wfile):
        wfile.write(b'HTTP/1.1 200 OK\r\n\r\n')
        while True:
            wfile.write(b'x' * 65536)

    def headers(wfile):
        wfile.write(b'HTTP/1.1 200 OK\r\n')
        for _turn in range(100000):
            wfile.write(b'X-Y: ' + b'z' * 1000 + b'\r\n')

    def short(wfile):
        wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc')

    with Signed() as folder, Web(folder('www')) as web:
        redirect = (302, b'', {'Location': '/full/changelog.xml'})
        for reason, odd in (('unreachable', 500), ('unreachable', 503), ('unreachable', 429), ('unavailable', 403),
                            ('unavailable', redirect), ('unavailable', 401), ('unavailable', 204), ('unavailable', 206),
                            ('unreachable', lambda wfile: wfile.write(b'\0rubbish\r\n\r\n')), ('unreachable', lambda wfile: None),
                            ('unreachable', short), ('malformed', endless), ('unreachable', headers),
                            ('not-signed', 410)):
            for name in ('SHA256SUMS', 'changelog.xml'):
                web.odd = {name: odd}
                if reason == 'not-signed' and name == 'changelog.xml':
                    continue
                done = refused(reason, web.url, folder.keyring)
                assert name in done.out, done
        # Said to be packed, though nobody asked for it: it is what it is
        web.odd = {'filelist.xml': (200, read(folder.full('filelist.xml')), {'Content-Encoding': 'gzip'})}
        accepted(web.url, folder.keyring)
        web.odd = {}
        refused('unreachable', 'http://127.0.0.1:%d/' % free_port(), folder.keyring)
        for url in ('ftp://127.0.0.1/', 'nonsense', 'http://user@127.0.0.1/', 'http://127.0.0.1/?x'):
            refused('unavailable', url, folder.keyring)
        listener = socket.create_server(('127.0.0.1', 0))
        refused('unreachable', 'https://127.0.0.1:%d/' % web.port, folder.keyring)
        listener.close()


if __name__ == '__main__':
    tap.run(globals())
