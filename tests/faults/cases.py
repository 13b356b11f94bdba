# SPDX-License-Identifier: GPL-2.0-or-later
"""The steps of a flow, made from a run of it, and the faults that can strike at each."""

import re

from flow import DIALLING, FLOWS, OURS, POLLING, SPEED, Run, Watcher, make_bed
from contract import FAILED, SUCCEEDED  # after flow, which says where it lies
from gi.repository import GLib

# At a command, by the module itself
ANSWER_FAULTS = ('error', 'cme', 'not-support', 'silent', 'garbage', 'cut')
# At a command: the module leaves before it heard it, or after it answered
LEAVING_FAULTS = ('unplug', 'unplug-before', 'power-cycle', 'power-cycle-before')
LINE_FAULTS = ('urc-lost', 'urc-doubled')
# At any moment
WORLD_FAULTS = ('daemon-killed', 'client-gone', 'server-gone')
ACTS = ('unplug', 'power-cycle') + WORLD_FAULTS

# ModemManager's own questions when it finds the module again are not our code: a few faults will do
FOREIGN_FAULTS = ('error', 'silent', 'daemon-killed', 'power-cycle')


# How often it is asked depends on how fast the machine is
PROGRESS = 'AT^FOTADLQ'


def faults_of(step, foreign):
    kind = step[0]
    if kind == 'at':
        return FOREIGN_FAULTS if foreign else ANSWER_FAULTS + LEAVING_FAULTS + WORLD_FAULTS
    if kind == 'urc':
        return LINE_FAULTS + ACTS
    return ACTS


def step_text(step):
    return ' '.join((step[0], step[1], '#%d' % step[2]))


class Steps:
    """Notes the steps of an undisturbed run."""

    def __init__(self, flow):
        self.wanted = FLOWS[flow]['steps']
        self.steps = []
        self.foreign = set()
        self.names = set()
        self.returned = False
        self.called = False

    def __call__(self, step, _event):
        kind, name, _number = step
        if kind == 'dbus':
            self.called = True
        if kind == 'usb' and name == 'device-added':
            self.returned = True
        if kind == 'answer' or not self.called or step in self.steps:
            return
        if self.wanted and not (kind == 'at' and re.search(self.wanted, name)):
            return
        if kind == 'at':
            if POLLING.match(name) or name == PROGRESS and step[2] > 1:
                return
            if self.returned and not OURS.match(name):
                # The first of each kind
                if name in self.names:
                    return
                self.foreign.add(step)
            if self.returned:
                self.names.add(name)
        self.steps.append(step)


def undisturbed(flow):
    """The steps of one run."""
    with make_bed(flow) as bed:
        notes = Steps(flow)
        run = Run(bed, flow, notes)
        run.prepare()
        watcher = Watcher(bed.simulator, run.heard)
        run.perform()
        result = run.finish()
        watcher.close()
        run.close()
        expected = FAILED if flow == 'refused' else SUCCEEDED
        assert result.get('outcome') == expected, 'the undisturbed run of %s: %r' % (flow, result)
    return notes


def record(flow):
    """The cases of a flow: (flow, step, fault). Steps that only a slow machine brings are none."""
    notes = undisturbed(flow)
    again = undisturbed(flow).steps
    return [(flow, step, fault) for step in notes.steps if step in again
            for fault in faults_of(step, step in notes.foreign)]


class Strike:
    """Strikes once, when the step comes."""

    # How long the module stays away, simulated: a few seconds of the daemon's
    AWAY_SECONDS = 60

    def __init__(self, case):
        _flow, self.step, self.fault = case
        # Set by whoever makes the run
        self.run = None
        self.struck = False
        self.hits_before = 0

    def arm(self):
        """Faults that the simulator knows by itself."""
        run = self.run
        self.hits_before = run.bed.simulator.status()['fault-hits']
        kind, name, number = self.step
        if kind == 'urc' and self.fault in LINE_FAULTS:
            run.bed.simulator.fault(kind=self.fault, pattern=name, occurrence=number)
        elif kind == 'at':
            fault = {'kind': self.fault, 'pattern': name, 'occurrence': number, 'relative': True}
            if self.fault in LEAVING_FAULTS:
                fault['when'] = 'before' if self.fault.endswith('-before') else 'after'
                fault['kind'] = self.fault.replace('-before', '')
                fault['seconds'] = self.AWAY_SECONDS
            elif self.fault in WORLD_FAULTS:
                # The answer waits until it has happened
                fault['kind'] = 'stop'
            run.bed.simulator.fault(**fault)

    def is_foreign(self):
        """One question of ModemManager's own unanswered, and it may give the modem up."""
        return self.step[0] == 'at' and not OURS.match(self.step[1])

    def hit(self):
        return self.struck or self.run.bed.simulator.status()['fault-hits'] > self.hits_before

    def __call__(self, step, _event):
        if self.struck or step != self.step:
            return
        self.struck = True
        self.run.dial_struck = bool(step[0] == 'at' and DIALLING.match(step[1]))
        self.run.foreign_struck = self.is_foreign()
        if self.fault in ('silent', 'garbage', 'cut'):
            self.run.hurry()
            self.run.unanswered = True
        elif self.fault in WORLD_FAULTS or step[0] != 'at':
            act = getattr(self, '_' + self.fault.replace('-', '_'), None)
            if act:
                act()
                if step[0] == 'at':
                    self._go_on()

    def _go_on(self, tries=1000):
        """As soon as the module would answer."""
        if not self.run.bed.simulator.command('continue')['continued'] and tries:
            GLib.timeout_add(2, self._go_on, tries - 1)
        return False

    def _unplug(self):
        self.run.bed.simulator.command('unplug keep-power')
        GLib.timeout_add(int(self.AWAY_SECONDS * 1000 / SPEED), self._plug)

    def _plug(self):
        self.run.bed.simulator.command('plug')
        return False

    def _power_cycle(self):
        self.run.bed.simulator.command('power-cycle %d' % self.AWAY_SECONDS)

    def _daemon_killed(self):
        self.run.kill_daemon()

    def _client_gone(self):
        if self.run.client:
            self.run.client.close_sync(None)

    def _server_gone(self):
        self.run.bed.server.stop()
