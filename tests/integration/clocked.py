# SPDX-License-Identifier: GPL-2.0-or-later
"""mmfota-agent by a clock of ours, and a sink that can be killed like it."""

import copy
import json
import os
import shutil
import sys

from agent import AgentBed
from harness import FAST_CLOCK, FastClock, wait_for
from processes import Process, free_port

SINK = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'sink.py')


class SinkProcess:
    """Takes events into a file, which outlives it."""

    def __init__(self, directory):
        self.directory = directory
        self.port = free_port()
        self.process = None
        self.read_to = 0
        self.events = []
        os.makedirs(directory)

    def path(self, name):
        return os.path.join(self.directory, name)

    @property
    def url(self):
        return 'http://127.0.0.1:%d/events' % self.port

    def start(self):
        """Does not wait until it listens."""
        self.process = Process('sink', [sys.executable, '-I', '-S', SINK, str(self.port), self.path('events')], self.path('stdout'),
                               self.path('stderr'))
        return self

    def is_alive(self):
        return bool(self.process) and self.process.is_alive()

    def kill(self):
        if self.process:
            self.process.kill()

    def taken(self):
        """All that it has ever taken, in order. A line that it did not get to the end of was not."""
        try:
            with open(self.path('events'), 'rb') as log:
                log.seek(self.read_to)
                whole = log.read()
        except FileNotFoundError:
            return self.events
        whole = whole[:whole.rfind(b'\n') + 1]
        self.read_to += len(whole)
        self.events += [json.loads(line) for line in whole.splitlines()]
        return self.events


class ClockedBed(AgentBed):
    """The agent's time passes faster, and when we want it to. Reports go to a sink of its own, if there is one."""

    def __init__(self, scenario=None, agent_rate=1, sink=False, **kwargs):
        super().__init__(scenario, **kwargs)
        self.agent_rate = agent_rate
        self.agent_clock = None
        self.sink = None
        self.has_sink = sink
        self.groups = copy.deepcopy(self.groups)

    def start(self):
        super().start()
        os.makedirs(self.path('agent'))
        self.agent_clock = FastClock(self.path('agent-clock'), self.agent_rate)
        self.agent_clock.set_careful(self.agent_rate)
        self.agent_environment = {'LD_PRELOAD': FAST_CLOCK, 'FAST_CLOCK': self.agent_clock.path, 'DISK_FULL': self.path('agent')}
        if self.has_sink:
            self.sink = SinkProcess(self.path('sink')).start()
            self.groups.setdefault('report', {}).setdefault('url', self.sink.url)

    def _leave(self, error):
        if self.sink:
            self.sink.kill()
        super()._leave(error)
        logs = getattr(error, 'logs', None)
        if logs and self.sink and os.path.isdir(self.sink.directory):
            shutil.copytree(self.sink.directory, os.path.join(logs, 'sink'))

    def set_disk_full(self, full):
        path = self.path('agent') + '.full'
        if full:
            with open(path, 'wb'):
                pass
        elif os.path.exists(path):
            os.unlink(path)

    def spawn_agent(self):
        """As start_agent (), but nobody waits for it."""
        self.agent = None
        self.start_agent(wait=False)

    def memory(self, imei):
        """What it remembers of a module, as it stands on the disk."""
        with open(self.path('agent/%s.state' % imei), encoding='utf-8') as state:
            return dict(line.rstrip('\n').split('=', 1) for line in state if '=' in line)

    def cursor(self, imei):
        for name in os.listdir(self.path('agent')):
            if name.startswith('report-') and name.endswith(imei):
                with open(self.path('agent/' + name), encoding='utf-8') as state:
                    return dict(line.rstrip('\n').split('=', 1) for line in state if '=' in line)
        return {}

    def wait_next(self):
        """Until it rests and says when it will look again; then it is so late."""
        modem = wait_for('a time to look at', lambda: self.agent_modem().get('next') and self.agent_modem())
        self.agent_clock.skip(modem['next'] - self.agent_clock.now() + 1)
