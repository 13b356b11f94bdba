#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""--make, --sign, --verify and --check of folders: what they make, and that it is whole
whatever happens."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys

import bed
from bed import BUILD, MODEL, NEW, OLD, TOOL, Folder, make, read, run, tool, write

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'integration'))

import tap  # noqa: E402  pylint: disable=wrong-import-position

KILL_AT = os.path.join(BUILD, 'tests', 'server', 'kill-at.so')


def certificates(folder, *more):
    done = tool('--certificates', folder('certs'), '--name', '127.0.0.1', *more)
    assert done.status == 0, done
    return folder('certs', 'signer.pem'), folder('certs', 'signer.key'), folder('certs', 'ca.pem')


def sign(folder, *more):
    certificate, key, _ca = certificates(folder)
    return tool('--sign', folder('www'), '--certificate', certificate, '--key', key, '-J', *more)


def verify(folder, keyring=None):
    return tool('--verify', folder('www'), '--keyring', keyring or folder('certs', 'ca.pem'), '-J')


def case_make():
    """As TD Tech ships it: both files as in the guide, sums and sizes exact."""
    with Folder() as folder:
        content = make(folder('www'))
        full = folder('www', 'full')
        assert sorted(os.listdir(full)) == ['changelog.xml', 'filelist.xml', 'ota.swu']
        assert os.listdir(folder('www')) == ['full']
        assert read(full + '/ota.swu') == content
        filelist = read(full + '/filelist.xml').decode()
        assert '<md5>%s</md5>' % hashlib.md5(content).hexdigest() in filelist, filelist
        assert '<size>20000</size>' in filelist and '<spath>ota.swu</spath>' in filelist, filelist
        changelog = read(full + '/changelog.xml').decode()
        for text in ('version="%s"' % NEW, '1.product_name="%s"' % MODEL, '2.update_mode="0"', '3.source_version="%s"' % OLD):
            assert text in changelog, changelog
        for name in os.listdir(full):
            assert os.stat(os.path.join(full, name)).st_mode & 0o777 == 0o644
        assert tool('--check', folder('www')).status == 0


def case_make_says_what_it_made():
    with Folder() as folder:
        write(folder('FIRMWARE1.BIN'), b'x' * 1000)
        write(folder('second.bin'), b'y')
        done = tool('--make', folder('www'), '--package', folder('FIRMWARE1.BIN'), '--package', folder('second.bin'),
                    '--version', NEW, '--product', MODEL, '--feature', 'Fixes: calls', '-J')
        files = done.json['files']
        assert [entry['name'] for entry in files] == ['FIRMWARE1.BIN', 'second.bin'], done
        assert files[0]['sha256'] == hashlib.sha256(b'x' * 1000).hexdigest(), done
        checked = tool('--check', folder('www'), '-J')
        assert checked.status == 2 and set(checked.findings) == {'feature-missing'}, checked
        assert '<feature>Fixes: calls</feature>' in read(folder('www', 'full', 'changelog.xml')).decode()


def case_make_under_a_narrow_umask():
    """The web server has another user, whatever the umask."""
    with Folder() as folder:
        write(folder('ota.swu'), b'x')
        done = run('sh', '-c', 'umask 077; exec "$@"', 'sh', TOOL, '--make', folder('www'), '--package', folder('ota.swu'),
                   '--version', NEW, '--product', MODEL, '--source-version', OLD)
        assert done.status == 0, done
        assert os.stat(folder('www', 'full')).st_mode & 0o777 == 0o755
        assert os.stat(folder('www', 'full', 'ota.swu')).st_mode & 0o777 == 0o644


