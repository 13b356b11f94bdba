#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""mmfota-server in Chinese, in two encodings, and in C: what a person reads is in their language, what a program
reads is the same in all of them."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import unicodedata

from bed import BUILD, MODEL, NEW, OLD, PATIENCE, TOOL, Folder, Odd, free_port, make, read, tool, write

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'integration'))

import locales  # noqa: E402  pylint: disable=wrong-import-position
import tap  # noqa: E402  pylint: disable=wrong-import-position
from processes import clean_environment, wait_for  # noqa: E402  pylint: disable=wrong-import-position

LOCALES = (locales.CHINESE, locales.CHINESE_OLD, 'C')
# What stays: names, options, addresses, statements of a configuration, what other programs and the protocols say
KEPT = re.compile(r'''
    <[^>]*> | https?://\S+ | /[\w./-]+ | \S*full/\S* | --?[\w-]+ | [\w.-]+\.(?:xml|swu|json|pem|key|p7s|txt)\b | \[[\w:-]+\] |
    \b(?:[\w.-]*\d[\w.-]*|[A-Z][\w.-]*|[\w]+_[\w]+)\b |
    \b(?:chmod|systemctl|nginx|reload|start|restart|apt|install|journalctl|timedatectl|rm|ln|stat|md5sum|make|check|sign|verify|
         certificates|site|serve|diagnose|mmfota|server|listen|alias|location|root|types|deny|return|rewrite|autoindex|gzip|on|off|
         operation|feature|size|name|spath|component|version|product|bytes|in|true|set-ntp|port|ssl|link|sites|enabled|available|
         client|module|swu|bin|http|text|application|ca|signer|if|a|u)\b''', re.X)


def decoded(data, locale):
    return data.decode('gb18030' if 'GB18030' in locale else 'utf-8' if 'UTF' in locale else 'ascii')


