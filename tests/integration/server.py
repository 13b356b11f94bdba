# SPDX-License-Identifier: GPL-2.0-or-later
"""A firmware server: real nginx, and a release folder as TD Tech ships it."""

import collections
import hashlib
import os
import random
import shutil
import signal
import socket

from processes import Process, free_port, wait_for

CHANGELOG = '''<?xml version="1.0" encoding="ISO-8859-1"?>
<root>
    <component name="FIRMWARE1" version="%(version)s"/>
    <default-language name="de-de">1031</default-language>
    <language name="en-us" code="1033">
        <features>
            <feature>1.product_name="MT5700M-CN"</feature>
            <feature>2.update_mode="0"</feature>
            <feature>3.source_version="%(source)s"</feature>
            <feature>en-us</feature>
        </features>
    </language>
</root>
'''

FILELIST = '''<?xml version="1.0" encoding="ISO-8859-1"?>
<root>
    <component>
        <name>FIRMWARE1</name>
        <compress>0</compress>
    </component>
    <files>
        <file>
            <spath>%(name)s</spath>
            <dpath>%(name)s</dpath>
            <operation>c</operation>
            <md5>%(md5)s</md5>
            <size>%(size)d</size>
        </file>
    </files>
</root>
'''

NGINX = '''
daemon off;
%(user)s
worker_processes 1;
pid %(dir)s/nginx.pid;
error_log %(dir)s/error.log info;
events { worker_connections 256; }
http {
    types {
        text/xml xml;
        application/octet-stream bin swu;
    }
    log_format bytes '$status|$body_bytes_sent|$http_range|$request_method|$uri';
    access_log %(dir)s/access.log bytes;
    client_body_temp_path %(dir)s/tmp-body;
    proxy_temp_path %(dir)s/tmp-proxy;
    fastcgi_temp_path %(dir)s/tmp-fastcgi;
    uwsgi_temp_path %(dir)s/tmp-uwsgi;
    scgi_temp_path %(dir)s/tmp-scgi;
    sendfile off;
    output_buffers 1 8k;
    server {
        # Small buffers on the way: what was sent was received, more or less
        listen 127.0.0.1:%(port)d sndbuf=16k;
        listen [::1]:%(port)d ipv6only=on sndbuf=16k;
        autoindex on;
        limit_rate %(rate)s;
        location /fota/ { alias %(root)s/; }
    }
}
'''

Access = collections.namedtuple('Access', 'status sent range method path')


class Release:
    """What the firmware server's operator puts into the folder."""

    def __init__(self, version='1.3.0.0(SP1C02)', name='FIRMWARE1.BIN', size=400000, source='1.2.5.0(SP1C02)',
                 md5=None, listed_size=None, seed=1):
        self.version = version
        self.name = name
        self.size = size
        self.source = source
        self.md5 = md5
        self.listed_size = listed_size
        self.seed = seed

    def write(self, root):
        folder = os.path.join(root, 'full')
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        content = random.Random(self.seed).randbytes(self.size)
        with open(os.path.join(folder, self.name), 'wb') as package:
            package.write(content)
        values = {
            'version': self.version,
            'source': self.source,
            'name': self.name,
            'md5': self.md5 or hashlib.md5(content).hexdigest(),
            'size': self.size if self.listed_size is None else self.listed_size,
        }
        for name, text in (('changelog.xml', CHANGELOG), ('filelist.xml', FILELIST)):
            with open(os.path.join(folder, name), 'w', encoding='iso-8859-1') as out:
                out.write(text % values)


# Large against what lies in the buffers of the connection when it breaks
BIG = Release(size=4000000)


class Server:
    """nginx on a free port of both loopbacks."""

    def __init__(self, directory, rate='0'):
        self.directory = directory
        self.root = os.path.join(directory, 'www')
        self.rate = rate
        self.port = 0
        self.process = None
        os.makedirs(self.root)

    @property
    def url(self):
        return 'http://127.0.0.1:%d/fota/' % self.port

    @property
    def url6(self):
        return 'http://[::1]:%d/fota/' % self.port

    @property
    def access_log(self):
        return os.path.join(self.directory, 'access.log')

    def offer(self, release):
        release.write(self.root)

    def withdraw(self):
        shutil.rmtree(os.path.join(self.root, 'full'), ignore_errors=True)

    def _write_configuration(self):
        path = os.path.join(self.directory, 'nginx.conf')
        with open(path, 'w', encoding='ascii') as out:
            out.write(NGINX % {
                'dir': self.directory,
                'root': self.root,
                'port': self.port,
                'rate': self.rate,
                'user': 'user root;' if os.geteuid() == 0 else '',
            })
        return path

    def _answers(self):
        if not self.process.is_alive():
            return True
        try:
            socket.create_connection(('127.0.0.1', self.port), 1).close()
            return True
        except OSError:
            return False

    def start(self):
        """Starts on the same port again when there was one: the module knows the URL."""
        for _attempt in range(10):
            if not self.port:
                self.port = free_port()
                chosen = True
            else:
                chosen = False
            self.process = Process('nginx', ['nginx', '-p', self.directory, '-c', self._write_configuration(),
                                             '-e', os.path.join(self.directory, 'error.log')],
                                   os.path.join(self.directory, 'stdout'), os.path.join(self.directory, 'stderr'))
            wait_for('nginx to listen', self._answers)
            if self.process.is_alive():
                return
            if chosen:
                self.port = 0
        raise AssertionError('nginx does not start, see its error.log')

    def stop(self):
        if self.process:
            self.process.stop()

    def set_rate(self, rate):
        """Bytes a second for connections to come, as nginx writes them: 20k; 0: as fast as it goes."""
        self.rate = rate
        self._write_configuration()
        os.kill(self.process.pid, signal.SIGHUP)

    def accesses(self):
        try:
            with open(self.access_log, encoding='utf-8') as log:
                fields = [line.rstrip('\n').split('|') for line in log]
        except FileNotFoundError:
            return []
        return [Access(int(f[0]), int(f[1]), f[2], f[3], f[4]) for f in fields]

    def bytes_sent(self, name):
        return sum(access.sent for access in self.accesses() if access.path.endswith('/' + name))
