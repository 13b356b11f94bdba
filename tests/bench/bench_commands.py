# SPDX-License-Identifier: GPL-2.0-or-later
"""AT commands of an upgrade, ours and those of the community's web consoles, whose schedules
are replayed on the same simulated module: each command is really sent."""

import dataclasses
import re
import threading

from benchmark import Figure, mean, percentile
from console import Clock, open_console
from contract import DOWNLOADING, MODEM, SUCCEEDED
from gi.repository import GLib
from harness import Bed

NAME = 'commands'
TITLE = 'AT commands of an upgrade, use of the port'

# How much faster than life module and daemon are
SPEED = 60
# Where a client of the bus is part of what is measured, which does not get faster
SHARED_SPEED = 4
# Of the module
SHARED_SECONDS = 120

MINUTES = {2: '2 min', 30: '30 min', 180: '3 h'}

# What the plugin sends in an upgrade. ModemManager sends some of these too when the module is
# back; they count as ours
OURS = re.compile(r'\^(FOTA|FWUP|SSL|NDIS|SETAUTODIAL|VERSION)|\+(CGMR|CLCC|CHUP|COPS\?|CEREG\?|C5GREG\?)')
# ModemManager's own question after a connection, every five seconds that it is up
MONITOR = 'AT^NDISSTATQRY?'


@dataclasses.dataclass
class Cost:
    commands: int
    # Of the time from the request to the result
    share: float


def scenario(minutes):
    return {'timing': {'download-seconds': minutes * 60}}


def cost(exchanges, seconds):
    return Cost(len(exchanges), sum(exchange['duration'] or 0 for exchange in exchanges) / seconds)


# Ours

def of_the_upgrade(transcript):
    """Without what ModemManager asks meanwhile."""
    downloaded = max(exchange['index'] for exchange in transcript if 'FOTADLQ' in exchange['command'])
    return [exchange for exchange in transcript if OURS.search(exchange['command']) and
            (exchange['command'] != MONITOR or exchange['index'] > downloaded)]


def upgrade(minutes):
    with Bed(scenario(minutes), speed=SPEED) as bed:
        bed.ready()
        bed.connect()
        start = bed.simulator.command('mark begin')
        result = bed.wait_result(bed.verb('Download', url=bed.server.url, upgrade=True), patience=600)
        assert result['outcome'] == SUCCEEDED, result
        seconds = bed.simulator.command('mark end')['time'] - start['time']
        assert seconds > minutes * 60, seconds
        return cost(of_the_upgrade(bed.simulator.transcript(start['index'])), seconds)


# Theirs

class Eager:
    """Most of them: state and progress every second, "success" at ^FWUP's OK."""

    title = 'consoles, every second'

    @staticmethod
    def interval(_seconds):
        return 1

    @staticmethod
    def before(console):
        console.command('AT^FOTAMODE=0,1,0,1')

    @staticmethod
    def after(_console):
        pass


class Careful(Eager):
    """The best one: asks for state 10 first, backs off, waits for 50, compares AT+CGMR."""

    title = 'best console, 3 to 5 s'

    @staticmethod
    def interval(seconds):
        return 3 if seconds < 60 else 5

    @staticmethod
    def before(console):
        console.command('AT+CGMR')
        assert console.state() == 10
        console.command('AT^FOTAMODE=0,1,0,1')

    @staticmethod
    def after(console):
        while console.state() not in (50, 70):
            console.sleep_until(console.now() + 1)


def follow(console, how, until):
    """Asks for state and progress as the console does, until a state is reached or the time
    is over."""
    begin = asked = console.now()
    while True:
        state = console.state()
        if until(state, console.now() - begin):
            return
        console.command('AT^FOTADLQ')
        # A timer that is late does not change when it is due next
        asked += how.interval(asked - begin)
        console.sleep_until(asked)


def replay(minutes, how):
    with Bed(scenario(minutes), speed=SPEED, daemon=False) as bed:
        console = open_console(bed)
        console.wait_registered()
        start = bed.simulator.command('mark begin')
        how.before(console)
        console.command('AT^FOTAOEMDL="%s"' % bed.server.url)
        follow(console, how, lambda state, _seconds: state == 40)
        console.command('AT^FWUP')
        how.after(console)
        seconds = bed.simulator.command('mark end')['time'] - start['time']
        console.close()
        assert seconds > minutes * 60, seconds
        return cost(bed.simulator.transcript(start['index']), seconds)


# Another user of the port

def ask_each_second(ask, clock, seconds):
    """How long each AT+CSQ takes, in seconds of the module."""
    delays = []
    begin = wish = clock.now()
    while wish - begin < seconds:
        ask()
        delays.append(clock.now() - wish)
        wish = max(wish + 1, clock.now())
        clock.sleep_until(wish)
    return delays


def share_with_us(seconds, downloading):
    with Bed(scenario(30), speed=SHARED_SPEED) as bed:
        bed.ready()
        # The daemon's clock goes with the module's also while a command waits
        bed.clock.set_careful(SHARED_SPEED)
        modem = bed.modem
        if downloading:
            bed.verb('Download', url=bed.server.url)
            bed.wait_state(DOWNLOADING)
        question = GLib.Variant('(su)', ('AT+CSQ', 10))
        return ask_each_second(lambda: bed.call(modem, MODEM, 'Command', question), Clock(SHARED_SPEED), seconds)


def share_with_console(seconds, how):
    with Bed(scenario(30), speed=SHARED_SPEED, daemon=False) as bed:
        console = open_console(bed)
        console.wait_registered()
        how.before(console)
        console.command('AT^FOTAOEMDL="%s"' % bed.server.url)
        over = threading.Event()
        follower = threading.Thread(target=follow, args=(console, how, lambda _state, _seconds: over.is_set()))
        follower.start()
        delays = ask_each_second(lambda: console.command('AT+CSQ'), console, seconds)
        over.set()
        follower.join()
        console.close()
        return delays


def run(bench):
    minutes = [2, 30] if bench.quick else [2, 30, 180]
    ours, theirs = {}, {}
    for length in minutes:
        ours[length] = upgrade(length)
        bench.say('%s: ours %d' % (MINUTES[length], ours[length].commands))
        for how in (Eager, Careful):
            theirs[length, how] = replay(length, how)
            bench.say('%s: %s %d' % (MINUTES[length], how.title, theirs[length, how].commands))

    figures = []
    for length in minutes:
        for how, goal in (Eager, 1 / 30), (Careful, 1 / 6):
            figures.append(Figure('commands, ' + MINUTES[length], ours[length].commands, '', how.title,
                                  theirs[length, how].commands, at_most=goal if length == 30 else None))
    for length in minutes[2:]:
        figures.append(Figure('commands, ' + MINUTES[length], ours[length].commands, '', 'ours, 30 min',
                              ours[30].commands, at_most=1.15))
    for how in (Eager, Careful):
        figures.append(Figure('port busy, 30 min', ours[30].share * 100, '%', how.title,
                              theirs[30, how].share * 100))

    seconds = bench.amount(SHARED_SECONDS, 60)
    idle = share_with_us(seconds, False)
    downloading = share_with_us(seconds, True)
    for title, delays in (('daemon, no download', idle), *((how.title, share_with_console(seconds, how))
                                                           for how in (Eager, Careful))):
        for name, statistic in ('mean', mean), ('99th percentile', lambda values: percentile(values, 0.99)):
            figures.append(Figure('AT+CSQ of another, ' + name, statistic(downloading), 's', title, statistic(delays)))
    return figures
