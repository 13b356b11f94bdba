#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Two modules of one IMEI, as development boards have it: each goes by its own record."""

import tap
from contract import DOWNLOADED, FOTA, SUCCEEDED
from harness import NEW_VERSION, OLD_VERSION, Bed, wait_for

LONG = 300


def all_fota(bed):
    return [interfaces[FOTA] for interfaces in bed.objects().values() if FOTA in interfaces]


def case_comes_while_the_other_flashes():
    """The one is on the bus as 3302 when the other comes, which is not taken for it: it has no part in the
    upgrade, and whose upgrade it is gets the verdict."""
    with Bed({'module': {'modules': 2, 'same-imei': True, 'self-powered': True},
              'fota': {'state': '40', 'package-version': NEW_VERSION, 'via-3302': True},
              'timing': {'flash-seconds': 900}}, daemon=False) as bed:
        bed.simulator.command('@1 unplug')
        bed.daemon.start()
        bed.ready()
        bed.wait_state(DOWNLOADED)
        transaction = bed.verb('Upgrade')
        wait_for('the module to leave', lambda: not bed.modems(), LONG)
        wait_for('3302', lambda: bed.simulator.command('@0 status')['usb']['product'] == 0x3302, LONG)
        bed.simulator.command('@1 plug')
        twin = bed.wait_fota()
        assert not twin['Transaction'] and not twin['Result'], twin
        assert twin['Version'] == OLD_VERSION, twin
        bed.wait_state(DOWNLOADED)
        assert bed.simulator.command('@0 status')['fota']['flashes-done'] == 0

        def over():
            return [fota['Result'] for fota in all_fota(bed) if fota.get('Result', {}).get('transaction') == transaction]
        results = wait_for('the result', over, LONG)
        assert len(results) == 1 and results[0]['outcome'] == SUCCEEDED, results
        assert results[0]['to'] == NEW_VERSION, results
        assert sorted(fota['Version'] for fota in all_fota(bed)) == [OLD_VERSION, NEW_VERSION], all_fota(bed)


if __name__ == '__main__':
    tap.run(globals())
