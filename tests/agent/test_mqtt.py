#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""MQTT: what a real broker, mosquitto, gets of the journal, and what it may have us do."""

import json
import os
import random
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'integration'))

import tap  # noqa: E402  pylint: disable=wrong-import-position
from broker import Broker, Gate, Listener, Script  # noqa: E402  pylint: disable=wrong-import-position
from harness import FAST_CLOCK, FastClock  # noqa: E402  pylint: disable=wrong-import-position
from processes import free_port, wait_for  # noqa: E402  pylint: disable=wrong-import-position
from test_report import (  # noqa: E402  pylint: disable=wrong-import-position
    IMEI, PATIENCE, SECRET, SOURCE, Reporter, check_event, cursor, event, ids_of, names, number)

TOPIC = 'mmfota/' + IMEI
COMMANDS = TOPIC + '/cmd'


class Device(Reporter):
    """The reporter with a broker in the place of a web server."""

    def __init__(self, url, version='5', **keys):
        keys = {'topic': TOPIC, 'client_id': 'mmfota-' + IMEI, 'version': version, **keys}
        super().__init__(tempfile.mkdtemp(prefix='mmfota-mqtt-'), url, batch=16,
                         arguments=['%s=%s' % (key.replace('_', '-'), value) for key, value in keys.items()])
        self.said = []

    def _read(self, stdout):
        for line in stdout:
            if line.startswith('unreported'):
                self.unreported = int(line.split()[1])
            else:
                self.said.append(line.strip())

    def hasten(self, rate):
        """Its time runs so much faster."""
        clock = FastClock(os.path.join(self.folder, 'clock'), rate)
        clock.set_careful(rate)
        self.environment = {'LD_PRELOAD': FAST_CLOCK, 'FAST_CLOCK': clock.path}
        return clock

    def nudges(self):
        return self.said.count('nudge')

    def wait_broker(self, times=1):
        self.hurry('the broker', lambda: self.said.count('broker') >= times)

    def told(self):
        """What stands in the log of a system."""
        return [line for line in self.words().splitlines() if 'DEBUG' not in line]

    def memory(self):
        return os.path.join(self.state, 'commands-' + IMEI)

    def pass_time(self):
        """The minute after a command is over."""
        with open(self.memory(), encoding='utf-8') as text:
            before = text.read()
        with open(self.memory(), 'w', encoding='utf-8') as out:
            out.write(re.sub('accepted=.*', 'accepted=1', before))


def events_of(listener):
    return [json.loads(message.payload) for message in listener.of(TOPIC + '/events')]


def wait_events(listener, expected, device=None):
    wait_for('events %r' % expected[-1:], lambda: len(events_of(listener)) >= len(expected), PATIENCE)
    assert ids_of(events_of(listener)) == expected, ids_of(events_of(listener))
    if device:
        wait_for('that to be stored', lambda: 'sequence=%s\n' % expected[-1].split('-')[1] in cursor(device), PATIENCE)


# Cases


def tells_everything(version):
    with Broker() as broker, Listener(broker.port, 'mmfota/#', qos=1) as operator:
        with Device(broker.url, version) as device:
            device.write(*(event(n) for n in range(1, 41)), event(41, 13, message="'so \"far\" é'"))
            device.start()
            wait_events(operator, names(*range(1, 42)), device)
            for one in events_of(operator):
                check_event(one)
                assert one['source'] == 'urn:imei:' + IMEI, one
            assert events_of(operator)[-1]['data']['message'] == 'so "far" é'
            message = operator.of(TOPIC + '/events')[0]
            assert message.qos == 1 and not message.retain
            expected = 'application/cloudevents+json; charset=utf-8' if version == '5' else None
            assert message.content_type == expected, message.content_type
            wait_for('nothing left', lambda: device.unreported == 0)
            # As they come, one by one; whoever comes back tells nothing twice
            device.write(event(500))
            wait_events(operator, names(*range(1, 42), 500), device)
            wait_for('a state', lambda: operator.of(TOPIC + '/state'))
            device.end()
            wait_for('it to be gone', lambda: operator.of(TOPIC + '/state')[-1].payload == b'offline')
            device.write(event(500), event(501)).start()
            wait_events(operator, names(*range(1, 42), 500, 501), device)
            device.kill()
            wait_for('the last will', lambda: [message.payload for message in operator.of(TOPIC + '/state')] ==
                     [b'online', b'offline', b'online', b'offline'])
        with Listener(broker.port, TOPIC + '/state', name='late') as late:
            wait_for('the state', lambda: late.messages)
            assert late.messages[0].retain and late.messages[0].payload == b'offline'


