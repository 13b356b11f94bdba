#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Reports: what a sink gets of the journal, whatever the sink, the network and the power do.
The sink is a web server of our own; it holds each event against CloudEvents 1.0.2."""

import hashlib
import http.server
import json
import os
import queue
import random
import re
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'integration'))

import tap  # noqa: E402  pylint: disable=wrong-import-position
from processes import clean_environment, free_port, wait_for  # noqa: E402  pylint: disable=wrong-import-position

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..')
BUILD = os.environ.get('TDTECH_BUILD') or os.path.join(SOURCE, 'build')
DRIVER = os.path.join(BUILD, 'tests', 'agent', 'report-driver')
IMEI = '860000000000001'
JOURNAL = '0123456789abcdef'
SECRET = 'sesame-17'
PATIENCE = 120


# What CloudEvents says of an event


def check_event(event):
    for name, value in event.items():
        assert re.fullmatch('[a-z0-9]{1,20}', name), name
        assert name == 'data' or isinstance(value, (str, bool, int)), event
        assert value != '', event
    assert event['specversion'] == '1.0', event
    assert event['id'] and re.fullmatch(r'urn:[a-z0-9]{1,31}:\S+', event['source']), event
    assert re.fullmatch(r'com\.td_tech\.mmfota\.[a-z0-9-]+', event['type']), event
    # Of what an old journal had left nobody knows when it was
    if not event['id'].endswith('-0-lost'):
        assert re.fullmatch(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ', event['time']), event
    assert re.fullmatch(r'\d{20}', event['sequence']), event
    assert event['datacontenttype'] == 'application/json' and isinstance(event['data'], dict), event


class Sink:
    """Takes events. An answer is a status, or (status, headers), or 'cut', 'hang'; when no more are told, 204."""

    def __init__(self, port=None, context=None, events=None):
        self.port = port or free_port()
        self.events = [] if events is None else events
        self.requests = []
        self.failures = []
        self.answers = queue.Queue()
        self.judge = None
        self.lock = threading.Lock()
        self.server = None
        self.context = context
        self.start()

    def start(self):
        sink = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'

            def log_message(self, *_arguments):  # pylint: disable=arguments-differ
                pass

            def do_POST(self):  # pylint: disable=invalid-name
                sink.handle(self)

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, request, client_address):
                error = sys.exc_info()[1]
                # Whoever is killed breaks off
                if not isinstance(error, OSError):
                    sink.failures.append(repr(error))

        self.server = Server(('127.0.0.1', self.port), Handler)
        self.server.daemon_threads = True
        if self.context:
            self.server.socket = self.context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        assert not self.failures, self.failures

    @property
    def url(self):
        return '%s://127.0.0.1:%d/events?from=tests' % ('https' if self.context else 'http', self.port)

    def handle(self, request):
        size = int(request.headers['Content-Length'])
        body = request.rfile.read(size)
        if len(body) < size:
            # Whoever sent it was killed meanwhile
            request.close_connection = True
            return
        kind = request.headers['Content-Type'].split(';')[0]
        content = json.loads(body.decode('utf-8'))
        events = content if isinstance(content, list) else [content]
        assert (kind == 'application/cloudevents-batch+json') == isinstance(content, list), kind
        assert isinstance(content, list) or kind == 'application/cloudevents+json', kind
        for event in events:
            check_event(event)
        try:
            answer = self.answers.get_nowait()
        except queue.Empty:
            answer = self.judge(events) if self.judge else 204
        status, headers = answer if isinstance(answer, tuple) else (answer, {})
        with self.lock:
            self.requests.append((status, events, dict(request.headers)))
            if status == 'taken and cut' or (isinstance(status, int) and 200 <= status < 300):
                self.events += events
        if isinstance(status, str):
            request.close_connection = True
            if status == 'hang':
                time.sleep(PATIENCE)
            request.connection.shutdown(socket.SHUT_RDWR)
            return
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        if status != 204:
            request.send_header('Content-Length', '3')
        request.end_headers()
        if status != 204:
            request.wfile.write(b'no\n')

    def ids(self):
        with self.lock:
            return [event['id'] for event in self.events]

    def statuses(self):
        with self.lock:
            return [status for status, _events, _headers in self.requests]


# The reporter


def event(sequence, kind=4, **details):
    values = {'sequence': '<uint64 %d>' % sequence, 'kind': '<uint32 %d>' % kind,
              'time': '<uint64 %d>' % (1795000000 + sequence)}
    values.update({name.replace('_', '-'): '<%s>' % value for name, value in details.items()})
    return '{%s}' % ', '.join("'%s': %s" % pair for pair in values.items())


def names(*sequences):
    return ['%s-%d' % (JOURNAL, sequence) for sequence in sequences]


class Reporter:
    def __init__(self, folder, sink, batch=50, device_id='imei', arguments=()):
        self.folder = folder
        self.url = sink if isinstance(sink, str) else sink.url
        self.arguments = [str(batch), device_id, *arguments]
        self.path = os.path.join(folder, 'journal')
        self.state = os.path.join(folder, 'state')
        self.log = os.path.join(folder, 'log')
        self.process = None
        self.environment = {}
        os.makedirs(self.state, exist_ok=True)

    def write(self, *events, journal=JOURNAL):
        with open(self.path + '.new', 'w', encoding='utf-8') as out:
            out.write('\n'.join([journal, *events]) + '\n')
        os.rename(self.path + '.new', self.path)
        if self.process:
            self.tell('changed')
        return self

    def start(self, status=0):
        with open(self.log, 'a', encoding='utf-8') as log:
            self.process = subprocess.Popen([DRIVER, self.path, IMEI, self.url, self.state, *self.arguments],
                                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
                                            env=clean_environment(G_DEBUG='fatal-criticals', G_MESSAGES_DEBUG='mmfota-agent',
                                                                  NO_PROXY='*', **self.environment),
                                            encoding='utf-8')
        if status:
            assert self.process.wait(PATIENCE) == status, self.words()
            return self
        assert self.process.stdout.readline() == 'ready\n', self.words()
        threading.Thread(target=self._read, args=(self.process.stdout,), daemon=True).start()
        return self

    def _read(self, stdout):
        for line in stdout:
            self.unreported = int(line.split()[1])

    unreported = None

    def tell(self, command):
        self.process.stdin.write(command + '\n')
        self.process.stdin.flush()

    def words(self):
        with open(self.log, encoding='utf-8') as log:
            return log.read()

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process = None

    def end(self):
        if self.process:
            self.process.stdin.close()
            status = self.process.wait(PATIENCE)
            self.process = None
            assert status == 0, '%d %s' % (status, self.words())

    def hurry(self, what, condition):
        """Waits, but not for the time between two tries."""
        def look():
            self.tell('hurry')
            return condition()
        return wait_for(what, look, PATIENCE)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_error):
        if kind and self.process:
            self.kill()
        self.end()
        assert SECRET not in self.words()


def reporter(sink, **keys):
    return Reporter(tempfile.mkdtemp(prefix='mmfota-report-'), sink, **keys)


def wait_ids(sink, expected, report=None):
    """@report: who knows by now that they were taken, and would not tell them again."""
    wait_for('events %r' % expected[-1:], lambda: len(sink.ids()) >= len(expected), PATIENCE)
    assert sink.ids() == expected, sink.ids()
    if report:
        wait_for('that to be stored', lambda: 'sequence=%s\n' % expected[-1].split('-')[1] in cursor(report), PATIENCE)


# Cases


def case_what_is_told():
    sink = Sink()
    error = 'com.td_tech.ModemManager1.Error.Fota.UpgradeFailed'
    with reporter(sink) as report:
        report.write(event(7, 13, transaction="'second'", error="'%s'" % error, message="'so \"far\" é'",
                           module_code='uint32 80', version="'1.3.0.0(SP1C02)'"))
        report.start()
        wait_ids(sink, names(7))
        assert sink.events[0] == {
            'specversion': '1.0', 'id': JOURNAL + '-7', 'source': 'urn:imei:' + IMEI,
            'type': 'com.td_tech.mmfota.upgrade-failed', 'time': '2026-11-18T11:06:47Z',
            'subject': '1.3.0.0(SP1C02)', 'sequence': '0' * 19 + '7', 'datacontenttype': 'application/json',
            'data': {'transaction': 'second', 'error': error, 'message': 'so "far" é', 'module-code': 80,
                     'to': '1.3.0.0(SP1C02)', 'attempt': 2, 'next-attempt': '2027-01-15T08:00:00Z'},
        }, sink.events
        # A kind that is not known yet, sequences with gaps, one by one as they come
        report.write(event(7), event(90, 77), event(91, 9, sessions="['1', '3']"))
        wait_ids(sink, names(7, 90, 91))
        assert sink.events[1]['type'] == 'com.td_tech.mmfota.unknown' and sink.events[1]['data'] == {'kind': 77}
        assert sink.events[2]['data'] == {'sessions': ['1', '3']}
        wait_for('nothing left', lambda: report.unreported == 0)
    sink.stop()


def case_device_id():
    for device_id, source in (('hash', 'urn:mmfota:' + hashlib.sha256(IMEI.encode()).hexdigest()),
                              ('bus 17/a', 'urn:mmfota:bus%2017%2Fa')):
        sink = Sink()
        with reporter(sink, device_id=device_id) as report:
            report.write(event(1)).start()
            wait_ids(sink, names(1))
            assert sink.events[0]['source'] == source, sink.events
            assert IMEI not in json.dumps(sink.events)
        sink.stop()


def case_batches():
    """In order, as many at a time as allowed, one alone by itself."""
    sink = Sink()
    with reporter(sink, batch=50) as report:
        report.write(*(event(n) for n in range(1, 122))).start()
        wait_ids(sink, names(*range(1, 122)))
        assert [len(events) for _status, events, _headers in sink.requests] == [50, 50, 21]
        report.write(event(500))
        wait_ids(sink, names(*range(1, 122), 500), report)
        # Whoever comes back tells nothing twice
        report.end()
        report.write(event(500), event(501)).start()
        wait_ids(sink, names(*range(1, 122), 500, 501))
    sink.stop()


def case_later():
    """Statuses of a bad day, and answers that are none: again, the same, in order."""
    sink = Sink()
    bad = [500, 503, 429, 408, 401, 403, 302, 'cut', 'taken and cut', 502]
    for answer in bad:
        sink.answers.put(answer)
    with reporter(sink, batch=3) as report:
        report.write(*(event(n) for n in range(1, 6))).start()
        report.hurry('all taken', lambda: len(sink.ids()) >= 8)
        # What was taken, but not said to be, comes again under the same ids
        assert sink.ids() == names(1, 2, 3, 1, 2, 3, 4, 5), sink.ids()
        assert sink.statuses() == bad + [204, 204], sink.statuses()
        # A line as it begins and one as it ends
        told = [line for line in report.words().splitlines() if 'DEBUG' not in line]
        assert len(told) == 2 and 'wait' in told[0] and 'again' in told[1], told
    sink.stop()


def case_retry_after():
    """Kept, whatever hurries; as seconds and as a date; nonsense is none."""
    sink = Sink()
    sink.answers.put((429, {'Retry-After': '100000000000'}))
    with reporter(sink) as report:
        report.write(event(1)).start()
        wait_for('the first try', sink.statuses)
        for _turn in range(10):
            report.tell('hurry')
            time.sleep(0.1)
        assert sink.statuses() == [429], sink.statuses()
        report.kill()
        for value in ('2', time.strftime('%a, %d %b %Y %H:%M:%S GMT', time.gmtime(time.time() + 2)), 'soon', '-1',
                      'Thu, 01 Jan 1970 00:00:00 GMT'):
            sink.answers.put((503, {'Retry-After': value}))
        report.start()
        report.hurry('taken', sink.ids)
        assert sink.ids() == names(1)
    sink.stop()


def case_dead_letter():
    """One of many that the sink does not like: three tries, then it is put aside, and the others have
    their turn, in order."""
    sink = Sink()
    sink.judge = lambda events: 400 if any(one['id'] == JOURNAL + '-3' for one in events) else 204
    with reporter(sink) as report:
        report.write(*(event(n) for n in range(1, 7))).start()
        wait_ids(sink, names(1, 2, 4, 5, 6))
        alone = [status for status, events, _headers in sink.requests if [one['id'] for one in events] == names(3)]
        assert alone == [400, 400, 400], sink.requests
        with open(os.path.join(report.state, 'dead-letters'), encoding='utf-8') as letters:
            dead = [json.loads(line) for line in letters]
        assert [letter['id'] for letter in dead] == names(3), dead
        # The rest goes as a list again
        report.write(event(7), event(8))
        wait_ids(sink, names(1, 2, 4, 5, 6, 7, 8))
        assert 'put aside' not in report.words()
    sink.stop()


def case_dead_letter_over_kills():
    """Killed after each try, the third one is still the last."""
    sink = Sink()
    sink.judge = lambda events: 422 if any(one['id'] == JOURNAL + '-1' for one in events) else 204
    with reporter(sink, batch=1) as report:
        report.write(event(1), event(2))
        for tries in (1, 2):
            report.start()
            wait_for('try %d' % tries, lambda: len(sink.requests) >= tries)  # pylint: disable=cell-var-from-loop
            wait_for('it is stored', lambda: 'refused=%d' % tries in cursor(report))  # pylint: disable=cell-var-from-loop
            report.kill()
        report.start()
        wait_ids(sink, names(2))
        assert sink.statuses() == [422, 422, 422, 204], sink.statuses()
    sink.stop()


def cursor(report):
    text = ''
    for name in os.listdir(report.state):
        if name.startswith('report-') and not name.endswith('.new'):
            with open(os.path.join(report.state, name), encoding='utf-8') as content:
                text += content.read()
    return text


def case_offline():
    """Nobody there for long: nothing is lost, no line in the log for each try (J7)."""
    port = free_port()
    with reporter('http://127.0.0.1:%d/events?from=tests' % port) as report:
        report.write(*(event(n) for n in range(1, 101))).start()
        for _turn in range(20):
            report.tell('hurry')
            time.sleep(0.02)
        sink = Sink(port)
        report.hurry('all taken', lambda: len(sink.ids()) >= 100)
        assert sink.ids() == names(*range(1, 101))
        assert len([line for line in report.words().splitlines() if 'reports wait' in line and 'DEBUG' not in line]) == 1
        sink.stop()


def case_another_journal():
    """Sequence numbers come again under another id; what was left of the old journal is told as lost."""
    sink = Sink()
    other = 'fedcba9876543210'
    with reporter(sink) as report:
        report.write(event(1), event(2)).start()
        wait_ids(sink, names(1, 2))
        report.write(event(1), event(2), event(3), journal=other)
        wait_ids(sink, names(1, 2) + [JOURNAL + '-2-0-lost', other + '-1', other + '-2', other + '-3'])
        assert sink.events[2]['type'] == 'com.td_tech.mmfota.events-lost'
        assert sink.events[2]['data'] == {'journal': JOURNAL, 'after': 2}
        # The same however often it is told
        assert 'time' not in sink.events[2], sink.events[2]
        # No id: no events, and no harm
        report.write(event(1), event(2), event(3), event(4), journal='')
        report.write(event(1), event(2), event(3), event(4), journal=other)
        wait_for('the next one', lambda: sink.ids()[-1] == other + '-4')
        assert len(sink.ids()) == 7, sink.ids()
    sink.stop()


def case_another_journal_with_nothing_in_it():
    """What was left of the old one does not wait any more."""
    sink = Sink()
    with reporter(sink) as report:
        sink.answers.put((503, {'Retry-After': '1'}))
        report.write(*(event(n) for n in range(1, 6))).start()
        wait_for('how many wait', lambda: report.unreported == 5)
        report.write(journal='fedcba9876543210')
        wait_for('that they are lost', lambda: sink.ids() == [JOURNAL + '-0-0-lost'])
        wait_for('nothing left', lambda: report.unreported == 0)
    sink.stop()


def case_forgotten():
    """The journal keeps 256: more than that while we were away is told as lost, a gap in fewer is not."""
    sink = Sink()
    with reporter(sink, batch=256) as report:
        report.write(event(1)).start()
        wait_ids(sink, names(1), report)
        report.end()
        report.write(*(event(n) for n in range(45, 301))).start()
        wait_ids(sink, names(1) + [JOURNAL + '-1-45-lost'] + names(*range(45, 301)), report)
        assert sink.events[1]['data'] == {'journal': JOURNAL, 'after': 1, 'before': 45, 'count': 43}, sink.events[1]
        report.end()
        report.write(*(event(n) for n in range(310, 320))).start()
        wait_for('the rest', lambda: len(sink.ids()) >= 268)
        assert sink.ids()[258:] == names(*range(310, 320)), sink.ids()[258:]
    sink.stop()


def case_cursor_unreadable():
    """Told once more, under the same ids."""
    sink = Sink()
    with reporter(sink) as report:
        report.write(event(1), event(2)).start()
        wait_ids(sink, names(1, 2))
        wait_for('it is stored', lambda: 'sequence=2' in cursor(report))
        report.kill()
        for rubbish in (b'', b'\xff\xfe[', b'[cursor]\njournal=../../x\nsequence=99\n',
                        b'[cursor]\njournal=' + JOURNAL.encode() + b'\nsequence=-1\nrefused=99\n',
                        b'[cursor]\njournal=' + JOURNAL.encode() + b'\nsequence=77\n'):
            for name in os.listdir(report.state):
                with open(os.path.join(report.state, name), 'wb') as out:
                    out.write(rubbish)
            before = len(sink.ids())
            report.start()
            wait_for('both again', lambda: len(sink.ids()) >= before + 2)  # pylint: disable=cell-var-from-loop
            assert sink.ids()[before:] == names(1, 2), sink.ids()[before:]
            report.end()
    sink.stop()


def case_cursor_cannot_be_written():
    """A disk that is full: goes on, tells nothing twice before it ends."""
    sink = Sink()
    with reporter(sink) as report:
        report.write(event(1))
        os.rmdir(report.state)
        report.start()
        wait_ids(sink, names(1))
        report.write(event(1), event(2))
        wait_ids(sink, names(1, 2))
        wait_for('a word', lambda: 'not kept' in report.words())
    sink.stop()


def own_journal(report):
    try:
        with open(os.path.join(report.state, 'journal-' + IMEI), encoding='utf-8') as content:
            return content.read()
    except FileNotFoundError:
        return ''


def own_id(report):
    return own_journal(report).split('\n', maxsplit=1)[0]


def case_own_events():
    """What the agent has to tell itself: in order with the journal's, under ids of its own, over kills."""
    sink = Sink()
    with reporter(sink) as report:
        report.write(event(1), event(2)).start()
        wait_ids(sink, names(1, 2), report)
        sink.answers.put(503)
        report.tell('own first')
        wait_for('a try', lambda: 503 in sink.statuses())
        own = own_id(report)
        wait_for('it is counted', lambda: report.unreported == 1)
        # Two of the plugin's wait behind it, another of its own, and one more
        report.write(event(1), event(2), event(3), event(4))
        wait_for('three', lambda: report.unreported in (1, 3))
        report.tell('own second')
        wait_for('it is written', lambda: 'second' in own_journal(report))
        report.kill()
        report.write(event(1), event(2), event(3), event(4), event(5))
        report.start()
        expected = names(1, 2) + [own + '-1'] + names(3, 4) + [own + '-2'] + names(5)
        wait_ids(sink, expected, report)
        first = sink.events[2]
        assert first['type'] == 'com.td_tech.mmfota.signature-refused' and first['time'] == '2026-11-18T11:06:40Z', first
        assert first['data'] == {'message': 'first', 'journal': JOURNAL, 'after': 2}, first
        wait_for('nothing left', lambda: report.unreported == 0)
        report.kill()
        report.start()
        report.tell('own third')
        wait_ids(sink, expected + [own + '-3'])
    sink.stop()


