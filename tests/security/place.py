# SPDX-License-Identifier: GPL-2.0-or-later
"""To be imported first: these cases use the test bed of the integration tests."""

import os
import sys

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TESTS, 'integration'))
