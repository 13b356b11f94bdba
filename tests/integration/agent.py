# SPDX-License-Identifier: GPL-2.0-or-later
"""mmfota-agent beside the stock ModemManager."""

import os
import signal

from gi.repository import GLib

from contract import PROPERTIES
from harness import BUILD, Bed, pump, wait_for
from processes import Process, clean_environment

AGENT = os.path.join(BUILD, 'agent', 'mmfota-agent')
NAME = 'com.td_tech.FotaAgent1'
PATH = '/com/td_tech/FotaAgent1'

# It looks a second after the module has come, and asks for nothing that takes minutes
QUICK = {'check': {'first': '1s', 'spread': '0%'}, 'policy': {'notice': '0', 'timezone': 'UTC'}}


def configuration(**groups):
    merged = {group: dict(keys) for group, keys in QUICK.items()}
    for group, keys in groups.items():
        merged.setdefault(group, {}).update({key.replace('_', '-'): value for key, value in keys.items()})
    return ''.join('[%s]\n%s\n' % (group, ''.join('%s=%s\n' % pair for pair in keys.items()))
                   for group, keys in merged.items())


class AgentBed(Bed):
    """
    with AgentBed(policy={'upgrade': 'auto'}) as bed: …

    The agent starts with start_agent (), and its server is the bed's.
    """

    def __init__(self, scenario=None, server=True, groups=None, **kwargs):
        super().__init__(scenario, **kwargs)
        self.agent = None
        self.agent_prefix = []
        self.agent_environment = {}
        self.agent_starts = 0
        self.has_server = server
        self.groups = groups or {}
        self.allowed_warnings = []

    def write_config(self, text=None, **groups):
        merged = {group: dict(keys) for group, keys in self.groups.items()}
        for group, keys in groups.items():
            merged.setdefault(group, {}).update(keys)
        if self.has_server:
            merged.setdefault('server', {}).setdefault('url', self.server.url)
        with open(self.path('agent.conf'), 'w', encoding='utf-8') as out:
            out.write(configuration(**merged) if text is None else text)

    def start_agent(self, wait=True, **groups):
        state = self.path('agent')
        os.makedirs(state, exist_ok=True)
        os.makedirs(self.path('clients'), exist_ok=True)
        if groups or not os.path.exists(self.path('agent.conf')):
            self.write_config(**groups)
        environment = clean_environment(G_DEBUG='fatal-criticals', **self.bus.environment, **self.agent_environment)
        self.agent = Process('mmfota-agent', [*self.agent_prefix, AGENT, '--config', self.path('agent.conf'), '--state', state],
                             self.path('clients/agent.out'), self.path('clients/agent.err'), environment)
        self.agent_starts += 1
        if wait:
            wait_for('the agent', self.agent_properties)
        return self

    def kill_agent(self):
        """As a crash."""
        self.agent.signal(signal.SIGKILL)
        self.agent.kill()

    def restart_agent(self):
        self.kill_agent()
        self.start_agent()

    def agent_log(self):
        with open(self.path('clients/agent.out'), encoding='utf-8', errors='replace') as out, \
                open(self.path('clients/agent.err'), encoding='utf-8', errors='replace') as err:
            return out.read() + err.read()

    def _leave(self, error):
        if self.agent:
            self.agent.stop()
        super()._leave(error)

    def check_sanity(self):
        if self.agent:
            assert self.agent.is_alive(), 'the agent died: %s\n%s' % (self.agent.popen.returncode, self.agent_log()[-2000:])
            assert self.agent.ends(60), 'the agent does not end when told to'
            log = self.agent_log()
            assert 'CRITICAL' not in log and ('WARNING' not in log or self.allowed_warnings), log[-2000:]
        super().check_sanity()

    # Its D-Bus interface

    def call_agent(self, method, parameters):
        return self.bus.connection.call_sync(NAME, PATH, NAME, method, parameters, None, 0, 60000, None)

    def agent_properties(self):
        try:
            return self.bus.connection.call_sync(NAME, PATH, PROPERTIES, 'GetAll', GLib.Variant('(s)', (NAME,)),
                                                 None, 0, 60000, None).unpack()[0]
        except GLib.Error:
            return None

    def agent_modem(self, index=0):
        modems = (self.agent_properties() or {}).get('Modems', [])
        return modems[index] if index < len(modems) else {}

    def question(self):
        return (self.agent_properties() or {}).get('Question')

    def wait_question(self, kind='upgrade', patience=None):
        return wait_for('a question (%s)' % kind, lambda: (self.question() or {}).get('kind') == kind and self.question(),
                        patience)

    def wait_activity(self, *activities, patience=None):
        return wait_for('activity %s' % (activities,),
                        lambda: self.agent_modem().get('activity') in activities and self.agent_modem(), patience)

    def wait_reason(self, text, patience=None):
        return wait_for('reason %s' % text, lambda: text in self.agent_modem().get('reason', '') and self.agent_modem(),
                        patience)

    def answer(self, question, choice, **values):
        self.call_agent('Answer', GLib.Variant('(ssa{sv})', (question, choice, {
            key: GLib.Variant('u', value) for key, value in values.items()})))

    def check_now(self, device=''):
        self.call_agent('CheckNow', GLib.Variant('(sa{sv})', (device, {})))

    def wait_version(self, version, patience=None):
        def there():
            pump()
            return self.fota().get('Version') == version and self.agent_modem().get('activity') == 'idle'
        return wait_for('version %s, and rest' % version, there, patience)
