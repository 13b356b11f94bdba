#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the documents name is there, and what is there is in the documents."""

import glob
import os
import re
import subprocess

from place import ROOT, read
import tap

DOCUMENTS = sorted([os.path.relpath(path, ROOT) for path in glob.glob(os.path.join(ROOT, 'docs', '*.md'))] +
                   ['README.md', 'README.zh_CN.md', 'SECURITY.md', 'CONTRIBUTING.md'])
# Folders whose files a document names by their path
PATH = re.compile(r'`((?:plugin|cli|client|agent|release|server|docs|tests|scripts|introspection|dbus|debian|po)/[^`\s…]*)`')
COMMAND = re.compile(r'^(?:[$#] )?((?:scripts|tests)/[\w/.-]+)', re.MULTILINE)


def blocks(text):
    return '\n'.join(re.findall(r'^```\w*\n(.*?)^```', text, re.MULTILINE | re.DOTALL))


def exists(path):
    """A word in capitals stands for any name."""
    return bool(glob.glob(os.path.join(ROOT, re.sub(r'[A-Z]{3,}', '*', path) if path.startswith('tests/') else path)))


def is_unit_test(path, sources):
    """The path as it is written in a source, or a beginning with an end that a table or a macro has."""
    parts = path.split('/')
    return '"%s"' % path in sources or any(
        '"%s/' % '/'.join(parts[:i]) in sources and re.search(r'"/?%s"' % re.escape('/'.join(parts[i:])), sources)
        for i in range(2, len(parts)))


def meson_texts():
    for path in glob.glob(os.path.join(ROOT, 'tests', '**', 'meson.build'), recursive=True):
        yield os.path.relpath(path, ROOT), read(os.path.relpath(path, ROOT))


def case_links():
    for name in DOCUMENTS:
        for target in re.findall(r'\]\(([^)#\s]+)(?:#[^)]*)?\)', read(name)):
            if not re.match(r'\w+:', target):
                path = os.path.join(ROOT, os.path.dirname(name), target)
                assert os.path.exists(path), '%s links to %s' % (name, target)


def case_paths():
    """Also those of the commands."""
    for name in DOCUMENTS:
        text = read(name)
        for path in PATH.findall(text) + COMMAND.findall(blocks(text)):
            assert exists(path), '%s names %s' % (name, path)


def case_names():
    """Functions, types and files without a path, as a newcomer would search for them."""
    # Build folders have whole systems in them
    rooms = [name for name in os.listdir(ROOT) if not name.startswith(('build', 'obj-', '.'))]
    files = {os.path.relpath(path, ROOT) for room in rooms for pattern in ('*.[ch]', '*.py', '*.build', '*.rules', '*.txt')
             for path in glob.glob(os.path.join(ROOT, room, '**', pattern), recursive=True)}
    files |= {name for name in rooms if os.path.isfile(os.path.join(ROOT, name))}
    words = {word for path in files if not path.endswith('.rules') for word in re.findall(r'\w+', read(path))}
    for name in DOCUMENTS:
        for code in re.findall(r'`([^`\n]+)`', re.sub(r'^```.*?^```', '', read(name), flags=re.MULTILINE | re.DOTALL)):
            if re.fullmatch(r'[\w.-]+\.(?:c|h|py|build|rules)', code):
                assert any(path.endswith(code) for path in files), '%s names the file %s' % (name, code)
            word = re.fullmatch(r'(\w+) \(\)|((?:MM|Mmfota|mm_|mmfota_)\w+)', code)
            if word and not re.search(r'[A-Z]{3,}$', word.group(1) or ''):
                assert (word.group(1) or word.group(2)) in words, '%s names %s' % (name, code)


