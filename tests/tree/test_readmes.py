#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""README in Chinese says all that the English one says."""

import re

from place import read
import tap

CHINESE = re.compile('[\u4e00-\u9fff]')


def code(text):
    """The blocks, each with its language, without remarks, which may be in another language."""
    return [(language, [re.sub(r'(^|\s+)# .*', '', line).rstrip() for line in block.splitlines()])
            for language, block in re.findall(r'^```(\w*)\n(.*?)^```', text, re.MULTILINE | re.DOTALL)]


def case_readme_has_the_same_commands():
    english, chinese = read('README.md'), read('README.zh_CN.md')
    ours, theirs = code(english), code(chinese)
    assert len(ours) == len(theirs) > 8, (len(ours), len(theirs))
    for pair in zip(ours, theirs):
        assert pair[0] == pair[1], pair
    # Remarks are where they are in the other one
    remarks = [[bool(re.search(r'(^|\s)# ', line)) for line in re.findall(r'^```\w*\n.*?^```', text, re.MULTILINE | re.DOTALL)]
               for text in (english, chinese)]
    assert remarks[0] == remarks[1]


def case_readme_has_the_same_chapters():
    """Chapters, links, rows of tables, and whatever is marked as code."""
    english, chinese = read('README.md'), read('README.zh_CN.md')
    assert '](README.zh_CN.md)' in english.split('\n\n')[1] and '](README.md)' in chinese.split('\n\n')[1]
    for pattern in (r'(?m)^#+(?= )', r'(?m)^\| ?(?=\S)', r'(?m)^\* ', r'`[^`\n]+`', r'\]\(([^)]*)\)'):
        found = [sorted(re.findall(pattern, re.sub(r'(?ms)^```.*?^```', '', text))) for text in (english, chinese)]
        found = [[item for item in items if not item.startswith('README')] for items in found]
        if pattern.startswith('`'):
            found = [set(items) for items in found]
            assert found[0] == found[1], found[0] ^ found[1]
        else:
            assert [item.partition('#')[0] for item in found[0]] == [item.partition('#')[0] for item in found[1]], (pattern, found)
    for paragraph in re.sub(r'(?ms)^```.*?^```', '', chinese).split('\n\n'):
        words = re.sub(r'`[^`]*`|\[[^\]]*\]\([^)]*\)|[^A-Za-z ]', ' ', paragraph)
        assert len(words.split()) < 12 or CHINESE.search(paragraph), 'in English: ' + paragraph


if __name__ == '__main__':
    tap.run(globals())
