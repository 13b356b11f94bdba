#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Modules as rude as what is known of them allows: not one fault, but their way all the time."""

import tap
from contract import (AVAILABLE, BEARER, DOWNLOADED, FAILED, FOTA_ERROR, MODEM, NOTHING_NEWER, SUCCEEDED,
                      expect_error)
from gi.repository import GLib
from harness import NEW_VERSION, OLD_VERSION, Bed, wait_for

LONG = 300
IPV4V6 = 4
HOUR = 3600
AUTO_DIAL = '1,1,"IPV4V6","","","",0'


def upgraded(bed, **options):
    """Found, fetched, flashed, in one go."""
    result = bed.wait_result(bed.verb('Download', url=bed.server.url, upgrade=True, **options), LONG)
    assert result['outcome'] == SUCCEEDED, result
    assert (result['from'], result['to']) == (OLD_VERSION, NEW_VERSION), result
    assert len(bed.simulator.commands(r'\^FWUP')) == 1


def nothing_newer(bed):
    result = bed.wait_result(bed.verb('Check', url=bed.server.url))
    assert result['outcome'] == NOTHING_NEWER, result


def tell_server(bed):
    """To a module that boots; as if it had been told long ago."""
    bed.simulator.set('fota.package-url', bed.server.url)
    bed.simulator.command('power-cycle 1')
    bed.daemon.start()
    bed.ready()


def case_in_every_way():
    """All contexts are listed, no blank lines, news before the OK, everything at once; back with other names, elsewhere."""
    with Bed({'module': {'identity': 'mt5700m-field'}, 'network': {'query-all': True, 'query-form': 'dual'},
              'port': {'blanks': 'none', 'path': 'other', 'names': 'other'}, 'noise': {'in-answers': 0.5},
              'fota': {'notice': 'before', 'via-3302': True, 'reboots': 2, 'layout-after': 'four:06'},
              'timing': {'query-seconds': 0, 'download-seconds': 0.1, 'accept-seconds': 0, 'reboot-delay': 0.1}}) as bed:
        bed.ready()
        device = bed.modem_properties()['Device']
        bearer = bed.connect(ip_type=IPV4V6)
        assert bed.properties(bearer, BEARER)['Connected']
        upgraded(bed)
        assert bed.modem_properties()['Device'] != device
        bed.registered()
        nothing_newer(bed)


def case_every_context_is_listed():
    """Also that of the default bearer, line by line, and nothing else tells that the session is up."""
    with Bed({'network': {'query-all': True, 'query-form': 'cid', 'contexts': '0,IPV4V6,;1,IP,;21-31,IP,', 'cids': '0-31'}}) as bed:
        bed.registered()
        bed.simulator.fault(kind='urc-lost', pattern='^NDISSTAT', count=0)
        bearer = bed.connect()
        assert bed.properties(bearer, BEARER)['Connected']
        bed.disconnect(bearer)


def case_glued_and_nothing_told():
    """Each OK hangs at the value before it, whatever that ends in, and no line comes by itself."""
    with Bed({'fota': {'notices': False}}) as bed:
        for pattern in ('AT^FOTASTATE?', 'AT^VERSION?', 'AT^NDISSTATQRY?', 'AT^FOTADLQ'):
            bed.simulator.fault(kind='glued', pattern=pattern, count=0)
        bed.ready()
        bed.connect()
        assert bed.fota()['Version'] == OLD_VERSION
        upgraded(bed)


def case_flashes_at_once():
    """^FWUP is not answered, 50 is never shown, and the echo was turned on by somebody."""
    with Bed({'timing': {'accept-seconds': 0, 'reboot-delay': 0}, 'fota': {'skip-50': True}}) as bed:
        bed.ready()
        bed.connect()
        bed.call(bed.modem, MODEM, 'Command', GLib.Variant('(su)', ('E1', 5)))
        assert bed.simulator.status()['at']['echo']
        bed.simulator.fault(kind='silent', pattern='AT^FWUP')
        upgraded(bed)


