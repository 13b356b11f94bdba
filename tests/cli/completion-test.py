#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 modemmanager-tdtech authors

"""What bash, zsh and fish complete of mmfota's command line, with a fake ModemManager.

  completion-test.py SHELL   (MMFOTA and FOTA_XML say where client and interface are)
"""

import os
import pty
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

from gi.repository import GLib

from fakemodemmanager import FakeModemManager, PrivateBus

COMPLETIONS = os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, os.pardir, "cli", "completions")

# Nothing here depends on speed: this only ends what hangs.
LIMIT = 120

# In each of these shells, ^Xa puts all completions into the line, and ^Xt tells the line.
BASH = """
. /usr/share/bash-completion/bash_completion
. "$COMPLETIONS/mmfota.bash"
tell () { printf '%s\\n' "$READLINE_LINE" >"$TOLD"; }
bind '"\\C-xa": insert-completions'
bind -x '"\\C-xt": tell'
PS1='ready> '
"""
ZSH = """
fpath=("$COMPLETIONS" $fpath)
autoload -U compinit
compinit -D -u
zstyle ':completion:all:*' completer _all_matches _complete
zstyle ':completion:all:*' insert yes
zle -C all complete-word _generic
tell () { print -r -- "$BUFFER" >"$TOLD" }
zle -N tell
bindkey '^Xa' all
bindkey '^Xt' tell
PS1='ready> '
"""
FISH = """
source "$COMPLETIONS/mmfota.fish"
complete -C "$argv[1]"
"""


class Terminal:
    """A shell that a user types into."""

    def __init__(self, test, command, environment):
        self.test = test
        self.screen = b""
        self.master, slave = pty.openpty()
        os.set_blocking(self.master, False)
        self.process = subprocess.Popen(command, env=environment, stdin=slave, stdout=slave, stderr=slave,
                                        start_new_session=True)
        os.close(slave)

    def read(self):
        try:
            self.screen += os.read(self.master, 4096)
        except OSError:
            pass

    def sees(self, text):
        self.read()
        return text in self.screen

    def type(self, text):
        os.write(self.master, text.encode())

    def end(self):
        self.process.kill()
        self.process.wait()
        os.close(self.master)


