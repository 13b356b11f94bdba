# SPDX-License-Identifier: GPL-2.0-or-later
"""Upgrades that mmfota-agent makes by itself, told step by step to whoever listens, and what must be
true of all of them, whatever struck: see Judge."""

import os
import re
import sys
import time

import flow as flows
from clocked import ClockedBed
from contract import FOTA, MODEM, MODEM_STATE_FAILED, MODEM_STATE_REGISTERED, PROPERTIES
from gi.repository import GLib
from harness import Release, pump

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'agent'))

from agent import NAME  # noqa: E402  pylint: disable=wrong-import-position
from test_report import check_event  # noqa: E402  pylint: disable=wrong-import-position

# How much faster the agent lives; the module and its daemon at flows.SPEED
AGENT_SPEED = 10
# An hour of the agent's is passed over when nothing else can come
HOUR = 3600
# Between two looks, and how long nothing new may be seen before time is passed over; real
LOOK = 0.05
STILL = 0.4
# Real time, for an upgrade that never ends: only one that fails waits so long
PATIENCE = 150 * float(os.environ.get('TDTECH_PATIENCE', '1'))
# Of the agent's log: the same words about a module again and again
SAID_MAX = 12

GROUPS = {
    'check': {'interval': '1d', 'first': '1s', 'spread': '0%'},
    'policy': {'upgrade': 'auto', 'notice': '0', 'timezone': 'UTC'},
    # Who is killed again and again tries again and again
    'retry': {'query': '1min x2 max 10min', 'download': '1min x2 max 10min 20 tries', 'upgrade': '1min x2 max 10min 20 tries'},
    'report': {'batch': '3'},
}
CONTENT = ('type', 'time', 'source', 'subject', 'sequence')
# What the agent adds of its own, as long as it knows
ADDED = ('attempt', 'next-attempt')


class AgentFlowBed(ClockedBed):
    def __init__(self):
        super().__init__(flows.scenario('update'), agent_rate=AGENT_SPEED, sink=True, groups=GROUPS, speed=flows.SPEED,
                         release=None)
        self.daemon_may_be_dead = True


class Wrong(Exception):
    pass


def claim(true, text, *values):
    if not true:
        raise Wrong(text % values if values else text)


