#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""--serve: modules get their firmware, hostile clients get nothing and harm nobody."""

import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time

from bed import BUILD, JUDGE, TOOL, Folder, free_port, judge, listens, make, read, tool, write
from processes import Process, clean_environment, wait_for

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'integration'))

import tap  # noqa: E402  pylint: disable=wrong-import-position

# As in server-serve.c
REQUEST_TIMEOUT = 20


class Serve:
    def __init__(self, folder, *options):
        self.folder = folder
        self.port = free_port()
        self.options = options
        self.out = folder('serve-%d.out' % self.port)
        self.err = folder('serve-%d.err' % self.port)

    def __enter__(self):
        self.process = Process('serve', [TOOL, '--serve', self.folder('www'), '--listen', str(self.port), *self.options],
                               self.out, self.err, clean_environment())
        host = '::1' if '--ipv6' in self.options else '127.0.0.1'
        wait_for('it to listen', lambda: not self.process.is_alive() or listens(self.port, host))
        assert self.process.is_alive(), read(self.err)
        return self

    def __exit__(self, *_error):
        assert self.process.is_alive(), ('it has died', read(self.err))
        self.process.stop()

    def lines(self):
        return read(self.out).decode().splitlines()

    def memory(self):
        with open('/proc/%d/status' % self.process.pid, encoding='ascii') as status:
            return int(re.search(r'VmRSS:\s+(\d+)', status.read()).group(1))

    def connect(self):
        connection = socket.create_connection(('127.0.0.1', self.port), 60)
        return connection

    def raw(self, request):
        """What comes back until the end; the request says that it is the last."""
        with self.connect() as connection:
            connection.sendall(request)
            answer = b''
            try:
                while True:
                    more = connection.recv(65536)
                    if not more:
                        return answer
                    answer += more
            except ConnectionResetError:
                return answer

    def get(self, path, *headers):
        return self.raw(('GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s\r\n'
                         % (path, ''.join(header + '\r\n' for header in headers))).encode('latin-1'))


def status(answer):
    return int(answer.split(b' ', 2)[1]) if answer.startswith(b'HTTP/1.') else 0


def case_modules():
    """IPv4 and IPv6; --check has nothing to say."""
    with Folder() as folder:
        make(folder('www'))
        with Serve(folder) as serve:
            for host in ('127.0.0.1', '[::1]', 'localhost'):
                url = 'http://%s:%d/' % (host, serve.port)
                assert judge(url) == 40
                assert judge(url, 'break') == 40
                checked = tool('--check', url, '-J')
                assert checked.status == 0, checked
            text = '\n'.join(serve.lines())
            assert 'for mmfota: http://' in text and re.search(r'GET /full/ota.swu 200: 20000 bytes, at 100% of it', text), text
            assert re.search(r'GET /full/ota.swu 206: \d+ bytes, at 100% of it', text), text


def case_one_family():
    with Folder() as folder:
        make(folder('www'))
        with Serve(folder, '--ipv4') as serve:
            assert not listens(serve.port, '::1')
        with Serve(folder, '--ipv6') as serve:
            assert judge('http://[::1]:%d/' % serve.port) == 40
            assert not listens(serve.port)


