# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of mmfota-server share: the tool, the judge, nginx with any site, servers
that do what no nginx would."""

import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'integration'))

from processes import Process, clean_environment, free_port, wait_for  # noqa: E402  pylint: disable=wrong-import-position

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..')
BUILD = os.environ.get('TDTECH_BUILD') or os.path.join(SOURCE, 'build')
TOOL = os.path.join(BUILD, 'server', 'mmfota-server')
RESOLVE = os.path.join(BUILD, 'tests', 'server', 'resolve.so')
JUDGE = os.path.join(BUILD, 'tests', 'server', 'server-judge')

NEW = '1.3.0.0(SP1C02)'
OLD = '1.2.5.0(SP1C02)'
MODEL = 'MT5700M-CN'
PATIENCE = 120


def read(path):
    with open(path, 'rb') as source:
        return source.read()


def write(path, content):
    with open(path, 'wb') as out:
        out.write(content if isinstance(content, bytes) else content.encode())


class Result:
    """How a program ended, and what it said."""

    def __init__(self, done):
        self.status = done.returncode
        self.out = done.stdout
        self.err = done.stderr

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def findings(self):
        return {finding['id']: finding for finding in self.json['findings']}

    def __repr__(self):
        return 'status %d\n%s%s' % (self.status, self.out, self.err)


def run(*argv, **keys):
    env = clean_environment(**keys.pop('env', {}))
    return Result(subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env,
                                 encoding='utf-8', errors='replace', check=False, timeout=PATIENCE, **keys))


def tool(*argv, **keys):
    return run(TOOL, *argv, **keys)


def judge(url, *arguments, **keys):
    """The state that a simulated module ends in: 40 if it has got the firmware."""
    done = run(JUDGE, url, *arguments, **keys)
    assert done.status in (0, 1), done
    return int(done.out) if done.out else 0


class Folder:
    """A temporary folder that is kept where something failed."""

    def __enter__(self):
        self.path = tempfile.mkdtemp(prefix='mmfota-server-')
        # The web server's user has to get there
        os.chmod(self.path, 0o755)
        return self

    def __exit__(self, kind, error, trace):
        if error is None:
            shutil.rmtree(self.path, ignore_errors=True)
        elif isinstance(error, Exception):
            error.logs = self.path

    def __call__(self, *names):
        return os.path.join(self.path, *names)


def make(folder, name='ota.swu', size=20000, version=NEW, source=OLD, product=MODEL, content=None):
    """A good release, by the tool itself; returns the package's content."""
    package = os.path.join(tempfile.mkdtemp(prefix='mmfota-package-'), name)
    content = content or hashlib.sha512(name.encode()).digest() * (size // 64 + 1)
    write(package, content[:size])
    done = tool('--make', folder, '--package', package, '--version', version, '--product', product,
                '--source-version', source)
    assert done.status == 0, done
    shutil.rmtree(os.path.dirname(package))
    return content[:size]


NGINX = '''daemon off;
%(user)s
worker_processes 1;
pid %(dir)s/nginx.pid;
error_log %(dir)s/error.log info;
events { worker_connections 512; }
http {
    access_log %(dir)s/access.log;
    client_body_temp_path %(dir)s/tmp-body;
    proxy_temp_path %(dir)s/tmp-proxy;
    fastcgi_temp_path %(dir)s/tmp-fastcgi;
    uwsgi_temp_path %(dir)s/tmp-uwsgi;
    scgi_temp_path %(dir)s/tmp-scgi;
%(sites)s
}
'''


class Nginx:
    """The real one, with the sites that it is given."""

    def __init__(self, directory, sites='', user=None):
        self.directory = directory
        self.user = user or ('root' if os.geteuid() == 0 else None)
        self.process = None
        os.makedirs(directory, exist_ok=True)
        os.chmod(directory, 0o755)
        self.write(sites)

    @property
    def configuration(self):
        return os.path.join(self.directory, 'nginx.conf')

    @property
    def access_log(self):
        return os.path.join(self.directory, 'access.log')

    def write(self, sites):
        write(self.configuration, NGINX % {'dir': self.directory, 'sites': sites,
                                           'user': 'user %s;' % self.user if self.user else ''})

    def test(self):
        return run('nginx', '-t', '-p', self.directory, '-e', os.path.join(self.directory, 'error.log'),
                   '-c', self.configuration)

    def start(self, port=None, host='127.0.0.1'):
        self.process = Process('nginx', ['nginx', '-p', self.directory, '-e', os.path.join(self.directory, 'error.log'),
                                         '-c', self.configuration],
                               os.path.join(self.directory, 'stdout'), os.path.join(self.directory, 'stderr'))
        if port:
            wait_for('nginx to listen', lambda: not self.process.is_alive() or listens(port, host))
            assert self.process.is_alive(), read(os.path.join(self.directory, 'error.log'))
        return self

    def stop(self):
        if self.process:
            self.process.stop()
        self.process = None

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.stop()


def listens(port, host='127.0.0.1'):
    try:
        socket.create_connection((host, port), 1).close()
        return True
    except OSError:
        return False


class Odd:
    """A server that answers each request with what a function of its path makes: bytes as
    they go over the wire. The connection is closed after each."""

    def __init__(self, answer, hosts=('127.0.0.1', '::1'), port=None):
        self.answer = answer
        self.port = port or free_port()
        self.requests = []
        self.sockets = []
        for host in hosts:
            family = socket.AF_INET6 if ':' in host else socket.AF_INET
            listener = socket.socket(family, socket.SOCK_STREAM)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listener.bind((host, self.port))
            listener.listen(64)
            self.sockets.append(listener)
            threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def _accept(self, listener):
        while True:
            try:
                connection, _address = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection:
            connection.settimeout(20)
            head = b''
            try:
                while b'\r\n\r\n' not in head:
                    more = connection.recv(65536)
                    if not more:
                        return
                    head += more
                self.requests.append(head.decode('latin-1'))
                path = head.split(b' ')[1].decode('latin-1')
                connection.sendall(self.answer(path, head.decode('latin-1')))
                connection.shutdown(socket.SHUT_WR)
                # What is not read when it is closed would reset it
                connection.settimeout(2)
                while connection.recv(65536):
                    pass
            except (OSError, IndexError):
                pass

    def stop(self):
        for listener in self.sockets:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.stop()


def http(body, status='200 OK', length=True, **headers):
    lines = ['HTTP/1.1 ' + status, 'Connection: close']
    if length:
        lines.append('Content-Length: %d' % len(body))
    lines += ['%s: %s' % (name.replace('_', '-'), value) for name, value in headers.items()]
    return '\r\n'.join(lines).encode('latin-1') + b'\r\n\r\n' + body


def file_server(root, change=None):
    """An answer of Odd that serves full/ below root, with ranges; change() may make another of it."""
    def answer(path, head):
        name = os.path.join(root, path.lstrip('/'))
        if path.endswith('/full/'):
            return (change(path, b'', head) if change else None) or http(b'<html></html>', Content_Type='text/html')
        if not os.path.isfile(name):
            return http(b'no', '404 Not Found')
        body = read(name)
        kind = 'text/xml' if path.endswith('.xml') else 'application/octet-stream'
        if change:
            made = change(path, body, head)
            if made is not None:
                return made
        for line in head.split('\r\n'):
            if line.lower().startswith('range: bytes='):
                begin = int(line.split('=')[1].rstrip('-'))
                return http(body[begin:], '206 Partial Content', Content_Type=kind,
                            Content_Range='bytes %d-%d/%d' % (begin, len(body) - 1, len(body)))
        return http(body, Content_Type=kind, Accept_Ranges='bytes')
    return answer
