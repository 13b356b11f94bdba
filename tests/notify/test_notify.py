#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 modemmanager-tdtech authors

"""mmfota-notify between an agent and a mock server of notifications (python3-dbusmock)."""

import os
import re
import signal
import time

from desk import INTERFACE, NAME, PATH, Desk, System, connect, run_notify, wait_for

import tap
from fakeagent import QUESTION
from fakemodemmanager import CORE_ERROR, DBusError, NoReply
from gi.repository import Gio, GLib

# Soon enough that no answer is given meanwhile, and never today
SOON = 1796000000


def case_question_is_shown():
    with System() as system:
        desk = system.desk()
        system.agent.asks()
        shown = desk.shown()
        assert shown['replaces'] == 0 and shown['expires'] == 0 and shown['icon'] == 'modem', shown
        assert shown['summary'] == 'New firmware for the modem', shown
        for words in ('From 1.2.5.0(SP1C02) to 1.3.0.0(SP1C02), 61.9 MB', 'Modem 867000000000000', 'Fixes roaming',
                      'No mobile data for about 10 minutes', 'Without an answer it is installed at 2026-11-30 00:53',
                      'mmfota --answer=now (now, later, skip)'):
            assert words in shown['body'], (words, shown['body'])
        assert shown['actions'] == ['now', 'Install now', 'later', 'Later', 'skip', 'Skip this version'], shown
        assert shown['hints'] == {'urgency': 1, 'category': 'device', 'desktop-entry': 'mmfota-notify',
                                  'resident': True, 'sound-name': 'dialog-information'}, shown
        assert not system.answers()


def case_question_was_there_before():
    with System() as system:
        system.agent.asks()
        system.desk().shown()


def case_each_choice():
    with System() as system:
        desk = system.desk()
        for number, choice in enumerate(('now', 'later', 'skip'), 1):
            system.agent.asks(id='q-%d' % number)
            desk.shown(number)
            desk.click(choice, number)
            wait_for(lambda: len(system.answers()) >= number, 'the answer')
            assert system.answers()[-1] == ('q-%d' % number, choice, {}), system.answers()
            desk.withdrawn(*range(1, number + 1))


def case_last_notice_is_urgent():
    """The same notification becomes it; nothing before it is urgent."""
    with System() as system:
        desk = system.desk()
        system.agent.asks()
        assert desk.shown()['hints']['urgency'] == 1
        system.agent.asks(kind='notice', choices=['now', 'cancel'], **{'default-at': SOON})
        shown = desk.shown(2)
        assert shown['replaces'] == 1 and shown['hints']['urgency'] == 2, shown
        assert shown['hints']['sound-name'] == 'dialog-warning', shown
        assert shown['summary'] == 'The modem gets new firmware at 2026-11-30 00:53', shown
        assert shown['actions'] == ['now', 'Install now', 'cancel', 'Not now'], shown
        desk.click('cancel')
        wait_for(system.answers, 'the answer')
        assert system.answers() == [('q-1', 'cancel', {})], system.answers()


def case_changes_in_place_and_in_silence():
    with System() as system:
        desk = system.desk()
        system.agent.asks()
        desk.shown()
        # The agent tells of its modems all the time: that is not news
        system.agent.knows({})
        system.agent.asks()
        system.agent.asks(**{'default-at': SOON + 3600})
        shown = desk.shown(2)
        assert shown['replaces'] == 1 and '2026-11-30 01:53' in shown['body'], shown
        assert shown['hints']['suppress-sound'] is True and 'sound-name' not in shown['hints'], shown


def case_dismissed_is_no_answer():
    """Neither closed by a person nor expired; shown again when there is something else to say."""
    for reason in (1, 2, 4):
        with System() as system:
            desk = system.desk()
            system.agent.asks()
            desk.shown()
            desk.emit('NotificationClosed', 'uu', 1, reason)
            desk.settle()
            system.agent.knows({})
            system.agent.asks(kind='notice', choices=['now', 'cancel'])
            shown = desk.shown()
            assert shown['replaces'] == 0 and shown['hints']['urgency'] == 2, shown
            assert not system.answers(), system.answers()


