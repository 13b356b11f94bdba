#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 modemmanager-tdtech authors

"""mmfota and an agent: one case per run, as mmfota-test.py. AGENT_XML says where the interface of the agent is."""

import importlib
import json
import os
import re
import sys
import time

import fakeagent
from fakemodemmanager import CORE_ERROR, FOTA_ERROR, DBusError

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "integration"))
import locales  # noqa: E402  pylint: disable=wrong-import-position

client_test = importlib.import_module("mmfota-test")

IMEI = fakeagent.QUESTION["device"]
OTHER = "867000000000001"
CASES = {}


def case(function):
    CASES[function.__name__.replace("_", "-")] = function
    return function


class Test(client_test.Test):
    def __init__(self):
        super().__init__()
        self.agent = fakeagent.FakeAgent(self.bus.address, os.environ["AGENT_XML"])
        self.agent.start()


def raises(name, message="told so"):
    def method(*_arguments):
        raise DBusError(name, message)
    return method


@case
def agent_status(test):
    """No ModemManager is needed for it."""
    assert test.run("--agent-status") == (0, "The agent has seen no modem yet\n", "")
    test.agent.knows({}, {"device": OTHER, "path": "/", "activity": "waiting", "reason": "no network\x1b[1m",
                          "last-error": "signature (changed): not what\x1bwas signed", "last-error-at": 1795400000})
    test.agent.asks()
    status, out, err = test.run("--agent-status")
    assert (status, err) == (0, "")
    for row in ("imei: 867000000000000", "activity: asking", "last check: 2026-11-23 02:13:20", "unreported: 3",
                "offered: 1.3.0.0(SP1C02)", f"imei: {OTHER}", "reason: no network?[1m", "size: 61.9 MB",
                "last error: signature (changed): not what?was signed", "failed at: 2026-11-23 02:13:20",
                "choices: now, later, skip", "offline for: 10:00", "unanswered: now", "then at: 2026-11-30 00:53:20"):
        assert row in out, (row, out)
    assert out.count("last error") == 1 and out.count("failed at") == 1, out
    assert "paused until" not in out and "modem: /\n" not in out
    assert json.loads(test.run("-J", "--agent-status", "-m", OTHER)[1])["agent"]["modems"][0]["path"] is None
    out = test.run("--agent-status", "-m", OTHER)[1]
    assert IMEI not in out and OTHER in out and "Question" not in out, out
    assert test.run("--agent-status", "-m", "867000000000009")[1] == "The agent does not know this modem\n"
    assert not test.agent.calls


@case
def agent_status_for_machines(test):
    assert json.loads(test.run("-J", "--agent-status")[1]) == {"agent": {"modems": [], "question": None}}
    test.agent.knows({"next": 0, "paused-until": 1796000000})
    test.agent.asks(size=0, **{"default-at": 0, "description": "für\x9b"})
    status, out, err = test.run("-J", "--agent-status")
    assert (status, err) == (0, "")
    agent = json.loads(out)["agent"]
    assert agent["modems"] == [{
        "device": IMEI, "path": "/org/freedesktop/ModemManager1/Modem/0", "activity": "asking", "reason": None,
        "version": "1.2.5.0(SP1C02)", "offered": "1.3.0.0(SP1C02)", "last-error": None, "last-error-name": None, "next": None,
        "last-check": 1795400000, "last-error-at": None, "paused-until": 1796000000, "attempt": 1, "unreported": 3}], agent
    assert agent["question"] == {
        "id": "q-1", "kind": "upgrade", "device": IMEI, "from": "1.2.5.0(SP1C02)", "to": "1.3.0.0(SP1C02)",
        "size": None, "description": "für\x9b", "choices": ["now", "later", "skip"], "default": "now",
        "default-at": None, "seconds-offline": 600}, agent
    test.agent.knows({"last-error": "why", "last-error-name": CORE_ERROR + "Retry", "last-error-at": 5})
    modem = json.loads(test.run("-J", "--agent-status")[1])["agent"]["modems"][0]
    assert (modem["last-error"], modem["last-error-name"], modem["last-error-at"]) == ("why", CORE_ERROR + "Retry", 5), modem
    out = test.run("-K", "--agent-status")[1]
    for line in ("agent.modems.value[1].last-error", "agent.modems.length", "agent.modems.value[1].activity", "agent.question.choices.value[3]"):
        assert line in out, (line, out)


