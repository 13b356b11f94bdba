#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The rooms know each other in one direction only, as docs/architecture.md draws it."""

import glob
import os
import re

from place import ROOT, read
import tap

# The rooms that files of a room may include, besides the contract (introspection) that all may
ARROWS = {
    '': {'modem', 'daemon'},
    'modem': {'fota', 'at', 'daemon'},
    'fota': {'flow', 'state', 'at', 'daemon'},
    'state': {'flow', 'at'},
    'flow': {'at'},
    'at': set(),
    'daemon': set(),
}
# The same of our programs and their libraries; files of agent/notify/ use nothing of agent/
PROGRAMS = {
    'client': set(),
    'release': set(),
    'cli': {'client'},
    'agent': {'client', 'release'},
    'agent/notify': {'client'},
    'server': {'release'},
}
# Decides, and does nothing: what includes these headers can
IMPURE = {'mm-gdbus-fota.h', 'mmfota-modem.h', 'mmfota-agent-http.h', 'gio/gio.h', 'libmm-glib.h', 'ModemManager.h'}
# Linked into unit tests and fuzz targets without the daemon, so no header of it or of its libraries
PURE = ('at', 'flow')
PURE_LIBRARIES = {'glib.h', 'gio/gio.h', 'ModemManager.h', 'libmm-glib.h', 'string.h', 'errno.h', 'math.h'}


def sources():
    """Path below plugin/ → the bare names that it includes with quotes."""
    plugin = os.path.join(ROOT, 'plugin')
    found = {}
    for path in glob.glob(os.path.join(plugin, '**', '*.[ch]'), recursive=True):
        name = os.path.relpath(path, plugin)
        found[name] = re.findall(r'^#include "([^"]+)"', read('plugin', name), re.MULTILINE)
    assert len(found) > 60, len(found)
    return found


def room_of(path):
    return os.path.dirname(path)


def includes():
    """(file, file that it includes), both below plugin/."""
    found = sources()
    places = {os.path.basename(path): path for path in found}
    assert len(places) == len(found), 'two files of one name: plugin/ could not be flattened'
    for path, names in sorted(found.items()):
        for name in names:
            assert '/' not in name, '%s includes %s: includes are bare names' % (path, name)
            if name in places:
                yield path, places[name]


def case_every_folder_is_a_room():
    assert {room_of(path) for path in sources()} == set(ARROWS)


def case_arrows():
    wrong = {(path, other) for path, other in includes()
             if room_of(path) != room_of(other) and room_of(other) not in ARROWS[room_of(path)]}
    assert not wrong, 'against the arrows of docs/architecture.md: %s' % sorted(wrong)


def case_pure_rooms():
    for path in sources():
        if room_of(path) in PURE:
            for name in re.findall(r'^#include <([^>]+)>', read('plugin', path), re.MULTILINE):
                assert name in PURE_LIBRARIES, '%s includes <%s>' % (path, name)
            done = re.search(r'\b(?:g_(?:file|io|dbus|tls|timeout|idle|get)_\w+|g_date_time_new_now\w*|g_(?:random|uuid)_\w+|g_(?:message|warning)|'
                             r'f?open|unlink|rename|getenv) \(', read('plugin', path))
            assert not done, '%s: %s' % (path, done.group(0))


def case_pure_library():
    """What tests of the pure rooms are linked with has those rooms, and what says of itself that it is pure."""
    listed = re.search(r"^tdtech_pure_sources = files\((.*?)^\)", read('plugin', 'meson.build'), re.MULTILINE | re.DOTALL).group(1)
    listed = set(re.findall(r"'([^']+)'", listed))
    rooms = {path for path in sources() if room_of(path) in PURE and path.endswith('.c')}
    assert rooms <= listed, 'not in it: %s' % sorted(rooms - listed)
    for path in listed - rooms:
        assert re.search(r'\bPure\b', read('plugin', path[:-1] + 'h')), path


def case_releases_are_told_apart_in_one_room():
    for path in sources():
        if room_of(path) != 'daemon':
            assert 'MM_DAEMON_SERIES' not in read('plugin', path), path


def case_only_the_flow_changes_the_machine():
    """Others read its members; what they want changed they say in an input."""
    for path in sources():
        if room_of(path) == 'flow':
            continue
        text = read('plugin', path)
        done = re.search(r'\bmachine->[\w.]+(?: [-+|&]?=(?!=) |\+\+|--)', text) or \
            re.search(r'(?<!const )\bMMTdtechFotaMachine +\*m\b', text)
        assert not done, '%s: %s' % (path, done.group(0))


def circles(pairs):
    """Of units: a source file and its header are one."""
    uses = {}
    for path, other in pairs:
        unit, used = os.path.splitext(path)[0], os.path.splitext(other)[0]
        if unit != used:
            uses.setdefault(unit, set()).add(used)

    found = set()

    def visit(unit, way):
        for used in sorted(uses.get(unit, ())):
            if used in way:
                found.add(tuple(sorted(way[way.index(used):])))
            elif used not in done:
                visit(used, way + [used])
        done.add(unit)

    done = set()
    for unit in sorted(uses):
        if unit not in done:
            visit(unit, [unit])
    return sorted(found)


def case_no_cycles():
    found = circles(includes())
    assert not found, 'in a circle: %s' % found


def program_includes():
    """(file, file that it includes) of our programs and their libraries, below the root."""
    paths = [os.path.relpath(path, ROOT) for room in PROGRAMS for path in glob.glob(os.path.join(ROOT, room, '*.[ch]'))]
    headers = {os.path.basename(path): path for path in paths if path.endswith('.h')}
    assert len(headers) > 60, len(headers)
    for path in sorted(paths):
        for name in re.findall(r'^#include "([^"]+)"', read(path), re.MULTILINE):
            if name in headers:
                yield path, headers[name]


def case_programs_know_their_libraries_only():
    pairs = set(program_includes())
    wrong = {(path, other) for path, other in pairs
             if room_of(path) != room_of(other) and room_of(other) not in PROGRAMS[room_of(path)]}
    assert not wrong, 'against the arrows of docs/architecture.md: %s' % sorted(wrong)
    found = circles(pairs)
    assert not found, 'in a circle: %s' % found


def case_policy_is_pure():
    """What the agent decides with knows no bus, no module and no network, not even through a header."""
    uses = {}
    for path, other in program_includes():
        uses.setdefault(path, set()).add(other)
    todo, seen = ['agent/mmfota-agent-policy.c'], set()
    while todo:
        path = todo.pop()
        if path not in seen:
            seen.add(path)
            todo.extend(uses.get(path, ()))
            known = set(re.findall(r'^#include ["<]([^">]+)', read(path), re.MULTILINE)) & IMPURE
            assert not known, '%s includes %s' % (path, sorted(known))
    assert len(seen) > 5, seen


if __name__ == '__main__':
    tap.run(globals())
