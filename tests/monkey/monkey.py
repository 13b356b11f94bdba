#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Random lives: what callers, users, network, module, cable, clock and kill -9 can do, in a random
order, on the stock daemon. After each life: what judge.py says. A life that failed is cut down to
the shortest list of steps that fails the same way. Lives that failed once are in once-failed.json
and are always lived again.
"""

import argparse
import collections
import copy
import datetime
import json
import multiprocessing
import os
import queue
import re
import subprocess
import sys
import time
import traceback

from script import make_script, step_text

HERE = os.path.dirname(os.path.abspath(__file__))
ONCE_FAILED = os.path.join(HERE, 'once-failed.json')

# New lives a day in scripts/check
LIVES = 40

# A life is repeated until it fails again, so often
TRIES = 2
SHRINK_SECONDS = 300


# One life

def live(script, name=None, tell=lambda _text: None):
    """Returns (wrongs, folder of the logs, words on what it came to)."""
    from gi.repository import GLib  # pylint: disable=import-outside-toplevel
    from life import Gone, Life, LifeBed  # pylint: disable=import-outside-toplevel
    from judge import judge_life, outcomes_of  # pylint: disable=import-outside-toplevel
    bed = LifeBed(script)
    bed.daemon_may_be_dead = True
    sys.argv[1:] = [name or 'shrinking']
    life, wrongs, error = None, [], None
    try:
        bed.__enter__()  # pylint: disable=unnecessary-dunder-call
        first = bed.simulator.status()
        life = Life(bed, script)
        try:
            life.begin_watching()
            life.perform_script(tell)
            life.make_peace()
            life.find_peace()
            trouble = None
        except (AssertionError, GLib.Error, Gone) as caught:
            trouble = caught
        try:
            wrongs = judge_life(life, first)
        except (AssertionError, GLib.Error, Gone, IndexError) as caught:
            trouble = trouble or caught
        if trouble and not wrongs:
            wrongs = [('no peace', str(trouble))]
    except Exception as caught:  # pylint: disable=broad-except
        error = caught
        wrongs = [('machinery', traceback.format_exc())]
    finally:
        if life:
            life.close()
        if wrongs and not error:
            error = AssertionError(wrongs[0][1])
        if wrongs:
            with open(bed.path('daemon') + '/life.txt', 'w', encoding='utf-8') as out:
                out.write(chronicle_text(life) if life else '')
        outcomes = outcomes_of(life) if life else []
        stderr = daemon_stderr(bed)
        bed._leave(error if name else None)  # pylint: disable=protected-access
    if stderr and wrongs:
        wrongs[0] = (wrongs[0][0], wrongs[0][1] + '\n' + stderr)
    return wrongs, getattr(error, 'logs', ''), outcomes


def chronicle_text(life):
    lines = []
    for when, kind, data in life.chronicle:
        if kind == 'step':
            data = step_text(data)
        elif kind in ('call', 'answer-to') and hasattr(data, 'text'):
            data = data.text()
        lines.append('%10.3f %s %s' % (when, kind, data))
    return '\n'.join(lines) + '\n'


def daemon_stderr(bed):
    """Stacks, if there are any."""
    try:
        with open(bed.path('daemon') + '/stderr', encoding='utf-8', errors='replace') as err:
            text = err.read()
    except OSError:
        return ''
    index = text.find('stack of')
    return '\n'.join(frame_text(line) for line in text[index:].splitlines()[:40]) if index >= 0 else ''


def frame_text(line):
    """A line of a stack; one of ours with function and place."""
    from harness import PLUGIN  # pylint: disable=import-outside-toplevel
    match = re.search(r'libmm-plugin-tdtech\.so\(\+(0x[0-9a-f]+)\)', line)
    if not match:
        return re.sub(r'\[0x[0-9a-f]+\]$', '', line)
    place = subprocess.run(['addr2line', '-f', '-s', '-e', PLUGIN, match.group(1)], stdout=subprocess.PIPE,
                           encoding='utf-8', check=False).stdout
    return 'libmm-plugin-tdtech.so: ' + ' '.join(place.split())


def kinds_of(wrongs):
    return {kind for kind, _text in wrongs}


# Shorter

class Shrinker:
    """Delta debugging over the list of steps, then over the world."""

    def __init__(self, script, wrongs, seconds, tell):
        self.script = script
        self.kinds = kinds_of(wrongs)
        self.end = time.monotonic() + seconds
        self.tell = tell
        self.lives = 0

    def fails(self, script):
        for _attempt in range(TRIES):
            if time.monotonic() > self.end:
                return False
            self.lives += 1
            wrongs = in_child(script, None)[0]
            if kinds_of(wrongs) & self.kinds:
                return True
        return False

    def _with_steps(self, steps):
        return dict(self.script, steps=steps)

    def shrink_steps(self):
        parts = 2
        steps = self.script['steps']
        if self.fails(self._with_steps([])):
            steps = []
        while len(steps) >= 1:
            size = max(len(steps) // parts, 1)
            for begin in range(0, len(steps), size):
                rest = steps[:begin] + steps[begin + size:]
                if rest and self.fails(self._with_steps(rest)):
                    steps = rest
                    parts = max(parts - 1, 2)
                    break
            else:
                if size == 1:
                    break
                parts = min(parts * 2, len(steps))
            self.tell('%d steps' % len(steps))
            if time.monotonic() > self.end:
                break
        self.script = self._with_steps(steps)

    def shrink_world(self):
        for group in ('fota', 'network', 'module', 'noise', 'timing', 'port'):
            for key in list(self.script['world'].get(group, ())):
                if key == 'speed' or time.monotonic() > self.end:
                    continue
                shorter = copy.deepcopy(self.script)
                del shorter['world'][group][key]
                if self.fails(shorter):
                    self.script = shorter

    def shrink(self):
        self.shrink_steps()
        self.shrink_world()
        return self.script


# Many lives

def _child(script, name, pipe):
    from processes import die_with_parent  # pylint: disable=import-outside-toplevel
    die_with_parent()
    pipe.send(live(script, name))
    pipe.close()


def in_child(script, name):
    """In a process of its own: GLib keeps what it was told once."""
    context = multiprocessing.get_context('fork')
    here, there = context.Pipe(False)
    child = context.Process(target=_child, args=(script, name, there))
    child.start()
    there.close()
    try:
        answer = here.recv()
    except EOFError:
        answer = [('machinery', 'the life ended without a word')], '', []
    child.join()
    return answer


def work(todo, done):
    from processes import die_with_parent  # pylint: disable=import-outside-toplevel
    die_with_parent()
    while True:
        item = todo.get()
        if item is None:
            return
        number, script = item
        begin = time.monotonic()
        answer = in_child(script, 'life-%s' % script['seed'])
        done.put((number, *answer, time.monotonic() - begin))


def run_lives(scripts, jobs, tell):
    context = multiprocessing.get_context('fork')
    todo, done = context.Queue(), context.Queue()
    for item in enumerate(scripts):
        todo.put(item)
    workers = [context.Process(target=work, args=(todo, done)) for _ in range(min(jobs, len(scripts)))]
    for worker in workers:
        todo.put(None)
        worker.start()
    left = set(range(len(scripts)))
    while left:
        try:
            number, wrongs, logs, outcomes, seconds = done.get(timeout=10)
        except queue.Empty:
            if any(worker.is_alive() for worker in workers):
                continue
            number, wrongs, logs, outcomes, seconds = min(left), [('machinery', 'the worker ended')], '', [], 0
        left.discard(number)
        tell(scripts[number], wrongs, logs, outcomes, seconds)
    for worker in workers:
        worker.join()


# Telling

def comment(text):
    for line in text.splitlines():
        print('# ' + line, flush=True)


def describe(script):
    world = {group: keys for group, keys in script['world'].items() if keys}
    return '\n'.join(['world %s' % json.dumps(world)] + ['  ' + step_text(step) for step in script['steps']])


class Teller:
    def __init__(self, arguments):
        self.arguments = arguments
        self.told = 0
        self.failed = 0
        # In how many lives
        self.outcomes = collections.Counter()

    def __call__(self, script, wrongs, logs, outcomes, seconds):
        self.told += 1
        self.outcomes.update(outcomes)
        name = 'life %s, %d steps (%.1f s)' % (script['seed'], len(script['steps']), seconds)
        for kind, text in wrongs:
            comment('%s: %s' % (kind, text))
        if wrongs:
            self.failed += 1
            comment('logs: ' + logs)
            if not self.arguments.no_shrink:
                shrinker = Shrinker(script, wrongs, self.arguments.shrink_seconds, lambda _text: None)
                script = shrinker.shrink()
                comment('the shortest that fails so, after %d lives:' % shrinker.lives)
            comment(describe(script))
            comment('script %s' % json.dumps(script))
        print('%sok %d - %s' % ('not ' if wrongs else '', self.told, name), flush=True)


def load(path):
    with open(path, encoding='utf-8') as source:
        return json.load(source)


def choose(arguments):
    """The scripts, and a word on where they come from."""
    if arguments.script:
        return load(arguments.script), arguments.script
    first = arguments.first
    if first is None:
        first = int(datetime.date.today().strftime('%Y%m%d')) * 1000
    scripts = [make_script(seed) for seed in range(first, first + arguments.seeds)]
    if not arguments.only_new:
        scripts += load(ONCE_FAILED)
    if arguments.shard:
        part, parts = (int(number) for number in arguments.shard.split('/'))
        scripts = scripts[part - 1::parts]
    return scripts, 'seeds from %d (--first %d), and those that failed once' % (first, first)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--seeds', type=int, default=LIVES, metavar='N', help='so many new lives (default: %(default)s)')
    parser.add_argument('--first', type=int, metavar='S', help='the first seed (default: that of the day)')
    parser.add_argument('--today', action='store_true', help='those of scripts/check: few, and cut down only briefly')
    parser.add_argument('--only-new', action='store_true', help='not those that failed once')
    parser.add_argument('--jobs', type=int, default=2, help='lives side by side (default: %(default)s)')
    parser.add_argument('--shard', metavar='K/N', help='the Kth of N parts')
    parser.add_argument('--script', metavar='FILE', help='the scripts of this file, as printed, in a JSON array')
    parser.add_argument('--no-shrink', action='store_true', help='do not look for the shortest script that fails')
    parser.add_argument('--shrink-seconds', type=int, help='at most so long for each (default: %d)' % SHRINK_SECONDS)
    arguments = parser.parse_args()
    if arguments.shrink_seconds is None:
        arguments.shrink_seconds = 60 if arguments.today else SHRINK_SECONDS

    scripts, where = choose(arguments)
    comment(where)
    print('1..%d' % len(scripts), flush=True)
    teller = Teller(arguments)
    if scripts:
        run_lives(scripts, arguments.jobs, teller)
    comment('\n'.join('%4d %s' % (count, name) for name, count in sorted(teller.outcomes.items())))
    comment('%d lives, %d wrong' % (teller.told, teller.failed))
    sys.exit(teller.failed > 0)


sys.path.insert(0, os.path.join(HERE, '..', 'integration'))

if __name__ == '__main__':
    main()
