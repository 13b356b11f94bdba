#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Who may do what, on a bus of type system with a real polkitd."""

import glob
import os
import re
import shutil
from xml.etree import ElementTree

import authorization
import tap
from authorization import (ACTIONS, ACTIVE, AGENT_USER, BUS_POLICY, INACTIVE, PASSWORD, REMOTE, ROOT, SERVICE_USER, SESSIONLESS,
                           Agent, AuthorizationBed, Somebody)
from contract import CORE_ERROR, DOWNLOADED, FOTA, MODEM, PROPERTIES, SERVICE
from gi.repository import GLib
from harness import MMFOTA, NEW_VERSION, SOURCE, wait_for

UNAUTHORIZED = CORE_ERROR + 'Unauthorized'
ACCESS_DENIED = 'org.freedesktop.DBus.Error.AccessDenied'
INTROSPECTION = os.path.join(SOURCE, 'introspection', 'com.td_tech.ModemManager1.Modem.Fota.xml')

METHODS = ('Check', 'Download', 'Resume', 'Upgrade', 'Cancel', 'ListEvents')

# Whom polkit lets through without asking anybody
ALLOWED = {
    ROOT: METHODS,
    ACTIVE: ('Check', 'ListEvents'),
    INACTIVE: (),
    REMOTE: (),
    SESSIONLESS: (),
    SERVICE_USER: (),
    # By our rule for it
    AGENT_USER: METHODS,
}


def arguments(bed, method, **extra):
    if method == 'ListEvents':
        return '(t)', [0]
    values = {}
    if method in ('Check', 'Download', 'Resume'):
        values['url'] = ('s', bed.server.url)
    values.update(extra)
    return '(a{sv})', [values]


def call(bed, somebody, method, **extra):
    return somebody.call(SERVICE, bed.modem, FOTA, method, *arguments(bed, method, **extra))


def snapshot(bed):
    fota = bed.fota()
    commands = bed.simulator.commands(r'FOTAOEMDL|FOTADL=|FWUP|FOTAMODE=|NDISDUP|SETAUTODIAL=|SSL')
    return {key: fota[key] for key in ('State', 'ModuleState', 'Transaction', 'Result', 'UpgradeTime', 'LastEvent')}, \
        commands


def check_user(user, state='10'):
    """Each method: denied and nothing done, or let through."""
    scenario = {'fota': {'state': state, 'package-version': NEW_VERSION}, 'timing': {'query-seconds': 2}}
    with AuthorizationBed(scenario) as bed:
        bed.ready()
        with Somebody(bed, user) as somebody:
            for method in METHODS:
                wait_for('the end of what ran', lambda: not bed.fota().get('Transaction'))
                if method in ALLOWED[user]:
                    error, text = call(bed, somebody, method)
                    assert error not in (UNAUTHORIZED, ACCESS_DENIED), (user.name, method, error, text)
                    continue
                before = snapshot(bed)
                error, text = call(bed, somebody, method)
                assert error == UNAUTHORIZED, (user.name, method, error, text)
                assert snapshot(bed) == before, (user.name, method, before, snapshot(bed))


def case_root():
    check_user(ROOT)


def case_active():
    check_user(ACTIVE)


def case_active_downloaded():
    """Where Upgrade would work at once."""
    check_user(ACTIVE, '40')


def case_inactive():
    check_user(INACTIVE)


def case_inactive_downloaded():
    check_user(INACTIVE, '40')


def case_remote():
    check_user(REMOTE)


def case_without_session():
    check_user(SESSIONLESS)


def case_service_user():
    check_user(SERVICE_USER)


def case_service_user_downloaded():
    check_user(SERVICE_USER, '40')


def case_agent():
    check_user(AGENT_USER)


def case_agent_reads_messages_and_no_more():
    """Neither older firmware nor what else ModemManager has."""
    with AuthorizationBed({'fota': {'state': '40', 'package-version': NEW_VERSION}}) as bed:
        bed.ready()
        bed.wait_state(DOWNLOADED)
        with Somebody(bed, AGENT_USER) as somebody:
            error, text = call(bed, somebody, 'Upgrade', **{'allow-downgrade': ('b', True)})
            assert error == UNAUTHORIZED and 'downgrade' in text, (error, text)
            error, text = somebody.call(SERVICE, bed.modem, MODEM + '.Messaging', 'List', '()', [])
            assert error is None, (error, text)
            error, text = somebody.call(SERVICE, bed.modem, MODEM, 'Enable', '(b)', [False])
            assert error == UNAUTHORIZED, (error, text)


