#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 modemmanager-tdtech authors

"""mmfota against a fake ModemManager: one case per run.

  mmfota-test.py CASE   (MMFOTA and FOTA_XML say where client and interface are)
  mmfota-test.py --complete CASE…   fails unless these are all the cases
"""

import fcntl
import json
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time

from gi.repository import GLib

from fakemodemmanager import (
    AVAILABLE, CANCELLED, CHECKING, CORE_ERROR, DOWNLOADED, DOWNLOADING, FAILED, FOTA_ERROR, IDLE,
    NOTHING_NEWER, PAUSING_DATA, RESULT_TYPES, SUCCEEDED, SUSPENDED, UNKNOWN, UPGRADING, VERIFYING, WAITING,
    DBusError, FakeAgent, FakeLogind, FakeModemManager, NoReply, PrivateBus)

# Nothing here depends on speed: this only ends what hangs.
LIMIT = 120

OLD = "1.1.6.0(SP1C02)"
NEW = "1.3.0.0(SP1C02)"
URL = "http://fota.example.com:8080/mt5700/"
OFFER = {"version": NEW, "size": 56737228, "url": URL, "downgrade": False,
         "description": '1.product_name="MT5700M-CN";2.update_mode="0"'}
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
KEY = "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n"

CASES = {}


def case(function):
    CASES[function.__name__.replace("_", "-")] = function
    return function


class Client:
    """A running mmfota."""

    def __init__(self, test, arguments, terminal=False, width=80, stdout=None, closed=(), **variables):
        self.test = test
        self.out = tempfile.TemporaryFile()
        self.err = tempfile.TemporaryFile()
        self.screen = b""
        self.master = None
        environment = dict(os.environ, DBUS_SYSTEM_BUS_ADDRESS=test.bus.address,
                           LC_ALL="C.UTF-8", TZ="UTC", G_DEBUG="fatal-criticals")
        environment.update(variables)
        stdin, stderr, slave = subprocess.DEVNULL, self.err, None
        if terminal:
            self.master, slave = pty.openpty()
            fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
            os.set_blocking(self.master, False)
            stdin = stderr = slave
        command = [os.environ["MMFOTA"], *arguments]
        if closed:
            ends = " ".join(f"{number}>&-" for number in closed)
            command = ["/bin/sh", "-c", f'exec "$@" {ends}', "sh", *command]
        self.process = subprocess.Popen(command, env=environment,
                                        stdin=stdin, stdout=stdout or self.out, stderr=stderr)
        if slave is not None:
            os.close(slave)

    def read_screen(self):
        while self.master is not None:
            try:
                piece = os.read(self.master, 4096)
            except (BlockingIOError, OSError):
                return
            if not piece:
                return
            self.screen += piece

    def type(self, text):
        os.write(self.master, text.encode())

    def stdout(self):
        self.out.seek(0)
        return self.out.read().decode("utf-8", "backslashreplace")

    def stderr(self):
        if self.master is not None:
            self.read_screen()
            return self.screen.decode().replace("\r\n", "\n")
        self.err.seek(0)
        return self.err.read().decode("utf-8", "backslashreplace")

    def sees(self, text):
        return text in self.stderr()

    def exit(self):
        """Waits for the end."""
        self.test.until(lambda: self.process.poll() is not None)
        return self.process.returncode


class Test:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="mmfota-test-")
        self.bus = PrivateBus(self.folder)
        self.manager = FakeModemManager(self.bus.address, os.environ["FOTA_XML"])
        self.clients = []

    def start(self, modems=1):
        self.modem = None
        for index in range(modems):
            modem = self.manager.add_modem(index, f"86700000000000{index}", f"/sys/devices/usb1/1-{index + 1}")
            self.modem = self.modem or modem
        self.manager.start()
        return self.modem

    def client(self, *arguments, **options):
        client = Client(self, arguments, **options)
        self.clients.append(client)
        return client

    def run(self, *arguments, **options):
        """Exit status, stdout and stderr of a client that ends by itself."""
        client = self.client(*arguments, **options)
        status = client.exit()
        return status, client.stdout(), client.stderr()

    def until(self, condition):
        end = time.monotonic() + LIMIT
        context = GLib.MainContext.default()
        tick = GLib.timeout_add(50, lambda: True)
        while not condition():
            for client in self.clients:
                client.read_screen()
            assert time.monotonic() < end, f"waited {LIMIT} s in vain: {[c.stderr() for c in self.clients]}"
            context.iteration(True)
        GLib.source_remove(tick)

    def file(self, name, contents):
        path = os.path.join(self.folder, name)
        with open(path, "w") as out:
            out.write(contents)
        return path

    def end(self):
        for client in self.clients:
            if client.process.poll() is None:
                client.process.kill()
                client.process.wait()
        self.bus.stop()
        shutil.rmtree(self.folder)


def later(function, *arguments, **keywords):
    """After what goes on now has been sent."""
    def run():
        function(*arguments, **keywords)
        return False
    GLib.timeout_add(20, run)


def sequence(*steps):
    """The steps one after the other, some time apart."""
    if steps:
        def run():
            steps[0]()
            sequence(*steps[1:])
            return False
        GLib.timeout_add(20, run)


def offer_something(modem):
    """Check finds NEW."""
    def check(options):
        modem.set(State=CHECKING, Transaction=options["transaction"], Interruptible=True)
        sequence(lambda: modem.set(State=AVAILABLE, Update=OFFER),
                 lambda: modem.finish(options["transaction"], SUCCEEDED, to=NEW))
    modem.on_call["Check"] = check


def verb_that_ends(modem, name, outcome, **result):
    def verb(options):
        modem.set(Transaction=options["transaction"], Interruptible=True)
        later(modem.finish, options["transaction"], outcome, **result)
    modem.on_call[name] = verb


def upgrade_steps(test, modem, transaction, index):
    """The module reboots and comes back as another object."""
    def come_back():
        modem.index = index
        modem.set(State=VERIFYING, Transaction=transaction, Interruptible=False)
        modem.plug()

    return (lambda: modem.set(State=PAUSING_DATA),
            lambda: modem.set(State=UPGRADING, Interruptible=False, ExpectedSeconds=300),
            modem.unplug,
            come_back,
            lambda: modem.set(State=IDLE, Version=NEW),
            lambda: modem.finish(transaction, SUCCEEDED, verb="upgrade", to=NEW))


def upgrade_that_works(test, modem, index=7, name="Upgrade"):
    def upgrade(options):
        modem.set(State=WAITING, Transaction=options["transaction"], Interruptible=True)
        sequence(*upgrade_steps(test, modem, options["transaction"], index))
    modem.on_call[name] = upgrade


# What is refused before anything is sent

def refused(test, arguments, *words):
    status, out, err = test.run(*arguments)
    assert status == 1, (arguments, status, err)
    assert out == "", out
    assert err.startswith("error: couldn't understand the command line: "), err
    for word in words:
        assert word in err, (word, err)
    assert not test.modem.calls, test.modem.calls


@case
def bad_options(test):
    test.start()
    for arguments, *words in (
            (["--chekc"], "chekc"),
            (["stray"], "stray"),
            (["-J", "-K"], "-J and -K"),
            (["--check", URL, "--cancel"], "--check and --cancel"),
            (["--download", URL, "--upgrade"], "--update does both"),
            (["--check", "ftp://x/"], "ftp://x/", "http"),
            (["--check", "http:///x"], "http:///x"),
            (["--check", "http://a/?b"], "without user, query"),
            (["--check", "http://u@a/"], "u@a"),
            (["--check", 'http://a/"'], "allowed"),
            (["--check", "http://a/\x1b[1m"], "?[1m", "allowed"),
            (["--upgrade", "--delay=soon"], "'soon' for --delay", "from 0 to", "1h30m"),
            (["--upgrade", "--delay=1h30"], "'1h30' for --delay"),
            (["--upgrade", "--delay"], "--delay needs a value: DURATION"),
            (["--upgrade", "--delay=-1"], "'-1' for --delay"),
            (["--upgrade", "--wait=99999999999"], "for --wait"),
            (["--check", URL, "--timeout=0"], "'0' for --timeout", "1 to"),
            (["--events=x"], "'x' for --events"),
            (["--check", URL, "--delay=5"], "--delay does not go with --check", "--upgrade, --update"),
            (["--resume", "--delay=5"], "--delay does not go with --resume"),
            (["--cancel", "--allow-roaming"], "--allow-roaming does not go with --cancel"),
            (["--transaction=x"], "--transaction does not go with --status"),
            (["--check", URL, "--transaction=a b"], "'a b' for --transaction", "1 to 64"),
            (["--check", URL, f"--transaction={65 * 'a'}"], "--transaction"),
            (["--check", URL, "--tls-verify=none"], "https"),
            (["--check", "https://a/", "--tls-verify=some"], "'some'", "none, server or mutual"),
            (["--check", "https://a/", "--tls-verify=mutual"], "needs --tls-certificate"),
            (["--check", "https://a/", "--tls-key=/nowhere"], "need each other"),
            (["--check", "https://a/", "--tls-ca=/nowhere"], "/nowhere", "No such file"),
            (["-m", ""], "--modem"),
            (["--check="], "'' for --check"),
            (["-yx"], "unknown option '-yx'"),
            (["--", "--status"], "unexpected argument '--status'"),
            (["--upg"], "unknown option '--upg'"),
            (["--check", "https://a/"], "--tls-ca", "--tls-verify=none"),
            (["-L", "-m", "0"], "--modem does not go with --list-modems")):
        refused(test, arguments, *words)


@case
def flags_take_no_value(test):
    test.start()
    for flag in ("--upgrade=foo", "--upgrade=", "--allow-downgrade=no", "--cancel=no", "--list-modems=x", "--yes=no",
                 "--monitor=1", "--status=0", "--hang-up-calls=no", "--allow-roaming=no",
                 "--verbose=no", "--version=no"):
        option, value = flag.split("=")
        refused(test, [flag], f"invalid value '{value}' for {option}: it takes no value")