def case_session_that_never_answers():
    with System() as system:
        desk = system.desk()
        system.agent.asks()
        system.agent.asks(kind='notice', choices=['now', 'cancel'])
        wait_for(lambda: desk.calls('Notify') and desk.calls('Notify')[-1][6]['urgency'] == 2, 'the notice')
        system.agent.asks_nothing()
        desk.withdrawn(1)
        assert not system.answers(), system.answers()


def case_clicks_of_others():
    """Other notifications, and what was no choice."""
    with System() as system:
        desk = system.desk()
        system.agent.asks()
        desk.shown()
        desk.click('now', 7)
        desk.click('default')
        desk.click('cancel')
        desk.emit('NotificationClosed', 'uu', 7, 2)
        desk.click('skip')
        wait_for(system.answers, 'the answer')
        assert system.answers() == [('q-1', 'skip', {})], system.answers()


def case_answered_elsewhere():
    with System() as system:
        desk = system.desk()
        system.agent.asks()
        desk.shown()
        system.agent.asks_nothing()
        desk.withdrawn(1)
        # A click that was on its way answers nothing, not even the next one
        desk.click('now')
        system.agent.asks(id='q-2')
        assert desk.shown(2)['replaces'] == 0
        desk.click('later', 2)
        wait_for(system.answers, 'the answer')
        assert system.answers() == [('q-2', 'later', {})], system.answers()


def case_two_sessions():
    """The first answer counts, and the other session's notification goes."""
    with System() as system:
        desks = [system.desk(), system.desk()]
        system.agent.asks()
        for desk in desks:
            desk.shown()
        desks[1].click('later')
        for desk in desks:
            desk.withdrawn(1)
        assert system.answers() == [('q-1', 'later', {})], system.answers()


def case_two_sessions_at_once():
    """Both have clicked before the agent could tell of the first."""
    with System() as system:
        desks = [system.desk(), system.desk()]
        system.agent.asks()
        for desk in desks:
            desk.shown()

        def too_late(*_arguments):
            raise DBusError(CORE_ERROR + 'NotFound', 'somebody else has answered')
        system.agent.on_call['Answer'] = too_late
        for desk in desks:
            desk.click('now')
            desk.withdrawn(1)
            assert len(desk.calls('Notify')) == 1, desk.calls('Notify')


def case_answer_that_is_refused():
    """It is told why, in the same notification, and another answer may be given."""
    with System() as system:
        desk = system.desk()

        def refuse(*_arguments):
            raise DBusError(CORE_ERROR + 'Unauthorized', 'not <you>\x1b[1m')
        system.agent.on_call['Answer'] = refuse
        system.agent.asks()
        desk.shown()
        desk.click('now')
        shown = desk.shown(2)
        assert shown['replaces'] == 1 and 'suppress-sound' in shown['hints'], shown
        assert shown['body'].startswith('The answer was not taken: not <you>?[1m\nFrom 1.2.5.0'), shown
        del system.agent.on_call['Answer']
        desk.click('later')
        desk.withdrawn(1)
        assert [answer[1] for answer in system.answers()] == ['now', 'later'], system.answers()


def case_second_click_waits():
    """While somebody types a password another click is nothing."""
    with System() as system:
        desk = system.desk()

        def wait(*_arguments):
            raise NoReply()
        system.agent.on_call['Answer'] = wait
        system.agent.asks()
        desk.shown()
        desk.click('now')
        wait_for(system.answers, 'the answer')
        desk.click('later')
        desk.click('skip')
        # Clicks and answers come over two buses, and nothing says which is read first
        time.sleep(1)
        del system.agent.on_call['Answer']
        system.agent.unanswered.pop().return_dbus_error(CORE_ERROR + 'Failed', 'no')
        desk.shown(2)
        assert system.answers() == [('q-1', 'now', {})], system.answers()


def case_answer_to_what_has_changed():
    """An answer that comes late takes nothing else off the screen."""
    with System() as system:
        desk = system.desk()

        def wait(*_arguments):
            raise NoReply()
        system.agent.on_call['Answer'] = wait
        system.agent.asks()
        desk.shown()
        desk.click('later')
        wait_for(system.answers, 'the answer')
        system.agent.asks(id='q-2')
        desk.shown(2)
        system.agent.unanswered.pop().return_dbus_error(CORE_ERROR + 'NotFound', 'too late')
        system.agent.asks(id='q-2', to='1.4.0.0')
        assert desk.shown(3)['replaces'] == 1
        assert not desk.calls('CloseNotification')