def case_own_events_lost():
    """More than are kept, while the sink is away; and a journal that is damaged: told as lost, no id comes again."""
    port = free_port()
    with reporter('http://127.0.0.1:%d/events?from=tests' % port, batch=256) as report:
        report.write(event(1)).start()
        for number_ in range(300):
            report.tell('own %d' % number_)
        wait_for('all of them', lambda: "'299'" in own_journal(report), PATIENCE)
        own = own_id(report)
        sink = Sink(port)
        expected = names(1) + [own + '-0-45-lost'] + ['%s-%d' % (own, n) for n in range(45, 301)]
        report.hurry('all told', lambda: len(sink.ids()) >= len(expected))
        assert sink.ids() == expected, sink.ids()[:3] + sink.ids()[-3:]
        wait_for('it is stored', lambda: 'own-sequence=300' in cursor(report))
        report.kill()
        with open(os.path.join(report.state, 'journal-' + IMEI), 'w', encoding='utf-8') as out:
            out.write(own + '\nrubbish\n')
        report.start()
        report.tell('own new')
        wait_for('both', lambda: len(sink.ids()) >= len(expected) + 2)
        other = own_id(report)
        assert other != own and sink.ids()[len(expected):] == [own + '-300-0-lost', other + '-1'], sink.ids()[-3:]
        sink.stop()


