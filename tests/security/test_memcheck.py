#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The stock daemon under valgrind's memcheck, through cases of the integration tests: no error
and no definite leak with a frame of the plugin in it."""

from xml.etree import ElementTree

import place  # noqa: F401  pylint: disable=unused-import
import tap
import harness
import test_bearer
import test_check
import test_download
import test_hostile
import test_upgrade

PLUGIN = 'libmm-plugin-tdtech'
# Valgrind is slow; the module must not be faster
SPEED = 4
PATIENCE = 300


def frames(element):
    for frame in element.iter('frame'):
        yield '%s (%s)' % (frame.findtext('fn') or '?', frame.findtext('file') or frame.findtext('obj') or '?')


def ours(error):
    return any(PLUGIN in (frame.findtext('obj') or '') for frame in error.iter('frame'))


class Memcheck:
    """Mixed into a bed."""

    def __init__(self, scenario=None, **keys):
        keys['speed'] = SPEED
        super().__init__(scenario, **keys)

    def start(self):
        self.daemon_prefix = ['valgrind', '--quiet', '--leak-check=full', '--show-leak-kinds=definite',
                              '--num-callers=40', '--keep-debuginfo=yes', '--xml=yes',
                              '--xml-file=' + self.path('memcheck-%p.xml')]
        # As the documentation of GLib has it
        self.daemon_environment = {**self.daemon_environment, 'G_SLICE': 'always-malloc'}
        super().start()

    def check_sanity(self):
        super().check_sanity()
        process = self.daemon.process
        process.stop(PATIENCE)
        self.daemon_may_be_dead = True
        root = ElementTree.parse(self.path('memcheck-%d.xml' % process.pid)).getroot()
        assert [status.findtext('state') for status in root.iter('status')] == ['RUNNING', 'FINISHED']
        found = [error for error in root.iter('error') if ours(error)]
        assert not found, '\n\n'.join('%s: %s\n  %s' % (error.findtext('kind'), error.findtext('what') or
                                                         error.findtext('xwhat/text'), '\n  '.join(frames(error)))
                                      for error in found[:5])


class MemcheckBed(Memcheck, harness.Bed):
    pass


class MemcheckHostileBed(Memcheck, test_hostile.HostileBed):
    def check(self):
        # Valgrind's own memory is none of the daemon's
        self.simulator.command('clear-faults')
        test_hostile.check_bus(self)
        self.fota_works()


def run(module, *names, bed='Bed', replacement=MemcheckBed):
    original = getattr(module, bed)
    setattr(module, bed, replacement)
    try:
        for name in names:
            getattr(module, 'case_' + name)()
    finally:
        setattr(module, bed, original)


def case_finds():
    """A leak of ours is found at all."""
    text = '<error><stack><frame><obj>/x/%s.so</obj></frame></stack></error>'
    assert ours(ElementTree.fromstring(text % PLUGIN)) and not ours(ElementTree.fromstring(text % 'libglib'))


def case_check():
    run(test_check, 'newer', 'wrong_type_of_option')


def case_download():
    run(test_download, 'expected_version', 'other_version_than_expected')


def case_upgrade():
    run(test_upgrade, 'success')


def case_bearer():
    run(test_bearer, 'disconnect', 'network_drop')


def case_hostile():
    run(test_hostile, 'state_lines', bed='HostileBed', replacement=MemcheckHostileBed)


if __name__ == '__main__':
    tap.run(globals())