def case_server_without_buttons():
    with System() as system:
        desk = system.desk(capabilities='body')
        system.agent.asks(description='a <b>bold</b> & "new" one')
        shown = desk.shown()
        assert shown['actions'] == [] and 'a <b>bold</b> & "new" one' in shown['body'], shown
        assert 'mmfota --answer=now (now, later, skip)' in shown['body'], shown


def case_server_with_markup():
    """Nothing in it is ours: neither links nor images of who offers the firmware."""
    with System() as system:
        desk = system.desk(capabilities='body body-markup body-hyperlinks')
        system.agent.asks(description='<a href="http://evil/">click</a> & go\x1b[2J\u202e', to='<img src="x"/>')
        body = desk.shown()['body']
        assert '&lt;a href=&quot;http://evil/&quot;&gt;click&lt;/a&gt; &amp; go?[2J?' in body, body
        assert '<' not in body and '>' not in body, body


def case_sound_by_others():
    """Once for a question and once for the last notice, and only where the server has none."""
    for players, expected in ((('gsound-play', 'canberra-gtk-play'), 'gsound-play'),
                              (('canberra-gtk-play',), 'canberra-gtk-play')):
        with System() as system:
            desk = system.desk(capabilities='actions body', players=players)
            system.agent.asks()
            assert 'suppress-sound' in desk.shown()['hints']
            system.agent.asks(**{'default-at': SOON + 3600})
            desk.shown(2)
            system.agent.asks(kind='notice')
            desk.shown(3)
            wait_for(lambda: len(desk.sounds()) >= 2, 'the sounds')
            assert sorted(desk.sounds()) == [expected + ' -i dialog-information', expected + ' -i dialog-warning'], \
                desk.sounds()


def case_sound_by_the_server():
    with System() as system:
        desk = system.desk(players=('gsound-play',))
        system.agent.asks()
        desk.shown()
        desk.click('later')
        desk.withdrawn(1)
        assert not desk.sounds(), desk.sounds()


def case_server_comes_and_goes():
    with System() as system:
        desk = system.desk(capabilities=None)
        system.agent.asks()
        wait_for(lambda: 'mmfota --agent-status' in desk.said(), 'the notifier to say that nobody shows it')
        desk.serve('actions body')
        desk.shown()
        desk.stop_serving()
        desk.serve('actions body sound')
        shown = desk.shown()
        assert shown['replaces'] == 0 and 'sound-name' not in shown['hints'], shown
        desk.click('later')
        wait_for(system.answers, 'the answer')
        assert len(re.findall('agent-status', desk.said())) == 1, desk.said()


def case_agent_comes_and_goes():
    with System() as system:
        desk = system.desk()
        system.agent.asks()
        desk.shown()
        system.agent.stop()
        desk.withdrawn(1)
        system.agent.start()
        assert desk.shown(2)['replaces'] == 0


def case_no_agent_yet():
    with System() as system:
        system.agent.stop()
        desk = system.desk()
        wait_for(lambda: desk.owner('com.td_tech.FotaNotify1'), 'the notifier')
        system.agent.asks()
        system.agent.start()
        desk.shown()