@case
def bytes_in_any_locale(test):
    """What cannot be read is refused, and never taken for nothing (cron and systemd run in the C locale)."""
    modem = test.start()
    modem.set(Update=OFFER)
    offer_something(modem)
    for locale in ("C", "C.UTF-8"):
        for arguments, shown in ((["-y", "--update", b"http://fota.m\xfcller.example/mt5700/"], r"'http://fota.m\xfcller"),
                                 (["--check", b"ftp://\xe4/"], r"'ftp://\xe4/'"),
                                 ([b"--events=\xe4"], r"'\xe4'"),
                                 ([b"--\xe4"], r"'--\xe4'"),
                                 ([b"-m\xff"], r"'\xff'"),
                                 ([b"\xff"], r"'\xff'")):
            status, out, err = test.run(*arguments, LC_ALL=locale)
            assert (status, out) == (1, "") and shown in err, (locale, arguments, status, err)
            status, out, err = test.run("-J", *arguments, LC_ALL=locale)
            assert status == 1 and shown in json.loads(out)["error"]["message"], out
        assert not modem.calls
        # What is UTF-8 arrives as it was given
        assert test.run("--check", "http://fota.müller.example/mt5700/", LC_ALL=locale)[0] == 0
        assert modem.calls.pop()[1]["url"] == "http://fota.müller.example/mt5700/"


@case
def machines_read_utf8(test):
    modem = test.start()
    modem.set(Update=dict(OFFER, description="固件 für alle"))
    for locale in ("C", "C.UTF-8"):
        assert json.loads(test.run("-J", LC_ALL=locale)[1])["modem"]["fota"]["update"]["description"] == "固件 für alle"
        assert "固件 für alle" in test.run("-K", LC_ALL=locale)[1]


@case
def durations(test):
    modem = test.start()
    upgrade_that_works(test, modem)
    for number, (text, seconds) in enumerate((("90", 90), ("1h30m", 5400), ("2min", 120), ("1w2d3h4min5s", 788645))):
        modem.set(State=DOWNLOADED, Update=OFFER)
        assert test.run("-y", "--upgrade", f"--delay={text}", "--wait", text, "--lost-after=1d")[0] == 0
        options = modem.calls[number][1]
        assert options["delay"] == seconds and options["wait"] == seconds, options


@case
def bad_options_in_json(test):
    test.start()
    status, out, err = test.run("-J", "--check", "ftp://x/")
    assert status == 1
    answer = json.loads(out)
    assert answer["modem"] is None
    assert answer["error"]["name"] == CORE_ERROR + "InvalidArgs"
    assert "ftp://x/" in answer["error"]["message"]
    # Even where the options themselves cannot be told
    for arguments in (["--bogus", "-J"], ["-J", "--upgrade=x"], ["stray", "-J"]):
        status, out, err = test.run(*arguments)
        assert status == 1 and json.loads(out)["error"]["name"] == CORE_ERROR + "InvalidArgs", out


@case
def help_and_version(test):
    status, out, err = test.run("--help")
    assert status == 0
    for text in ("--list-modems", "--lost-after", "Exit status:", "5  detached"):
        assert text in out, out
    assert max(map(len, out.splitlines())) <= 80, out
    assert test.run("--bogus", "-h") == (0, out, "")
    status, out, err = test.run("-V")
    assert status == 0 and re.match(r"mmfota \d+\.\d+", out), out


@case
def verbose(test):
    """In mmcli's form, and nothing of it without being asked."""
    modem = test.start()
    offer_something(modem)
    assert test.run("--check", URL)[2] == ""
    status, out, err = test.run("-v", "--check", URL)
    assert status == 0 and err, err
    for line in err.splitlines():
        assert re.fullmatch(r"\[\d\d [A-Z][a-z]+ \d{4}, \d\d:\d\d:\d\d\] \[Debug\] .+", line), err
    assert "calling Check" in err, err


# Which modem

@case
def list_modems(test):
    test.start(modems=2)
    test.manager.add_modem(9, "860000000000000", "/sys/devices/usb2", fota=False)
    status, out, err = test.run("-L")
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert len(lines) == 8, out
    assert lines[0].strip() == f"/org/freedesktop/ModemManager1/Modem/0 [TD Tech Ltd.] MT5700M-CN, firmware {OLD}, idle"
    device_id = test.modem.modem_properties["DeviceIdentifier"].unpack()
    assert [line.strip() for line in lines[1:4]] == ["imei: 867000000000000", f"device id: {device_id}",
                                                     "device: /sys/devices/usb1/1-1"], out
    status, out, err = test.run("-L", "-J")
    listed = json.loads(out)
    assert listed["modem-list"] == ["/org/freedesktop/ModemManager1/Modem/0", "/org/freedesktop/ModemManager1/Modem/1"]
    assert listed["modems"][0] == {"path": "/org/freedesktop/ModemManager1/Modem/0", "version": OLD, "state": "idle",
                                   "equipment-identifier": "867000000000000", "device-identifier": device_id,
                                   "device": "/sys/devices/usb1/1-1"}, out
    status, out, err = test.run("-L", "-K")
    assert re.search(r"^modem-list.length +: 2$", out, re.M), out


@case
def list_modems_none(test):
    test.start(modems=0)
    test.manager.add_modem(9, "860000000000000", "/sys/devices/usb2", fota=False)
    status, out, err = test.run("-L")
    assert (status, out) == (0, "No modems with firmware update over the air were found\n")
    assert "modem 9 (MT5700M-CN) has no firmware interface" in err, err
    assert test.run("-L", "-J") == (0, '{"modem-list":[],"modems":[]}\n', "")


@case
def choose_modem(test):
    test.start(modems=2)
    for which, index in (("any", 0), ("a", 0), ("1", 1), ("/org/freedesktop/ModemManager1/Modem/1", 1),
                         ("/sys/devices/usb1/1-2", 1), ("867000000000001", 1),
                         (test.manager.modems[1].modem_properties["DeviceIdentifier"].unpack(), 1)):
        status, out, err = test.run("-J", "-m", which)
        assert status == 0, err
        assert json.loads(out)["modem"]["path"].endswith(f"/{index}"), (which, out)
    status, out, err = test.run()
    assert status == 1 and "more than one modem (0, 1): choose with -m" in err, err
    # Boards for developers share one
    test.manager.add_modem(2, "867000000000001", "/sys/devices/usb1/1-3")
    status, out, err = test.run("-m", "867000000000001")
    assert status == 1 and "more than one modem is called '867000000000001'" in err, err


@case
def no_such_modem(test):
    test.start()
    for which in ("3", "/org/freedesktop/ModemManager1/Modem/5", "/sys/elsewhere", "867000000000009"):
        status, out, err = test.run("-m", which)
        assert status == 3 and which in err, err
    test.modem.unplug()
    status, out, err = test.run()
    assert status == 3 and "no TD Tech modem" in err, err


@case
def modem_without_interface(test):
    test.start(modems=0)
    test.manager.add_modem(0, "860000000000000", "/sys/devices/usb2", fota=False)
    for arguments in ([], ["-m", "0"], ["-m", "any"], ["--check", URL]):
        status, out, err = test.run(*arguments)
        assert status == 3, err


@case
def plugin_missing(test):
    """A TD Tech device without the interface is not the same as no device."""
    test.start(modems=0)
    status, out, err = test.run()
    assert status == 3 and "no TD Tech modem is there" in err and "lsusb" in err and "mmcli -L" in err, err
    other = test.manager.add_modem(0, "860000000000000", "/sys/devices/usb2", fota=False, manufacturer="QUALCOMM",
                                   model="0", plugin="generic")
    status, out, err = test.run()
    assert status == 3 and "no TD Tech modem is there" in err, err
    test.manager.add_modem(1, "860000000000001", "/sys/devices/usb3", fota=False, plugin="generic")
    for arguments in ([], ["-m", "any"], ["-m", "1"], ["--check", URL]):
        status, out, err = test.run(*arguments)
        assert status == 3 and "modem 1 (MT5700M-CN)" in err and "modemmanager-plugin-tdtech" in err, err
    test.manager.modems[1].unplug()
    test.manager.add_modem(2, "860000000000002", "/sys/devices/usb4", fota=False, plugin="tdtech")
    status, out, err = test.run()
    assert status == 3 and "modem 2 (MT5700M-CN)" in err and "AT port" in err, err
    assert other.exported


@case
def no_modemmanager(test):
    status, out, err = test.run("-J")
    assert status == 3 and "is it running?" in err, err
    assert json.loads(out)["error"]["name"] == CORE_ERROR + "NotFound"


@case
def no_bus(test):
    for arguments in ([], ["-L"], ["--check", URL], ["--monitor"]):
        status, out, err = test.run(*arguments, DBUS_SYSTEM_BUS_ADDRESS="unix:path=/nowhere")
        assert (status, out) == (3, "") and err.startswith("error: couldn't connect to the system bus: "), err
    status, out, err = test.run("-J", DBUS_SYSTEM_BUS_ADDRESS="unix:path=/nowhere")
    assert status == 3 and json.loads(out)["error"]["name"] == CORE_ERROR + "NotFound", out


# --status

