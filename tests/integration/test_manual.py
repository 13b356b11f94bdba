#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The manual page: its examples do what they say, as they stand, and man has nothing to complain of."""

import json
import os
import re
import shlex
import subprocess
import tempfile

import tap
from contract import SUCCEEDED
from harness import MMFOTA, NEW_VERSION, OLD_VERSION, SOURCE, Bed
from test_client import run_on_terminal

PAGE = os.path.join(SOURCE, 'cli', 'mmfota.1')
EXAMPLE_URL = 'http://fota.example.com/mt5700/'
# A night is too long for a test
EXAMPLE_DELAY = '--delay=4h'


def examples():
    """The command lines of each example."""
    with open(PAGE, encoding='ascii') as source:
        section = re.search(r'^\.Sh EXAMPLES\n(.*?)^\.Sh ', source.read(), re.MULTILINE | re.DOTALL).group(1)
    found = []
    for paragraph in re.split(r'^(?!\.Dl|\.Pp)', section, flags=re.MULTILINE):
        lines = re.findall(r'^\.Dl (mmfota .*)$', paragraph, re.MULTILINE)
        if lines:
            found.append(lines)
    return found


def run(bed, line):
    words = [MMFOTA, *shlex.split(line.replace(EXAMPLE_URL, bed.server.url).replace(EXAMPLE_DELAY, '--delay=10s'))[1:]]
    if ('--update' in words or '--upgrade' in words) and '-y' not in words:
        status, text = run_on_terminal(bed, words, [('[y/N]', 'y\n')])
    else:
        done = bed.run(*words)
        status, text = done.returncode, done.stdout
    assert status == 0, (line, status, text)
    return text


def example(containing):
    lines, = (lines for lines in examples() if containing in lines[0])
    return lines


def upgraded(bed):
    fota = bed.fota()
    assert fota['Version'] == NEW_VERSION and fota['Result']['outcome'] == SUCCEEDED, fota
    assert fota['Result']['from'] == OLD_VERSION, fota


SCENARIO = {'timing': {'download-seconds': 60}}


def case_all_examples_are_run():
    """That of --report is what test_reports.py does, with the rights that it needs."""
    firsts = [lines[0] for lines in examples()]
    assert len(firsts) == 6, firsts
    for containing in ('--check', 'mmfota --update', '-y --update', '--download', '--report', '--events'):
        example(containing)


def case_check_and_events():
    with Bed(SCENARIO) as bed:
        bed.ready()
        line, = example('--check')
        assert NEW_VERSION in run(bed, line)
        line, = example('--events')
        events = json.loads(run(bed, line))['modem']['events']
        assert [event['kind'] for event in events] == ['update-available'], events


def case_update():
    with Bed(SCENARIO) as bed:
        bed.ready()
        line, = example('mmfota --update')
        run(bed, line)
        upgraded(bed)


def case_nightly():
    """The first night a call is up all the time; the second finds the package and goes on."""
    with Bed(SCENARIO) as bed:
        bed.ready()
        line, = example('-y --update')
        bed.simulator.command('call ring')
        done = bed.mmfota(*shlex.split(line.replace(EXAMPLE_URL, bed.server.url)
                                       .replace(EXAMPLE_DELAY, '--delay=1s'))[1:], '--wait=2', check=1)
        assert json.loads(done.stdout)['error']['name'].endswith('ConditionsNotMet'), done.stdout
        bed.simulator.command('call end')
        fetched = bed.server.bytes_sent(bed.release.name)
        assert json.loads(run(bed, line))['modem']['fota']['version'] == NEW_VERSION
        upgraded(bed)
        assert bed.server.bytes_sent(bed.release.name) == fetched
        # The third night there is nothing to do
        bed.mmfota('-y', '--update', bed.server.url, check=2)


def case_download_then_upgrade():
    with Bed(SCENARIO) as bed:
        bed.ready()
        for line in example('--download'):
            run(bed, line)
        upgraded(bed)


def case_no_warnings():
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(['localedef', '-i', 'zh_CN', '-f', 'GB18030', os.path.join(folder, 'zh_CN.GB18030')], check=True)
        for locale in ('C', 'C.UTF-8', 'zh_CN.GB18030'):
            for width in ('80', '120'):
                done = subprocess.run(['man', '--warnings=all', '-l', PAGE], stdin=subprocess.DEVNULL,
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True,
                                      env=dict(os.environ, LOCPATH=folder, LC_ALL=locale, MANWIDTH=width))
                assert done.stdout and not done.stderr, (locale, done.stderr)


if __name__ == '__main__':
    tap.run(globals())