def case_what_is_told():
    tells_everything('5')


def case_what_is_told_by_3_1_1():
    tells_everything('3.1.1')


def case_session_persists():
    """What is sent to one that is away waits at the broker, with each version."""
    for version in ('5', '3.1.1'):
        with Broker() as broker, Listener(broker.port) as operator:
            with Device(broker.url, version) as device:
                device.write(event(1)).start()
                wait_events(operator, names(1), device)
                device.kill()
                operator.send(COMMANDS, 'check')
                device.start()
                wait_for('the command', device.nudges)


def case_commands():
    """Two forms of one command, and much that is none."""
    rubbish = [b'', b'reboot', b'CHECK', b'check now', b'\xff\xfe', b'check\0', b'[]', b'{}', b'null', b'"check"', b'{"command": "upgrade"}',
               b'{"command": ["check"]}', b'{"command": "check", "url": "http://192.0.2.1/"}', b'{"command": "check", "id": ""}',
               b'{"command": "check", "id": "two words"}', b'{"command": "check", "id": 7}', b'{"command": "check", "id": "%s"}' % (b'x' * 65),
               b'{' * 1024, b'check' + b' ' * 1024, b'\x1b[31mcheck', b'x' * 300000]
    for version in ('5', '3.1.1'):
        with Broker() as broker, Listener(broker.port, 'mmfota/#') as operator:
            with Device(broker.url, version) as device:
                device.write(event(1)).start()
                wait_events(operator, names(1), device)
                for payload in rubbish:
                    operator.send(COMMANDS, payload)
                # Another's, and what is not below its own
                operator.send('mmfota/860000000000002/cmd', 'check')
                operator.send(TOPIC + '/cmdx', 'check')
                operator.send(TOPIC, 'check')
                operator.send(COMMANDS + '/now', ' check\n')
                wait_for('the command', device.nudges)
                told = [line for line in device.told() if 'command' in line]
                assert device.nudges() == 1 and len(told) == 5 and 'no more' in told[-1], told
                assert '\x1b' not in device.words()
                # Too soon: it waits, and all that do are one
                for turn in range(5):
                    operator.send(COMMANDS, '{"command": "check", "id": "a%d"}' % turn)
                device.write(event(1), event(2))
                wait_events(operator, names(1, 2), device)
                assert device.nudges() == 1
                # Nothing has stopped it
                assert 'MQTT broker' not in '\n'.join(line for line in device.told() if 'connected' not in line), device.told()


def case_commands_that_wait():
    """A minute after the last one, one look for all that have waited."""
    with Broker() as broker, Listener(broker.port) as operator, Device(broker.url) as device:
        device.write(event(1)).start()
        device.wait_broker()
        operator.send(COMMANDS, 'check')
        wait_for('the command', device.nudges)
        begin = time.monotonic()
        for turn in range(5):
            operator.send(COMMANDS, '{"command": "check", "id": "a%d"}' % turn)
        wait_for('the other one', lambda: device.nudges() == 2, PATIENCE)
        assert time.monotonic() - begin > 50
        with open(device.memory(), encoding='utf-8') as text:
            assert 'ids=a0;a1;a2;a3;a4;\n' in text.read()


def case_retained():
    """The broker gives it out at each connection: acted on once, over kills and other ids. Without an id never."""
    with Broker() as broker, Listener(broker.port) as operator, Device(broker.url) as device:
        operator.send(COMMANDS, '{"command": "check", "id": "one"}', retain=True)
        device.write(event(1)).start()
        wait_for('the command', device.nudges)
        # It is written before it is acted on
        with open(device.memory(), encoding='utf-8') as text:
            assert 'ids=one;\n' in text.read()
        for turn in range(3):
            device.kill()
            device.pass_time()
            device.said.clear()
            device.start()
            device.write(*(event(n) for n in range(1, turn + 3)))
            device.hurry('the event', lambda: names(turn + 2)[0] in ids_of(events_of(operator)))  # pylint: disable=cell-var-from-loop
            assert device.nudges() == 0
        device.kill()
        device.pass_time()
        operator.send(COMMANDS, '{"command": "check", "id": "two"}', retain=True)
        device.start()
        wait_for('the next command', lambda: device.nudges() == 1)
        device.kill()
        device.pass_time()
        operator.send(COMMANDS, 'check', retain=True)
        # The one from the session, which is none that was retained; and then the other
        device.start()
        wait_for('the session', lambda: device.nudges() == 2)
        device.kill()
        device.pass_time()
        device.start()
        wait_for('a word', lambda: 'with an id only' in device.words())
        assert device.nudges() == 2


