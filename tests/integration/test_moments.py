#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Calls and lines at moments that nobody waits for, and what is not known then."""

import tap
from contract import (AVAILABLE, CANCELLED, CORE_ERROR, DOWNLOADED, DOWNLOADING, EVENT_DATA_RESTORED, FOTA,
                      FOTA_ERROR, IDLE, NOTHING_NEWER, PERCENT_UNKNOWN, ROOT, SERVICE, SUCCEEDED, UPGRADING,
                      error_name, error_text, expect_error, options)
from gi.repository import GLib
from harness import NEW_VERSION, OLD_VERSION, Bed, pump, wait_for
from server import Release

LONG = 300
PACKAGE_THERE = {'state': '40', 'package-version': NEW_VERSION}
OLDER_VERSION = '1.1.0.0(SP1C02)'
STATE_QUESTION = 'AT^FOTASTATE?'


class Callers:
    """Call as soon as the firmware interface is there, from connections of their own."""

    def __init__(self, bed, calls, leave=False):
        self.bed = bed
        self.calls = calls
        self.leave = leave
        self.answers = {}
        self.connections = []
        self.path = None
        bed.bus.connection.signal_subscribe(SERVICE, 'org.freedesktop.DBus.ObjectManager', 'InterfacesAdded', ROOT, None,
                                            0, self._added)

    def _added(self, _connection, _sender, _path, _interface, _signal, parameters):
        path, interfaces = parameters.unpack()
        if FOTA in interfaces and not self.path:
            self.path = path
            self.call()

    def call(self):
        for number, (method, values) in enumerate(self.calls):
            connection = self.bed.bus.connect()
            self.connections.append(connection)
            argument = (GLib.Variant('(t)', (0,)) if method == 'ListEvents'
                        else GLib.Variant('(a{sv})', (options(**values),)))
            connection.call(SERVICE, self.path, FOTA, method, argument, None, 0, 120000, None, self._answered, number)
            if self.leave:
                connection.flush_sync(None)
                connection.close_sync(None)

    def _answered(self, connection, result, number):
        try:
            reply = connection.call_finish(result).unpack()
            self.answers[number] = (None, reply[0] if reply else None)
        except GLib.Error as error:
            self.answers[number] = (error_name(error), error_text(error))

    def wait(self, patience=None):
        """The error's name, or None, and its text or the reply, of each call."""
        wait_for('the answers (%d of %d)' % (len(self.answers), len(self.calls)),
                 lambda: len(self.answers) == len(self.calls), patience)
        return [self.answers[number] for number in range(len(self.calls))]


def everything(bed):
    url = bed.server.url
    return [('Check', {'url': url}), ('Download', {'url': url}), ('Resume', {'url': url}), ('Upgrade', {}),
            ('Cancel', {}), ('ListEvents', {}), ('Check', {'url': url})]


def fwups(bed):
    return bed.simulator.commands(r'\^FWUP')


def held(bed, question=STATE_QUESTION):
    """The module's answer to the question is held until it is told to go on."""
    bed.simulator.fault(kind='stop', pattern=question)


def go_on(bed):
    wait_for('the module to go on', lambda: bed.simulator.command('continue')['continued'])


def case_every_method_at_first_sight():
    with Bed(daemon=False) as bed:
        callers = Callers(bed, everything(bed))
        bed.daemon.start()
        answers = callers.wait()
        assert bed.daemon.is_alive()
        # Not registered yet, most of them: but answered, each with what it is about
        assert answers[5][0] is None, answers
        for error, text in answers:
            assert error is None or error.startswith((CORE_ERROR, FOTA_ERROR)), answers
            assert text is not None or error is None, answers
        bed.wait_fota()


def case_every_method_after_a_restart_in_a_download():
    """A verb is told what runs as soon as that is known, Cancel cancels."""
    with Bed({'timing': {'download-seconds': 2000}}) as bed:
        bed.ready()
        transaction = bed.verb('Download', url=bed.server.url)
        bed.wait_state(DOWNLOADING)
        bed.daemon.kill()
        callers = Callers(bed, [call for call in everything(bed) if call[0] != 'Cancel'])
        bed.daemon.start()
        answers = callers.wait()
        for (method, _values), (error, text) in zip(callers.calls, answers):
            if method == 'ListEvents':
                assert error is None, answers
            else:
                assert error == CORE_ERROR + 'InProgress' and transaction in text, (method, error, text)
        assert bed.fota()['Transaction'] == transaction
        bed.daemon.kill()
        callers = Callers(bed, [('Cancel', {})])
        bed.daemon.start()
        assert callers.wait() == [(None, None)], callers.answers
        result = bed.wait_result(transaction)
        assert result['outcome'] == CANCELLED, result


