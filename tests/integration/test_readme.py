#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The examples of README, in both languages, and docs/dbus.md do what they say, as they stand."""

import os
import re
import shlex
import subprocess
import tempfile

import tap
from harness import BUILD, MMFOTA, NEW_VERSION, SERVICE, Bed, Release

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..')
README = os.path.join(ROOT, 'README.md')
READMES = (README, os.path.join(ROOT, 'README.zh_CN.md'))
INTERFACE = os.path.join(ROOT, 'docs', 'dbus.md')
EXAMPLE_URL = 'http://fota.example.net/mt5700/'
EXAMPLE_VERSION = '1.3.0.0(SP1C02)'
EXAMPLE_MODEM = '/org/freedesktop/ModemManager1/Modem/0'


def blocks(language, path):
    with open(path, encoding='utf-8') as source:
        return re.findall(r'^```%s\n(.*?)^```' % language, source.read(), re.MULTILINE | re.DOTALL)


def made_true(bed, text):
    """The example's names replaced by those that exist here."""
    return (text.replace(EXAMPLE_URL, bed.server.url).replace(EXAMPLE_VERSION, NEW_VERSION)
            .replace(EXAMPLE_MODEM, bed.modem))


def case_python():
    script, = blocks('python', INTERFACE)
    with Bed() as bed:
        bed.ready()
        done = bed.run('/usr/bin/python3', '-c', made_true(bed, script), check=0)
        assert done.stdout.split() == ['1'], done.stdout
        assert bed.fota()['Update']['version'] == NEW_VERSION


def case_busctl():
    """Line by line, each when the one before has had its effect."""
    block, = (block for block in blocks('', INTERFACE) if '$ busctl call' in block)
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


def example(command):
    """The line with the command, and what README says comes of it: the same in both languages."""
    found = []
    for path in READMES:
        found += [(line[2:], lines[i + 1:]) for block in blocks('', path) for lines in [block.splitlines()]
                  for i, line in enumerate(lines) if line.startswith('$ ' + command)][:1]
    assert len(found) == len(READMES) and found[0] == found[1], (command, found)
    return found[0]


def case_tour():
    """Command by command; the last line is the one that README has."""
    release = Release(size=6000000)
    with Bed(release=release) as bed:
        bed.ready()
        bed.connect()
        for command in ('mmfota --check', 'mmfota --download', 'mmfota --upgrade'):
            line, expected = example(command)
            done = bed.run(MMFOTA, *shlex.split(made_true(bed, line))[1:], check=0)
            last = done.stdout.splitlines()[-1]
            assert last == made_true(bed, expected[-1]), (line, last, expected[-1])
        # What is shown afterwards: the same lines with the same names
        _line, expected = next((line, lines) for block in blocks('', README) for lines in [block.splitlines()]
                               for line in lines[:1] if line == '$ mmfota' and len(lines) > 5)
        shown = bed.run(MMFOTA, check=0).stdout
        def names(lines):
            return [re.sub(r':( .*)?$', '', line).strip() for line in lines if re.search(r'\|.*: ', line)]
        assert len(names(_strip(expected))) > 10, expected
        assert names(shown.splitlines()) == names(_strip(expected)), (shown, expected)


def _strip(lines):
    return [line for line in lines if not line.startswith('$')]


PROGRAMS = {'mmfota': MMFOTA, 'mmfota-agent': os.path.join(BUILD, 'agent', 'mmfota-agent'),
            'mmfota-server': os.path.join(BUILD, 'server', 'mmfota-server')}


def commands(path):
    """Each line with one of our programs, in blocks and in the text."""
    with open(path, encoding='utf-8') as source:
        text = source.read()
    lines = [line for block in re.findall(r'^```\w*\n(.*?)^```', text, re.MULTILINE | re.DOTALL) for line in block.splitlines()]
    lines += re.findall(r'`([^`\n]+)`', re.sub(r'(?ms)^```.*?^```', '', text))
    for line in lines:
        words = re.sub(r'(?:^|\s+)# .*| [>&].*', '', re.sub(r'^(\$ |sudo )', '', line))
        if words.split(' ')[0] in PROGRAMS:
            yield shlex.split(words)


def case_commands_are_understood():
    """What needs a server of firmware, root or a person at the machine is not run here, but its options are read."""
    for path in READMES:
        found = [words for words in commands(path) if os.path.exists(PROGRAMS[words[0]])]
        assert len(found) > 10, found
        for words in found:
            done = subprocess.run([PROGRAMS[words[0]], *words[1:], '--help'], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                  encoding='utf-8', check=False)
            assert done.returncode == 0 and not done.stderr, (path, words, done.stderr)


def case_server():
    """The commands for a firmware server one after the other, in a folder in place of the machine's, as far as no nginx is needed."""
    if not os.path.exists(PROGRAMS['mmfota-server']):
        return
    for path in READMES:
        with tempfile.TemporaryDirectory(prefix='tdtech-readme-') as folder:
            with open(os.path.join(folder, 'ota.swu'), 'wb') as package:
                package.write(os.urandom(100000))
            with open(os.path.join(folder, 'access.log'), 'w', encoding='ascii') as log:
                log.write('192.0.2.1 - - [28/Nov/2026:03:00:00 +0000] "GET /full/filelist.xml HTTP/1.1" 200 300 "-" "-"\n')
            done = {}
            for words in commands(path):
                if words[0] == 'mmfota-server' and len(words) > 2 and words[1] in ('--make', '--certificates', '--site', '--log'):
                    words = [word.replace('/srv/mmfota', folder + '/srv').replace('/etc/mmfota-server', folder + '/tls')
                             .replace('/var/log/nginx', folder) for word in words]
                    answer = subprocess.run([PROGRAMS[words[0]], *words[1:]], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                            encoding='utf-8', check=False, cwd=folder)
                    assert answer.returncode in (0, 2), (path, words, answer)
                    done[words[1]] = answer.stdout
            assert set(done) == {'--make', '--certificates', '--site', '--log'}, done.keys()
            assert os.path.exists(os.path.join(folder, 'srv', 'full', 'filelist.xml'))
            assert re.search(r'listen .*8443', done['--site']), done['--site']
            # A module gets it
            checked = subprocess.run([PROGRAMS['mmfota-server'], '--check', os.path.join(folder, 'srv')], stdout=subprocess.PIPE,
                                     encoding='utf-8', check=False)
            assert checked.returncode in (0, 2), checked.stdout


# ModemManager's own, where its log is told of
DAEMON_OPTIONS = '--log-'


def case_options_of_the_client():
    """Each option that README, the documents and SECURITY.md name is one of mmfota's."""
    known = set()
    for group in ('--help', '--help-all'):
        done = subprocess.run([MMFOTA, group], stdout=subprocess.PIPE, encoding='utf-8', check=False)
        known |= set(re.findall(r'--[a-z][a-z-]+', done.stdout))
    for name in ('README.md', 'README.zh_CN.md', 'docs/troubleshooting.md'):
        with open(os.path.join(ROOT, name), encoding='utf-8') as source:
            for line in source:
                if 'scripts/' not in line and 'nmcli' not in line and 'meson' not in line and 'apt' not in line:
                    for option in re.findall(r'`(?:mmfota )?(--[a-z][a-z-]+)', line):
                        assert option in known or option.startswith(DAEMON_OPTIONS), (name, option)


if __name__ == '__main__':
    tap.run(globals())
