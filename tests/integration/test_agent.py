#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""mmfota-agent with the stock ModemManager: looks, asks, upgrades by itself, and is killed at it."""

import os
import signal
import sys
import time

import tap
from agent import AGENT, AgentBed
from contract import (CORE_ERROR, DOWNLOADED, EVENT_DOWNLOAD_SUCCEEDED, EVENT_UPGRADE_STARTED,
                      EVENT_UPGRADE_SUCCEEDED, IDLE, expect_error)
from gi.repository import GLib
from harness import NEW_VERSION, OLD_VERSION, SOURCE, wait_for
from sms import deliver

sys.path.insert(0, os.path.join(SOURCE, 'tests', 'agent'))
from test_report import Sink  # noqa: E402  pylint: disable=wrong-import-position

LONG = 300
SECRET = 'sesame-17'


def fwups(bed):
    return bed.simulator.commands(r'\^FWUP')


def queries(bed):
    return bed.simulator.commands(r'\^FOTAOEMDL')


def case_asks_and_upgrades():
    """A check by schedule finds, downloads, asks; the answer starts the upgrade, which is verified."""
    with AgentBed() as bed:
        bed.ready()
        bed.start_agent()
        question = bed.wait_question()
        assert question['from'] == OLD_VERSION and question['to'] == NEW_VERSION, question
        assert question['choices'] == ['now', 'later', 'skip'], question
        assert question['size'] > 0 and question['seconds-offline'] == 600, question
        # postpone-max, a day's window
        assert question['default'] == 'now' and question['default-at'] >= time.time() + 13 * 86400, question
        modem = bed.agent_modem()
        assert modem['activity'] == 'asking' and modem['offered'] == NEW_VERSION, modem
        assert len(modem['device']) == 15 and modem['path'] == bed.modem, modem
        assert abs(modem['last-check'] - time.time()) < 3600, modem
        assert not fwups(bed)

        bed.answer(question['id'], 'now')
        # It is closed at once: a second one comes late
        with expect_error(CORE_ERROR + 'NotFound'):
            bed.answer(question['id'], 'skip')
        bed.wait_version(NEW_VERSION, LONG)
        assert len(fwups(bed)) == 1
        modem = bed.agent_modem()
        assert modem['version'] == NEW_VERSION and modem['offered'] == '', modem
        assert not bed.question(), bed.question()
        kinds = bed.kinds()
        for kind in (EVENT_DOWNLOAD_SUCCEEDED, EVENT_UPGRADE_STARTED, EVENT_UPGRADE_SUCCEEDED):
            assert kinds.count(kind) == 1, kinds


def case_by_itself_after_a_notice():
    """upgrade=auto: nobody answers, the notice runs out, it is upgraded; not before."""
    with AgentBed(groups={'policy': {'upgrade': 'auto', 'notice': '10s'}}) as bed:
        bed.ready()
        bed.start_agent()
        question = bed.wait_question('notice')
        assert 'cancel' in question['choices'] and question['default'] == 'now', question
        begins = question['default-at']
        assert not fwups(bed)
        bed.wait_activity('upgrading')
        assert time.time() >= begins
        bed.wait_version(NEW_VERSION, LONG)
        assert len(fwups(bed)) == 1


def case_notice_cancelled():
    with AgentBed(groups={'policy': {'upgrade': 'auto', 'notice': '60s'}}) as bed:
        bed.ready()
        bed.start_agent()
        question = bed.wait_question('notice')
        bed.answer(question['id'], 'cancel')
        modem = bed.wait_reason('put it off')
        assert modem['next'] > time.time() + 23 * 3600 and modem['reason-name'] == 'put-off', modem
        assert not bed.question() and not fwups(bed)
        # Who looks has not answered: what was put off stays so
        bed.check_now()
        bed.wait_reason('put it off')
        assert not bed.question() and not fwups(bed)