def said(locale, *arguments, cwd=None):
    """Exit status, stdout and stderr as bytes"""
    done = subprocess.run([TOOL, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=clean_environment(**locales.environment(BUILD, locale)), check=False, timeout=PATIENCE, cwd=cwd)
    return done.returncode, done.stdout, done.stderr


def sentences(text):
    """What is left of English: words that follow on one another"""
    return re.findall(r'[a-z]{2,} [a-z]{2,}(?: [a-z]+)*', KEPT.sub('~', text))


def compare(*arguments, cwd=None, before=lambda: None):
    """The same in all locales but for the language; returns the texts of zh_CN.UTF-8"""
    people, machines = {}, {}
    for locale in LOCALES:
        before()
        people[locale] = said(locale, *arguments, cwd=cwd)
        before()
        machines[locale] = said(locale, *arguments, '-J', cwd=cwd)
    assert len(set(machines.values())) == 1, machines
    report = json.loads(machines['C'][1].decode())
    assert len({status for status, _out, _err in people.values()} | {machines['C'][0]}) == 1, people
    texts = {locale: decoded(out + err, locale) for locale, (_status, out, err) in people.items()}
    assert texts[locales.CHINESE] == texts[locales.CHINESE_OLD], texts
    assert not re.search('[\u4e00-\u9fff]', texts['C']), texts['C']
    if texts['C'].strip():
        assert re.search('[\u4e00-\u9fff]', texts[locales.CHINESE]), texts
    left = sentences(texts[locales.CHINESE])
    assert not left, (left, texts[locales.CHINESE])
    # JSON has the words of the table in English, and its codes
    for finding in report.get('findings', []):
        assert finding['why'] in texts['C'].replace('?', '…') or '…' in finding['why'], (finding, texts['C'])
        assert '[%s]' % finding['id'] in texts[locales.CHINESE], (finding, texts)
        assert finding['why'] not in texts[locales.CHINESE], finding
    return texts[locales.CHINESE]


def width(text):
    return sum(2 if unicodedata.east_asian_width(char) in 'WF' else 1 for char in text)


def case_help():
    texts = {}
    for locale in LOCALES:
        status, out, err = said(locale, '--help')
        assert status == 0 and not err, err
        texts[locale] = decoded(out, locale)
    assert texts[locales.CHINESE] == texts[locales.CHINESE_OLD], texts
    assert set(re.findall(r'--[a-z0-9-]+', texts['C'])) - {'--certificates'} <= set(re.findall(r'--[a-z0-9-]+', texts[locales.CHINESE]))
    # The explanations stand below one another on a terminal, whatever language the placeholders have
    lines = re.findall(r'^(  --(?:make|check|product|days)=\S+ +)(\S.*)$', texts[locales.CHINESE], re.M)
    assert len(lines) == 4 and len({width(name) for name, _help in lines}) == 1, lines
    assert all(re.search('[\u4e00-\u9fff]', explanation) for _name, explanation in lines), lines
    long = [line for line in texts[locales.CHINESE].splitlines() if width(line) >= 80]
    assert not long, long
    assert '退出状态' in texts[locales.CHINESE] and 'Exit status' in texts['C'], texts
    assert '自由软件' in decoded(said(locales.CHINESE, '-V')[1], locales.CHINESE)


def spoilt(folder):
    """A release with a bit of everything"""
    make(folder)
    full = os.path.join(folder, 'full')
    changelog = read(os.path.join(full, 'changelog.xml')).decode('latin-1')
    changelog = changelog.replace(NEW, '1.3固件').replace('ISO-8859-1', 'UTF-8').replace('0"</feature>', '1"</feature>')
    write(os.path.join(full, 'changelog.xml'), changelog)
    filelist = read(os.path.join(full, 'filelist.xml')).decode('latin-1')
    filelist = re.sub(r'<size>\d+', '<size>7', filelist).replace('<operation>c', '<operation>q')
    write(os.path.join(full, 'filelist.xml'), filelist)
    write(os.path.join(full, '发布说明.txt'), 'x')
    write(os.path.join(full, 'SHA256SUMS'), 'no list\n')
    write(os.path.join(full, 'release.json'), '{"version": 1}')
    os.chmod(os.path.join(full, 'ota.swu'), 0o600)


def check_everywhere(folder, *arguments):
    """As compare (), for reports that hold Chinese names and versions, which C can't show"""
    results = {locale: said(locale, '--check', folder, '-J', *arguments) for locale in LOCALES}
    assert len(set(results.values())) == 1, results
    texts = {locale: decoded(b''.join(said(locale, '--check', folder, *arguments)[1:]), locale)
             for locale in (locales.CHINESE, locales.CHINESE_OLD)}
    assert texts[locales.CHINESE] == texts[locales.CHINESE_OLD], texts
    assert not sentences(texts[locales.CHINESE]), (sentences(texts[locales.CHINESE]), texts)
    return json.loads(results['C'][1].decode()), texts[locales.CHINESE]


def case_check():
    with Folder() as folder:
        spoilt(folder('www'))
        report, text = check_everywhere(folder('www'), '--model', 'MT5710-CN', '--from', OLD)
        ids = {finding['id'] for finding in report['findings']}
        assert {'version-characters', 'size-differs', 'operation', 'file-extra', 'file-mode', 'product-differs', 'sums-malformed',
                'manifest-malformed'} <= ids, ids
        assert report['version'] == '1.3固件', report
        assert any('发布说明.txt' in finding['what'] for finding in report['findings']), report
        # A finding is three lines whose labels end in the same column, and Chinese from the files is whole
        for kind in ids:
            found = re.search(r'^(错误|警告|提示)：(.*) \[%s\]\n(   原因：)(.+)\n(   处理：)(.+)$' % kind, text, re.M)
            assert found and width(found.group(3)) == width(found.group(5)) == 9, (kind, text)
        assert '发布说明.txt 不属于该升级包' in text and '版本为“1.3固件”' in text, text
        assert '"1.3固件"' in text or '“1.3固件”' in text, text
        compare('--check', folder('nothing'))
        compare('--check', 'ftp://x/')
        make(folder('good'))
        compare('--check', folder('good'), '--from', NEW)


def case_check_of_a_server():
    with Folder():
        with Odd(lambda _path, _head: b'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n') as odd:
            text = compare('--check', 'http://127.0.0.1:%d/' % odd.port)
            assert '状态 404' in text and '[http-not-found]' in text, text
        text = compare('--check', 'http://127.0.0.1:%d/' % free_port())
        assert '[net-unreachable]' in text, text


def case_errors():
    """Those of the command line, with what was given"""
    with Folder() as folder:
        for arguments, expected in (
                ((), '要做什么'),
                (('--sign', 'x', '--verify', 'y'), '不能同时使用'),
                (('--sign', 'x'), '--sign 需要 --certificate'),
                (('--sign', 'x', '--days', '3'), '--days 不能与 --sign 一起使用'),
                (('--serve', folder('none'), '--listen', '70000'), '“70000”不能用作 --listen 的值：应为 0 到 65535'),
                (('--serve', folder('none')), '请先制作升级包'),
                (('--certificates', folder('tls'), '--name', 'a b'), '“a b”不能用作 --name 的值'),
                (('--log', folder('none')), None),
                (('--site', '/srv/$x'), '不能写入 nginx 的配置'),
                (('--check', 'x', 'more'), '多余的参数“more”')):
            text = compare(*arguments)
            assert expected is None or expected in text, (expected, text)
        # Both short options in one word: English, too
        results = {said(locale, '--site', '/srv/$x', '-4J') for locale in LOCALES}
        assert len(results) == 1, results
        # … and JSON, where the command line is refused
        for refused in (('--check', folder('none'), '-4J'), ('--check', folder('none'), '-6J', '--bogus')):
            results = {said(locale, *refused) for locale in LOCALES}
            assert len(results) == 1 and 'error' in json.loads(results.pop()[1]), (refused, results)
        text = decoded(said(locales.CHINESE, '--make', folder('www'), '--package', folder('固件.swu'), '--version', '1', '--product', 'M')[2],
                       locales.CHINESE)
        assert text.startswith('错误：“固件.swu”不能用作升级包文件的名称'), text


def case_make_sign_verify():
    with Folder() as folder:
        write(folder('ota.swu'), b'firmware' * 100)
        made = ('--make', folder('发布'), '--package', folder('ota.swu'), '--version', NEW, '--product', MODEL, '--replace')
        results = {said(locale, *made, '-J') for locale in LOCALES}
        assert len(results) == 1, results
        text = decoded(said(locales.CHINESE, *made)[1], locales.CHINESE)
        assert text == '已生成 %s/full：版本 %s，适用于 %s\n' % (folder('发布'), NEW, MODEL), text
        done = said(locales.CHINESE, '--certificates', folder('tls'), '--name', 'firmware.example')
        text = decoded(done[1], locales.CHINESE)
        assert done[0] == 0 and text.startswith('用于 Web 服务器') and not sentences(text), text
        make(folder('www'))
        signed = ('--sign', folder('www'), '--certificate', folder('tls', 'signer.pem'), '--key', folder('tls', 'signer.key'))
        text = compare(*signed)
        assert text.startswith('已签名') and NEW in text, text
        text = compare('--verify', folder('www'), '--keyring', folder('tls', 'ca.pem'))
        assert text.startswith('签名有效：'), text
        # With the key of another
        text = compare(*signed[:-1], folder('tls', 'server.key'))
        assert '私钥与证书' in text, text
        write(folder('www', 'full', 'SHA256SUMS'), 'changed')
        text = compare('--verify', folder('www'), '--keyring', folder('tls', 'ca.pem'))
        assert '签名针对的是其他内容' in text, text
        os.unlink(folder('www', 'full', 'SHA256SUMS.p7s'))
        assert '没有签名' in compare('--verify', folder('www'), '--keyring', folder('tls', 'ca.pem'))


def case_site():
    """What it prints is a file: the same in all locales"""
    with Folder() as folder:
        make(folder('www'))
        assert len({said(locale, '--site', folder('www')) for locale in LOCALES}) == 1


def case_diagnose():
    with Folder() as folder:
        write(folder('nginx.conf'), 'http { server { listen 127.0.0.1:%d; location /full/ { alias %s/none; } }' % (free_port(), folder.path))
        text = compare('--diagnose', '--configuration', folder('nginx.conf'))
        assert '文件意外结束' in text, text
        make(folder('www'))
        write(folder('nginx.conf'), 'events { } http { server { listen 127.0.0.1:%d; ssl_certificate /none.pem;\n'
              'location /full/ { root %s; max_ranges 0; deny all; auth_basic x; limit_req zone=x; } } }' % (free_port(), folder('www')))
        text = compare('--diagnose', '--configuration', folder('nginx.conf'), '--nginx', '/none', '--user', 'nobody-here')
        assert '[nginx-missing]' in text and '[nginx-ranges]' in text and '用户 nobody-here 不存在' in text, text


def case_log():
    line = '192.0.2.%d - - [27/Nov/2026:12:00:00 +0000] "GET /%s HTTP/1.1" %d %d "-" "MT5700M-CN FOTA"\n'
    with Folder() as folder:
        write(folder('log'), ''.join([line % (1, 'full/filelist.xml', 200, 300), line % (1, 'full/ota.swu', 200, 900),
                                      line % (1, 'full/ota.swu', 206, 100), line % (2, 'full/filelist.xml', 404, 0),
                                      line % (3, 'full/filelist.xml', 200, 300), line % (4, 'full/', 200, 10), 'nothing\n']))
        text = compare('--log', folder('log'))
        assert '192.0.2.1：已下载，从 27/Nov' in text and '/full/ota.swu：1.0 kB，2 次请求，其中 1 次为断点续传' in text, text
        assert '最近一次：/full/filelist.xml 返回 404' in text and '4 个客户端；其他 1 行' in text, text
        # What a client has in its path is whole, in both encodings
        write(folder('log'), line % (1, 'full/固件.swu', 200, 900))
        for locale in (locales.CHINESE, locales.CHINESE_OLD):
            assert '/full/固件.swu：900 字节，1 次请求' in decoded(said(locale, '--log', folder('log'))[1], locale)
        assert len({said(locale, '--log', folder('log'), '-J') for locale in LOCALES}) == 1


def case_serve():
    """Its first line is for a person; one for each request is its log, which is English in any language; with -J all are the
    same"""
    with Folder() as folder:
        make(folder('www'))
        outputs = {}
        for locale in LOCALES:
            for form in ((), ('-J',)):
                port = free_port()
                with open(folder('out'), 'wb') as out:
                    server = subprocess.Popen([TOOL, '--serve', folder('www'), '--listen', str(port), '-4', *form], stdout=out,
                                              stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                              env=clean_environment(**locales.environment(BUILD, locale)))
                    try:
                        wait_for('its address', lambda: b'\n' in read(folder('out')))
                        done = tool('--check', 'http://127.0.0.1:%d/' % port)
                        assert done.status in (0, 2), done
                        wait_for('its last request', lambda: b'/full/SHA256SUMS' in read(folder('out')))
                    finally:
                        server.send_signal(signal.SIGTERM)
                        assert server.wait(PATIENCE) == 0
                outputs[locale, form] = decoded(read(folder('out')), locale).replace(str(port), 'PORT').replace('\r', '')
        assert len({tuple(sorted(outputs[locale, ('-J',)].splitlines())) for locale in LOCALES}) == 1, outputs
        firsts, logs = zip(*(outputs[locale, ()].split('\n', 1) for locale in LOCALES))
        assert [first.split('http://')[0] for first in firsts] == ['供 mmfota 使用：'] * 2 + ['for mmfota: '], firsts
        assert ' GET /full/ota.swu 200: 20000 bytes, at 100% of it\n' in logs[0], logs
        assert logs[0].count('\n') > 5 and all(sorted(log.splitlines()) == sorted(logs[0].splitlines()) for log in logs), logs


def case_names_that_are_not_utf8():
    """Read as the locale has them, or with marks for what can't be read; nginx gets them as they are, JSON is the same for
    all"""
    named = '固件'.encode('gb18030')
    with Folder() as folder:
        write(folder('p.swu'), 'x' * 1000)
        for name, shown in ((named, '固件'), (b'a\xff\xfeb\x1b[31m', None)):
            target, package = os.fsencode(folder('')) + name, os.fsencode(folder('')) + name + b'.swu'
            machines = set()
            empty = os.fsencode(folder('')) + name + b'/empty.swu'
            with open(package, 'wb') as file:
                file.write(b'x')
            for locale in LOCALES:
                kept = (b'--version', NEW, b'--product', MODEL)
                for status, *arguments in (
                        (0, b'--make', target, b'--package', folder('p.swu'), *kept),
                        (1, b'--make', target, b'--package', folder('p.swu'), *kept),
                        (1, b'--make', target + b'/empty.swu', b'--package', target + b'/full', *kept),
                        (1, b'--make', folder('other'), b'--package', package, *kept),
                        (2, b'--check', target), (1, b'--check', target + b'/none'), (1, b'--serve', target + b'/none'),
                        (1, b'--sign', target + b'/none', b'--certificate', name, b'--key', name), (1, name),
                        (1, b'--listen', name, b'--site', b'/x'), (1, b'--log', target + b'/none'),
                        (0, b'--certificates', target + b'c', b'--name', b'h'),
                        (1, b'--certificates', b'/proc/' + name + b'/x', b'--name', b'h'),
                        (1, b'--make', b'/proc/' + name, b'--package', folder('p.swu'), *kept),
                        (1, b'--make', folder('other'), b'--package', target + b'/none.swu', *kept),
                        (1, b'--make', folder('other'), b'--package', empty, *kept),
                        (1, b'--sign', target, b'--certificate', target + b'c/server.pem', b'--key', target + b'c/server.key'),
                        (1, b'--sign', target, b'--certificate', package, b'--key', package),
                        (1, b'--diagnose', b'--configuration', package, b'--nginx', b'/bin/true')):
                    got, out, err = said(locale, *arguments)
                    text = decoded(out + err, locale)
                    assert got == status and '\\x' not in text and '\x1b' not in text, (locale, arguments, got, text)
                    if shown and locale == locales.CHINESE_OLD:
                        assert shown in text, (arguments, text)
                with open(os.path.join(target, b'full', name), 'wb') as file:
                    file.write(b'x')
                text = decoded(b''.join(said(locale, b'--check', target)[1:]), locale)
                assert 'full/' in text and (locale != locales.CHINESE_OLD or not shown or text.count('full/' + shown)), text
                machines.add(tuple(said(locale, b'--check', target, b'-J')))
                if b'\x1b' not in name:
                    status, out, err = said(locale, b'--site', target, b'--listen', b'8080')
                    assert (status, err) == (0, b'') and b'alias "' + target + b'/full/";' in out, (locale, out, err)
                    assert said(locale, b'--site', target, b'--listen', b'8080', b'-J')[0] == 1
                for path in (target, target + b'c'):
                    subprocess.run([b'rm', b'-r', path], check=True)
            assert len(machines) == 1 and json.loads(next(iter(machines))[1].decode())['verb'] == 'check', machines


def case_words_of_gnutls():
    """Its catalogue has them in Chinese, and would give them in the terminal's encoding"""
    with Folder() as folder:
        make(folder('www'))
        assert tool('--certificates', folder('tls'), '--name', 'h').status == 0
        done = tool('--sign', folder('www'), '--certificate', folder('tls', 'signer.pem'), '--key', folder('tls', 'signer.key'))
        assert done.status == 0, done
        write(folder('www', 'full', 'SHA256SUMS.p7s'), 'garbage')
        texts = {}
        for locale in LOCALES:
            status, out, err = said(locale, '--verify', folder('www'), '--keyring', folder('tls', 'ca.pem'))
            assert status == 1 and b'DER' in err + out, (status, out, err)
            texts[locale] = decoded(out + err, locale)
        assert texts[locales.CHINESE] == texts[locales.CHINESE_OLD] and '\\x' not in texts[locales.CHINESE], texts


def case_serve_tells_of_broken_tls():
    """To its log, too: in English, also what the libraries say of the cause"""
    logs = set()
    with Folder() as folder:
        make(folder('www'))
        done = tool('--certificates', folder('tls'), '--name', '127.0.0.1')
        assert done.status == 0, done
        for locale in LOCALES:
            port = free_port()
            with open(folder('out'), 'wb') as out:
                server = subprocess.Popen([TOOL, '--serve', folder('www'), '--listen', str(port), '-4', '--tls', folder('tls')],
                                          stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                          env=clean_environment(**locales.environment(BUILD, locale)))
                try:
                    wait_for('its address', lambda: b'\n' in read(folder('out')))
                    with socket.create_connection(('127.0.0.1', port)) as client:
                        client.sendall(b'GET / HTTP/1.1\r\n\r\n')
                        wait_for('its word', lambda: read(folder('out')).count(b'\n') > 1)
                finally:
                    server.send_signal(signal.SIGTERM)
                    assert server.wait(PATIENCE) == 0
            logs.add(read(folder('out')).split(b'\n', 1)[1])
    assert len(logs) == 1 and logs.pop().startswith(b'no TLS: '), logs


if __name__ == '__main__':
    tap.run(globals())