@case
def status_human(test):
    modem = test.start()
    modem.set(State=DOWNLOADING, ModuleState=30, Percent=45, BytesReceived=25500000, BytesTotal=56737228,
              ExpectedSeconds=90, Blockers=4 | 2, Interruptible=True, Transaction="t1", Update=OFFER)
    modem.finish("t0", FAILED, error=FOTA_ERROR + "ServerUnreachable", message="check the network",
                 **{"module-code": 13})
    status, out, err = test.run("-m", "any")
    assert (status, err) == (0, "")
    for text in ("version: " + OLD, "build time: Jan 28 2026, 18:42:02", "state: downloading",
                 "module state: 30", "progress: 45 %", "downloaded: 25.5 of 56.7 MB", "time left: 1:30",
                 "blockers: roaming, call", "version: " + NEW, "size: 56.7 MB", "server: " + URL,
                 "outcome: failed", f"could not reach the firmware server {URL}", "module code: 13",
                 "imei: 867000000000000"):
        assert text in out, (text, out)
    # What a check found is not installed, and what is not there any more has no progress
    modem.set(State=IDLE, Percent=100, BytesReceived=56737228)
    modem.finish("t2", SUCCEEDED, verb="Check", to=NEW)
    out = test.run()[1]
    assert f"found: {NEW}" in out and f"running: {OLD}" in out and " to: " not in out, out
    assert "progress" not in out and "downloaded" not in out, out
    modem.finish("t3", SUCCEEDED, verb="Upgrade", to=NEW)
    out = test.run()[1]
    assert f" to: {NEW}" in out and f"from: {OLD}" in out, out


@case
def status_json(test):
    modem = test.start()
    expected = {
        "state": "idle", "module-state": 10, "version": OLD, "build-time": "Jan 28 2026, 18:42:02",
        "revision": "V200R001C20B025", "server": None, "update": None, "bytes-received": 0, "bytes-total": None,
        "percent": None, "expected-seconds": None, "interruptible": False, "transaction": None,
        "blockers": [], "upgrade-time": None, "result": None}
    status, out, err = test.run("-J")
    assert (status, err) == (0, "")
    assert json.loads(out) == {"modem": {
        "path": modem.path, "equipment-identifier": "867000000000000", "device": "/sys/devices/usb1/1-1",
        "device-identifier": modem.modem_properties["DeviceIdentifier"].unpack(), "fota": expected}}, out
    assert out.count("\n") == 1

    modem.set(State=WAITING, Percent=0, BytesTotal=10 ** 10, Update=OFFER, UpgradeTime=1795420800,
              Blockers=1 | 4 | 16)
    modem.finish("t0", CANCELLED, error="", message="", to="")
    status, out, err = test.run("-J", "--status")
    fota = json.loads(out)["modem"]["fota"]
    assert fota["percent"] == 0 and fota["bytes-total"] == 10 ** 10
    assert fota["update"] == OFFER
    assert fota["upgrade-time"] == 1795420800
    assert fota["blockers"] == ["not-registered", "call", "auto-dial"]
    assert fota["result"] == {"transaction": "t0", "verb": "check", "outcome": "cancelled", "error": None,
                              "message": None, "module-code": None, "from": OLD, "to": None,
                              "started": 1795420000, "finished": 1795420060}, fota


@case
def status_keyvalue(test):
    modem = test.start()
    modem.set(Blockers=4)
    status, out, err = test.run("-K")
    assert (status, err) == (0, "")
    lines = dict(line.split(" : ", 1) for line in out.splitlines())
    lines = {key.strip(): value for key, value in lines.items()}
    assert lines["modem.path"] == modem.path
    assert lines["modem.fota.state"] == "idle"
    assert lines["modem.fota.update.version"] == "--"
    assert lines["modem.fota.percent"] == "--"
    assert lines["modem.fota.interruptible"] == "no"
    assert lines["modem.fota.blockers.length"] == "1"
    assert lines["modem.fota.blockers.value[1]"] == "call"
    assert lines["modem.fota.result.module-code"] == "--"


@case
def escape_sequences(test):
    modem = test.start()
    nasty = "\x1b]0;gotcha\x07\x1b[2J\nstate: fine\u009b31m\u202eevil\x7f"
    modem.set(Version=nasty, Update=dict(OFFER, description=nasty, version=nasty))
    modem.finish("t0", FAILED, error=FOTA_ERROR + "Refused", message=nasty)
    for arguments in ([], ["-K"], ["-J"], ["-L"]):
        status, out, err = test.run(*arguments)
        assert status == 0
        for bad in "\x1b\x07\x7f\u009b\u202e":
            assert bad not in out, (arguments, out)
        assert not any(line.startswith("state: fine") for line in out.splitlines()), out
    assert json.loads(test.run("-J")[1])["modem"]["fota"]["update"]["description"] == nasty

    def check(options):
        raise DBusError(FOTA_ERROR + "Refused", nasty)
    modem.on_call["Check"] = check
    status, out, err = test.run("--check", URL)
    assert status == 1 and "\x1b" not in err and err.count("\n") == 1, err


# --check

@case
def check_newer(test):
    modem = test.start()
    offer_something(modem)
    status, out, err = test.run("--check", URL)
    assert status == 0, err
    assert out == f"successfully checked for firmware: version {NEW} (56.7 MB) is available\n", out
    method, options = modem.calls[0]
    assert method == "Check" and options["url"] == URL
    assert set(options) == {"url", "transaction"}
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,64}", options["transaction"])


@case
def check_json(test):
    modem = test.start()
    offer_something(modem)
    status, out, err = test.run("-J", "--check", URL, "--transaction", "abc.1")
    assert (status, err) == (0, "")
    answer = json.loads(out)
    assert answer["modem"]["fota"]["result"]["transaction"] == "abc.1"
    assert answer["modem"]["fota"]["update"]["version"] == NEW
    assert "error" not in answer


@case
def check_nothing_newer(test):
    modem = test.start()
    verb_that_ends(modem, "Check", NOTHING_NEWER)
    status, out, err = test.run("--check", URL)
    assert status == 2 and out == (
        f"nothing to do: the server has nothing newer than version {OLD}; "
        "if there should be something newer, check the files on the server (14)\n"), out


@case
def check_fails(test):
    modem = test.start()
    verb_that_ends(modem, "Check", FAILED, error=FOTA_ERROR + "ServerUnreachable", message="as the daemon says it",
                   **{"module-code": 13})
    advice = (f"the module could not reach the firmware server {URL} (13,13): "
              "check its network, the SIM, and host and port of the URL")
    status, out, err = test.run("--check", URL)
    assert (status, out) == (1, "")
    assert err == f"error: couldn't check for firmware: {advice}\n", err
    status, out, err = test.run("-J", "--check", URL)
    assert status == 1
    answer = json.loads(out)
    assert answer["error"] == {"name": FOTA_ERROR + "ServerUnreachable", "message": advice}
    assert answer["modem"]["fota"]["result"]["module-code"] == 13
    status, out, err = test.run("-K", "--check", URL)
    assert status == 1 and re.search(r"^error.name +: com.td_tech.*ServerUnreachable$", out, re.M), out


@case
def check_refused(test):
    modem = test.start()

    def check(options):
        raise DBusError(CORE_ERROR + "InProgress", "Check is under way")
    modem.on_call["Check"] = check
    modem.set(State=DOWNLOADING, Transaction="t1")
    status, out, err = test.run("--check", URL)
    assert (status, out, err) == (
        1, "", "error: couldn't check for firmware: another operation is under way (downloading, transaction t1): "
        "'mmfota -m 867000000000000 --monitor' follows it, 'mmfota -m 867000000000000 --cancel' stops it\n"), err
    status, out, err = test.run("-J", "--check", URL)
    assert json.loads(out)["error"]["name"] == CORE_ERROR + "InProgress" and "--monitor" in out, out


@case
def check_unauthorized(test):
    modem = test.start()
    for name in (CORE_ERROR + "Unauthorized", "org.freedesktop.DBus.Error.AccessDenied"):
        def check(options):
            raise DBusError(name, "not allowed")
        modem.on_call["Check"] = check
        status, out, err = test.run("--check", URL)
        assert status == 4 and err == "error: couldn't check for firmware: not allowed\n", (status, err)


@case
def check_known_server(test):
    modem = test.start()
    status, out, err = test.run("--check")
    assert status == 1 and "give its URL" in err and not modem.calls, err
    offer_something(modem)
    modem.set(Update=OFFER)
    assert test.run("--check")[0] == 0
    assert modem.calls[0][1]["url"] == URL


@case
def server_of_last_time(test):
    """It is kept on its own: no offer is needed."""
    modem = test.start()
    offer_something(modem)
    modem.set(Server="http://last.example/")
    assert json.loads(test.run("-J")[1])["modem"]["fota"]["server"] == "http://last.example/"
    assert "server: http://last.example/" in test.run()[1]
    assert test.run("--check")[0] == 0
    assert modem.calls[0][1]["url"] == "http://last.example/"
    modem.set(Update={}, Server="https://last.example/")
    status, out, err = test.run("--check")
    assert status == 1 and "--tls-ca=FILE" in err and len(modem.calls) == 1, err


@case
def check_tls_options(test):
    modem = test.start()
    offer_something(modem)
    ca = test.file("ca.pem", CERTIFICATE)
    certificate = test.file("client.pem", CERTIFICATE)
    key = test.file("key.pem", KEY)
    url = "https://[2001:db8::1]:8443/f/"
    status, out, err = test.run("--check", url, "--tls-ca", ca, "--tls-certificate", certificate,
                                "--tls-key", key, "--allow-roaming")
    assert status == 0, err
    options = modem.calls[0][1]
    assert bytes(options["tls-ca"]).decode() == CERTIFICATE
    assert bytes(options["tls-certificate"]).decode() == CERTIFICATE
    assert bytes(options["tls-key"]).decode() == KEY
    assert options["tls-verify"] == 2 and options["allow-roaming"] is True and options["url"] == url
    assert test.run("--check", url, "--tls-verify=none")[0] == 0
    assert modem.calls[1][1]["tls-verify"] == 0
    modem.calls.clear()
    refused(test, ["--check", url, "--tls-ca", key], key, "CERTIFICATE")
    # What has no end is not read to it
    refused(test, ["--check", url, "--tls-ca", "/dev/zero"], "/dev/zero", "at most")