def case_window():
    """Outside of it nothing is upgraded, whoever wants it; with another configuration it is."""
    outside = time.strftime('%H:%M', time.gmtime(time.time() + 6 * 3600))
    with AgentBed(groups={'policy': {'window': outside + '/1h', 'notice': '0'}}) as bed:
        bed.ready()
        bed.start_agent()
        question = bed.wait_question()
        bed.answer(question['id'], 'now')
        modem = bed.wait_reason('the next window')
        assert time.time() + 5 * 3600 < modem['next'] < time.time() + 7 * 3600, modem
        bed.check_now()
        bed.wait_reason('the next window')
        assert not fwups(bed)
        # A configuration that makes no sense changes nothing
        bed.write_config('[policy]\nwindow=nonsense\n')
        bed.allowed_warnings.append('stays as it was')
        bed.agent.signal(signal.SIGHUP)
        wait_for('the refusal', lambda: "stays as it was: " in bed.agent_log())
        assert "group [policy]: key 'window': 'nonsense' is no begin" in bed.agent_log()
        assert bed.agent_modem()['reason'].startswith('the next window')
        inside = time.strftime('%H:%M', time.gmtime(time.time() - 3600))
        bed.write_config(policy={'window': inside + '/6h'})
        bed.agent.signal(signal.SIGHUP)
        bed.wait_version(NEW_VERSION, LONG)


def case_killed_at_each_step():
    """kill -9 while it checks, downloads, asks and upgrades: it goes on where it was, nothing is done twice."""
    with AgentBed() as bed:
        bed.ready()
        bed.start_agent()
        bed.wait_activity('checking')
        bed.restart_agent()
        bed.wait_activity('downloading')
        bed.restart_agent()
        first = bed.wait_question()
        bed.restart_agent()
        question = bed.wait_question()
        assert question['id'] != first['id'] and question['to'] == NEW_VERSION, question
        with expect_error(CORE_ERROR + 'NotFound'):
            bed.answer(first['id'], 'now')
        bed.answer(question['id'], 'now')
        bed.wait_activity('upgrading')
        bed.restart_agent()
        wait_for('^FWUP', lambda: fwups(bed))
        bed.restart_agent()
        wait_for('the module to go', lambda: bed.agent_modem().get('path') == '/')
        assert bed.agent_modem()['activity'] == 'upgrading', bed.agent_modem()
        bed.restart_agent()
        bed.wait_version(NEW_VERSION, LONG)
        assert len(fwups(bed)) == 1
        kinds = bed.kinds()
        for kind in (EVENT_DOWNLOAD_SUCCEEDED, EVENT_UPGRADE_STARTED, EVENT_UPGRADE_SUCCEEDED):
            assert kinds.count(kind) == 1, kinds


def case_result_while_away():
    """The upgrade ends, and somebody else does something, while the agent is dead: it learns of it."""
    with AgentBed() as bed:
        bed.ready()
        bed.start_agent()
        bed.answer(bed.wait_question()['id'], 'now')
        wait_for('^FWUP', lambda: fwups(bed))
        bed.kill_agent()
        wait_for('the new version', lambda: bed.fota().get('Version') == NEW_VERSION and bed.fota().get('State') == IDLE, LONG)
        bed.registered()
        bed.wait_fota()
        bed.wait_result(bed.verb('Check', url=bed.server.url), LONG)
        bed.start_agent()
        bed.wait_version(NEW_VERSION, LONG)
        assert 'upgrade: succeeded' in bed.agent_log(), bed.agent_log()
        assert len(fwups(bed)) == 1


def case_without_a_server():
    """Installed and not configured it does nothing."""
    with AgentBed(server=False) as bed:
        bed.ready()
        bed.start_agent()
        bed.wait_reason('no server is configured')
        with expect_error(CORE_ERROR + 'WrongState'):
            bed.check_now()
        assert not queries(bed)


def case_without_modems():
    """Before ModemManager, without it, and after it"""
    with AgentBed(daemon=False) as bed:
        bed.start_agent()
        assert bed.agent_properties() == {'Modems': [], 'Question': {}}, bed.agent_properties()
        with expect_error(CORE_ERROR + 'NotFound'):
            bed.check_now()
        bed.daemon.start()
        bed.ready()
        bed.wait_question()
        bed.daemon.stop()
        modem = wait_for('the modem to go', lambda: bed.agent_modem().get('path') == '/' and bed.agent_modem())
        assert modem['activity'] == 'waiting' and not bed.question(), modem
        bed.daemon.start()
        bed.ready()
        bed.wait_question()
        bed.daemon_may_be_dead = True


