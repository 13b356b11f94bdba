#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 modemmanager-tdtech authors

"""mmfota in Chinese, in two encodings, and what stays the same: one case per run, as mmfota-test.py.

TDTECH_BUILD is the build folder, with the locales and the catalogues.
"""

import functools
import importlib
import os
import re
import shlex
import signal
import subprocess
import sys
import unicodedata

from fakemodemmanager import (
    AVAILABLE, CHECKING, CORE_ERROR, DOWNLOADED, DOWNLOADING, FAILED, FOTA_ERROR, IDLE, NOTHING_NEWER, SUCCEEDED, SUSPENDED,
    UPGRADING, WAITING, DBusError)

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "integration"))
import locales  # noqa: E402  pylint: disable=wrong-import-position

client_test = importlib.import_module("mmfota-test")

BUILD = os.environ["TDTECH_BUILD"]
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
URL = client_test.URL
# A name of Chinese and Latin letters, and one with a mark that has no width
VERSION = "1.3.0.0(北京移动)"
ACCENTED = "e\u0301tape"
CASES = {}


def case(function):
    CASES[function.__name__.replace("_", "-")] = function
    return function


def width(text):
    """Columns on a terminal"""
    return sum(0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
               for char in text)


def speak(locale):
    """The environment in this locale; C is what cron has"""
    return locales.environment(BUILD, locale)


@functools.cache
def encoding(locale):
    """The encoding in which this GLib's g_print() writes: 2.90 takes UTF-8 whatever the locale says."""
    if "GB18030" not in locale:
        return "utf-8"
    program = ("import ctypes, locale; locale.setlocale(locale.LC_ALL, ''); "
               "ctypes.CDLL('libglib-2.0.so.0').g_print('用'.encode())")
    written = subprocess.run([sys.executable, "-X", "utf8", "-c", program], stdout=subprocess.PIPE, check=True,
                             env=dict(os.environ, **speak(locale))).stdout
    assert written in ("用".encode("gb18030"), "用".encode()), written
    return "gb18030" if written == "用".encode("gb18030") else "utf-8"


def run(test, locale, *arguments):
    """Exit status, stdout and stderr, decoded as the locale has them"""
    client = test.client(*arguments, **speak(locale))
    status = client.exit()
    texts = []
    for stream in (client.out, client.err):
        stream.seek(0)
        texts.append(stream.read().decode(encoding(locale)))
    return (status, *texts)


LOCALES = (locales.CHINESE, locales.CHINESE_OLD, "C")


# Tables

@case
def tables(test):
    modem = test.start()
    modem.set(State=DOWNLOADED, Version=VERSION,
              Update=dict(client_test.OFFER, version=VERSION, description=f"{ACCENTED} 修复漫游"))
    said = {}
    for locale in LOCALES:
        status, out, err = run(test, locale)
        assert (status, err) == (0, ""), err
        said[locale] = out
        for line in out.splitlines():
            name, colon, _value = line.partition(": ")
            assert line.startswith("  ---") or (colon and width(name) == 27 and width(name.partition("|")[0]) == 11), line
    for row in ("  固件     |     调制解调器: /org", "           |           版本: " + VERSION, "  状态     |           状态: 已下载",
                "可中断: 否", "           |           说明: " + ACCENTED + " 修复漫游"):
        assert row in said[locales.CHINESE], (row, said[locales.CHINESE])
    # The encoding is another, the text is not
    assert said[locales.CHINESE] == said[locales.CHINESE_OLD]
    assert "state: downloaded" in said["C"] and "固" not in said["C"]