@case
def result_before_reply(test):
    modem = test.start()

    def check(options):
        modem.set(Update=OFFER)
        modem.finish(options["transaction"], SUCCEEDED, to=NEW)
    modem.on_call["Check"] = check
    status, out, err = test.run("--check", URL)
    assert status == 0 and NEW in out, err


def overtaken(modem, method, *kinds):
    """The events of a transaction, and a Result that is another's already."""
    def verb(options):
        def end():
            for kind in kinds:
                modem.event(kind, transaction=options["transaction"], version=NEW)
            modem.finish("somebody-else", FAILED, error=CORE_ERROR + "Failed", message="no")
        later(end)
    modem.on_call[method] = verb


@case
def result_of_another(test):
    """Result has gone on to another transaction: the events still tell."""
    modem = test.start()
    modem.event(2, transaction="before")
    overtaken(modem, "Check", 3)
    status, out, err = test.run("--check", URL)
    assert status == 0 and NEW in out, (status, err)
    overtaken(modem, "Check", 2)
    assert test.run("--check", URL)[0] == 2
    overtaken(modem, "Upgrade", 9, 11, 13)
    assert test.run("-y", "--upgrade")[0] == 1
    # Downloaded is not the end of an update
    overtaken(modem, "Resume", 6, 12)
    assert test.run("-y", "--resume", "--upgrade")[0] == 0
    overtaken(modem, "Resume", 6, 14)
    assert test.run("-y", "--resume", "--upgrade")[0] == 1


@case
def transaction_exists(test):
    modem = test.start()
    modem.finish("t0", SUCCEEDED)
    offer_something(modem)
    status, out, err = test.run("--check", URL, "--transaction=t0")
    assert status == 1 and "exists already" in err and not modem.calls, err


# --download and --resume