def case_own_events_and_another_journal():
    """Its place was in a journal that is gone, or in numbers that are: it is told all the same."""
    sink = Sink()
    other = 'fedcba9876543210'
    with reporter(sink) as report:
        report.write(event(1), event(9)).start()
        wait_ids(sink, names(1, 9), report)
        sink.answers.put((503, {'Retry-After': '1'}))
        report.tell('own first')
        wait_for('a try', lambda: 503 in sink.statuses())
        report.write(event(1), journal=other)
        wait_for('all', lambda: len(sink.ids()) >= 5)
        own = own_id(report)
        assert sorted(sink.ids()[2:]) == sorted([JOURNAL + '-9-0-lost', own + '-1', other + '-1']), sink.ids()
        # What it came after is not listed any more
        report.kill()
        report.write(event(7), journal=other)
        report.start()
        wait_ids(sink, sink.ids()[:5] + [other + '-7'], report)
        sink.answers.put((503, {'Retry-After': '1'}))
        report.write(event(7), event(8), journal=other)
        wait_for('a try', lambda: sink.statuses().count(503) == 2)
        report.tell('own second')
        report.write(event(7), event(12), journal=other)
        wait_for('all', lambda: other + '-12' in sink.ids())
        assert sink.ids()[6:] in ([other + '-8', own + '-2', other + '-12'], [own + '-2', other + '-12']), sink.ids()
    sink.stop()


