#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""SMS that make the agent look: from the module's storage through ModemManager to the agent."""

import contextlib
import hashlib
import hmac
import os
import subprocess
import threading
import time

import tap
from contract import MODEM
from gi.repository import GLib
from harness import BUILD, Bed, wait_for
from processes import clean_environment, pump
from sms import SENDER, deliver

DRIVER = os.path.join(BUILD, 'tests', 'agent', 'sms-driver')
MESSAGING = 'org.freedesktop.ModemManager1.Modem.Messaging'
KEY = bytes(range(32))
OTHER_KEY = bytes(range(1, 33))
LAST = 'Your parcel is here'


def token(imei, counter=None, key=KEY):
    counter = int(time.time()) if counter is None else counter
    signed = 'MMFOTA1 CHECK %d %s' % (counter, imei)
    return 'MMFOTA1 CHECK %d %s' % (counter, hmac.new(key, signed.encode(), hashlib.sha256).hexdigest()[:20].upper())


# The bed


class Eye:
    """The part of the agent that reads SMS."""

    def __init__(self, bed, *senders, keys=(KEY,)):
        self.bed = bed
        self.senders = senders
        self.state = bed.path('agent')
        self.key = bed.path('sms.key')
        self.log = bed.path('agent.log')
        self.lines = []
        self.process = None
        os.makedirs(self.state, exist_ok=True)
        with open(self.key, 'w', encoding='utf-8') as out:
            out.write(''.join(key.hex() + '\n' for key in keys))
        os.chmod(self.key, 0o640)

    def __enter__(self):
        with open(self.log, 'a', encoding='utf-8') as log:
            self.process = subprocess.Popen(
                [DRIVER, self.state, self.key, *self.senders], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
                env=clean_environment(G_DEBUG='fatal-criticals', G_MESSAGES_DEBUG='all', **self.bed.bus.environment),
                encoding='utf-8')
        threading.Thread(target=self._read, args=(self.process.stdout,), daemon=True).start()
        self.wait('it follows the modem', lambda: any('follow' in line for line in self.lines))
        return self

    def _read(self, stdout):
        for line in stdout:
            self.lines.append(line.strip())

    def words(self):
        with open(self.log, encoding='utf-8') as log:
            return log.read()

    def wait(self, what, condition):
        def look():
            assert self.process.poll() is None, 'it died: ' + self.words()
            return condition()
        try:
            return wait_for(what, look)
        except AssertionError as error:
            raise AssertionError('%s\n%s' % (error, self.words()[-4000:])) from error

    def kill(self):
        self.process.kill()
        self.process.wait()

    def __exit__(self, *_error):
        if self.process.poll() is None:
            self.process.stdin.close()
            assert self.process.wait(60) == 0, self.words()
        for key in (KEY, OTHER_KEY):
            assert key.hex() not in self.words() and key.hex().upper() not in self.words()

    @property
    def looks(self):
        return sum(line.startswith('look') for line in self.lines)

    def arrives(self, text, **keys):
        """A message that stays. The next one has to wait: ModemManager reads none while it
        reads another, not even later (cmti_received)."""
        before = len(texts(self.bed))
        self.bed.simulator.command('sms ' + deliver(text, **keys))
        self.wait('%s is there' % text, lambda: len(texts(self.bed)) > before)

    def seen(self, text=LAST):
        """Everything that was delivered before has been looked at: so has this one."""
        self.arrives(text)
        pump(0.5)

    def settled(self):
        pump(0.5)
        return self.looks


SMS = 'org.freedesktop.ModemManager1.Sms'


def texts(bed):
    paths = bed.modem_properties(MESSAGING).get('Messages', [])
    found = []
    for path in paths:
        with contextlib.suppress(GLib.Error):
            found.append(bed.properties(path, SMS).get('Text', ''))
    return found


def imei(bed):
    return bed.modem_properties(MODEM)['EquipmentIdentifier']


