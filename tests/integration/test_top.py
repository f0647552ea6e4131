"""`navajo top`: its numbers, and a real terminal that is as it was before, however it ends."""
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

import fcntl
import pytest

from harness import paths
from harness.client import Client
from harness.navajo import tool_environment
from harness.waiting import wait_until

TAKEN, GIVEN_BACK = b"\x1b[?1049h", b"\x1b[?1049l"


class Terminal:
    """`navajo top` on a pseudo-terminal of 30 lines and 100 columns."""

    def __init__(self, server):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        self.before = termios.tcgetattr(slave)
        self.slave, self.output = slave, b""
        self.command = subprocess.Popen(
            [str(paths.navajo_command()), "top", "--interval", "0.1", "--run-dir", str(server.run_directory)],
            stdin=slave, stdout=slave, stderr=slave, env=tool_environment(), start_new_session=True)

    def read(self):
        while select.select([self.master], [], [], 0)[0]:
            self.output += os.read(self.master, 65536)
        return self.output

    def wait_for(self, text):
        wait_until(lambda: text in self.read(), 5, f"{text} on the terminal")

    def press(self, keys):
        os.write(self.master, keys)

    def ended(self):
        """The exit code; the terminal must be as it was."""
        code = None
        deadline = time.monotonic() + 5
        while code is None and time.monotonic() < deadline:
            self.read()
            code = self.command.poll()
            time.sleep(0.01)
        assert code is not None, "top is still there"
        assert self.read().rindex(GIVEN_BACK) > self.output.rindex(TAKEN)
        assert b"\x1b[?25h" in self.output[self.output.rindex(TAKEN):], "the cursor is hidden"
        assert termios.tcgetattr(self.slave) == self.before
        return code

    def close(self):
        if self.command.poll() is None:
            self.command.kill()
        self.command.wait()
        os.close(self.master)
        os.close(self.slave)


@pytest.fixture
def terminal(server):
    made = Terminal(server)
    yield made
    made.close()


def test_the_numbers_of_an_interval(server):
    with Client(server.port) as client:
        for _ in range(10):
            assert client.get("/ok").status == 200
        result = server.navajo("top", "--json", "--interval", "0.2")
    assert result.returncode == 0, result.stderr
    told = json.loads(result.stdout)
    assert told["now"]["connections_live"] == 1 and told["per_second"]["requests"] == 0
    assert len(told["processes"]) == 2 and told["resident_bytes"] > 1 << 20
    once = server.navajo("top", "--once", "--interval", "0.1")
    assert once.returncode == 0 and re.search(r"^requests 0/s ", once.stdout, re.M) and "\x1b" not in once.stdout


def test_it_needs_a_terminal_or_to_be_told_otherwise(server):
    result = server.navajo("top")
    assert result.returncode == 1 and "--once" in result.stderr


def test_keys_choose_the_table_and_q_gives_the_terminal_back(terminal):
    terminal.wait_for(b"req/sv")
    terminal.press(b"\x1b[C")
    terminal.wait_for(b"connsv")
    terminal.press(b"r")
    terminal.wait_for(b"conns^")
    terminal.press(b"\t")
    terminal.wait_for(b"backend")
    terminal.press(b"q")
    assert terminal.ended() == 0


@pytest.mark.parametrize("signum,code", [(signal.SIGTERM, 0), (signal.SIGHUP, 0), (signal.SIGABRT, -signal.SIGABRT)])
def test_a_signal_gives_the_terminal_back(terminal, signum, code):
    terminal.wait_for(b"requests")
    os.kill(terminal.command.pid, signum)
    assert terminal.ended() == code


def test_stopped_and_continued_it_gives_the_terminal_back_and_takes_it_again(terminal):
    terminal.wait_for(b"requests")
    os.kill(terminal.command.pid, signal.SIGTSTP)
    terminal.wait_for(GIVEN_BACK)
    assert termios.tcgetattr(terminal.slave) == terminal.before
    terminal.output = b""
    os.kill(terminal.command.pid, signal.SIGCONT)
    terminal.wait_for(TAKEN)
    terminal.wait_for(b"requests")
    terminal.press(b"q")
    assert terminal.ended() == 0