def case_not_by_strangers():
    """What somebody else has downloaded is not upgraded by the agent, not even under the version that it offers."""
    with AgentBed(groups={'policy': {'upgrade': 'auto'}, 'check': {'interval': '0'}}) as bed:
        bed.ready()
        bed.wait_result(bed.verb('Download', url=bed.server.url), LONG)
        bed.wait_state(DOWNLOADED)
        bed.start_agent()
        bed.wait_reason('somebody else has downloaded')
        bed.check_now()
        bed.wait_reason('somebody else has downloaded')
        assert not fwups(bed)


def case_skip():
    """A version that a person does not want is discarded, so that the next one can be looked for."""
    with AgentBed() as bed:
        bed.ready()
        bed.start_agent()
        question = bed.wait_question()
        with expect_error(CORE_ERROR + 'InvalidArgs'):
            bed.answer(question['id'], 'cancel')
        with expect_error(CORE_ERROR + 'InvalidArgs'):
            bed.answer(question['id'], 'now', seconds=100)
        bed.answer(question['id'], 'skip')
        bed.wait_reason('does not want this version')
        bed.wait_state(IDLE)
        asked = len(queries(bed))
        bed.restart_agent()
        bed.wait_reason('does not want this version')
        assert len(queries(bed)) == asked and not fwups(bed)


def case_given_up():
    """A module that comes back with the old version: never again, until a person says so."""
    with AgentBed({'fota': {'outcome': 'unchanged'}}, groups={'policy': {'upgrade': 'auto'}}) as bed:
        bed.ready()
        bed.start_agent()
        bed.wait_activity('given-up', patience=LONG)
        assert len(fwups(bed)) == 1
        bed.restart_agent()
        bed.registered()
        modem = bed.wait_activity('given-up')
        assert modem['offered'] == NEW_VERSION and modem['reason'], modem
        bed.check_now()
        wait_for('a second ^FWUP', lambda: len(fwups(bed)) == 2, LONG)
        bed.wait_activity('given-up', patience=LONG)


def case_pause():
    with AgentBed(groups={'policy': {'upgrade': 'auto'}}) as bed:
        bed.ready()
        bed.start_agent(server={'url': bed.server.url}, check={'interval': '0'})
        with expect_error(CORE_ERROR + 'InvalidArgs'):
            bed.call_agent('Pause', GLib.Variant('(t)', (5,)))
        until = int(time.time()) + 3600
        bed.call_agent('Pause', GLib.Variant('(t)', (until,)))
        bed.check_now()
        modem = bed.wait_reason('paused')
        assert modem['paused-until'] == until and modem['next'] == until, modem
        bed.restart_agent()
        modem = bed.wait_reason('paused')
        assert modem['paused-until'] == until, modem
        bed.call_agent('Pause', GLib.Variant('(t)', (0,)))
        bed.wait_version(NEW_VERSION, LONG)


def case_unwritable():
    """What can't be remembered is not done."""
    with AgentBed(groups={'check': {'interval': '0'}}) as bed:
        bed.ready()
        bed.allowed_warnings.append('can be written')
        bed.start_agent()
        bed.wait_activity('idle')
        imei = bed.agent_modem()['device']
        os.unlink(bed.path('agent/%s.state' % imei))
        os.makedirs(bed.path('agent/%s.state/in-the-way' % imei))
        bed.check_now()
        bed.wait_reason("can't be written")
        assert not queries(bed)


def case_memory():
    """memcheck has nothing to say of a whole round, and nothing is lost."""
    with AgentBed(groups={'policy': {'upgrade': 'auto', 'notice': '10s'}}) as bed:
        bed.agent_prefix = ['valgrind', '-q', '--error-exitcode=9', '--leak-check=full', '--show-leak-kinds=definite',
                            '--errors-for-leak-kinds=definite', '--suppressions=/usr/share/glib-2.0/valgrind/glib.supp']
        bed.ready()
        bed.start_agent()
        bed.wait_question('notice')
        bed.wait_version(NEW_VERSION, LONG)
        assert bed.agent.ends(60)
        assert bed.agent.popen.returncode == 0, bed.agent_log()[-4000:]
        bed.agent = None