def case_downgrade_is_another_action():
    """allow-downgrade is denied where the upgrade itself could be authenticated."""
    with AuthorizationBed({'fota': {'state': '40', 'package-version': NEW_VERSION}}) as bed:
        bed.ready()
        bed.wait_state(DOWNLOADED)
        with Somebody(bed, REMOTE) as somebody:
            error, text = call(bed, somebody, 'Upgrade', **{'allow-downgrade': ('b', True)})
            assert error == UNAUTHORIZED and 'downgrade' in text, (error, text)


def case_administrator_authenticates():
    """With an agent and an administrator's password the active user downloads."""
    with AuthorizationBed() as bed:
        bed.start_password_helper()
        bed.ready()
        with Somebody(bed, ACTIVE) as somebody:
            agent = Agent(bed, somebody)
            try:
                wait_for('the agent', lambda: _agent_is_there(bed, agent))
                somebody.send(SERVICE, bed.modem, FOTA, 'Download', *arguments(bed, 'Download'))
                agent.type_password('wrong')
                error, text = somebody.receive()
                assert error == UNAUTHORIZED, (error, text)
                assert not bed.simulator.commands('FOTAOEMDL')
                somebody.send(SERVICE, bed.modem, FOTA, 'Download', *arguments(bed, 'Download'))
                agent.type_password(PASSWORD)
                error, text = somebody.receive()
                assert error is None, (error, text)
                bed.wait_state(DOWNLOADED)
                # Kept for a while: nobody is asked again
                error, text = call(bed, somebody, 'Cancel')
                assert error is None, (error, text)
            finally:
                agent.stop()


def case_client_says_so():
    """mmfota ends with its own exit status for that: 4."""
    with AuthorizationBed() as bed:
        bed.ready()
        shutil.copy(MMFOTA, bed.path('mmfota'))
        for options in (['--check', bed.server.url], ['--download', bed.server.url], ['--cancel']):
            done = authorization.run_as(bed, SERVICE_USER, bed.path('mmfota'), *options)
            assert done.returncode == 4, (options, done)
            assert done.stderr.startswith("error: couldn't"), done.stderr
        # Looking is free
        done = authorization.run_as(bed, SERVICE_USER, bed.path('mmfota'))
        assert done.returncode == 0, done


def _agent_is_there(bed, agent):
    reply = bed.bus.connection.call_sync('org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus',
                                         'ListNames', None, None, 0, -1, None).unpack()[0]
    for name in reply:
        if not name.startswith(':'):
            continue
        try:
            pid = bed.bus.connection.call_sync('org.freedesktop.DBus', '/org/freedesktop/DBus',
                                               'org.freedesktop.DBus', 'GetConnectionUnixProcessID',
                                               GLib.Variant('(s)', (name,)), None, 0, -1, None).unpack()[0]
        except GLib.Error:
            continue
        if pid == agent.pid:
            return True
    return False


def check_bus_policy(ours_first):
    with AuthorizationBed(ours_first=ours_first) as bed:
        bed.ready()
        with Somebody(bed, SERVICE_USER) as somebody:
            # Ours gets through to the daemon, which asks polkit
            for method in METHODS:
                error, text = call(bed, somebody, method)
                assert error == UNAUTHORIZED, (method, error, text)
            # And nothing else does that ModemManager's policy denies
            modem = bed.modem
            for interface, method in ((FOTA, 'NoSuchMethod'), (MODEM, 'NoSuchMethod'), (None, 'Check'),
                                      ('com.td_tech.ModemManager1.Modem.Other', 'Check'),
                                      ('org.freedesktop.ModemManager1.Test', 'SetProfile')):
                error, text = somebody.call(SERVICE, modem, interface, method, '(a{sv})', [{}])
                assert error == ACCESS_DENIED, (interface, method, error, text)
            # Properties are for everyone to read, as ModemManager's are, and for nobody to write
            error, text = somebody.call(SERVICE, modem, PROPERTIES, 'GetAll', '(s)', [FOTA])
            assert error is None, (error, text)


