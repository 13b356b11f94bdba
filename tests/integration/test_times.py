#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""mmfota-agent through suspend, a clock that is set, and one that is wrong at boot."""

import time

import tap
from agent import NAME
from clocked import ClockedBed
from contract import DOWNLOADED
from gi.repository import Gio, GLib
from harness import NEW_VERSION, OLD_VERSION, Release, pump, wait_for
from processes import PATIENCE

LONG = 2.5 * PATIENCE
DAY = 86400
# Nothing came in that time, by the agent's clock and by ours
A_WHILE = 1.0

LOGIND = 'org.freedesktop.login1'
LOGIND_PATH = '/org/freedesktop/login1'


def queries(bed):
    return len(bed.simulator.commands(r'\^FOTAOEMDL'))


def fwups(bed):
    return len(bed.simulator.commands(r'\^FWUP'))


class Logind:
    """Says when the machine goes to sleep and is awake again, and no more."""

    def __init__(self, bed):
        self.connection = bed.bus.connect()
        self.connection.call_sync('org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus', 'RequestName',
                                  GLib.Variant('(su)', (LOGIND, 4)), None, Gio.DBusCallFlags.NONE, -1, None)

    def prepare_for_sleep(self, begins):
        self.connection.emit_signal(None, LOGIND_PATH, LOGIND + '.Manager', 'PrepareForSleep', GLib.Variant('(b)', (begins,)))
        self.connection.flush_sync(None)

    def close(self):
        self.connection.close_sync(None)


def nothing_newer(bed):
    """Looked once, and rests."""
    return bed.wait_activity('idle') and wait_for('the first check', lambda: queries(bed) == 1 and bed.agent_modem()['last-check']
                                                  and bed.agent_modem()['activity'] == 'idle' and bed.agent_modem())


def case_due_while_asleep():
    """GLib's timers stop in a suspend. The check does not wait for the time that was slept through once more."""
    with ClockedBed(release=Release(version=OLD_VERSION)) as bed:
        bed.ready()
        bed.start_agent()
        modem = nothing_newer(bed)
        assert abs(modem['next'] - modem['last-check'] - DAY) < 5, modem
        bed.agent_clock.sleep(DAY - 3600)
        pump(A_WHILE)
        assert queries(bed) == 1, queries(bed)
        bed.agent_clock.sleep(3600)
        wait_for('the second check', lambda: queries(bed) == 2)
        wait_for('rest', lambda: bed.agent_modem()['next'] > modem['next'] + DAY / 2)
        # Nobody has set a clock
        assert 'the clock was set' not in bed.agent_log(), bed.agent_log()


def case_awake_again():
    """What reports wait for is a timer that stood still: logind's word ends it."""
    with ClockedBed(release=Release(version=OLD_VERSION), sink=True) as bed:
        logind = Logind(bed)
        bed.sink.kill()
        bed.ready()
        bed.start_agent()
        nothing_newer(bed)
        wait_for('an event', lambda: bed.agent_modem()['unreported'])
        # Until the next try is an hour away, or nearly
        for _ in range(12):
            pump(0.1)
            bed.agent_clock.skip(3600)
        pump(A_WHILE)
        bed.sink.start()
        wait_for('the sink', lambda: listens(bed.sink.port))
        bed.agent_clock.sleep(8 * 3600)
        logind.prepare_for_sleep(True)
        pump(A_WHILE)
        logind.prepare_for_sleep(False)
        wait_for('the reports', lambda: bed.sink.taken() and not bed.agent_modem()['unreported'])
        # Offline for days is a state: a line when it begins, and one when it is over (J7)
        assert bed.agent_log().count('reports wait') == 1, bed.agent_log()
        logind.close()


def listens(port):
    try:
        Gio.SocketClient().connect_to_host('127.0.0.1', port, None).close(None)
        return True
    except GLib.Error:
        return False