def case_verbs_through_an_upgrade():
    """At each new object on the bus, until the upgrade is over."""
    with Bed({'fota': PACKAGE_THERE}) as bed:
        bed.ready()
        bed.wait_state(DOWNLOADED)
        first = bed.modem
        transaction = bed.verb('Upgrade')
        callers = Callers(bed, everything(bed))
        result = bed.wait_result(transaction, LONG)
        assert result['outcome'] == SUCCEEDED, result
        answers = callers.wait()
        assert callers.path != first
        assert answers[4][0] == CORE_ERROR + 'WrongState', answers
        assert "can no longer be stopped" in answers[4][1] or 'given back' in answers[4][1], answers
        assert answers[3][0] == CORE_ERROR + 'InProgress', answers
        assert len(fwups(bed)) == 1


def case_caller_that_left():
    """Upgrade is called before the module's state is known, and its caller leaves."""
    with Bed({'fota': PACKAGE_THERE}) as bed:
        bed.ready()
        bed.wait_state(DOWNLOADED)
        bed.daemon.kill()
        held(bed)
        callers = Callers(bed, [('Upgrade', {})], leave=True)
        bed.daemon.start()
        wait_for('the caller to leave', lambda: callers.path)
        pump(0.5)
        go_on(bed)
        bed.wait_state(DOWNLOADED)
        bed.registered()
        assert bed.fota()['Transaction'] == '' and not bed.fota()['Result'], bed.fota()
        assert not fwups(bed)


def case_caller_who_gave_up():
    """It is told to try again before D-Bus's own limit, and nothing begins afterwards."""
    with Bed({'fota': PACKAGE_THERE}) as bed:
        bed.ready()
        bed.wait_state(DOWNLOADED)
        bed.daemon.kill()
        for question in (STATE_QUESTION, 'AT^VERSION?', 'AT+CGMR'):
            bed.simulator.fault(kind='silent', pattern=question, count=3)
        callers = Callers(bed, [('Upgrade', {}), ('Cancel', {})])
        bed.daemon.start()
        for error, text in callers.wait():
            assert error == CORE_ERROR + 'Retry' and 'try again' in text, callers.answers
        bed.wait_state(DOWNLOADED)
        assert not fwups(bed)


def case_too_many_callers():
    with Bed({'fota': PACKAGE_THERE}) as bed:
        bed.ready()
        bed.wait_state(DOWNLOADED)
        bed.daemon.kill()
        held(bed)
        callers = Callers(bed, [('Upgrade', {'delay': 3000})] * 20)
        bed.daemon.start()
        wait_for('those that are too many', lambda: len(callers.answers) == 4)
        assert all(error == CORE_ERROR + 'Retry' and 'too many' in text
                   for error, text in callers.answers.values()), callers.answers
        go_on(bed)
        errors = [error for error, _text in callers.wait()]
        # Those that wait are served in their order
        assert errors.count(CORE_ERROR + 'InProgress') + errors.count(None) + \
            errors.count(FOTA_ERROR + 'ConditionsNotMet') == 16, callers.answers


def case_state_lines_while_it_initializes():
    with Bed({'fota': PACKAGE_THERE}, daemon=False) as bed:
        bed.daemon.start()
        for number in range(400):
            bed.simulator.urc('^FOTASTATE: %s' % ('40', '50', '12, 1.9.9.9, 5, x', '90')[number % 4 if number % 7 else 0])
            pump(0.02)
            if bed.fota():
                break
        assert bed.fota(), 'the interface did not come'
        assert bed.daemon.is_alive()
        # Whatever was said, the module was asked afterwards
        wait_for('40 to be read', lambda: bed.fota().get('ModuleState') == 40)


# What is not known is not allowed

