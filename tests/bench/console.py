# SPDX-License-Identifier: GPL-2.0-or-later
"""A web console's way to follow the module: a script that speaks AT on its port and asks
again and again."""

import os
import re
import select
import termios
import threading
import time
import tty

import benchmark  # noqa: F401  pylint: disable=unused-import
from processes import wait_for

# Also those that TD Tech's modules end a command with (seen)
FINAL = re.compile(rb'\r\n(OK|ERROR[^\r]*|COMMAND NOT SUPPORT|\+CME ERROR[^\r]*)\r\n')
STATE = re.compile(r'\^FOTASTATE:\s*(\d+)')


class Clock:
    """The module's: seconds from now on."""

    def __init__(self, speed):
        self.speed = speed
        self.begin = time.monotonic()

    def now(self):
        return (time.monotonic() - self.begin) * self.speed

    def sleep_until(self, when):
        time.sleep(max(0, (when - self.now()) / self.speed))


class Turns:
    """A lock that is taken in the order of asking."""

    def __init__(self):
        self.condition = threading.Condition()
        self.given = self.served = 0

    def __enter__(self):
        with self.condition:
            ticket = self.given
            self.given += 1
            self.condition.wait_for(lambda: self.served == ticket)

    def __exit__(self, *_error):
        with self.condition:
            self.served += 1
            self.condition.notify_all()


class Console(Clock):
    """Speaks AT on the PCUI port of a simulated module, one command after the other. Threads
    may share it."""

    PORT = '/dev/ttyUSB1'

    def __init__(self, simulator, speed):
        super().__init__(speed)
        self.turns = Turns()
        self.fd = os.open(simulator.umockdev_dir + self.PORT, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        tty.setraw(self.fd, termios.TCSANOW)
        # A module that boots takes no commands yet
        wait_for('an answer', self._wakes_up)

    def _wakes_up(self):
        try:
            return self.command('ATE0', patience=1)
        except TimeoutError:
            return None

    def command(self, text, patience=60):
        """The answer, unsolicited lines and all."""
        with self.turns:
            return self._exchange(text, patience)

    def _exchange(self, text, patience):
        os.write(self.fd, text.encode() + b'\r')
        answer = b''
        end = time.monotonic() + patience
        while not FINAL.search(answer):
            ready, _, _ = select.select([self.fd], [], [], max(0, end - time.monotonic()))
            if not ready:
                raise TimeoutError('no answer to %s: %r' % (text, answer))
            answer += os.read(self.fd, 65536)
        return answer.decode('ascii', 'replace')

    def state(self):
        found = STATE.findall(self.command('AT^FOTASTATE?'))
        return int(found[-1]) if found else None

    def wait_registered(self):
        """Home or roaming, LTE or NR."""
        wait_for('registration', lambda: any(re.search(r'REG: *\d, *[15]', self.command('AT+%s?' % name))
                                             for name in ('CEREG', 'C5GREG')))

    def close(self):
        os.close(self.fd)


def open_console(bed):
    """Once the module answers."""
    wait_for('the port', lambda: os.path.exists(bed.simulator.umockdev_dir + Console.PORT))
    return Console(bed.simulator, bed.speed)