def case_not_remembered_not_acted_on():
    """A disk that is full: it would come again after each restart."""
    with Broker() as broker, Listener(broker.port) as operator, Device(broker.url) as device:
        os.mkdir(device.memory())
        device.write(event(1)).start()
        wait_events(operator, names(1), device)
        operator.send(COMMANDS, '{"command": "check", "id": "one"}', retain=True)
        wait_for('a word', lambda: 'waits' in device.words())
        assert device.nudges() == 0
        os.rmdir(device.memory())
        device.kill()
        device.start()
        wait_for('the command', device.nudges)


def case_away_for_days():
    """Nobody there: a line in the log, nearly nothing to do, and nothing lost."""
    port = free_port()
    with Device('mqtt://127.0.0.1:%d' % port) as device:
        device.write(*(event(n) for n in range(1, 101))).start()
        for _turn in range(20):
            device.tell('hurry')
            time.sleep(0.02)
        wait_for('a word', lambda: 'tried again' in device.words())
        wait_for('how many wait', lambda: device.unreported == 100)
        device.write(*(event(n) for n in range(1, 201)))
        wait_for('how many wait', lambda: device.unreported == 200)
        with Broker(port=port) as broker, Listener(broker.port) as operator:
            device.hurry('all of them', lambda: len(events_of(operator)) >= 200)
            assert ids_of(events_of(operator)) == names(*range(1, 201))
            told = [line for line in device.told() if 'MQTT' in line or 'wait' in line]
            assert len(told) == 2 and 'tried again' in told[0] and 'connected' in told[1], told


def switches(device):
    with open('/proc/%d/status' % device.process.pid, encoding='utf-8') as status:
        return int(re.search(r'^voluntary_ctxt_switches:\s+(\d+)', status.read(), re.M).group(1))


def ticks(device):
    with open('/proc/%d/stat' % device.process.pid, encoding='utf-8') as stat:
        fields = stat.read().rsplit(')', 1)[1].split()
    return int(fields[11]) + int(fields[12])


def case_sleeps():
    """Connected with nothing to say it does not wake up; what the broker asks for (a sign of life each ten seconds) it does."""
    with Broker(lines='allow_anonymous true\nmax_keepalive 10') as broker, Listener(broker.port) as operator:
        with Device(broker.url) as device:
            device.write(event(1)).start()
            wait_events(operator, names(1), device)
            before = switches(device)
            time.sleep(25)
            # A look each two seconds and a half, some signs of life
            assert switches(device) - before < 60, switches(device) - before
            assert device.said.count('broker') == 1, device.words()
            assert 'PINGREQ' in broker.words()