@case
def lists_and_lines(test):
    """What stands between the parts of a line, and the name of a verb"""
    modem = test.start()
    modem.set(State=WAITING, Blockers=5,
              Result={"transaction": "t", "outcome": SUCCEEDED, "verb": "Upgrade", "to": client_test.NEW})
    assert re.search("阻碍因素: 未注册网络、通话\n(.*\n)+.* 操作: 升级\n", run(test, locales.CHINESE)[1])
    assert re.search("blockers: not-registered, call\n(.*\n)+.* verb: Upgrade\n", run(test, "C")[1])
    assert len({raw(test, locale, "-J") for locale in LOCALES}) == 1 and b'"verb":"Upgrade"' in raw(test, locales.CHINESE, "-J")[1]
    modem.set(Result={"transaction": "t", "outcome": SUCCEEDED, "verb": "OfALaterRelease"})
    assert " 操作: OfALaterRelease\n" in run(test, locales.CHINESE)[1]

    client_test.verb_that_ends(modem, "Upgrade", FAILED, error=FOTA_ERROR + "ConditionsNotMet", message="as it is said")
    modem.set(State=DOWNLOADED, Update=client_test.OFFER)
    for locale, text in ((locales.CHINESE, "未注册网络；调制解调器正在漫游（"), ("C", "in a network; the modem is roaming (")):
        modem.set(Blockers=7)
        assert text in run(test, locale, "-y", "--upgrade")[2], run(test, locale, "-y", "--upgrade")
    modem.set(State=IDLE, Blockers=0)

    def download(options):
        modem.set(Transaction=options["transaction"], State=CHECKING, Interruptible=True, Update=client_test.OFFER)
        client_test.sequence(
            lambda: modem.set(State=DOWNLOADING, BytesTotal=56737228, BytesReceived=14184307, Percent=25, ExpectedSeconds=90),
            lambda: modem.finish(options["transaction"], SUCCEEDED, verb="Download", to=client_test.NEW))
    modem.on_call["Download"] = download
    for locale, line in ((locales.CHINESE, "正在下载：25%，14.1 / 56.7 MB，剩余 1:30"), ("C", "downloading: 25%, 14.1 of 56.7 MB, 1:30 left")):
        status, _out, err = run(test, locale, "--download", URL)
        assert status == 0 and line in err.splitlines(), err


@case
def help_fits(test):
    for locale in LOCALES:
        status, out, err = run(test, locale, "--help")
        assert (status, err) == (0, "") and max(map(width, out.splitlines())) < 80, out
        texts = [line[28:] if width(line[:28]) == 28 else line for line in out.splitlines() if line.startswith("  -")]
        assert len(texts) == 37 and not [text for text in texts if not text or text[0] == " "], texts
    assert "用法：mmfota" in run(test, locales.CHINESE, "--help")[1]


# What is never translated

@case
def machines(test):
    modem = test.start()
    modem.set(State=SUSPENDED, Version=VERSION, Update=dict(client_test.OFFER, version=VERSION))
    modem.event(7, error=FOTA_ERROR + "DownloadFailed", message="no room")
    modem.set(Result={"transaction": "t", "outcome": FAILED, "error": FOTA_ERROR + "ServerUnreachable", "message": "told"})
    modem.on_call["Resume"] = client_test_refuse(FOTA_ERROR + "Refused", "no")
    for arguments in ((), ("-L",), ("--events",), ("--check", "ftp://x/"), ("-m", "9"), ("--frob",), ("--agent-status",),
                      ("--resume",), ("--upgrade",), ("--cancel", "--timeout=x")):
        plain = run(test, "C", *arguments)
        chinese = run(test, locales.CHINESE, *arguments)
        assert plain[0] == chinese[0] and plain[1:] != chinese[1:], (arguments, plain, chinese)
        for machine in ("-J", "-K"):
            client = [raw(test, locale, machine, *arguments) for locale in LOCALES]
            assert client[0] == client[1] == client[2] and client[0][1], (arguments, client)


def raw(test, locale, *arguments):
    client = test.client(*arguments, **speak(locale))
    status = client.exit()
    client.out.seek(0)
    return status, client.out.read()


def client_test_refuse(name, message):
    def method(*_arguments):
        raise DBusError(name, message)
    return method


# Errors of the daemon, by name