def case_token():
    """Sent, never told; not over an open line."""
    sink = Sink()
    folder = tempfile.mkdtemp(prefix='mmfota-report-')
    token = os.path.join(folder, 'token')
    with open(token, 'w', encoding='utf-8') as out:
        out.write(SECRET + '\n')
    with reporter(sink, arguments=[token]) as report:
        report.write(event(1)).start()
        wait_ids(sink, names(1))
        assert sink.requests[0][2]['Authorization'] == 'Bearer ' + SECRET
    # The address itself may be a secret, but for the host
    with reporter('http://192.0.2.1/%s?key=%s' % (SECRET, SECRET), arguments=[token]) as report:
        report.write(event(1)).start(status=1)
        assert 'allowed: https' in report.words()
        report.process = None
    for url in ('ftp://192.0.2.1/', 'http://', 'http://me:%s@192.0.2.1/' % SECRET, 'nonsense'):
        with reporter(url) as report:
            report.write(event(1)).start(status=1)
            assert 'allowed: http' in report.words(), report.words()
            report.process = None
    for content in ('', 'two words\n', 'two\r\nHeader: x\n', 'two\0parts\n', 'x' * 5000):
        with open(token, 'w', encoding='utf-8') as out:
            out.write(content)
        with reporter(sink, arguments=[token]) as report:
            report.write(event(1)).start(status=1)
            assert token in report.words(), report.words()
            report.process = None
    sink.stop()


