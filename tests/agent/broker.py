# SPDX-License-Identifier: GPL-2.0-or-later
"""mosquitto, whoever listens at it, and a gate on the way there."""

import os
import signal
import socket
import subprocess
import tempfile
import threading

from paho.mqtt import client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from processes import clean_environment, die_with_parent, free_port, wait_for


class Broker:
    """A mosquitto of its own. @lines: more of its configuration; @listener: other lines for it, with its port."""

    def __init__(self, lines='allow_anonymous true', port=None, listener=None):
        self.folder = tempfile.mkdtemp(prefix='mmfota-broker-')
        self.port = port or free_port()
        self.process = None
        with open(self.path('mosquitto.conf'), 'w', encoding='utf-8') as out:
            out.write('user root\npersistence true\npersistence_location %s/\nlog_dest file %s\nlog_type all\n'
                      '%s\n%s\n' % (self.folder, self.path('log'), lines,
                                    listener or 'listener %d 127.0.0.1' % self.port))
        self.start()

    def path(self, name):
        return os.path.join(self.folder, name)

    def start(self):
        with open(self.path('out'), 'ab') as out:
            self.process = subprocess.Popen(['mosquitto', '-c', self.path('mosquitto.conf')], stdin=subprocess.DEVNULL,
                                            stdout=out, stderr=out, env=clean_environment(), preexec_fn=die_with_parent)
        wait_for('mosquitto', self.is_there)
        return self

    def is_there(self):
        assert self.process.poll() is None, self.words()
        with socket.socket() as probe:
            return probe.connect_ex(('127.0.0.1', self.port)) == 0

    def save(self):
        """Its sessions, as they are: what a power cut leaves."""
        before = os.stat(self.path('mosquitto.db')).st_mtime_ns if os.path.exists(self.path('mosquitto.db')) else 0
        self.process.send_signal(signal.SIGUSR1)
        wait_for('its database', lambda: os.path.exists(self.path('mosquitto.db')) and
                 os.stat(self.path('mosquitto.db')).st_mtime_ns != before)

    def kill(self):
        if self.process:
            self.process.kill()
            self.process.wait()
        self.process = None

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.process = None

    def words(self):
        text = ''
        for name in ('out', 'log'):
            if os.path.exists(self.path(name)):
                with open(self.path(name), encoding='utf-8', errors='replace') as log:
                    text += log.read()
        return text

    @property
    def url(self):
        return 'mqtt://127.0.0.1:%d' % self.port

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.kill()


class Message:
    def __init__(self, message):
        self.topic = message.topic
        self.payload = message.payload
        self.qos = message.qos
        self.retain = bool(message.retain)
        self.content_type = getattr(getattr(message, 'properties', None), 'ContentType', None)


def make_client(name, protocol):
    if hasattr(mqtt, 'CallbackAPIVersion'):
        return mqtt.Client(mqtt.CallbackAPIVersion.VERSION1, name, protocol=protocol)
    return mqtt.Client(name, protocol=protocol)


class Listener:
    """The operator: hears all below a topic, and sends commands. Comes back by itself."""

    def __init__(self, port, topic='#', qos=0, name='operator', setup=None):
        self.messages = []
        self.topic = topic
        self.qos = qos
        self.connected = threading.Event()
        self.client = make_client(name, mqtt.MQTTv5)
        self.client.on_connect = self._connected
        self.client.on_disconnect = lambda *_arguments: self.connected.clear()
        self.client.on_subscribe = lambda *_arguments: self.connected.set()
        self.client.on_message = lambda _client, _data, message: self.messages.append(Message(message))
        self.client.reconnect_delay_set(1, 1)
        if setup:
            setup(self.client)
        properties = Properties(PacketTypes.CONNECT)
        properties.SessionExpiryInterval = 3600
        self.client.connect('127.0.0.1', port, clean_start=False, properties=properties)
        self.client.loop_start()
        self.wait()

    def _connected(self, client, *_arguments):
        client.subscribe(self.topic, self.qos)

    def wait(self):
        assert self.connected.wait(120), 'the operator is not connected'

    def send(self, topic, payload, retain=False, qos=1):
        info = self.client.publish(topic, payload, qos, retain)
        info.wait_for_publish()

    def of(self, topic):
        return [message for message in list(self.messages) if message.topic == topic]

    def stop(self):
        self.client.disconnect()
        self.client.loop_stop()

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.stop()


class Script:
    """A broker of our own, for what a real one does not do on demand: speaks as much of MQTT 3.1.1 as it takes. @judge is
    called with (connection's number, kind, packet id, payload) and says what to send, None to end the connection."""

    CONNECT, PUBLISH, SUBSCRIBE = 1, 3, 8

    def __init__(self, judge):
        self.judge = judge
        self.connections = 0
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._run, daemon=True).start()

    @property
    def url(self):
        return 'mqtt://127.0.0.1:%d' % self.port

    def stop(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _run(self):
        while True:
            try:
                connection = self.listener.accept()[0]
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection, self.connections), daemon=True).start()

    def _serve(self, connection, number):
        stream = connection.makefile('rb')
        try:
            while True:
                answer = self._answer(stream, number)
                if answer is None:
                    break
                connection.sendall(answer)
        except (OSError, IndexError):
            pass
        try:
            connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def _answer(self, stream, number):
        first = stream.read(1)[0]
        length = shift = 0
        while True:
            byte = stream.read(1)[0]
            length |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                break
        body = stream.read(length)
        kind, ident, payload = first >> 4, b'', b''
        if kind == self.PUBLISH:
            begin = 2 + int.from_bytes(body[:2], 'big')
            ident, payload = (body[begin:begin + 2], body[begin + 2:]) if first & 6 else (b'', body[begin:])
        elif kind == self.SUBSCRIBE:
            ident = body[:2]
        return self.judge(number, kind, ident, payload)


class Gate:
    """Between a device and its broker: closed nobody gets through, and whoever was is cut off."""

    def __init__(self, port):
        self.target = port
        self.port = free_port()
        self.lock = threading.Lock()
        self.pairs = []
        self.listener = None

    @property
    def url(self):
        return 'mqtt://127.0.0.1:%d' % self.port

    def open(self):
        if self.listener:
            return
        self.listener = socket.create_server(('127.0.0.1', self.port))
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def close(self):
        if self.listener:
            self.listener.shutdown(socket.SHUT_RDWR)
            self.listener.close()
        self.listener = None
        with self.lock:
            for one in self.pairs:
                try:
                    one.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
            self.pairs = []

    def _accept(self, listener):
        while True:
            try:
                device = listener.accept()[0]
                broker = socket.create_connection(('127.0.0.1', self.target))
            except OSError:
                return
            with self.lock:
                self.pairs += [device, broker]
            for one, other in ((device, broker), (broker, device)):
                threading.Thread(target=self._pump, args=(one, other), daemon=True).start()

    @staticmethod
    def _pump(source, target):
        try:
            while True:
                data = source.recv(65536)
                if not data:
                    break
                target.sendall(data)
        except OSError:
            pass
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
