#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 modemmanager-tdtech authors

"""What people in China read of the agent, and what stays English for all."""

import configparser
import os
import re
import signal
import subprocess
import tempfile
import unicodedata
import xml.etree.ElementTree as ElementTree

from desk import BUILD, LIMIT, NOTIFY, System, clean_environment, connect, wait_for

import locales
import tap
from fakeagent import NAME as AGENT_NAME
from fakemodemmanager import CORE_ERROR, DBusError, PrivateBus
from gi.repository import Gio, GLib
from processes import Process

AGENT = os.path.join(BUILD, 'agent', 'mmfota-agent')
LANGUAGE = locales.environment(BUILD)
# 2100-01-01 08:05 UTC, never today
THEN = 4102473900

FIRMWARE = '当前版本：1.2.5.0(SP1C02)\n目标版本：1.3.0.0(SP1C02)，61.9 MB\n调制解调器：867000000000000\n'
OFFLINE = '安装期间移动数据将中断约 10 分钟\n'
TERMINAL = '在终端中：mmfota --answer=now'
QUESTIONS = (
    # what is asked, title, what follows the versions, labels
    ({'default-at': 0, 'description': '修复漫游'}, '调制解调器有新固件',
     '修复漫游\n' + OFFLINE + '若未答复，则不会安装\n' + TERMINAL + '\n可选答复：now、later、skip', '立即安装 稍后 跳过此版本'),
    ({'default-at': THEN}, '调制解调器有新固件',
     OFFLINE + '若未答复，将于 2100年1月1日 08:05 自动安装\n' + TERMINAL + '\n可选答复：now、later、skip', '立即安装 稍后 跳过此版本'),
    ({'default-at': THEN, 'default': 'later', 'seconds-offline': 1, 'choices': ['now']}, '调制解调器有新固件',
     '安装期间移动数据将中断约 1 分钟\n若未答复，将于 2100年1月1日 08:05 再次询问\n' + TERMINAL, '立即安装'),
    ({'default-at': THEN, 'default': '重启', 'choices': ['重启', 'cancel'], 'seconds-offline': 0}, '调制解调器有新固件',
     '若未答复，将于 2100年1月1日 08:05 执行：重启\n在终端中：mmfota --answer=cancel', '取消'),
    ({'kind': 'download', 'default-at': 0, 'seconds-offline': 0}, '调制解调器有新固件',
     '若未答复，则不会下载\n' + TERMINAL + '\n可选答复：now、later、skip', '立即下载 稍后 跳过此版本'),
    ({'kind': 'download', 'default-at': THEN, 'seconds-offline': 0, 'choices': ['now']}, '调制解调器有新固件',
     '若未答复，将于 2100年1月1日 08:05 自动下载\n' + TERMINAL, '立即下载'),
    ({'kind': 'notice', 'default-at': THEN, 'choices': ['now', 'later', 'skip', 'cancel']},
     '调制解调器将于 2100年1月1日 08:05 安装新固件',
     OFFLINE + '若未答复，届时将自动安装\n' + TERMINAL + '\n可选答复：now、later、skip、cancel', '立即安装 稍后 跳过此版本 暂不安装'),
    ({'kind': 'notice', 'default-at': 0, 'choices': ['now', 'cancel']}, '调制解调器即将安装新固件',
     OFFLINE + '若未答复，则不会安装\n' + TERMINAL + '\n可选答复：now、cancel', '立即安装 暂不安装'),
)
REASONS = {
    CORE_ERROR + 'Unauthorized': '您无权答复',
    CORE_ERROR + 'InvalidArgs': '代理程序没有这个选项',
    CORE_ERROR + 'WrongState': '代理程序目前无法执行此操作',
    CORE_ERROR + 'Failed': '代理程序执行失败',
    'org.freedesktop.DBus.Error.AccessDenied': '您无权答复',
    'org.freedesktop.DBus.Error.NoReply': '代理程序没有响应',
    'org.freedesktop.DBus.Error.Timeout': '代理程序没有响应',
    'org.freedesktop.DBus.Error.Disconnected': '与系统总线的连接已断开',
    'org.freedesktop.DBus.Error.ServiceUnknown': '代理程序未运行',
    # With what it said, which says more
    CORE_ERROR + 'Retry': '暂时无法执行：请稍后重试（not before noon）',
    # Of a later release: what it said
    'com.td_tech.FotaAgent1.Error.Tired': 'not before noon',
}
# In all that is said above
NAMES = r'mmfota --answer=\w+|now|later|skip|cancel|\(SP1C02\)|MB'


def english_words(text, names=NAMES):
    return re.findall(r'[A-Za-z]{2,}', re.sub(names, '', text))


def width(text):
    return sum(2 if unicodedata.east_asian_width(char) in 'WF' else 1 for char in text)