def case_downgrade_while_the_version_is_unknown():
    """The answer to ^VERSION? fails when the modem comes; a download reads it again."""
    with Bed(release=Release(version=OLDER_VERSION)) as bed:
        bed.ready()
        bed.daemon.kill()
        bed.simulator.fault(kind='error', pattern='AT^VERSION?', count=1)
        bed.daemon.start()
        bed.ready()
        assert bed.fota()['Version'] == '', bed.fota()
        result = bed.wait_result(bed.verb('Download', url=bed.server.url, upgrade=True), LONG)
        assert result['error'] == FOTA_ERROR + 'OtherVersionOffered', result
        assert OLDER_VERSION in result['message'] and 'older than what runs' in result['message'], result
        assert not fwups(bed)


def case_version_that_stays_unknown():
    with Bed(release=Release(version=OLDER_VERSION)) as bed:
        bed.ready()
        bed.daemon.kill()
        bed.simulator.fault(kind='error', pattern='AT^VERSION?', count=0)
        bed.daemon.start()
        bed.ready()
        result = bed.wait_result(bed.verb('Download', url=bed.server.url), LONG)
        assert result['error'] == FOTA_ERROR + 'OtherVersionOffered', result
        assert "can't be told" in result['message'], result
        assert bed.fota()['State'] == IDLE, bed.fota()
        assert result['from'] == '', result


def case_version_is_read_again():
    """And the last result then tells what ran."""
    with Bed() as bed:
        bed.ready()
        bed.daemon.kill()
        bed.simulator.fault(kind='error', pattern='AT^VERSION?', count=3)
        bed.daemon.start()
        bed.ready()
        assert bed.fota()['Version'] == '', bed.fota()
        result = bed.wait_result(bed.verb('Check', url=bed.server.url))
        assert result['outcome'] == SUCCEEDED and result['found'] == NEW_VERSION, result
        wait_for('the version', lambda: bed.fota()['Version'] == OLD_VERSION)
        wait_for('what ran', lambda: bed.fota()['Result']['from'] == OLD_VERSION)


# What is kept, and what is not

def case_server_of_last_time():
    with Bed(release=Release(version=OLD_VERSION)) as bed:
        bed.ready()
        assert bed.fota()['Server'] == ''
        result = bed.wait_result(bed.verb('Check', url=bed.server.url))
        assert result['outcome'] == NOTHING_NEWER, result
        assert bed.fota()['Server'] == bed.server.url, bed.fota()
        # A verb that is refused changes nothing
        bed.simulator.fault(kind='cme', pattern='AT^FOTAOEMDL*', text='SIM PIN required')
        with expect_error(FOTA_ERROR + 'Refused') as error:
            bed.verb('Check', url='http://elsewhere.example/')
        assert 'SIM PIN required' in error.message and 'unlock' in error.message, error.message
        assert bed.fota()['Server'] == bed.server.url, bed.fota()
        bed.server.offer(Release())
        result = bed.wait_result(bed.verb('Check'))
        assert result['outcome'] == SUCCEEDED, result
        bed.simulator.fault(kind='cme', pattern='AT^FOTAMODE=*', text='Previous command is not complete')
        with expect_error(FOTA_ERROR + 'Refused') as error:
            bed.verb('Check', url='http://elsewhere.example/')
        assert 'Previous command is not complete' in error.message and 'busy' in error.message, error.message
        assert bed.fota()['Update']['url'] == bed.server.url, bed.fota()
        bed.daemon.restart()
        bed.wait_modem(3)
        bed.wait_fota()
        assert bed.fota()['Server'] == bed.server.url, bed.fota()
        assert bed.fota()['Update']['url'] == bed.server.url, bed.fota()


