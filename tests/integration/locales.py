# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs of the build folder in another language (tests/locale)."""

import os

CHINESE = 'zh_CN.UTF-8'
CHINESE_OLD = 'zh_CN.GB18030'


def environment(build, locale=CHINESE):
    """What a program needs in its environment, above that of the test; build: the build folder"""
    return {
        'LC_ALL': locale,
        'LANGUAGE': '',
        'LOCPATH': os.path.join(build, 'tests', 'locale'),
        'LD_PRELOAD': os.path.join(build, 'tests', 'locale', 'catalogue.so'),
        'TDTECH_LOCALEDIR': os.path.join(build, 'po'),
    }
