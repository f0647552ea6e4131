"""Administration: the admin socket of a real server, who may use it, and what `navajo session` and `status` make of
it."""
import json
import os
import pwd
import signal
import socket
import stat
import threading

import pytest

from harness.navajo import run_navajo
from harness.site import Component, files
from harness.waiting import wait_until

STORE = Component("servlet", "Sessions", "LocalSessionStoreServlet", ("/store",),
                  {"MemorySize": "8M", "MaxLifetime": 86400, "MaxInactiveInterval": 600})
NOBODY = pwd.getpwnam("nobody")

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs to be root to be somebody else")


@pytest.fixture(scope="module")
def server(make_server):
    return make_server([STORE, files()])


def admin_socket(server):
    return server.run_directory / "admin.sock"


def connect(server):
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    client.settimeout(30)
    # A socket's address is short, a test's folder may not be.
    folder = os.open(server.run_directory, os.O_PATH)
    try:
        client.connect(f"/proc/self/fd/{folder}/admin.sock")
    finally:
        os.close(folder)
    return client


def ask(server, request):
    """The answer's objects."""
    with connect(server) as client:
        client.sendall(f"navajo/1 {request}\n".encode())
        data = b""
        while piece := client.recv(65536):
            data += piece
    return [json.loads(line) for line in data.decode().splitlines()]


