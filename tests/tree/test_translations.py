#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a person reads is translated, all of it, and says the same in each program."""

import glob
import os
import re
import subprocess
import tempfile

from place import ROOT, read
import tap

# The rooms whose strings a program may show (mmfota-agent tells those of release/ to D-Bus and its log alone)
DOMAINS = {
    'mmfota': ('cli', 'client'),
    'mmfota-agent': ('agent', 'client'),
    'mmfota-server': ('server', 'release'),
}
XGETTEXT = ('xgettext', '--from-code=UTF-8', '--keyword=_', '--keyword=N_', '--keyword=C_:1c,2', '--keyword=NC_:1c,2',
            '--no-location')

# Calls whose text a person sees, and which of their arguments it is
TELLING = {
    'g_print': 0, 'g_printerr': 0, 'g_prefix_error': 1, 'g_set_error': 3, 'g_set_error_literal': 3,
    'release_findings_add': 2, 'g_error_new': 2, 'g_error_new_literal': 2, 'g_option_context_set_summary': 1, 'g_option_context_set_description': 1,
    'mmfota_table_add_section': 1, 'mmfota_table_add_row': 1, 'mmfota_table_add_row_take': 1,
}
# Files that tell nobody at a terminal
ELSEWHERE = {
    r'agent/mmfota-agent-.*': 'the daemon: D-Bus and its log are English, the clients translate by name',
    r'cli/mmfota-report-facts\.c': 'the contents of a report',
    r'client/mmfota-tree\.c': 'JSON and key-value',
}
# … except for these
TELLS = ('agent/mmfota-agent-token.c',)
STRING = r'"(?:[^"\\]|\\.)*"'
QUOTED = re.compile(STRING)


def run(*argv, text=None):
    done = subprocess.run(argv, input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, encoding='utf-8',
                          cwd=ROOT, env=dict(os.environ, GETTEXTDATADIRS=os.path.join(ROOT, 'po'), LC_ALL='C.UTF-8'))
    assert done.returncode == 0, (argv, done.stdout)
    return done.stdout


def listed(domain):
    lines = read('po', domain, 'POTFILES').splitlines()
    return [line for line in lines if line and not line.startswith('#')]


# The entries of a catalogue


def unquote(lines):
    joined = ''.join(text[1:-1] for text in QUOTED.findall(lines))
    return re.sub(r'\\(.)', lambda match: {'n': '\n', 't': '\t'}.get(match.group(1), match.group(1)), joined)


def entries(text):
    """msgid (with its context) → (flags, msgstr), without the header"""
    found = {}
    for block in text.split('\n\n'):
        if any(line.startswith('#~') for line in block.splitlines()):
            found['obsolete: ' + block] = ('', '')
            continue
        fields = {}
        for name, lines in re.findall(r'^(msg\w+(?:\[\d\])?) ((?:%s\n?)+)' % STRING, block + '\n', re.M):
            fields[name] = unquote(lines)
        identity = fields.get('msgid')
        if not identity:
            continue
        flags = ' '.join(line[2:] for line in block.splitlines() if line.startswith('#,'))
        context = fields.get('msgctxt', '')
        found[(context + '|' if context else '') + identity] = (flags, fields.get('msgstr', fields.get('msgstr[0]', '')))
    return found


def merged(catalogue, template):
    """The catalogue with what the sources have now"""
    with tempfile.NamedTemporaryFile('w', suffix='.po', encoding='utf-8') as old, \
            tempfile.NamedTemporaryFile('w', suffix='.pot', encoding='utf-8') as new:
        old.write(catalogue)
        new.write(template)
        old.flush()
        new.flush()
        run('msgfmt', '--check', '-o', '/dev/null', old.name)
        return entries(run('msgmerge', '--quiet', '--no-location', '--no-wrap', '-o', '-', old.name, new.name))


def placeholders(text):
    return sorted(re.findall(r'%(?:\d+\$)?[-+#0]*(?:\d+|\*)?(?:\.(?:\d+|\*))?(?:l|ll|z|h)?[a-zA-Z%]', text.replace('$', '')
                             if re.search(r'%\d\$', text) is None else re.sub(r'%\d\$', '%', text)))