def case_bus_policy_read_last():
    check_bus_policy(False)


def case_bus_policy_read_first():
    check_bus_policy(True)


def case_properties_are_read_only():
    for prop in ElementTree.parse(INTROSPECTION).iter('property'):
        assert prop.get('access') == 'read', prop.get('name')


def _methods():
    return [method.get('name') for method in ElementTree.parse(INTROSPECTION).iter('method')]


def case_every_method_is_in_the_bus_policy():
    allowed = {}
    root = ElementTree.parse(BUS_POLICY).getroot()
    for policy in root.iter('policy'):
        assert policy.attrib == {'context': 'mandatory'}, policy.attrib
        for rule in policy:
            assert rule.tag == 'allow', rule.tag
            assert set(rule.attrib) == {'send_destination', 'send_type', 'send_interface', 'send_member'}, rule.attrib
            assert rule.get('send_destination') == SERVICE and rule.get('send_interface') == FOTA, rule.attrib
            allowed[rule.get('send_member')] = True
    assert sorted(allowed) == sorted(_methods()), (sorted(allowed), sorted(_methods()))
    assert sorted(METHODS) == sorted(_methods()), 'a method without a test: %r' % _methods()


def case_every_action_is_explicit():
    actions = ElementTree.parse(ACTIONS).getroot().findall('action')
    assert {action.get('id').rsplit('.', 1)[1] for action in actions} == {'check', 'download', 'upgrade', 'downgrade'}
    for action in actions:
        for tag in ('description', 'message', 'icon_name'):
            assert action.findtext(tag), (action.get('id'), tag)
        defaults = action.find('defaults')
        for tag in ('allow_any', 'allow_inactive', 'allow_active'):
            assert defaults.findtext(tag) in ('no', 'yes', 'auth_admin', 'auth_admin_keep'), (action.get('id'), tag)


def case_every_method_is_behind_an_authorization():
    """Each handler of the plugin's skeleton leads to an authorize call with one of our actions."""
    source, headers = _read('plugin', '*.c'), _read('plugin', '*.h') + _read('introspection', '*.h')
    known = {action.get('id') for action in ElementTree.parse(ACTIONS).getroot().findall('action')}
    actions = dict(re.findall(r'#define\s+(\w+)\s+"(com\.td_tech\.ModemManager1\.Fota\.\w+)"', source + headers))
    assert set(actions.values()) == known, (actions, known)
    for constant in actions:
        assert re.search(r'\b%s\b' % constant, re.sub(r'#define.*', '', source)), '%s is never asked for' % constant
    for method in _methods():
        signal = 'handle-' + re.sub(r'(?<!^)([A-Z])', r'-\1', method).lower()
        match = re.search(r'"%s"[^;]*?G_CALLBACK\s*\(\s*(\w+)\s*\)' % signal, source, re.S) or \
            re.search(r'"%s",\s*(\w+)' % signal, source)
        assert match, 'no handler of %s is connected' % method
        assert _reaches_authorization(source, match.group(1), set()), \
            '%s (%s) does not lead to mm_daemon_base_modem_authorize' % (method, match.group(1))


def _read(folder, pattern):
    text = ''
    for path in sorted(glob.glob(os.path.join(SOURCE, folder, '**', pattern), recursive=True)):
        with open(path, encoding='utf-8') as part:
            text += part.read()
    return text


def _function(source, name):
    match = re.search(r'^%s \([^;{]*?\)\n\{\n(.*?)^\}' % re.escape(name), source, re.S | re.M)
    return match.group(1) if match else None


def _reaches_authorization(source, name, seen):
    """Whether the function authorizes itself, or first thing through one that does."""
    if name in seen:
        return False
    seen.add(name)
    body = _function(source, name)
    if body is None:
        return False
    if 'mm_daemon_base_modem_authorize (' in body:
        return True
    return any(_reaches_authorization(source, called, seen) for called in re.findall(r'\b(\w+) \(', body))


if __name__ == '__main__':
    authorization.enter_namespace()
    tap.run(globals())
