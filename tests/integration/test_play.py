#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""scripts/play's desk: what it says to try works as it says, and nothing of it stays."""

import os
import pty
import re
import select
import signal
import subprocess
import time

import tap
from harness import NEW_VERSION, OLD_VERSION, SOURCE

PLAY = os.path.join(SOURCE, 'tests', 'integration', 'play.py')

# Nothing here depends on speed: this only ends what hangs.
LIMIT = 240


class Player:
    """Somebody at the terminal."""

    def __init__(self):
        self.text = ''
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.execv(PLAY, [PLAY])

    def read(self):
        """False at the end."""
        if not select.select([self.master], [], [], 0.2)[0]:
            return True
        try:
            data = os.read(self.master, 65536)
        except OSError:
            data = b''
        self.text += data.decode('utf-8', 'replace')
        return bool(data)

    def until(self, words):
        """What was said until then."""
        end = time.monotonic() + LIMIT
        while words not in self.text:
            assert self.read() and time.monotonic() < end, 'no %r in:\n%s' % (words, self.text)
        said, self.text = self.text.split(words, 1)
        return said

    def type(self, line):
        os.write(self.master, (line + '\n').encode())

    def exit(self):
        end = time.monotonic() + LIMIT
        while self.read():
            assert time.monotonic() < end, self.text
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def case_the_tour():
    player = Player()
    try:
        welcome = player.until('play$ ')
        commands = re.findall(r'^  (mmfota.*?)\r?$', welcome, re.MULTILINE)
        assert len(commands) == 3, welcome
        folder = os.path.dirname(os.path.dirname(re.search(r'listens at (\S+)', welcome).group(1)))
        assert os.path.isdir(folder), folder
        player.type(commands[0])
        assert OLD_VERSION in player.until('play$ ')
        player.type(commands[1])
        assert NEW_VERSION in player.until('play$ ')
        player.type(commands[2])
        player.until('[y/N]')
        player.type('y')
        said = player.until('play$ ')
        assert 'from version %s to %s' % (OLD_VERSION, NEW_VERSION) in said, said
        player.type('exit 3')
        assert player.exit() == 3, player.text
        assert not os.path.exists(folder)
    except BaseException:
        os.kill(player.pid, signal.SIGTERM)
        player.exit()
        raise


def case_a_command():
    done = subprocess.run([PLAY, 'bash', '-c', 'mmfota -J && mmfota --check "$PLAY_URL"'], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, encoding='utf-8', timeout=LIMIT)
    assert done.returncode == 0 and OLD_VERSION in done.stdout and NEW_VERSION in done.stdout, done


if __name__ == '__main__':
    tap.run(globals())