def case_clock_set():
    """Days on and back: the next check is as far away as it was, and is made then."""
    with ClockedBed(release=Release(version=OLD_VERSION)) as bed:
        bed.ready()
        bed.start_agent()
        modem = nothing_newer(bed)
        for step in (3 * DAY, -400 * DAY, 0):
            bed.agent_clock.set_clock(step)
            shifted = wait_for('the clock that was set by %d days' % (step / DAY),
                               lambda at=step: abs(bed.agent_modem()['next'] - modem['next'] - at) < 5 and bed.agent_modem())
            assert abs(shifted['last-check'] - modem['last-check'] - step) < 5, (shifted, modem)
            pump(A_WHILE)
            assert queries(bed) == 1, (step, queries(bed))
        assert bed.agent_log().count('the clock was set by') == 3, bed.agent_log()
        # A second is nothing to speak of
        bed.agent_clock.set_clock(1)
        pump(A_WHILE)
        assert bed.agent_log().count('the clock was set by') == 3, bed.agent_log()
        bed.agent_clock.skip(DAY)
        wait_for('the second check', lambda: queries(bed) == 2)


def case_clock_set_while_dead():
    """It finds its last writing ahead of it: no month of silence, and no check at once either."""
    with ClockedBed(release=Release(version=OLD_VERSION)) as bed:
        bed.ready()
        bed.start_agent()
        nothing_newer(bed)
        bed.kill_agent()
        bed.agent_clock.set_clock(-60 * DAY)
        bed.start_agent()
        bed.wait_activity('idle')
        modem = bed.agent_modem()
        now = bed.agent_clock.now()
        assert now < modem['next'] <= now + DAY + 5 and modem['last-check'] <= now, (modem, now)
        assert queries(bed) == 1, queries(bed)
        # Forward, a day and more has passed as far as anybody can tell
        bed.kill_agent()
        bed.agent_clock.set_clock(0)
        bed.start_agent()
        wait_for('a check', lambda: queries(bed) == 2)


def case_notice_is_not_cut_short():
    """J4: who was told "in ten minutes" has them, wherever the clock is set meanwhile."""
    with ClockedBed(groups={'policy': {'upgrade': 'auto', 'notice': '10min'}}) as bed:
        bed.ready()
        bed.start_agent()
        question = bed.wait_question('notice')
        # Nobody could read it in the time that the machine sleeps; but that is not known before
        bed.agent_clock.set_clock(3600)
        later = wait_for('the notice an hour later', lambda: abs((bed.question() or {}).get('default-at', 0) -
                                                                question['default-at'] - 3600) < 5 and bed.question())
        assert later['kind'] == 'notice' and later['id'] == question['id'], later
        pump(A_WHILE)
        assert not fwups(bed)
        bed.agent_clock.set_clock(-7200)
        pump(A_WHILE)
        assert not fwups(bed) and bed.question()['kind'] == 'notice', bed.question()
        bed.agent_clock.skip(601)
        bed.wait_version(NEW_VERSION, LONG)
        assert fwups(bed) == 1


def case_out_of_the_window():
    """J4: the clock is set out of the window while the notice runs. The window comes, and then it is upgraded."""
    inside = time.strftime('%H:%M', time.gmtime(time.time() - 3600))
    with ClockedBed(groups={'policy': {'upgrade': 'auto', 'notice': '10min', 'window': inside + '/4h'}}) as bed:
        bed.ready()
        bed.start_agent()
        bed.wait_question('notice')
        bed.agent_clock.set_clock(8 * 3600)
        modem = bed.wait_reason('the next window')
        assert not bed.question() and 10 * 3600 < modem['next'] - bed.agent_clock.now() < 16 * 3600, modem
        bed.agent_clock.skip(3600)
        pump(A_WHILE)
        assert not fwups(bed)
        bed.wait_next()
        bed.wait_question('notice')
        bed.agent_clock.skip(601)
        bed.wait_version(NEW_VERSION, LONG)
        assert fwups(bed) == 1


def case_asleep_over_the_window():
    """The notice ran out in a suspend that went on after the window: nothing begins outside of it."""
    inside = time.strftime('%H:%M', time.gmtime(time.time() - 3600))
    with ClockedBed(groups={'policy': {'upgrade': 'auto', 'notice': '10min', 'window': inside + '/2h'}}) as bed:
        logind = Logind(bed)
        bed.ready()
        bed.start_agent()
        bed.wait_question('notice')
        logind.prepare_for_sleep(True)
        bed.agent_clock.sleep(6 * 3600)
        logind.prepare_for_sleep(False)
        bed.wait_reason('the next window')
        pump(A_WHILE)
        assert not fwups(bed) and not bed.question(), bed.question()
        logind.close()