class Silent:
    """Accepts and says nothing."""

    def __init__(self, port, tls=False):
        self.listener = socket.create_server(('127.0.0.1', port))
        self.connections = []
        self.tls = tls
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        while True:
            try:
                self.connections.append(self.listener.accept()[0])
            except OSError:
                return

    def stop(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for connection in self.connections:
            connection.close()


def case_silence():
    """A broker that accepts TCP and says nothing is given up after half a minute, with and without TLS, and costs nothing until then."""
    ports = {'mqtt': free_port(), 'mqtts': free_port()}
    silents = {scheme: Silent(port) for scheme, port in ports.items()}
    with Device('mqtt://127.0.0.1:%d' % ports['mqtt']) as plain, Device('mqtts://127.0.0.1:%d' % ports['mqtts']) as secure:
        before = {}
        for scheme, device in (('mqtt', plain), ('mqtts', secure)):
            device.write(event(1)).start()
            wait_for('a connection', lambda: silents[scheme].connections)  # pylint: disable=cell-var-from-loop
            before[device] = (switches(device), ticks(device))
        for device in (plain, secure):
            wait_for('an end', lambda: 'no answer; it is tried again' in device.words(), PATIENCE)  # pylint: disable=cell-var-from-loop
            assert switches(device) - before[device][0] < 100 and ticks(device) - before[device][1] < 50, (
                switches(device), ticks(device), before[device])
        for silent in silents.values():
            silent.stop()
        with Broker(port=ports['mqtt']) as broker, Listener(broker.port) as operator:
            plain.hurry('the event', lambda: events_of(operator))
            assert ids_of(events_of(operator)) == names(1)


def case_too_large():
    """One event that the broker does not take: three tries, then it is put aside, and the others have their turn."""
    with Broker(lines='allow_anonymous true\nmax_packet_size 1200') as broker, Listener(broker.port) as operator:
        with Device(broker.url) as device:
            device.write(event(1), event(2), event(3, message="'%s'" % ('x' * 1500)), event(4), event(5)).start()
            wait_for('the last one', lambda: names(5)[0] in ids_of(events_of(operator)), PATIENCE)
            assert list(dict.fromkeys(ids_of(events_of(operator)))) == names(1, 2, 4, 5)
            with open(os.path.join(device.state, 'dead-letters'), encoding='utf-8') as letters:
                assert [json.loads(line)['id'] for line in letters] == names(3)


def dead_letters(device):
    path = os.path.join(device.state, 'dead-letters')
    if not os.path.exists(path):
        return []
    with open(path, encoding='utf-8') as letters:
        return [json.loads(line)['id'] for line in letters]


def case_too_large_for_3_1_1():
    """mosquitto has no word for it and ends the connection: three tries, and those behind it have their turn; also of a device that
    is killed in between. With message_size_limit it acknowledges what it drops."""
    large = event(7, message="'%s'" % ('x' * 1500))
    with Broker(lines='allow_anonymous true\nmax_packet_size 1200') as broker, Listener(broker.port) as operator:
        with Device(broker.url, '3.1.1') as device:
            device.hasten(20)
            # Ahead of it in one list, and behind it
            device.write(*(event(n) for n in range(1, 7)), large, event(8), event(9)).start()
            device.hurry('it to be refused', lambda: 'refused=1\n' in cursor(device))
            device.kill()
            assert not dead_letters(device) and 'sequence=6\n' in cursor(device), cursor(device)
            device.start()
            device.hurry('the last one', lambda: names(9)[0] in ids_of(events_of(operator)))
            assert list(dict.fromkeys(ids_of(events_of(operator)))) == names(1, 2, 3, 4, 5, 6, 8, 9)
            assert dead_letters(device) == names(7)
            assert 'larger than those that it took' in device.words()
    with Broker(lines='allow_anonymous true\nmessage_size_limit 1200') as broker, Listener(broker.port) as operator:
        with Device(broker.url, '3.1.1') as device:
            device.write(event(6), large, event(8)).start()
            wait_events(operator, names(6, 8), device)
            assert not dead_letters(device)


def case_ended_at_each_event():
    """A broker that ends the connection at whatever may not be published there, and one that has bad days: no event is to blame."""
    fate = {}

    def judge(number_, kind, ident, payload):
        # One that does not get as far as to take our state, all of them, those of usual size
        bad = payload[:1] == b'{' or (fate['early'] and kind == Script.PUBLISH)
        if not fate['well'] and bad:
            fate['ended'] = number_
            return None
        return acknowledge(kind, ident)
    for early, events in ((False, [event(1), event(2)]), (False, [event(1), event(2, message="'%s'" % ('x' * 1500))]),
                          (True, [event(1, message="'%s'" % ('x' * 1500)), event(2)])):
        fate.update(early=early, well=False, ended=0)
        script = Script(judge)
        with Device(script.url, '3.1.1') as device:
            device.hasten(40)
            device.write(events[0]).start()
            device.hurry('its ends', lambda: fate['ended'] >= 6)
            device.write(*events)
            ends = fate['ended']
            device.hurry('more of them', lambda: fate['ended'] >= ends + 6)  # pylint: disable=cell-var-from-loop
            assert not dead_letters(device) and 'sequence' not in cursor(device), cursor(device)
            fate['well'] = True
            device.hurry('both', lambda: 'sequence=2\n' in cursor(device))  # pylint: disable=cell-var-from-loop
            assert not dead_letters(device)
        script.stop()


def case_killed_at_an_event():
    """A broker that is killed at the same large event again and again, and away then: the event waits. Then it is really refused."""
    large = "'%s'" % ('x' * 1500)
    fate = {'ended': 0, 'bad': True}

    def judge(_number, kind, ident, payload):
        if fate['bad'] and len(payload) > 1024:
            fate['ended'] += 1
            if fate['bad'] != 'refused':
                gate.close()
            return None
        return acknowledge(kind, ident)
    script = Script(judge)
    gate = Gate(script.port)
    gate.open()
    with Device(gate.url, '3.1.1') as device:
        device.hasten(40)
        device.write(event(1), event(2, message=large), event(3)).start()
        for turn in range(1, 6):
            device.hurry('its end', lambda turn=turn: fate['ended'] >= turn)
            tries = device.words().count('Connection refused')
            device.hurry('a try in vain', lambda tries=tries: device.words().count('Connection refused') > tries)
            assert not dead_letters(device), device.words()
            gate.open()
        fate['bad'] = False
        device.hurry('all of them', lambda: 'sequence=3\n' in cursor(device))
        assert not dead_letters(device)
        fate['bad'] = 'refused'
        device.write(event(3), event(4, message="'%s'" % ('x' * 2500)), event(5))
        device.hurry('the last one', lambda: 'sequence=5\n' in cursor(device))
        assert dead_letters(device) == names(4)
    gate.close()
    script.stop()


def case_refused_after_a_slow_list():
    """Those ahead of the event that ends the connection take longer than the moment: it is found all the same."""
    def judge(_number, kind, ident, payload):
        if len(payload) > 1024:
            return None
        if payload[:1] == b'{':
            # 14 s by the device's clock
            time.sleep(0.35)
        return acknowledge(kind, ident)
    script = Script(judge)
    with Device(script.url, '3.1.1') as device:
        device.hasten(40)
        device.write(event(1), event(2), event(3, message="'%s'" % ('x' * 1500)), event(4)).start()
        device.hurry('the last one', lambda: 'sequence=4\n' in cursor(device))
        assert dead_letters(device) == names(3)
    script.stop()


def case_refusals():
    """Nobody is let in: told once, with the broker's words, without ours; a password that changes is read anew."""
    folder = tempfile.mkdtemp(prefix='mmfota-mqtt-')
    words = os.path.join(folder, 'users')
    password = os.path.join(folder, 'password')
    subprocess.run(['mosquitto_passwd', '-c', '-b', words, 'device', 'right-one'], check=True)
    for version in ('5', '3.1.1'):
        with Broker(lines='allow_anonymous false\npassword_file ' + words) as broker:
            with open(password, 'w', encoding='utf-8') as out:
                out.write(SECRET + '\n')
            with Device(broker.url, version, user='device', password_file=password) as device:
                device.write(event(1)).start()
                wait_for('a refusal', lambda: 'refuses us' in device.words())
                for _turn in range(5):
                    device.tell('hurry')
                    time.sleep(0.1)
                assert len([line for line in device.told() if 'MQTT' in line]) == 1, device.told()
                with open(password, 'w', encoding='utf-8') as out:
                    out.write('right-one\n')
                device.hurry('it to be taken', lambda: 'sequence=1\n' in cursor(device))
                assert 'right-one' not in device.words()
    for content in ('', '\n', 'a\x01b\n', 'a\0b\n', 'two\nlines\n', 'x' * 5000):
        with open(password, 'w', encoding='utf-8') as out:
            out.write(content)
        with Device('mqtt://127.0.0.1:1', user='device', password_file=password) as device:
            device.write(event(1)).start(status=1)
            assert password in device.words(), device.words()
            device.process = None


class Recipe:
    """docs/fleets-mqtt.md: its commands and files, for this machine."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix='mmfota-recipe-')
        self.port = free_port()
        self.collected = set()
        with open(os.path.join(SOURCE, 'docs', 'fleets-mqtt.md'), encoding='utf-8') as document:
            text = document.read().split('## Others')[0]
        self.commands = re.findall(r'^```sh\n(.*?)^```', text, re.M | re.S)
        self.files = dict(re.findall(r'^`(/[^`]+)`:\n\n```\n(.*?)^```', text, re.M | re.S))

    def here(self, text):
        for there, here in (('listener 8883', 'listener %d' % self.port),
                            ('mqtts://broker.example.net', 'mqtts://localhost:%d' % self.port),
                            ('-h broker.example.net', '-h localhost -p %d' % self.port), ('broker.example.net', 'localhost'),
                            ('/etc/mosquitto/mmfota', self.folder), ('/etc/mmfota/mqtt', self.folder)):
            text = text.replace(there, here)
        return text

    def run(self, number, more=''):
        done = subprocess.run(['bash', '-e', '-u', '-c', self.here(self.commands[number]).rstrip() + more], cwd=self.folder, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, timeout=PATIENCE)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def collect(self, last):
        """Up to this one, without those that it had before: mosquitto_sub may go before it has acknowledged the last."""
        told = []
        while not told or told[-1]['id'] != names(last)[0]:
            one, = [json.loads(line) for line in self.run(1, ' -C 1').splitlines()]
            if one['id'] not in self.collected:
                told.append(one)
            self.collected.add(one['id'])
        return told

    def broker(self):
        with open(os.path.join(self.folder, 'acl'), 'w', encoding='utf-8') as out:
            out.write(self.files['/etc/mosquitto/mmfota/acl'])
        return Broker(lines='', port=self.port, listener=self.here(self.files['/etc/mosquitto/conf.d/mmfota.conf']))

    def device(self, imei, topic=TOPIC, certificate=None):
        """As its configuration says."""
        keys = dict(re.findall(r'^(\S+)=(.*)$', self.here(self.files['/etc/mmfota/agent.conf.d/mqtt.conf']), re.M))
        for name in ('tls-certificate', 'tls-key'):
            keys[name] = keys[name].replace('device', certificate or imei)
        return Device(keys.pop('broker'), topic=topic, client_id='mmfota-' + (certificate or imei), **keys)


def case_recipe():
    """mosquitto with an ACL by the name in the certificate, as the document has it: each device below its own name, and nobody else."""
    recipe = Recipe()
    recipe.run(0)
    with recipe.broker() as broker, recipe.device(IMEI) as device:
        # A session that waits
        recipe.run(1, ' -E')
        recipe.run(2)
        device.write(event(1), event(2)).start()
        wait_for('the command', device.nudges)
        wait_for('its events', lambda: 'sequence=2\n' in cursor(device))
        told = recipe.collect(2)
        assert ids_of(told) == names(1, 2) and told[0]['source'] == 'urn:imei:' + IMEI, told
        # Another one writes where it may not, and is told; nothing is lost of it, and nothing got there
        with recipe.device(IMEI, certificate='860000000000002') as other:
            other.write(event(7)).start()
            wait_for('a refusal', lambda: 'does not take an event' in other.words())
            assert 'sequence=7' not in cursor(other)
            # What is for the first one it does not hear
            recipe.commands[2] = recipe.commands[2].replace('2026-11-27.1', '2026-11-27.2')
            recipe.run(2)
            wait_for('the next command', lambda: broker.words().count('Sending PUBLISH to mmfota-%s ' % IMEI) > 1)
            assert 'Sending PUBLISH to mmfota-860000000000002 ' not in broker.words() and other.nudges() == 0
        device.write(event(1), event(2), event(3))
        assert ids_of(recipe.collect(3)) == names(3)
        # Its own name it may
        with recipe.device('860000000000002', topic='mmfota/860000000000002') as other:
            other.write(event(9)).start()
            wait_for('its event', lambda: 'sequence=9\n' in cursor(other))
        assert ids_of(recipe.collect(9)) == names(9)
        assert broker.process.poll() is None


def case_strangers():
    """A certificate of somebody else's, on either side, or none: no connection, the reason once, and the events stay."""
    recipe = Recipe()
    recipe.run(0)
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=' + IMEI,
                    '-keyout', 'stranger.key', '-out', 'stranger.pem'], cwd=recipe.folder, check=True, stderr=subprocess.DEVNULL)
    with recipe.broker() as broker:
        path = os.path.join(recipe.folder, '')
        own = {'tls_certificate': path + IMEI + '.pem', 'tls_key': path + IMEI + '.key'}
        url = 'mqtts://localhost:%d' % recipe.port
        for address, keys, why in ((url, {'tls_ca': path + 'stranger.pem', **own}, 'certificate verify failed'),
                                   (url, {'tls_ca': path + 'ca.pem', 'tls_certificate': path + 'stranger.pem', 'tls_key': path + 'stranger.key'}, '(unknown ca|our certificate)'),
                                   (url, {'tls_ca': path + 'ca.pem'}, '(certificate required|our certificate)'),
                                   # The broker's certificate has another name
                                   ('mqtts://127.0.0.1:%d' % recipe.port, {'tls_ca': path + 'ca.pem', **own}, 'certificate verify failed'),
                                   # TLS is spoken there, and the other way round
                                   ('mqtt://localhost:%d' % recipe.port, {}, '')):
            with Device(address, **keys) as device:
                device.write(event(1)).start()
                wait_for('a word', lambda: 'tried again' in device.words())  # pylint: disable=cell-var-from-loop
                for _turn in range(5):
                    device.tell('hurry')
                    time.sleep(0.1)
                assert 'broker' not in device.said and 'sequence=1' not in cursor(device), device.words()
                told, = [line for line in device.told() if 'MQTT' in line]
                assert re.search(why, told), told
        for name in ('tls_ca', 'tls_certificate', 'tls_key'):
            with Device(url, **{'tls_ca': path + 'ca.pem', **own, name: '/nonexistent.pem'}) as device:
                device.write(event(1)).start(status=1)
                assert '/nonexistent.pem' in device.words(), device.words()
                device.process = None
        assert broker.process.poll() is None


