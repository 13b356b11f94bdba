#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Servers, clients, files and folders that mean no good, or are in a bad way: the tool ends,
says so, and harms nothing."""

import errno
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import bed
from bed import MODEL, NEW, OLD, TOOL, Folder, Odd, free_port, http, judge, make, read, run, tool, write
from processes import clean_environment, die_with_parent, wait_for

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'integration'))

import tap  # noqa: E402  pylint: disable=wrong-import-position

ESCAPE = '\x1b]0;owned\x07\x1b[2J'


def checked(url, *options, memory=None):
    """--check's answer: JSON and a status, whatever the server does; not more memory than that."""
    def limit():
        if memory:
            resource.setrlimit(resource.RLIMIT_AS, (memory, memory))

    done = run(TOOL, '--check', url, '-J', *options, preexec_fn=limit)
    assert done.status in (0, 1, 2) and 'findings' in done.json, done
    assert '\x1b' not in done.out, done
    plain = {'id', 'severity', 'what', 'why', 'do'}
    assert all(set(finding) == plain for finding in done.json['findings']), done
    return done


# Servers

class Endless:
    """Sends a head, then the same bytes until nobody takes them, or pauses between them."""

    def __init__(self, head, piece, pause=0.0, hosts=('127.0.0.1', '::1')):
        self.head, self.piece, self.pause = head, piece, pause
        self.hosts = hosts

    def __enter__(self):
        self.stopped = False
        for tries_left in range(9, -1, -1):
            self.port = free_port()
            self.listeners = []
            try:
                self._listen()
                break
            except OSError as error:
                for listener in self.listeners:
                    listener.close()
                # Another server at the same time was given it, too
                if error.errno != errno.EADDRINUSE or not tries_left:
                    raise
        for listener in self.listeners:
            threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        return self

    def _listen(self):
        for host in self.hosts:
            family = socket.AF_INET6 if ':' in host else socket.AF_INET
            listener = socket.socket(family, socket.SOCK_STREAM)
            self.listeners.append(listener)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listener.bind((host, self.port))
            listener.listen(16)

    def _accept(self, listener):
        while True:
            try:
                connection, _address = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection:
            try:
                connection.recv(65536)
                connection.sendall(self.head)
                while not self.stopped:
                    connection.sendall(self.piece)
                    if self.pause:
                        time.sleep(self.pause)
            except OSError:
                pass

    def __exit__(self, *_error):
        self.stopped = True
        for listener in self.listeners:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()