def case_make_never_over_a_release():
    with Folder() as folder:
        make(folder('www'))
        before = read(folder('www', 'full', 'filelist.xml'))
        write(folder('new.swu'), b'x')
        arguments = ('--make', folder('www'), '--package', folder('new.swu'), '--version', '2', '--product', MODEL)
        done = tool(*arguments)
        assert done.status == 1 and '--replace' in done.err, done
        assert read(folder('www', 'full', 'filelist.xml')) == before
        done = tool(*arguments, '--replace')
        assert done.status == 0, done
        assert sorted(os.listdir(folder('www', 'full'))) == ['changelog.xml', 'filelist.xml', 'new.swu']
        assert os.listdir(folder('www')) == ['full']


def case_make_refuses():
    """Each with a message that names the value, and nothing is left behind."""
    with Folder() as folder:
        write(folder('ota.swu'), b'x')
        write(folder('ota 2.swu'), b'x')
        write(folder('empty.swu'), b'')
        os.mkfifo(folder('pipe.swu'))
        os.mkdir(folder('folder.swu'))
        good = {'--package': folder('ota.swu'), '--version': NEW, '--product': MODEL}
        wrong = [('--package', folder('missing.swu'), 'missing.swu'), ('--package', folder('ota 2.swu'), 'ota 2.swu'),
                 ('--package', folder('empty.swu'), 'empty.swu'), ('--package', folder('pipe.swu'), 'pipe.swu'),
                 ('--package', folder('folder.swu'), 'folder.swu'), ('--version', '', "''"),
                 ('--version', '1.0"/><x y="', '1.0'), ('--version', 'v' * 65, 'vvv'), ('--product', 'MT\x1b[31m', '?[31m'),
                 ('--product', 'für', 'für')]
        for option, value, shown in wrong:
            arguments = [part for pair in dict(good, **{option: value}).items() for part in pair]
            done = tool('--make', folder('www'), *arguments)
            assert done.status == 1 and shown in done.err and '\x1b' not in done.err, (option, value, done)
            assert not os.path.exists(folder('www')) or not os.listdir(folder('www')), (value, os.listdir(folder('www')))
        shutil.copy(folder('ota.swu'), folder('filelist.xml'))
        done = tool('--make', folder('www'), '--package', folder('filelist.xml'), '--version', NEW, '--product', MODEL)
        assert done.status == 1 and 'filelist.xml' in done.err, done


def case_make_on_a_full_disk():
    """The old release stays, and no part of the new one."""
    with Folder() as folder:
        make(folder('www'))
        before = tree(folder('www'))
        write(folder('new.swu'), b'x' * 3000000)
        done = run('sh', '-c', 'ulimit -f 2000; trap "" XFSZ; exec "$@"', 'sh', TOOL, '--make', folder('www'), '--replace',
                   '--package', folder('new.swu'), '--version', '2', '--product', MODEL)
        assert done.status == 1 and 'new.swu' in done.err, done
        assert tree(folder('www')) == before


def case_make_two_at_a_time():
    with Folder() as folder:
        os.mkdir(folder('www'))
        write(folder('ota.swu'), b'x')
        holder = subprocess.Popen(['flock', '-x', folder('www'), 'sh', '-c', 'echo held; read x'], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE)
        assert holder.stdout.readline() == b'held\n'
        done = tool('--make', folder('www'), '--package', folder('ota.swu'), '--version', NEW, '--product', MODEL)
        holder.communicate(b'\n')
        assert done.status == 1 and 'another' in done.err, done
        assert not os.listdir(folder('www'))


def tree(root):
    """Name to content, of all that is there."""
    return {os.path.relpath(os.path.join(where, name), root): read(os.path.join(where, name))
            for where, _folders, names in os.walk(root) for name in names}


def killed_everywhere(folder, setup, argv, after):
    """Runs argv again and again, killed at each moment; after each, @after is asked."""
    shutil.rmtree(folder('www'), ignore_errors=True)
    setup()
    done = run(*argv, env={'LD_PRELOAD': KILL_AT, 'KILL_COUNT': folder('count')})
    assert done.status == 0, done
    moments = int(read(folder('count')))
    assert moments > 20, moments
    for number in range(1, moments + 1):
        shutil.rmtree(folder('www'), ignore_errors=True)
        setup()
        done = run(*argv, env={'LD_PRELOAD': KILL_AT, 'KILL_AT': number})
        # The last ones may be beyond its work
        assert done.status == -9, (number, moments, done)
        after(number)
    return moments


