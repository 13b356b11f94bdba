#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the agent's bus policy and polkit actions name, and what its unit denies."""

import os
import re
import sys
from xml.etree import ElementTree

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'integration'))
import tap  # noqa: E402  pylint: disable=wrong-import-position

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
NAME = 'com.td_tech.FotaAgent1'


def read(*parts):
    with open(os.path.join(SOURCE, *parts), encoding='utf-8') as text:
        return text.read()


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


def case_unit_denies_calls_with_an_error():
    """A system call that the filter does not let through fails: GLib's thread pool makes one (sched_setattr) and does
    without it, where a signal would be the agent's end."""
    lines = read('dbus', 'mmfota-agent.service.in').splitlines()
    assert any(line.startswith('SystemCallFilter=~') for line in lines), lines
    assert 'SystemCallErrorNumber=EPERM' in lines, lines


if __name__ == '__main__':
    tap.run(globals())