def case_tls():
    """Only to whom the CA vouches for."""
    folder = tempfile.mkdtemp(prefix='mmfota-report-')
    path = os.path.join(folder, 'both.pem')
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout',
                    path, '-out', path + '.crt', '-days', '2', '-subj', '/CN=sink', '-addext',
                    'subjectAltName=IP:127.0.0.1'], check=True, stderr=subprocess.DEVNULL)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path + '.crt', path)
    sink = Sink(context=context)
    with reporter(sink) as report:
        report.write(event(1)).start()
        wait_for('a refusal', lambda: 'reports wait' in report.words())
        assert not sink.requests
    with reporter(sink, arguments=['', path + '.crt']) as report:
        report.write(event(1)).start()
        wait_ids(sink, names(1))
    with reporter(sink, arguments=['', '/nonexistent.pem']) as report:
        report.write(event(1)).start(status=1)
        assert '/nonexistent.pem' in report.words()
        report.process = None
    sink.stop()


class Hostile:
    """Answers with what it is given, byte by byte, and then more of it."""

    def __init__(self, head, more):
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]
        self.head = head
        self.more = more
        self.sent = 0
        self.turns = 0
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        while True:
            connection = self.listener.accept()[0]
            self.turns += 1
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection):
        try:
            connection.recv(65536)
            connection.sendall(self.head)
            while self.more:
                connection.sendall(self.more)
                self.sent += len(self.more)
        except OSError:
            pass
        connection.close()

    @property
    def url(self):
        return 'http://127.0.0.1:%d/' % self.port


