#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""--sign with key and certificate in a token (SoftHSM's, by p11-kit): what it makes, what is said of
each mistake, and that nobody else sees the PIN."""

import fcntl
import os
import pty
import resource
import select
import signal
import subprocess
import sys
import termios
import threading
import time

from bed import BUILD, PATIENCE, TOOL, Folder, make, run, tool, write

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'integration'))

import tap  # noqa: E402  pylint: disable=wrong-import-position
from processes import clean_environment, wait_for  # noqa: E402  pylint: disable=wrong-import-position

PIN = '84219653'
KEY = 'pkcs11:token=release;object=signer;type=private'
END_AFTER = os.path.join(BUILD, 'tests', 'server', 'end-after.so')
CERTIFICATE = 'pkcs11:token=release;object=signer;type=cert'


class Token(Folder):
    """A release, and a token with what signs it."""

    def __init__(self, public=True):
        self.public = public

    def __enter__(self):
        super().__enter__()
        os.mkdir(self('tokens'))
        write(self('softhsm2.conf'), 'directories.tokendir = %s\nobjectstore.backend = file\nlog.level = DEBUG\n' % self('tokens'))
        self.env = {'SOFTHSM2_CONF': self('softhsm2.conf'), 'GNUTLS_DEBUG_LEVEL': '9'}
        make(self('www'))
        done = tool('--certificates', self('certs'), '--name', '127.0.0.1')
        assert done.status == 0, done
        self.must('softhsm2-util', '--init-token', '--free', '--label', 'release', '--so-pin', '12345678', '--pin', PIN)
        self.put('--load-privkey', self('certs', 'signer.key'), '--label', 'signer', '--id', '01')
        self.put('--load-certificate', self('certs', 'signer.pem'), '--label', 'signer', '--id', '01')
        if self.public:
            self.must('openssl', 'pkey', '-in', self('certs', 'signer.key'), '-pubout', '-out', self('signer.pub'))
            self.put('--load-pubkey', self('signer.pub'), '--label', 'signer', '--id', '01')
        write(self('pin'), PIN + '\n')
        return self

    def must(self, *argv, **env):
        done = run(*argv, env=dict(self.env, GNUTLS_DEBUG_LEVEL='0', **env))
        assert done.status == 0, (argv, done)

    def put(self, *options):
        self.must('p11tool', '--batch', '--login', '--write', *options, 'pkcs11:token=release', GNUTLS_PIN=PIN)

    def sign(self, key=None, certificate=CERTIFICATE, **keys):
        done = tool('--sign', self('www'), '--certificate', certificate, '--key', key or self.key(), env=self.env,
                    start_new_session=True, **keys)
        assert PIN not in done.out + done.err, 'the PIN is told'
        return done

    def key(self, pin='pin', key=KEY):
        return '%s?pin-source=file:%s' % (key, self(pin))

    def refused(self, *what, **keys):
        done = self.sign(**keys)
        error = done.err.splitlines()[-1] if done.err else ''
        for text in what:
            assert done.status == 1 and text in error, (text, done.status, error)
        assert 'SHA256SUMS' not in os.listdir(self('www', 'full'))
        return done

    def verified(self):
        done = tool('--verify', self('www'), '--keyring', self('certs', 'ca.pem'), '-J')
        assert done.status == 0 and done.json['signer'], done
        argv = ['openssl', 'cms', '-verify', '-binary', '-inform', 'DER', '-in', self('www', 'full', 'SHA256SUMS.p7s'), '-content',
                self('www', 'full', 'SHA256SUMS'), '-CAfile', self('certs', 'ca.pem'), '-purpose', 'any', '-out', '/dev/null']
        assert run(*argv).status == 0
        return True


def case_sign_and_verify():
    with Token() as token:
        done = token.sign()
        assert done.status == 0, done
        assert token.verified()


def case_certificate_from_a_file():
    """The chain's other certificates are in files anyway."""
    with Token() as token:
        assert token.sign(certificate=token('certs', 'signer.pem')).status == 0
        assert token.verified()


