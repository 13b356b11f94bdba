#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The agent beside the stock ModemManager, with a broker."""

import json
import os
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'agent'))

import tap  # noqa: E402  pylint: disable=wrong-import-position
from agent import AgentBed  # noqa: E402  pylint: disable=wrong-import-position
from broker import Broker, Listener, Script  # noqa: E402  pylint: disable=wrong-import-position
from harness import NEW_VERSION, wait_for  # noqa: E402  pylint: disable=wrong-import-position
from test_report import SECRET, Sink, check_event  # noqa: E402  pylint: disable=wrong-import-position

LONG = 240


def events_of(operator, imei):
    return [json.loads(message.payload) for message in operator.of('mmfota/%s/events' % imei)]


def case_command_and_events():
    """A command makes it look, and its policy does the rest; what follows is told to the broker and to a web server,
    the same to both. Killed in between, it does nothing twice. No secret is anywhere."""
    sink = Sink()
    with Broker(lines='allow_anonymous true\nmax_keepalive 10') as broker, Listener(broker.port, 'mmfota/#') as operator, \
            AgentBed(groups={'check': {'interval': '0'}, 'policy': {'upgrade': 'auto'}}) as bed:
        with open(bed.path('password'), 'w', encoding='utf-8') as out:
            out.write(SECRET + '\n')
        bed.ready()
        bed.start_agent(mqtt={'broker': broker.url, 'user': 'device', 'password-file': bed.path('password')},
                        report={'url': sink.url}, server={'url': bed.server.url})
        imei = bed.wait_activity('idle')['device']
        wait_for('its state', lambda: [message.payload for message in operator.of('mmfota/%s/state' % imei)] == [b'online'])
        assert bed.agent_modem()['last-check'] == 0
        operator.send('mmfota/%s/cmd' % imei, 'upgrade')
        operator.send('mmfota/%s/cmd' % imei, '{"command": "check", "id": "one"}', retain=True)
        bed.wait_activity('downloading', patience=LONG)
        checked = bed.agent_modem()['last-check']
        bed.restart_agent()
        bed.wait_version(NEW_VERSION, LONG)

        def told():
            return [events and events[-1]['type'].split('.')[-1] for events in (events_of(operator, imei), sink.events)] == \
                ['upgrade-succeeded'] * 2 and bed.agent_modem()['unreported'] == 0
        wait_for('the events', told)
        for event in events_of(operator, imei):
            check_event(event)
        ids = list(dict.fromkeys(event['id'] for event in events_of(operator, imei)))
        assert ids == list(dict.fromkeys(event['id'] for event in sink.events)), (ids, sink.events)
        assert bed.agent_log().count('the MQTT broker says to look now') == 1 and "'upgrade'" in bed.agent_log()
        assert bed.agent_modem()['last-check'] == checked
        # Another configuration, without it
        bed.write_config(server={'url': bed.server.url})
        bed.agent.signal(signal.SIGHUP)
        wait_for('it to go', lambda: operator.of('mmfota/%s/state' % imei)[-1].payload == b'offline')
        state = ''
        for name in os.listdir(bed.path('agent')):
            with open(bed.path('agent/' + name), encoding='utf-8', errors='replace') as text:
                state += text.read()
        for place in (bed.agent_log(), state, str(bed.agent_properties()), str(events_of(operator, imei))):
            assert SECRET not in place
    sink.stop()


def case_another_broker():
    """Events are under way to one that never says that it has them: the configuration is read again, the module goes
    and comes, and then it is another broker. That one is told everything, once, in order."""
    got = []

    def judge(_number, kind, ident, payload):
        if payload[:1] == b'{':
            got.append(json.loads(payload)['id'])
            return b''
        return {Script.CONNECT: b'\x20\x02\0\0', Script.PUBLISH: b'\x40\x02' + ident if ident else b'',
                Script.SUBSCRIBE: b'\x90\x03' + ident + b'\1'}.get(kind, b'')
    script = Script(judge)
    with Broker() as broker, Listener(broker.port, 'mmfota/#') as operator, \
            AgentBed(groups={'check': {'interval': '0'}, 'policy': {'download': 'off'}}) as bed:
        bed.ready()
        bed.start_agent(mqtt={'broker': script.url, 'version': '3.1.1'})
        imei = bed.wait_activity('idle')['device']
        bed.check_now()
        wait_for('the check', lambda: bed.agent_modem()['last-check'] and bed.agent_modem()['unreported'] == len(set(got)) > 0, LONG)
        for _turn in range(3):
            before = script.connections
            bed.agent.signal(signal.SIGHUP)
            wait_for('another connection', lambda: script.connections > before)  # pylint: disable=cell-var-from-loop
        bed.daemon.restart()
        bed.ready()
        wait_for('the module', lambda: bed.agent_modem().get('activity') in ('waiting', 'idle') and
                 bed.agent_modem()['unreported'] >= len(set(got)), LONG)
        bed.write_config(mqtt={'broker': broker.url})
        bed.agent.signal(signal.SIGHUP)
        wait_for('nothing to be left', lambda: bed.agent_modem()['unreported'] == 0 and len(events_of(operator, imei)) >= len(set(got)))
        told = events_of(operator, imei)
        assert [event['id'] for event in told] == sorted({event['id'] for event in told}, key=lambda name: int(name.split('-')[1])), told
        assert set(got) <= {event['id'] for event in told}, (got, told)
        assert int(told[0]['sequence']) == 1, told[0]
    script.stop()


def case_tries_are_told():
    """What has failed says at which try, and when the next one is; a command comes before that."""
    sink = Sink()
    with Broker() as broker, Listener(broker.port, 'mmfota/#') as operator, AgentBed(groups={'check': {'interval': '0'}}) as bed:
        bed.ready()
        bed.start_agent(mqtt={'broker': broker.url}, report={'url': sink.url}, server={'url': 'http://127.0.0.1:1/'})
        imei = bed.wait_activity('idle')['device']
        # By the agent's clock: the daemon's is faster
        begin = time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())

        def failures(events):
            return [event for event in events if event['type'].endswith('.check-failed')]

        def failed(times):
            return len(failures(sink.events)) >= times and len(failures(events_of(operator, imei))) >= times
        bed.check_now()
        wait_for('a failure', lambda: failed(1), LONG)
        operator.send('mmfota/%s/cmd' % imei, 'check')
        wait_for('another one', lambda: failed(2), LONG)
        for told in (failures(sink.events), failures(events_of(operator, imei))):
            assert [event['data'].get('attempt') for event in told] == [1, 2], told
            for event in told:
                check_event(event)
                assert event['data']['next-attempt'] > begin, event
    sink.stop()


if __name__ == '__main__':
    tap.run(globals())
