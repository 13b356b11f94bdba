#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""--log: what modules did, from the access log of real runs, and from logs that are none."""

import os
import resource
import subprocess
import sys

from bed import TOOL, Folder, Nginx, free_port, judge, make, run, tool, write

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'integration'))

import tap  # noqa: E402  pylint: disable=wrong-import-position


def case_real_runs():
    """One module that downloads with a break, one that finds nothing, and people who look."""
    with Folder() as folder:
        make(folder('www'))
        port = free_port()
        with Nginx(folder('nginx'), tool('--site', folder('www'), '--listen', str(port)).out) as nginx:
            nginx.start(port)
            assert judge('http://127.0.0.1:%d/' % port, 'break') == 40
            assert judge('http://[::1]:%d/nowhere/' % port) == 13
        done = tool('--log', nginx.access_log, '-J')
        assert done.status == 0, done
        clients = {client['client']: client for client in done.json['clients']}
        assert set(clients) == {'127.0.0.1', '::1'}, clients
        good, bad = clients['127.0.0.1'], clients['::1']
        assert good['stage'] == 'downloaded' and good['not-found'] == 0, good
        package = [entry for entry in good['files'] if entry['path'] == '/full/ota.swu'][0]
        assert package['resumed'] == 1 and package['requests'] == 2, package
        assert bad['stage'] == 'failed' and bad['not-found'] == 1, bad
        text = tool('--log', nginx.access_log).out
        assert '127.0.0.1: downloaded' in text and 'MT5700M-CN FOTA' in text and 'resumed after a break' in text, text
        assert 'last: 404 for /nowhere/full/filelist.xml' in text, text
        # The same through a pipe
        piped = run('sh', '-c', 'cat "$1" | "$2" --log -', 'sh', nginx.access_log, TOOL)
        assert piped.out == text, piped


def case_strange_lines():
    """None of them is taken for another, and none steers a terminal."""
    line = '192.0.2.1 - - [27/Nov/2026:12:00:00 +0000] "%s" %s "-" "%s"\n'
    with Folder() as folder:
        write(folder('log'), b''.join([
            (line % ('GET /full/ota.swu HTTP/1.1', '200 20000', 'agent')).encode(),
            (line % ('GET /full/\x1b[31mota.swu HTTP/1.1', '404 1', '\x1b[2J')).encode(),
            (line % ('\\x16\\x03\\x01', '400 157', '-')).encode(),
            (line % ('GET /full/ota.swu HTTP/1.1', '999999 -1', 'agent')).encode(),
            (line % ('GET /full/ota.swu HTTP/1.1', '200 99999999999999999999', 'agent')).encode(),
            b'\n', b'"', b'[', b'] "" 200', b'\xff\xfe\x00', b'x' * 100000 + b'\n', b'192.0.2.1 - - [\n', b'cut off: 192.0.2.1 - - [27/Nov']))
        done = tool('--log', folder('log'), '-J')
        assert done.status == 0 and len(done.json['clients']) == 1, done
        client = done.json['clients'][0]
        assert client['requests'] == 2 and client['not-found'] == 1, done
        text = tool('--log', folder('log')).out
        assert '\x1b' not in text and '192.0.2.1: downloaded' in text, text


def case_who_only_looked():
    """A query is no other file, not those of Apache's lists either, and HEAD fetches nothing"""
    line = '192.0.2.%d - - [27/Nov/2026:12:00:00 +0000] "%s HTTP/1.1" 200 260 "-" "agent"\n'
    with Folder() as folder:
        write(folder('log'), ''.join([
            line % (1, 'GET /full/'), line % (1, 'GET /full/?C=M;O=A'), line % (1, 'HEAD /full/ota.swu'),
            line % (2, 'GET /full/filelist.xml?1'), line % (2, 'GET /full/filelist.xml?2'), line % (2, 'HEAD /full/ota.swu'),
            line % (3, 'GET /full/ota.swu?a/b.xml')]))
        clients = tool('--log', folder('log'), '-J').json['clients']
        assert [client['stage'] for client in clients] == ['looked', 'asked', 'downloaded'], clients
        assert [entry['path'] for entry in clients[1]['files']] == ['/full/filelist.xml', '/full/ota.swu'], clients


def case_a_line_without_end():
    """It is one of the other lines, and takes no memory; what comes after it counts"""
    line = b'192.0.2.1 - - [27/Nov/2026:12:00:00 +0000] "GET /full/ota.swu HTTP/1.1" 200 20000 "-" "agent"\n'
    with subprocess.Popen([TOOL, '--log', '-'], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (512 << 20, 512 << 20))) as process:
        for _ in range(700):
            process.stdin.write(b'x' * (1 << 20))
        process.stdin.write(b'\n' + line + line[:-1])
        process.stdin.close()
        text = process.stdout.read().decode()
    assert process.returncode == 0 and text.endswith('1 clients; 1 other lines\n'), (process.returncode, text)
    assert '/full/ota.swu: 40.0 kB in 2 requests' in text, text


def case_no_log():
    with Folder() as folder:
        done = tool('--log', folder('missing'), '-J')
        assert done.status == 1 and 'missing' in done.json['error'], done
        write(folder('empty'), '')
        done = tool('--log', folder('empty'))
        assert done.status == 0 and done.out.startswith('0 clients'), done
        assert tool('--log', folder.path).status == 1


tap.run(globals())