def acknowledge(kind, ident):
    """What a broker says that means well."""
    return {Script.CONNECT: b'\x20\x02\0\0', Script.PUBLISH: b'\x40\x02' + ident if ident else b'',
            Script.SUBSCRIBE: b'\x90\x03' + ident + b'\1'}.get(kind, b'')


def case_acknowledged_in_part():
    """Some of a list acknowledged, and then the connection ends: it counts as told when all of it is, in whatever order."""
    got = []
    late = []

    def judge(number, kind, ident, payload):
        if payload[:1] != b'{':
            return acknowledge(kind, ident)
        got.append((number, json.loads(payload)['id']))
        if number == 1:
            # The first two, and none of the others
            return acknowledge(kind, ident) if len(got) <= 2 else b'' if len(got) < 5 else None
        late.insert(0, acknowledge(kind, ident))
        if len(late) < 5:
            return b''
        return b'\x40\x02\xff\xff' + b''.join(late)
    script = Script(judge)
    with Device(script.url, '3.1.1') as device:
        device.write(*(event(n) for n in range(1, 6))).start()
        wait_for('an end', lambda: 'tried again' in device.words())
        assert cursor(device) == '', cursor(device)
        device.hurry('the second turn', lambda: 'sequence=5\n' in cursor(device))
        assert got == [(turn, name) for turn in (1, 2) for name in names(1, 2, 3, 4, 5)], got
    script.stop()


