# SPDX-License-Identifier: GPL-2.0-or-later
"""hawkBit's Direct Device Integration API, as far as the agent uses it: what a real server does, strictly, and what it
does not do on demand: errors, half answers, silence."""

import hashlib
import http.server
import json
import re
import sys
import threading
import time

from processes import free_port

EXECUTIONS = ('closed', 'proceeding', 'canceled', 'scheduled', 'rejected', 'resumed', 'downloaded', 'download')


class Action:
    """One, with one target."""

    def __init__(self, number, version, url, **how):
        self.number = number
        self.version = version
        self.url = url
        self.download = how.get('download', 'attempt')
        self.update = how.get('update', 'attempt')
        self.window = how.get('window')
        self.confirm = how.get('confirm', False)
        self.metadata = how.get('metadata', 'mmfota.url')
        self.cancelled = False
        self.ended = None
        self.feedback = []      # (kind of link, execution, finished, timestamp, details)
        self.answers = []       # to the wish for confirmation

    @property
    def hash(self):
        """Another one when what the device gets is another."""
        text = repr((self.download, self.update, self.window, self.confirm, self.url))
        return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16) - 0x80000000

    def content(self):
        chunk = {'part': 'modem-firmware', 'name': 'MT5700M-CN', 'version': self.version, 'artifacts': [], 'later': 1}
        if self.url:
            chunk['metadata'] = [{'key': 'other', 'value': 'x'}, {'key': self.metadata, 'value': self.url}]
        deployment = {'download': self.download, 'update': self.update, 'chunks': [chunk]}
        if self.window:
            deployment['maintenanceWindow'] = self.window
        return {'id': str(self.number), 'confirmation' if self.confirm else 'deployment': deployment}

    def executions(self):
        return [entry[1] for entry in self.feedback if entry[0] == 'deploymentBase']

    def ends(self):
        return [entry for entry in self.feedback if entry[1] == 'closed' and entry[0] == 'deploymentBase']


