#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Holds the declarations of plugin/daemon/ against the headers of a ModemManager source tree.

One C file is written: it includes the tree's own headers, then says again whatever ours declare,
so that the compiler compares the two: a function by declaring it a second time, a structure, an
enumeration or a type of function by a copy under another name and an assertion for each of its
members, a constant by its value. The tree needs no build; its generated headers come from the
installed libmm-glib. The series of our declarations is the tree's, not the installed one's.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile

OWN = re.compile(r'^mm-(daemon-|common-helpers)')
# Of the tree's build, as the names of its config.h; those that change what we declare can be taken away
OPTIONS = {'suspend': 'WITH_SUSPEND_RESUME', 'qmi': 'WITH_QMI', 'mbim': 'WITH_MBIM'}
CONFIG = ['WITH_QMI', 'WITH_MBIM', 'WITH_QRTR', 'WITH_SUSPEND_RESUME']
# What a daemon without an option has not; nor has it then our declarations of that
HEADERS = {'qmi': ['mm-bearer-qmi.h', 'mm-broadband-modem-qmi.h'],
           'mbim': ['mm-bearer-mbim.h', 'mm-broadband-modem-mbim.h']}
# Introduced by a later series than some trees are of
LATER = ['mm-iface-port-at.h', 'mm-auth-provider.h', 'mm-bind.h']
# Of the tree's build, or of a later libmm-glib than the installed one: names of values, not needed here
GENERATED = ['mm-daemon-enums-types.h', 'mm-port-enums-types.h', 'mm-helper-enums-types.h', 'mm-flags-types.h']
PACKAGES = ['mm-glib', 'ModemManager', 'gio-2.0', 'gio-unix-2.0', 'gmodule-2.0', 'qmi-glib', 'mbim-glib']


# As the tree's own build names them
MODEM_OPTIONS = ['--c-generate-object-manager']
for interface in ('Modem3gpp', 'Modem3gpp.Ussd', 'Modem3gpp.ProfileManager', 'ModemCdma'):
    MODEM_OPTIONS += ['--annotate', 'org.freedesktop.ModemManager1.Modem.' + interface,
                      'org.gtk.GDBus.C.Name', interface.replace('.', '')]


def packages_flags():
    return subprocess.run(['pkg-config', '--cflags'] + PACKAGES, check=True, capture_output=True,
                          text=True).stdout.split()


def tree_series(tree):
    """'1.20.4' in the tree's meson.build: 12004, which is in the series 12000."""
    with open(os.path.join(tree, 'meson.build'), encoding='utf-8') as source:
        version = re.search(r"^\s*version:\s*'(\d+)\.(\d+)\.(\d+)", source.read(), re.M)
    major, minor, micro = (int(number) for number in version.groups())
    return major * 10000 + minor * 100 + micro


def defines(without):
    return ['#define %s 1\n' % name for name in CONFIG if name not in [OPTIONS[option] for option in without]]


def preprocess(compiler, headers, ours, series, without, work):
    """Our text alone, conditions and macros resolved, and our #define lines."""
    source = os.path.join(work, 'ours.c')
    with open(source, 'w', encoding='utf-8') as out:
        out.writelines('#include "%s"\n' % header for header in headers)
    with open(os.path.join(work, 'mm-daemon-series.h'), 'w', encoding='utf-8') as out:
        out.write('#define MM_DAEMON_SERIES_STRING ""\n#define MM_DAEMON_OPTIONAL\n')
        out.writelines(defines(without))
    text = subprocess.run([compiler, '-E', '-dD', '-DMM_DAEMON_SERIES=%d' % series, '-I' + work, '-I' + ours,
                           source] + packages_flags(), check=True, capture_output=True, text=True).stdout
    code, constants = [], []
    mine = False
    for line in text.splitlines():
        marker = re.match(r'# \d+ "([^"]*)"', line)
        if marker:
            mine = (os.path.dirname(os.path.abspath(marker.group(1))) == ours)
        elif mine and line.startswith('#define '):
            constants.append(line)
        elif mine and not line.startswith('#'):
            code.append(line)
    return '\n'.join(code), constants


def statements(code):
    """Top level declarations; functions with a body (GLib's casts and cleanups) are left out."""
    depth = 0
    start = 0
    found = []
    for position, char in enumerate(code):
        if char == '{':
            depth += 1
        elif char == '}':
            depth -= 1
            if depth == 0 and not re.match(r'\s*(\w+\s*)?;', code[position + 1:]):
                start = position + 1
        elif char == ';' and depth == 0:
            text = re.sub(r'_Pragma\s*\([^)]*\)', ' ', code[start:position])
            # What a macro left behind
            text = re.sub(r'__attribute__\s*\(\((?!__format__)[^()]*(\([^()]*\))?[^()]*\)\)', ' ', text)
            text = ' '.join(text.split())
            if text:
                found.append(text)
            start = position + 1
    return found


