#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""scripts/export-in-tree, tried on a ModemManager source tree: the plugin is put in, its meson
lines are ModemManager's own meson's to read, and each of our sources compiles there against
ModemManager's own headers, with its own warnings as errors: as OpenWrt builds it (plugins inside;
no QMI, MBIM, udev, polkit, suspend support), and with all of that.

Nothing of ModemManager itself is built. Without a tree it is tried on one that stands in for it:
what the export looks for, and plugin/daemon/'s declarations for headers. That shows whether the
export is complete and builds, and not what ModemManager's headers say.
"""

import argparse
import filecmp
import glob
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
EXPORT = os.path.join(ROOT, 'scripts', 'export-in-tree')
STATE = '/etc/modemmanager-tdtech'
# As far as the tree has the option
OPENWRT = {'qmi': 'false', 'qrtr': 'false', 'mbim': 'false', 'udev': 'false', 'udevdir': '/usr/lib/udev', 'polkit': 'no',
           'systemd_suspend_resume': 'false', 'systemd_journal': 'false', 'systemdsystemunitdir': 'no',
           'introspection': 'false', 'vapi': 'false', 'gtk_doc': 'false', 'man': 'false', 'bash_completion': 'false',
           'examples': 'false', 'tests': 'false', 'builtin_plugins': 'true', 'dbus_policy_dir': '/etc/dbus-1/system.d',
           'plugin_generic': 'enabled', 'plugin_tdtech': 'enabled', 'tdtech_state_dir': STATE}
ON = ('WITH_QMI', 'WITH_MBIM', 'WITH_QRTR', 'WITH_UDEV', 'WITH_POLKIT', 'WITH_SUSPEND_RESUME')
# Where the message bus has its files: all that ModemManager's build asks its package for
DBUS = '''prefix=/usr
datadir=${prefix}/share
sysconfdir=/etc
interfaces_dir=${datadir}/dbus-1/interfaces
system_bus_services_dir=${datadir}/dbus-1/system-services
Name: dbus
Description: its directories
Version: 1.14
'''


def run(*command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding='utf-8', errors='replace',
                          check=False, **options)
    return done.returncode, done.stdout


def must(*command, **options):
    status, text = run(*command, **options)
    assert status == 0, '%s: %s' % (shlex.join(command)[:200], text[-4000:])
    return text


def same_trees(one, other):
    compared = filecmp.dircmp(one, other)
    differing = compared.left_only + compared.right_only + compared.diff_files
    for name in compared.common_dirs:
        differing += same_trees(os.path.join(one, name), os.path.join(other, name))
    return differing


# A tree of which only what the export needs is there
STAND_IN = {
    'meson_options.txt': '''
option('qmi', type: 'boolean', value: true)
option('mbim', type: 'boolean', value: true)
option('polkit', type: 'combo', choices: ['strict', 'no'], value: 'strict')
option('systemd_suspend_resume', type: 'boolean', value: true)
option('systemdsystemunitdir', type: 'string', value: '/lib/systemd/system')
option('dbus_policy_dir', type: 'string', value: '')
option('plugin_generic', type: 'feature', value: 'auto')
option('plugin_telit', type: 'feature', value: 'auto')
''',
    'meson.build': '''
project('ModemManager', 'c',
  version: '1.25.95',
  default_options: ['c_std=gnu89', 'warning_level=2'])
add_project_arguments('-Wno-unused-parameter', '-Wno-cast-function-type', '-Wno-missing-field-initializers',
  '-Waggregate-return', '-Wmissing-declarations', '-Wmissing-prototypes', '-Wstrict-prototypes', language: 'c')

gnome = import('gnome')
glib_dep = dependency('glib-2.0')
mm_prefix = get_option('prefix')
dbus_policy_dir = get_option('dbus_policy_dir')
dbus_interfaces_dir = 'share/dbus-1/interfaces'
polkit_gobject_policydir = 'share/polkit-1/actions'
udev_rulesdir = 'lib/udev/rules.d'
systemd_systemdsystemunitdir = get_option('systemdsystemunitdir')
install_systemdunitdir = systemd_systemdsystemunitdir != 'no'
enable_polkit = get_option('polkit') != 'no'
enable_qmi = get_option('qmi')
enable_mbim = get_option('mbim')

config_h = configuration_data({'VERSION': '"1.25.95"', 'MM_DAEMON_OPTIONAL': ''})
config_h.set('_GNU_SOURCE', true)
config_h.set('WITH_BUILTIN_PLUGINS', true)
config_h.set('WITH_QMI', enable_qmi)
config_h.set('WITH_MBIM', enable_mbim)
config_h.set('WITH_POLKIT', enable_polkit)
config_h.set('WITH_SUSPEND_RESUME', get_option('systemd_suspend_resume'))

plugins_options_reqs = {
  'telit': {'available': true},
}
plugins_options = {}
foreach name, reqs : plugins_options_reqs
  enabled = get_option('plugin_' + name).enabled() and reqs['available']
  config_h.set('ENABLE_PLUGIN_' + name.to_upper(), enabled)
  plugins_options += {name: enabled}
endforeach
configure_file(output: 'config.h', configuration: config_h)

top_inc = include_directories('.')
src_inc = include_directories('src')
daemon_enums_types_dep = declare_dependency()
subdir('src/plugins')
''',
    'src/plugins/meson.build': '''
plugins = {}
plugins_incs = [top_inc, src_inc]
plugins_deps = [glib_dep, dependency('gio-unix-2.0'), dependency('gmodule-2.0'), dependency('mm-glib'), dependency('ModemManager')]
plugins_udev_rules = []

# plugin: telit
assert(not plugins_options['telit'])

foreach name, data : plugins
  helper = static_library('helpers-' + name, dependencies: plugins_deps, kwargs: data['helper'])
  static_library('mm-' + name, dependencies: plugins_deps, link_with: helper, kwargs: data['module'])
endforeach
static_library('builtin', 'mm-builtin-plugins.c', include_directories: top_inc)
install_data(plugins_udev_rules, install_dir: udev_rulesdir)
''',
    'src/plugins/mm-builtin-plugins.c': '''
#include <config.h>
typedef struct MMPlugin MMPlugin;
MMPlugin *mm_builtin_plugins (void);
#if defined ENABLE_PLUGIN_TELIT
MMPlugin *mm_plugin_create_telit (void);
#endif

MMPlugin *
mm_builtin_plugins (void)
{
    MMPlugin *last = 0;

#define PREPEND_PLUGIN(name) last = mm_plugin_create_ ## name ()
#if defined ENABLE_PLUGIN_TELIT
    PREPEND_PLUGIN (telit);
#endif
    return last;
}
''',
    'src/mm-plugin-common.h': '''
#include "mm-plugin.h"
#define MM_PLUGIN_NAMED_CREATOR_SCOPE
#define MM_DEFINE_PLUGIN(MY_PLUGIN, my_plugin, MyPlugin) \\
    G_DECLARE_FINAL_TYPE (MMPlugin ## MyPlugin, mm_plugin_ ## my_plugin, MM, PLUGIN_ ## MY_PLUGIN, MMPlugin) \\
    struct _MMPlugin ## MyPlugin { MMPlugin parent; }; \\
    G_DEFINE_TYPE (MMPlugin ## MyPlugin, mm_plugin_ ## my_plugin, MM_TYPE_PLUGIN) \\
    MM_PLUGIN_NAMED_CREATOR_SCOPE MMPlugin *mm_plugin_create_ ## my_plugin (void);
''',
}


def make_stand_in(path):
    for name, text in STAND_IN.items():
        os.makedirs(os.path.dirname(os.path.join(path, name)), exist_ok=True)
        with open(os.path.join(path, name), 'w', encoding='utf-8') as out:
            out.write(text)
    for header in glob.glob(os.path.join(ROOT, 'plugin', 'daemon', 'mm-*.h')):
        name = os.path.basename(header)
        if name == 'mm-daemon-slot.h' or not name.startswith('mm-daemon-'):
            shutil.copy(header, os.path.join(path, 'src', name))
    return path


class Tree:
    """A copy of the tree, with the plugin put in."""

    def __init__(self, original, work):
        self.original = original
        self.work = work
        self.path = os.path.join(work, 'tree')
        self.build = os.path.join(work, 'build')
        shutil.copytree(original, self.path, symlinks=True)
        must(EXPORT, self.path)
        self.plugins = os.path.join(self.path, 'src', 'plugins')
        if not os.path.isdir(self.plugins):
            self.plugins = os.path.join(self.path, 'plugins')

    def configure(self):
        if os.path.exists(os.path.join(self.build, 'build.ninja')):
            return
        packages = os.path.join(self.work, 'packages')
        os.makedirs(packages, exist_ok=True)
        with open(os.path.join(packages, 'dbus-1.pc'), 'w', encoding='utf-8') as out:
            out.write(DBUS)
        with open(os.path.join(self.path, 'meson_options.txt'), encoding='utf-8') as source:
            known = re.findall(r"^option\('(\w+)'", source.read(), re.M)
        options = ['-D%s=%s' % (name, value) for name, value in OPENWRT.items() if name in known]
        must('meson', 'setup', self.build, self.path, '-Dwerror=true', '-Dauto_features=disabled', *options,
             env=dict(os.environ, PKG_CONFIG_PATH=packages))

    def commands(self):
        """{source: (the words of its compiler's command, its object)} of the plugin."""
        with open(os.path.join(self.build, 'compile_commands.json'), encoding='utf-8') as source:
            entries = json.load(source)
        return {os.path.basename(entry['file']): (shlex.split(entry['command']), entry['output']) for entry in entries
                if '/plugins/tdtech/' in entry['file'] or '-plugin-tdtech' in entry['output']}

    def sources(self):
        return {name for name in os.listdir(os.path.join(self.plugins, 'tdtech')) if name.endswith('.c')}


def case_patch_is_the_same(tree):
    """What 'patch -p1' makes of a tree is what the script does to it itself."""
    other = os.path.join(tree.work, 'patched')
    patch = os.path.join(tree.work, 'patch')
    shutil.copytree(tree.original, other, symlinks=True)
    must(EXPORT, other, '--patch', patch)
    assert not same_trees(other, tree.original)
    with open(patch, encoding='utf-8') as source:
        must('patch', '-p1', '--fuzz=0', '--no-backup-if-mismatch', '-d', other, stdin=source)
    assert not same_trees(other, tree.path), same_trees(other, tree.path)


def case_not_twice(tree):
    status, text = run(EXPORT, tree.path)
    assert status == 1 and 'error: ' in text and 'tdtech' in text, text


def case_no_tree(tree):
    empty = os.path.join(tree.work, 'empty')
    os.mkdir(empty)
    status, text = run(EXPORT, empty)
    assert status == 1 and 'meson.build' in text and 'Traceback' not in text, text
    assert not os.listdir(empty)


def case_compiles_as_openwrt_has_it(tree):
    tree.configure()
    commands = tree.commands()
    left_out = tree.sources() - set(commands)
    assert left_out == {'mm-broadband-modem-qmi-tdtech.c', 'mm-broadband-modem-mbim-tdtech.c'}, left_out
    must('ninja', '-C', tree.build, *[output for _, output in commands.values()])
    record, _ = commands['mm-tdtech-fota-record.c']
    assert '-DMM_TDTECH_STATE_DIR="%s"' % STATE in record, record
    if os.path.exists(os.path.join(tree.plugins, 'mm-builtin-plugins.c')):
        with open(os.path.join(tree.build, 'config.h'), encoding='utf-8') as config:
            assert '#define ENABLE_PLUGIN_TDTECH' in config.read()


def case_compiles_with_everything(tree):
    """With the other options, by the compiler alone: their libraries may be too old for that tree's meson."""
    tree.configure()
    commands = tree.commands()
    # What it generates
    must('ninja', '-C', tree.build, *[output for _, output in commands.values()])
    extra = os.path.join(tree.work, 'everything')
    os.mkdir(extra)
    with open(os.path.join(tree.build, 'config.h'), encoding='utf-8') as source, \
            open(os.path.join(extra, 'config.h'), 'w', encoding='utf-8') as out:
        text = source.read()
        out.write(re.sub(r'^(#undef (%s)|/\* #undef (%s) \*/)$' % ('|'.join(ON), '|'.join(ON)), '', text, flags=re.M))
        out.writelines('#define %s 1\n' % name for name in ON if '#define %s' % name not in text)
    flags = must('pkg-config', '--cflags', 'qmi-glib', 'mbim-glib').split()
    model, _ = commands['mm-broadband-modem-tdtech.c']
    if os.path.basename(model[0]) == 'ccache':
        model = model[1:]
    for name in sorted(tree.sources()):
        words = []
        for word, before in zip(model[1:], model):
            # Nor the file that was compiled, nor what came of it
            if word not in ('-c', '-o', '-MD', '-MQ', '-MF') and before not in ('-o', '-MQ', '-MF', '-c'):
                words.append(word)
        must(model[0], '-I' + extra, *words, *flags, '-fsyntax-only',
             os.path.join(tree.plugins, 'tdtech', name), cwd=tree.build)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n\n', maxsplit=1)[0])
    parser.add_argument('tree', nargs='?', help='a ModemManager source tree; it is left as it is')
    arguments = parser.parse_args()
    cases = [(name, case) for name, case in sorted(globals().items()) if name.startswith('case_')]
    print('TAP version 13')
    print('1..%d' % len(cases))
    failed = False
    with tempfile.TemporaryDirectory() as work:
        tree = Tree(os.path.abspath(arguments.tree) if arguments.tree else make_stand_in(os.path.join(work, 'stand-in')), work)
        for index, (name, case) in enumerate(cases, 1):
            result = 'ok'
            try:
                case(tree)
            except AssertionError as error:
                failed = True
                result = 'not ok'
                print('\n'.join('# ' + line for line in str(error).splitlines()[-60:]))
            print('%s %d - %s: %s' % (result, index, os.path.basename(tree.original), name[5:].replace('_', ' ')), flush=True)
    return failed


if __name__ == '__main__':
    sys.exit(main())