def remember(eye, text):
    with open(os.path.join(eye.state, 'sms'), 'w', encoding='utf-8') as out:
        out.write(text)


# Cases


def case_one_that_counts():
    """It is looked at once, and deleted; the same again, later, is deleted and does no more."""
    with Bed() as bed:
        bed.registered()
        with Eye(bed) as eye:
            text = token(imei(bed))
            bed.simulator.command('sms ' + deliver(text))
            eye.wait('a look', lambda: eye.looks == 1)
            assert 'look ' + imei(bed) in eye.lines
            eye.wait('it is deleted', lambda: text not in texts(bed))
            assert bed.simulator.commands(r'\+CMGD=0')
            bed.simulator.command('sms ' + deliver(text))
            eye.wait('it is deleted, too', lambda: len(bed.simulator.commands(r'\+CMGD=')) >= 2)
            assert eye.settled() == 1
        # Nobody was answered
        assert not bed.simulator.commands(r'\+CMG[SW]|\+CMSS')


def case_not_ours():
    """Whatever else comes stays where it is, and makes nobody look."""
    with Bed() as bed:
        bed.registered()
        mine = imei(bed)
        now = int(time.time())
        others = [LAST, 'MMFOTA1 CHECK', 'MMFOTA1 UPGRADE http://192.0.2.1/', token(mine, key=OTHER_KEY),
                  token('860000000000009'), token(mine).replace('CHECK', 'check'), token(mine, now)[:-1] + 'G']
        with Eye(bed) as eye:
            for text in others:
                eye.arrives(text)
            eye.seen('the end')
            assert eye.settled() == 0 and not bed.simulator.commands(r'\+CMGD')
            assert sorted(texts(bed)) == sorted(others + ['the end'])
            told = [line for line in eye.words().splitlines() if 'not made with the key' in line]
            assert len(told) == 5 and 'no more are told' in told[-1], told


def case_old_and_future():
    """Authentic, but of last week: deleted. Of tomorrow: it waits for a clock that is right."""
    with Bed() as bed:
        bed.registered()
        now = int(time.time())
        old, future = token(imei(bed), now - 8 * 86400), token(imei(bed), now + 86400)
        with Eye(bed) as eye:
            eye.arrives(future)
            bed.simulator.command('sms ' + deliver(old))
            eye.wait('the old one is deleted', lambda: bed.simulator.commands(r'\+CMGD=1') and len(texts(bed)) == 1)
            eye.seen()
            assert eye.settled() == 0 and future in texts(bed)


def case_parts():
    """Cut in two by a gateway, the second part first: it counts when both are there."""
    with Bed() as bed:
        bed.registered()
        with Eye(bed) as eye:
            text = token(imei(bed))
            eye.arrives(text[20:], part=(7, 2, 2))
            eye.seen()
            assert eye.settled() == 0
            bed.simulator.command('sms ' + deliver(text[:20], part=(7, 2, 1)))
            eye.wait('a look', lambda: eye.looks == 1)
            # ModemManager lists it until the answer is there
            eye.wait('both parts are deleted',
                     lambda: len(bed.simulator.commands(r'\+CMGD=')) == 2 and texts(bed) == [LAST])


def case_there_at_start():
    """They came while nobody was there: before ModemManager, before the agent. The newest counts, all go."""
    mine = '860000000000017'
    with Bed({'module': {'imei': mine}}, daemon=False) as bed:
        now = int(time.time())
        for counter in (now - 600, now - 1, now - 60):
            bed.simulator.command('sms ' + deliver(token(mine, counter)))
        bed.simulator.command('sms ' + deliver(LAST))
        bed.daemon.start()
        bed.registered()
        with Eye(bed) as eye:
            eye.wait('a look', lambda: eye.looks == 1)
            eye.wait('all are deleted', lambda: texts(bed) == [LAST])
            assert eye.settled() == 1