def case_endless_bodies():
    """Zeros for ever, with both families to look at, and a length that is a lie."""
    for head in (b'HTTP/1.1 200 OK\r\n\r\n', b'HTTP/1.1 200 OK\r\nContent-Length: 4294967296\r\n\r\n',
                 b'HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n',
                 b'HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n', b'HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n',
                 b'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm="x"\r\n\r\n', b'HTTP/1.1 421 Misdirected Request\r\n\r\n',
                 b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n'):
        with Endless(head, b'\0' * 65536) as server:
            done = checked('http://localhost:%d/' % server.port, memory=1 << 30)
            assert done.status == 1, (head, done)


def case_endless_headers():
    for piece in (b'X: ' + b'y' * 1000 + b'\r\n', b'z' * 1000):
        with Endless(b'HTTP/1.1 200 OK\r\n', piece) as server:
            assert checked('http://localhost:%d/' % server.port, memory=1 << 30).status == 1


def at_once(function, values):
    """For each of them, at the same time: there is much to wait for."""
    with ThreadPoolExecutor(len(values)) as pool:
        for _result in pool.map(function, values):
            pass


def case_slow():
    """A byte a second, in the head and in the body: each read is fed in time, and yet it ends. Half a TLS
    record, then nothing."""
    def drip(head):
        with Endless(head, b'x', pause=1, hosts=('127.0.0.1',)) as server:
            # Without a limit it would take 900 seconds, and be killed before
            done = checked('http://127.0.0.1:%d/' % server.port)
            assert done.status == 1 and 'http-broken' in done.findings, done

    def silence(piece):
        with Endless(piece, b'', pause=600, hosts=('127.0.0.1',)) as server:
            done = checked('https://127.0.0.1:%d/' % server.port)
            assert done.status == 1 and done.findings, done

    def either(what):
        return what[0](what[1])

    at_once(either, [(drip, b'HTTP/1.1 200 OK\r\nX: '), (drip, b'HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n'),
                     (silence, b'\x16\x03\x03\x40\x00\x02'), (silence, b'\x16\x03\x03\x00\x04\x0e\x00\x00\x00'),
                     (silence, b'\x15\x03\x03\x00\x02\x02\x28')])


def case_redirects():
    """In a loop, to nowhere, without a place, to another protocol."""
    for headers in ({'Location': '/full/filelist.xml'}, {'Location': 'http://no-such-host.invalid/'}, {}, {'Location': 'file:///etc/passwd'},
                    {'Location': 'ftp://x/'}, {'Location': ESCAPE}, {'Location': '\xff\xfe'}):
        with Odd(lambda _path, _head, sent=headers: http(b'', '301 Moved', **sent)) as server:
            done = checked('http://127.0.0.1:%d/' % server.port)
            assert done.status == 1, (headers, done)


def case_bombs():
    """A little that unpacks to a lot, by HTTP and by XML."""
    import gzip  # pylint: disable=import-outside-toplevel
    bomb = gzip.compress(b'\0' * (1 << 27), 9)
    laughs = '<?xml version="1.0" encoding="ISO-8859-1"?><!DOCTYPE root [<!ENTITY a0 "ha">%s<!ENTITY x SYSTEM "file:///etc/passwd">]>' % ''.join(
        '<!ENTITY a%d "%s">' % (n, ('&a%d;' % (n - 1)) * 20) for n in range(1, 12))
    for body, headers in ((bomb, {'Content_Encoding': 'gzip'}), (bomb, {'Transfer_Encoding': 'gzip'}),
                          ((laughs + '<root a="&a11;">&a11;</root>').encode(), {}), ((laughs + '<root>&x;</root>').encode(), {}),
                          (b'<root>' + b'<a>' * 300000, {}), (b'<' + b'a' * 900000 + b'/>', {}),
                          (b'<root ' + b' '.join(b'a%d=""' % n for n in range(60000)) + b'/>', {})):
        with Odd(lambda _path, _head, sent=(body, headers): http(sent[0], **sent[1])) as server:
            done = checked('http://127.0.0.1:%d/' % server.port, memory=1 << 30)
            assert done.status == 1 and 'root:' not in done.out, (body[:100], done)


def case_many_files():
    """A list of thousands ends with the first that breaks off."""
    entry = '<file><spath>f%d</spath><dpath>x</dpath><operation>c</operation><md5>%s</md5><size>9223372036854775807</size></file>'
    body = ('<root><component><name>FIRMWARE1</name></component><files>%s</files></root>' % ''.join(
        entry % (n, 'a' * 32) for n in range(5000))).encode()
    with Odd(lambda path, _head: http(body) if path.endswith('.xml') else b'') as server:
        done = checked('http://127.0.0.1:%d/' % server.port)
        assert done.status == 1 and 'http-broken' in done.findings, done.json['error']


def case_nothing_controls_the_terminal():
    """Status lines, names and values with escapes and bytes that are no UTF-8, in both ways of printing."""
    entry = '<file><spath>%s</spath><dpath>x</dpath><operation>%s</operation><md5>%s</md5><size>%s</size></file>'
    nasty = '\x9b31m\x85\xff'
    listed = ('<?xml version="1.0" encoding="ISO-8859-1"?><%s><component><name>%s</name></component><files>%s</files></%s>' % (
        'r\xe9', nasty, entry % ((nasty,) * 4), 'r\xe9')).encode('latin-1')
    for answer in (b'HTTP/1.1 500 ' + ESCAPE.encode() + b'\r\nConnection: close\r\n\r\n',
                   b'HTTP/1.1 404 \xff\xfe\x9b31m\r\nConnection: close\r\n\r\n', http(listed), ESCAPE.encode() + b'\r\n\r\n'):
        with Odd(lambda _path, _head, sent=answer: sent) as server:
            url = 'http://127.0.0.1:%d/' % server.port
            assert checked(url).status == 1
            done = run(TOOL, '--check', url)
            assert done.status == 1
            assert all(ord(letter) >= 0x20 or letter == '\n' for letter in done.out + done.err), done
            assert not any(0x7f <= ord(letter) < 0xa0 for letter in done.out + done.err), done


# --serve

def serve(folder, *options, limit=None):
    port = free_port()

    def limited():
        die_with_parent()
        if limit:
            resource.setrlimit(resource.RLIMIT_NOFILE, limit)

    process = subprocess.Popen([TOOL, '--serve', folder('www'), '--listen', str(port), *options], preexec_fn=limited,
                               stdin=subprocess.DEVNULL, stdout=open(folder('out'), 'wb'), stderr=open(folder('err'), 'wb'),
                               env=clean_environment())
    wait_for('it to listen', lambda: process.poll() is not None or bed.listens(port))
    assert process.poll() is None, read(folder('err'))
    return port, process


def ask(port, request, patience=60):
    with socket.create_connection(('127.0.0.1', port), patience) as connection:
        connection.sendall(request)
        answer = b''
        try:
            while True:
                more = connection.recv(65536)
                if not more:
                    return answer
                answer += more
        except OSError:
            return answer


def memory_of(process):
    with open('/proc/%d/status' % process.pid, encoding='ascii') as status:
        return int([line for line in status if line.startswith('VmHWM:')][0].split()[1])


def case_serve_takes_no_bodies():
    """What is sent behind the headers is not kept."""
    with Folder() as folder:
        make(folder('www'))
        port, process = serve(folder)
        before = memory_of(process)
        for head in (b'Content-Length: 400000000', b'Transfer-Encoding: chunked'):
            with socket.create_connection(('127.0.0.1', port), 60) as connection:
                connection.sendall(b'POST /full/ota.swu HTTP/1.1\r\nHost: x\r\n' + head + b'\r\n\r\n')
                piece = b'x' * (1 << 20)
                if b'chunked' in head:
                    piece = b'%x\r\n%s\r\n' % (len(piece), piece)
                try:
                    for _number in range(300):
                        connection.sendall(piece)
                except OSError:
                    pass
        assert memory_of(process) - before < 60000, ('kB', memory_of(process) - before)
        assert judge('http://127.0.0.1:%d/' % port) == 40
        process.terminate()
        assert process.wait(20) == 0


def case_serve_prints_no_method():
    """A method is any word, and stands in the log."""
    with Folder() as folder:
        make(folder('www'))
        for options in ((), ('-J',)):
            port, process = serve(folder, *options)
            for method in (ESCAPE.encode(), b'\xff\xfe\x9b31m', b'M' * 5000, b'"', b'A\nB'):
                ask(port, method + b' /full/ota.swu HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
            process.terminate()
            assert process.wait(20) == 0
            out = read(folder('out')).decode()
            assert '405' in out and not any(ord(letter) < 0x20 and letter != '\n' for letter in out), out
            assert max(len(line) for line in out.splitlines()) < 1000, out
            if options:
                assert all(json.loads(line) for line in out.splitlines())


def case_serve_if_range():
    """A file has no version here that a client could name: it gets all of it."""
    with Folder() as folder:
        make(folder('www'))
        port, process = serve(folder)
        head = b'GET /full/ota.swu HTTP/1.1\r\nHost: x\r\nConnection: close\r\nRange: bytes=100-\r\n'
        assert b' 206 ' in ask(port, head + b'\r\n').split(b'\r\n')[0]
        for version in (b'"abc"', b'Wed, 21 Oct 2015 07:28:00 GMT'):
            answer = ask(port, head + b'If-Range: ' + version + b'\r\n\r\n')
            assert b' 200 ' in answer.split(b'\r\n')[0] and len(answer.split(b'\r\n\r\n', 1)[1]) == 20000, answer[:200]
        process.terminate()
        assert process.wait(20) == 0


def case_serve_smuggles_nothing():
    """One request is one, however its length is told: no second answer but to what may be a second request."""
    with Folder() as folder:
        make(folder('www'))
        port, process = serve(folder)
        inner = b'GET /full/changelog.xml HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'
        for head in (b'Content-Length: %d' % len(inner), b'Content-Length: %d\r\nContent-Length: %d' % (len(inner), len(inner)),
                     b'Content-Length: +%d' % len(inner)):
            answer = ask(port, b'POST /full/ota.swu HTTP/1.1\r\nHost: x\r\n' + head + b'\r\n\r\n' + inner, 3)
            assert b'<root>' not in answer, (head, answer)
        process.terminate()
        assert process.wait(20) == 0


def case_serve_when_descriptors_run_out():
    """Nobody is told that a file is not there when there is only no descriptor for it."""
    with Folder() as folder:
        make(folder('www'), size=8000000)
        port, process = serve(folder, limit=(1024, 4096))
        crowd = []
        for _number in range(490):
            connection = socket.create_connection(('127.0.0.1', port), 60)
            connection.sendall(b'GET /full/ota.swu HTTP/1.1\r\nHost: x\r\n\r\n')
            crowd.append(connection)
        heads = {connection.recv(12) for connection in crowd}
        assert heads == {b'HTTP/1.1 200'}, heads
        assert judge('http://127.0.0.1:%d/' % port) == 40
        for connection in crowd:
            connection.close()
        process.terminate()
        assert process.wait(20) == 0
        # And where the system gives no more
        port, process = serve(folder, limit=(60, 60))
        crowd = []
        answers = set()
        for _number in range(30):
            connection = socket.create_connection(('127.0.0.1', port), 20)
            connection.sendall(b'GET /full/ota.swu HTTP/1.1\r\nHost: x\r\n\r\n')
            crowd.append(connection)
            try:
                answers.add(connection.recv(12))
            except socket.timeout:
                answers.add(b'')
        assert b'HTTP/1.1 200' in answers and b'HTTP/1.1 404' not in answers, answers
        for connection in crowd:
            connection.close()
        wait_for('room', lambda: judge('http://127.0.0.1:%d/' % port) == 40)
        process.terminate()
        assert process.wait(20) == 0


# Folders

def case_replace_keeps_what_is_not_ours():
    """--certificates into a folder of somebody: keys of others stay, and a whole home does, too."""
    with Folder() as folder:
        os.makedirs(folder('home', 'documents'))
        write(folder('home', 'documents', 'letter'), 'dear')
        write(folder('home', 'note'), 'note')
        done = tool('--certificates', folder('home'), '--name', 'x', '--replace')
        assert done.status == 1, done
        assert read(folder('home', 'documents', 'letter')) == b'dear' and sorted(os.listdir(folder('home'))) == ['documents', 'note']
        os.mkdir(folder('keys'), 0o750)
        os.chmod(folder('keys'), 0o750)
        write(folder('keys', 'other.key'), 'OTHER')
        assert tool('--certificates', folder('keys'), '--name', 'x', '--clients', '3').status == 0
        ca = read(folder('keys', 'ca.pem'))
        done = tool('--certificates', folder('keys'), '--name', 'x', '--replace')
        assert done.status == 0 and read(folder('keys', 'ca.pem')) != ca, done
        names = sorted(os.listdir(folder('keys')))
        assert read(folder('keys', 'other.key')) == b'OTHER' and len(names) == 9, names
        # Whom the folder is for stays as it was, keys are for nobody else
        assert os.stat(folder('keys')).st_mode & 0o777 == 0o750
        assert all(os.stat(folder('keys', name)).st_mode & 0o077 == 0 for name in names if name != 'other.key'), names


def case_keys_of_another_ca():
    """A CA's certificate with another's key, one that is none, half of one: nothing is made, nothing lost."""
    with Folder() as folder:
        for name in ('certs', 'others'):
            assert tool('--certificates', folder(name), '--name', 'x').status == 0
        before = {name: read(folder('certs', name)) for name in os.listdir(folder('certs'))}
        for name, content, what in (('ca.key', read(folder('others', 'ca.key')), 'belong'), ('ca.pem', before['server.pem'], ''),
                                    ('ca.key', None, ''), ('ca.pem', None, ''), ('client-1.pem', None, '')):
            changed = dict(before)
            if name == 'ca.pem' and content:
                changed['ca.key'] = before['server.key']
            changed[name] = content
            for other, text in changed.items():
                if text is None:
                    os.unlink(folder('certs', other))
                else:
                    write(folder('certs', other), text)
            done = tool('--certificates', folder('certs'), '--name', 'y')
            assert done.status == 1 and what in done.err, (name, done)
            now = {other: read(folder('certs', other)) for other in os.listdir(folder('certs'))}
            assert now == {other: text for other, text in changed.items() if text is not None}, (name, done)
            for other, text in before.items():
                write(folder('certs', other), text)


def case_keys_are_nobody_elses():
    """Whatever the umask."""
    with Folder() as folder:
        done = run('sh', '-c', 'umask 000; exec "$@"', 'sh', TOOL, '--certificates', folder('certs'), '--name', 'x')
        assert done.status == 0, done
        assert os.stat(folder('certs')).st_mode & 0o777 == 0o700
        assert all(os.stat(folder('certs', name)).st_mode & 0o777 == 0o600 for name in os.listdir(folder('certs')))


def release(folder, *more, **keys):
    return run(TOOL, '--make', folder('www'), '--package', folder('ota.swu'), '--version', NEW, '--product', MODEL,
               '--source-version', OLD, *more, **keys)


def case_no_room():
    """A disk that is full in the middle: the old release stays, and nothing is left over."""
    def small():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1500000, 1500000))

    with Folder() as folder:
        make(folder('www'), version='1.1.1')
        write(folder('ota.swu'), b'x' * 2500000)
        done = release(folder, '--replace', '-J', preexec_fn=small)
        assert done.status == 1 and 'ota.swu' in done.json['error'], done
        assert os.listdir(folder('www')) == ['full'] and tool('--check', folder('www'), '-J').json['version'] == '1.1.1'
        assert release(folder, '--replace').status == 0


