#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What mmfota-agent refuses before the module knows of it is told to the sink all the same: once, with a typed reason,
in order with the journal, over kills and full disks."""

import os
import shutil
import signal
import sys
import time

import tap
from harness import NEW_VERSION, OLD_VERSION, SOURCE, wait_for
from test_signed import SignedBed

sys.path.insert(0, os.path.join(SOURCE, 'tests', 'agent'))
from test_report import Sink  # noqa: E402  pylint: disable=wrong-import-position

TYPE = 'com.td_tech.mmfota.signature-refused'
REFUSED = 'com.td_tech.FotaAgent1.Error.SignatureRefused'


class RefusedBed(SignedBed):
    """With a sink; the list on the server is not the one that was signed."""

    def __init__(self, upgrade='auto', changed=True):
        super().__init__(groups={'policy': {'upgrade': upgrade}})
        self.changed = changed
        self.sink = Sink()
        self.groups['report'] = {'url': self.sink.url}

    def start(self):
        super().start()
        self.sign()
        if self.changed:
            self.change()

    def change(self):
        with open(os.path.join(self.server.root, 'full', 'filelist.xml'), 'a', encoding='ascii') as filelist:
            filelist.write('\n')

    def refusals(self):
        return [event for event in list(self.sink.events) if event['type'] == TYPE]

    def state(self, name):
        return self.path(os.path.join('agent', name % self.agent_modem()['device'] if '%' in name else name))


def case_told():
    with RefusedBed() as bed:
        bed.ready()
        bed.start_agent()
        modem = bed.wait_activity('given-up')
        assert modem['last-error'].startswith('signature (changed): ') and modem['last-error'] == modem['reason'], modem
        assert modem['last-error-name'] == modem['reason-name'] == REFUSED and abs(modem['last-error-at'] - time.time()) < 3600, modem
        event = wait_for('the report', bed.refusals)[0]
        data = event['data']
        assert event['subject'] == NEW_VERSION, event
        assert (data['operation'], data['reason'], data['error'], data['from'], data['to'], data['attempt']) == \
            ('download', 'changed', REFUSED, OLD_VERSION, NEW_VERSION, 1), event
        assert data['message'] == modem['last-error'] and data['transaction'].startswith('agent-'), event
        # After what the check has found, under an id of its own
        types = [one['type'].rsplit('.', 1)[1] for one in bed.sink.events]
        assert types[-2:] == ['update-available', 'signature-refused'], types
        assert event['id'].split('-')[0] != bed.sink.events[0]['id'].split('-')[0], event
        wait_for('nothing left', lambda: bed.agent_modem().get('unreported') == 0)
        # J5 and J2: a crash is no reason to try or tell it again; a person's word is, under another id
        bed.restart_agent()
        bed.wait_activity('given-up')
        assert len(bed.simulator.commands(r'\^FOTAOEMDL')) == 1 and len(bed.refusals()) == 1, bed.sink.ids()
        bed.check_now()
        wait_for('another report', lambda: len(bed.refusals()) == 2)
        assert len({one['id'] for one in bed.refusals()}) == 2, bed.refusals()
        assert not bed.server.bytes_sent('FIRMWARE1.BIN') and not bed.simulator.commands(r'\^FWUP')
    bed.sink.stop()


def case_told_once_over_a_kill():
    """Killed after it was told and before that was the end of the verb: it finds out, and does not judge again. And the
    sink was away meanwhile."""
    with RefusedBed(upgrade='ask', changed=False) as bed:
        bed.sink.stop()
        bed.ready()
        bed.start_agent()
        question = bed.wait_question()
        state = bed.state('%s.state')
        journal = bed.state('journal-%s')
        bed.change()
        # While the server takes its time the verb has begun, and nothing has come of it
        bed.server.process.signal(signal.SIGSTOP)
        bed.answer(question['id'], 'now')
        bed.wait_activity('upgrading')
        with open(state, encoding='utf-8') as content:
            before = content.read()
        bed.server.process.signal(signal.SIGCONT)
        bed.wait_activity('given-up')
        with open(journal, encoding='utf-8') as content:
            told = content.read()
        bed.kill_agent()
        with open(state, 'w', encoding='utf-8') as out:
            out.write(before)
        bed.start_agent()
        modem = bed.wait_activity('given-up')
        assert modem['last-error'].startswith('signature (changed): ') and modem['unreported'] > 0, modem
        with open(journal, encoding='utf-8') as content:
            assert content.read() == told
        bed.sink.start()
        bed.restart_agent()
        event = wait_for('the report', bed.refusals)[0]
        assert event['data']['operation'] == 'upgrade', event
        wait_for('nothing left', lambda: bed.agent_modem().get('unreported') == 0)
        assert len(bed.refusals()) == 1, bed.sink.ids()
        assert not bed.simulator.commands(r'\^FWUP')
    bed.sink.stop()


def case_told_when_it_can_be_written():
    """A disk that is full: not given up before it can be told."""
    with RefusedBed() as bed:
        bed.ready()
        bed.server.process.signal(signal.SIGSTOP)
        bed.start_agent(check={'first': '1h'})
        journal = bed.state('journal-%s')
        os.makedirs(os.path.join(journal, 'in-the-way'))
        bed.server.process.signal(signal.SIGCONT)
        bed.check_now()
        modem = wait_for('the refusal', lambda: "can't be written down" in bed.agent_modem().get('last-error', '') and bed.agent_modem())
        assert modem['activity'] == 'waiting' and modem['last-error-name'].endswith('.Retry'), modem
        assert not bed.refusals()
        shutil.rmtree(journal)
        bed.check_now()
        bed.wait_activity('given-up')
        wait_for('the report', bed.refusals)
    bed.sink.stop()


if __name__ == '__main__':
    tap.run(globals())
