#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""With a keyring, mmfota-agent lets nothing into the module that the operator has not signed."""

import os
import signal
import time

import tap
from gi.repository import GLib
from agent import AgentBed
from harness import BUILD, NEW_VERSION, wait_for

TOOL = os.path.join(BUILD, 'server', 'mmfota-server')
LONG = 300


class SignedBed(AgentBed):
    def start(self):
        super().start()
        self.run(TOOL, '--certificates', self.path('certs'), '--name', 'x', check=0)
        os.makedirs(self.path('keyring'))
        os.symlink(self.path('certs/ca.pem'), self.path('keyring/operator.pem'))
        self.groups.setdefault('signature', {})['keyring'] = self.path('keyring')

    def sign(self):
        self.run(TOOL, '--sign', self.server.root, '--certificate', self.path('certs/signer.pem'),
                 '--key', self.path('certs/signer.key'), check=0)


def case_signed():
    """Asked before Download and before Upgrade; the module gets what was signed."""
    with SignedBed(groups={'policy': {'upgrade': 'auto'}}) as bed:
        bed.sign()
        bed.ready()
        bed.start_agent()
        bed.wait_version(NEW_VERSION, LONG)
        assert bed.agent_log().count('version %s is signed' % NEW_VERSION) == 2, bed.agent_log()
        assert len(bed.simulator.commands(r'\^FWUP')) == 1


def case_not_signed():
    """Looked at once, never fetched, put off with a reason (over http anybody may have said so: not for good); signed
    later and asked again by a person, it goes on."""
    with SignedBed(groups={'policy': {'upgrade': 'auto'}}) as bed:
        bed.ready()
        bed.start_agent()
        modem = wait_for('the refusal', lambda: bed.agent_modem().get('last-error') and bed.agent_modem())
        assert modem['last-error'].startswith('signature (not-signed): '), modem
        modem = bed.wait_reason('before the next try')
        assert modem['next'] > time.time() + 3000, modem
        assert len(bed.simulator.commands(r'\^FOTAOEMDL')) == 1
        assert not bed.server.bytes_sent('FIRMWARE1.BIN') and not bed.simulator.commands(r'\^FWUP')
        # Over a restart too
        bed.restart_agent()
        assert bed.wait_reason('before the next try')['last-error'].startswith('signature (not-signed): ')
        assert len(bed.simulator.commands(r'\^FOTAOEMDL')) == 1
        bed.sign()
        bed.check_now()
        bed.wait_version(NEW_VERSION, LONG)


def case_exchanged_before_the_upgrade():
    """Between Download and Upgrade the list on the server becomes another: nothing is flashed."""
    with SignedBed() as bed:
        bed.sign()
        bed.ready()
        bed.start_agent()
        question = bed.wait_question()
        with open(os.path.join(bed.server.root, 'full', 'filelist.xml'), 'a', encoding='ascii') as filelist:
            filelist.write('\n')
        bed.answer(question['id'], 'now')
        wait_for('the refusal', lambda: bed.agent_modem().get('last-error', '').startswith('signature (changed): '))
        assert not bed.simulator.commands(r'\^FWUP')


def case_judged_where_it_came_from():
    """A configuration that names another folder meanwhile: what the module has is judged by the folder that it is from."""
    with SignedBed() as bed:
        bed.sign()
        bed.ready()
        bed.start_agent()
        bed.wait_question()
        bed.write_config(server={'url': bed.server.url + 'unsigned/'})
        bed.agent.signal(signal.SIGHUP)
        wait_for('the configuration', lambda: 'read again' in bed.agent_log())
        bed.answer(bed.wait_question()['id'], 'now')
        bed.wait_version(NEW_VERSION, LONG)


def case_paused_or_changed_meanwhile():
    """While the server takes its time over the signature somebody pauses it, or another configuration comes: the
    upgrade that was decided before is not sent."""
    with SignedBed() as bed:
        bed.sign()
        bed.ready()
        bed.start_agent()
        question = bed.wait_question()
        bed.server.process.signal(signal.SIGSTOP)
        bed.answer(question['id'], 'now')
        bed.wait_activity('upgrading')
        bed.call_agent('Pause', GLib.Variant('(t)', (int(time.time()) + 3600,)))
        bed.server.process.signal(signal.SIGCONT)
        modem = bed.wait_reason('paused')
        assert modem['last-error'] == 'it is paused', modem
        bed.server.process.signal(signal.SIGSTOP)
        bed.call_agent('Pause', GLib.Variant('(t)', (0,)))
        # What was said holds
        bed.check_now()
        bed.wait_activity('upgrading')
        bed.write_config(policy={'postpone-max': '13d'})
        bed.agent.signal(signal.SIGHUP)
        wait_for('the configuration', lambda: 'read again' in bed.agent_log())
        bed.server.process.signal(signal.SIGCONT)
        wait_for('the refusal', lambda: bed.agent_modem().get('last-error') == 'the configuration has changed')
        assert not bed.simulator.commands(r'\^FWUP')


if __name__ == '__main__':
    tap.run(globals())