@case
def agent_that_talks_nonsense(test):
    """What it does not say, or says in another type, is not shown, and ends nobody."""
    for modems, question in (([{"device": 5, "next": "x", "attempt": [1]}], {"id": 7}),
                             ([{}], {"id": "q", "choices": "now", "size": "large"}),
                             ([{"device": "1" * 5000}], {"choices": []})):
        types = {int: "i", str: "s", list: "as"}
        variants = [{key: fakeagent.GLib.Variant(types[type(value)], [str(v) for v in value] if type(value) is list else value)
                     for key, value in part.items()} for part in [*modems, question]]
        test.agent.set("Modems", fakeagent.GLib.Variant("aa{sv}", variants[:-1]))
        test.agent.set("Question", fakeagent.GLib.Variant("a{sv}", variants[-1]))
        for form in ([], ["-J"], ["-K"]):
            status, out, err = test.run("--agent-status", *form)
            assert (status, err) == (0, "") and out, (out, err)
        assert test.run("--answer=now")[0] in (1, 2)
    assert not test.agent.calls


def speak(test, locale, *arguments):
    client = test.client("--agent-status", *arguments, **locales.environment(os.environ["TDTECH_BUILD"], locale))
    status = client.exit()
    assert (status, client.stderr()) == (0, ""), client.stderr()
    return client.stdout()


def reason_of(out):
    found = re.search(r"(?:reason|原因): (.*)", out)
    return found.group(1) if found else None


@case
def agent_reasons(test):
    """They are English on the bus. By their names they are said in Chinese to who reads it; machines see no difference."""
    with open(os.environ["AGENT_XML"], encoding="utf-8") as xml:
        listed = re.search(r"Names of reasons: (.*?)\.", xml.read(), re.S).group(1)
    table = os.path.join(os.path.dirname(os.environ["AGENT_XML"]), "..", "client", "mmfota-reason.c")
    with open(table, encoding="utf-8") as source:
        reasons = re.findall(r'{ "([a-z-]+)",\s+N_\("([^"]+)"\) }', source.read())
    assert [name for name, _text in reasons] == re.split(r",\s+", listed), listed
    assert len({name for name, _text in reasons}) == len(reasons) > 30

    seen = set()
    for name, text in reasons:
        test.agent.knows({"reason": text, "reason-name": name})
        assert reason_of(speak(test, "C")) == text
        chinese = reason_of(speak(test, locales.CHINESE))
        assert re.match("[\u4e00-\u9fff]|该 IMEI", chinese) and text not in chinese, (name, chinese)
        seen.add(chinese)
    assert len(seen) == len(reasons)

    version = FOTA_ERROR + "VersionUnchanged"
    for name, text, chinese in (
            ("given-up", "what the agent says", "该版本此前失败（what the agent says）"),
            (version, "what the daemon says", "模块已重启，但版本未变"),
            ("of-a-later-agent", "something new", "something new"),
            (None, "the modem is roaming", "the modem is roaming"),
            ("roaming", None, None), ("roaming", "", None)):
        test.agent.knows({key: value for key, value in (("reason", text), ("reason-name", name)) if value is not None})
        told = reason_of(speak(test, locales.CHINESE))
        assert told == chinese or (name == version and told.startswith(chinese)), (name, text, told)
        assert reason_of(speak(test, "C")) == (text or None)
        for machine in ("-J", "-K"):
            said = {speak(test, locale, machine) for locale in ("C", locales.CHINESE, locales.CHINESE_OLD)}
            assert len(said) == 1 and "reason-name" not in str(said) and (not text or text in str(said)), said


@case
def check_now(test):
    test.start(2)
    for arguments, device in (([], ""), (["-m", "any"], ""), (["-m", IMEI], IMEI), (["-m", "1"], OTHER),
                              (["-m", "/org/freedesktop/ModemManager1/Modem/0"], IMEI),
                              # Away, and known to the agent alone
                              (["-m", "860000000000009"], "860000000000009")):
        assert test.run("--check-now", *arguments) == (0, "successfully asked the agent to check for firmware\n", "")
        assert test.agent.calls.pop() == ("CheckNow", device, {}), arguments
    assert test.run("--check-now", "-m", "5")[0] == 3
    test.agent.knows({"activity": "checking"})
    status, out, _ = test.run("-J", "--check-now")
    assert status == 0 and json.loads(out)["agent"]["modems"][0]["activity"] == "checking"
    test.agent.on_call["CheckNow"] = raises(CORE_ERROR + "WrongState", "no server is configured")
    assert test.run("--check-now") == (1, "", "error: couldn't ask the agent to check: no server is configured\n")
    test.agent.on_call["CheckNow"] = raises(CORE_ERROR + "NotFound", "no such module")
    assert test.run("--check-now", "-m", OTHER)[0] == 3