NAMES = {
    FOTA_ERROR + "ServerUnreachable": "模块无法连接固件服务器",
    FOTA_ERROR + "FilesUnavailable": "模块未获取到升级文件",
    FOTA_ERROR + "QueryFailed": "版本查询失败（13）：请检查网络和服务器（as it is said）",
    FOTA_ERROR + "SilentlyEnded": "请重试（as it is said）",
    FOTA_ERROR + "DownloadFailed": "下载失败（20）：请检查网络和模块的存储空间（as it is said）",
    FOTA_ERROR + "DownloadSuspended": "已挂起（31）：可用“mmfota -m 867000000000000 --resume”断点续传",
    FOTA_ERROR + "OtherVersionOffered": "服务器提供的不是所要求的版本",
    FOTA_ERROR + "ConditionsNotMet": "不满足升级条件（40）",
    FOTA_ERROR + "Refused": "模块拒绝了请求（as it is said）",
    FOTA_ERROR + "UpgradeFailed": "升级失败（70）",
    FOTA_ERROR + "VersionUnchanged": "版本未变",
    FOTA_ERROR + "OtherVersionInstalled": "与服务器公布的版本不同",
    FOTA_ERROR + "DeviceLost": "升级后模块没有恢复",
    CORE_ERROR + "Timeout": "模块没有应答（as it is said）",
    CORE_ERROR + "Failed": "操作失败（as it is said）",
    FOTA_ERROR + "OfALaterRelease": "as it is said",
}


@case
def errors(test):
    modem = test.start()
    for name, text in NAMES.items():
        client_test.verb_that_ends(modem, "Check", FAILED, error=name, message="as it is said")
        status, out, err = run(test, locales.CHINESE, "--check", URL)
        assert (status, out) == (1, "") and err.startswith("错误：无法查询固件版本：") and text in err, (name, err)
        assert text.split("（as")[0] in run(test, locales.CHINESE)[1] or "DownloadSuspended" in name
        # English says all that the daemon says
        if name.endswith(("Refused", "UpgradeFailed", "OfALaterRelease", "Timeout")):
            assert run(test, "C.UTF-8", "--check", URL)[2].endswith(": as it is said\n")
    modem.event(7, error=FOTA_ERROR + "DownloadFailed", message="as it is said")
    modem.event(99, message="of a later release")
    out = run(test, locales.CHINESE, "--events")[1]
    assert "  下载失败，下载失败（20）：" in out and "  未知，of a later release" in out, out
    modem.on_call["Check"] = client_test_refuse(CORE_ERROR + "InvalidArgs", "url: as it is said")
    assert "参数值无效（url: as it is said）" in run(test, locales.CHINESE, "--check", URL)[2]


@case
def log(test):
    """It is English in any locale, with the names of months"""
    modem = test.start()
    client_test.verb_that_ends(modem, "Check", NOTHING_NEWER)
    for locale in LOCALES:
        _status, _out, err = run(test, locale, "-v", "--check", URL)
        assert "[Debug] calling Check" in err, err
        for line in err.splitlines():
            assert re.match(r"\[\d\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4}, ", line), err


@case
def bytes_of_the_locale(test):
    """Arguments are in the encoding of the terminal, or in none"""
    test.start()
    for raw_name, shown in (("固件".encode("gb18030"), "固件"), (b"a\xff\xfeb\x1b[31m", None)):
        name = os.fsdecode(raw_name)
        for arguments in (("--check", "https://h/", "--tls-ca", name), ("--" + name,), (name,), ("-m", name)):
            for locale in LOCALES:
                status, out, err = run(test, locale, *arguments)
                assert status == 1 and not out and err.count("\n") == 1 and "\x1b" not in err, (arguments, out, err)
                assert locale != locales.CHINESE_OLD or not shown or (shown in err and "\\x" not in err), (arguments, err)
            assert len({raw(test, locale, "-J", *arguments) for locale in LOCALES}) == 1


# The guide's table of states, as docs/module.md has it: (how a person meets it, what that person is told in English and in Chinese).
# An error comes with the daemon's sentence, which English has as it is where there are no words of mmfota's own.

def module_says(state, code=0):
    """The daemon's sentence for a state"""
    with open(os.path.join(ROOT, "plugin", "at", "mm-tdtech-at.c"), encoding="utf-8") as text:
        found = re.search(r'{ MM_TDTECH_FOTASTATE_%s, %s,\s+"([^"]+)" }' % (state, code), text.read())
    return found.group(1)


