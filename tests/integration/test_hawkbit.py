#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The agent as a target of hawkBit: what a server gets to hear, and what becomes of what it wants."""

import os
import signal
import ssl
import subprocess
import sys
import tempfile
import time

import tap
from agent import AgentBed
from contract import CORE_ERROR, DOWNLOADED, MODEM, expect_error
from gi.repository import GLib
from harness import NEW_VERSION, OLD_VERSION, SOURCE, Release, pump, wait_for

sys.path.insert(0, os.path.join(SOURCE, 'tests', 'agent'))
from ddi import Ddi  # noqa: E402  pylint: disable=wrong-import-position

LONG = 300
SECRET = 'target-17'


def fwups(bed):
    return bed.simulator.commands(r'\^FWUP')


class HawkbitBed(AgentBed):
    """with HawkbitBed() as bed: bed.assign(); …; its firmware server is the bed's, and no [server] is configured."""

    def __init__(self, scenario=None, groups=None, ddi=None, **kwargs):
        groups = {group: dict(keys) for group, keys in (groups or {}).items()}
        groups.setdefault('policy', {}).setdefault('upgrade', 'auto')
        super().__init__(scenario, server=False, groups=groups, **kwargs)
        self.ddi = Ddi(**(ddi or {}))

    def start(self):
        super().start()
        with open(self.path('token'), 'w', encoding='ascii') as out:
            out.write('gateway-17\n')
        self.groups['hawkbit'] = {'url': self.ddi.url, 'gateway-token-file': self.path('token'), **self.groups.get('hawkbit', {})}

    def _leave(self, error):
        super()._leave(error)
        self.ddi.stop()

    def check_sanity(self):
        log = self.agent_log() if self.agent else ''
        assert 'gateway-17' not in log and SECRET not in log, 'a secret is in the log'
        self.ddi.check()
        super().check_sanity()

    @property
    def imei(self):
        return self.modem_properties()['EquipmentIdentifier']

    def begin(self):
        """The module is there, the agent runs, the server knows both."""
        self.ready()
        self.target = self.imei  # pylint: disable=attribute-defined-outside-init
        self.start_agent()
        wait_for('attributes', lambda: self.target in self.ddi.attributes)

    def assign(self, **how):
        how.setdefault('url', self.server.url)
        how.setdefault('version', NEW_VERSION)
        return self.ddi.assign(self.target, **how)

    def wait_end(self, action, how, patience=LONG):
        wait_for('the end of action %d' % action.number, lambda: action.ended, patience)
        assert action.ended == how, (action.ended, action.feedback)
        assert len(action.ends()) <= 1, action.feedback


def case_success():
    """From the first poll to "closed": attributes, events with their own times, one end."""
    with HawkbitBed() as bed:
        begin = time.time() * 1000
        bed.begin()
        attributes = bed.ddi.attributes[bed.target]
        assert attributes['imei'] == bed.target and attributes['version'] == OLD_VERSION, attributes
        assert attributes['model'] and attributes['build-time'] and attributes['agent'], attributes
        # Nothing is done of its own accord
        assert bed.agent_modem()['reason'] == 'no server is configured', bed.agent_modem()
        wait_for('a poll that brings nothing', lambda: bed.ddi.not_modified > 1)
        action = bed.assign()
        bed.wait_end(action, 'success')
        assert bed.fota()['Version'] == NEW_VERSION and len(fwups(bed)) == 1
        executions = action.executions()
        assert executions[-1] == 'closed' and 'download' in executions and 'downloaded' in executions, executions
        times = [entry[3] for entry in action.feedback]
        # The daemon's clock is faster than life, and says when events were
        assert min(times) >= begin - 1000, times
        details = [entry[4] for entry in action.feedback]
        for name in ('download-started', 'download-succeeded', 'upgrade-started', 'upgrade-succeeded'):
            assert sum(text.startswith(name) for text in details) == 1, (name, details)
        wait_for('the new attributes', lambda: bed.ddi.attributes[bed.target]['version'] == NEW_VERSION)
        # What it has is not wanted once more: another action of the same version ends at once
        again = bed.assign()
        bed.wait_end(again, 'success')
        assert len(fwups(bed)) == 1