def case_message_upgrade_and_reports():
    """An SMS that --sms-token made makes it look; what follows is told to a sink, in order, each once. No secret
    is anywhere."""
    sink = Sink()
    key = bytes(range(32)).hex()
    with AgentBed(groups={'check': {'interval': '0'}, 'policy': {'upgrade': 'auto'}}) as bed:
        for name, text in (('sms.key', key), ('token', SECRET)):
            with open(bed.path(name), 'w', encoding='utf-8') as out:
                out.write(text + '\n')
            os.chmod(bed.path(name), 0o600)
        bed.ready()
        bed.start_agent(sms={'key-file': bed.path('sms.key')}, report={'url': sink.url, 'token-file': bed.path('token')},
                        server={'url': bed.server.url})
        modem = bed.wait_activity('idle')
        assert not queries(bed)
        message = bed.run(AGENT, '--config', bed.path('agent.conf'), '--sms-token', modem['device'], check=0).stdout.strip()
        bed.simulator.command('sms ' + deliver(message))
        bed.wait_version(NEW_VERSION, LONG)
        wanted = ['update-available', 'download-started', 'download-succeeded', 'upgrade-started', 'upgrade-succeeded']

        def told():
            return sink.events and sink.events[-1]['type'].endswith('.upgrade-succeeded') and \
                bed.agent_modem()['unreported'] == 0
        wait_for('the reports', told)
        # The download asks the server once more
        kinds = list(dict.fromkeys(event['type'].split('.')[-1] for event in sink.events))
        assert [kind for kind in kinds if kind in wanted] == wanted, kinds
        sequences = [event['sequence'] for event in sink.events]
        assert sequences == sorted(sequences), sequences
        assert len(set(event['id'] for event in sink.events)) == len(sink.events)
        assert {event['source'] for event in sink.events} == {'urn:imei:' + modem['device']}
        assert 'SMS says to look' in bed.agent_log()
        state = ''
        for name in os.listdir(bed.path('agent')):
            if os.path.isfile(bed.path('agent/' + name)):
                with open(bed.path('agent/' + name), encoding='utf-8', errors='replace') as text:
                    state += text.read()
        for place in (bed.agent_log(), state, str(bed.agent_properties()), str(sink.events)):
            assert SECRET not in place and key not in place.lower()
    sink.stop()


def case_options():
    """--check-config says file, group, key, value and what is allowed; --print-config masks secrets."""
    with AgentBed(daemon=False) as bed:
        bed.write_config('[policy]\nupgrade=perhaps\n')
        done = bed.run(AGENT, '--check-config', bed.path('agent.conf'), check=1)
        assert done.stderr == ("error: %s: group [policy]: key 'upgrade': 'perhaps' is not allowed: off, ask, auto are\n"
                               % bed.path('agent.conf')), done.stderr
        done = bed.run(AGENT, '--config', bed.path('agent.conf'), '--state', bed.directory, check=78)
        assert "'perhaps' is not allowed" in done.stderr, done.stderr
        bed.write_config('[report]\nurl=https://host/hook?token=geheim\n')
        bed.run(AGENT, '--check-config', bed.path('agent.conf'), check=0)
        done = bed.run(AGENT, '--config', bed.path('agent.conf'), '--print-config', check=0)
        assert 'geheim' not in done.stdout and 'url=https://host/hook?***' in done.stdout, done.stdout
        assert '# default\nupgrade=ask' in done.stdout, done.stdout
        bed.run(AGENT, '--config', '/nonexistent', '--state', bed.directory, check=78)
        bed.run(AGENT, '--config', bed.path('agent.conf'), check=1, env={'STATE_DIRECTORY': ''})
        bed.run(AGENT, '--config', bed.path('agent.conf'), '--state', 'relative', check=1)
        bed.run(AGENT, 'stray', check=1)
        bed.run(AGENT, '--config', bed.path('agent.conf'), '--sms-token', '860000000000001', check=1)
        assert bed.run(AGENT, '--version', check=0).stdout.startswith('mmfota-agent ')
        # There can be but one
        bed.start_agent()
        done = bed.run(AGENT, '--config', bed.path('agent.conf'), '--state', bed.path('agent'), check=1)
        assert "can't be had on the bus" in done.stderr, done.stderr


if __name__ == '__main__':
    tap.run(globals())
