#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Reports that are not finished: interrupted, without a place to go, cut or hostile when they are played."""

import os
import resource
import shutil
import signal
import subprocess
import tempfile

import tap
from bus import Bus
from harness import MMFOTA, SIMULATOR, wait_for
from processes import PATIENCE, clean_environment
from test_reports import DONE, FAILED, Report, Stand


class Place:
    """A bus, a ModemManager without a modem, and a folder."""

    def __init__(self, has_log=False):
        self.has_log = has_log

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix='tdtech-unfinished-')
        self.bus = Bus(os.path.join(self.folder, 'bus'))
        self.bus.start()
        self.log = os.path.join(self.folder, 'log')
        self.daemon = Stand(self.bus, *(['--log-file=' + self.log] if self.has_log else []))
        self.name = os.path.join(self.folder, 'report')
        return self

    def __exit__(self, *_):
        self.daemon.process.kill()
        self.daemon.process.wait()
        self.daemon.process.stdout.close()
        self.bus.stop()
        shutil.rmtree(self.folder)

    def mmfota(self, *options, **keys):
        env = clean_environment(XDG_RUNTIME_DIR=self.folder, **self.bus.environment)
        return subprocess.Popen([MMFOTA, *options], env=env, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, encoding='utf-8',
                                **dict({'stdout': subprocess.DEVNULL}, **keys))

    def ended(self, process):
        _out, err = process.communicate(timeout=PATIENCE)
        return process.returncode, err


def case_interrupted():
    """While ModemManager does not answer: the next report may have the name."""
    with Place() as place:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            os.kill(place.daemon.process.pid, signal.SIGSTOP)
            process = place.mmfota('--report=' + place.name)
            wait_for('the file', lambda: os.path.exists(place.name))
            process.send_signal(number)
            status, _err = place.ended(process)
            os.kill(place.daemon.process.pid, signal.SIGCONT)
            assert status == -number and not os.path.exists(place.name), (number, status)
        status, err = place.ended(place.mmfota('--report=' + place.name))
        assert status == DONE and Report(place.name).lines[-1] == '[end]', (status, err)


def limit_files():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))


def case_no_place():
    """Nothing is overwritten, through a link neither, and what cannot be written is no success."""
    with Place() as place:
        for name, link in (('there', None), ('loose', place.folder + '/nowhere'), ('tight', place.folder + '/there')):
            path = os.path.join(place.folder, name)
            if link:
                os.symlink(link, path)
            else:
                with open(path, 'w', encoding='ascii') as out:
                    out.write('mine')
            status, err = place.ended(place.mmfota('--report=' + path))
            assert status == FAILED and 'exists' in err, (name, status, err)
        assert not os.path.exists(place.folder + '/nowhere') and open(place.folder + '/there', encoding='ascii').read() == 'mine'
        with open('/dev/full', 'w', encoding='ascii') as full:
            status, err = place.ended(place.mmfota('--report=-', stdout=full))
        assert status == FAILED and 'standard output' in err, (status, err)
        # As on a full disk
        status, err = place.ended(place.mmfota('--report=' + place.name, preexec_fn=limit_files))
        assert status == FAILED and "couldn't write" in err and not os.path.exists(place.name), (status, err)


def case_log_file():
    """Without times it is refused before anything is raised; a message of several lines has one time."""
    with Place(has_log=True) as place:
        for text, wanted in (('<wrn> something\n' * 30, FAILED), ('<wrn> [17.5] something\nmore of it\n', DONE)):
            with open(place.log, 'w', encoding='utf-8') as log:
                log.write(text)
            status, err = place.ended(place.mmfota('--report=' + place.name, '--record=1'))
            assert status == wanted and ('has no times' in err) == (wanted == FAILED), (text, status, err)
        assert Report(place.name).lines[-1] == '[end]'
        place.daemon.process.kill()
        assert place.daemon.process.stdout.read().split() == ['INFO', 'DEBUG', 'INFO']


def case_played():
    """By the simulator: each line that is none is named by its number."""
    head = 'mmfota report 1\n[ports]\nttyUSB0: at\n[at]\n0.000000 ttyUSB0 > "AT\\r"\n'
    broken = ['inf ttyUSB0 < "\\r\\nOK\\r\\n"', 'nan ttyUSB0 < "\\r\\nOK\\r\\n"', '1e300 ttyUSB0 < "\\r\\nOK\\r\\n"', '-1 ttyUSB0 < "x"',
              '0.5 ttyUSB0 < "\\r\\nOK', '0.5 ttyUSB0 < "\\xzz"', '0.5 ttyUSB0 < "\\"', '0.5 ttyUSB0 ? "x"', '0.5 ttyUSB0', '"']
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'report')
        for text, what in [(head + line + '\n', ':6: ') for line in broken] + \
                [('', 'is no report'), ('\0' * 100000, 'is no report'), ('mmfota report 2\n', 'is no report'), ('mmfota report 1\n[end]\n', 'no AT traffic'),
                 (head, 'is cut'), (head + '[en', 'is cut'), ('mmfota report 1\n', 'is cut')]:
            with open(path, 'w', encoding='utf-8') as out:
                out.write(text)
            done = subprocess.run([SIMULATOR, '--replay', path, '--', 'true'], env=clean_environment(), stdin=subprocess.DEVNULL,
                                  check=False, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=PATIENCE, encoding='utf-8')
            assert done.returncode == 1 and what in done.stderr, (text[-60:], done)


if __name__ == '__main__':
    tap.run(globals())