def case_fails_and_is_tried_again():
    """What will be tried again is "proceeding"; a server that can't be reached is; then it succeeds."""
    with HawkbitBed(release=None) as bed:
        bed.begin()
        action = bed.assign()
        wait_for('a failure that is told', lambda: any('check-failed' in entry[4] for entry in action.feedback))
        wait_for('the next try that is told', lambda: any('next at' in entry[4] for entry in action.feedback))
        assert not action.ends(), action.feedback
        bed.server.offer(Release())
        bed.check_now()
        bed.wait_end(action, 'success')
        kinds = [entry[1] for entry in action.feedback if 'check-failed' in entry[4]]
        assert set(kinds) == {'proceeding'}, action.feedback


def case_fails_for_good():
    """VersionUnchanged is not tried again: closed with failure. A second rollout is another chance."""
    with HawkbitBed({'fota': {'outcome': 'unchanged'}}) as bed:
        bed.begin()
        action = bed.assign()
        bed.wait_end(action, 'failure')
        assert len(fwups(bed)) == 1 and bed.fota()['Version'] == OLD_VERSION
        wait_for('rest', lambda: bed.agent_modem().get('activity') in ('idle', 'given-up'))
        time.sleep(3)
        assert len(fwups(bed)) == 1
        second = bed.assign()
        bed.wait_end(second, 'failure')
        assert len(fwups(bed)) == 2


def case_not_what_is_there():
    """Another version in the folder, no URL, a bad one, an older one: each ends with a failure that says why."""
    with HawkbitBed() as bed:
        bed.begin()
        for how, why in (({'version': '9.9.9.9'}, 'another version'),
                         ({'url': None}, 'no metadata'),
                         ({'url': 'ftp://host/'}, 'URL is not allowed'),
                         ({'metadata': 'other.key'}, 'no metadata')):
            action = bed.assign(**how)
            bed.wait_end(action, 'failure')
            assert why in action.ends()[0][4], (how, action.feedback)
        assert not fwups(bed)


def case_cancelled_before():
    """While a person is asked: the question goes, the package is discarded, "closed" with success on the cancel link."""
    with HawkbitBed(groups={'policy': {'upgrade': 'ask'}}) as bed:
        bed.begin()
        action = bed.assign()
        question = bed.wait_question()
        assert question['to'] == NEW_VERSION, question
        bed.ddi.cancel(bed.target)
        bed.wait_end(action, 'cancelled')
        wait_for('no question', lambda: bed.question() == {})
        wait_for('no package', lambda: bed.fota().get('State') != DOWNLOADED)
        assert not fwups(bed) and not action.ends(), action.feedback
        with expect_error(CORE_ERROR + 'NotFound'):
            bed.answer(question['id'], 'now')
        # The next one begins anew
        second = bed.assign()
        bed.answer(bed.wait_question()['id'], 'now')
        bed.wait_end(second, 'success')


def case_cancelled_while_it_downloads():
    with HawkbitBed({'timing': {'download-seconds': 200}}) as bed:
        bed.begin()
        action = bed.assign()
        bed.wait_activity('downloading')
        wait_for('the download', lambda: 'download' in action.executions())
        bed.ddi.cancel(bed.target)
        bed.wait_end(action, 'cancelled')
        assert not fwups(bed)
        wait_for('rest', lambda: bed.agent_modem().get('activity') == 'idle')


def case_cancelled_while_it_flashes():
    """Too late: rejected, and the action ends as it really ends."""
    with HawkbitBed() as bed:
        bed.begin()
        action = bed.assign()
        wait_for('^FWUP', lambda: fwups(bed), LONG)
        bed.ddi.cancel(bed.target)
        bed.wait_end(action, 'success')
        answers = [entry[1] for entry in action.feedback if entry[0] == 'cancelAction']
        assert answers == ['rejected'], action.feedback