GUIDE = {
    "10": ((IDLE,), ["'mmfota -m 867000000000000 --download' fetches"], ["可用“mmfota -m 867000000000000 --download”下载"]),
    "11": ((CHECKING,), ["busy (checking)", "--monitor' follows it"], ["正忙", "--monitor”查看进展"]),
    "12": ((AVAILABLE,), ["newer", "--download' fetches it"], ["新版本", "--download”下载"]),
    "13,13": (("ServerUnreachable", "QUERY_FAILED", "MM_TDTECH_FOTA_CODE_SERVER_UNREACHABLE"),
              ["(13,13)", "check its network"], ["（13,13）", "请检查网络"]),
    "13,51": (("FilesUnavailable", "QUERY_FAILED", "MM_TDTECH_FOTA_CODE_FILES_UNAVAILABLE"),
              ["(13,51)", "check URL, port and certificates"], ["（13,51）", "请检查 URL、端口和证书"]),
    "14": ((NOTHING_NEWER,), ["nothing newer", "check the files on the server (14)"], ["请检查服务器上的文件（14）"]),
    "20": (("DownloadFailed", "DOWNLOAD_FAILED"), ["check the network and the module's storage"],
           ["（20）", "请检查网络和模块的存储空间"]),
    "30": ((DOWNLOADING,), ["busy (downloading)", "--cancel' stops it"], ["正忙", "--cancel”停止"]),
    "31": (("DownloadSuspended", "SUSPENDED"), ["(31)", "--resume' queries the version again and resumes"],
           ["（31）", "--resume”断点续传（会先重新进行版本查询）"]),
    "40": ((DOWNLOADED,), ["--upgrade' installs it"], ["升级包", "--upgrade”安装"]),
    "50": ((UPGRADING,), ["do not unplug"], ["请勿拔出"]),
    "70": (("UpgradeFailed", "UPGRADE_FAILED"), ["find and remove the cause, then try again"], ["（70）", "请查明原因"]),
}


@case
def guide(test):
    """Each row has its advice, in both languages: in the way of a verb, at its end, afterwards."""
    modem = test.start()
    with open(os.path.join(ROOT, "docs", "module.md"), encoding="utf-8") as text:
        rows = re.findall(r"^\| (\d\d(?:,\d\d)?)(?:, version, size, description)? \|", text.read(), re.M)
    assert rows == list(GUIDE), rows
    for row, (met, english, chinese) in GUIDE.items():
        modem.set(State=met[0] if len(met) == 1 and row != "14" else IDLE)
        if row == "14":
            client_test.verb_that_ends(modem, "Check", NOTHING_NEWER)
        elif len(met) > 1:
            client_test.verb_that_ends(modem, "Check", FAILED, error=FOTA_ERROR + met[0], message=module_says(*met[1:]))
        else:
            modem.on_call["Check"] = client_test_refuse(CORE_ERROR + "WrongState", "in the daemon's words")
        for locale, words in (("C", english), ("C.UTF-8", english), (locales.CHINESE, chinese), (locales.CHINESE_OLD, chinese)):
            status, out, err = run(test, locale, "--check", URL)
            assert status == (2 if row == "14" else 1), (row, out, err)
            told = [out + err]
            if len(met) > 1 or row == "14":
                told.append(run(test, locale)[1])
            for text in told:
                missing = [word for word in words if word not in text and (word, row) != ("nothing newer", "14")]
                assert not missing, (row, locale, missing, text)
    modem.event(2)
    assert "请检查服务器上的文件（14）" in run(test, locales.CHINESE, "--events")[1]


# A terminal, by tmux

class Terminal:
    def __init__(self, test, columns, locale, *arguments):
        self.test = test
        self.socket = os.path.join(test.folder, f"tmux-{columns}-{locale}")
        environment = dict(speak(locale), DBUS_SYSTEM_BUS_ADDRESS=test.bus.address, TZ="UTC", G_DEBUG="fatal-criticals")
        command = shlex.join(["env", *(f"{name}={value}" for name, value in environment.items()),
                              os.environ["MMFOTA"], *arguments])
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", "20", command + "; sleep 600")

    def tmux(self, *arguments):
        # Not in the language of the case: tmux converts nothing
        done = subprocess.run(["tmux", "-u", "-S", self.socket, *arguments], stdout=subprocess.PIPE, check=True,
                              encoding="utf-8", env=dict(os.environ, LC_ALL="C.UTF-8", TERM="xterm"))
        return done.stdout

    def screen(self):
        return self.tmux("capture-pane", "-p").rstrip("\n").splitlines()

    def await_screen(self, expected):
        try:
            self.test.until(lambda: re.search(expected, "\n".join(self.screen())))
        except AssertionError as error:
            raise AssertionError((expected, self.screen())) from error

    def end(self):
        subprocess.run(["tmux", "-S", self.socket, "kill-server"], check=False, stderr=subprocess.DEVNULL)