class Life:
    """The bed with all that lives on it. Time passes when nothing else happens, and a modem is enabled as by
    NetworkManager. listener (step) is told what happens: of the module, of the plugin, of the agent."""

    def __init__(self, bed):
        self.bed = bed
        self.listener = lambda step: None
        self.returned = False
        self.serial = 0
        self.enabled = {}
        self.replugged = {}
        self.activity = None
        self.held = False
        self.still_since = time.monotonic()
        self.seen = None
        self.skipped = 0
        self.clock_step = 0
        connection = bed.bus.connection
        self.subscriptions = [
            connection.signal_subscribe(NAME, PROPERTIES, 'PropertiesChanged', None, None, 0, self._agent_changed),
            connection.signal_subscribe(None, 'org.freedesktop.DBus.ObjectManager', 'InterfacesAdded', None, None, 0,
                                        self._object_came),
        ]
        self.watcher = flows.Watcher(bed.simulator, self._heard)

    def close(self):
        self.watcher.close()
        for subscription in self.subscriptions:
            self.bed.bus.connection.signal_unsubscribe(subscription)

    # What happens

    def tell(self, *step):
        self.listener(step)

    def _object_came(self, *_arguments):
        self.bed.clock.set_rate(flows.SPEED)

    def _agent_changed(self, _connection, _sender, _path, _interface, _signal, parameters):
        modems = parameters.unpack()[1].get('Modems')
        activity = modems[0]['activity'] if modems else None
        if activity and activity != self.activity:
            self.activity = activity
            self.tell('agent', activity)

    def _heard(self, step, _event):
        kind, name, _number = step
        if step[:2] == ('usb', 'device-removed'):
            self.bed.clock.set_rate(flows.PLUG_SPEED)
        self.returned |= step[:2] == ('usb', 'device-added')
        # How ModemManager gets to know a module is no business of ours
        if kind in ('urc', 'usb') or flows.OURS.match(name):
            if not (kind == 'at' and flows.POLLING.match(name)):
                self.tell(kind, name)

    # What befalls it

    def kill_agent(self):
        if self.bed.agent:
            self.bed.agent.kill()

    def start_agent(self):
        if not self.bed.agent.is_alive():
            self.bed.spawn_agent()

    def kill_daemon(self):
        self.bed.daemon.kill()
        self.bed.clock.set_rate(flows.PLUG_SPEED)

    def start_daemon(self):
        if not self.bed.daemon.is_alive():
            self.bed.daemon.start()

    def kill_sink(self):
        self.bed.sink.kill()

    def start_sink(self):
        if not self.bed.sink.is_alive():
            self.bed.sink.start()

    # What a user and the time do

    def _enable(self):
        bed = self.bed
        objects = bed.objects()
        for path in objects:
            state = objects[path].get(MODEM, {}).get('State')
            if state == 3 and time.monotonic() - self.enabled.get(path, 0) > 2:
                self.enabled[path] = time.monotonic()
                bed.bus.connection.call('org.freedesktop.ModemManager1', path, MODEM, 'Enable', GLib.Variant('(b)', (True,)),
                                        None, 0, 600000, None, None)
            elif state == MODEM_STATE_FAILED and path not in self.replugged:
                # ModemManager has given it up: what its user does then
                self.replugged[path] = True
                bed.simulator.command('power-cycle 60')
        for path in objects:
            if FOTA in objects[path]:
                return objects[path]
        return {}

    def _pass_time(self, agent, fota, registered):
        """Nobody is doing anything: to when the agent looks again, or a report is tried again."""
        bed = self.bed
        now = (agent, fota, len(bed.sink.taken()))
        if now != self.seen:
            self.seen = now
            self.still_since = time.monotonic()
        if not agent or self.held or time.monotonic() - self.still_since < STILL:
            return
        if not (bed.agent.is_alive() and bed.daemon.is_alive()) or not registered or not fota or fota['Transaction']:
            return
        ahead = agent['next'] - bed.agent_clock.now()
        if agent['activity'] in ('idle', 'waiting') and agent['next'] and ahead > 0:
            bed.agent_clock.skip(ahead + 1)
            self.skipped += 1
        elif agent['activity'] in ('checking', 'downloading', 'upgrading'):
            # It looks for traces of what it has sent
            bed.agent_clock.skip(2)
        elif agent['unreported'] or fota['LastEvent'] > self.told():
            bed.agent_clock.skip(HOUR)
        self.still_since = time.monotonic()

    def told(self):
        """How far the sink has come."""
        events = self.bed.sink.taken()
        return int(events[-1]['sequence']) if events else 0

    def until(self, what, condition, patience=PATIENCE):
        """condition (agent, fota)"""
        end = time.monotonic() + patience
        while True:
            objects = self._enable()
            fota = objects.get(FOTA, {})
            registered = objects.get(MODEM, {}).get('State', 0) >= MODEM_STATE_REGISTERED
            agent = self.bed.agent_modem()
            if condition(agent, fota):
                return
            if time.monotonic() > end:
                raise AssertionError('waited in vain for %s; agent %s; fota %s; sink %d events, the last no. %d'
                                     % (what, agent, {k: fota.get(k) for k in ('State', 'Transaction', 'Result', 'LastEvent')},
                                        len(self.bed.sink.taken()), self.told()))
            self._pass_time(agent, fota, registered)
            pump(LOOK)

    def begin(self):
        """A release is there; it is another day."""
        self.serial += 1
        self.returned = False
        self.bed.server.offer(Release(version=self.version))

    @property
    def version(self):
        return '1.3.%d.0(SP1C02)' % self.serial

    def at_rest(self, agent, fota):
        return (agent.get('activity') == 'idle' and not agent['offered'] and agent['version'] == self.version and
                not agent['unreported'] and fota.get('Version') == self.version and not fota['Transaction'] and
                fota['State'] == 1 and self.told() == fota['LastEvent'])