class Test:
    """A shell, and a bus with a ModemManager."""

    def __init__(self, shell):
        self.shell = shell
        self.folder = tempfile.mkdtemp(prefix="completion-test-")
        self.told = os.path.join(self.folder, "told")
        self.bus = PrivateBus(self.folder)
        self.manager = FakeModemManager(self.bus.address, os.environ["FOTA_XML"])
        self.manager.start()
        os.makedirs(os.path.join(self.folder, "bin"))
        os.symlink(os.environ["MMFOTA"], os.path.join(self.folder, "bin", "mmfota"))
        self.environment = dict(os.environ, HOME=self.folder, ZDOTDIR=self.folder, XDG_CONFIG_HOME=self.folder,
                                XDG_DATA_HOME=self.folder, TERM="dumb", LC_ALL="C.UTF-8",
                                PATH=os.path.join(self.folder, "bin") + ":" + os.environ["PATH"],
                                DBUS_SYSTEM_BUS_ADDRESS=self.bus.address,
                                COMPLETIONS=COMPLETIONS, TOLD=self.told)

    def end(self):
        self.bus.stop()
        shutil.rmtree(self.folder)

    def until(self, condition, last_words):
        end = time.monotonic() + LIMIT
        context = GLib.MainContext.default()
        tick = GLib.timeout_add(20, lambda: True)
        while not condition():
            assert time.monotonic() < end, f"waited {LIMIT} s in vain: {last_words()}"
            context.iteration(True)
        GLib.source_remove(tick)

    def file(self, name, contents):
        path = os.path.join(self.folder, name)
        with open(path, "w") as out:
            out.write(contents)
        return path

    def in_terminal(self, command, line):
        terminal = Terminal(self, command, self.environment)
        try:
            self.until(lambda: terminal.sees(b"ready> "), lambda: terminal.screen)
            terminal.type(line + "\x18a\x18t")
            self.until(lambda: self.has_told(terminal), lambda: terminal.screen)
        finally:
            terminal.end()
        with open(self.told) as told:
            words = shlex.split(told.read())
        os.unlink(self.told)
        return words

    def has_told(self, terminal):
        terminal.read()
        try:
            with open(self.told) as told:
                return told.read().endswith("\n")
        except FileNotFoundError:
            return False

    def bash(self, line):
        rc = self.file("bashrc", BASH)
        return self.in_terminal(["bash", "--noprofile", "--rcfile", rc, "-i"], line)

    def zsh(self, line):
        self.file(".zshrc", ZSH)
        return self.in_terminal(["zsh", "-d", "-i"], line)

    def fish(self, line):
        with open(os.path.join(self.folder, "fish-output"), "w+") as out:
            process = subprocess.Popen(["fish", self.file("script.fish", FISH), line], env=self.environment,
                                       stdin=subprocess.DEVNULL, stdout=out)
            self.until(lambda: process.poll() is not None, lambda: "fish goes on")
            assert process.returncode == 0, process.returncode
            out.seek(0)
            return [entry.split("\t")[0] for entry in out.read().splitlines()]

    def complete(self, line):
        """The words that are offered in place of the last one of the line, without the part of it
        that some shells do not repeat: -x=A B for -x=A -x=B."""
        words = getattr(self, self.shell)(line)
        typed = shlex.split(line)
        if line.endswith(" "):
            typed.append("")
        if self.shell != "fish":
            kept = typed[:-1]
            assert words[:len(kept)] == kept, (line, words)
            words = words[len(kept):]
        option = re.match("--[a-z-]+=", typed[-1])
        if option:
            words = [word.removeprefix(option[0]) for word in words]
        return sorted(word for word in words if word)

    def options(self):
        """All options, as mmfota --help lists them."""
        output = subprocess.run([os.environ["MMFOTA"], "--help"], check=True, capture_output=True, text=True).stdout
        return set(re.findall(r"^  (?:-., )?(--[a-z-]+)", output, re.M)) | \
            set(re.findall(r"^  (-.),", output, re.M))


def check(test):
    # All options, and no other
    offered = {word.rstrip("=") for word in test.complete("mmfota -")}
    assert offered == test.options(), offered ^ test.options()

    # The modems there are
    assert test.complete("mmfota -m ") == ["any"]
    for index in (4, 11):
        test.manager.add_modem(index, f"8670000000000{index:02}", f"/sys/devices/usb1/1-{index}")
    ca = test.file("ca.pem", "")
    for line, expected in (
            ("mmfota -m ", ["11", "4", "867000000000004", "867000000000011", "any"]),
            ("mmfota --modem=", ["11", "4", "867000000000004", "867000000000011", "any"]),
            ("mmfota --modem=86700000000000", ["867000000000004"]),
            ("mmfota --modem=1", ["11"]),
            ("mmfota -m any --check=http://fota.example.com/a/ --tls-verify=", ["mutual", "none", "server"]),
            ("mmfota --tls-verify ", ["mutual", "none", "server"]),
            ("mmfota --tls-verify=no", ["none"]),
            ("mmfota --answer=", ["cancel", "later", "now", "skip"]),
            ("mmfota --answer la", ["later"]),
            ("mmfota --tls-ca=" + ca[:-2], [ca]),
            ("mmfota --tls-key " + ca[:-2], [ca]),
            # What nobody but the user knows
            ("mmfota --delay=", []),
            ("mmfota --expect-version ", [])):
        assert test.complete(line) == expected, (line, test.complete(line))


def main():
    test = Test(sys.argv[1])
    try:
        check(test)
    finally:
        test.end()


main()