def case_package_is_still_there():
    """It comes back in 40."""
    with Bed({'fota': {'state-after': 40}}) as bed:
        bed.ready()
        upgraded(bed)
        bed.registered()
        bed.wait_state(DOWNLOADED)
        bed.verb('Cancel')
        nothing_newer(bed)


def case_silent_after_50():
    with Bed({'fota': {'silent-after-50': True, 'state': 40, 'package-version': NEW_VERSION}}) as bed:
        bed.ready()
        bed.wait_state(DOWNLOADED)
        transaction = bed.verb('Upgrade')
        wait_for('the silence', lambda: not bed.simulator.status()['ready'], LONG)
        bed.clock.skip(2 * HOUR)
        result = bed.wait_result(transaction, LONG)
        assert result['outcome'] == FAILED and result['error'] == FOTA_ERROR + 'DeviceLost', result


def case_does_it_all_alone():
    """^FOTAMODE=1,1,1,1: it asks, fetches and flashes, and nobody told it to."""
    with Bed({'fota': {'mode': '1,1,1,1,7', 'automatic-query': 120}}, daemon=False) as bed:
        tell_server(bed)
        wait_for('the flash', lambda: bed.simulator.status()['fota']['flashes-done'] == 1, LONG)
        wait_for('the new version', lambda: bed.fota().get('Version') == NEW_VERSION)
        assert not bed.simulator.commands(r'\^FWUP|\^FOTAOEMDL')
        bed.registered()
        nothing_newer(bed)


def case_asks_alone():
    """^FOTAMODE=1,0,0,1: it finds a version that nobody looked for."""
    with Bed({'fota': {'mode': '1,0,0,1,7'}}, daemon=False) as bed:
        tell_server(bed)
        bed.wait_state(AVAILABLE)
        upgraded(bed)


def case_found_without_a_name():
    """12 without version, size and description: what is not known is not allowed, but by who says so."""
    with Bed({'fota': {'bare-found': True}}) as bed:
        bed.ready()
        result = bed.wait_result(bed.verb('Check', url=bed.server.url))
        assert result['outcome'] == SUCCEEDED and not bed.fota()['Update'].get('version'), (result, bed.fota())
        result = bed.wait_result(bed.verb('Download', url=bed.server.url, upgrade=True))
        assert result['error'] == FOTA_ERROR + 'QueryFailed', result
        upgraded(bed, allow_downgrade=True)


def case_refuses_in_words():
    with Bed() as bed:
        bed.ready()
        for words in ('SIM PIN required', 'Operation not supported', 'Previous command is not complete',
                      'FOTA is in collision state'):
            bed.simulator.set('fota.refuse-query', words)
            with expect_error(FOTA_ERROR + 'Refused') as error:
                bed.verb('Check', url=bed.server.url)
            assert words in error.message, error.message


def case_other_names_of_things():
    """^SETAUTODAIL, +CGEV as before Rel-8, ^NDISSTAT without CID, more keys in ^VERSION, a revision that changes as well."""
    with Bed({'network': {'auto-dial': AUTO_DIAL, 'auto-dial-spelling': 'autodail', 'packet-event-form': 'pdp',
                          'ndis-form': 'classic', 'ndis-steps': True, 'query-form': 'nocid'},
              'module': {'version-extra': 'CFG=1005;OEM=;INI=x:y'}, 'fota': {'revision-after': 'V200R001C20B030'},
              'timing': {'progress-min': 18, 'progress-max': 20, 'download-seconds': 60}}) as bed:
        bed.ready()
        upgraded(bed)
        assert bed.fota()['Revision'] == 'V200R001C20B030', bed.fota()
        wait_for('auto-dial', lambda: bed.simulator.status()['session']['auto-dial'] == AUTO_DIAL)


if __name__ == '__main__':
    tap.run(globals())
