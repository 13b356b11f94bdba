# SPDX-License-Identifier: GPL-2.0-or-later
"""The second caller, who comes at one moment of the first one's operation and asks for everything at once."""

import os
import re
import subprocess
import threading
import time

from calls import RETRY, RIGHTS, Question, every_verb
from contract import CORE_ERROR, FOTA, PROPERTIES, error_name, error_text
from flow import CAREFUL, SPEED
from gi.repository import GLib
from harness import MMFOTA, SERVICE, clean_environment

# The daemon's clock and the module's nearly stand while the answer is held: nothing happens meanwhile
STANDING = 0.02
# In real time: a daemon that has not answered a refused call by then waits for something
HELD_SECONDS = 30 * float(os.environ.get('TDTECH_PATIENCE', '1'))
LOOK_SECONDS = 0.01
# A call is looked at in a few turns of the daemon's main loop; each of these is one
LOOKS = 8

# A modem that goes or comes takes its object along
AWAY = tuple('org.freedesktop.DBus.Error.' + name for name in ('UnknownMethod', 'UnknownObject', 'UnknownInterface')) + (
    CORE_ERROR + 'Aborted', RETRY)

# They go on by themselves
LIVELY = ('ExpectedSeconds', 'UpgradeTime')


class Call:
    def __init__(self, question, now):
        self.question = question
        self.called = now
        self.answered = None
        self.answer = None
        self.message = ''
        self.transaction = None
        # The module had not said a word since the call
        self.at_once = False

    def done(self, now, error=None, message='', transaction=None):
        self.answered = now
        self.answer = error or True
        self.message = message
        self.transaction = transaction

    def accepted(self):
        return self.answer is True and self.question.method != 'ListEvents'

    def text(self):
        return '%s: %s %s' % (self.question.text(), self.answer, self.message)


class Moment:
    """What was known of the modem when the second caller called."""

    def __init__(self, held, rights):
        # The module says nothing until all have been answered
        self.held = held
        # The actions of polkit that the caller may do
        self.rights = rights
        self.properties = None
        self.record = None
        self.busy = None
        self.known = False
        self.away_errors = AWAY

    def look(self, properties, record):
        self.properties = properties
        self.record = record
        self.known = bool(properties and properties['State'])
        if self.held and self.known:
            # Nothing changes meanwhile
            self.busy = properties['Transaction'] or None
            self.away_errors = ()


def record_files(bed):
    """Each file of the record, and what is in it."""
    found = {}
    for folder, _folders, names in os.walk(bed.daemon.state):
        for name in names:
            path = os.path.join(folder, name)
            with open(path, 'rb') as source:
                found[os.path.relpath(path, bed.daemon.state)] = source.read()
    return found


class Own:
    """Calls from connections of its own, all at once."""

    rights = RIGHTS
    # The bus lets nobody wait for more than 128 replies
    AT_MOST = 64

    def __init__(self, run):
        self.run = run
        self.connections = []

    def call_all(self, path, questions):
        clock = self.run.bed.clock
        calls = [Call(question, clock.now()) for question in questions]
        for number, call in enumerate(calls):
            if number % self.AT_MOST == 0:
                self.connections.append(self.run.bed.bus.connect())
            self._call(self.connections[-1], path, call)
        for connection in self.connections:
            connection.flush_sync(None)
        return calls

    def _call(self, connection, path, call):
        def answered(source, result):
            try:
                reply = source.call_finish(result).unpack()
                call.done(self.run.bed.clock.now(), transaction=reply[0] if reply and call.question.is_verb() else None)
            except GLib.Error as error:
                call.done(self.run.bed.clock.now(), error_name(error) or str(error),
                          re.sub(r'^GDBus\.Error:[\w.]+: ?', '', error_text(error)))
        connection.call(SERVICE, path, FOTA, call.question.method, call.question.parameters(), None, 0, 0x7fffffff, None,
                        answered)

    def close(self):
        for connection in self.connections:
            connection.close_sync(None)