def case_output_that_can_not_be_written():
    """A configuration that is cut must not pass for one."""
    with open('/dev/full', 'wb') as full:
        done = subprocess.run([TOOL, '--site', '/srv/mmfota'], stdout=full, stderr=subprocess.PIPE, env=clean_environment(), check=False)
    assert done.returncode == 1 and b'output' in done.stderr, done


def case_two_at_once():
    """One of them waits for nobody: it says so; what is there is whole."""
    with Folder() as folder:
        write(folder('ota.swu'), b'x' * 30000000)
        environment = clean_environment()
        argv = [TOOL, '--make', folder('www'), '--package', folder('ota.swu'), '--version', NEW, '--product', MODEL,
                '--source-version', OLD, '--replace', '-J']
        runs = [subprocess.Popen(argv, stdout=subprocess.PIPE, env=environment) for _number in range(4)]
        results = [json.loads(process.communicate()[0]) for process in runs]
        assert [result for result in results if result['result'] == 'ok'], results
        assert all('another mmfota-server' in result['error'] for result in results if result['result'] != 'ok'), results
        assert tool('--check', folder('www')).status == 0 and os.listdir(folder('www')) == ['full']


def case_links_in_the_way():
    """In a folder where others may write: what they put in the way is not followed."""
    with Folder() as folder:
        os.makedirs(folder('outside', 'deep'))
        write(folder('outside', 'deep', 'precious'), 'precious')
        write(folder('ota.swu'), b'x')
        os.mkdir(folder('www'))
        os.symlink(folder('outside'), folder('www', '.mmfota-new-1'))
        os.mkdir(folder('www', '.mmfota-new-2'))
        os.symlink(folder('outside'), folder('www', '.mmfota-new-2', 'link'))
        write(folder('www', '.mmfota-new-3'), 'file')
        done = release(folder)
        assert done.status == 0 and os.listdir(folder('www')) == ['full'], (done, os.listdir(folder('www')))
        assert read(folder('outside', 'deep', 'precious')) == b'precious'
        # full itself is a link: it is that which is replaced
        shutil.rmtree(folder('www', 'full'))
        os.symlink(folder('outside'), folder('www', 'full'))
        assert release(folder).status == 1
        assert release(folder, '--replace').status == 0
        assert read(folder('outside', 'deep', 'precious')) == b'precious' and os.listdir(folder('outside')) == ['deep']
        assert not os.path.islink(folder('www', 'full')) and tool('--check', folder('www')).status == 0