def edges(text):
    return len(text) - len(text.lstrip()), text[len(text.rstrip()):]


def complaints(found):
    for identity, (flags, translation) in found.items():
        plain = identity.split('|', 1)[-1] if '|' in identity and not translation.count('|') else identity
        if identity.startswith('obsolete: '):
            yield 'no longer used: ' + identity
        elif not translation:
            yield 'not translated: ' + identity
        elif 'fuzzy' in flags:
            yield 'not sure: ' + identity
        elif re.search(r'(?<!no-)c-format', flags) and placeholders(plain) != placeholders(translation):
            yield 'other placeholders: ' + identity
        elif edges(plain) != edges(translation):
            yield 'other blanks or line ends at the edge: ' + identity


def template(domain):
    return run(*XGETTEXT, '-o', '-', *listed(domain))


def check_domain(domain):
    found = merged(read('po', domain, 'zh_CN.po'), template(domain))
    assert found, 'no strings'
    wrong = list(complaints(found))
    assert not wrong, '\n'.join(wrong)


def case_mmfota():
    check_domain('mmfota')


def case_mmfota_agent():
    check_domain('mmfota-agent')


def case_mmfota_server():
    check_domain('mmfota-server')


def case_complaints():
    """Each is found where there is reason"""
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
    new = head + '#, c-format\nmsgid "%s is here\\n"\nmsgstr ""\n'
    for translation, expected in (
            (new, 'not translated'),
            (new.replace('#, c', '#, fuzzy, c').replace('msgstr ""\n', 'msgstr "%s 在此\\n"\n'), 'not sure'),
            (new.replace('c-format', 'no-c-format').replace('msgstr ""\n', 'msgstr "在此\\n"\n'), 'other placeholders'),
            (new.replace('c-format', 'no-c-format').replace('msgstr ""\n', 'msgstr "%s 在此"\n'), 'other blanks'),
            (head + 'msgid "gone"\nmsgstr "没了"\n', 'no longer used'),
            (new.replace('msgstr ""\n', 'msgstr "%s 在此\\n"\n'), None)):
        if expected in ('other placeholders', 'other blanks'):
            text = translation.replace('no-c-format', 'c-format')
            wrong = list(complaints(entries(text)))
        else:
            wrong = list(complaints(merged(translation, new)))
        assert any(line.startswith(expected) for line in wrong) if expected else not wrong, (expected, wrong)


def case_one_wording():
    """The same words mean the same, whichever program says them"""
    seen = {}
    for domain in DOMAINS:
        for identity, (_flags, translation) in entries(run('msgcat', '--no-wrap', 'po/%s/zh_CN.po' % domain)).items():
            seen.setdefault(identity, {}).setdefault(translation, []).append(domain)
    differing = {identity: said for identity, said in seen.items() if len(said) > 1}
    assert not differing, differing


def case_one_term():
    """A folder and an authorization have one name, in programs, manual pages and the README"""
    catalogues = {name: read('po', name, 'zh_CN.po') for name in (*DOMAINS, 'man')}
    translations = [(name, identity, translation) for name, text in catalogues.items()
                    for identity, (_flags, translation) in entries(text).items()]
    folders = [said for said in translations if '文件夹' in said[2]]
    assert not folders and '文件夹' not in read('README.zh_CN.md'), folders
    asked = [said for said in translations if said[1].startswith('Authentication is required to ')]
    assert len(asked) >= 7, asked
    differing = [said for said in asked if not said[2].startswith('需要进行身份验证才能')]
    assert not differing, differing


def case_self_signed():
    """The guide calls it 自签名, and nothing else"""
    for name in (*DOMAINS, 'man'):
        for identity, (_flags, translation) in entries(read('po', name, 'zh_CN.po')).items():
            assert ('self-signed' in identity.lower()) == ('自签名' in translation), (name, identity, translation)
    assert '自签名' in read('po', 'man', 'zh_CN.po') and '自签名' in read('po', 'mmfota-server', 'zh_CN.po')
    assert 'self-signed' in read('README.md') and '自签名' in read('README.zh_CN.md')


