# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the sources are; makes tap.py of tests/integration known."""

import os
import sys

sys.dont_write_bytecode = True
ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..'))
sys.path.insert(0, os.path.join(ROOT, 'tests', 'integration'))


def read(*path):
    with open(os.path.join(ROOT, *path), encoding='utf-8') as source:
        return source.read()