def case_reasons():
    """MQTT 5: what a broker does not like of one event, what is no fault of any, and twice what it has said already."""
    got = []

    def judge(_number, kind, ident, payload):
        if kind != Script.PUBLISH or b'{' not in payload:
            return {Script.CONNECT: b'\x20\x03\0\0\0', Script.PUBLISH: b'\x40\x02' + ident if ident else b'',
                    Script.SUBSCRIBE: b'\x90\x04' + ident + b'\0\1'}.get(kind, b'')
        number_ = int(json.loads(payload[payload.index(b'{'):])['sequence'])
        got.append(number_)
        # Unspecified, nobody listens, quota exceeded
        reason = {3: 0x80, 4: 0x10, 5: 0x97 if got.count(5) < 3 else 0}.get(number_, 0)
        return (b'\x40\x03' + ident + bytes([reason])) * (2 if number_ == 2 else 1)
    script = Script(judge)
    with Device(script.url) as device:
        device.hasten(5)
        device.write(*(event(n) for n in range(1, 7))).start()
        device.hurry('all of them', lambda: 'sequence=6\n' in cursor(device))
        assert list(dict.fromkeys(got)) == [1, 2, 3, 4, 5, 6] and got[-3:] == [4, 5, 6], got
        with open(os.path.join(device.state, 'dead-letters'), encoding='utf-8') as letters:
            assert [json.loads(line)['id'] for line in letters] == names(3)
        # Alone, three times
        assert got[-6:-3] == [3, 3, 3], got
        assert 'Quota exceeded' in device.words() and 'Unspecified error' in device.words()
    script.stop()