def case_make_killed_at_any_moment():
    """The first release of a folder: none of it, or all."""
    with Folder() as folder:
        write(folder('ota.swu'), b'x' * 2500000)
        argv = [TOOL, '--make', folder('www'), '--package', folder('ota.swu'), '--version', NEW, '--product', MODEL,
                '--source-version', OLD]

        def after(number):
            if os.path.exists(folder('www', 'full')):
                checked = tool('--check', folder('www'))
                assert checked.status == 0, (number, checked)

        killed_everywhere(folder, lambda: None, argv, after)


def case_replace_killed_at_any_moment():
    """The old release or the new one; the next run clears away what is left of the killed one."""
    with Folder() as folder:
        write(folder('ota.swu'), b'x' * 2500000)
        make(folder('old'), version='1.1.1')
        argv = [TOOL, '--make', folder('www'), '--package', folder('ota.swu'), '--version', NEW, '--product', MODEL,
                '--source-version', OLD, '--replace']
        seen = set()

        def after(number):
            checked = tool('--check', folder('www'), '-J')
            assert checked.status == 0, (number, checked)
            seen.add(checked.json['version'])
            if number % 5 == 0:
                assert run(*argv).status == 0
                assert os.listdir(folder('www')) == ['full'], os.listdir(folder('www'))

        killed_everywhere(folder, lambda: shutil.copytree(folder('old'), folder('www')), argv, after)
        assert seen == {'1.1.1', NEW}, seen


def case_sign_killed_at_any_moment():
    with Folder() as folder:
        make(folder('old'))
        certificate, key, _ca = certificates(folder)
        argv = [TOOL, '--sign', folder('www'), '--certificate', certificate, '--key', key]
        seen = set()

        def after(number):
            checked = tool('--check', folder('www'), '-J')
            assert checked.status == 0, (number, checked)
            seen.add(checked.json['signed'])
            if checked.json['signed']:
                assert verify(folder).status == 0, number

        killed_everywhere(folder, lambda: shutil.copytree(folder('old'), folder('www')), argv, after)
        assert seen == {False, True}, seen


def case_sign_and_verify():
    with Folder() as folder:
        make(folder('www'))
        inode = os.stat(folder('www', 'full', 'ota.swu')).st_ino
        done = sign(folder, '--not-after', '2099-12-31')
        assert done.status == 0, done
        # The package is not copied
        assert os.stat(folder('www', 'full', 'ota.swu')).st_ino == inode
        manifest = json.loads(read(folder('www', 'full', 'release.json')))
        assert manifest['version'] == NEW and manifest['product'] == MODEL, manifest
        assert manifest['not-after'] == '2099-12-31T23:59:59Z' and manifest['released'], manifest
        checked = run('sha256sum', '-c', '--strict', 'SHA256SUMS', cwd=folder('www', 'full'))
        assert checked.status == 0 and len(checked.out.splitlines()) == 4, checked
        checked = verify(folder)
        assert checked.status == 0 and 'signer' in checked.json['signer'], checked
        # Signing again gives a new one
        assert sign(folder).status == 0
        assert verify(folder).status == 0
        assert tool('--check', folder('www')).status == 0


def case_openssl_agrees():
    """Others can verify what we sign, and we what they sign."""
    with Folder() as folder:
        make(folder('www'))
        assert sign(folder).status == 0
        full = folder('www', 'full')
        done = run('openssl', 'cms', '-verify', '-binary', '-inform', 'DER', '-in', full + '/SHA256SUMS.p7s', '-content',
                   full + '/SHA256SUMS', '-CAfile', folder('certs', 'ca.pem'), '-purpose', 'any', '-out', '/dev/null')
        assert done.status == 0, done
        done = run('openssl', 'cms', '-sign', '-binary', '-md', 'sha256', '-in', full + '/SHA256SUMS', '-signer',
                   folder('certs', 'signer.pem'), '-inkey', folder('certs', 'signer.key'), '-outform', 'DER', '-out',
                   full + '/SHA256SUMS.p7s')
        assert done.status == 0, done
        checked = verify(folder)
        assert checked.status == 0, checked