def case_confirmed():
    """confirmationBase is a question; nothing is downloaded before somebody has said yes; one question is enough."""
    with HawkbitBed(groups={'policy': {'upgrade': 'ask'}}) as bed:
        bed.begin()
        action = bed.assign(confirm=True)
        question = bed.wait_question()
        assert bed.server.bytes_sent('FIRMWARE1.BIN') == 0
        assert not action.answers
        bed.answer(question['id'], 'now')
        bed.wait_end(action, 'success')
        assert [answer for answer, _why in action.answers] == ['confirmed'], action.answers


def case_confirmed_and_not_heard():
    """The server has the yes, and its answer is lost: it has no such wish any more, says 404 to the next one, and the action goes on.
    The same where an operator confirms it meanwhile."""
    with HawkbitBed() as bed:
        bed.begin()
        lost = []

        def fault(_method, path):
            if '/confirmationBase/' not in path or '/feedback' not in path or lost:
                return None
            lost.append(path)
            bed.ddi.actions[bed.target].confirm = False
            return 'cut'
        bed.ddi.fault = fault
        action = bed.assign(confirm=True)
        bed.wait_end(action, 'success')
        assert lost and not action.answers, action.answers
    with HawkbitBed(groups={'policy': {'upgrade': 'ask'}}) as bed:
        bed.begin()
        action = bed.assign(confirm=True)
        bed.wait_question()
        action.confirm = False
        wait_for('the deployment', lambda: any('/deploymentBase/' in path for _method, path, _body, _time in bed.ddi.requests))
        bed.answer(bed.wait_question()['id'], 'now')
        bed.wait_end(action, 'success')
        assert not action.answers, action.answers


def case_cancelled_before_the_confirmation():
    """The question is withdrawn, and hawkBit told once; nobody said no."""
    with HawkbitBed(groups={'policy': {'upgrade': 'ask'}}) as bed:
        bed.begin()
        action = bed.assign(confirm=True)
        bed.wait_question()
        bed.ddi.cancel(bed.target)
        wait_for('the end', lambda: action.ended)
        assert action.ended == 'cancelled' and not action.answers, (action.ended, action.answers)
        wait_for('no question', lambda: not bed.question())
        assert not fwups(bed)


def case_denied():
    """Told once, and nobody is asked again, also after a restart; until a person wants to look."""
    with HawkbitBed(groups={'policy': {'upgrade': 'ask'}}) as bed:
        bed.begin()
        action = bed.assign(confirm=True)
        bed.answer(bed.wait_question()['id'], 'skip')
        wait_for('the answer', lambda: action.answers)
        assert action.answers[0][0] == 'denied', action.answers
        polls = len(bed.ddi.polls)
        wait_for('polls', lambda: len(bed.ddi.polls) > polls)
        bed.restart_agent()
        polls = len(bed.ddi.polls)
        wait_for('polls', lambda: len(bed.ddi.polls) > polls)
        wait_for('the module', lambda: bed.agent_modem().get('path', '/') != '/')
        time.sleep(3)
        assert not bed.question() and len(action.answers) == 1, action.answers
        bed.check_now()
        bed.answer(bed.wait_question()['id'], 'now')
        bed.wait_end(action, 'success')


def case_maintenance_window():
    """Before it: downloaded. When it opens the link is another, and it is upgraded."""
    with HawkbitBed() as bed:
        bed.begin()
        action = bed.assign(update='skip', window='unavailable')
        bed.wait_reason("maintenance window")
        assert bed.fota()['State'] == DOWNLOADED and not fwups(bed)
        time.sleep(2)
        assert not fwups(bed) and not action.ended
        action.update, action.window = 'attempt', 'available'
        bed.wait_end(action, 'success')


def case_download_only():
    """It ends when it is downloaded; a later action of the same folder uses what is there."""
    with HawkbitBed() as bed:
        bed.begin()
        action = bed.assign(download='forced', update='skip')
        bed.wait_end(action, 'downloaded')
        bed.wait_reason('does not say to upgrade')
        assert bed.fota()['State'] == DOWNLOADED and not fwups(bed)
        sent = bed.server.bytes_sent('FIRMWARE1.BIN')
        second = bed.assign()
        bed.wait_end(second, 'success')
        assert bed.server.bytes_sent('FIRMWARE1.BIN') == sent


