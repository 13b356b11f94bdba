#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the agent's unit, polkit rules and bus policy allow."""

import os
import re
import subprocess
import sys
from xml.etree import ElementTree

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'integration'))
import tap  # noqa: E402  pylint: disable=wrong-import-position

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get('TDTECH_BUILD') or os.path.join(SOURCE, 'build')
UNIT = os.path.join(BUILD, 'dbus', 'mmfota-agent.service')
NAME = 'com.td_tech.FotaAgent1'


def read(*parts):
    with open(os.path.join(SOURCE, *parts), encoding='utf-8') as text:
        return text.read()


def case_exposure():
    """systemd's own score, of 10: below 2.0."""
    done = subprocess.run(['systemd-analyze', 'security', '--offline=true', '--threshold=20', '--no-pager', UNIT],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding='utf-8', check=False)
    score = re.search(r'Overall exposure level for \S+: ([\d.]+)', done.stdout)
    assert score, done.stdout
    print('# %s' % score.group(0))
    assert done.returncode == 0 and float(score.group(1)) < 2.0, done.stdout


def case_unit_is_valid():
    """systemd knows each of its lines."""
    text = subprocess.run(['systemd-analyze', 'verify', '--man=no', UNIT], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          encoding='utf-8', check=False).stdout
    # The program is not installed yet
    wrong = [line for line in text.splitlines() if 'mmfota-agent.service' in line and 'is not executable' not in line]
    assert not wrong, wrong


def case_bus_policy_is_complete():
    """Each method of the interface is let through, and each call of ours has an action."""
    methods = {method.get('name') for method in
               ElementTree.fromstring(read('introspection', NAME + '.xml')).iter('method')}
    listed = {rule.get('send_member') for rule in ElementTree.fromstring(read('dbus', NAME + '.conf')).iter('allow')
              if rule.get('send_interface') == NAME}
    assert listed == methods, (listed, methods)
    actions = {action.get('id') for action in ElementTree.fromstring(read('dbus', NAME + '.policy')).iter('action')}
    documented = set(re.findall(r'Polkit action: (\S+)\.\n', read('introspection', NAME + '.xml')))
    assert actions == documented, (actions, documented)


def case_rules():
    """The agent's user may do what the agent does, and no more."""
    rules = read('dbus', 'mmfota-agent.rules')
    allowed = set(re.findall(r'action\.id == "([^"]+)"', rules))
    assert allowed == {'com.td_tech.ModemManager1.Fota.check', 'com.td_tech.ModemManager1.Fota.download',
                       'com.td_tech.ModemManager1.Fota.upgrade', 'org.freedesktop.ModemManager1.Messaging'}, allowed
    assert 'subject.user == "mmfota-agent"' in rules
    assert re.search(r'^User=mmfota-agent$', read('dbus', 'mmfota-agent.service.in'), re.MULTILINE)
    assert re.search(r'^u mmfota-agent ', read('dbus', 'mmfota-agent.sysusers'), re.MULTILINE)


if __name__ == '__main__':
    tap.run(globals())
