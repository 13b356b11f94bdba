#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Each report of a unit, played to the stock daemon with our plugin: plugged in,
registered, connected, checked, downloaded, upgraded. Arguments: reports, relative to this
folder; none: all."""

import glob
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), 'integration'))

import tap  # noqa: E402  pylint: disable=wrong-import-position
from contract import DOWNLOADED, SUCCEEDED  # noqa: E402  pylint: disable=wrong-import-position
from harness import Bed, wait_for  # noqa: E402  pylint: disable=wrong-import-position
from report import LASTING, LASTING_OVER_UPGRADE, Report, differences, plug, properties_of  # noqa: E402  pylint: disable=wrong-import-position
from server import Release  # noqa: E402  pylint: disable=wrong-import-position

VERSION_AFTER = '9.8.7.6(SP1C02)'


class FieldBed(Bed):
    """What the report has of an update goes by its own server and versions."""

    def __init__(self, path):
        self.report = Report(path)
        self.replay = path
        super().__init__({'module': {'plugged': False}, 'timing': {'download-seconds': 5, 'flash-seconds': 20},
                          'port': {'order': 'same'}},
                         release=Release(version=VERSION_AFTER))


def lasting(report):
    """The properties are those of its end: one with an upgrade has another firmware in them, and maybe no network yet."""
    if any(command.startswith('AT^FWUP') for command in report.commands()):
        return LASTING_OVER_UPGRADE
    return LASTING


def wait_for_unit(bed, expected):
    """Until the modem is what the report says it is; some of it is read late."""
    told = []

    def is_the_same():
        told[:] = differences(expected, properties_of(bed), lasting(bed.report))
        return not told
    try:
        wait_for('the properties of the report', is_the_same)
    except AssertionError as error:
        raise AssertionError('\n'.join(told)) from error


def play(path):
    with FieldBed(path) as bed:
        plug(bed)
        wait_for_unit(bed, bed.report.properties())
        bed.connect()
        result = bed.wait_result(bed.verb('Check', url=bed.server.url))
        assert result['outcome'] == SUCCEEDED, result
        offered = result['to']
        result = bed.wait_result(bed.verb('Download', url=bed.server.url))
        assert result['outcome'] == SUCCEEDED and bed.fota()['State'] == DOWNLOADED, result
        # What it runs afterwards is what it has said it had downloaded
        result = bed.wait_result(bed.verb('Upgrade'))
        assert result['outcome'] == SUCCEEDED and result['to'] == offered, result
        status = bed.simulator.status()
        assert status['fota']['flashes-done'] == 1, status['fota']
        assert status['replay']['known'] > 0, status['replay']
        print('# not in the report: %s' % ', '.join(status['replay']['unknown']), flush=True)


def main():
    paths = sorted(glob.glob(os.path.join(HERE, '*', '*.txt')))
    cases = {os.path.relpath(path, HERE): path for path in paths}
    tap.run({'case_' + name: (lambda path=path: play(path)) for name, path in cases.items()})


if __name__ == '__main__':
    main()