def case_forced():
    """A short notice, but one; and the window holds."""
    with HawkbitBed(groups={'policy': {'notice': '10min'}}) as bed:
        bed.begin()
        action = bed.assign(update='forced')
        question = bed.wait_question('notice')
        assert 0 < question['default-at'] - time.time() <= 61, question
        assert not fwups(bed)
        bed.answer(question['id'], 'now')
        bed.wait_end(action, 'success')


def case_killed():
    """kill -9 while it downloads, flashes, and before the end is told: one flash, one end."""
    with HawkbitBed() as bed:
        bed.begin()
        action = bed.assign()
        bed.wait_activity('downloading')
        bed.restart_agent()
        wait_for('^FWUP', lambda: fwups(bed), LONG)
        bed.restart_agent()
        # The end can't be told
        bed.ddi.fault = lambda method, path: 500 if path.endswith('/feedback') else None
        wait_for('the version', lambda: bed.fota().get('Version') == NEW_VERSION, LONG)
        bed.restart_agent()
        bed.ddi.fault = None
        bed.wait_end(action, 'success')
        assert len(fwups(bed)) == 1
        details = [entry[4] for entry in action.feedback]
        assert sum('upgrade-started' in text for text in details) == 1, details


def case_bad_server():
    """500s, 429s, half answers, cuts and silence on the way: it ends all the same, and the log is short."""
    with HawkbitBed() as bed:
        bed.begin()
        faults = {}

        def fault(_method, path):
            name = path.split('?')[0].rsplit('/', 1)[-1]
            faults[name] = faults.get(name, 0) + 1
            return {1: 500, 2: 'half', 3: (429, {'Retry-After': '1'}), 4: 'cut'}.get(faults[name])

        bed.ddi.fault = fault
        action = bed.assign()
        bed.wait_end(action, 'success')
        assert faults['feedback'] > 4, faults
        lines = [line for line in bed.agent_log().splitlines() if 'hawkBit' in line]
        assert len(lines) < 40, lines


def case_gone():
    """410: the server has ended it: nothing more is told, what was fetched is discarded."""
    with HawkbitBed(groups={'policy': {'upgrade': 'ask'}}) as bed:
        bed.begin()
        action = bed.assign()
        bed.wait_question()
        action.ended = 'forced'
        told = len(action.feedback)
        wait_for('no question', lambda: bed.question() == {})
        wait_for('no package', lambda: bed.fota().get('State') != DOWNLOADED)
        assert len(action.feedback) == told and not fwups(bed)


def case_token():
    """A target's own token; a wrong one is told once and tried later; none goes over http to elsewhere."""
    with HawkbitBed() as bed:
        bed.ready()
        imei = bed.imei
        bed.ddi.tokens[imei] = SECRET
        bed.ddi.gateway = 'another'
        with open(bed.path('target'), 'w', encoding='ascii') as out:
            out.write('wrong-17\n')
        os.chmod(bed.path('target'), 0o600)
        bed.groups['hawkbit'].pop('gateway-token-file')
        bed.groups['hawkbit']['target-token-file'] = bed.path('target')
        bed.start_agent()
        wait_for('the refusal', lambda: 'status 401' in bed.agent_log())
        assert 'wrong-17' not in bed.agent_log()
        with open(bed.path('target'), 'w', encoding='ascii') as out:
            out.write(SECRET + '\n')
        bed.restart_agent()
        wait_for('attributes', lambda: imei in bed.ddi.attributes)
        shown = bed.run(bed.agent.popen.args[0], '--config', bed.path('agent.conf'), '--print-config')
        assert SECRET not in shown.stdout and 'target-token-file' in shown.stdout, shown.stdout


def certificate(folder, name, *options):
    path = os.path.join(folder, name)
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout',
                    path + '.key', '-out', path + '.pem', '-days', '2', '-subj', '/CN=' + name, *options], check=True,
                   stderr=subprocess.DEVNULL)
    return path + '.pem', path + '.key'


