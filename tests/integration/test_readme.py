#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""README's examples do what they say, as they stand."""

import os
import re
import shlex

import tap
from harness import NEW_VERSION, SERVICE, Bed

README = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'README.md')
EXAMPLE_URL = 'http://fota.example.net/mt5700/'
EXAMPLE_VERSION = '1.3.0.0(SP1C02)'
EXAMPLE_MODEM = '/org/freedesktop/ModemManager1/Modem/0'


def blocks(language):
    with open(README, encoding='utf-8') as source:
        return re.findall(r'^```%s\n(.*?)^```' % language, source.read(), re.MULTILINE | re.DOTALL)


def made_true(bed, text):
    """The example's names replaced by those that exist here."""
    return (text.replace(EXAMPLE_URL, bed.server.url).replace(EXAMPLE_VERSION, NEW_VERSION)
            .replace(EXAMPLE_MODEM, bed.modem))


def case_python():
    script, = blocks('python')
    with Bed() as bed:
        bed.ready()
        done = bed.run('/usr/bin/python3', '-c', made_true(bed, script), check=0)
        assert done.stdout.split() == ['1'], done.stdout
        assert bed.fota()['Update']['version'] == NEW_VERSION


def case_busctl():
    """Line by line, each when the one before has had its effect."""
    block, = (block for block in blocks('') if '$ busctl call' in block)
    lines = block.splitlines()
    assignment = next(line for line in lines if line.startswith('$ M='))
    target = shlex.split(assignment[2:])[0].split('=', 1)[1]
    with Bed() as bed:
        assert target.split()[0] == SERVICE
        bed.ready()
        answers = []
        for line in lines:
            if not line.startswith('$ busctl'):
                continue
            words = shlex.split(made_true(bed, line[2:].replace('$M', target)))
            # An upgrade needs a package
            if 'Upgrade' in words:
                bed.wait_result(bed.verb('Download', url=bed.server.url))
            done = bed.run(words[0], '--system', *words[1:], check=0)
            answers.append(done.stdout.strip())
            if 'Check' in words:
                bed.wait_result(answers[-1].split('"')[1])
        check, state, update, upgrade, cancel = answers
        assert check.startswith('s "') and upgrade.startswith('s "'), answers
        assert state == 'u 3', answers
        assert update.startswith('a{sv} ') and '"version" s "%s"' % NEW_VERSION in update, answers
        assert not cancel, answers



if __name__ == '__main__':
    tap.run(globals())
