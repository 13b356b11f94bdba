#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The page of supported versions is the one that scripts/versions writes."""

import os
import subprocess

from place import ROOT
import tap


def case_page_is_as_written():
    done = subprocess.run([os.path.join(ROOT, 'scripts', 'versions'), '--check'], stdout=subprocess.PIPE,
                          encoding='utf-8', check=False)
    assert done.returncode == 0, done.stdout


if __name__ == '__main__':
    tap.run(globals())