def case_hostile():
    """Endless bodies, whatever the status says, are cut off; rubbish is no answer."""
    ok = b'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n'
    for head, more in ((ok, b'x' * 65536), (ok.replace(b'200', b'503'), b'x' * 65536),
                       (ok.replace(b'200', b'421'), b'x' * 65536), (b'\0' * 1000, b''), (b'HTTP/1.1 999\r\n\r\n', b''),
                       (b'HTTP/1.1 301 No\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n', b'')):
        hostile = Hostile(head, more)
        with reporter(hostile.url) as report:
            report.write(event(1)).start()
            taken = b'200' in head
            wait_for('what comes of it', lambda: 'sequence=1' in cursor(report) if taken  # pylint: disable=cell-var-from-loop
                     else 'reports wait' in report.words())                               # pylint: disable=cell-var-from-loop
            assert hostile.sent < 32 * 1024 * 1024, hostile.sent
            assert ('sequence=1' in cursor(report)) == taken


def case_modem_comes_and_goes():
    """While a request hangs, too."""
    sink = Sink()
    sink.answers.put('hang')
    with reporter(sink) as report:
        report.write(event(1)).start()
        wait_for('the first try', sink.statuses)
        report.tell('leave')
        report.tell('leave')
        report.tell('hurry')
        report.tell('follow')
        wait_ids(sink, names(1), report)
        report.tell('leave')
        report.write(event(1), event(2))
        report.tell('follow')
        report.tell('follow')
        wait_ids(sink, names(1, 2), report)
        sink.answers.put('hang')
        report.write(event(1), event(2), event(3))
        wait_for('the request', lambda: len(sink.statuses()) == 4)
    sink.stop()


