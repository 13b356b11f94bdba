# SPDX-License-Identifier: GPL-2.0-or-later
"""The simulated module: its process, its scenario, its control socket."""

import base64
import json
import os
import re
import socket

from processes import Process, clean_environment, wait_for


class Control:
    """One connection to the control socket: a command a line, a JSON object a line."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(60)
        self.socket.connect(path)
        self.file = self.socket.makefile('r', encoding='utf-8', errors='replace')

    def command(self, line):
        self.socket.sendall(line.encode() + b'\n')
        reply = self.file.readline()
        if not reply:
            raise AssertionError('the simulator is gone (command: %s)' % line)
        reply = json.loads(reply)
        if isinstance(reply, dict) and reply.get('error'):
            raise AssertionError('simulator: %s: %s' % (line, reply['error']))
        return reply

    def read(self):
        return json.loads(self.file.readline())

    def close(self):
        self.file.close()
        self.socket.close()


def write_scenario(path, scenario):
    """The scenario is a dictionary of groups of keys."""
    with open(path, 'w', encoding='utf-8') as out:
        for group, keys in scenario.items():
            out.write('[%s]\n' % group)
            for key, value in keys.items():
                if isinstance(value, bool):
                    value = 'true' if value else 'false'
                out.write('%s=%s\n' % (key, value))


class Simulator:
    def __init__(self, directory, program, scenario, replay=None):
        self.directory = directory
        self.program = program
        self.scenario = scenario
        # A report of mmfota to answer from
        self.replay = replay
        self.control = None
        self.process = None
        self.umockdev_dir = None
        os.makedirs(directory, exist_ok=True)

    def path(self, name):
        return os.path.join(self.directory, name)

    def _ready(self):
        with open(self.path('stdout'), encoding='utf-8', errors='replace') as out:
            match = re.search(r'^ready UMOCKDEV_DIR=(\S+)', out.read(), re.M)
        if match:
            return match.group(1)
        if not self.process.is_alive():
            with open(self.path('stderr'), encoding='utf-8', errors='replace') as err:
                raise AssertionError('the simulator ended: ' + err.read()[-2000:])
        return None

    def start(self):
        write_scenario(self.path('scenario'), self.scenario)
        self.process = Process('simulator', [self.program, '--scenario', self.path('scenario'),
                                             '--control', self.path('control'),
                                             '--transcript', self.path('transcript')] +
                               (['--replay', self.replay] if self.replay else []),
                               self.path('stdout'), self.path('stderr'), clean_environment())
        self.umockdev_dir = wait_for('the simulator to be ready', self._ready)
        self.control = Control(self.path('control'))

    def stop(self):
        if self.control:
            self.control.close()
        if self.process:
            self.process.stop()

    def pieces(self):
        """What a run in which the answers are cut alike needs in its environment."""
        with open(self.path('transcript'), encoding='utf-8', errors='replace') as transcript:
            found = re.search(r'^ *[0-9.]+ 0 - pieces how=(\w+) seed=(\d+)$', transcript.read(4096), re.M)
        return 'TDTECH_PIECES=%s TDTECH_PIECES_SEED=%s' % found.groups() if found else ''

    # What it is asked

    def command(self, line):
        return self.control.command(line)

    def status(self):
        return self.command('status')

    def sessions(self):
        """The CIDs of the NDIS sessions that are up; 0 stands for a PPP session."""
        session = self.status()['session']
        return [0] * session['ppp'] + [context['cid'] for context in session['contexts'] if context['state'] == 1]

    def violations(self):
        return self.command('violations')['violations']

    def transcript(self, after=None):
        return self.command('transcript' if after is None else 'transcript after %d' % after)['transcript']

    def commands(self, pattern='', after=None):
        """The commands received so far that match, oldest first."""
        return [exchange['command'] for exchange in self.transcript(after)
                if re.search(pattern, exchange['command'])]

    def set(self, key, value):
        if isinstance(value, bool):
            value = 'true' if value else 'false'
        return self.command('set %s %s' % (key, value))

    def urc(self, line):
        return self.command('urc ' + line)

    def fault(self, **fault):
        """See sim-fault.c; data may be bytes."""
        if isinstance(fault.get('data'), bytes):
            fault['data'] = base64.b64encode(fault['data']).decode()
        return self.command('fault ' + json.dumps(fault))
