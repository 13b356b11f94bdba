#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The npm package cloudevents parses and validates what web servers and brokers got of us."""

import json
import os
import subprocess
import sys

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..')
sys.path[:0] = [os.path.join(SOURCE, 'tests', 'integration'), os.path.join(SOURCE, 'tests', 'agent')]

import tap  # noqa: E402  pylint: disable=wrong-import-position
from broker import Broker, Listener  # noqa: E402  pylint: disable=wrong-import-position
from test_mqtt import TOPIC, Device, wait_events  # noqa: E402  pylint: disable=wrong-import-position
from test_report import (  # noqa: E402  pylint: disable=wrong-import-position
    BUILD, JOURNAL, Sink, event, names, reporter, wait_ids)

FOLDER = os.path.join(BUILD, 'engines', 'cloudevents')
# Each kind, a later one, and whatever an event may tell
EVENTS = [event(number, number, transaction="'second'", error="'com.td_tech.ModemManager1.Error.Fota.UpgradeFailed'",
                message="'so \"far\" é 版本\\n\t'", module_code='uint32 80', version="'1.3.0.0(SP1C02)'", sessions="['1', '3']")
          for number in range(1, 41)] + [event(99, 99)]
NAMES = names(*range(1, 41), 99)


def read(messages):
    done = subprocess.run(['node', os.path.join(SOURCE, 'tests', 'engines', 'cloudevents.js'), FOLDER], check=True,
                          input=''.join(json.dumps(message) + '\n' for message in messages), stdout=subprocess.PIPE,
                          encoding='utf-8')
    return [json.loads(line) for line in done.stdout.splitlines()]


def same(theirs, ours):
    """Whatever is in it: a time they write in their own way, and absent is absent."""
    drop = ('time',)
    assert {key: value for key, value in theirs.items() if key not in drop} == \
        {key: value for key, value in ours.items() if key not in drop}, (theirs, ours)
    assert ('time' in theirs) == ('time' in ours) or 'lost' in ours['id'], (theirs, ours)
    if 'time' in ours:
        assert theirs['time'][:19] == ours['time'][:19], (theirs, ours)


def check(messages, expected):
    answers = read(messages)
    assert len(answers) == len(messages)
    events = []
    for answer, message in zip(answers, messages):
        assert 'events' in answer, (answer, message)
        content = json.loads(message['body'])
        for theirs, ours in zip(answer['events'], content if isinstance(content, list) else [content], strict=True):
            same(theirs, ours)
        events += answer['events']
    assert [one['id'] for one in events] == expected, events


class Recorder(Sink):
    """Keeps each request as it came."""

    def handle(self, request):
        raw = request.rfile
        length = int(request.headers['Content-Length'])
        body = raw.read(length)
        self.raw.append({'how': 'http', 'headers': {name.lower(): value for name, value in request.headers.items()},
                         'body': body.decode('utf-8')})
        request.rfile = Body(body)
        super().handle(request)
        request.rfile = raw

    raw = None


class Body:
    def __init__(self, data):
        self.data = data

    def read(self, _length):
        return self.data


def case_http():
    """One by one, and as lists; what was lost, too."""
    for batch in (1, 16):
        sink = Recorder()
        sink.raw = []
        with reporter(sink, batch=batch) as report:
            report.write(*EVENTS).start()
            wait_ids(sink, NAMES)
            report.write(event(1), journal='fedcba9876543210')
            wait_ids(sink, NAMES + [JOURNAL + '-99-0-lost', 'fedcba9876543210-1'])
        check(sink.raw, NAMES + [JOURNAL + '-99-0-lost', 'fedcba9876543210-1'])
        sink.stop()


def case_device_id():
    """Sources of all forms are URIs."""
    for device_id in ('hash', 'bus 17/a', 'a:b', 'é'):
        sink = Recorder()
        sink.raw = []
        with reporter(sink, device_id=device_id) as report:
            report.write(event(1)).start()
            wait_ids(sink, names(1))
        check(sink.raw, names(1))
        sink.stop()


def case_mqtt():
    """As a broker gave it out, with the content type of MQTT 5; 3.1.1 has none, and the subscriber knows."""
    for version in ('5', '3.1.1'):
        with Broker() as broker, Listener(broker.port, 'mmfota/#') as operator, Device(broker.url, version) as device:
            device.write(*EVENTS).start()
            wait_events(operator, NAMES)
            check([{'how': 'mqtt', 'type': message.content_type or 'application/cloudevents+json',
                    'body': message.payload.decode('utf-8')} for message in operator.of(TOPIC + '/events')], NAMES)


def case_refuses_what_is_none():
    """It would prove nothing otherwise."""
    good = {'specversion': '1.0', 'id': 'a-1', 'source': 'urn:imei:860000000000001', 'type': 'com.td_tech.mmfota.waiting'}
    headers = {'content-type': 'application/cloudevents+json; charset=utf-8'}
    assert read([{'how': 'http', 'headers': headers, 'body': json.dumps(good)}])[0]['events']
    without_type = {name: value for name, value in good.items() if name != 'type'}
    without_source = {name: value for name, value in good.items() if name != 'source'}
    for bad in ({**good, 'bad_attr': 'x'}, without_type, without_source):
        for message in ({'how': 'http', 'headers': headers}, {'how': 'mqtt', 'type': 'application/cloudevents+json'}):
            answer, = read([{**message, 'body': json.dumps(bad)}])
            assert 'error' in answer, (bad, answer)
    answer, = read([{'how': 'mqtt', 'type': None, 'body': json.dumps(good)}])
    assert 'error' in answer, answer


if __name__ == '__main__':
    tap.run(globals())