def draw(test, columns, *steps):
    """What the screen has after each step: (properties, a pattern)"""
    modem = test.modem
    modem.set(State=CHECKING, Transaction="t", Interruptible=True)
    terminal = Terminal(test, columns, locales.CHINESE, "--monitor")
    try:
        for properties, lines in steps:
            modem.set(**properties)
            terminal.await_screen(lines)
            for line in terminal.screen():
                assert width(line) <= columns, line
            assert "\ufffd" not in "".join(terminal.screen())
    finally:
        terminal.end()


STEPS_80 = (
    ({"State": DOWNLOADING, "Update": client_test.OFFER, "BytesTotal": 56737228, "BytesReceived": 14184307, "Percent": 25,
      "ExpectedSeconds": 3600}, r"\n正在下载 \[#+\.+\] 25%  14\.1 / 56\.7 MB  剩余 \d+:\d+(:\d+)?$"),
    ({"State": WAITING, "Blockers": 4, "ExpectedSeconds": 0xFFFFFFFF}, r"\n[|/\\-] 等待中（阻碍因素：通话）  0:0\d$"),
    ({"State": UPGRADING, "Blockers": 0, "Interruptible": False, "ExpectedSeconds": 300},
     r"\n[|/\\-] 正在升级：模块自行刷写，请勿拔出  (0:0\d  )?剩余 4:5\d$"),
)
# What does not fit is left out, or cut before a character
STEPS_40 = (
    (dict(STEPS_80[0][0]), r"\n正在下载 \[#+\.+\] 25%  (14\.1 / 56\.7 MB|剩余 \d+:\d+:?\d*)?$"),
    (dict(STEPS_80[1][0], Blockers=31), r"\n[|/\\-] 等待中（阻碍因素：未注册网络、漫游、(通话?)?$"),
    (dict(STEPS_80[2][0]), r"\n[|/\\-] 正在升级：模块自行刷写，请勿拔出(  0:0\d)?$"),
)


@case
def terminal_of_80(test):
    test.start()
    draw(test, 80, *STEPS_80)


@case
def terminal_of_40(test):
    test.start()
    draw(test, 40, *STEPS_40)


@case
def question(test):
    """Facts below one another; what was typed counts in any locale."""
    modem = test.start()
    modem.set(State=DOWNLOADED, Version=VERSION, Update=dict(client_test.OFFER, version=VERSION))
    client_test.upgrade_that_works(test, modem)
    client = test.client("--upgrade", terminal=True, **speak(locales.CHINESE))
    test.until(lambda: client.sees("升级吗？[y/N] "))
    client.type("y\n")
    assert client.exit() == 0, client.stderr()
    assert f"\n  原版本: {VERSION}\n目标版本: {VERSION}\n    大小: 56.7 MB\n  服务器: {URL}\n" in client.stderr(), client.stderr()
    assert client.stdout() == f"已成功将固件从版本 1.1.6.0(SP1C02) 升级到 {client_test.NEW}\n", client.stdout()


@case
def bar_in_gb18030(test):
    modem = test.start()
    modem.set(State=DOWNLOADING, Transaction="t", Update=client_test.OFFER, BytesTotal=100, BytesReceived=25, Percent=25)
    client = test.client("--monitor", terminal=True, width=40, **speak(locales.CHINESE_OLD))
    test.until(lambda: (client.read_screen() or True) and b"25%" in client.screen)
    client.process.send_signal(signal.SIGINT)
    assert client.exit() == 0
    client.read_screen()
    text = client.screen.decode("gb18030")
    assert re.search(r"正在下载 \[#+\.+\] 25%", text), text
    for drawn in re.split(r"[\r\n]", text):
        assert width(drawn.replace("\x1b[K", "")) < 40, drawn


def main():
    if sys.argv[1] == "--complete":
        assert sorted(sys.argv[2:]) == sorted(CASES), sorted(set(sys.argv[2:]) ^ set(CASES))
        return
    test = client_test.Test()
    try:
        CASES[sys.argv[1]](test)
    finally:
        test.end()


main()