# The sources


def case_potfiles():
    marked = re.compile(r'\b(?:N?C?_|ngettext|gettext) ?\(\s*"')
    for domain, rooms in DOMAINS.items():
        files = listed(domain)
        assert files == list(dict.fromkeys(files)), domain
        for path in files:
            assert os.path.exists(os.path.join(ROOT, path)), (domain, path)
        for room in rooms:
            for path in sorted(glob.glob(os.path.join(ROOT, room, '**', '*.[ch]'), recursive=True)):
                name = os.path.relpath(path, ROOT)
                assert name in files or not marked.search(read(name)), '%s is not in POTFILES of %s' % (name, domain)


def arguments(text, start):
    """Those of a call whose parenthesis ends before start"""
    depth, begin, found = 0, start, []
    tokens = re.compile(STRING + r"|'(?:[^'\\]|\\.)+'|/\*.*?\*/|[(){}\[\],]", re.S)
    for token in tokens.finditer(text, start):
        if token.group() in '([{':
            depth += 1
        elif token.group() in ')]}':
            if not depth:
                return found + [text[begin:token.start()]]
            depth -= 1
        elif token.group() == ',' and not depth:
            found.append(text[begin:token.start()])
            begin = token.end()
    return found


def is_human(argument):
    """A literal, or a choice of literals, that is not marked and has two words"""
    if re.search(r'\bN?_\(|ngettext \(', argument):
        return False
    text = re.sub(r'%[-0-9.*]*l*[a-zA-Z]|\\n', '', ''.join(part[1:-1] for part in QUOTED.findall(argument)))
    return bool(re.search(r'[A-Za-z]{2,}', text)) and (' ' in text.strip() or argument.strip().startswith('"'))


def unmarked(text):
    for match in re.finditer(r'\b(\w+) \(', text):
        index = TELLING.get(match.group(1))
        given = arguments(text, match.end()) if index is not None else []
        if index is not None and len(given) > index and is_human(given[index]):
            yield ' '.join(given[index].split())


def is_told(path):
    return path in TELLS or not any(re.fullmatch(pattern, path) for pattern in ELSEWHERE)


# What is the same in all languages: a name with its version, JSON, URL and XML, what a daemon writes to its journal and
# mmfota-server --serve to its log
SAME = ('"mmfota', '"{', '"error: the name %s can\'t be had on the bus', '"error: the bus has gone',
        '"%sfull/%s: %s"', '"%s: <spath>', '"error: no state folder', '"error: \'%s\' is not a folder',
        '"%s %s %s %u: %" PRIu64 " bytes', '"no TLS: ', '"not taken: ')


def check_marked(*rooms):
    found = []
    for room in rooms:
        for path in sorted(glob.glob(os.path.join(ROOT, room, '**', '*.c'), recursive=True)):
            name = os.path.relpath(path, ROOT)
            if is_told(name):
                found += ['%s: %s' % (name, text) for text in unmarked(read(name)) if not text.startswith(SAME)]
    assert not found, '\n'.join(found)


def case_marked_in_clients():
    check_marked('cli', 'client')


def case_marked_in_agent():
    check_marked('agent')


def case_marked_in_server():
    check_marked('server', 'release')


def case_what_is_human():
    assert list(unmarked('g_print ("it is done\\n");')) == ['"it is done\\n"']
    assert list(unmarked('g_set_error (error, D, C,\n "no %s"\n "is there", a);')) == ['"no %s" "is there"']
    assert list(unmarked('g_print (done ? "well done\\n" : "not so well\\n");')) != []
    assert not list(unmarked('g_print (_("it is done\\n")); g_print ("%s\\n", text); g_debug ("it is done");'))
    assert is_told('cli/mmfota-run.c') and not is_told('agent/mmfota-agent-store.c') and is_told('agent/mmfota-agent.c')


if __name__ == '__main__':
    tap.run(globals())