def case_no_public_half():
    """As some cards have it: then a signature shows whether the key fits."""
    with Token(public=False) as token:
        assert token.sign().status == 0
        assert token.verified()
    with Token(public=False) as token:
        other = '/CN=other'
        token.must('openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', other, '-days',
                   '3', '-addext', 'extendedKeyUsage=codeSigning', '-keyout', token('other.key'), '-out', token('other.pem'))
        token.refused('does not belong', certificate=token('other.pem'))


def case_public_half_of_another():
    """Under the same name and number: what was signed is looked at before anybody gets it."""
    with Token() as token:
        token.must('openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=two', '-days',
                   '3', '-addext', 'extendedKeyUsage=codeSigning', '-keyout', token('two.key'), '-out', token('two.pem'))
        token.must('openssl', 'pkey', '-in', token('two.key'), '-pubout', '-out', token('two.pub'))
        token.must('openssl', 'genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', token('other.key'))
        token.put('--load-certificate', token('two.pem'), '--label', 'two', '--id', '02')
        token.put('--load-pubkey', token('two.pub'), '--label', 'two', '--id', '02')
        token.put('--load-privkey', token('other.key'), '--label', 'two', '--id', '02')
        token.refused('does not belong', key=token.key(key=KEY.replace('signer', 'two')),
                      certificate=CERTIFICATE.replace('signer', 'two'))


def case_wrong_pin():
    """Said, and tried once: tokens lock themselves after a few."""
    with Token() as token:
        # It can be read once; whoever wants it again waits for it
        os.unlink(token('pin'))
        os.mkfifo(token('pin'))
        writer = threading.Thread(target=write, args=(token('pin'), '11112222\n'), daemon=True)
        writer.start()
        done = token.refused("the PIN of token 'release' is wrong", key=token.key())
        writer.join(PATIENCE)
        assert '11112222' not in done.err and not writer.is_alive()


def case_pin_is_nowhere():
    with Token() as token:
        token.refused('the PIN can\'t be read from', 'nowhere', key=token.key('nowhere'))
        write(token('pin'), '\n')
        token.refused('has no PIN', key=token.key())
        write(token('pin'), '1' * 100000)
        token.refused('has no PIN', key=token.key())
        token.refused('no terminal', 'pin-source=file:', key=KEY)
        token.refused('pin-source names no file', key=KEY + '?pin-source=|echo 1')


def case_pin_in_the_url():
    """Everybody could read it: it is not used, and not repeated."""
    with Token() as token:
        for key in (KEY + '?pin-value=' + PIN, KEY + ';pin-value=' + PIN, KEY + '?module-name=x&pin-value=' + PIN,
                    KEY + '?PIN-VALUE=' + PIN, KEY + '? pin-value=' + PIN, KEY + '; pin-value=' + PIN, KEY + '?pin-\tvalue=' + PIN,
                    KEY + '?pin%2Dvalue=' + PIN, KEY + '&pin-value=' + PIN, KEY + '?module-name=x?pin-value=' + PIN,
                    (KEY + '?pin-value=' + PIN).replace('pkcs11', 'PKCS11')):
            token.refused('a PIN on the command line can be read', key=key)
        token.refused('a PIN on the command line can be read', certificate=CERTIFICATE + '?pin-value=' + PIN)


def case_missing():
    with Token() as token:
        token.refused("no token for 'pkcs11:token=other", key=token.key(key=KEY.replace('release', 'other')))
        token.refused("no token for 'pkcs11:token=other", certificate=CERTIFICATE.replace('release', 'other'))
        token.refused("the token has no private key 'pkcs11:token=release;object=other", key=token.key(key=KEY.replace('signer', 'other')))
        token.refused("the token has no certificate 'pkcs11:token=release;object=other", certificate=CERTIFICATE.replace('signer', 'other'))
        token.refused('is no PKCS#11 URL', key='pkcs11:nonsense%zz')
        # A key that somebody else's certificate goes with
        token.refused('code signing', certificate=token('certs', 'client-1.pem'))