def run(*argv, language=None, **variables):
    return subprocess.run(argv, env=clean_environment(**(LANGUAGE if language is None else language), **variables),
                          stdin=subprocess.DEVNULL, capture_output=True, encoding='utf-8', check=False, timeout=LIMIT)


def same_for_all(*argv):
    here, there = run(*argv), run(*argv, language={})
    assert (here.returncode, here.stdout, here.stderr) == (there.returncode, there.stdout, there.stderr), (here, there)


def see_questions(language, questions):
    with System() as system:
        desk = system.desk(language=language)
        for number, (changes, summary, body, labels) in enumerate(questions, 1):
            system.agent.asks(**dict({'description': '', 'id': 'q-%d' % number}, **changes))
            shown = desk.shown(number)
            assert shown['summary'] == summary, shown
            assert shown['body'] == FIRMWARE + body, shown
            assert shown['actions'][1::2] == labels.split(' '), shown
            assert not english_words(' '.join([shown['summary'], shown['body'], *shown['actions']])), shown
        # What a button sends is a name in every language
        desk.click(shown['actions'][0])
        wait_for(system.answers, 'the answer')
        assert system.answers() == [('q-%d' % len(questions), shown['actions'][0], {})], system.answers()


def case_each_question():
    see_questions(LANGUAGE, QUESTIONS)


def case_old_charset():
    """The bus has UTF-8 whatever the session has."""
    see_questions(locales.environment(BUILD, locales.CHINESE_OLD), QUESTIONS[:2])


def case_question_without_versions():
    with System() as system:
        desk = system.desk(language=LANGUAGE)
        for number, (size, text) in enumerate(((0, ''), (500, '，500 字节')), 1):
            system.agent.asks(**{'from': '', 'to': '', 'size': size, 'device': '', 'choices': [], 'description': '',
                                 'default-at': 0, 'seconds-offline': 0})
            shown = desk.shown(number)
            assert shown['body'] == '当前版本：未知\n目标版本：未知%s\n若未答复，则不会安装' % text, shown


def case_answer_that_is_refused():
    """By the error's name; what the agent said is English."""
    with System() as system:
        desk = system.desk(language=LANGUAGE)
        system.agent.asks(**{'default-at': THEN})
        desk.shown()
        for number, (name, reason) in enumerate(REASONS.items(), 2):
            def refuse(*_arguments, name=name):
                raise DBusError(name, 'not before noon')
            system.agent.on_call['Answer'] = refuse
            desk.click('now')
            shown = desk.shown(number)
            assert shown['body'].startswith('您的答复未被接受：%s\n当前版本：' % reason), (name, shown)


def case_language_without_a_catalogue():
    """The agent's words, not those that stand for a name"""
    with System() as system:
        desk = system.desk(language=dict(LANGUAGE, TDTECH_LOCALEDIR=system.folder))

        def refuse(*_arguments):
            raise DBusError(CORE_ERROR + 'Unauthorized', 'not before noon')
        system.agent.on_call['Answer'] = refuse
        system.agent.asks(**{'default-at': THEN})
        assert 'Without an answer it is installed at 2100-01-01 08:05' in desk.shown()['body'], desk.shown()
        desk.click('now')
        assert desk.shown(2)['body'].startswith('The answer was not taken: not before noon\n'), desk.shown(2)


def case_command_lines():
    for program, names in ((AGENT, r'--?[a-z-]+|mmfota-agent|agent\.conf|/etc/mmfota|TD Tech|SMS|IMEI|STATE_DIRECTORY'),
                           (NOTIFY, r'--?[a-z-]+|mmfota-\w+')):
        done = run(program, '--help')
        assert done.returncode == 0 and '显示版本，然后退出' in done.stdout, done
        long = [line for line in done.stdout.splitlines() if width(line) >= 80]
        assert not long, long
        # Whether GLib has its own words in Chinese is the machine's matter
        ours = [line for line in done.stdout.splitlines() if not re.match(r'\w+ [Oo]ptions:|Usage:|用法：|  mmfota|  -h', line)]
        assert not english_words('\n'.join(ours), names), ours
    for argv, said in (((AGENT, 'stray'), '错误：只有 --check-config 接受文件参数，且只能有一个\n'),
                       ((NOTIFY, 'stray'), '错误：不接受任何参数：参见 --help\n')):
        done = run(*argv)
        assert (done.returncode, done.stderr) == (1, said), done
    assert run(AGENT, 'stray', language={}).stderr == 'error: a FILE goes only with --check-config, and only one\n'
    done = run(NOTIFY, DBUS_SESSION_BUS_ADDRESS='unix:path=/nowhere')
    assert done.returncode == 1 and done.stderr.startswith('错误：无法连接到会话总线：'), done


