# SPDX-License-Identifier: GPL-2.0-or-later
"""A certificate authority made for the test, and nginx with its certificates."""

import os
import subprocess
import time

import place  # noqa: F401  pylint: disable=unused-import
from harness import Bed
from server import Release, Server

NAMES = 'IP:127.0.0.1,IP:::1,DNS:localhost'

CA = '''[ca]
default_ca = test
[test]
database = %s/index
unique_subject = no
rand_serial = yes
default_md = sha256
policy = any
[any]
commonName = supplied
'''


def read(path):
    with open(path, 'rb') as source:
        return source.read()


class Pair:
    """Certificate and key: paths, and what is in them."""

    def __init__(self, base):
        self.certificate_path = base + '.pem'
        self.key_path = base + '.key'

    @property
    def certificate(self):
        return read(self.certificate_path)

    @property
    def key(self):
        return read(self.key_path)


class Authority(Pair):
    """Certificates by OpenSSL, as the firmware server's operator would make them."""

    def __init__(self, directory, name='authority', algorithm='ec'):
        self.directory = os.path.join(directory, name)
        os.makedirs(self.directory)
        super().__init__(os.path.join(self.directory, 'ca'))
        self.algorithm = algorithm
        self._openssl('req', '-x509', *self._new_key(), '-keyout', self.key_path, '-out', self.certificate_path,
                      '-subj', '/CN=' + name, '-days', '30', '-addext', 'keyUsage=critical,keyCertSign')

    def _new_key(self):
        if self.algorithm == 'rsa':
            return ['-newkey', 'rsa:4096', '-nodes']
        return ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']

    def _openssl(self, *arguments):
        done = subprocess.run(['openssl', *arguments], cwd=self.directory, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, encoding='utf-8')
        assert done.returncode == 0, 'openssl %s: %s' % (' '.join(arguments), done.stdout)

    def issue(self, name, days=30, names=NAMES, begins=-2):
        """A certificate for server or client; one of -1 days has expired, one that begins in 1 is not valid yet."""
        pair = Pair(os.path.join(self.directory, name))
        request = os.path.join(self.directory, name + '.csr')
        extensions = os.path.join(self.directory, name + '.ext')
        with open(extensions, 'w', encoding='ascii') as out:
            out.write('subjectAltName=%s\n' % names)
        self._openssl('req', '-new', *self._new_key(), '-keyout', pair.key_path, '-out', request,
                      '-subj', '/CN=' + name)
        # Not every release of "openssl x509" makes certificates that have expired
        configuration = os.path.join(self.directory, 'ca.conf')
        with open(configuration, 'w', encoding='ascii') as out:
            out.write(CA % self.directory)
        with open(os.path.join(self.directory, 'index'), 'a', encoding='ascii'):
            pass
        self._openssl('ca', '-batch', '-notext', '-config', configuration, '-in', request, '-outdir', self.directory,
                      '-cert', self.certificate_path, '-keyfile', self.key_path, '-extfile', extensions,
                      '-startdate', _date(begins), '-enddate', _date(days), '-out', pair.certificate_path)
        return pair


def _date(days):
    """So many days from now, as OpenSSL reads it."""
    return time.strftime('%Y%m%d%H%M%SZ', time.gmtime(time.time() + days * 86400))


class TlsServer(Server):
    """nginx that speaks https only; clients is the authority that theirs must come from."""

    def __init__(self, directory, pair, clients=None):
        super().__init__(directory)
        self.pair = pair
        self.clients = clients

    @property
    def url(self):
        return super().url.replace('http:', 'https:')

    @property
    def url6(self):
        return super().url6.replace('http:', 'https:')

    def _write_configuration(self):
        path = super()._write_configuration()
        with open(path, encoding='ascii') as configuration:
            text = configuration.read()
        lines = ['ssl_certificate %s;' % self.pair.certificate_path,
                 'ssl_certificate_key %s;' % self.pair.key_path]
        if self.clients:
            lines += ['ssl_client_certificate %s;' % self.clients.certificate_path, 'ssl_verify_client on;']
        text = text.replace(' sndbuf=', ' ssl sndbuf=').replace('autoindex on;', 'autoindex on;\n' + '\n'.join(lines))
        with open(path, 'w', encoding='ascii') as configuration:
            configuration.write(text)
        return path


class TlsBed(Bed):
    """mutual: the server wants client certificates; days: how long its own is valid; names: whose it is."""

    def __init__(self, scenario=None, mutual=False, days=30, names=NAMES, algorithm='ec', release=Release(),
                 **keys):
        super().__init__(scenario, release=None, **keys)
        self.mutual = mutual
        self.days = days
        self.names = names
        self.algorithm = algorithm
        self.tls_release = release
        self.authority = self.client = self.plain = None

    def start(self):
        super().start()
        self.authority = Authority(self.directory, algorithm=self.algorithm)
        self.client = self.authority.issue('client')
        self.plain = self.server
        self.server = TlsServer(self.path('tls'), self.authority.issue('server', self.days, self.names),
                                self.authority if self.mutual else None)
        self.server.start()
        self.server.offer(self.tls_release)
        self.release = self.tls_release

    def _leave(self, error):
        if self.plain:
            self.plain.stop()
        super()._leave(error)

    def one_way(self):
        return {'tls_ca': self.authority.certificate}

    def both_ways(self):
        return {'tls_ca': self.authority.certificate, 'tls_certificate': self.client.certificate,
                'tls_key': self.client.key, 'tls_verify': 2}