def case_commands_for_one_case():
    """Those with which one case is run, by itself or in gdb, name a case that is there."""
    units = ''.join(read('tests', 'unit', os.path.basename(path))
                    for path in glob.glob(os.path.join(ROOT, 'tests', 'unit', '*.c')))
    text = blocks(read('CONTRIBUTING.md'))
    cases = re.findall(r'^scripts/case (?:--\w+ (?:[a-z]+_\w+ |bt )?)*(\w+) (\w+)', text, re.MULTILINE)
    for area, case in cases:
        paths = glob.glob(os.path.join(ROOT, 'tests', '*', 'test_%s.py' % area))
        assert any('def case_%s(' % case in read(os.path.relpath(path, ROOT)) for path in paths), (area, case)
    assert len(cases) == text.count('scripts/case ') > 3, cases
    for place in re.findall(r'--break (\w+)', text):
        assert any(re.search(r'^%s \(' % place, read(os.path.relpath(path, ROOT)), re.MULTILINE)
                   for path in glob.glob(os.path.join(ROOT, 'plugin', '**', '*.c'), recursive=True)), place
    programs = re.findall(r'build/tests/unit/(test-[\w-]+)(?: -p (\S+))?', text)
    for program, path in programs:
        assert os.path.exists(os.path.join(ROOT, 'tests', 'unit', program + '.c')), program
        assert not path or is_unit_test(path, units), path
    assert len(programs) > 2, programs


def case_every_document_is_found():
    """From README, in one step."""
    readme = read('README.md')
    for name in DOCUMENTS + ['COPYING', 'NEWS']:
        assert name == 'README.md' or '](%s)' % name in readme, name


def case_every_folder_is_explained():
    """In README and in docs/architecture.md."""
    # Not build folders: sources that came without git have them, too
    names = {name for name in os.listdir(ROOT) if os.path.isdir(os.path.join(ROOT, name)) and
             not name.startswith(('.', 'build', 'obj-', '__'))}
    for name in sorted(names - {'scripts', 'docs'}):
        for document in (['README.md', 'docs/architecture.md'] if name != 'debian' else ['README.md']):
            assert re.search(r'`%s/`' % name, read(document)) or re.search(r'`%s/\w+/`' % name, read(document)), (document, name)


def case_flow_is_drawn():
    done = subprocess.run([os.path.join(ROOT, 'scripts', 'draw-flow'), '--check'], stdout=subprocess.PIPE,
                          encoding='utf-8', check=False)
    assert done.returncode == 0, done.stdout
    # As many rows as the table has
    count = int(re.search(r'(\d+) rows', done.stdout).group(1))
    tables = [read(os.path.relpath(path, ROOT)) for path in glob.glob(os.path.join(ROOT, 'plugin', 'flow', '*.[ch]'))]
    rows = sum(len(re.findall(r'^    \{ ', table, re.MULTILINE)) for text in tables for table in
               re.findall(r'^static const \w+Transition \w+\[\] = \{\n(.*?)^\};', text, re.MULTILINE | re.DOTALL))
    assert count == rows > 100, (count, rows)


def case_invariants_are_held():
    """Every test that docs/architecture.md names for an invariant is there."""
    rows = re.findall(r'^\| (I\d+) \| .* \| (.*) \|$', read('docs', 'architecture.md'), re.MULTILINE)
    assert [name for name, _ in rows] == ['I%d' % number for number in range(1, 12)], rows
    units = ''.join(read('tests', 'unit', os.path.basename(path))
                    for path in glob.glob(os.path.join(ROOT, 'tests', 'unit', '*.c')))
    builds = ''.join(text for _, text in meson_texts())
    for name, tests in rows:
        named = [test for test in re.findall(r'`([^`]+)`', tests) if test != 'violations']
        assert named, name
        for test in named:
            if test.startswith('/'):
                assert '…' in test or is_unit_test(test, units), '%s: no %s' % (name, test)
                continue
            area, _, case = test.partition(' ')
            files = glob.glob(os.path.join(ROOT, 'tests', '*', 'test_%s.py' % area))
            assert (any('def case_%s(' % case in read(os.path.relpath(path, ROOT)) for path in files) or
                    re.sub(r'\d+', '@', test) in re.sub(r"@\d@", '@', builds)), '%s: no test %s' % (name, test)


def case_invariants_in_comments_are_explained():
    """The invariants I1 … and the agent's rules J1 …; and nothing cites a list that is not here."""
    known = set(re.findall(r'^\| ([IJ]\d+) \|', read('docs', 'architecture.md'), re.MULTILINE))
    assert len(known) == 11 + 8, known
    for room in ('plugin', 'cli', 'client', 'agent', 'release', 'server', 'introspection', 'tests', 'docs'):
        for path in glob.glob(os.path.join(ROOT, room, '**', '*'), recursive=True):
            if path.endswith(('.c', '.h', '.py', '.xml', '.md')):
                text = read(os.path.relpath(path, ROOT))
                for name in re.findall(r'(?<=[(* "])[IJ]\d+(?=[:) ])', text):
                    assert name in known, (path, name)
                cited = re.search(r'(?i:guide)[:,]?\s(?:row )?[A-Z]\d\b|^\| [A-HK-Z]\d: ', text, re.MULTILINE)
                assert not cited, (path, cited.group(0))


