#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""One agent, two modules: each by its own configuration, asked for by itself, and in turn."""

import tap
from clocked import ClockedBed
from contract import FOTA, MODEM, MODEM_STATE_REGISTERED
from gi.repository import GLib
from harness import NEW_VERSION, OLD_VERSION, wait_for
from processes import PATIENCE

LONG = 2.5 * PATIENCE
# Of what the simulator is told, and Luhn's next
FIRST, SECOND = '866777050000015', '866777050000021'


class Pair(ClockedBed):
    def __init__(self, same_imei=False, **kwargs):
        super().__init__({'module': {'modules': 2, 'same-imei': same_imei, 'self-powered': True}}, **kwargs)

    def ask(self, number, command):
        return self.simulator.command('@%d %s' % (number, command))

    def flashes(self):
        return [self.ask(number, 'status')['fota']['flashes-done'] for number in (0, 1)]

    def queries(self):
        return [sum(entry.split(' ')[1].startswith('11') for entry in self.ask(number, 'status')['fota']['history'])
                for number in (0, 1)]

    def both_ready(self):
        self.enable_all()
        wait_for('both modules', lambda: len(self.enable_all()) == 2)

    def enable_all(self):
        """Those that are registered and have been read."""
        ready = []
        for path, interfaces in self.objects().items():
            state = interfaces.get(MODEM, {}).get('State')
            if state == 3:
                self.bus.connection.call('org.freedesktop.ModemManager1', path, MODEM, 'Enable', GLib.Variant('(b)', (True,)),
                                         None, 0, 600000, None, None)
            elif state is not None and state >= MODEM_STATE_REGISTERED and interfaces.get(FOTA, {}).get('State'):
                ready.append(path)
        return ready

    def of(self, imei):
        for modem in (self.agent_properties() or {}).get('Modems', []):
            if modem['device'] == imei:
                return modem
        return {}

    def wait_of(self, imei, what, condition, patience=LONG):
        def true():
            self.enable_all()
            modem = self.of(imei)
            return modem and condition(modem) and modem
        return wait_for('%s: %s' % (imei, what), true, patience)

    def wait_upgraded(self, imei):
        return self.wait_of(imei, 'the new version, and rest',
                            lambda modem: modem['version'] == NEW_VERSION and modem['activity'] == 'idle')

    def question_about(self, imei, kind):
        def there():
            self.enable_all()
            question = self.question() or {}
            return question.get('device') == imei and question.get('kind') == kind and question
        return wait_for('a question about %s (%s)' % (imei, kind), there, LONG)


def case_own_groups():
    """[policy IMEI] holds for that one alone, also what else is read over it."""
    with Pair(groups={'policy': {'notice': '0'}, 'policy ' + SECOND: {'upgrade': 'off'},
                      'check ' + FIRST: {'interval': '2d'}}) as bed:
        bed.both_ready()
        bed.start_agent()
        question = bed.question_about(FIRST, 'upgrade')
        second = bed.wait_of(SECOND, 'upgrade=off', lambda modem: 'upgrade=off' in modem['reason'])
        assert second['offered'] == NEW_VERSION and second['activity'] == 'idle', second
        bed.answer(question['id'], 'now')
        first = bed.wait_upgraded(FIRST)
        assert abs(first['next'] - first['last-check'] - 2 * 86400) < 5, first
        assert bed.of(SECOND)['version'] == OLD_VERSION and not bed.question(), bed.agent_properties()
        assert bed.flashes() == [1, 0], bed.flashes()


def case_a_question_for_each():
    """One is open at a time. The answer is that module's alone; the other's comes next, under another id."""
    with Pair(sink=True) as bed:
        bed.both_ready()
        bed.start_agent()
        question = wait_for('a question', bed.question, LONG)
        one, other = (FIRST, SECOND) if question['device'] == FIRST else (SECOND, FIRST)
        bed.wait_of(other, 'it asks, too', lambda modem: modem['activity'] == 'asking')
        assert bed.question()['id'] == question['id']
        bed.answer(question['id'], 'skip')
        following = bed.question_about(other, 'upgrade')
        assert following['id'] != question['id'], following
        bed.answer(following['id'], 'now')
        bed.wait_upgraded(other)
        assert bed.of(one)['version'] == OLD_VERSION and 'does not want' in bed.of(one)['reason'], bed.of(one)
        assert sorted(bed.flashes()) == [0, 1], bed.flashes()
        # Each tells under its own name, in order
        wait_for('all reports', lambda: not any(bed.of(imei)['unreported'] for imei in (one, other)))
        events = bed.sink.taken()
        assert len({event['id'] for event in events}) == len(events)
        for imei in (one, other):
            theirs = [event for event in events if event['source'] == 'urn:imei:' + imei]
            sequences = [event['sequence'] for event in theirs]
            assert sequences == sorted(sequences) and len({event['id'].split('-')[0] for event in theirs}) == 1, theirs
            assert any(event['type'].endswith('.upgrade-succeeded') for event in theirs) == (imei == other), theirs