def case_verify_refuses():
    """Whatever is changed after signing."""
    with Folder() as folder:
        make(folder('www'))
        assert sign(folder).status == 0
        shutil.copytree(folder('www'), folder('good'))

        def spoiled(spoil, what=None, keyring=None):
            shutil.rmtree(folder('www'))
            shutil.copytree(folder('good'), folder('www'))
            spoil(folder('www', 'full'))
            checked = verify(folder, keyring)
            assert checked.status == 1, checked
            assert what is None or what in checked.findings, checked

        def append(name):
            return lambda full: write(os.path.join(full, name), read(os.path.join(full, name)) + b'\n')

        spoiled(append('changelog.xml'), 'sums-differ')
        spoiled(append('filelist.xml'), 'sums-differ')
        spoiled(append('release.json'), 'sums-differ')
        spoiled(append('SHA256SUMS'))
        spoiled(lambda full: os.unlink(full + '/release.json'), 'sums-differ')
        spoiled(lambda full: os.unlink(full + '/SHA256SUMS'), 'file-missing')
        spoiled(lambda full: os.unlink(full + '/SHA256SUMS.p7s'), 'file-missing')
        spoiled(lambda full: write(full + '/SHA256SUMS.p7s', b'no signature'))
        spoiled(lambda full: write(full + '/SHA256SUMS.p7s', b''))
        spoiled(lambda full: write(full + '/ota.swu', b'x' * 20000), 'md5-differs')
        # A list that leaves something out, well signed
        lines = read(folder('good', 'full', 'SHA256SUMS')).decode().splitlines(True)
        other = tool('--certificates', folder('other'), '--name', 'x')
        assert other.status == 0, other
        spoiled(lambda full: None, keyring=folder('other', 'ca.pem'))

        def short(full):
            write(full + '/SHA256SUMS', ''.join(line for line in lines if 'changelog' not in line))
            done = run('openssl', 'cms', '-sign', '-binary', '-md', 'sha256', '-in', full + '/SHA256SUMS', '-signer',
                       folder('certs', 'signer.pem'), '-inkey', folder('certs', 'signer.key'), '-outform', 'DER', '-out',
                       full + '/SHA256SUMS.p7s')
            assert done.status == 0, done

        spoiled(short, 'sums-incomplete')


def case_verify_keyrings():
    """A folder of CAs, for keys that change; none; rubbish."""
    with Folder() as folder:
        make(folder('www'))
        assert sign(folder).status == 0
        os.mkdir(folder('keyring'))
        assert verify(folder, folder('keyring')).status == 1
        assert tool('--certificates', folder('other'), '--name', 'x').status == 0
        shutil.copy(folder('other', 'ca.pem'), folder('keyring', 'a.pem'))
        assert verify(folder, folder('keyring')).status == 1
        shutil.copy(folder('certs', 'ca.pem'), folder('keyring', 'b.pem'))
        checked = verify(folder, folder('keyring'))
        assert checked.status == 0, checked
        write(folder('keyring', 'note.txt'), 'ours')
        assert verify(folder, folder('keyring')).status == 0
        write(folder('keyring', 'c.pem'), 'rubbish')
        assert verify(folder, folder('keyring')).status == 1


