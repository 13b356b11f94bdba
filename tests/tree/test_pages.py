#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The manual pages in Chinese say all that the English ones say."""

import glob
import os
import re
import shutil
import subprocess
import tempfile
import unicodedata

from place import ROOT, read
import tap

CATALOGUE = os.path.join('po', 'man', 'zh_CN.po')
PAGES = sorted(os.path.relpath(path, ROOT) for room in ('cli', 'agent', 'server')
               for path in glob.glob(os.path.join(ROOT, room, '**', 'mmfota*.[0-9]'), recursive=True))
CHINESE = re.compile('[\u4e00-\u9fff]')
# They never begin a line
CLOSING = '，。；：、？！）”'
# groff 1.22 runs without end if what it can't break, between Chinese letters, is longer than a line
SECONDS = 60


class Pages:
    """The pages in both languages; those in Chinese as installed, since man looks at the folder's name."""

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix='tdtech-pages-')
        made = os.path.join(self.folder.name, 'made')
        os.mkdir(made)
        # Less than all of a page is none
        done = subprocess.run(['po4a', '--no-update', '--force', '--quiet', '--keep', '100', '--srcdir', ROOT, '--destdir', made,
                               os.path.join(ROOT, 'po', 'man', 'po4a.cfg')], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              encoding='utf-8', check=False, env=dict(os.environ, LC_ALL='C.UTF-8'))
        assert done.returncode == 0, done.stdout
        self.said = done.stdout
        self.made = set(os.listdir(made))
        self.pairs = []
        for page in PAGES:
            name = os.path.basename(page)
            target = os.path.join(self.folder.name, 'man', 'zh_CN', 'man' + name[-1], name)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            if name in self.made:
                shutil.copy(os.path.join(made, name), target)
            self.pairs.append((os.path.join(ROOT, page), target))
        subprocess.run(['localedef', '-i', 'zh_CN', '-f', 'UTF-8', os.path.join(self.folder.name, 'zh_CN.UTF-8')], check=True)
        return self

    def __exit__(self, *_exception):
        self.folder.cleanup()

    def shown(self, path, width, warnings=True):
        done = subprocess.run(['man', '--warnings=all', '-l', path], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, encoding='utf-8', check=True, timeout=SECONDS,
                              env=dict(os.environ, LOCPATH=self.folder.name, LC_ALL='zh_CN.UTF-8', MANWIDTH=str(width)))
        assert done.stdout and not (warnings and done.stderr), (path, width, done.stderr)
        return done.stdout


def entries(text):
    """Marks, text and translation of each entry of a catalogue."""
    for block in text.split('\n\n'):
        parts = [re.search(r'^%s ((?:"(?:[^"\\]|\\.)*"\n?)+)' % word, block, re.MULTILINE) for word in ('msgid', 'msgstr')]
        if all(parts):
            marks = [line for line in block.splitlines() if line.startswith('#')]
            yield marks, *(''.join(re.findall(r'"((?:[^"\\]|\\.)*)"', part.group(1))) for part in parts)


def prose(text):
    """What is left for people of a paragraph with macros."""
    return re.sub(r'\\\(..|\\.', ' ', re.sub(r'[EBI]<[^>]*>', ' ', text))


def case_pages_are_translated():
    with Pages() as pages:
        assert len(PAGES) == 5, PAGES
        missing = {os.path.basename(page) for page in PAGES} - pages.made
        assert not missing, 'not all of %s is in %s (po4a --no-translations po/man/po4a.cfg adds what is new)\n%s' % (
            sorted(missing), CATALOGUE, pages.said)


def case_catalogue_is_complete():
    count = 0
    for marks, text, translation in entries(read(CATALOGUE)):
        if not text:
            continue
        count += 1
        assert not any('fuzzy' in mark for mark in marks), 'fuzzy: ' + text
        assert translation, 'not translated: ' + text
        # Code, names and macros stay; sentences don't
        if not text.endswith('\\n') and '#. type: Dl' not in marks and '#. type: It' not in marks and re.search(r'[a-z]+ [a-z]+', prose(text)):
            assert CHINESE.search(translation), 'in English: ' + text
    assert count > 300, count


def case_pages_name_the_same():
    """Options, paths, addresses, groups of the configuration and names in capitals."""
    with Pages() as pages:
        for ours, theirs in pages.pairs:
            # Wide enough that nothing is broken
            english, chinese = pages.shown(ours, 5000), pages.shown(theirs, 5000)
            for pattern in (r'(?<![\w-])--?[A-Za-z0-9][\w-]*', r'(?<![\w.])/[\w/.*-]*\w', r'\w+://[\w./%{}:-]*[\w/}]', r'\[(?!verb|options)\w+\]',
                            r'[A-Z][A-Z_]{2,}', r'\b\w+(?:[_.]\w+)+\b', r'%\{\w+\}', r'\d+\w*'):
                found = [set(re.findall(pattern, re.sub(r'(?m)^BSD.*', '', text), re.ASCII)) for text in (english, chinese)]
                # Headings, and where they are referred to
                headings = {word for line in re.findall(r'(?m)^[A-Z ]+$', english) for word in line.split()}
                assert found[0] - headings == found[1] - headings, (theirs, found[0] ^ found[1])


def case_pages_read_well():
    """Nothing is complained of, no line is too long or begins with what closes, and whatis finds the name."""
    with Pages() as pages:
        for ours, theirs in pages.pairs:
            for width in (80, 120):
                lines = pages.shown(theirs, width).splitlines()
                for line in lines:
                    columns = sum(2 if unicodedata.east_asian_width(letter) in 'WF' else 1 for letter in line)
                    # Examples are not broken
                    assert columns <= width or not CHINESE.search(line), (theirs, line)
                    assert line.lstrip()[:1] not in tuple(CLOSING), (theirs, line)
            # Names of files that don't fit are no fault of the page there
            pages.shown(theirs, 40, warnings=False)
            name = os.path.basename(theirs)[:-2]
            synopses = [re.search(r'^(?:SYNOPSIS|概要)\n(.*?)^\S', pages.shown(path, 120), re.MULTILINE | re.DOTALL).group(1)
                        for path in (ours, theirs)]
            # A line for each way to call it
            assert synopses[0].count('\n') == synopses[1].count('\n'), synopses
            done = subprocess.run(['lexgrog', theirs], stdout=subprocess.PIPE, encoding='utf-8', check=True, timeout=SECONDS,
                                  env=dict(os.environ, LOCPATH=pages.folder.name, LC_ALL='zh_CN.UTF-8'))
            assert '"%s - ' % name in done.stdout and CHINESE.search(done.stdout), done.stdout


if __name__ == '__main__':
    tap.run(globals())