def case_modem_comes_and_goes():
    """While its events are under way: what is acknowledged late for who has left counts for nobody."""
    got = []
    held = []

    def judge(_number, kind, ident, payload):
        if payload[:1] != b'{':
            return acknowledge(kind, ident)
        got.append(json.loads(payload)['id'])
        held.append(acknowledge(kind, ident))
        if len(got) == 4:
            # Those of who has left, and one of who is there
            return b''.join(held[:3])
        return b''.join(held[3:]) if len(got) == 5 else b''
    script = Script(judge)
    with Device(script.url, '3.1.1') as device:
        device.write(event(1), event(2)).start()
        wait_for('both', lambda: len(got) == 2)
        for command in ('leave', 'leave', 'hurry', 'follow', 'follow'):
            device.tell(command)
        wait_for('both again', lambda: len(got) == 4)
        assert 'sequence=2' not in cursor(device)
        # With its answer comes that of the one before, who has left, too
        device.tell('leave')
        device.write(event(1), event(2), event(3))
        device.tell('follow')
        wait_for('all of them', lambda: len(got) == 7)
        assert got == names(1, 2, 1, 2, 1, 2, 3), got
        assert cursor(device) == '', cursor(device)
        device.tell('leave')
    script.stop()


def case_acknowledges_nothing():
    """A broker that lets us in and never says that it has an event is one that is not there: no word a minute, and no try a minute."""
    well = []

    def judge(_number, kind, ident, payload):
        return b'' if payload[:1] == b'{' and not well else acknowledge(kind, ident)
    script = Script(judge)
    with Device(script.url, '3.1.1') as device:
        clock = device.hasten(40)
        begin = clock.now()
        device.write(event(1)).start()
        wait_for('some turns', lambda: script.connections >= 10, PATIENCE)
        # A minute each, and what is between them: without a back-off that is 5 s at most
        assert clock.now() - begin > 9 * 70, clock.now() - begin
        told = [line for line in device.told() if 'MQTT' in line and 'connected' not in line]
        assert len(told) == 1 and 'it is tried again' in told[0], told
        assert 'acknowledges nothing' in device.words()
        well.append(True)
        device.hurry('the event', lambda: 'sequence=1\n' in cursor(device))
        wait_for('a word', lambda: 'it is there again' in device.words())
    script.stop()