def case_server_of_a_verb_that_was_never_answered():
    """The module has not taken it up, and is pulled, or the daemon is killed: the known server is the old one."""
    with Bed() as bed:
        bed.ready()
        bed.wait_result(bed.verb('Check', url=bed.server.url))
        for what in ('pulled', 'killed'):
            before = bed.modem
            held(bed, 'AT^FOTAMODE=*')
            told = len(bed.simulator.commands('FOTAMODE='))
            callers = Callers(bed, [('Check', {'url': 'http://elsewhere.example/'})])
            callers.path = before
            callers.call()
            wait_for('the module to be told', lambda: len(bed.simulator.commands('FOTAMODE=')) > told)
            assert bed.fota()['Server'] == bed.server.url, bed.fota()
            if what == 'pulled':
                bed.simulator.command('unplug keep-power')
                assert callers.wait()[0][0] in (CORE_ERROR + 'Aborted', CORE_ERROR + 'Timeout'), callers.answers
                bed.simulator.command('continue')
                wait_for('the modem to leave', lambda: not bed.modems())
                bed.simulator.command('plug')
                wait_for('the modem to be back', lambda: bed.modems() and bed.modem != before)
            else:
                bed.daemon.kill()
                go_on(bed)
                bed.daemon.start()
            bed.ready()
            assert bed.fota()['Server'] == bed.server.url, bed.fota()
        assert not [changed for _path, _interface, changed in bed.changes
                    if changed.get('Server', bed.server.url) != bed.server.url], bed.changes


def case_nothing_left_of_what_was_discarded():
    with Bed() as bed:
        bed.ready()
        result = bed.wait_result(bed.verb('Download', url=bed.server.url))
        assert result['outcome'] == SUCCEEDED, result
        assert bed.fota()['Percent'] == 100 and bed.fota()['BytesReceived'] > 0, bed.fota()
        bed.verb('Cancel')
        fota = bed.wait_state(IDLE)
        assert fota['Percent'] == PERCENT_UNKNOWN and fota['BytesReceived'] == 0, fota
        result = fota['Result']
        assert (result['verb'], result['outcome']) == ('Cancel', CANCELLED), result
        assert result['error'] == CORE_ERROR + 'Cancelled' and result['transaction'] == '', result
        assert 0 < result['started'] <= result['finished'], result


def case_state_is_the_better_news():
    with Bed() as bed:
        bed.ready()
        with expect_error(CORE_ERROR + 'WrongState'):
            bed.verb('Resume')
        with expect_error(CORE_ERROR + 'InvalidArgs'):
            bed.verb('Check')
        bed.wait_result(bed.verb('Download', url=bed.server.url))
        # Without a CA this server would be refused, too
        with expect_error(CORE_ERROR + 'WrongState') as error:
            bed.verb('Check', url='https://secure.example/')
        assert 'downloaded' in error.message, error.message


def case_found_and_not_let_go():
    """The module refuses ^FOTADL=0 in 12: what it found can be taken, or left alone."""
    with Bed() as bed:
        bed.ready()
        bed.simulator.fault(kind='error', pattern='AT^FOTADL=0', count=0)
        result = bed.wait_result(bed.verb('Check', url=bed.server.url))
        assert result['outcome'] == SUCCEEDED, result
        bed.wait_state(AVAILABLE)
        with expect_error(CORE_ERROR + 'WrongState'):
            bed.verb('Download', url='http://elsewhere.example/')
        bed.verb('Cancel')
        bed.wait_state(IDLE)
        assert not bed.fota()['Interruptible'] and bed.fota()['Update'] == {}, bed.fota()
        result = bed.wait_result(bed.verb('Download', url=bed.server.url), LONG)
        assert result['outcome'] == SUCCEEDED and result['to'] == NEW_VERSION, result


# An upgrade's time

def case_upgrade_counts_down():
    with Bed({'fota': PACKAGE_THERE, 'timing': {'reboot-delay': 120}}, speed=8) as bed:
        bed.ready()
        bed.wait_state(DOWNLOADED)
        transaction = bed.verb('Upgrade')
        bed.wait_state(UPGRADING)
        first = wait_for('the time left', lambda: bed.fota().get('ExpectedSeconds'))
        assert first <= 600, first
        wait_for('it to pass', lambda: bed.fota()['ExpectedSeconds'] <= first - 20)
        before = bed.fota()['ExpectedSeconds']
        bed.daemon.restart()
        wait_for('the state after a restart', lambda: bed.fota().get('State') == UPGRADING)
        assert bed.fota()['ExpectedSeconds'] <= before, (bed.fota()['ExpectedSeconds'], before)
        result = bed.wait_result(transaction, LONG)
        assert result['outcome'] == SUCCEEDED, result
        assert bed.fota()['ExpectedSeconds'] == PERCENT_UNKNOWN


