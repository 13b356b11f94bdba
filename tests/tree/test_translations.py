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


def edges_in_chinese(text, translation):
    """Full-width brackets and punctuation bring the blank of half-width ones with them."""
    before, after = edges(text)
    return 0 if translation.startswith('（') else before, after.lstrip(' ') if translation.rstrip('\n').endswith(('：', '；', '、')) else after


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
        elif edges(translation) != edges_in_chinese(plain, translation):
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


# What is not said, and what is said instead
OTHER_WORDS = {
    '文件夹': '目录', '你': '您', '回答': '答复', '提问|提出的?问题': '询问', '妨碍': '阻碍', '受阻于': '阻碍因素',
    '自行写入|可写入的固件|没有写入任何': '刷写', '发布版本': '升级包', '无事可做': '无需操作', '坐在|本机用户': '本地登录用户',
    '查找[^，。；]{0,14}固件': '查询', '消失': '断开, 不可用', '缺陷报告': '问题报告', '允许(?:：| [%\\d])': '应为',
    '校验(?!和)': '验证', '去除': '隐去', '模块代码': '模块错误码', '继续执行': '继续工作', '请参阅': '参见',
    r'选项\.\.\.': '选项…', '写出(?:报告|问题)': '生成',
    '以 (?:13,51|20) 停止': '报 … 并停止', '^继续下载$|会续传': '断点续传', '偏高': '未恢复', '检查发现': '发现的问题',
}
# Whoever names the one in English does so in Chinese
NAMED = {
    r'[Mm]odems?': '调制解调器', r'[Mm]odules?': '模块', 'index': '索引', 'sequence number': '序号', '[Ff]lash(?:es|ed)?': '刷写',
    '[Qq]uestion': '询问', '[Rr]ecord(?:ing|ed)?': '录制', '[Ss]uspended': '挂起', '[Rr]eleases?': '升级包', '[Ff]olders?': '目录',
}
# Names of options, keys, macros and programs; the title of a table has room for eight columns
NO_WORDS = re.compile(r"E<\.(?:Pq )?(?:Fl|Ar|Cm|Li|Pa|Ql|Op) [^>]*>|(?:ModemManager|modemmanager|--|mmcli -m)[\w-]*|\\\(dq\S*|"
                      r'software module|release\.json|a later release|while a question waits|a declined question|^Modem$|^(?:Fl|Cm|E<\.Nm>) .*')
FULL_WIDTH = '，。；：、？！（）“”'
LETTERS = '\u4e00-\u9fff'
# Between Chinese and Latin or digits there is one blank, beside full-width punctuation none
BLANKS = {
    'a blank beside full-width punctuation': r'[%s] | (?=[%s])' % (FULL_WIDTH, FULL_WIDTH),
    'no blank between Chinese and Latin': '[%s][A-Za-z0-9-]|[A-Za-z0-9][%s]' % (LETTERS, LETTERS),
    'half-width punctuation after Chinese': r'[%s](?: ?\(|:|[,;!](?!\w))' % LETTERS,
    'half-width quotation marks': r"'[^']*'|\"[^\"]*[%s]" % LETTERS,
}
# The format of a date
WITHOUT_BLANKS = ('%Y年%-m月%-d日 %H:%M',)


def in_chinese():
    """(where, English, Chinese) of all that is translated; the README and the demo have no English beside it"""
    for name in (*DOMAINS, 'man'):
        for identity, (_flags, translation) in entries(run('msgcat', '--no-wrap', 'po/%s/zh_CN.po' % name)).items():
            # Examples are not translated
            if re.search('[%s]' % LETTERS, translation):
                yield name, identity.split('|', 1)[-1] if identity.startswith('MIME') else identity, translation
    prose = re.sub(r'(?ms)^```.*?^```', '', read('README.zh_CN.md'))
    for line in prose.splitlines():
        yield 'README', '', line
    for text in re.findall("'([^'\n]*[%s][^'\n]*)'" % LETTERS, read('tests', 'integration', 'demo.py')):
        yield 'demo', '', text


def bare(translation):
    """Without what po4a and groff have between the letters; a text that is put in may bring its own quotation marks"""
    translation = re.sub(r'%(?:\d\$)?[-.\d]*s', '*', re.sub(r'%(?:\d\$)?0?\d*[ud]', '0', translation))
    return re.sub(r'\\[&:]|\\~|[BI]<|(?<=\w)>', lambda match: ' ' if match.group() == '\\~' else '', translation)


def faults(where, english, chinese):
    for pattern, instead in OTHER_WORDS.items():
        for match in re.finditer(pattern, chinese):
            yield '%s: %s, not %s' % (where, instead, match.group())
    words = NO_WORDS.sub(' ', english)
    for pattern, name in NAMED.items():
        if re.search(r'\b(?:%s)\b' % pattern, words) and name not in chinese:
            yield '%s: %s is not named' % (where, name)
    for one, other in (('调制解调器', r'(?i)\bmodem'), ('模块', r'(?i)\bmodule')):
        if one in chinese and re.search(r'\b[Mm]odems?\b|\b[Mm]odules?\b', english) and not re.search(other, english):
            yield '%s: %s, which is the other one' % (where, one)
    if chinese not in WITHOUT_BLANKS:
        for fault, pattern in BLANKS.items():
            match = re.search(pattern, bare(chinese).strip('\n'))
            if match and (where, fault) != ('README', 'half-width quotation marks'):
                yield '%s: %s: %s' % (where, fault, match.group())


def case_one_term():
    """A thing has one name, and punctuation one form, in programs, manual pages and the README"""
    found, asked = [], []
    for where, english, chinese in in_chinese():
        found += ['%s: %s' % (fault, chinese) for fault in faults(where, english, chinese)]
        if english.startswith('Authentication is required to '):
            asked.append(chinese)
    assert not found, '\n'.join(found)
    assert len(asked) >= 7 and not [said for said in asked if not said.startswith('需要进行身份验证才能')], asked


def case_terms_are_looked_at():
    """What was said before is found"""
    for english, chinese in (('no such folder', '没有这个文件夹'), ('the modem is gone', '调制解调器已消失'), ('Answer it', '请回答'),
                             ('the modem', '模块'), ('the module', '调制解调器'), ('choose by index', '请按序号选择'),
                             ('line %u: ', '第 %u 行： '), ("'%s' is no file", '“%s” 不是文件'), ("'%s' is no file", "'%s' 不是文件"),
                             ('no key (openssl rand)', '没有密钥 (openssl rand)'), ('%u files', '共有5个文件'), ('see URL', '参见URL'),
                             ('there is nothing to flash', '没有可写入的固件'), ('allowed: 1 to %d', '允许 1 到 %d 个')):
        assert list(faults('here', english, chinese)), (english, chinese)
    for english, chinese in (('the modem is gone', '调制解调器已断开'), ('line %u: ', '第 %u 行：'), ("'%s' is no file", '“%s”不是文件'),
                             ('%u files', '共有 5 个文件'), ('as AT^VERSION? tells it: 1.2(SP1)', '与 AT^VERSION? 给出的一致：1.2(SP1)')):
        assert not list(faults('here', english, chinese)), (english, chinese)


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