def case_wrong_at_boot():
    """No battery: it begins in 1970. What windows and deadlines say is nothing to go by until the clock is set; then all goes on."""
    with ClockedBed(groups={'policy': {'upgrade': 'auto', 'notice': '10min', 'quiet-hours': '22:00-07:00', 'window': ''}}) as bed:
        bed.ready()
        bed.agent_clock.set_clock(-time.time() + 12 * 3600)
        bed.start_agent()
        # Looking and downloading harms nobody
        modem = bed.wait_reason('the clock was never set', LONG)
        assert modem['offered'] == NEW_VERSION and bed.fota()['State'] == DOWNLOADED, modem
        assert not bed.question() and not fwups(bed)
        bed.restart_agent()
        bed.wait_reason('the clock was never set', LONG)
        # NTP: three in the afternoon
        bed.agent_clock.set_clock(15 * 3600 - time.time() % DAY)
        bed.wait_question('notice')
        modem = bed.agent_modem()
        assert abs(modem['last-check'] - bed.agent_clock.now()) < 3600, modem
        bed.agent_clock.skip(601)
        bed.wait_version(NEW_VERSION, LONG)
        assert fwups(bed) == 1


def case_wrong_at_boot_with_a_memory():
    """Written in this year, read in 1970, and set right: the check is made a day after the last, not before and not in decades."""
    with ClockedBed(release=Release(version=OLD_VERSION)) as bed:
        bed.ready()
        bed.start_agent()
        nothing_newer(bed)
        bed.kill_agent()
        bed.agent_clock.set_clock(-time.time() + 30 * DAY)
        bed.start_agent()
        bed.wait_activity('idle')
        bed.agent_clock.set_clock(0)
        modem = wait_for('the clock', lambda: bed.agent_modem().get('last-check', 0) > time.time() - 3600 and bed.agent_modem())
        assert abs(modem['next'] - time.time() - DAY) < 3600, modem
        pump(A_WHILE)
        assert queries(bed) == 1, queries(bed)
        bed.agent_clock.skip(DAY)
        wait_for('the second check', lambda: queries(bed) == 2)


def case_days_offline():
    """J7: server and sink are away for three days. It says so, tries less and less often, and goes on by itself."""
    with ClockedBed(sink=True, groups={'policy': {'upgrade': 'auto', 'notice': '0'}}) as bed:
        bed.server.stop()
        bed.sink.kill()
        bed.ready()
        bed.start_agent()
        begin = bed.agent_clock.now()
        tries = 0
        while bed.agent_clock.now() - begin < 3 * DAY:
            modem = wait_for('a next try', lambda seen=tries: queries(bed) > seen and bed.agent_modem().get('next') and
                             bed.agent_modem()['activity'] == 'waiting' and bed.agent_modem(), LONG)
            tries = queries(bed)
            assert bed.bus.connection.call_sync('org.freedesktop.DBus', '/', 'org.freedesktop.DBus', 'NameHasOwner',
                                                GLib.Variant('(s)', (NAME,)), None, 0, -1, None).unpack()[0]
            bed.agent_clock.skip(max(modem['next'] - bed.agent_clock.now() + 1, 1))
        assert tries < 60, tries
        log = bed.agent_log()
        # For each try: that it is made, that it failed, and what follows
        assert len(log.splitlines()) < 6 * tries + 12 and log.count('reports wait') == 1, log[-3000:]
        bed.server.start()
        bed.sink.start()
        for _ in range(40):
            if bed.agent_modem().get('version') == NEW_VERSION and not bed.agent_modem()['unreported']:
                break
            modem = bed.agent_modem()
            if modem.get('activity') in ('waiting', 'idle'):
                bed.agent_clock.skip(3600)
            pump(A_WHILE)
        bed.wait_version(NEW_VERSION, LONG)
        wait_for('the reports', lambda: not bed.agent_modem()['unreported'])
        assert fwups(bed) == 1
        sequences = [event['sequence'] for event in bed.sink.taken()]
        assert sequences == sorted(sequences), sequences


if __name__ == '__main__':
    tap.run(globals())