def case_kills():
    """kill -9 of reporter and sink at random moments, while events come and the sink has bad days: every
    event is there, in order but for what comes twice, and that under the same id with the same content."""
    rand = random.Random(3466)
    port = free_port()
    everything = []
    sink = Sink(port, events=everything)

    def judge(_events):
        return rand.choice([204, 204, 204, 204, 500, 'cut', 'taken and cut'])
    sink.judge = judge
    with reporter(sink, batch=4) as report:
        report.write(event(1)).start()
        last = 1
        for _round in range(60):
            first = max(1, last - 200)
            last += rand.randrange(0, 6)
            report.write(*(event(n) for n in range(first, last + 1)))
            report.tell('hurry')
            time.sleep(rand.random() * 0.06)
            if rand.random() < 0.5:
                report.kill()
                report.start()
            if rand.random() < 0.2:
                sink.stop()
                # What is in its hands still counts: it may have said so
                sink = Sink(port, events=everything)
                sink.judge = judge
        sink.judge = None
        report.hurry('the last one', lambda: names(last)[0] in sink.ids())
    assert sorted(set(ids_of(everything)), key=number) == names(*range(1, last + 1))
    seen = {}
    reached = 0
    for one in everything:
        assert seen.setdefault(one['id'], one) == one
        # It never jumps over one
        assert number(one['id']) <= reached + 1, (one['id'], reached)
        reached = max(reached, number(one['id']))
    sink.stop()


def ids_of(events):
    return [one['id'] for one in events]


def number(name):
    return int(name.split('-')[1])


if __name__ == '__main__':
    tap.run(globals())