def members(body):
    """(declaration, name) of each member of a structure."""
    found = []
    for text in statements(body):
        pointer = re.match(r'.*?\(\s*\*\s*(\w+)\s*\)\s*\(', text)
        found.append((text, pointer.group(1) if pointer else re.search(r'(\w+)$', text).group(1)))
    return found


def generate_gdbus(tree, work):
    """The D-Bus classes that the tree's daemon is built on; the installed ones may lack some."""
    directory = os.path.join(tree, 'introspection')
    prefix = 'org.freedesktop.ModemManager1.'
    groups = {'modem': [], 'cbm': []}
    for name in sorted(os.listdir(directory)):
        if name.startswith(prefix + 'Modem') and name.endswith('.xml'):
            groups['modem'].append(os.path.join(directory, name))
        elif name == prefix + 'Cbm.xml':
            groups['cbm'].append(os.path.join(directory, name))
    for group, sources in groups.items():
        if sources:
            subprocess.run(['gdbus-codegen', '--interface-prefix', prefix, '--c-namespace', 'MmGdbus', '--header',
                            '--output', os.path.join(work, 'mm-gdbus-%s.h' % group), '--c-generate-autocleanup', 'all']
                           + (MODEM_OPTIONS if group == 'modem' else []) + sources, check=True)


class Comparison:
    def __init__(self, series):
        self.series = series
        self.lines = []
        self.counts = {}

    def add(self, kind, text):
        self.counts[kind] = self.counts.get(kind, 0) + 1
        self.lines.append(text)

    def structure(self, ours, theirs, body):
        self.lines.append('%s { %s };' % (ours, body))
        self.add('size', '_Static_assert (sizeof (%s) == sizeof (%s), "size of %s");' % (ours, theirs, theirs))
        for text, name in members(body):
            self.add('offset', '_Static_assert (__builtin_offsetof (%s, %s) == __builtin_offsetof (%s, %s), "%s.%s");'
                     % (ours, name, theirs, name, theirs, name))
            if text.startswith('MMDaemonSlot ') or name == 'priv':
                continue
            self.add('slot', '_Static_assert (__builtin_types_compatible_p (__typeof__ (((%s *) 0)->%s), '
                     '__typeof__ (((%s *) 0)->%s)), "type of %s.%s");' % (ours, name, theirs, name, theirs, name))

    def enumeration(self, body):
        names = [item.split('=')[0].strip() for item in body.split(',') if item.strip()]
        copy = body
        for name in names:
            copy = re.sub(r'\b%s\b' % name, 'ours_' + name, copy)
        self.lines.append('enum { %s };' % copy)
        for name in names:
            self.add('enumerator', '_Static_assert ((int) ours_%s == (int) %s, "%s");' % (name, name, name))

    def statement(self, text):
        enum = re.match(r'typedef enum \{(.*)\} \w+$', text)
        anonymous = re.match(r'typedef struct \{(.*)\} (\w+)$', text)
        struct = re.match(r'struct _(\w+) \{(.*)\}$', text)
        function_type = re.match(r'typedef .*\(\s*\*\s*(\w+)\s*\)\s*\(', text)
        alias = re.match(r'typedef (\w+) (\w+)$', text)
        if enum:
            self.enumeration(enum.group(1))
        elif anonymous:
            self.lines.append('typedef struct { %s } ours_%s;' % anonymous.groups())
            self.structure_of_type('ours_' + anonymous.group(2), anonymous.group(2), anonymous.group(1))
        elif struct:
            name = struct.group(1)
            theirs = 'struct _' + name
            # Up to 1.22 an interface and its structure share a name
            if self.series < 12400 and name.startswith('MMIface') and name.endswith('Interface'):
                theirs = theirs[:-len('Interface')]
            self.structure('struct ours_' + name, theirs, struct.group(2))
        elif function_type:
            name = function_type.group(1)
            self.lines.append(re.sub(r'\b%s\b' % name, 'ours_' + name, text) + ';')
            if name != 'MMDaemonSlot':
                self.add('function type', '_Static_assert (__builtin_types_compatible_p (ours_%s, %s), "%s");'
                         % (name, name, name))
            else:
                self.lines.append(text + ';')
        elif re.match(r'typedef (struct \w+ |.*_\w*autoptr$)', text):
            pass
        elif alias:
            self.lines.append(text + ';')
        elif re.match(r'.*\b_?mm_\w+ \(.*\)', text):
            # First by its name alone: declaring again what is no longer there would only introduce it
            name = re.match(r'.*?\b(_?mm_\w+) \(', text).group(1)
            self.add('function', 'extern __typeof__ (%s) %s;' % (name, name))
            self.lines.append(text + ';')
        else:
            raise ValueError('cannot be compared: ' + text)

    def structure_of_type(self, ours, theirs, body):
        self.add('size', '_Static_assert (sizeof (%s) == sizeof (%s), "size of %s");' % (ours, theirs, theirs))
        for text, name in members(body):
            self.add('offset', '_Static_assert (__builtin_offsetof (%s, %s) == __builtin_offsetof (%s, %s), "%s.%s");'
                     % (ours, name, theirs, name, theirs, name))

    def constant(self, line):
        """Strings and numbers; a plain macro of the tree's must have the same value."""
        match = re.match(r'#define (MM_\w+) ("[^"]*"|\d+)$', line)
        if not match or match.group(1).startswith('MM_DAEMON_'):
            return
        name, value = match.groups()
        if value.startswith('"'):
            self.add('property', '_Static_assert (__builtin_strcmp (%s, %s) == 0, "%s");' % (value, name, name))
        else:
            self.add('constant', '_Static_assert (%s == %s, "%s");' % (value, name, name))