@case
def answer(test):
    for choice in ("now", "later", "skip"):
        test.agent.asks()
        assert test.run(f"--answer={choice}") == (0, f"successfully answered '{choice}'\n", "")
        assert test.agent.calls.pop() == ("Answer", "q-1", choice, {})
    test.agent.asks(kind="notice", choices=["now", "cancel"])
    status, out, _ = test.run("-J", "--answer", "cancel", "-m", IMEI)
    assert status == 0 and json.loads(out) == {"agent": {"modems": [], "question": None}}, out
    assert test.agent.calls.pop() == ("Answer", "q-1", "cancel", {})
    test.agent.asks()
    assert test.run("--answer=later", "--delay=2h")[0] == 0
    assert test.agent.calls.pop() == ("Answer", "q-1", "later", {"seconds": 7200})


@case
def answer_that_is_none(test):
    assert test.run("--answer=now") == (2, "nothing to do: the agent has no question\n", "")
    assert test.run("-J", "--answer=now")[0] == 2
    test.agent.asks()
    assert test.run("--answer=now", "-m", OTHER)[0] == 2
    assert test.run("--answer=cancel") == (
        1, "", "error: couldn't answer the agent: 'cancel' is no answer to this question, only: now, later, skip\n")
    assert not test.agent.calls
    # Somebody else was quicker, after the question was read
    test.agent.on_call["Answer"] = raises(CORE_ERROR + "NotFound")
    assert test.run("--answer=now") == (2, "nothing to do: the question was answered meanwhile\n", "")
    test.agent.on_call["Answer"] = raises("org.freedesktop.DBus.Error.AccessDenied")
    assert test.run("--answer=now")[0] == 4
    test.agent.on_call["Answer"] = raises(CORE_ERROR + "Unauthorized")
    status, out, err = test.run("-J", "--answer=now")
    assert status == 4 and json.loads(out)["agent"] is None and "told so" in json.loads(out)["error"]["message"], out


@case
def pause(test):
    before = int(time.time())
    status, out, err = test.run("--pause=1h30m")
    assert status == 0 and out.startswith("successfully paused the agent until 20") and not err, out
    method, until = test.agent.calls.pop()
    assert method == "Pause" and before + 5400 <= until <= time.time() + 5400, until
    assert test.run("--pause=0") == (0, "successfully resumed the agent\n", "")
    assert test.agent.calls.pop() == ("Pause", 0)
    test.agent.on_call["Pause"] = raises(CORE_ERROR + "InvalidArgs", "more than ten years")
    assert test.run("--pause=4000d") == (1, "", "error: couldn't pause the agent: more than ten years\n")


@case
def no_agent(test):
    test.agent.stop()
    for verb in ("--agent-status", "--check-now", "--answer=now", "--pause=1h"):
        status, out, err = test.run(verb)
        assert (status, out) == (3, "") and "mmfota-agent is not running" in err, (verb, status, err)
    assert json.loads(test.run("-J", "--agent-status")[1])["error"]["name"] == CORE_ERROR + "NotFound"


@case
def agent_options(test):
    test.start()
    for arguments, *words in (
            (["--answer"], "--answer needs a value: CHOICE"),
            (["--answer=yes"], "'yes' for --answer", "now, later, skip or cancel"),
            (["--answer=now", "--delay=1h"], "'now' for --answer", "only later"),
            (["--answer=later", "--delay=soon"], "'soon' for --delay"),
            (["--pause"], "--pause needs a value: DURATION"),
            (["--pause=tomorrow"], "'tomorrow' for --pause", "1h30m"),
            (["--pause=1h", "-m", "any"], "--modem does not go with --pause"),
            (["--check-now=http://a/"], "it takes no value"),
            (["--check-now", "--check"], "--check and --check-now"),
            (["--agent-status", "--delay=5"], "--delay does not go with --agent-status"),
            (["--answer=now", "--pause=5"], "--answer and --pause")):
        client_test.refused(test, arguments, *words)
    assert not test.agent.calls


def main():
    if sys.argv[1] == "--complete":
        assert sorted(sys.argv[2:]) == sorted(CASES), sorted(set(sys.argv[2:]) ^ set(CASES))
        return
    test = Test()
    try:
        CASES[sys.argv[1]](test)
    finally:
        test.end()


main()