def case_acknowledges_slowly():
    """One event at a time, in less than a minute each, and all of them in more: none is told twice."""
    got = []

    def judge(_number, kind, ident, payload):
        if payload[:1] == b'{':
            got.append(json.loads(payload)['id'])
            # 40 s by the device's clock
            time.sleep(4)
        return acknowledge(kind, ident)
    script = Script(judge)
    with Device(script.url, '3.1.1') as device:
        device.hasten(10)
        device.write(*(event(n) for n in range(1, 5))).start()
        wait_for('all of them', lambda: 'sequence=4\n' in cursor(device), PATIENCE)
        assert list(dict.fromkeys(got)) == names(1, 2, 3, 4), got
    script.stop()


def case_hostile():
    """Whatever a broker says at whatever time: no end of ours, no event lost, no word a minute."""
    rand = random.Random(1883)
    rubbish = [b'\x20\x02\0\0' * 100, b'\x20\x02\0\xff', b'\x30\xff\xff\xff\x7f', b'\x30\xff\xff\xff\xff\xff', b'\x32\x05\0\1a\0\0', b'\x32\0',
               b'\x30\x07\0\xffcheck', b'\xff\xff', b'\0\0', b'\x40\x02\0\0', b'\x40\x02\0\1' * 50, b'\x90\x03\0\1\x80', b'\x90\x02\0\1',
               b'\xe0\0', b'\xd0\0' * 1000, b'\x62\x02\0\7', b'\x50\x02\0\7', b'HTTP/1.1 400 Bad Request\r\n\r\n']

    def judge(number, kind, ident, _payload):
        if number <= 2 * len(rubbish):
            # At once, or after it has let us in
            return rubbish[number // 2 - 1] if kind != Script.CONNECT or number % 2 else acknowledge(kind, ident)
        if number < 120:
            answer = bytearray(acknowledge(kind, ident) + rand.choice(rubbish))
            answer[rand.randrange(len(answer))] = rand.randrange(256)
            return bytes(answer) if rand.random() < 0.9 else None
        return acknowledge(kind, ident)
    for version in ('3.1.1', '5'):
        script = Script(judge)
        with Device(script.url, version) as device:
            device.write(event(1)).start()
            before = 0
            while script.connections < 120:
                # One that waits for more, or has been told enough, ends when we do
                assert device.process.poll() is None, device.words()
                if script.connections == before:
                    device.kill()
                    device.start()
                before = script.connections
                for _turn in range(3):
                    device.tell('hurry')
                    time.sleep(0.02)
            if version == '3.1.1':
                device.hurry('the event', lambda: 'sequence=1\n' in cursor(device))  # pylint: disable=cell-var-from-loop
            assert device.process.poll() is None, device.words()
        script.stop()


def case_kills():
    """kill -9 of broker and device and cuts of the line at random moments, while events come: every event is
    there, in order but for what comes twice, and that under the same id with the same content."""
    rand = random.Random(8883)
    broker = Broker()
    gate = Gate(broker.port)
    operator = Listener(broker.port)
    # Its subscription outlives the broker
    broker.save()
    gate.open()
    with Device(gate.url) as device:
        device.write(event(1)).start()
        last = 1
        for _round in range(60):
            last += rand.randrange(0, 25)
            device.write(*(event(n) for n in range(1, last + 1)))
            device.tell('hurry')
            time.sleep(rand.random() * 0.06)
            fate = rand.random()
            if fate < 0.3:
                device.kill()
                device.start()
            elif fate < 0.5:
                gate.close()
                gate.open()
            elif fate < 0.6:
                # What the broker has acknowledged it has given to who was there: the gate opens when he is again
                gate.close()
                broker.kill()
                wait_for('the operator to notice', lambda: not operator.connected.is_set())
                broker.start()
                operator.wait()
                gate.open()
        device.hurry('the last one', lambda: names(last)[0] in ids_of(events_of(operator)))
    operator.stop()
    gate.close()
    broker.kill()
    everything = events_of(operator)
    assert sorted(set(ids_of(everything)), key=number) == names(*range(1, last + 1)), sorted(
        set(names(*range(1, last + 1))) - set(ids_of(everything)), key=number)
    seen = {}
    reached = 0
    for one in everything:
        assert seen.setdefault(one['id'], one) == one
        # It never jumps over one
        assert number(one['id']) <= reached + 1, (one['id'], reached)
        reached = max(reached, number(one['id']))


if __name__ == '__main__':
    tap.run(globals())