def case_json_whatever_the_names():
    """Names need not be UTF-8; JSON has to be."""
    with Folder() as folder:
        nasty = os.fsencode(folder('')) + b'\xff\xfe"\\\x1b[2J\n'
        for arguments in ((b'--check', nasty), (b'--verify', nasty, b'--keyring', nasty), (b'--log', nasty), (b'--serve', nasty),
                          (b'--certificates', nasty, b'--name', b'x'), (b'--site', nasty), (b'--diagnose', b'--configuration', nasty),
                          (b'--make', nasty, b'--package', nasty, b'--version', b'1', b'--product', b'x'),
                          (b'--sign', nasty, b'--certificate', nasty, b'--key', nasty),
                          (b'--certificates', b'x', b'--name', nasty), (b'--check', b'http://' + nasty), (nasty,), (b'--model', nasty),
                          (b'--site', nasty[:-1].replace(b'"\\\x1b', b''))):
            for locale in ('C.UTF-8', 'C'):
                done = subprocess.run([os.fsencode(TOOL), *arguments, b'-J'], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                      env=clean_environment(LC_ALL=locale), check=False, cwd=folder.path)
                assert done.returncode in (0, 1, 2), (arguments, done)
                text = done.stdout.decode()
                assert json.loads(text)['result'] in ('ok', 'failed', 'warnings') and '\x1b' not in text, (arguments, done)
                assert not done.stderr, (arguments, done)


tap.run(globals())
