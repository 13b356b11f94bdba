#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A real Eclipse hawkBit update server, of its libraries from Maven Central, in build/engines."""

import base64
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'integration'))

from harness import BUILD, SOURCE  # noqa: E402  pylint: disable=wrong-import-position
from processes import Process, free_port, wait_for  # noqa: E402  pylint: disable=wrong-import-position

HERE = os.path.join(SOURCE, 'tests', 'engines')
ENGINES = os.path.join(BUILD, 'engines')
LOGIN = 'admin:admin'
TOKEN = 'gateway-token-of-the-fleet-17'
# Seconds that a Java server may take to start on a machine that is busy
PATIENCE = 600


def make():
    """The jars, and the class that starts them; what is there already stays."""
    libraries = os.path.join(ENGINES, 'lib')
    classes = os.path.join(ENGINES, 'classes')
    os.makedirs(classes, exist_ok=True)
    if not os.path.exists(os.path.join(ENGINES, 'complete')):
        subprocess.run(['mvn', '--batch-mode', '--quiet', '--file', os.path.join(HERE, 'pom.xml'), 'dependency:copy-dependencies',
                        '-DoutputDirectory=' + libraries, '-DincludeScope=runtime'], check=True, stdin=subprocess.DEVNULL, timeout=540)
        with open(os.path.join(ENGINES, 'complete'), 'w', encoding='ascii'):
            pass
    # Spring of those days reads no newer class files
    subprocess.run(['javac', '--release', '8', '-Xlint:none', '-nowarn', '-proc:none', '-cp', os.path.join(libraries, '*'), '-d', classes,
                    os.path.join(HERE, 'Server.java')], check=True, stderr=subprocess.DEVNULL, timeout=300)
    shutil.copy(os.path.join(HERE, 'application.properties'), classes)
    assert glob.glob(os.path.join(libraries, 'hawkbit-ddi-resource-*.jar')), 'hawkBit is not among the jars'
    return libraries, classes


class Hawkbit:
    """On a free port, which stays the same; its database is a file, so that it can be restarted."""

    def __init__(self, directory):
        self.directory = directory
        self.port = free_port()
        self.process = None
        self.starts = 0
        self.options = []
        self.libraries, self.classes = make()

    @property
    def url(self):
        return 'http://127.0.0.1:%d' % self.port

    def start(self):
        self.starts += 1
        self.process = Process('hawkBit', [
            'java', '-Xmx512m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '--add-opens', 'java.base/java.lang=ALL-UNNAMED',
            '-cp', self.classes + ':' + os.path.join(self.libraries, '*'), 'fleet.Server', '--server.port=%d' % self.port,
            '--spring.datasource.url=jdbc:h2:file:%s/db;MODE=MySQL;DB_CLOSE_ON_EXIT=FALSE' % self.directory,
            '--org.eclipse.hawkbit.repository.file.path=%s/artifacts' % self.directory, *self.options],
            os.path.join(self.directory, 'hawkbit-%d.log' % self.starts), os.path.join(self.directory, 'hawkbit-%d.err' % self.starts))

    def wait(self):
        def answers():
            assert self.process.is_alive(), 'hawkBit ended: %s' % self.log()[-2000:]
            try:
                self.api('GET', 'targets')
                return True
            except (OSError, urllib.error.URLError):
                return False
        wait_for('hawkBit', answers, PATIENCE)

    def log(self):
        with open(os.path.join(self.directory, 'hawkbit-%d.log' % self.starts), encoding='utf-8', errors='replace') as log:
            return log.read()

    def restart(self):
        self.process.kill()
        self.start()

    def stop(self):
        if self.process:
            self.process.kill()

    def api(self, method, path, content=None):
        request = urllib.request.Request('%s/rest/v1/%s' % (self.url, path), method=method,
                                         data=json.dumps(content).encode() if content is not None else None)
        request.add_header('Authorization', 'Basic ' + base64.b64encode(LOGIN.encode()).decode())
        request.add_header('Content-Type', 'application/json')
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read()
            return json.loads(text) if text else None

    # What an operator sees

    def targets(self):
        return [target['controllerId'] for target in self.api('GET', 'targets?limit=100')['content']]

    def attributes(self, target):
        return self.api('GET', 'targets/%s/attributes' % target) or {}

    def actions(self, target):
        """The newest first."""
        return self.api('GET', 'targets/%s/actions?sort=id:DESC' % target)['content']

    def history(self, target, action):
        content = self.api('GET', 'targets/%s/actions/%d/status?limit=100&sort=id:ASC' % (target, action))['content']
        return [(entry['type'], ' '.join(text or '' for text in entry['messages'])) for entry in content]

    def assign(self, distribution, target, **how):
        self.api('POST', 'distributionsets/%d/assignedTargets' % distribution, [{'id': target, **how}])
        return self.actions(target)[0]['id']


class Recipe:
    """The commands of docs/fleets.md, one block after the other, in one shell."""

    def __init__(self, **environment):
        with open(os.path.join(SOURCE, 'docs', 'fleets.md'), encoding='utf-8') as document:
            section = re.split(r'^## ', document.read(), flags=re.M)
        text = next(part for part in section if part.startswith('hawkBit\n'))
        self.blocks = re.findall(r'^```sh\n(.*?)^```$', text, re.M | re.S)
        self.environment = {**os.environ, **environment}
        self.values = {}

    def run(self, *numbers, **values):
        """Those blocks; the first one, which all use, comes along. Variables stay for the next."""
        self.values.update(values)
        script = 'set -e -o pipefail\n' + self.blocks[0] + '\n'.join(self.blocks[number] for number in numbers) + \
            '\nfor name in TYPE VERSION MODULE SET ROLLOUT; do printf "%s=%s\\n" "$name" "${!name}" >&3; done\n'
        read, write = os.pipe()
        done = subprocess.run(['bash', '-c', 'exec 3>&%d; %s' % (write, script)], env={**self.environment, **self.values},
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, pass_fds=(write,), check=False,
                              encoding='utf-8', timeout=300)
        os.close(write)
        with os.fdopen(read, encoding='utf-8') as out:
            told = out.read()
        assert done.returncode == 0, (numbers, done.stderr, done.stdout[-500:])
        self.values.update(line.split('=', 1) for line in told.splitlines() if not line.endswith('='))
        return self.values


if __name__ == '__main__':
    make()
