#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Manual page, completions and docs/server.md know what the program knows."""

import os
import re
import sys

from bed import SOURCE, read, run, tool

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'integration'))

import tap  # noqa: E402  pylint: disable=wrong-import-position


def text(*names):
    return read(os.path.join(SOURCE, *names)).decode()


def options():
    found = set(re.findall(r'--([a-z0-9-]+)', tool('--help').out))
    assert len(found) > 35, found
    # Those of the texts around
    return found - {'help-all', 'help-gio'}


def case_manual_page():
    page = text('server', 'mmfota-server.1')
    for option in options():
        assert re.search(r'Fl -?%s\b|, -%s\b|-%s ' % ((re.escape(option),) * 3), page) or option in ('ipv4', 'ipv6'), option
    done = run('man', '--warnings', '-E', 'UTF-8', '-l', '-Tutf8', os.path.join(SOURCE, 'server', 'mmfota-server.1'))
    assert done.status == 0 and not done.err, done


def case_zsh_and_fish():
    for name in ('_mmfota-server', 'mmfota-server.fish'):
        words = text('server', 'completions', name)
        for option in options():
            assert re.search(r'(--|-l )%s\b' % re.escape(option), words), (name, option)
    for shell, name in (('zsh', '_mmfota-server'), ('fish', 'mmfota-server.fish'), ('bash', 'mmfota-server.bash')):
        done = run(shell, '-n', os.path.join(SOURCE, 'server', 'completions', name))
        assert done.status == 0, done


def complete(*words):
    """What bash offers behind these words."""
    script = ('. /usr/share/bash-completion/bash_completion\n. %s\nCOMP_WORDS=(mmfota-server %s)\nCOMP_CWORD=%d\n'
              'COMP_LINE="mmfota-server %s"\nCOMP_POINT=${#COMP_LINE}\n_mmfota_server 2>/dev/null\nprintf "%%s\\n" "${COMPREPLY[@]}"\n'
              % (os.path.join(SOURCE, 'server', 'completions', 'mmfota-server.bash'), ' '.join("'%s'" % word for word in words),
                 len(words), ' '.join(words)))
    return run('bash', '-c', script).out.split()


def case_bash():
    offered = {word.rstrip('=').lstrip('-') for word in complete('--')}
    assert options() <= offered, options() - offered
    assert complete('--model', '') == ['MT5700M-CN', 'MT5710-CN']
    assert 'server' in complete('--make', SOURCE + '/')[0] or any('server' in word for word in complete('--make', SOURCE + '/'))


def finding_rows():
    """The table: name, why, what to do."""
    return re.findall(r'^ +\{ "([a-z0-9-]+)", (?:NOTE|WARNING|ERROR), N_\("(.*?)"\),\s+N_\("(.*?)"\) \}',
                      text('release', 'release-finding.c'), re.M)


def case_each_finding_tells_something():
    """And none stands there twice."""
    names = [row[0] for row in finding_rows()]
    assert len(names) == len(set(names)) == len(re.findall(r'^ +\{ "', text('release', 'release-finding.c'), re.M)), len(names)
    for name, why, advice in finding_rows():
        assert len(why) > 10 and len(advice) > 8, name


def case_findings():
    """Each kind of finding is in the documentation, and none that is no more."""
    kinds = {row[0] for row in finding_rows()}
    told = set(re.findall(r'^\| ([a-z0-9-]+) \| (?:note|warning|error) \|', text('docs', 'server.md'), re.M))
    assert len(kinds) > 100 and kinds == told, kinds ^ told


def case_each_finding_is_said_somewhere():
    sources = ''.join(text(folder, name) for folder in ('server', 'release')
                      for name in os.listdir(os.path.join(SOURCE, folder))
                      if name.endswith('.c') and name != 'release-finding.c')
    kinds = {row[0] for row in finding_rows()}
    unused = {kind for kind in kinds if '"%s"' % kind not in sources}
    assert not unused, unused
    said = set(re.findall(r'release_findings_add \([^,]+, "([a-z0-9-]+)"', sources))
    assert said <= kinds, said - kinds


tap.run(globals())