def tree_includes(tree, headers):
    found = []
    for header in headers:
        for directory in ('src', os.path.join('src', 'kerneldevice')):
            if os.path.exists(os.path.join(tree, directory, header)):
                found.append(header)
                break
        else:
            if header not in LATER:
                raise ValueError('%s has no %s' % (tree, header))
    return found


def compare(compiler, ours, tree, without=()):
    ours = os.path.abspath(ours)
    series = tree_series(tree)
    headers = sorted(name for name in os.listdir(ours)
                     if name.startswith('mm-') and name.endswith('.h') and not OWN.match(name)
                     and not any(name in HEADERS.get(option, []) for option in without))
    comparison = Comparison(series)

    with tempfile.TemporaryDirectory() as work:
        code, constants = preprocess(compiler, headers, ours, series, without, work)
        for text in statements(code):
            comparison.statement(text)
        for line in constants:
            comparison.constant(line)

        with open(os.path.join(work, 'config.h'), 'w', encoding='utf-8') as out:
            out.writelines(defines(without))
        for generated in GENERATED:
            open(os.path.join(work, generated), 'w', encoding='utf-8').close()
        generate_gdbus(tree, work)
        source = os.path.join(work, 'compare.c')
        with open(source, 'w', encoding='utf-8') as out:
            out.write('#include <config.h>\n#define _LIBMM_INSIDE_MM\n')
            out.writelines('#include "%s"\n' % header for header in tree_includes(tree, headers))
            out.write('\n'.join(comparison.lines) + '\n')
        includes = ['-I' + work] + ['-I' + os.path.join(tree, directory)
                                    for directory in ('src', 'src/kerneldevice', 'include', 'libmm-glib', 'libqcdm/src')]
        result = subprocess.run([compiler, '-std=gnu11', '-fsyntax-only', '-Wno-deprecated-declarations',
                                 '-D_GNU_SOURCE', '-include', 'config.h'] + includes + packages_flags() + [source],
                                capture_output=True, text=True, check=False)
    return series, comparison.counts, result


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--compiler', default='cc')
    parser.add_argument('--daemon', required=True, help='our plugin/daemon')
    parser.add_argument('--tree', required=True, help='a ModemManager source tree')
    arguments = parser.parse_args()

    # As most build it, without suspend support alone, and as OpenWrt does
    cases = [(), ('suspend',), ('suspend', 'qmi', 'mbim')]
    print('TAP version 13')
    print('1..%d' % len(cases))
    failed = False
    for number, without in enumerate(cases, 1):
        series, counts, result = compare(arguments.compiler, arguments.daemon, arguments.tree, without)
        if result.returncode != 0:
            failed = True
            for line in result.stderr.splitlines():
                print('# ' + line)
        print('# series %d: %s' % (series, ', '.join('%d %s' % (count, kind) for kind, count in sorted(counts.items()))))
        print('%sok %d - declarations agree with %s%s' % ('' if result.returncode == 0 else 'not ', number,
              os.path.basename(os.path.abspath(arguments.tree)), ' without ' + ', '.join(without) if without else ''))
    return failed


if __name__ == '__main__':
    sys.exit(main())
