#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""--certificates and --site: nginx takes each combination, and the simulated module
downloads through each, from an empty directory on."""

import itertools
import os
import pwd
import sys

from bed import MODEL, NEW, OLD, Folder, Nginx, free_port, judge, listens, read, run, tool, write

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'integration'))

import tap  # noqa: E402  pylint: disable=wrong-import-position


def prepare(folder):
    """The operator's commands; the folder is empty before."""
    write(folder('ota.swu'), b'firmware' * 5000)
    for arguments in (('--make', folder('fota dir'), '--package', folder('ota.swu'), '--version', NEW, '--product', MODEL,
                       '--source-version', OLD),
                      ('--certificates', folder('certs'), '--name', '127.0.0.1', '--name', '::1', '--name', 'localhost')):
        done = tool(*arguments)
        assert done.status == 0, done


def site(folder, port, *options):
    done = tool('--site', folder('fota dir'), '--listen', str(port), *options)
    assert done.status == 0, done
    return done.out


def combination(folder, tls, families, location):
    port = free_port()
    options = list(families)
    if location:
        options += ['--location', location]
    if tls:
        options += ['--tls', folder('certs')]
    if tls == 'mutual':
        options += ['--mutual']
    name = 'nginx-%d' % port
    # As Debian has it: a worker that is not root
    with Nginx(folder(name), site(folder, port, *options), user='www-data' if os.geteuid() == 0 else None) as nginx:
        tested = nginx.test()
        assert tested.status == 0 and 'warn' not in tested.err, tested
        hosts = {(): ['127.0.0.1', '[::1]', 'localhost'], ('--ipv4',): ['127.0.0.1'], ('--ipv6',): ['[::1]']}[families]
        nginx.start(port, hosts[0].strip('[]'))
        for host in hosts:
            url = '%s://%s:%d%s' % ('https' if tls else 'http', host, port, location or '/')
            files = []
            if tls:
                files = [folder('certs', 'ca.pem')]
            if tls == 'mutual':
                files += [folder('certs', 'client-1.pem'), folder('certs', 'client-1.key')]
            assert judge(url, *files) == 40, (url, read(nginx.directory + '/error.log').decode())
            check = ['--tls', folder('certs')] if tls else []
            checked = tool('--check', url, '-J', *check, *(['--mutual'] if tls == 'mutual' else []))
            assert checked.status == 0, checked
        if len(hosts) == 1:
            assert not listens(port, '::1' if hosts[0] == '127.0.0.1' else '127.0.0.1')


def case_all_combinations():
    with Folder() as folder:
        prepare(folder)
        for tls, families, location in itertools.product(('', 'one-way', 'mutual'), ((), ('--ipv4',), ('--ipv6',)),
                                                         ('', '/mt5700/')):
            combination(folder, tls, families, location)


def case_serves_nothing_else():
    """Only what is in full/, and only to who asks for it."""
    with Folder() as folder:
        prepare(folder)
        write(folder('fota dir', 'secret.txt'), 'secret')
        port = free_port()
        with Nginx(folder('nginx'), site(folder, port, '--location', '/x/')) as nginx:
            nginx.start(port)
            for path in ('/x/secret.txt', '/x/full/../secret.txt', '/x/full/%2e%2e/secret.txt', '/x/full../secret.txt', '/secret.txt'):
                done = run('python3', '-c', 'import socket, sys\ns = socket.create_connection(("127.0.0.1", %d))\n'
                           's.sendall(b"GET %s HTTP/1.0\\r\\n\\r\\n")\nprint(s.makefile().read())' % (port, path))
                assert done.status == 0 and 'secret' not in done.out.split('\n\n')[-1] and '200 OK' not in done.out, (path, done)
            done = run('python3', '-c', 'import socket\ns = socket.create_connection(("127.0.0.1", %d))\n'
                       's.sendall(b"PUT /x/full/new HTTP/1.0\\r\\nContent-Length: 1\\r\\n\\r\\nx")\nprint(s.makefile().read())' % port)
            assert '403' in done.out or '405' in done.out, done


def case_mutual_lets_no_stranger_in():
    with Folder() as folder:
        prepare(folder)
        assert tool('--certificates', folder('others'), '--name', 'x').status == 0
        port = free_port()
        with Nginx(folder('nginx'), site(folder, port, '--tls', folder('certs'), '--mutual')) as nginx:
            nginx.start(port)
            url = 'https://127.0.0.1:%d/' % port
            assert judge(url, folder('certs', 'ca.pem')) == 13
            assert judge(url, folder('certs', 'ca.pem'), folder('others', 'client-1.pem'), folder('others', 'client-1.key')) == 13
            assert judge(url, folder('others', 'ca.pem'), folder('certs', 'client-1.pem'), folder('certs', 'client-1.key')) == 13


def case_paths():
    """What nginx's configuration can't hold is refused; the rest is quoted."""
    with Folder() as folder:
        for name in ('a$b', 'a"b', "a'b", 'a\\b', 'a\nb'):
            done = tool('--site', folder(name))
            assert done.status == 1 and 'nginx' in done.err, (name, done)
        for name in ('a;b', 'a{b}', 'a#b', 'grüß gott'):
            with Nginx(folder('nginx'), tool('--site', folder(name)).out) as nginx:
                assert nginx.test().status == 0, name


def case_json():
    done = tool('--site', '/srv/mmfota', '-J')
    assert done.json['site'].startswith('# Firmware for TD Tech modules') and done.json['result'] == 'ok', done
    assert pwd.getpwnam('www-data')


tap.run(globals())