def case_in_turn():
    """Two that may upgrade: one notice after the other, and no two at once."""
    with Pair(groups={'policy': {'upgrade': 'auto', 'notice': '10s'}}) as bed:
        bed.both_ready()
        bed.start_agent()
        question = wait_for('a notice', lambda: (bed.question() or {}).get('kind') == 'notice' and bed.question(), LONG)
        one, other = (FIRST, SECOND) if question['device'] == FIRST else (SECOND, FIRST)
        bed.wait_of(other, 'its turn', lambda modem: 'another module has its turn' in modem['reason'])
        bed.agent_clock.skip(11)
        bed.wait_of(one, 'upgrading', lambda modem: modem['activity'] == 'upgrading')
        assert bed.of(other)['activity'] != 'upgrading' and not bed.question(), bed.agent_properties()
        bed.wait_upgraded(one)
        assert sorted(bed.flashes()) == [0, 1], bed.flashes()
        bed.question_about(other, 'notice')
        bed.agent_clock.skip(11)
        bed.wait_upgraded(other)
        assert bed.flashes() == [1, 1], bed.flashes()


def case_in_turn_and_looked_at_first():
    """The one that waits is looked at before the other, whose time has just come."""
    with Pair(groups={'policy': {'upgrade': 'auto', 'notice': '10min'}}) as bed:
        bed.both_ready()
        bed.ask(0, 'unplug keep-power')
        bed.start_agent()
        bed.question_about(SECOND, 'notice')
        bed.ask(0, 'plug')
        bed.wait_of(FIRST, 'its turn', lambda modem: 'another module has its turn' in modem['reason'])
        bed.agent_clock.skip(601)
        bed.wait_of(SECOND, 'upgrading', lambda modem: modem['activity'] == 'upgrading')
        assert bed.of(FIRST)['activity'] == 'waiting' and not bed.question(), bed.agent_properties()
        bed.wait_upgraded(SECOND)
        assert bed.flashes() == [0, 1], bed.flashes()


def case_unplugged_while_the_other_upgrades():
    """What becomes of one is nothing to the other."""
    with Pair(groups={'policy ' + FIRST: {'upgrade': 'auto'}, 'policy': {'notice': '0'}}) as bed:
        bed.both_ready()
        bed.start_agent()
        bed.question_about(SECOND, 'upgrade')
        wait_for('^FWUP', lambda: bed.ask(0, 'status')['fota']['fwup-accepted'], LONG)
        bed.ask(1, 'unplug keep-power')
        bed.wait_of(SECOND, 'gone', lambda modem: modem['path'] == '/')
        assert not bed.question(), bed.question()
        # The agent dies as well, and finds both as they are
        bed.kill_agent()
        bed.start_agent()
        bed.wait_upgraded(FIRST)
        assert bed.flashes() == [1, 0], bed.flashes()
        bed.ask(1, 'plug')
        question = bed.question_about(SECOND, 'upgrade')
        bed.answer(question['id'], 'now')
        bed.wait_upgraded(SECOND)
        assert bed.flashes() == [1, 1], bed.flashes()


def case_same_imei():
    """Which is which nobody can tell: neither is touched, and that is said. One alone is served."""
    with Pair(same_imei=True, groups={'policy': {'upgrade': 'auto', 'notice': '0'}}) as bed:
        bed.both_ready()
        bed.start_agent()
        bed.wait_of(FIRST, 'two of it', lambda modem: 'more than one module has this IMEI' in modem['reason'])
        assert len(bed.agent_properties()['Modems']) == 1, bed.agent_properties()
        bed.check_now()
        bed.wait_of(FIRST, 'still two', lambda modem: 'more than one module has this IMEI' in modem['reason'])
        assert bed.queries() == [0, 0], bed.queries()
        bed.ask(0, 'unplug keep-power')
        bed.wait_upgraded(FIRST)
        assert bed.flashes() == [0, 1], bed.flashes()
        bed.ask(0, 'plug')
        bed.wait_of(FIRST, 'two again', lambda modem: 'more than one module has this IMEI' in modem['reason'])
        bed.ask(1, 'unplug keep-power')
        # The other one, in its turn
        bed.wait_of(FIRST, 'the other one', lambda modem: modem['path'] != '/' and modem['version'] == OLD_VERSION)
        bed.check_now()
        wait_for('its upgrade', lambda: bed.enable_all() is not None and bed.flashes() == [1, 1], LONG)
        bed.wait_upgraded(FIRST)


def case_twin_comes_meanwhile():
    """A twin that comes while the other is upgraded gets nothing of it."""
    with Pair(same_imei=True, groups={'policy': {'upgrade': 'auto', 'notice': '0'}}) as bed:
        bed.ask(1, 'unplug')
        wait_for('one module', lambda: len(bed.enable_all()) == 1)
        bed.start_agent()
        wait_for('^FWUP', lambda: bed.enable_all() is not None and bed.ask(0, 'status')['fota']['fwup-accepted'], LONG)
        bed.ask(1, 'plug')
        wait_for('the end of it', lambda: bed.enable_all() is not None and bed.flashes() == [1, 0], LONG)
        bed.wait_of(FIRST, 'two of it', lambda modem: 'more than one module has this IMEI' in modem['reason'])
        assert bed.queries()[1] == 0 and bed.flashes() == [1, 0], (bed.queries(), bed.flashes())


if __name__ == '__main__':
    tap.run(globals())