def case_certificate():
    """A certificate says who the device is; no token is sent. A server that nobody vouches for gets nothing."""
    with tempfile.TemporaryDirectory() as folder:
        server, key = certificate(folder, 'server', '-addext', 'subjectAltName=IP:127.0.0.1')
        device, device_key = certificate(folder, 'device-1')
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(server, key)
        context.load_verify_locations(device)
        context.verify_mode = ssl.CERT_REQUIRED
        with HawkbitBed(ddi={'context': context}) as bed:
            bed.ready()
            bed.groups['hawkbit'].pop('gateway-token-file')
            bed.groups['hawkbit'].update({'controller-id': 'device-1', 'tls-certificate': device, 'tls-key': device_key})
            bed.start_agent()
            wait_for('the refusal', lambda: 'hawkBit: ' in bed.agent_log())
            assert not bed.ddi.requests
            bed.write_config(hawkbit={'tls-ca': server})
            bed.restart_agent()
            wait_for('attributes', lambda: 'device-1' in bed.ddi.attributes)
            action = bed.ddi.assign('device-1', NEW_VERSION, bed.server.url)
            bed.wait_end(action, 'success')


def case_two_modules():
    """Of one agent, each a target of its own; they take turns."""
    with HawkbitBed({'module': {'modules': 2}}) as bed:
        paths = wait_for('two modules', lambda: len(bed.modems()) == 2 and bed.modems())
        for path in paths:
            wait_for('a module', lambda path=path: bed.objects().get(path, {}).get(MODEM, {}).get('State', 0) >= 3)
            bed.call(path, MODEM, 'Enable', GLib.Variant('(b)', (True,)))
        bed.start_agent()
        targets = wait_for('two targets', lambda: len(bed.ddi.attributes) == 2 and sorted(bed.ddi.attributes))
        actions = [bed.ddi.assign(target, NEW_VERSION, bed.server.url) for target in targets]
        for action in actions:
            bed.wait_end(action, 'success')
        assert len(fwups(bed)) == 2


def case_one_name_for_two_modules():
    """Neither is asked for, whichever came first and also if one leaves: what is meant for one must not reach the other. Names of
    their own end that. The place of a module that was exchanged is taken."""
    with HawkbitBed({'module': {'modules': 2}}, groups={'hawkbit': {'controller-id': 'gateway-1'}}) as bed:
        bed.allowed_warnings = ['hawkBit is asked for neither']
        wait_for('two modules', lambda: len(bed.modems()) == 2)
        for path in bed.modems():
            wait_for('a module', lambda path=path: bed.objects().get(path, {}).get(MODEM, {}).get('State', 0) >= 3)
        # One that was here before the others
        os.makedirs(bed.path('agent'), exist_ok=True)
        with open(bed.path('agent/869999999999999.state'), 'w', encoding='ascii') as out:
            out.write('[memory]\nformat=1\n')
        bed.start_agent()
        imeis = sorted(wait_for('three modules', lambda: len(bed.agent_properties()['Modems']) == 3 and [
            modem['device'] for modem in bed.agent_properties()['Modems']]))[:2]
        wait_for('the refusal', lambda: bed.allowed_warnings[0] in bed.agent_log())
        action = bed.ddi.assign('gateway-1', NEW_VERSION, bed.server.url)
        pump(3)
        assert not action.feedback and not fwups(bed), action.feedback
        assert bed.agent_log().count(bed.allowed_warnings[0]) == 1 and '/gateway-1/' in bed.agent_log()
        bed.simulator.command('@1 unplug')
        wait_for('one module', lambda: len(bed.modems()) == 1)
        asked = len(bed.ddi.requests)
        pump(3)
        assert not action.feedback and len(bed.ddi.requests) == asked
        bed.write_config(**{'hawkbit ' + imeis[1]: {'controller-id': 'gateway-2'}})
        bed.agent.signal(signal.SIGHUP)
        wait_for('the first', lambda: bed.ddi.attributes.get('gateway-1', {}).get('imei') == imeis[0])
        bed.simulator.command('@1 plug')
        wait_for('the second', lambda: bed.ddi.attributes.get('gateway-2', {}).get('imei') == imeis[1])
        assert bed.agent_log().count(bed.allowed_warnings[0]) == 1


if __name__ == '__main__':
    tap.run(globals())
