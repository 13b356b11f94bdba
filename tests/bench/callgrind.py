# SPDX-License-Identifier: GPL-2.0-or-later
"""A crowd whose daemon runs under callgrind, and what callgrind counted."""

import collections
import glob
import os
import re
import subprocess

from crowd import Crowd

OURS = 'libmm-plugin-tdtech'


class Counts:
    """One dump: instructions, and the calls from one object file into functions of another."""

    def __init__(self, path):
        self.total = 0
        # (object of the caller, object of the function, its name) to calls
        self.calls = collections.Counter()
        here = called = function = None
        with open(path, encoding='utf-8', errors='replace') as dump:
            for line in dump:
                key, _equals, value = line.rstrip('\n').partition('=')
                if key == 'ob':
                    here = called = value
                elif key == 'fn':
                    called = here
                elif key == 'cob':
                    called = value
                elif key == 'cfn':
                    function = value
                elif key == 'calls':
                    self.calls[here, called, function] += int(value.split()[0])
                    called = here
                elif line.startswith(('totals:', 'summary:')):
                    self.total = int(line.split()[1])

    def count(self, function):
        """How often the function was called."""
        return sum(calls for (_from, _to, name), calls in self.calls.items()
                   if re.split(r"['@]", name)[0] == function)

    def from_main_loop(self):
        """How often GLib called the plugin by itself: its timers and idle functions, beside
        functions that free what is in a container."""
        return sum(calls for (caller, called, name), calls in self.calls.items()
                   if 'libglib-2.0' in caller and OURS in called and not name.endswith(('_free', '_unref')))


class Counted(Crowd):
    """Nothing is counted until count() is entered. Valgrind is slow, so must the module be."""

    def __init__(self, *arguments, speed=2, **keys):
        super().__init__(*arguments, speed=speed, **keys)
        self.patience = 1200

    def start(self):
        self.daemon_prefix = ['valgrind', '--quiet', '--tool=callgrind', '--instr-atstart=no',
                              '--compress-strings=no', '--compress-pos=no',
                              '--callgrind-out-file=' + self.path('callgrind')]
        super().start()

    def _control(self, *command):
        subprocess.run(['vgdb', '--pid=%d' % self.pid, *command], stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)

    def count(self, function):
        """What it took while the function ran."""
        self._control('instrumentation', 'on')
        function()
        self._control('dump', 'counted')
        self._control('instrumentation', 'off')
        newest = max(glob.glob(self.path('callgrind') + '*'), key=os.path.getmtime)
        counts = Counts(newest)
        for path in glob.glob(self.path('callgrind') + '*'):
            os.unlink(path)
        return counts