def case_upgrade_time_follows_the_clock():
    """Somebody sets it: the delay stays as long as it was, and UpgradeTime is true again."""
    with Bed({'fota': PACKAGE_THERE}) as bed:
        bed.ready()
        bed.wait_state(DOWNLOADED)
        bed.verb('Upgrade', delay=30000)
        begin = bed.clock.now()
        planned = wait_for('the time of the upgrade', lambda: bed.fota()['UpgradeTime'])
        assert abs(planned - begin - 30000) < 120, (planned, begin)
        for step in (1000000, -1000000):
            bed.clock.set_clock(step)
            wait_for('another time', lambda at=planned + step: abs(bed.fota()['UpgradeTime'] - at) < 120)
            assert 25000 < bed.fota()['ExpectedSeconds'] < 30000, bed.fota()
        bed.verb('Cancel')
        assert bed.fota()['UpgradeTime'] == 0


def case_nothing_is_dialled_after_an_upgrade_unseen():
    """The daemon is killed right after ^FWUP and sees the module again when it is back."""
    with Bed({'fota': PACKAGE_THERE}) as bed:
        bed.ready()
        bed.wait_state(DOWNLOADED)
        bed.connect()
        transaction = bed.verb('Upgrade')
        wait_for('^FWUP', lambda: fwups(bed))
        bed.daemon.kill()
        wait_for('the module to be back', lambda: bed.simulator.status()['fota']['flashes-done'] == 1)
        bed.daemon.start()
        result = bed.wait_result(transaction, LONG)
        assert result['outcome'] == SUCCEEDED, result
        fwup = bed.simulator.commands().index('AT^FWUP')
        dialled = [command for command in bed.simulator.commands()[fwup:] if 'NDISDUP' in command]
        assert not dialled, dialled


def case_hung_up_in_between():
    """Paused, and given back since a call came; what the user hangs up then stays down."""
    with Bed({'fota': dict(PACKAGE_THERE, **{'refuse-fwup': 1000})}) as bed:
        bed.ready()
        bed.wait_state(DOWNLOADED)
        bearer = bed.connect()
        # The first look finds no call, the one with data down does
        bed.simulator.fault(kind='raw', pattern='AT+CLCC', occurrence=2, relative=True, execute=False,
                            data=b'\r\n+CLCC: 1,1,0,0,0,"10086",129\r\n\r\nOK\r\n')
        transaction = bed.verb('Upgrade', wait=120)
        wait_for('data to be given back', lambda: EVENT_DATA_RESTORED in bed.kinds() and bed.simulator.sessions())
        told = [details['sessions'] for _sequence, kind, details in bed.events if kind == EVENT_DATA_RESTORED]
        assert told and told[0], told
        bed.disconnect(bearer)
        wait_for('the session to be down', lambda: not bed.simulator.sessions())
        hung_up = len(bed.simulator.commands())
        result = bed.wait_result(transaction, LONG)
        assert result['error'] == FOTA_ERROR + 'ConditionsNotMet', result
        assert fwups(bed)
        dialled = [command for command in bed.simulator.commands()[hung_up:] if 'NDISDUP=' in command and ',1' in command]
        assert not dialled and not bed.simulator.sessions(), dialled


def case_call_in_the_last_moment():
    """It begins when data is down and no call was found: ModemManager knows, nothing is flashed."""
    with Bed({'fota': PACKAGE_THERE}, speed=8) as bed:
        bed.ready()
        bed.wait_state(DOWNLOADED)
        bed.connect()
        questions = len(bed.simulator.commands(r'FOTASTATE\?'))
        bed.simulator.fault(kind='stop', pattern=STATE_QUESTION, occurrence=2, relative=True)
        transaction = bed.verb('Upgrade', wait=3600)
        wait_for('the last question', lambda: len(bed.simulator.commands(r'FOTASTATE\?')) == questions + 2)
        # The moment lasts
        bed.clock.set_rate(1)
        bed.clock.set_careful(1)
        bed.simulator.command('call ring')
        wait_for('the call', bed.calls)
        go_on(bed)
        bed.clock.set_rate(8)
        wait_for('data to be given back', lambda: EVENT_DATA_RESTORED in bed.kinds())
        assert not fwups(bed)
        bed.simulator.command('call end')
        result = bed.wait_result(transaction, LONG)
        assert result['outcome'] == SUCCEEDED, result


if __name__ == '__main__':
    tap.run(globals())