def as_nobody(function, groups=()):
    """What function() says in a process of another user: a short text."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.setgroups(list(groups))
            os.setresgid(NOBODY.pw_gid, NOBODY.pw_gid, NOBODY.pw_gid)
            os.setresuid(NOBODY.pw_uid, NOBODY.pw_uid, NOBODY.pw_uid)
            said = function()
        except OSError as error:
            said = type(error).__name__
        os.write(write, said.encode())
        os._exit(0)
    os.close(write)
    said = os.read(read, 4096).decode()
    os.close(read)
    os.waitpid(pid, 0)
    return said


# ---------------------------------------------------------------- the socket

def test_socket_is_for_its_owner_alone(server):
    about = admin_socket(server).stat()
    assert stat.S_ISSOCK(about.st_mode)
    assert stat.S_IMODE(about.st_mode) == 0o600
    assert about.st_uid == os.geteuid()
    assert not (server.run_directory / "admin.sock.new").exists()


def test_stores_are_told(server):
    store, end = ask(server, "store list")
    assert store["name"] == "Sessions" and store["state"] == "normal" and store["memory_size_bytes"] == 8 << 20
    assert end == {"type": "end", "stores": 1}


@needs_root
def test_another_user_is_refused(server):
    assert as_nobody(lambda: ask(server, "store list")[-1]["type"]) == "PermissionError"


def test_requests_that_are_none_are_refused(server):
    assert ask(server, "session sell")[0]["code"] == "unknown_command"
    assert ask(server, "session kill")[0]["code"] == "nothing_selected"
    assert ask(server, "session list store=Nobody")[0]["code"] == "unknown_store"
    assert ask(server, "x" * 5000)[0]["code"] == "bad_request"


def test_ten_clients_at_once_and_some_that_say_nothing(server):
    silent = [connect(server) for _ in range(3)]
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(ask(server, "store list"))) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [len(answer) for answer in answers] == [2] * 10
    for client in silent:
        client.close()


def test_socket_is_kept_over_graceful_restarts(server):
    before = admin_socket(server).stat().st_ino
    waiting = []
    for _ in range(3):
        # Connected before the restart, and heard by whoever is there then.
        asked = connect(server)
        server.graceful_restart()
        with asked:
            asked.sendall(b"navajo/1 store list\n")
            waiting.append(asked.recv(65536))
        assert ask(server, "store list")[-1]["type"] == "end"
    assert admin_socket(server).stat().st_ino == before
    assert all(b'"type":"store"' in answer for answer in waiting)


def test_nobody_is_sent_away_while_the_server_restarts(server):
    stop = threading.Event()
    answers, faults = [], []

    def go_on_asking():
        while not stop.is_set():
            try:
                answers.append(ask(server, "store list")[-1]["type"])
            except (OSError, ValueError, IndexError) as fault:
                faults.append(repr(fault))

    thread = threading.Thread(target=go_on_asking)
    thread.start()
    for _ in range(5):
        server.graceful_restart()
    stop.set()
    thread.join(30)
    assert not faults and set(answers) == {"end"}


def test_deleted_socket_comes_back_with_the_next_restart(server):
    admin_socket(server).unlink()
    assert server.navajo("session", "list").returncode == 1
    server.graceful_restart()
    assert ask(server, "store list")[-1]["type"] == "end"


@pytest.mark.parametrize("mpm", ["worker", "prefork"])
def test_other_mpms_answer_too(make_server, mpm):
    server = make_server([STORE, files()], mpm=mpm)
    assert ask(server, "store list")[-1] == {"type": "end", "stores": 1}
    server.graceful_restart()
    assert ask(server, "store list")[-1] == {"type": "end", "stores": 1}
    server.stop()
    assert not admin_socket(server).exists()


def test_socket_of_a_killed_server_is_replaced(make_server):
    server = make_server([STORE, files()])
    processes = server.processes()
    os.kill(server.parent, signal.SIGKILL)
    for pid in processes:
        if pid != server.parent:
            os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not server.processes(), 10, "the end of all processes")
    assert admin_socket(server).exists()
    with pytest.raises(ConnectionRefusedError):
        connect(server)
    server.start()
    assert ask(server, "store list")[-1]["type"] == "end"
    server.stop()
    assert not admin_socket(server).exists()


@needs_root
def test_a_group_may_be_let_in_and_kept_out_again(make_server):
    server = make_server([STORE, files()], start=False)
    server.site.service["adminGroup"] = "4711"
    server.write()
    server.start()
    about = admin_socket(server).stat()
    assert (stat.S_IMODE(about.st_mode), about.st_gid) == (0o660, 4711)
    assert as_nobody(lambda: ask(server, "store list")[-1]["type"], groups=[4711]) == "end"
    assert as_nobody(lambda: ask(server, "store list")[-1]["type"]) == "PermissionError"
    del server.site.service["adminGroup"]
    server.write()
    server.graceful_restart()
    assert as_nobody(lambda: ask(server, "store list")[-1]["type"], groups=[4711]) == "PermissionError"
    server.stop()


def test_it_can_be_done_without(make_server):
    server = make_server([STORE, files()], start=False)
    server.site.service["adminSocket"] = "off"
    server.write()
    server.start()
    assert not admin_socket(server).exists()
    result = server.navajo("session", "list")
    assert result.returncode == 1 and "admin.sock" in result.stderr
    assert server.status()["session_stores_error"]
    server.site.service["adminSocket"] = "on"
    server.write()
    server.graceful_restart()
    assert ask(server, "store list")[-1]["type"] == "end"
    server.site.service["adminSocket"] = "off"
    server.write()
    server.graceful_restart()
    assert not admin_socket(server).exists()
    server.stop()


# ---------------------------------------------------------------- commands

def test_status_has_a_line_for_each_store(server):
    text = server.navajo("status").stdout
    assert "\nsessions Sessions 0 active, " in text and " % of 8.0 MB used (normal)" in text
    stores = server.status()["session_stores"]
    assert [store["name"] for store in stores] == ["Sessions"]
    assert stores[0]["memory_used_bytes"] > 0


def test_commands_have_exit_codes(server):
    assert server.navajo("session", "list").returncode == 0
    assert server.navajo("session", "list", "--user", "anna").returncode == 1
    assert server.navajo("session", "show", "--id", "0123456789ab").returncode == 1
    killed = server.navajo("session", "kill", "--user", "anna")
    assert (killed.returncode, killed.stdout) == (1, "0 sessions ended\n")
    assert server.navajo("session", "kill").returncode == 2
    assert server.navajo("session", "kill", "--all").returncode == 2
    assert server.navajo("session", "list", "--store", "Nobody").returncode == 1
    assert run_navajo("session", "list", "--run-dir", server.folder / "nowhere").returncode == 3
    assert json.loads(server.navajo("session", "list", "--json").stdout) == {"type": "end", "matched": 0}