class Asked:
    """The tool, and whoever sits at its terminal."""

    def __init__(self, token, **env):
        self.master, slave = pty.openpty()
        self.slave = slave
        self.usual = termios.tcgetattr(slave)
        self.said = ''
        argv = [TOOL, '--sign', token('www'), '--certificate', CERTIFICATE, '--key', KEY]
        self.process = subprocess.Popen(argv, env=clean_environment(SOFTHSM2_CONF=token.env['SOFTHSM2_CONF'], **env),
                                        stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
                                        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))

    def read(self):
        while select.select([self.master], [], [], 0)[0]:
            self.said += os.read(self.master, 4096).decode()
        return self.said

    def asked(self):
        wait_for('the question', lambda: "PIN of token 'release': " in self.read() or self.process.poll() is not None)
        assert self.process.poll() is None, self.said
        # What is typed is not shown, and stands in no list of processes
        assert not termios.tcgetattr(self.slave)[3] & termios.ECHO

    def type(self, text):
        os.write(self.master, text.encode())

    def ended(self):
        deadline = time.monotonic() + PATIENCE
        while self.process.poll() is None and time.monotonic() < deadline:
            self.read()
            time.sleep(0.02)
        self.read()
        assert self.process.poll() is not None, self.said
        assert termios.tcgetattr(self.slave) == self.usual, 'the terminal is not as it was'
        os.close(self.slave)
        os.close(self.master)
        return self.process.returncode


def process_texts(pid):
    for name in ('cmdline', 'environ'):
        with open('/proc/%d/%s' % (pid, name), 'rb') as text:
            yield text.read()


def case_asked_at_the_terminal():
    with Token() as token:
        asked = Asked(token)
        asked.asked()
        assert not [text for text in process_texts(asked.process.pid) if PIN.encode() in text]
        asked.type(PIN + '\n')
        assert asked.ended() == 0, asked.said
        assert PIN not in asked.said, asked.said
        assert token.verified()


def case_wrong_at_the_terminal():
    with Token() as token:
        for typed, what in (('11112222\n', 'is wrong'), ('\n', 'has no PIN'), ('12\x03', 'has no PIN')):
            asked = Asked(token)
            asked.asked()
            asked.type(typed)
            assert asked.ended() == 1 and what in asked.said and asked.said.count('PIN of token \'release\': ') == 1, asked.said
        assert 'SHA256SUMS' not in os.listdir(token('www', 'full'))


def case_killed_at_the_terminal():
    """Which is not left silent, and no core has the PIN."""
    with Token() as token:
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
            asked = Asked(token)
            asked.asked()
            asked.process.send_signal(number)
            assert asked.ended() == -number, (number, asked.said)
        usual = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (usual[1], usual[1]))
        try:
            asked = Asked(token)
            asked.asked()
            asked.type(PIN)
            asked.process.send_signal(signal.SIGABRT)
            ended = os.waitid(os.P_PID, asked.process.pid, os.WEXITED | os.WNOWAIT)
            assert ended.si_code == os.CLD_KILLED, ended
            termios.tcsetattr(asked.slave, termios.TCSANOW, asked.usual)
            asked.ended()
        finally:
            resource.setrlimit(resource.RLIMIT_CORE, usual)


def case_killed_between_question_and_answer():
    with Token() as token:
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
            asked = Asked(token, LD_PRELOAD=END_AFTER, END_AFTER='PIN of token', END_WITH=str(int(number)))
            assert asked.ended() == -number, (number, asked.said)
            assert asked.said.count('PIN of token') == 1, asked.said


def case_removed_at_the_terminal():
    """While it waits for its PIN: nothing is signed, and that it is gone is said."""
    with Token() as token:
        asked = Asked(token)
        asked.asked()
        os.rename(token('tokens'), token('gone'))
        asked.type(PIN + '\n')
        assert asked.ended() == 1 and "no token for 'pkcs11:token=release" in asked.said, asked.said
        assert 'SHA256SUMS' not in os.listdir(token('www', 'full'))


tap.run(globals())
