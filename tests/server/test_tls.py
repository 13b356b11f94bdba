#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What can be wrong with TLS and with addresses, on a real nginx: --check against the
simulated module, as in the table of broken releases."""

import os
import socket
import ssl
import subprocess
import sys
import threading

import bed
from bed import Folder, Nginx, Odd, file_server, free_port, judge, listens, make, tool
from processes import wait_for

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'integration'))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'security'))

import tap  # noqa: E402  pylint: disable=wrong-import-position
from tls import Authority, Pair  # noqa: E402  pylint: disable=wrong-import-position

SITE = '''    server {
%(listen)s
        ssl_certificate %(certificate)s;
        ssl_certificate_key %(key)s;
        %(more)s
        location / { root %(root)s; autoindex on; types { application/octet-stream swu bin; text/xml xml; } }
    }
'''


class Place:
    """A release, an authority, and nginx."""

    def __init__(self):
        self.folder = Folder()
        self.port = free_port()
        self.nginx = None

    def __enter__(self):
        self.folder.__enter__()
        self.authority = Authority(self.folder.path)
        self.client = self.issue('client')
        make(self.folder('www'))
        return self

    def __exit__(self, *error):
        if self.nginx:
            self.nginx.stop()
        self.folder.__exit__(*error)

    def issue(self, name, days=90, **keys):
        return self.authority.issue(name, days=days, **keys)

    def serve(self, pair, more='', addresses=('127.0.0.1', '[::1]'), ssl=' ssl'):
        listen = '\n'.join('        listen %s:%d%s;' % (address, self.port, ssl) for address in addresses)
        self.nginx = Nginx(self.folder('nginx'), SITE % {
            'listen': listen, 'certificate': pair.certificate_path, 'key': pair.key_path, 'more': more,
            'root': self.folder('www')})
        self.nginx.start(self.port, addresses[0].strip('[]'))

    def mutual(self, authority=None):
        return 'ssl_client_certificate %s; ssl_verify_client on;' % (authority or self.authority).certificate_path

    def judged(self, finding, status, host='127.0.0.1', ca=None, client=None, scheme='https', env=None):
        """--check finds that and ends so; the module agrees."""
        env = env or {}
        url = '%s://%s:%d/' % (scheme, host, self.port)
        options = []
        files = []
        if ca != 'none' and scheme == 'https':
            path = (ca or self.authority).certificate_path
            options += ['--tls-ca', path]
            files += [path]
        if client:
            options += ['--tls-certificate', client.certificate_path, '--tls-key', client.key_path]
            files += [client.certificate_path, client.key_path]
        checked = tool('--check', url, '-J', *options, env=env)
        state = judge(url, *files, env=env)
        assert checked.status == status, (checked, state)
        assert finding is None or finding in checked.findings, checked
        assert (state == 40) == (status != 1), (state, checked)
        return checked


def case_good():
    with Place() as place:
        place.serve(place.issue('server'))
        place.judged(None, 0)
        place.judged(None, 0, host='[::1]')
        place.judged('tls-client-not-asked', 2, client=place.client)
        assert 'http-tls-port' in place.judged('http-tls-port', 1, scheme='http').findings


def case_mutual():
    with Place() as place:
        place.serve(place.issue('server'), place.mutual())
        place.judged(None, 0, client=place.client)
        place.judged(None, 0, host='[::1]', client=place.client)
        place.judged('tls-client-required', 1)
        stranger = Authority(place.folder.path, 'stranger').issue('client')
        place.judged('tls-client-refused', 1, client=stranger)
        mixed = Pair(place.folder('mixed'))
        bed.write(mixed.certificate_path, place.client.certificate)
        bed.write(mixed.key_path, stranger.key)
        place.judged('tls-client-pair', 1, client=mixed)
        bed.write(mixed.key_path, 'no key')
        checked = tool('--check', 'https://127.0.0.1:%d/' % place.port, '-J', '--tls-certificate', mixed.certificate_path,
                       '--tls-key', mixed.key_path, '--tls-ca', place.authority.certificate_path)
        assert checked.status == 1 and 'tls-client-file' in checked.findings, checked


def case_client_has_expired():
    with Place() as place:
        place.serve(place.issue('server'), place.mutual())
        place.judged('tls-client-refused', 1, client=place.issue('late', days=-1))


def case_expired():
    with Place() as place:
        place.serve(place.issue('server', days=-1))
        place.judged('tls-expired', 1)


def case_not_valid_yet():
    """Where the clock of the one who made it, or ours, is wrong."""
    with Place() as place:
        place.serve(place.issue('server', begins=2))
        place.judged('tls-not-yet', 1)


def case_expires_soon():
    with Place() as place:
        place.serve(place.issue('server', days=3))
        place.judged('tls-expires', 2)


def case_wrong_name():
    with Place() as place:
        place.serve(place.issue('server', names='DNS:fota.example.net'))
        place.judged('tls-name', 1, host='localhost')


def case_address_not_in_san():
    with Place() as place:
        place.serve(place.issue('server', names='DNS:localhost'))
        place.judged('tls-name', 1)
        place.judged(None, 0, host='localhost')


def case_address_as_dns_name():
    with Place() as place:
        place.serve(place.issue('server', names='DNS:127.0.0.1'))
        place.judged('tls-name', 1)


def case_unknown_ca():
    with Place() as place:
        place.serve(place.issue('server'))
        checked = place.judged(None, 1, ca=Authority(place.folder.path, 'stranger'))
        assert {'tls-chain', 'tls-untrusted'} & set(checked.findings), checked


def case_self_signed():
    with Place() as place:
        pair = Pair(place.folder('self'))
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout',
                        pair.key_path, '-out', pair.certificate_path, '-days', '60', '-subj', '/CN=x',
                        '-addext', 'subjectAltName=IP:127.0.0.1'], check=True, stderr=subprocess.DEVNULL)
        place.serve(pair)
        place.judged('tls-untrusted', 1)
        place.judged(None, 0, ca=pair)


def intermediate(place):
    """A CA below the CA, and a server's certificate of it."""
    def openssl(*argv):
        subprocess.run(('openssl',) + argv, check=True, stderr=subprocess.DEVNULL, cwd=place.folder.path)

    bed.write(place.folder('ca.ext'), 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n')
    bed.write(place.folder('leaf.ext'), 'subjectAltName=IP:127.0.0.1\n')
    for name, issuer, extensions in (('middle', place.authority, 'ca.ext'), ('leaf', Pair(place.folder('middle')), 'leaf.ext')):
        openssl('req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', name + '.key',
                '-out', name + '.csr', '-subj', '/CN=' + name)
        openssl('x509', '-req', '-in', name + '.csr', '-CA', issuer.certificate_path, '-CAkey', issuer.key_path,
                '-set_serial', '77', '-days', '60', '-extfile', extensions, '-out', name + '.pem')
    return Pair(place.folder('middle')), Pair(place.folder('leaf'))


def case_chain_incomplete():
    with Place() as place:
        _middle, leaf = intermediate(place)
        place.serve(leaf)
        place.judged('tls-chain', 1)


def case_chain_complete():
    with Place() as place:
        middle, leaf = intermediate(place)
        both = Pair(place.folder('both'))
        bed.write(both.certificate_path, leaf.certificate + middle.certificate)
        bed.write(both.key_path, leaf.key)
        place.serve(both)
        place.judged(None, 0)


def case_tls_1_3_only():
    with Place() as place:
        place.serve(place.issue('server'), 'ssl_protocols TLSv1.3;')
        place.judged('tls-no-12', 2)


class Greeter:
    """No web server: says something and hangs up."""

    def __init__(self, host, port):
        self.listener = socket.create_server((host, port), family=socket.AF_INET6 if ':' in host else socket.AF_INET, backlog=16)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _address = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection:
            connection.sendall(b'SSH-2.0-OpenSSH_9.2p1\r\n')

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


class Http2Only(Greeter):
    """A server that speaks nothing but HTTP/2 above TLS: who offers something else hears SETTINGS
    and GOAWAY all the same."""

    def __init__(self, pair, port):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(pair.certificate_path, pair.key_path)
        self.context.set_alpn_protocols(['h2'])
        super().__init__('127.0.0.1', port)

    def _serve(self, connection):
        try:
            connection.settimeout(20)
            with self.context.wrap_socket(connection, server_side=True) as secure:
                secure.sendall(b'\0\0\0\4\0\0\0\0\0')
                if secure.recv(24) != b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n':
                    # PROTOCOL_ERROR
                    secure.sendall(b'\0\0\x08\7\0\0\0\0\0' + b'\0\0\0\0\0\0\0\1')
        except OSError:
            pass


def case_http2_only():
    with Place() as place:
        pair = place.issue('server')
        with Http2Only(pair, place.port):
            place.judged('http2-only', 1)
        place.port = free_port()
        server = subprocess.Popen(['openssl', 's_server', '-accept', '127.0.0.1:%d' % place.port, '-alpn', 'h2', '-quiet', '-cert',
                                   pair.certificate_path, '-key', pair.key_path], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL)
        try:
            wait_for('openssl to listen', lambda: listens(place.port))
            place.judged('http2-only', 1)
        finally:
            server.kill()
            server.wait()


def case_http2_offered():
    """A server that would rather speak HTTP/2 is asked as a module asks it."""
    with Place() as place:
        place.serve(place.issue('server'), ssl=' ssl http2')
        place.judged(None, 0)
        log = bed.read(place.nginx.access_log).decode()
        assert 'GET /full/ota.swu HTTP/1.1' in log and 'HTTP/2' not in log, log


def case_https_to_a_plain_port():
    with Place() as place:
        place.serve(place.issue('server'), ssl='')
        place.judged('tls-handshake', 1)


def case_no_ca_given():
    with Place() as place:
        place.serve(place.issue('server'))
        checked = tool('--check', 'https://127.0.0.1:%d/' % place.port, '-J')
        assert checked.status == 0 and 'tls-no-ca' in checked.findings, checked
        checked = tool('--check', 'https://127.0.0.1:%d/' % place.port, '-J', '--tls-ca', place.folder('www', 'full', 'ota.swu'))
        assert checked.status == 1, checked


def case_listens_by_one_family_only():
    for addresses in (('127.0.0.1',), ('[::1]',)):
        with Place() as place:
            make(place.folder('www2'))
            with Odd(file_server(place.folder('www2')), hosts=[addresses[0].strip('[]')], port=place.port):
                place.judged('net-one-family', 2, host='localhost', scheme='http')


def case_another_site_by_the_other_family():
    with Place() as place:
        make(place.folder('other'), name='other.swu')
        with Odd(file_server(place.folder('www')), hosts=['127.0.0.1'], port=place.port), \
                Odd(file_server(place.folder('other')), hosts=['::1'], port=place.port):
            checked = tool('--check', 'http://localhost:%d/' % place.port, '-J')
            assert checked.status == 2 and 'net-differs' in checked.findings, checked


def case_another_site_by_the_other_family_over_https():
    """The name is asked for in both, by the certificate that both have."""
    with Place() as place:
        make(place.folder('other'), name='other.swu')
        pair = place.issue('server')
        values = {'certificate': pair.certificate_path, 'key': pair.key_path, 'more': ''}
        sites = [SITE % dict(values, listen='listen %s:%d ssl;' % (address, place.port), root=place.folder(root))
                 for address, root in (('127.0.0.1', 'www'), ('[::1]', 'other'))]
        with Nginx(place.folder('nginx'), ''.join(sites)) as nginx:
            nginx.start(place.port)
            place.judged('net-differs', 2, host='localhost')
        # Somebody listens by the other one, but that is no web server
        with Nginx(place.folder('nginx'), sites[0]) as nginx, Greeter('::1', place.port):
            nginx.start(place.port)
            checked = tool('--check', 'https://localhost:%d/' % place.port, '-J', '--tls-ca', place.authority.certificate_path)
            assert 'net-one-family' in checked.findings, checked


def case_mutual_by_both_families():
    with Place() as place:
        place.serve(place.issue('server'), place.mutual())
        checked = place.judged(None, 0, host='localhost', client=place.client)
        assert not {'net-differs', 'net-one-family'} & set(checked.findings), checked


def case_names_of_one_family():
    """A name with an IPv6 address only, with an IPv4 address only, and with both, by http and https."""
    env = {'LD_PRELOAD': bed.RESOLVE}
    names = 'DNS:four.test,DNS:six.test,DNS:both.test'
    for scheme, ssl_word in (('https', ' ssl'), ('http', '')):
        with Place() as place:
            place.serve(place.issue('server', names=names), ssl=ssl_word)
            place.judged('net-ipv6-only', 2, host='six.test', scheme=scheme, env=env)
            place.judged('net-ipv4-only', 0, host='four.test', scheme=scheme, env=env)
            checked = place.judged(None, 0, host='both.test', scheme=scheme, env=env)
            assert not [finding for finding in checked.findings if finding.startswith('net-')], checked
    # Nobody listens where the name leads: never by IPv6, and never at all
    with Place() as place:
        place.serve(place.issue('server', names=names), addresses=('127.0.0.1',), ssl='')
        place.judged('net-unreachable', 1, host='six.test', scheme='http', env=env)
        place.judged('net-one-family', 2, host='both.test', scheme='http', env=env)


def case_nobody_there():
    with Place() as place:
        place.judged('net-unreachable', 1, scheme='http')
        checked = tool('--check', 'http://no-such-host.invalid/', '-J')
        assert checked.status == 1 and 'net-no-address' in checked.findings, checked


tap.run(globals())