def case_sign_refuses():
    """Certificates that agents would refuse, and releases that modules would."""
    with Folder() as folder:
        make(folder('www'))
        certificate, key, _ca = certificates(folder)

        def refused(certificate, key, what):
            done = tool('--sign', folder('www'), '--certificate', certificate, '--key', key)
            assert done.status == 1 and what in done.err, (what, done)
            assert 'SHA256SUMS' not in os.listdir(folder('www', 'full'))

        refused(folder('certs', 'client-1.pem'), folder('certs', 'client-1.key'), 'code signing')
        refused(certificate, folder('certs', 'client-1.key'), 'does not belong')
        refused(certificate, folder('missing.key'), 'missing.key')
        refused(folder('www', 'full', 'ota.swu'), key, 'ota.swu')
        write(folder('www', 'full', 'ota.swu'), b'other')
        refused(certificate, key, 'has errors')
        assert tool('--sign', folder('nowhere'), '--certificate', certificate, '--key', key).status == 1
        assert not os.path.exists(folder('nowhere'))


def case_expired_before_signing():
    """One that was over before it signed does not count."""
    with Folder() as folder:
        make(folder('www'))
        assert sign(folder).status == 0
        sys.path.insert(0, os.path.join(bed.SOURCE, 'tests', 'security'))
        from tls import Authority  # pylint: disable=import-outside-toplevel
        authority = Authority(folder.path)
        full = folder('www', 'full')
        for days, status in ((-1, 1), (30, 0)):
            pair = authority.issue('signer%d' % days, days=days, names='DNS:x\nextendedKeyUsage=codeSigning')
            done = run('openssl', 'cms', '-sign', '-binary', '-md', 'sha256', '-in', full + '/SHA256SUMS', '-signer',
                       pair.certificate_path, '-inkey', pair.key_path, '-outform', 'DER', '-out', full + '/SHA256SUMS.p7s')
            assert done.status == 0, done
            checked = verify(folder, authority.certificate_path)
            assert checked.status == status, (days, checked)


def case_certificates():
    """A CA, a server with all its names, modules; more modules later, by the same CA."""
    with Folder() as folder:
        done = tool('--certificates', folder('certs'), '--name', 'fota.example.net', '--name', '192.0.2.7', '--name', '2001:db8::7',
                    '--clients', '3', '-J')
        assert done.status == 0, done
        names = os.listdir(folder('certs'))
        assert len(names) == 12 and all(os.stat(folder('certs', name)).st_mode & 0o077 == 0 for name in names), names
        text = run('openssl', 'x509', '-in', folder('certs', 'server.pem'), '-noout', '-text').out
        assert 'DNS:fota.example.net, IP Address:192.0.2.7, IP Address:2001:DB8:0:0:0:0:0:7' in text, text
        assert '2048 bit' in text and 'TLS Web Server Authentication' in text, text
        for name, purpose in (('server', 'sslserver'), ('client-3', 'sslclient')):
            done = run('openssl', 'verify', '-CAfile', folder('certs', 'ca.pem'), '-purpose', purpose, folder('certs', name + '.pem'))
            assert done.status == 0, done
        ca, client = read(folder('certs', 'ca.pem')), read(folder('certs', 'client-1.pem'))
        done = tool('--certificates', folder('certs'), '--name', 'other.example.net', '--clients', '5')
        assert done.status == 0 and len(os.listdir(folder('certs'))) == 16, done
        assert (read(folder('certs', 'ca.pem')), read(folder('certs', 'client-1.pem'))) == (ca, client)
        done = tool('--certificates', folder('certs'), '--name', 'x', '--replace')
        assert done.status == 0 and read(folder('certs', 'ca.pem')) != ca and len(os.listdir(folder('certs'))) == 8, done
        for name in ('a b', '', 'x/y', 'münchen'):
            done = tool('--certificates', folder('none'), '--name', name)
            assert done.status == 1 and not os.path.exists(folder('none')), done