class Judge:
    """What is true of the journal and of the sink, from the first upgrade to the last."""

    def __init__(self, life):
        self.life = life
        self.journal = None
        self.truth = {}
        self.upgrades = 0
        self.flashes = life.bed.simulator.status()['fota']['flashes-done']
        self.judged = 0
        self.last = 0
        self.ids = {}
        self.repeats = 0
        self.log_read = 0

    def _journal(self):
        bed = self.life.bed
        journal = bed.fota()['Journal']
        claim(self.journal in (None, journal), 'the journal was %s and is %s', self.journal, journal)
        self.journal = journal
        after = max(list(self.truth) or [0])
        for event in bed.call(bed.modem, FOTA, 'ListEvents', GLib.Variant('(t)', (after,)))[0]:
            self.truth[event['sequence']] = event
        # What was signalled was written down
        for sequence, kind, details in bed.events:
            claim(sequence in self.truth and self.truth[sequence]['kind'] == kind and
                  self.truth[sequence].get('transaction') == details.get('transaction'),
                  'event %s was told as %s %s, and is %s', sequence, kind, details, self.truth.get(sequence))
        bed.events.clear()

    def _sink(self):
        events = self.life.bed.sink.taken()
        for event in events[self.judged:]:
            check_event(event)
            content = {name: event.get(name) for name in CONTENT}
            content['data'] = {name: value for name, value in event['data'].items() if name not in ADDED}
            sequence = int(event['sequence'])
            claim(event['id'] == '%s-%d' % (self.journal, sequence), 'id %s', event['id'])
            if event['id'] in self.ids:
                self.repeats += 1
                claim(self.ids[event['id']] == content, '%s is used twice: %s, %s', event['id'], self.ids[event['id']], content)
                continue
            claim(sequence > self.last, 'event %d comes after %d', sequence, self.last)
            self.last = sequence
            self.ids[event['id']] = content
            truth = self.truth[sequence]
            claim(content['data'].get('transaction') == truth.get('transaction') and
                  content['time'] == time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(truth['time'])),
                  'event %s of the journal reached the sink as %s', truth, content)
        self.judged = len(events)
        missing = [sequence for sequence in self.truth if '%s-%d' % (self.journal, sequence) not in self.ids]
        claim(not missing, 'the sink never got the events %s', missing)

    def _memory(self, full):
        bed = self.life.bed
        imei = bed.agent_modem()['device']
        memory = bed.memory(imei)
        claim(memory.get('verb') == '0' and 'transaction' not in memory and 'offered' not in memory and
              'given-up' not in memory, 'it remembers %s', memory)
        cursor = bed.cursor(imei)
        # Where the disk was full it is as it was before: after a restart some would come twice, under the same ids
        # Nothing was refused here, so the agent's own journal (mmfota-agent-journal.h) has told nothing
        claim(cursor == {'journal': self.journal, 'sequence': str(self.last), 'own-journal': '', 'own-sequence': '0',
                         'refused': '0'} or
              full and int(cursor['sequence']) < self.last, 'the cursor is %s', cursor)
        names = [name for name in os.listdir(bed.path('agent')) if 'dead' in name]
        claim(not names, 'left: %s', names)

    def _log(self):
        """J7: nothing is said again and again."""
        log = self.life.bed.agent_log()
        said = {}
        for line in log[self.log_read:].splitlines():
            words = re.sub(r'\d[\d:.]*|agent-\S+', '#', re.sub(r'^.*?\d\d:\d\d:\d\d\.\d+: ', '', line))
            said[words] = said.get(words, 0) + 1
        self.log_read = len(log)
        often = {words: count for words, count in said.items() if count > SAID_MAX}
        claim(not often, 'said again and again: %s', often)
        claim('CRITICAL' not in log, 'the agent complained')

    def _violations(self):
        """Who was killed, or has waited in vain, may ask before the answer to what was asked before."""
        violations = [violation for violation in self.life.bed.simulator.violations()
                      if not violation['reason'].startswith('sent before')]
        self.life.bed.simulator.command('clear-violations')
        claim(not violations, 'violations: %s', violations)

    def check(self, full=False):
        """After an upgrade, at rest; full: the disk was."""
        bed = self.life.bed
        self.upgrades += 1
        status = bed.simulator.status()['fota']
        claim(status['flashes-done'] - self.flashes == self.upgrades, 'flashed %d times for %d upgrades',
              status['flashes-done'] - self.flashes, self.upgrades)
        self._journal()
        self._sink()
        self._memory(full)
        self._log()
        self._violations()
        complaints = bed.daemon.complaints()
        claim(not complaints, 'the daemon complained: %s', complaints[:3])
