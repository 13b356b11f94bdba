#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 modemmanager-tdtech authors

"""mmfota-notify on a real screen (Xvfb) with a real server of notifications (Debian's notification-daemon).
What is seen is kept in the build folder, tests/notify/screenshots."""

import os
import re
import subprocess

from desk import BUILD, NAME, System, clean_environment, wait_for
from picture import Picture

import tap

SERVER = '/usr/lib/notification-daemon/notification-daemon'
WIDTH, HEIGHT = 900, 500
# The buttons are words in the lowest part of the window, further from each other than the words of one
BUTTONS_HEIGHT = 55
GAP = 12
PICTURES = os.path.join(BUILD, 'tests', 'notify', 'screenshots')


class Screen:
    """A desk with a screen, a pointer and somebody who looks."""

    def __init__(self, system, name):
        self.name = name
        self.desk = system.desk(capabilities=None)
        folder = os.path.join(self.desk.folder, 'screen')
        os.mkdir(folder)
        self.file = os.path.join(folder, 'Xvfb_screen0')
        reading, writing = os.pipe()
        os.set_inheritable(writing, True)
        self.server = self.desk.process('xvfb', [
            'Xvfb', '-displayfd', str(writing), '-screen', '0', '%dx%dx24' % (WIDTH, HEIGHT), '-nolisten', 'tcp',
            '-fbdir', folder], clean_environment(), close_fds=False)
        os.close(writing)
        with os.fdopen(reading, encoding='ascii') as numbers:
            number = numbers.readline().strip()
        assert number, 'Xvfb did not start'
        self.env = clean_environment(DISPLAY=':' + number, HOME=self.desk.folder, GSETTINGS_BACKEND='memory',
                                     NO_AT_BRIDGE='1', DBUS_SESSION_BUS_ADDRESS=self.desk.bus.address,
                                     DBUS_SYSTEM_BUS_ADDRESS='unix:path=/nowhere')
        self.daemon = self.desk.process('notification-daemon', [SERVER], self.env)
        wait_for(lambda: self.desk.owner(NAME), 'the server of notifications')

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        os.makedirs(PICTURES, exist_ok=True)
        try:
            Picture(self.file).save(os.path.join(PICTURES, self.name + '-end.png'))
        finally:
            self.daemon.kill()
            self.server.kill()

    def xdotool(self, *arguments):
        return subprocess.run(['xdotool', *arguments], env=self.env, stdin=subprocess.DEVNULL, capture_output=True,
                              encoding='utf-8', check=False).stdout

    def windows(self):
        """x, y, width and height of each notification."""
        found = []
        for window in self.xdotool('search', '--onlyvisible', '--name', '^Notification$').split():
            text = self.xdotool('getwindowgeometry', '--shell', window)
            values = dict(re.findall(r'^(\w+)=(\d+)$', text, re.MULTILINE))
            if {'X', 'Y', 'WIDTH', 'HEIGHT'} <= set(values):
                found.append(tuple(int(values[key]) for key in ('X', 'Y', 'WIDTH', 'HEIGHT')))
        return found

    def buttons(self, picture, window):
        """The middle of each, from left to right."""
        left, top, width, height = window
        rows = range(top + height - BUTTONS_HEIGHT, top + height - 12)
        background = picture.pixel(left + width // 2, top + height - 12)
        marked = [x for x in range(left + 12, left + width - 12)
                  if any(picture.pixel(x, y) != background for y in rows)]
        words = []
        for x in marked:
            if not words or x - words[-1][1] > GAP:
                words.append([x, x])
            words[-1][1] = x
        lines = [y for y in rows for first, last in words[:1]
                 if any(picture.pixel(x, y) != background for x in range(first, last + 1))]
        return [((first + last) // 2, (lines[0] + lines[-1]) // 2) for first, last in words]

    def look(self, count, name):
        """The buttons, once there is one notification that has that many, and is seen the same twice."""
        before = []

        def steady():
            windows = self.windows()
            if len(windows) != 1:
                return None
            picture = Picture(self.file)
            buttons = self.buttons(picture, windows[0])
            if len(buttons) != count or before[-1:] != [(windows, picture.rows)]:
                before.append((windows, picture.rows))
                return None
            return picture, windows[0], buttons
        picture, window, buttons = wait_for(steady, '%d buttons' % count)
        os.makedirs(PICTURES, exist_ok=True)
        picture.save(os.path.join(PICTURES, '%s-%s.png' % (self.name, name)))
        return window, buttons

    def click(self, x, y):
        self.xdotool('mousemove', str(x), str(y))
        self.xdotool('click', '1')

    def is_empty(self):
        return not self.windows()


def case_click_on_each_button():
    with System() as system, Screen(system, 'buttons') as screen:
        for number, choice in enumerate(('now', 'later', 'skip')):
            system.agent.asks(id='q-%d' % number)
            _window, buttons = screen.look(3, choice)
            screen.click(*buttons[number])
            wait_for(lambda: len(system.answers()) > number, 'the answer')
            assert system.answers()[-1] == ('q-%d' % number, choice, {}), system.answers()
            wait_for(screen.is_empty, 'the notification to go')


def case_last_notice():
    """It takes the place of the question."""
    with System() as system, Screen(system, 'notice') as screen:
        system.agent.asks()
        screen.look(3, 'question')
        system.agent.asks(kind='notice', choices=['now', 'cancel'])
        _window, buttons = screen.look(2, 'notice')
        screen.click(*buttons[1])
        wait_for(system.answers, 'the answer')
        assert system.answers() == [('q-1', 'cancel', {})], system.answers()
        wait_for(screen.is_empty, 'the notification to go')


def case_cross_is_no_answer():
    with System() as system, Screen(system, 'cross') as screen:
        system.agent.asks()
        (left, top, width, _height), _buttons = screen.look(3, 'question')
        screen.click(left + width - 24, top + 28)
        wait_for(screen.is_empty, 'the notification to go')
        assert not system.answers(), system.answers()
        # The next thing that is said is seen again
        system.agent.asks(kind='notice', choices=['now', 'cancel'])
        screen.look(2, 'notice')
        assert not system.answers(), system.answers()


def case_answered_in_a_terminal():
    with System() as system, Screen(system, 'terminal') as screen:
        system.agent.asks(description='Ein <b>Fehler</b> & 修复')
        screen.look(3, 'question')
        # It needs the agent, which is in this process: nobody may wait for it in a call
        answer = screen.desk.process('mmfota', [os.path.join(BUILD, 'cli', 'mmfota'), '--answer=later'])
        wait_for(lambda: not answer.is_alive(), 'mmfota')
        assert answer.popen.returncode == 0, answer.popen.returncode
        assert system.answers() == [('q-1', 'later', {})], system.answers()
        wait_for(screen.is_empty, 'the notification to go')


if __name__ == '__main__':
    tap.run(globals())