def case_suites_are_explained():
    suites = set()
    for _, text in meson_texts():
        for value in re.findall(r"suite: (\[[^\]]*\]|'[^']*')", text) + re.findall(r"': \['(\w+)', \d+\]", text):
            suites |= set(re.findall(r"'([\w-]+)'", value) or [value])
    explained = set(re.findall(r'^\| (\w+) \| ', read('CONTRIBUTING.md').split('| suite |')[1].split('\n\n')[0], re.MULTILINE))
    assert suites <= explained, 'not in CONTRIBUTING.md: %s' % sorted(suites - explained)
    assert explained <= suites, 'only in CONTRIBUTING.md: %s' % sorted(explained - suites)


def case_options_are_explained():
    text = read('CONTRIBUTING.md')
    for name in re.findall(r"^option\('(\w+)'", read('meson_options.txt'), re.MULTILINE):
        assert '`%s`' % name in text, name


def case_version_is_one():
    version = re.search(r"^  version: '([\d.]+)'", read('meson.build'), re.MULTILINE).group(1)
    released = re.findall(r'^(\d+(?:\.\d+)+) \(\d{4}-\d\d-\d\d\)$', read('NEWS'), re.MULTILINE)
    packaged = re.match(r'modemmanager-tdtech \(([\d.]+?)(?:-\d+)?\)', read('debian', 'changelog')).group(1)
    assert released[0] == version, 'NEWS has %s, meson.build %s' % (released[0], version)
    assert packaged == version, 'debian/changelog has %s, meson.build %s' % (packaged, version)
    # Nowhere else, or a release would forget it
    for pattern in ('plugin/**/*', 'cli/**/*', 'client/**/*', 'agent/**/*', 'release/**/*', 'server/**/*'):
        for path in glob.glob(os.path.join(ROOT, pattern), recursive=True):
            if os.path.isfile(path) and '__pycache__' not in path:
                with open(path, encoding='utf-8', errors='replace') as source:
                    assert not re.search(r'(?<![\d.])%s(?![\d.])' % re.escape(version), source.read()), path


def case_news_has_kinds_of_change():
    kinds = set(re.findall(r'^([A-Z]\w+)$', read('NEWS'), re.MULTILINE))
    assert kinds <= {'Unreleased', 'Added', 'Changed', 'Fixed', 'Removed', 'Security'}, kinds


def case_interface_is_explained():
    """docs/dbus.md has every member, number and error of the contract."""
    text = read('docs', 'dbus.md')
    xml = read('introspection', 'com.td_tech.ModemManager1.Modem.Fota.xml')
    for kind, name in re.findall(r'<(method|property|signal) name="(\w+)"', xml):
        assert re.search(r'\b%s\b' % name, text), (kind, name)
    header = read('introspection', 'mm-tdtech-fota-enums.h')
    for kind, name, value in re.findall(r'MM_TDTECH_FOTA_(STATE|EVENT|OUTCOME|BLOCKER)_(\w+)\s*= ([^,\n]+)', header):
        number = eval(value, {})  # pylint: disable=eval-used
        if name != 'NONE':
            words = {'DATA': 'data session', 'REFUSED': 'refused'}.get(name, name.lower()) if kind == 'BLOCKER' else name.lower()
            assert re.search(r'\b%d %s' % (number, words.replace('_', '[- ]')), text), (kind, name, number)
    errors = re.search(r'Error\.Fota\.(\w+) \(state 13,13\),(.*?)\.\s', xml, re.DOTALL)
    for name in [errors.group(1)] + re.findall(r'\b[A-Z]\w+[a-z]\w*\b', errors.group(2)):
        assert '\n| %s |' % name in text, name
    for option in re.findall(r'^    \{ "([\w-]+)", +"', read('plugin', 'fota', 'mm-tdtech-fota-options.c'), re.MULTILINE):
        assert option in text, option


if __name__ == '__main__':
    tap.run(globals())