def case_a_package_of_four_gigabytes():
    """Sizes beyond 32 bits, for --make and --check; what is a hole stays one."""
    with Folder() as folder:
        size = (1 << 32) + 7
        with open(folder('ota.swu'), 'wb') as out:
            out.truncate(size)
        done = tool('--make', folder('www'), '--package', folder('ota.swu'), '--version', NEW, '--product', MODEL,
                    '--source-version', OLD, '-J')
        # The MD5 of so many zeros
        assert done.status == 0 and done.json['files'][0]['md5'] == '4cd0f8bd75c951953a5f31a3c0341e05', done
        assert done.json['files'][0]['size'] == size, done
        made = os.stat(folder('www', 'full', 'ota.swu'))
        assert made.st_size == size and made.st_blocks * 512 < 1 << 24, made
        checked = tool('--check', folder('www'), '-J')
        assert checked.status == 2 and set(checked.findings) == {'package-large'}, checked
        assert checked.json['size'] == size, checked


def case_holes():
    """At the beginning, in the middle and at the end, beside bytes: the copy is the same."""
    mega = 1 << 20
    zeros = b'\0' * mega
    with Folder() as folder:
        for content in (zeros, zeros + b'x', b'x' * mega + zeros, b'x' + zeros * 3 + b'y' + zeros, zeros[:-1] + b'z' + zeros + b'\0'):
            write(folder('ota.swu'), content)
            done = tool('--make', folder('www'), '--package', folder('ota.swu'), '--version', NEW, '--product', MODEL,
                        '--source-version', OLD, '--replace')
            assert done.status == 0 and read(folder('www', 'full', 'ota.swu')) == content, done
            assert tool('--check', folder('www')).status == 0


def case_folder_findings():
    """What only a folder can show."""
    with Folder() as folder:
        make(folder('www'))
        os.chmod(folder('www', 'full', 'ota.swu'), 0o600)
        checked = tool('--check', folder('www'), '-J')
        assert checked.status == 2 and 'file-mode' in checked.findings, checked
        os.chmod(folder('www', 'full', 'ota.swu'), 0o644)
        os.chmod(folder('www', 'full'), 0o700)
        assert 'file-mode' in tool('--check', folder('www'), '-J').findings
        os.chmod(folder('www', 'full'), 0o755)
        write(folder('www', 'full', 'passwords.txt'), 'x')
        checked = tool('--check', folder('www'), '-J')
        assert checked.status == 0 and 'file-extra' in checked.findings, checked
        checked = tool('--check', folder('www', 'full'), '-J')
        assert checked.status == 1 and 'above' in checked.findings['release-missing']['what'], checked
        os.unlink(folder('www', 'full', 'ota.swu'))
        os.mkfifo(folder('www', 'full', 'ota.swu'))
        checked = tool('--check', folder('www'), '-J')
        assert checked.status == 1 and 'file-kind' in checked.findings, checked


def case_options():
    """What does not go together is refused, with -J in JSON."""
    for arguments in ((), ('--make', 'x'), ('--make', 'x', '--check', 'y'), ('--check', 'x', '--version', '1'), ('--check', ''),
                      ('--serve', 'x', '--listen', '70000'), ('--site', 'x', '--mutual'), ('--site', 'x', '--listen', '0'),
                      ('--site', 'x', '--location', 'a b'), ('--sign', 'x'), ('--verify', 'x'), ('--certificates', 'x'),
                      ('--certificates', 'x', '--name', 'y', '--clients', '-1'), ('--check', 'x', 'y'), ('--unknown',),
                      ('--check', 'ftp://x/'), ('--check', 'http://x/a b/'), ('--check', 'http://u@x/'),
                      ('--check', 'http://x/' + 'y' * 300), ('--check', 'http://x/?q=1'), ('--diagnose', '--serve', 'x'),
                      ('--serve', 'x', '-4', '-6'), ('--sign', 'x', '--certificate', 'c', '--key', 'k', '--not-after', 'soon')):
        done = tool(*arguments)
        assert done.status == 1 and done.err.startswith('error: ') and not done.out, (arguments, done)
        done = tool(*arguments, '-J')
        assert done.status == 1 and done.json['error'] and done.json['result'] == 'failed', (arguments, done)
    done = tool('--print-version')
    assert done.status == 0 and done.out.startswith('mmfota-server '), done
    assert tool('--help').status == 0


tap.run(globals())
