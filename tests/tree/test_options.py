#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Who builds the plugin alone needs no library of the client or of the tests; each part can be left out."""

import json
import os
import re
import subprocess
import tempfile

from place import ROOT
import tap

HIDDEN = ('json-glib-1.0', 'libsoup-3.0', 'libxml-2.0', 'umockdev-1.0', 'gnutls', 'libmosquitto')

PKG_CONFIG = '''#!/bin/sh
# As if the libraries were not installed
for word; do
    case $word in
        %s) echo "$word is hidden" >&2; exit 1 ;;
    esac
done
exec /usr/bin/pkg-config "$@"
'''


def run(*argv, **kwargs):
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding='utf-8', check=False, **kwargs)
    assert done.returncode == 0, '%s\n%s' % (' '.join(argv), done.stdout[-4000:])
    return done.stdout


class Place:
    """A folder with a pkg-config that does not know the libraries."""

    def __init__(self, hidden=HIDDEN):
        self.hidden = hidden

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix='tdtech-options-')
        program = os.path.join(self.folder.name, 'pkg-config')
        with open(program, 'w', encoding='utf-8') as script:
            script.write(PKG_CONFIG % '|'.join(self.hidden))
        os.chmod(program, 0o755)
        self.build = os.path.join(self.folder.name, 'build')
        self.env = dict(os.environ, PKG_CONFIG=program)
        return self

    def __exit__(self, *_exception):
        self.folder.cleanup()

    def setup(self, *options):
        return run('meson', 'setup', self.build, ROOT, '--prefix=/usr', '--sysconfdir=/etc', '--localstatedir=/var',
                   *options, env=self.env)


def installed_names(build):
    return {os.path.basename(name) for name in
            json.loads(run('meson', 'introspect', '--installed', build)).values()}


def case_hidden_libraries_are_missed():
    """The other cases would prove nothing if the libraries could be found."""
    with Place() as place:
        done = subprocess.run(('meson', 'setup', place.build, ROOT), env=place.env, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, encoding='utf-8', check=False)
        assert done.returncode != 0 and 'json-glib-1.0' in done.stdout, done.stdout


def case_agent_without_mqtt():
    """It takes the configuration of all others, but no broker."""
    with Place(('libmosquitto',)) as place:
        place.setup('-Dtests=false', '-Dcli=false', '-Dserver=false', '-Dmqtt=false')
        run('ninja', '-C', place.build, '-j', '2', 'agent/mmfota-agent')
        agent = os.path.join(place.build, 'agent', 'mmfota-agent')
        path = os.path.join(place.folder.name, 'agent.conf')
        for text, status, message in (('[mqtt]\ntopic=a/%{id}\n', 0, ''), ('[mqtt]\nbroker=mqtt://host\n', 1, 'was built without MQTT')):
            with open(path, 'w', encoding='utf-8') as out:
                out.write(text)
            done = subprocess.run((agent, '--check-config', path), stderr=subprocess.PIPE, encoding='utf-8', check=False)
            assert done.returncode == status and message in done.stderr, done


def case_plugin_alone():
    with Place() as place:
        place.setup('-Dtests=false', '-Dcli=false', '-Dagent=false', '-Dserver=false')
        assert json.loads(run('meson', 'introspect', '--tests', place.build)) == []
        run('ninja', '-C', place.build, '-j', '2')
        names = installed_names(place.build)
        assert 'libmm-plugin-tdtech.so' in names and '77-mm-tdtech-port-types.rules' in names, names
        assert not [name for name in names if 'mmfota' in name], names
        for name in ('com.td_tech.ModemManager1.conf', 'com.td_tech.ModemManager1.policy',
                     'com.td_tech.ModemManager1.Modem.Fota.xml'):
            assert name in names, name
        assert os.path.exists(os.path.join(place.build, 'plugin', 'libmm-plugin-tdtech.so'))


def case_plugin_and_its_unit_tests():
    with Place() as place:
        place.setup('-Dcli=false', '-Dagent=false', '-Dserver=false')
        suites = {suite.split(':')[-1] for test in json.loads(run('meson', 'introspect', '--tests', place.build))
                  for suite in test['suite']}
        assert {'unit', 'guard'} <= suites and not suites & {'integration', 'client', 'simulator'}, suites


# What is installed for each option alone, by the names of the files. Interfaces are described for others,
# whatever is built.
OWN = {
    'cli': r'_?mmfota(\.\w+)?$',
    'agent': r'mmfota-(agent|notify)|agent\.conf$|.*\.FotaAgent1\.(conf|policy)$',
    'server': r'_?mmfota-server',
    'mqtt': None,
    'tests': None,
}


def case_each_option_alone():
    """Without one part the others are what they were."""
    with Place() as place:
        place.env.pop('PKG_CONFIG')
        place.setup()
        everything = installed_names(place.build)
        for option, own in OWN.items():
            place.setup('--reconfigure', *('-D%s=%s' % (name, 'false' if name == option else 'true') for name in OWN))
            missing = everything - installed_names(place.build)
            expected = {name for name in everything if own and re.match(own, name)}
            assert missing == expected and bool(own) == bool(expected), '%s: %s' % (option, missing ^ expected)
            there = json.loads(run('meson', 'introspect', '--tests', place.build))
            assert bool(there) == (option != 'tests'), option


def case_client_without_tests():
    with Place() as place:
        place.env.pop('PKG_CONFIG')
        place.setup('-Dtests=false')
        assert {'mmfota', 'mmfota.1', 'libmm-plugin-tdtech.so'} <= installed_names(place.build)


if __name__ == '__main__':
    tap.run(globals())