def case_interface_comes_and_goes():
    """Only an enabled modem reads messages; the agent is there before."""
    with Bed() as bed:
        bed.wait_modem(3)
        with Eye(bed) as eye:
            bed.registered()
            bed.simulator.command('sms ' + deliver(token(imei(bed))))
            eye.wait('a look', lambda: eye.looks == 1)
            bed.call(bed.modem, MODEM, 'Enable', GLib.Variant('(b)', (False,)))
            bed.registered()
            eye.seen()
            bed.daemon.restart()
            bed.registered()
            eye.wait('the modem again', lambda: sum('follow' in line for line in eye.lines) >= 2)
            assert eye.settled() == 1


def case_too_soon():
    """It waits in the module's storage, also over a kill of the agent, and counts in its time."""
    with Bed() as bed:
        bed.registered()
        now = int(time.time())
        with Eye(bed) as eye:
            eye.kill()
            remember(eye, '[%s]\ncounter=%d\naccepted=%d\nday=%d\nof-day=2\n' % (imei(bed), now - 60, now - 60, now - 60))
        text = token(imei(bed), now)
        bed.simulator.command('sms ' + deliver(text))
        with Eye(bed) as eye:
            eye.wait('it is too soon', lambda: 'too soon' in eye.words())
            assert eye.settled() == 0 and text in texts(bed)
            eye.kill()
            remember(eye, '[%s]\ncounter=%d\naccepted=%d\nday=%d\nof-day=2\n' % (imei(bed), now - 60, time.time() - 597,
                                                                             now - 60))
        with Eye(bed) as eye:
            eye.wait('its time', lambda: eye.looks == 1)
            eye.wait('it is deleted', lambda: text not in texts(bed))
            with open(os.path.join(eye.state, 'sms'), encoding='utf-8') as memory:
                content = memory.read()
            assert 'counter=%d\n' % now in content and 'of-day=3\n' in content, content


def case_cannot_be_stored():
    """What can't be remembered is not acted on: the counter is stored before."""
    with Bed() as bed:
        bed.registered()
        with Eye(bed) as eye:
            os.rmdir(eye.state)
            text = token(imei(bed))
            bed.simulator.command('sms ' + deliver(text))
            eye.wait('a word', lambda: 'waits' in eye.words())
            assert eye.settled() == 0 and text in texts(bed) and not bed.simulator.commands(r'\+CMGD')
            eye.kill()
            os.mkdir(eye.state)
        with Eye(bed) as eye:
            eye.wait('a look', lambda: eye.looks == 1)
            eye.wait('it is deleted', lambda: text not in texts(bed))


def case_stored_before_the_look():
    """Whoever is killed at the moment of the look does not look again."""
    with Bed() as bed:
        bed.registered()
        with Eye(bed) as eye:
            bed.simulator.command('sms ' + deliver(token(imei(bed))))
            eye.wait('a look', lambda: eye.looks == 1)
            eye.kill()
        bed.simulator.command('sms ' + deliver(token(imei(bed), int(time.time()) - 1)))
        with Eye(bed) as eye:
            eye.wait('all are gone', lambda: not texts(bed))
            assert eye.settled() == 0


def case_senders_and_two_keys():
    """The second filter; and the old key counts as long as it is there."""
    with Bed() as bed:
        bed.registered()
        with Eye(bed, '138 0000 0001', keys=(OTHER_KEY, KEY)) as eye:
            wrong = token(imei(bed))
            eye.arrives(wrong, sender='+8613800000002')
            eye.arrives(wrong, sender='Operator')
            eye.seen()
            assert eye.settled() == 0 and texts(bed).count(wrong) == 2
            bed.simulator.command('sms ' + deliver(token(imei(bed), int(time.time()) + 1)))
            eye.wait('a look', lambda: eye.looks == 1)
            eye.wait('it is deleted', lambda: len(texts(bed)) == 3)
            assert texts(bed).count(wrong) == 2


if __name__ == '__main__':
    tap.run(globals())