def case_slow_server():
    """What is withdrawn before the server has told its number does not stay."""
    with System() as system:
        desk = system.desk(capabilities=None)
        wait_for(lambda: desk.owner('com.td_tech.FotaNotify1'), 'the notifier')
        connection = connect(desk.bus.address)
        asked, closed = [], []

        def call(_connection, _sender, _path, _interface, method, parameters, invocation):
            if method == 'GetCapabilities':
                invocation.return_value(GLib.Variant('(as)', (['actions'],)))
            elif method == 'GetServerInformation':
                invocation.return_dbus_error('org.freedesktop.DBus.Error.Failed', 'old')
            elif method == 'Notify':
                asked.append((parameters.unpack(), invocation))
            else:
                closed.append(parameters.unpack()[0])
                invocation.return_value(None)
        connection.register_object(PATH, Gio.DBusNodeInfo.new_for_xml('''
            <node><interface name="%s">
              <method name="GetCapabilities"><arg type="as" direction="out"/></method>
              <method name="Notify">
                <arg type="s" direction="in"/><arg type="u" direction="in"/><arg type="s" direction="in"/>
                <arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="as" direction="in"/>
                <arg type="a{sv}" direction="in"/><arg type="i" direction="in"/><arg type="u" direction="out"/>
              </method>
              <method name="GetServerInformation">
                <arg type="s" direction="out"/><arg type="s" direction="out"/>
                <arg type="s" direction="out"/><arg type="s" direction="out"/>
              </method>
              <method name="CloseNotification"><arg type="u" direction="in"/></method>
            </interface></node>''' % INTERFACE).interfaces[0], call, None, None)
        connection.call_sync('org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus', 'RequestName',
                             GLib.Variant('(su)', (NAME, 4)), None, Gio.DBusCallFlags.NONE, -1, None)
        system.agent.asks()
        wait_for(lambda: asked, 'the notification')
        # Two changes while it waits are one
        system.agent.asks(id='q-2')
        system.agent.asks(id='q-3', to='1.4.0.0')
        system.agent.on_call['CheckNow'] = lambda *_arguments: None
        asked[0][1].return_value(GLib.Variant('(u)', (5,)))
        wait_for(lambda: len(asked) > 1 and '1.4.0.0' in asked[-1][0][4], 'the change')
        assert asked[-1][0][1] == 5, asked[-1]
        system.agent.asks_nothing()
        for _arguments, invocation in asked[1:]:
            invocation.return_value(GLib.Variant('(u)', (5,)))
        wait_for(lambda: closed, 'it to be withdrawn')
        assert closed == [5], closed


def case_nonsense_of_the_agent():
    with System() as system:
        desk = system.desk()
        for value in ({'id': GLib.Variant('u', 7)}, {'choices': GLib.Variant('as', ['now'])},
                      {'id': GLib.Variant('s', '')}):
            system.agent.set('Question', GLib.Variant('a{sv}', value))
        system.agent.set('Question', GLib.Variant('a{sv}', {'id': GLib.Variant('s', 'q'), 'size': GLib.Variant('s', 'x'),
                                                           'choices': GLib.Variant('s', 'now')}))
        shown = desk.shown()
        assert shown['actions'] == [] and 'From an unknown version to an unknown one' in shown['body'], shown
        system.agent.asks(description='x' * 1000000, choices=['now'] * 3 + ['\x1b'])
        shown = desk.shown(2)
        assert len(shown['body']) < 1000, len(shown['body'])


def case_once_for_each_session():
    with System() as system:
        desk = system.desk()
        wait_for(lambda: desk.owner('com.td_tech.FotaNotify1'), 'the notifier')
        second = run_notify(DBUS_SESSION_BUS_ADDRESS=desk.bus.address, DBUS_SYSTEM_BUS_ADDRESS=system.bus.address)
        assert (second.returncode, second.stdout, second.stderr) == (0, '', ''), second
        assert desk.notify.is_alive()


def case_leaves_nothing_behind():
    with System() as system:
        desk = system.desk()
        system.agent.asks()
        desk.shown()
        desk.notify.signal(signal.SIGTERM)
        desk.withdrawn(1)
        wait_for(lambda: not desk.notify.is_alive(), 'its end')
        assert desk.notify.popen.returncode == 0, desk.notify.popen.returncode
        assert not desk.said(), desk.said()


def case_without_buses():
    with System() as system:
        for session, name in (('unix:path=/nowhere', 'session'), (system.bus.address, 'system')):
            done = run_notify(DBUS_SESSION_BUS_ADDRESS=session, DBUS_SYSTEM_BUS_ADDRESS='unix:path=/nowhere')
            assert done.returncode == 1 and "error: couldn't connect to the %s bus" % name in done.stderr, done


def case_command_line():
    for arguments, status, words in ((['--version'], 0, 'mmfota-notify '), (['--help'], 0, 'mmfota-agent asks'),
                                     (['--what'], 1, 'see --help'), (['now'], 1, 'no arguments are taken')):
        done = run_notify(*arguments)
        assert done.returncode == status and words in done.stdout + done.stderr, done


if __name__ == '__main__':
    tap.run(globals())