class Other:
    """Another user, in a process of that user's: calls one after another."""

    def __init__(self, run, somebody, rights):
        self.run = run
        self.somebody = somebody
        self.rights = rights
        self.thread = None

    def call_all(self, path, questions):
        clock = self.run.bed.clock
        calls = [Call(question, None) for question in questions]

        def work():
            for call in calls:
                call.called = clock.now()
                error, body = self.somebody.call(SERVICE, path, FOTA, call.question.method, *call.question.plain())
                transaction = body.strip("(),'") if not error and call.question.is_verb() else None
                call.done(clock.now(), error, body or '', transaction)
        self.thread = threading.Thread(target=work, daemon=True)
        self.thread.start()
        return calls

    def close(self):
        pass


class Second:
    """Calls when the moment comes, and waits for nothing."""

    def __init__(self, step, cancels, authority):
        self.step = step
        self.cancels = cancels
        self.authority = authority
        self.run = None
        self.caller = None
        self.struck = False
        self.appeared = 0
        self.calls = []
        self.moment = None
        self.after = None
        self.client = None
        self.path = None
        self.until = None
        self.looks = 0
        self.over = False

    def arm(self):
        kind, name, number = self.step
        if kind == 'at':
            # The answer waits until all have called
            self.run.bed.simulator.fault(kind='stop', pattern=name, occurrence=number, relative=True)

    def appears(self, *_arguments):
        interfaces = _arguments[5].unpack()[1]
        if FOTA in interfaces:
            self.appeared += 1
            self(('interface', 'appears', self.appeared), None)

    def __call__(self, step, _event):
        if self.struck or step != self.step:
            return
        self.struck = True
        bed = self.run.bed
        held = step[0] == 'at'
        if held:
            bed.clock.set_careful(STANDING)
            bed.simulator.set('timing.speed', STANDING)
        paths = bed.modems() or ['/org/freedesktop/ModemManager1/Modem/0']
        self.path = paths[-1]
        self.moment = Moment(held, self.caller.rights)
        if held:
            self.moment.look(self._properties(), record_files(bed))
        self.calls = self.caller.call_all(self.path, self._questions())
        self.client = subprocess.Popen([MMFOTA, '--status'], env=clean_environment(**bed.bus.environment),
                                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if held:
            self.until = time.monotonic() + HELD_SECONDS
            GLib.timeout_add(int(LOOK_SECONDS * 1000), self._look)

    def _questions(self):
        cancel = [Question('Cancel')]
        if self.cancels:
            return cancel
        return list(every_verb(self.run.bed.server.url, self.authority)) + cancel * ('download' not in self.caller.rights)

    def _properties(self):
        try:
            return self.run.bed.properties(self.path, FOTA) or None
        except GLib.Error:
            return None

    def _waits(self):
        """Those that only the module's answer can bring on: what was taken up, or waits until it is known what runs."""
        waiting = [call for call in self.calls if call.answer is None]
        if self.moment.busy and not self.cancels:
            return bool(waiting)
        if any(call.question.word or not call.question.actions() <= self.caller.rights for call in waiting):
            return True
        # The answer to a later call on the same way tells that the others have been looked at
        return self.looks < LOOKS

    def _look(self):
        bed = self.run.bed
        if self._waits() and time.monotonic() < self.until:
            self._properties()
            self.looks += 1
            return True
        for call in self.calls:
            call.at_once = call.answer is not None
        self.after = (self._properties(), record_files(bed))
        bed.clock.set_careful(CAREFUL)
        bed.simulator.set('timing.speed', SPEED)
        self._go_on()
        return False

    def _go_on(self, tries=1000):
        if not self.over and not self.run.bed.simulator.command('continue')['continued'] and tries:
            GLib.timeout_add(2, self._go_on, tries - 1)
        return False

    def open_calls(self):
        return [call for call in self.calls if call.answer is None]

    def accepted(self):
        return [call for call in self.calls if call.accepted()]

    def close(self):
        self.over = True
        if self.client:
            self.client.kill()
            self.client.wait()
        if self.caller:
            self.caller.close()