class Ddi:
    """Targets by their ids; each has one action at a time."""

    def __init__(self, tenant='DEFAULT', tokens=None, sleep='00:00:01', context=None):
        # Of TLS: then a certificate tells who the device is, by its common name
        self.context = context
        self.port = free_port()
        self.tenant = tenant
        # None: the gateway's holds for all
        self.tokens = tokens or {}
        self.gateway = 'gateway-17'
        self.sleep = sleep
        self.actions = {}
        self.attributes = {}
        self.wants_attributes = set()
        self.polls = []
        self.requests = []
        self.not_modified = 0
        self.failures = []
        self.number = 0
        # Takes (method, path), gives None, a status, (status, headers), the bytes of a 200, 'cut', 'half' or 'hang'
        self.fault = None
        self.lock = threading.RLock()
        self.server = None
        self.start()

    @property
    def url(self):
        return '%s://127.0.0.1:%d' % ('https' if self.context else 'http', self.port)

    def start(self):
        ddi = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'

            def log_message(self, *_arguments):  # pylint: disable=arguments-differ
                pass

            def do_GET(self):  # pylint: disable=invalid-name
                ddi.handle(self)

            do_POST = do_PUT = do_GET

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, request, client_address):
                error = sys.exc_info()[1]
                if not isinstance(error, OSError):
                    ddi.failures.append(repr(error))

        self.server = Server(('127.0.0.1', self.port), Handler)
        self.server.daemon_threads = True
        if self.context:
            self.server.socket = self.context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self):
        if self.server:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    def check(self):
        assert not self.failures, self.failures

    # What an operator does

    def assign(self, target, version, url, **how):
        with self.lock:
            self.number += 1
            self.actions[target] = Action(self.number, version, url, **how)
            return self.actions[target]

    def cancel(self, target):
        with self.lock:
            self.actions[target].cancelled = True

    # What a device does

    def handle(self, request):
        size = int(request.headers.get('Content-Length') or 0)
        body = request.rfile.read(size) if size else b''
        if len(body) < size:
            # The agent was killed meanwhile
            request.close_connection = True
            return
        with self.lock:
            self.requests.append((request.command, request.path, body, time.time()))
            fault = self.fault(request.command, request.path) if self.fault else None
        if fault == 'hang':
            time.sleep(20)
            request.close_connection = True
            return
        if fault == 'cut':
            request.close_connection = True
            return
        if isinstance(fault, bytes):
            self.send(request, 200, fault, {'Content-Length': str(len(fault))})
            return
        if fault is not None and fault != 'half':
            status, headers = fault if isinstance(fault, tuple) else (fault, {})
            self.answer(request, status, None, headers)
            return
        with self.lock:
            try:
                status, content = self.route(request, body)
            except (AssertionError, KeyError, ValueError, TypeError) as error:
                self.failures.append('%s %s: %r %r' % (request.command, request.path, error, body))
                status, content = 400, None
        self.answer(request, status, content, {}, half=fault == 'half')

    def answer(self, request, status, content, headers, half=False):
        data = json.dumps(content).encode() if content is not None else b''
        etag = '"%s"' % hashlib.md5(data).hexdigest()
        if status == 200 and request.command == 'GET' and request.headers.get('If-None-Match') == etag:
            self.not_modified += 1
            status, data = 304, b''
        headers = dict(headers)
        if status in (200, 304) and request.command == 'GET':
            headers['ETag'] = etag
        if status != 304:
            headers['Content-Length'] = str(len(data))
        if half:
            data = data[:len(data) // 2]
            request.close_connection = True
        self.send(request, status, data, headers)

    @staticmethod
    def send(request, status, data, headers):
        request.send_response(status)
        request.send_header('Content-Type', 'application/hal+json;charset=UTF-8')
        for name, value in headers.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(data)

    def route(self, request, body):
        match = re.fullmatch(r'/%s/controller/v1/([^/?]+)(?:/([A-Za-z]+))?(?:/(\d+))?(/feedback)?(?:\?(.*))?' % self.tenant, request.path)
        assert match, 'unknown path'
        target, kind, number, feedback, query = match.groups()
        wanted = ['GatewayToken ' + self.gateway]
        if target in self.tokens:
            wanted.append('TargetToken ' + self.tokens[target])
        if self.context:
            names = [value for part in request.connection.getpeercert()['subject'] for name, value in part if name == 'commonName']
            if names != [target] or 'Authorization' in request.headers:
                return 401, None
        elif request.headers.get('Authorization') not in wanted:
            return 401, None
        assert 'application/hal+json' in request.headers.get('Accept', '') or request.command != 'GET'
        if kind is None:
            return 200, self.poll(target)
        if kind == 'configData':
            assert request.command == 'PUT'
            return self.take_attributes(target, json.loads(body))
        action = self.actions.get(target)
        if not action or str(action.number) != number:
            return 404, None
        if feedback:
            assert request.command == 'POST'
            return self.take_feedback(action, kind, json.loads(body))
        if kind == 'cancelAction':
            assert action.cancelled and not action.ended
            return 200, {'id': number, 'cancelAction': {'stopId': number}}
        assert re.fullmatch(r'c=-?\d+', query or ''), query
        # Whoever waits for a confirmation has no deployment yet; once it is confirmed, or to be cancelled, there is no wish for one
        if action.ended or action.confirm != (kind == 'confirmationBase') or (action.confirm and action.cancelled):
            return 404, None
        return 200, action.content()

    def poll(self, target):
        self.polls.append((target, time.time()))
        base = '%s/%s/controller/v1/%s/' % (self.url, self.tenant, target)
        links = {}
        action = self.actions.get(target)
        if target not in self.attributes or target in self.wants_attributes:
            links['configData'] = {'href': base + 'configData'}
        if action and not action.ended:
            kind = 'confirmationBase' if action.confirm else 'deploymentBase'
            if action.cancelled:
                links['cancelAction'] = {'href': base + 'cancelAction/%d' % action.number}
            else:
                links[kind] = {'href': base + '%s/%d?c=%d' % (kind, action.number, action.hash)}
        return {'config': {'polling': {'sleep': self.sleep}}, '_links': links}

    def take_attributes(self, target, content):
        assert content['mode'] == 'merge' and 0 < len(content['data']) <= 100, content
        for name, value in content['data'].items():
            assert isinstance(value, str) and 0 < len(name) <= 32 and len(value) <= 128, content
        self.attributes.setdefault(target, {}).update(content['data'])
        self.wants_attributes.discard(target)
        return 200, None

    def take_feedback(self, action, kind, content):
        if kind == 'confirmationBase':
            assert content['confirmation'] in ('confirmed', 'denied') and isinstance(content.get('code', 0), int), content
            assert all(isinstance(text, str) and text for text in content['details']), content
            if action.ended:
                return 410, None
            if not action.confirm or action.cancelled:
                return 404, None
            action.answers.append((content['confirmation'], content['details']))
            action.confirm = content['confirmation'] == 'denied'
            return 200, None
        status = content['status']
        execution, finished = status['execution'], status['result']['finished']
        assert execution in EXECUTIONS and finished in ('success', 'failure', 'none'), content
        assert execution != 'closed' or finished != 'none', 'counts as success'
        assert all(isinstance(text, str) and text for text in status['details']) and len(status['details']) <= 50, content
        assert isinstance(content['timestamp'], int), content
        if action.ended:
            return 410, None
        if action.confirm and kind != 'cancelAction':
            return 404, None
        action.feedback.append((kind, execution, finished, content['timestamp'], ' '.join(status['details'])))
        assert len(action.feedback) < 1000
        if kind == 'cancelAction':
            assert action.cancelled
            if execution == 'closed' and finished == 'success':
                action.ended = 'cancelled'
            else:
                assert execution == 'rejected', content
                action.cancelled = False
        elif execution == 'closed':
            action.ended = finished
        elif execution == 'downloaded' and action.update == 'skip' and not action.window:
            action.ended = 'downloaded'
        return 200, None