@case
def download(test):
    modem = test.start()

    def start(options):
        transaction = options["transaction"]
        steps = [lambda: modem.set(State=CHECKING, Transaction=transaction, Interruptible=True),
                 lambda: modem.set(Update=OFFER, BytesTotal=56737228, State=DOWNLOADING)]
        for percent in range(0, 101, 4):
            steps.append(lambda percent=percent: modem.set(
                Percent=percent, BytesReceived=56737228 * percent // 100, ExpectedSeconds=100 - percent))
        sequence(*steps, lambda: modem.set(State=DOWNLOADED),
                 lambda: modem.finish(transaction, SUCCEEDED, verb="download", to=NEW))
    modem.on_call["Download"] = start
    status, out, err = test.run("--download", URL, "--expect-version", NEW, "--allow-downgrade")
    assert status == 0, err
    assert out == f"successfully downloaded firmware version {NEW}\n", out
    options = modem.calls[0][1]
    assert options["expect-version"] == NEW and options["allow-downgrade"] is True and "upgrade" not in options
    lines = err.splitlines()
    assert "asking the server" in lines, err
    shown = [line for line in lines if line.startswith("downloading: ")]
    tenths = [int(re.search(r"(\d+)%", line).group(1)) // 10 for line in shown if "%" in line]
    assert tenths == sorted(set(tenths)) and len(tenths) >= 10, err
    assert "\r" not in err and "\x1b" not in err, err


@case
def download_suspended_and_resumed(test):
    modem = test.start()
    verb_that_ends(modem, "Download", FAILED, error=FOTA_ERROR + "DownloadSuspended",
                   message="suspended: Resume goes on with it")
    status, out, err = test.run("--download", URL)
    assert status == 1 and "'mmfota -m 867000000000000 --resume' queries the version again and resumes it" in err and "Resume" not in err, err
    status, out, err = test.run()
    assert "--resume" in out and "Resume" not in out, out
    verb_that_ends(modem, "Resume", SUCCEEDED, to=NEW)
    status, out, err = test.run("--resume")
    assert status == 0 and out == f"successfully downloaded firmware version {NEW}\n", err
    assert set(modem.calls[-1][1]) == {"transaction"}


@case
def download_cancelled_elsewhere(test):
    modem = test.start()
    verb_that_ends(modem, "Download", CANCELLED)
    status, out, err = test.run("--download", URL)
    assert status == 1 and "it has been cancelled" in err, err


@case
def progress_bar(test):
    modem = test.start()
    transactions = []

    def start(options):
        transactions.append(options["transaction"])
        modem.set(State=CHECKING, Transaction=options["transaction"], Interruptible=True)
    modem.on_call["Download"] = start
    client = test.client("--download", URL, terminal=True, width=80)
    test.until(lambda: client.sees("asking the server"))
    modem.set(State=DOWNLOADING)
    test.until(lambda: client.sees("downloading"))
    modem.set(Update=OFFER, BytesTotal=56737228, BytesReceived=14184307, Percent=25)
    test.until(lambda: client.sees(" 25%  14.1 of 56.7 MB"))
    test.until(lambda: modem.set(BytesReceived=modem.get("BytesReceived") + 567372, Percent=26)
               or client.sees("B/s"))
    modem.set(ExpectedSeconds=3600)
    test.until(lambda: client.sees(":00:00 left") or client.sees("59:59 left"))
    modem.finish(transactions[0], SUCCEEDED, to=NEW)
    assert client.exit() == 0, client.stderr()
    screen = client.stderr()
    assert re.search(r"downloading \[#+\.+\] 25%", screen), screen
    for drawn in re.split(r"\r|\n", screen):
        assert len(drawn.replace("\x1b[K", "")) < 80, drawn
    # In the end there is no bar
    assert screen.endswith("\r\x1b[K"), screen
    assert client.stdout() == f"successfully downloaded firmware version {NEW}\n"


@case
def progress_of_resumed(test):
    """What was there before has not come in this time: the rate begins at the offset."""
    modem = test.start()
    transactions = []

    def start(options):
        transactions.append(options["transaction"])
        modem.set(State=CHECKING, Transaction=options["transaction"], Interruptible=True)
    modem.on_call["Resume"] = start
    client = test.client("--resume", terminal=True, width=120)
    test.until(lambda: client.sees("asking the server"))
    modem.set(State=DOWNLOADING)
    test.until(lambda: client.sees("downloading"))
    time.sleep(0.3)
    modem.set(BytesTotal=60000000, BytesReceived=40000000, Percent=66)
    test.until(lambda: client.sees(" 66%"))
    time.sleep(0.3)
    modem.set(BytesReceived=40010000)
    test.until(lambda: client.sees("B/s"))
    modem.finish(transactions[0], SUCCEEDED, to=NEW)
    assert client.exit() == 0
    rates = re.findall(r"([\d.]+) (bytes|kB|MB|GB)/s", client.stderr())
    assert rates and all(unit in ("bytes", "kB") for _number, unit in rates), rates


@case
def progress_bar_narrow(test):
    modem = test.start()
    transactions = []

    def start(options):
        transactions.append(options["transaction"])
        modem.set(State=DOWNLOADING, Transaction=options["transaction"], Interruptible=True,
                  BytesTotal=56737228, BytesReceived=14184307, Percent=25, ExpectedSeconds=60)
    modem.on_call["Download"] = start
    client = test.client("--download", URL, terminal=True, width=30)
    test.until(lambda: client.sees("25%"))
    modem.finish(transactions[0], SUCCEEDED, to=NEW)
    assert client.exit() == 0
    for drawn in re.split(r"\r|\n", client.stderr()):
        assert len(drawn.replace("\x1b[K", "")) < 30, drawn


# --upgrade

@case
def upgrade_needs_terminal(test):
    modem = test.start()
    modem.set(State=DOWNLOADED, Update=OFFER)
    for arguments in (["--upgrade"], ["--update", URL], ["--resume", "--upgrade"]):
        status, out, err = test.run(*arguments)
        assert status == 1 and "--yes" in err and not modem.calls, err


@case
def upgrade_over_reboot(test):
    modem = test.start()
    modem.set(State=DOWNLOADED, Update=OFFER)
    upgrade_that_works(test, modem)
    status, out, err = test.run("--upgrade", "--yes", "--delay=0", "--wait=20", "--hang-up-calls",
                                "--expect-version", NEW)
    assert status == 0, err
    assert out == f"successfully upgraded the firmware from version {OLD} to {NEW}\n", out
    options = modem.calls[0][1]
    del options["transaction"]
    assert options == {"delay": 0, "wait": 20, "hang-up-calls": True, "expect-version": NEW}, options
    assert "do not unplug" in err, err


@case
def upgrade_json(test):
    modem = test.start()
    modem.set(State=DOWNLOADED, Update=OFFER)
    upgrade_that_works(test, modem)
    status, out, err = test.run("-J", "-y", "--upgrade")
    assert (status, err) == (0, ""), err
    answer = json.loads(out)
    assert answer["modem"]["path"].endswith("/7") and answer["modem"]["fota"]["version"] == NEW
    assert answer["modem"]["fota"]["result"]["outcome"] == "succeeded"


@case
def upgrade_other_modem_comes(test):
    """While ours is away another module appears: it is not taken for ours."""
    modem = test.start()
    modem.set(State=DOWNLOADED, Update=OFFER)

    def upgrade(options):
        transaction = options["transaction"]
        steps = list(upgrade_steps(test, modem, transaction, 8))
        modem.set(State=WAITING, Transaction=transaction, Interruptible=True)
        steps.insert(3, lambda: test.manager.add_modem(7, "860000000000009", "/sys/devices/usb9").set(
            State=DOWNLOADED))
        sequence(*steps)
    modem.on_call["Upgrade"] = upgrade
    status, out, err = test.run("-J", "-y", "--upgrade", "-m", "0")
    assert status == 0, err
    assert json.loads(out)["modem"]["path"].endswith("/8"), out


@case
def upgrade_over_restart(test):
    """ModemManager itself goes and comes back, with another path for the modem."""
    modem = test.start()
    modem.set(State=DOWNLOADED, Update=OFFER)

    def upgrade(options):
        transaction = options["transaction"]

        def start_again():
            modem.index = 3
            modem.plug()
            test.manager.start()

        def stop():
            test.manager.stop()
            modem.unplug()
        modem.set(State=UPGRADING, Transaction=transaction)
        sequence(stop, start_again,
                 lambda: modem.set(State=VERIFYING),
                 lambda: modem.set(State=IDLE, Version=NEW),
                 lambda: modem.finish(transaction, SUCCEEDED, to=NEW))
    modem.on_call["Upgrade"] = upgrade
    status, out, err = test.run("-y", "--upgrade")
    assert status == 0 and NEW in out, err


@case
def upgrade_result_after_restart(test):
    """The result was reached while nobody was on the bus; the reply never came."""
    modem = test.start()
    modem.set(State=DOWNLOADED, Update=OFFER)

    def upgrade(options):
        def die():
            test.manager.stop()
            modem.unplug()
            invocation = test.manager.unanswered.pop()
            invocation.return_dbus_error("org.freedesktop.DBus.Error.NoReply", "disconnected")

        def live():
            modem.index = 1
            modem.set(State=IDLE, Version=NEW)
            modem.finish(options["transaction"], SUCCEEDED, to=NEW)
            modem.plug()
            test.manager.start()
        sequence(die, live)
        raise NoReply()
    modem.on_call["Upgrade"] = upgrade
    status, out, err = test.run("-y", "--upgrade")
    assert status == 0 and NEW in out, err


@case
def upgrade_version_unchanged(test):
    modem = test.start()
    modem.set(State=DOWNLOADED, Update=OFFER)
    verb_that_ends(modem, "Upgrade", FAILED, error=FOTA_ERROR + "VersionUnchanged",
                   message="the version has not changed: check the package")
    status, out, err = test.run("-y", "--upgrade")
    assert status == 1 and "couldn't upgrade the firmware: the version has not changed" in err, err


@case
def upgrade_device_lost(test):
    modem = test.start()
    modem.set(State=DOWNLOADED, Update=OFFER)

    def upgrade(options):
        modem.set(State=UPGRADING, Transaction=options["transaction"])
        later(modem.unplug)
    modem.on_call["Upgrade"] = upgrade
    status, out, err = test.run("-J", "-y", "--upgrade", "--lost-after=1")
    assert status == 1, err
    answer = json.loads(out)
    assert answer["error"]["name"] == FOTA_ERROR + "DeviceLost"
    assert answer["modem"]["fota"] is None and answer["modem"]["path"] == modem.path


@case
def upgrade_asks(test):
    modem = test.start()
    modem.set(State=DOWNLOADED, Update=dict(OFFER, version="1.3\x1b[0m"))
    upgrade_that_works(test, modem)
    client = test.client("--upgrade", terminal=True)
    test.until(lambda: client.sees("Upgrade? [y/N]"))
    for text in (f"from: {OLD}", "to: 1.3?[0m", "size: 56.7 MB", "Data connections will be interrupted",
                 "MT5700M-CN"):
        assert client.sees(text), client.stderr()
    assert not modem.calls
    client.type("y\n")
    assert client.exit() == 0, client.stderr()
    # What was confirmed is what may be flashed
    assert modem.calls[0][1]["expect-version"] == "1.3\x1b[0m"


@case
def upgrade_declined(test):
    modem = test.start()
    modem.set(State=DOWNLOADED, Update=OFFER)
    for answer in ("n\n", "\n", "\x04"):
        client = test.client("--upgrade", terminal=True)
        test.until(lambda: client.sees("Upgrade? [y/N]"))
        client.type(answer)
        assert client.exit() == 1 and client.sees("\nnot upgraded: it was not confirmed\n"), client.stderr()
        assert not client.sees("error"), client.stderr()
    assert not modem.calls


@case
def upgrade_question_interrupted(test):
    modem = test.start()
    modem.set(State=DOWNLOADED, Update=OFFER)
    client = test.client("--upgrade", terminal=True)
    test.until(lambda: client.sees("Upgrade? [y/N]"))
    client.process.send_signal(signal.SIGINT)
    assert client.exit() == 1 and not modem.calls, client.stderr()
    assert client.sees("\nnot upgraded: it was not confirmed\n"), client.stderr()


@case
def upgrade_nothing_downloaded(test):
    modem = test.start()
    client = test.client("--upgrade", terminal=True)
    assert client.exit() == 1 and client.sees("nothing is suspended or downloaded"), client.stderr()
    assert not modem.calls


@case
def upgrade_downgrade_unauthorized(test):
    modem = test.start()

    def upgrade(options):
        assert options["allow-downgrade"] is True
        raise DBusError(CORE_ERROR + "Unauthorized", "not allowed")
    modem.on_call["Upgrade"] = upgrade
    assert test.run("-y", "--upgrade", "--allow-downgrade")[0] == 4


# --update

@case
def update_all_in_one(test):
    modem = test.start()
    offer_something(modem)
    upgrade_that_works(test, modem, name="Download")
    status, out, err = test.run("-y", "--update", URL, "--wait=9", "--allow-roaming", "--transaction=mine")
    assert status == 0, err
    assert out == f"successfully upgraded the firmware from version {OLD} to {NEW}\n", out
    (first, check), (second, download) = modem.calls
    assert (first, second) == ("Check", "Download")
    assert check["transaction"] != "mine" and check["allow-roaming"] is True and "wait" not in check
    assert download == {"url": URL, "transaction": "mine", "expect-version": NEW, "upgrade": True,
                        "wait": 9, "allow-roaming": True}, download


@case
def update_asks(test):
    modem = test.start()
    offer_something(modem)
    upgrade_that_works(test, modem, name="Download")
    client = test.client("--update", URL, terminal=True)
    test.until(lambda: client.sees("Upgrade? [y/N]"))
    assert client.sees(f"from: {OLD}") and client.sees(f"to: {NEW}") and client.sees("size: 56.7 MB")
    assert [call[0] for call in modem.calls] == ["Check"]
    client.type("yes\n")
    assert client.exit() == 0, client.stderr()


@case
def update_nothing_newer(test):
    modem = test.start()
    verb_that_ends(modem, "Check", NOTHING_NEWER)
    status, out, err = test.run("-y", "--update", URL)
    assert status == 2 and len(modem.calls) == 1, err


@case
def update_other_version(test):
    modem = test.start()
    offer_something(modem)
    status, out, err = test.run("-J", "-y", "--update", URL, "--expect-version=9.9")
    assert status == 1 and len(modem.calls) == 1
    assert json.loads(out)["error"]["name"] == FOTA_ERROR + "OtherVersionOffered"


@case
def update_older_version(test):
    modem = test.start()

    def check(options):
        modem.set(Update=dict(OFFER, downgrade=True))
        modem.finish(options["transaction"], SUCCEEDED, to=NEW)
    modem.on_call["Check"] = check
    status, out, err = test.run("-y", "--update", URL)
    assert status == 1 and "--allow-downgrade" in err and len(modem.calls) == 1, err
    upgrade_that_works(test, modem, name="Download")
    assert test.run("-y", "--update", URL, "--allow-downgrade")[0] == 0


@case
def update_says_server(test):
    modem = test.start()
    offer_something(modem)
    modem.set(Update=OFFER)
    client = test.client("--update", terminal=True)
    test.until(lambda: client.sees("Upgrade? [y/N]"))
    assert client.sees(f"server: {URL}"), client.stderr()
    client.type("n\n")
    assert client.exit() == 1


def discards(modem):
    def cancel(options):
        modem.set(State=IDLE, Update={})
    modem.on_call["Cancel"] = cancel


@case
def update_downloaded(test):
    """What is wanted and there is not fetched again; run twice it is harmless."""
    modem = test.start()
    discards(modem)
    for arguments in (["--update", URL], ["--update"], ["--update", "http://FOTA.example.com:8080/mt5700"],
                      ["--update", URL, "--expect-version", NEW]):
        modem.calls.clear()
        modem.set(State=DOWNLOADED, Update=OFFER)
        upgrade_that_works(test, modem, index=modem.index + 1)
        status, out, err = test.run("-y", *arguments, "--wait=9", "--transaction", f"t{modem.index}")
        assert status == 0 and f"a package of version {NEW} is downloaded already" in err, (status, err)
        assert out == f"successfully upgraded the firmware from version {OLD} to {NEW}\n", out
        assert [call[0] for call in modem.calls] == ["Upgrade"], modem.calls
        options = modem.calls[0][1]
        assert options["expect-version"] == NEW and options["wait"] == 9, options


@case
def update_other_downloaded(test):
    """What is there and not wanted is discarded, and said to be."""
    modem = test.start()
    discards(modem)
    offer_something(modem)
    for offer, arguments in ((dict(OFFER, url="http://other.example/"), ["--update", URL]),
                             (dict(OFFER, version="1.2"), ["--update", URL, "--expect-version", NEW]),
                             ({}, ["--update", URL])):
        for state in (DOWNLOADED, SUSPENDED):
            modem.calls.clear()
            modem.set(State=state, Update=offer, Version=OLD)
            upgrade_that_works(test, modem, index=modem.index + 1, name="Download")
            status, out, err = test.run("-y", *arguments)
            assert status == 0 and "it is discarded" in err, (status, err)
            assert [call[0] for call in modem.calls] == ["Cancel", "Check", "Download"], modem.calls


@case
def update_suspended(test):
    modem = test.start()
    modem.set(State=SUSPENDED, Update=OFFER)
    upgrade_that_works(test, modem, name="Resume")
    status, out, err = test.run("-y", "--update", URL, "--hang-up-calls", "--allow-roaming")
    assert status == 0 and f"the suspended download of version {NEW} is resumed" in err, (status, err)
    (name, options), = modem.calls
    assert name == "Resume" and options["upgrade"] is True and options["expect-version"] == NEW
    assert options["hang-up-calls"] is True and options["allow-roaming"] is True, options


@case
def update_suspended_but_newer(test):
    """The server has gone on to another version while the download was suspended."""
    modem = test.start()
    modem.set(State=SUSPENDED, Update=dict(OFFER, version="1.2.9.0(SP1C02)"))
    offer_something(modem)

    def resume(options):
        modem.set(Transaction=options["transaction"], State=CHECKING)
        later(lambda: (modem.set(State=IDLE),
                       modem.finish(options["transaction"], FAILED, error=FOTA_ERROR + "OtherVersionOffered",
                                    message="another version")))
    modem.on_call["Resume"] = resume
    upgrade_that_works(test, modem, name="Download")
    status, out, err = test.run("-y", "--update", URL)
    assert status == 0 and "another version now" in err, (status, err)
    assert [call[0] for call in modem.calls] == ["Resume", "Check", "Download"], modem.calls
    assert modem.calls[2][1]["expect-version"] == NEW


@case
def update_blocked_again_and_again(test):
    """The nightly job after an upgrade that was blocked."""
    modem = test.start()
    offer_something(modem)

    def blocked(options):
        modem.set(Transaction=options["transaction"], State=WAITING, Blockers=4, Update=OFFER)
        later(lambda: (modem.set(State=DOWNLOADED),
                       modem.finish(options["transaction"], FAILED, error=FOTA_ERROR + "ConditionsNotMet",
                                    message="a call is up (hang-up-calls ends it)")))
    modem.on_call["Download"] = modem.on_call["Upgrade"] = blocked
    for _night in range(3):
        status, out, err = test.run("-y", "--update", URL)
        assert status == 1 and "a call is up (--hang-up-calls ends it)" in err, (status, err)
    modem.set(Blockers=0)
    upgrade_that_works(test, modem)
    assert test.run("-y", "--update", URL)[0] == 0
    assert [call[0] for call in modem.calls] == ["Check", "Download", "Upgrade", "Upgrade", "Upgrade"], modem.calls


@case
def resume_and_upgrade(test):
    modem = test.start()
    modem.set(State=SUSPENDED, Update=OFFER)
    upgrade_that_works(test, modem, name="Resume")
    client = test.client("--resume", "--upgrade", "--hang-up-calls", terminal=True)
    test.until(lambda: client.sees("Upgrade? [y/N]"))
    client.type("y\n")
    assert client.exit() == 0, client.stderr()
    options = modem.calls[0][1]
    assert options["upgrade"] is True and options["hang-up-calls"] is True and options["expect-version"] == NEW
    assert client.stdout() == f"successfully upgraded the firmware from version {OLD} to {NEW}\n"


# --cancel

@case
def cancel_running(test):
    modem = test.start()
    modem.set(State=DOWNLOADING, Transaction="t1", Interruptible=True)
    modem.on_call["Cancel"] = lambda options: later(
        lambda: (modem.set(State=IDLE), modem.finish("t1", CANCELLED)))
    status, out, err = test.run("--cancel")
    assert (status, out) == (0, "successfully cancelled\n"), err


@case
def cancel_discards(test):
    modem = test.start()
    modem.set(State=DOWNLOADED, Update=OFFER, Interruptible=True)
    modem.on_call["Cancel"] = lambda options: modem.set(State=IDLE)
    status, out, err = test.run("--cancel")
    assert (status, out) == (0, "successfully discarded what had been downloaded\n"), err


@case
def cancel_nothing(test):
    modem = test.start()

    def cancel(options):
        raise DBusError(CORE_ERROR + "WrongState", "nothing runs")
    modem.on_call["Cancel"] = cancel
    status, out, err = test.run("--cancel")
    assert status == 2 and out.startswith("nothing to do"), (status, err)


@case
def cancel_too_late(test):
    modem = test.start()
    modem.set(State=UPGRADING, Transaction="t1")

    def cancel(options):
        raise DBusError(CORE_ERROR + "WrongState", "the module is flashing")
    modem.on_call["Cancel"] = cancel
    status, out, err = test.run("--cancel")
    assert status == 1 and err.startswith("error: couldn't cancel: the module is upgrading and cannot be stopped"), err


@case
def cancel_reply_lost(test):
    """ModemManager died over it; what was to be cancelled had another end."""
    for outcome, status, words in ((NOTHING_NEWER, 2, "nothing to do"), (SUCCEEDED, 1, "it had already succeeded"),
                                   (CANCELLED, 0, "successfully cancelled"), (FAILED, 1, "no reason was given")):
        modem = test.manager.modems[0] if test.manager.modems else test.start()
        transaction = f"t{outcome}"
        modem.set(State=CHECKING, Transaction=transaction, Interruptible=True)

        def cancel(options):
            sequence(lambda: test.manager.unanswered.pop().return_dbus_error(
                         "org.freedesktop.DBus.Error.NoReply", "disconnected"),
                     lambda: modem.set(State=IDLE),
                     lambda: modem.finish(transaction, outcome))
            raise NoReply()
        modem.on_call["Cancel"] = cancel
        got, out, err = test.run("--cancel")
        assert got == status and words in out + err, (outcome, got, out, err)


# What goes away and does not come back

def begun(modem, name, state):
    def verb(options):
        modem.set(State=state, Transaction=options["transaction"], Interruptible=True)
    modem.on_call[name] = verb


def goes_for_good(test, go, words, status):
    for name, state, arguments in (("Check", CHECKING, ["--check", URL]),
                                   ("Download", DOWNLOADING, ["--download", URL]),
                                   ("Upgrade", WAITING, ["-y", "--upgrade", "--delay=9999"])):
        modem = test.manager.modems[0]
        modem.set(State=DOWNLOADED, Transaction="")
        begun(modem, name, state)
        client = test.client("-J", *arguments, "--lost-after=1")
        test.until(lambda: modem.get("Transaction"))
        back = go(modem)
        assert client.exit() == status and client.sees(words), (name, client.process.returncode, client.stderr())
        assert json.loads(client.stdout())["modem"]["fota"] is None, client.stdout()
        back()


@case
def module_pulled(test):
    test.start()

    def go(modem):
        modem.unplug()
        return modem.plug
    goes_for_good(test, go, "the module is gone, and has not come back for 0:01", 1)


@case
def modemmanager_stops(test):
    test.start()

    def go(modem):
        test.manager.stop()
        modem.unregister()

        def back():
            modem.register()
            test.manager.start()
        return back
    goes_for_good(test, go, "ModemManager has left the bus", 3)


@case
def module_comes_back(test):
    """Away in a check for no longer than it may be: the result counts."""
    modem = test.start()
    begun(modem, "Check", CHECKING)
    client = test.client("--check", URL, "--transaction=t1")
    test.until(lambda: modem.get("Transaction"))

    def come_back():
        modem.index = 5
        modem.set(State=IDLE)
        modem.finish("t1", FAILED, error=FOTA_ERROR + "SilentlyEnded", message="it ended silently")
        modem.plug()
    sequence(modem.unplug, come_back)
    assert client.exit() == 1 and client.sees("it ended silently"), client.stderr()


@case
def state_unknown_for_good(test):
    """Nobody remembers the transaction, and the module does not answer."""
    modem = test.start()
    modem.on_call["Check"] = lambda options: modem.set(State=0, ModuleState=-1)
    status, out, err = test.run("--check", URL)
    assert status == 1 and "does not remember" in err, err


# Detaching

@case
def detach_by_signal(test):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        modem = test.modem = test.manager.modems[0] if test.manager.modems else test.start()
        transaction = f"t{int(number)}"

        def start(options):
            modem.set(State=DOWNLOADING, Transaction=transaction, Interruptible=True)
        modem.on_call["Download"] = start
        client = test.client("--download", URL, "--transaction", transaction)
        test.until(lambda: client.sees("downloading"))
        client.process.send_signal(number)
        assert client.exit() == 5
        assert client.sees("detached: the module continues"), client.stderr()
        # A name that outlives an upgrade
        assert client.sees("mmfota -m 867000000000000 --cancel"), client.stderr()
    assert all(call[0] == "Download" for call in modem.calls)


@case
def detach_from_terminal(test):
    modem = test.start()

    def start(options):
        modem.set(State=DOWNLOADING, Percent=10, Transaction=options["transaction"], Interruptible=True)
    modem.on_call["Download"] = start
    client = test.client("-J", "--download", URL, terminal=True)
    test.until(lambda: client.sees("10%"))
    client.process.send_signal(signal.SIGINT)
    assert client.exit() == 5 and client.sees("detached"), client.stderr()
    answer = json.loads(client.stdout())
    assert answer["error"]["message"] == "detached: the module continues"
    assert answer["modem"]["fota"]["state"] == "downloading"


@case
def detach_while_flashing(test):
    modem = test.start()

    def upgrade(options):
        modem.set(State=UPGRADING, Transaction=options["transaction"], Interruptible=False)
    modem.on_call["Upgrade"] = upgrade
    client = test.client("-y", "--upgrade")
    test.until(lambda: client.sees("works alone"))
    client.process.send_signal(signal.SIGINT)
    assert client.exit() == 5
    assert client.sees("can no longer be stopped") and not client.sees("--cancel"), client.stderr()


@case
def detach_before_answer(test):
    modem = test.start()

    def check(options):
        raise NoReply()
    modem.on_call["Check"] = check
    client = test.client("--check", URL)
    test.until(lambda: modem.calls)
    client.process.send_signal(signal.SIGINT)
    assert client.exit() == 5
    assert client.sees("may still be accepted") and client.sees("--cancel"), client.stderr()


@case
def timeout(test):
    modem = test.start()

    def check(options):
        modem.set(State=CHECKING, Transaction=options["transaction"], Interruptible=True)
    modem.on_call["Check"] = check
    status, out, err = test.run("--check", URL, "--timeout=1")
    assert status == 5 and "detached: the module continues" in err, err


# --monitor and --events

@case
def monitor_human(test):
    modem = test.start()
    client = test.client("--monitor")
    test.until(lambda: "idle" in client.stdout())
    modem.set(State=DOWNLOADING, Percent=50, BytesReceived=1500000, BytesTotal=3000000, Blockers=4)
    test.until(lambda: "downloading, 50 %, 1.5 of 3.0 MB (blocked by: call)" in client.stdout())
    modem.event(3, version=NEW, transaction="t1")
    test.until(lambda: f"update-available, version {NEW}" in client.stdout())
    modem.unplug()
    test.until(lambda: "the modem is gone" in client.stdout())
    modem.index = 4
    modem.plug()
    test.until(lambda: client.stdout().count("downloading, 50 %") == 2)
    client.process.send_signal(signal.SIGINT)
    assert client.exit() == 0, client.stderr()


@case
def monitor_missed_events(test):
    """What happened while the modem was off the bus is told, once."""
    modem = test.start()
    modem.event(4, version="before")
    client = test.client("--monitor")
    test.until(lambda: "idle" in client.stdout())
    modem.set(State=UPGRADING)
    modem.event(11, version="first")
    test.until(lambda: "first" in client.stdout())
    modem.unplug()
    test.until(lambda: "the modem is away" in client.stdout())
    modem.event(12, version="second")
    modem.index = 3
    modem.set(State=IDLE)
    modem.plug()
    test.until(lambda: "second" in client.stdout())
    modem.event(3, version="third")
    test.until(lambda: "third" in client.stdout())
    told = re.findall(r"^event (\d+)", client.stdout(), re.M)
    assert told == ["2", "3", "4"], client.stdout()
    client.process.send_signal(signal.SIGINT)
    assert client.exit() == 0


@case
def monitor_with_bar(test):
    """Whoever comes later, on a terminal, sees what the first one saw."""
    modem = test.start()
    client = test.client("--monitor", terminal=True)
    test.until(lambda: "idle" in client.stdout())
    assert not client.sees("\r"), client.stderr()
    modem.set(State=DOWNLOADING, Transaction="t1", Percent=25, BytesReceived=15000000, BytesTotal=60000000)
    test.until(lambda: client.sees("] 25%"))
    modem.event(6, version=NEW, transaction="t1")
    test.until(lambda: "event 1" in client.stdout())
    modem.set(Percent=26)
    test.until(lambda: client.sees("] 26%"))
    modem.set(State=UPGRADING)
    test.until(lambda: client.sees("the module works alone"))
    modem.unplug()
    test.until(lambda: client.sees("the module reboots") and "the modem is away, being upgraded" in client.stdout())
    modem.index = 9
    modem.plug()
    modem.set(State=IDLE)
    modem.finish("t1", SUCCEEDED)
    test.until(lambda: client.stdout().count("idle") == 2 and client.stderr().endswith("\r\x1b[K"))
    client.process.send_signal(signal.SIGINT)
    assert client.exit() == 0


@case
def away_for_upgrade(test):
    """No modem on the bus, but ModemManager keeps the machine awake for one."""
    modem = test.start()
    modem.unplug()
    logind = FakeLogind(test.manager, ("sleep", "ModemManager", "needs to reset", "delay", 0, 1))
    assert "no TD Tech modem is there" in test.run()[2]
    logind.inhibitors.append(("sleep:shutdown", "ModemManager", "whatever it says", "block", 0, 1))
    for arguments in ([], ["-m", "867000000000000"], ["-m", "0"], ["--cancel"], ["--check", URL]):
        status, out, err = test.run(*arguments)
        assert status == 3 and "a modem is being upgraded, and away" in err and "--monitor" in err, (arguments, err)
    status, out, err = test.run("-L")
    assert (status, out) == (0, "No modems with firmware update over the air were found\n") and "being upgraded" in err
    assert json.loads(test.run("-L", "-J")[1])["modem-list"] == []


@case
def away_by_agent(test):
    modem = test.start()
    modem.unplug()
    FakeAgent(test.manager, **{"867000000000000": "upgrading", "867000000000001": "idle"})
    for arguments in ([], ["-m", "867000000000000"]):
        assert "a modem is being upgraded" in test.run(*arguments)[2]
    assert "no TD Tech modem is there" in test.run("-m", "867000000000001")[2]


@case
def monitor_waits(test):
    """For the one that is meant, whatever came first."""
    modem = test.start()
    modem.unplug()
    FakeLogind(test.manager, ("sleep:shutdown", "ModemManager", "", "block", 0, 1))
    for number, name in enumerate(("867000000000000", "0", None)):
        client = test.client("--monitor", *(["-m", name] if name else []))
        test.until(lambda: "the modem is away, being upgraded" in client.stdout())
        if name == "867000000000000":
            test.manager.add_modem(7, "860000000000009", "/sys/devices/usb9").set(State=DOWNLOADED)
        modem.index = 3 + number
        modem.plug()
        test.until(lambda: "idle" in client.stdout())
        assert "downloaded" not in client.stdout(), client.stdout()
        client.process.send_signal(signal.SIGINT)
        assert client.exit() == 0
        modem.unplug()
        for other in test.manager.modems:
            if other.exported:
                other.unplug()
    client = test.client("-J", "--monitor")
    test.until(lambda: client.stdout() == '{"modem":null}\n')
    modem.plug()
    test.until(lambda: '"idle"' in client.stdout())
    client.process.send_signal(signal.SIGINT)
    assert client.exit() == 0


@case
def monitor_json(test):
    modem = test.start()
    client = test.client("--monitor", "-J")
    test.until(lambda: client.stdout().endswith("\n"))
    modem.event(13, error=FOTA_ERROR + "UpgradeFailed", message="a\nb", **{"module-code": 70})
    test.until(lambda: "upgrade-failed" in client.stdout())
    modem.set(State=DOWNLOADING, Percent=1)
    test.until(lambda: "downloading" in client.stdout())
    modem.unplug()
    test.until(lambda: '"fota":null' in client.stdout())
    client.process.send_signal(signal.SIGTERM)
    assert client.exit() == 0
    lines = [json.loads(line)["modem"] for line in client.stdout().splitlines()]
    assert lines[0]["fota"]["state"] == "idle"
    event = next(line["event"] for line in lines if "event" in line)
    assert event["kind"] == "upgrade-failed" and event["module-code"] == 70 and event["message"] == "a\nb"
    assert event["sequence"] == 1 and event["time"] > 1700000000
    assert lines[-1]["fota"] is None


@case
def monitor_timeout(test):
    test.start()
    assert test.run("--monitor", "--timeout=1")[0] == 5


@case
def events(test):
    modem = test.start()
    assert test.run("--events") == (0, "No events were found\n", "")
    modem.event(4, transaction="t1", version=NEW)
    modem.event(9, transaction="t1", sessions=["/a", "/b"])
    modem.event(7, transaction="t1", message="bad\x1b[1m", error=FOTA_ERROR + "DownloadFailed",
                **{"module-code": 20})
    status, out, err = test.run("--events")
    assert status == 0, err
    lines = out.splitlines()
    assert lines[0] == f"1  2026-11-23 07:46:41  download-started, version {NEW}", lines
    assert "download-failed, bad?[1m" in lines[2], lines
    status, out, err = test.run("-J", "--events=1")
    found = json.loads(out)["modem"]["events"]
    assert [event["kind"] for event in found] == ["data-paused", "download-failed"]
    assert found[0]["sessions"] == ["/a", "/b"] and found[1]["module-code"] == 20
    status, out, err = test.run("-K", "--events", "2")
    assert re.search(r"^modem.events.value\[1\].kind +: download-failed$", out, re.M), out


@case
def events_unauthorized(test):
    modem = test.start()
    call = modem.call

    def refuse(*arguments):
        if arguments[4] == "ListEvents":
            arguments[6].return_dbus_error(CORE_ERROR + "Unauthorized", "not allowed")
        else:
            call(*arguments)
    modem.unregister()
    modem.call = refuse
    modem.register()
    status, out, err = test.run("--events")
    assert status == 4 and err == "error: couldn't list events: not allowed\n", err


# Streams that are closed, full, or whose reader has gone

@case
def closed_streams(test):
    """No file of the program's own takes the place of one that is closed."""
    modem = test.start()
    offer_something(modem)
    for streams in ((0,), (1,), (2,), (0, 1, 2)):
        status, out, err = test.run("--check", URL, closed=streams)
        assert status == (1 if 1 in streams else 0), (streams, status, out, err)
        assert 1 in streams or NEW in out, (streams, out)
        status, out, err = test.run("--check", "ftp://x/", closed=streams)
        assert status == 1 and (2 in streams or "ftp://x/" in err), (streams, status, err)

    # On the socket to the bus the words would end it
    def download(options):
        modem.set(State=DOWNLOADING, Transaction=options["transaction"], Interruptible=True)
        sequence(lambda: modem.set(Percent=50), lambda: modem.finish(options["transaction"], SUCCEEDED, to=NEW))
    modem.on_call["Download"] = download
    for streams in ((2,), (0, 2)):
        status, out, err = test.run("--download", URL, closed=streams)
        assert (status, out) == (0, f"successfully downloaded firmware version {NEW}\n"), (streams, status, out)


@case
def full_disk(test):
    """What could not be written has not been told."""
    modem = test.start()
    modem.event(4, version=NEW)
    for arguments in ([], ["-J"], ["-K"], ["-L"], ["-J", "-L"], ["--events"], ["-J", "--events"], ["--help"], ["-V"],
                      ["--monitor"], ["-J", "--monitor"]):
        with open("/dev/full", "w") as full:
            status, out, err = test.run(*arguments, stdout=full)
        assert status == 1 and err == "error: couldn't write to standard output\n", (arguments, status, err)


@case
def reader_gone(test):
    """As mmfota --monitor | head -1 does it."""
    modem = test.start()
    for arguments in (["--monitor"], ["-J", "--monitor"]):
        reader, writer = os.pipe()
        os.set_blocking(reader, False)
        client = test.client(*arguments, stdout=writer)
        os.close(writer)
        test.until(lambda: select.select([reader], [], [], 0)[0])
        os.close(reader)
        modem.event(4, version=NEW)
        assert client.exit() == -signal.SIGPIPE, client.stderr()
    # A verb goes on to its end
    reader, writer = os.pipe()
    os.close(reader)
    modem.set(State=DOWNLOADED, Update=OFFER)
    upgrade_that_works(test, modem)
    client = test.client("-y", "--upgrade", stdout=writer)
    os.close(writer)
    assert client.exit() == 1 and modem.get("Version") == NEW, client.stderr()


# A bus that goes away

@case
def bus_goes(test):
    modem = test.start()

    def check(options):
        modem.set(State=CHECKING, Transaction=options["transaction"], Interruptible=True)
    modem.on_call["Check"] = check
    client = test.client("-J", "--check", URL)
    human = test.client("--monitor")
    machine = test.client("-J", "--monitor")
    test.until(lambda: modem.calls and human.stdout() and machine.stdout())
    test.bus.stop()
    for one in (client, human, machine):
        assert one.exit() == 3 and one.sees("the system bus is gone"), (one.process.returncode, one.stderr())
    answer = json.loads(client.stdout())
    assert answer["error"]["name"] == CORE_ERROR + "NotFound" and "bus is gone" in answer["error"]["message"], answer
    assert json.loads(machine.stdout().splitlines()[-1])["error"]["name"] == CORE_ERROR + "NotFound"


@case
def bus_goes_at_question(test):
    modem = test.start()
    modem.set(State=DOWNLOADED, Update=OFFER)
    client = test.client("--upgrade", terminal=True)
    test.until(lambda: client.sees("Upgrade? [y/N]"))
    test.bus.stop()
    assert client.exit() == 3 and client.sees("the system bus is gone"), client.stderr()
    assert not client.sees("not upgraded"), client.stderr()


@case
def modem_leaves_at_call(test):
    """Its object is gone, and nobody has said so yet."""
    modem = test.start()
    modem.unregister()
    modem.exported = True
    for arguments in (["--check", URL], ["--events"], ["--cancel"]):
        status, out, err = test.run("-J", *arguments)
        assert status == 3 and json.loads(out)["error"]["message"], (arguments, status, err)


# What a bus may tell

@case
def hostile_names(test):
    """The hint is to be copied into a shell."""
    modem = test.start(modems=0)
    test.manager.start()
    for imei, device, name in (("86700\x1b[2J$(id)", "/sys/devices/usb1/1-1", "/sys/devices/usb1/1-1"),
                               ("-rf", "--yes", "0"), ("a b;c", "x;y\u202e", "0"), ("any", "any", "0"),
                               ("8" * 5000, "z" * 5000, "0")):
        modem = test.manager.add_modem(0, imei, device)

        def start(options):
            modem.set(State=DOWNLOADING, Transaction=options["transaction"], Interruptible=True)
        modem.on_call["Download"] = start
        client = test.client("--download", URL)
        test.until(lambda: client.sees("downloading"))
        client.process.send_signal(signal.SIGINT)
        assert client.exit() == 5 and client.sees(f"'mmfota -m {name} --cancel'"), client.stderr()
        modem.unplug()
        test.manager.modems.clear()


@case
def absurd_properties(test):
    """Of another type, missing, beyond all bounds: something is told, and it is well-formed."""
    modem = test.start()
    whole = dict(modem.fota_properties)
    strange = [GLib.Variant("s", "x"), GLib.Variant("i", -1), GLib.Variant("t", 2 ** 64 - 1),
               GLib.Variant("u", 2 ** 32 - 1), GLib.Variant("s", "\x1b[2J" * 10000)]
    for key in whole:
        strange.append(GLib.Variant("a{sv}", {name: GLib.Variant("i", -1) for name in RESULT_TYPES}))
        for value in [None, *strange]:
            modem.fota_properties = {**whole, key: value} if value else {
                name: held for name, held in whole.items() if name != key}
            for arguments in ([], ["-J"], ["-L"]):
                status, out, err = test.run(*arguments)
                assert status == 0 and "\x1b" not in out + err, (key, value, status, err)
                if "-J" in arguments:
                    json.loads(out)
        strange.pop()


@case
def server_without_host(test):
    modem = test.start()
    discards(modem)
    offer_something(modem)
    for url in ("http:/x", "mailto:x", "x", "http://[::1", "", "http:"):
        modem.set(State=DOWNLOADED, Update=dict(OFFER, url=url), Version=OLD)
        upgrade_that_works(test, modem, index=modem.index + 1, name="Download")
        upgrade_that_works(test, modem, index=modem.index + 1)
        status, out, err = test.run("-y", "--update", URL)
        assert status == 0, (url, status, err)


# One name for two

@case
def shared_device_id(test):
    """ModemManager makes it of what a modem says of itself, the IMEI among it."""
    test.start(modems=0)
    for index in range(2):
        test.manager.add_modem(index, "867000000000000", f"/sys/devices/usb1/1-{index + 1}", device_id="abcdef")
    test.manager.start()
    for which in ("abcdef", "867000000000000"):
        status, out, err = test.run("-m", which)
        assert status == 1 and f"more than one modem is called '{which}'" in err, err
    assert test.run("-m", "any")[0] == 0


@case
def twin_comes_first(test):
    """Of two modems of one IMEI, which ModemManager's restart brings back, the other one is first."""
    modem = test.start(modems=1)
    twin = test.manager.add_modem(1, "867000000000000", "/sys/devices/usb1/1-2")
    modem.set(State=DOWNLOADED, Update=OFFER)

    def upgrade(options):
        transaction = options["transaction"]

        def stop():
            test.manager.stop()
            modem.unplug()
            twin.unplug()

        def start():
            twin.index = 2
            twin.plug()
            test.manager.start()

        def come_back():
            modem.index = 3
            modem.set(State=IDLE, Version=NEW)
            modem.finish(transaction, SUCCEEDED, to=NEW)
            modem.plug()
        modem.set(State=UPGRADING, Transaction=transaction)
        sequence(stop, start, come_back)
    modem.on_call["Upgrade"] = upgrade
    status, out, err = test.run("-J", "-y", "--upgrade", "-m", "0")
    assert status == 0 and json.loads(out)["modem"]["path"].endswith("/3"), (status, out, err)


# What is told must be true

@case
def upgrade_under_way(test):
    modem = test.start()

    def refuse(options):
        raise DBusError(CORE_ERROR + "InProgress", "Upgrade is under way")
    modem.on_call["Check"] = refuse
    for state in (PAUSING_DATA, UPGRADING, VERIFYING):
        modem.set(State=state, Transaction="t1")
        for arguments in (["--check", URL], ["-y", "--update", URL]):
            status, out, err = test.run(*arguments)
            assert status == 1 and "--monitor" in err and "--cancel" not in err and "cannot be stopped" in err, err


@case
def update_discards_last(test):
    """Nothing is thrown away for an update that cannot begin."""
    modem = test.start()
    discards(modem)
    for offer, words in (({}, "give its URL"), (dict(OFFER, url="https://x/"), "--tls-ca=FILE")):
        modem.set(State=DOWNLOADED, Update=offer)
        status, out, err = test.run("-y", "--update", "--expect-version=9")
        assert status == 1 and words in err and not modem.calls, (status, err, modem.calls)


@case
def update_earlier_plugin(test):
    """Without the property Server the offer alone knows it, and goes when it is discarded."""
    modem = test.start()
    del modem.fota_properties["Server"]
    discards(modem)
    offer_something(modem)
    modem.set(State=DOWNLOADED, Update=dict(OFFER, version="1.2"))
    upgrade_that_works(test, modem, name="Download")
    status, out, err = test.run("-y", "--update", "--expect-version", NEW)
    assert status == 0, (status, err)
    assert [call[0] for call in modem.calls] == ["Cancel", "Check", "Download"], modem.calls


@case
def monitor_counts_anew(test):
    """The record of the daemon was lost: its events begin at 1 again."""
    modem = test.start()
    for number in range(5):
        modem.event(4, version=f"old{number}")
    client = test.client("--monitor")
    test.until(lambda: "idle" in client.stdout())
    modem.unplug()
    test.until(lambda: "the modem is gone" in client.stdout())
    modem.events.clear()
    modem.set(LastEvent=0, State=AVAILABLE)
    modem.event(3, version="first")
    modem.plug()
    test.until(lambda: "available" in client.stdout())
    modem.event(4, version="second")
    test.until(lambda: "second" in client.stdout())
    client.process.send_signal(signal.SIGINT)
    assert client.exit() == 0
    assert re.findall(r"^event (\d+)", client.stdout(), re.M) == ["1", "2"], client.stdout()


def complete(listed):
    assert sorted(listed) == sorted(CASES), sorted(set(listed) ^ set(CASES))


def main():
    if sys.argv[1] == "--complete":
        complete(sys.argv[2:])
        return
    test = Test()
    try:
        CASES[sys.argv[1]](test)
    finally:
        test.end()


if __name__ == "__main__":
    main()