def case_token():
    with tempfile.TemporaryDirectory() as folder:
        key, config = os.path.join(folder, 'key'), os.path.join(folder, 'agent.conf')
        for text, mode, said in (('', 0o600, '其中没有密钥；应为一行 64 位十六进制数字（openssl rand -hex 32）'),
                                 ('x\n', 0o600, '第 1 行：不是密钥；应为 64 位十六进制数字（openssl rand -hex 32）'),
                                 (('%064x\n' % 7) * 3, 0o600, '第 3 行：多出第三个密钥；应为一个，更换期间可为两个'),
                                 ('', 0o644, '权限 0644：其他人也能使用密钥；应为 0640 或更严格')):
            with open(key, 'w', encoding='ascii') as out:
                out.write(text)
            os.chmod(key, mode)
            with open(config, 'w', encoding='ascii') as out:
                out.write('')
            done = run(AGENT, '--config', config, '--sms-token', '860000000000001', '--key', key)
            assert (done.returncode, done.stderr) == (1, '错误：%s: %s\n' % (key, said)), done
        done = run(AGENT, '--config', config, '--sms-token', '860000000000001')
        assert done.stderr == '错误：没有密钥：请使用 --key=文件，或在配置的 [sms] 组中设置 key-file\n', done
        # What was asked for is the same for all
        with open(key, 'w', encoding='ascii') as out:
            out.write('%064x\n' % 7)
        os.chmod(key, 0o600)
        done = run(AGENT, '--config', config, '--sms-token', '860000000000001', '--key', key)
        assert done.returncode == 0 and re.fullmatch(r'MMFOTA1 CHECK \d+ [0-9A-F]+\n', done.stdout), done


def case_log_and_findings_stay_english():
    """Also where a library, or the C library, wrote the text."""
    with tempfile.TemporaryDirectory() as folder:
        config, log = os.path.join(folder, 'agent.conf'), os.path.join(folder, 'log')
        with open(config, 'w', encoding='ascii') as out:
            out.write('[policy]\nupgrade=perhaps\n')
        for argv, words in ((('--check-config', config), "'perhaps' is not allowed"),
                            (('--check-config', '/nonexistent'), 'No such file or directory'),
                            (('--config', '/nonexistent', '--sms-token', '1'), 'No such file or directory')):
            done = run(AGENT, *argv)
            assert done.returncode == 1 and words in done.stderr and done.stderr.startswith('error: '), done
            same_for_all(AGENT, *argv)
        with open(config, 'w', encoding='ascii') as out:
            out.write('[policy]\nupgrade=ask\n')
        same_for_all(AGENT, '--config', config, '--print-config')
        done = run(AGENT, '--config', config, '--state', folder, DBUS_SYSTEM_BUS_ADDRESS='unix:path=/nowhere')
        assert done.stderr == 'error: Could not connect: No such file or directory\n', done
        bus = PrivateBus(folder)
        connection = connect(bus.address)
        agent = Process('agent', [AGENT, '--config', config, '--state', folder], log, log,
                        env=clean_environment(**LANGUAGE, DBUS_SYSTEM_BUS_ADDRESS=bus.address))

        def said():
            with open(log, encoding='utf-8') as text:
                return text.read()
        try:
            # Before it listens the signal would end it
            wait_for(lambda: connection.call_sync('org.freedesktop.DBus', '/', 'org.freedesktop.DBus', 'NameHasOwner',
                                                  GLib.Variant('(s)', (AGENT_NAME,)), None, Gio.DBusCallFlags.NONE,
                                                  -1, None).unpack()[0], 'the agent')
            os.unlink(config)
            agent.signal(signal.SIGHUP)
            wait_for(lambda: 'the configuration stays as it was' in said(), 'the finding')
        finally:
            agent.kill()
            bus.stop()
        assert 'No such file or directory' in said() and not re.search('[\u3000-\u9fff]', said()), said()


def case_desktop_and_polkit():
    """What other programs show is in the files."""
    desktop = configparser.ConfigParser(interpolation=None)
    desktop.optionxform = str
    desktop.read(os.path.join(BUILD, 'agent', 'notify', 'mmfota-notify.desktop'), encoding='utf-8')
    entry = desktop['Desktop Entry']
    assert (entry['Name'], entry['Name[zh_CN]']) == ('Modem firmware', '调制解调器固件'), dict(entry)
    assert entry['Comment[zh_CN]'] == '显示固件代理程序的询问' and 'Exec[zh_CN]' not in entry, dict(entry)
    lang = '{http://www.w3.org/XML/1998/namespace}lang'
    actions = ElementTree.parse(os.path.join(BUILD, 'dbus', 'com.td_tech.FotaAgent1.policy')).findall('action')
    assert len(actions) == 3
    for action in actions:
        for tag in ('description', 'message'):
            texts = {element.get(lang): element.text for element in action.findall(tag)}
            assert set(texts) == {None, 'zh_CN'} and texts[None].isascii(), texts
            assert not english_words(texts['zh_CN'], '') and re.search('[\u4e00-\u9fff]', texts['zh_CN']), texts


if __name__ == '__main__':
    tap.run(globals())