def case_tls():
    with Folder() as folder:
        make(folder('www'))
        assert tool('--certificates', folder('certs'), '--name', '127.0.0.1', '--name', '::1').status == 0
        ca, pair = folder('certs', 'ca.pem'), (folder('certs', 'client-1.pem'), folder('certs', 'client-1.key'))
        with Serve(folder, '--tls', folder('certs')) as serve:
            assert judge('https://127.0.0.1:%d/' % serve.port, ca) == 40
            assert judge('https://127.0.0.1:%d/' % serve.port, ca, 'break') == 40
            # GIO's clients send an IPv6 address as server name, against RFC 6066, and GnuTLS as a server refuses that
            context = ssl.create_default_context(cafile=ca)
            with context.wrap_socket(socket.create_connection(('::1', serve.port), 60), server_hostname='::1') as secure:
                secure.sendall(b'GET /full/changelog.xml HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
                assert secure.recv(100).startswith(b'HTTP/1.1 200'), 'IPv6'
            assert tool('--check', 'https://127.0.0.1:%d/' % serve.port, '--tls', folder('certs')).status == 0
        with Serve(folder, '--tls', folder('certs'), '--mutual') as serve:
            url = 'https://127.0.0.1:%d/' % serve.port
            assert judge(url, ca, *pair) == 40
            assert judge(url, ca) == 13
            checked = tool('--check', url, '--tls', folder('certs'), '--mutual', '-J')
            assert checked.status == 0, checked
            assert tool('--certificates', folder('others'), '--name', 'x').status == 0
            assert judge(url, ca, folder('others', 'client-1.pem'), folder('others', 'client-1.key')) == 13
            # Rubbish in place of a handshake
            with serve.connect() as connection:
                connection.sendall(b'GET / HTTP/1.0\r\n\r\n' * 100)
            assert judge(url, ca, *pair) == 40


def case_64_modules_at_once():
    with Folder() as folder:
        make(folder('www'), size=2000000)
        with Serve(folder) as serve:
            modules = [subprocess.Popen([JUDGE, 'http://127.0.0.1:%d/' % serve.port], stdout=subprocess.PIPE,
                                        env=clean_environment(), stdin=subprocess.DEVNULL) for _number in range(64)]
            for module in modules:
                assert module.communicate()[0] == b'40\n', module.args
            whole = [line for line in serve.lines() if 'ota.swu 200: 2000000 bytes, at 100%' in line]
            assert len(whole) == 64, len(whole)


def case_a_new_release_meanwhile():
    """Who is downloading the old one gets the old one; who comes then, the new one."""
    with Folder() as folder:
        content = make(folder('www'), size=8000000)
        with Serve(folder) as serve, serve.connect() as connection:
            connection.sendall(b'GET /full/ota.swu HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
            answer = connection.recv(1000)
            write(folder('new.swu'), b'n' * 1000)
            done = tool('--make', folder('www'), '--replace', '--package', folder('new.swu'), '--version', '2', '--product', 'x')
            assert done.status == 0, done
            assert status(serve.get('/full/ota.swu')) == 404
            assert status(serve.get('/full/new.swu')) == 200
            while True:
                more = connection.recv(65536)
                if not more:
                    break
                answer += more
            assert answer.split(b'\r\n\r\n', 1)[1] == content


def case_ranges():
    with Folder() as folder:
        content = make(folder('www'))
        with Serve(folder) as serve:
            for header, wanted, begin, end in (
                    ('bytes=0-', 206, 0, 20000), ('bytes=100-199', 206, 100, 200), ('bytes=19999-', 206, 19999, 20000),
                    ('bytes=-5', 206, 19995, 20000), ('bytes=-99999', 206, 0, 20000), ('bytes=0-99999', 206, 0, 20000),
                    ('bytes=5-4', 200, 0, 20000), ('bytes=a-b', 200, 0, 20000), ('lines=1-2', 200, 0, 20000),
                    ('bytes=0-1,3-4', 200, 0, 20000), ('bytes=', 200, 0, 20000), ('bytes=1', 200, 0, 20000),
                    ('bytes=20000-', 416, 0, 0), ('bytes=-0', 416, 0, 0), ('bytes=99999999999999999999-', 200, 0, 20000)):
                answer = serve.get('/full/ota.swu', 'Range: ' + header)
                assert status(answer) == wanted, (header, answer[:300])
                if wanted != 416:
                    assert answer.split(b'\r\n\r\n', 1)[1] == content[begin:end], header
                if wanted == 206:
                    assert b'Content-Range: bytes %d-%d/20000' % (begin, end - 1) in answer, (header, answer[:300])


def case_nothing_outside():
    """Whatever is asked for, and however it is written."""
    with Folder() as folder:
        make(folder('www'))
        write(folder('www', 'secret'), 'SECRET')
        write(folder('secret'), 'SECRET')
        os.symlink('/etc', folder('www', 'full', 'etc'))
        os.symlink('../secret', folder('www', 'full', 'link'))
        os.mkfifo(folder('www', 'full', 'pipe'))
        os.mkdir(folder('www', 'full', 'sub'))
        write(folder('www', 'full', '.hidden'), 'HIDDEN')
        write(folder('www', 'full', 'sub', 'inside.bin'), 'INSIDE')
        with Serve(folder) as serve:
            assert b'INSIDE' in serve.get('/full/sub/inside.bin')
            for path in ('/secret', '/full/../secret', '/full/%2e%2e/secret', '/full/..%2fsecret', '/full/..\\secret',
                         '/full/sub/../../secret', '/../../../../etc/passwd', '/full//etc/passwd', '/full/etc/passwd',
                         '/full/link', '/full/pipe', '/full/sub', '/full/sub/', '/full/%00', '/full/ota.swu%00.txt',
                         '/full/ota.swu/', '/full/ota.swu/x', '//full/ota.swu', '/full', '/', '/FULL/ota.swu',
                         'http://evil/secret', '/full/' + 'a' * 5000, '/full/%c0%ae%c0%ae/secret', '/full/~root', '/full/*'):
                answer = serve.get(path)
                assert b'SECRET' not in answer and b'root:' not in answer and status(answer) in (0, 301, 400, 404, 414), (path, answer[:200])
            for method in ('POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT', 'PROPFIND'):
                answer = serve.raw(('%s /full/ota.swu HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n' % method).encode())
                assert status(answer) in (400, 404, 405, 501), (method, answer[:200])
            listing = serve.get('/full/').decode()
            assert 'ota.swu' in listing and 'changelog.xml' in listing, listing
            answer = serve.raw(b'HEAD /full/ota.swu HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
            assert status(answer) == 200 and b'Content-Length: 20000' in answer and answer.endswith(b'\r\n\r\n'), answer


def case_hostile_requests():
    """No answer that would help anybody; the next module gets its firmware."""
    with Folder() as folder:
        make(folder('www'))
        with Serve(folder) as serve:
            for request in (b'\x00' * 10000, b'GET\r\n\r\n', b'GET / HTTP/9.9\r\n\r\n', b'\x16\x03\x01\x02\x00\x01\x00', b'A' * 100000,
                            b'GET /full/ota.swu HTTP/1.1\r\n\r\n', b'GET /full/ota.swu HTTP/1.1\r\nHost: x\r\nRange: bytes=' + b'9' * 5000 + b'-\r\nConnection: close\r\n\r\n',
                            b'GET /full/\x1b[2J HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
                            b'GET /full/ota.swu HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\nConnection: close\r\n\r\n',
                            b'GET /full/ota.swu HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nffffffffffffffff\r\n',
                            b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'):
                with serve.connect() as connection:
                    connection.sendall(request)
                    connection.shutdown(socket.SHUT_WR)
                    connection.settimeout(REQUEST_TIMEOUT + 10)
                    try:
                        while connection.recv(65536):
                            pass
                    except ConnectionResetError:
                        pass
            assert judge('http://127.0.0.1:%d/' % serve.port) == 40
            assert b'\x1b' not in read(serve.out) + read(serve.err)


def case_endless_headers():
    """Memory stays bounded, and it ends."""
    with Folder() as folder:
        make(folder('www'))
        with Serve(folder) as serve:
            before = serve.memory()
            for line in (b'X: ' + b'y' * 1000 + b'\r\n', b'z' * 1000):
                with serve.connect() as connection:
                    connection.sendall(b'GET /full/ota.swu HTTP/1.1\r\nHost: x\r\n')
                    sent = 0
                    end = time.monotonic() + REQUEST_TIMEOUT * 3
                    try:
                        while time.monotonic() < end and sent < 300000000:
                            sent += connection.send(line * 100)
                        ended = False
                    except OSError:
                        ended = True
                assert ended, sent
            grown = serve.memory() - before
            assert grown < 100000, ('kB', grown)
            assert judge('http://127.0.0.1:%d/' % serve.port) == 40


def case_half_open_and_slow():
    """Two hundred that say nothing, or a byte now and then: each is hung up on, and meanwhile modules
    are served."""
    with Folder() as folder:
        make(folder('www'))
        with Serve(folder) as serve:
            silent = [serve.connect() for _number in range(200)]
            slow = serve.connect()
            assert judge('http://127.0.0.1:%d/' % serve.port) == 40
            begun = time.monotonic()
            ended = False
            slow.settimeout(1)
            while not ended and time.monotonic() - begun < REQUEST_TIMEOUT * 4:
                try:
                    slow.send(b'G')
                    ended = not slow.recv(100)
                except socket.timeout:
                    pass
                except OSError:
                    ended = True
            assert ended
            for connection in silent:
                connection.settimeout(REQUEST_TIMEOUT * 3)
                assert connection.recv(1) == b''
                connection.close()
            slow.close()
            wait_for('all to be closed', lambda: len(os.listdir('/proc/%d/fd' % serve.process.pid)) < 40)
            assert judge('http://127.0.0.1:%d/' % serve.port) == 40


def case_readers_that_stop():
    """Fifty that ask for everything and read nothing: no file is held in memory for them."""
    with Folder() as folder:
        make(folder('www'), size=8000000)
        with Serve(folder) as serve:
            before = serve.memory()
            stuck = [serve.connect() for _number in range(50)]
            for connection in stuck:
                connection.sendall(b'GET /full/ota.swu HTTP/1.1\r\nHost: x\r\n\r\n')
            assert judge('http://127.0.0.1:%d/' % serve.port) == 40
            assert serve.memory() - before < 60000, serve.memory() - before
            for connection in stuck:
                connection.close()
            assert judge('http://127.0.0.1:%d/' % serve.port) == 40


def case_too_many():
    """Beyond what it takes, they are closed at once; what is open goes on."""
    with Folder() as folder:
        make(folder('www'))
        with Serve(folder) as serve:
            crowd = [serve.connect() for _number in range(560)]
            wait_for('the last ones to be hung up on', lambda: _closed(crowd[-1]))
            for connection in crowd:
                connection.close()
            wait_for('room', lambda: judge('http://127.0.0.1:%d/' % serve.port) == 40)


def _closed(connection):
    connection.settimeout(0.1)
    try:
        return connection.recv(1) == b''
    except socket.timeout:
        return False
    except OSError:
        return True


def case_a_file_that_shrinks():
    """What was announced can't be kept: the connection ends, the server goes on."""
    with Folder() as folder:
        make(folder('www'), size=20000000)
        with Serve(folder) as serve, serve.connect() as connection:
            connection.sendall(b'GET /full/ota.swu HTTP/1.1\r\nHost: x\r\n\r\n')
            connection.recv(100)
            os.truncate(folder('www', 'full', 'ota.swu'), 1000)
            connection.settimeout(60)
            received = 0
            while True:
                try:
                    more = connection.recv(65536)
                except ConnectionResetError:
                    break
                if not more:
                    break
                received += len(more)
            assert received < 20000000, received
            assert status(serve.get('/full/changelog.xml')) == 200


def case_port_taken_and_no_release():
    with Folder() as folder:
        make(folder('www'))
        with Serve(folder) as serve:
            done = tool('--serve', folder('www'), '--listen', str(serve.port))
            assert done.status == 1 and 'port %d' % serve.port in done.err, done
        done = tool('--serve', folder('nowhere'), '-J')
        assert done.status == 1 and '--make' in done.json['error'], done
        done = tool('--serve', folder('www'), '--tls-certificate', folder('x'), '--tls-key', folder('y'))
        assert done.status == 1, done


def case_json_and_signals():
    with Folder() as folder:
        make(folder('www'))
        for number in (signal.SIGINT, signal.SIGTERM):
            with Serve(folder, '-J') as serve:
                assert judge('http://127.0.0.1:%d/' % serve.port) == 40
                lines = [json.loads(line) for line in serve.lines()]
                assert lines[0]['url'].startswith('http://'), lines
                last = [line for line in lines if line.get('path') == '/full/ota.swu'][-1]
                assert last['sent'] == last['size'] == last['position'] == 20000 and last['status'] == 200, last
                serve.process.popen.send_signal(number)
                assert serve.process.popen.wait(20) == 0
                serve.process = Process('sleep', ['sleep', '60'], serve.out, serve.err)


assert BUILD
tap.run(globals())
