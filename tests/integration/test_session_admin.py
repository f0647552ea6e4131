"""The admin socket of a real server: who may use it, and what `navajo session` and `navajo status` make of it."""
import html
import json
import os
import pathlib
import pwd
import re
import signal
import socket
import stat
import threading
import urllib.parse

import pytest

from harness.client import Client
from harness.navajo import run_navajo
from harness.site import Component, a_filter, files, proxy
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


def is_refused(server):
    try:
        connect(server).close()
    except ConnectionRefusedError:
        return True
    return False


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
    # A process counts as ended before its last thread has let go of the socket.
    wait_until(lambda: is_refused(server), 10, "nobody to listen")
    server.parent = None
    server.pid_file.unlink()  # or httpd warns of it
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


# ---------------------------------------------------------------- users

class Browser:
    """Logs in, keeps its session's cookie, follows nothing."""

    def __init__(self, server):
        self.server, self.cookies = server, {}

    def _send(self, method, target, headers=None, body=b""):
        headers = {"Accept": "text/html", **(headers or {})}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        with Client(self.server.port) as client:
            response = client.request(method, target, headers, body)
        for line in response.all("Set-Cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name.strip()] = value
        return response

    def get(self, target):
        return self._send("GET", target)

    def log_in(self, user):
        page = self.get("/app/ok").body.decode()
        action = html.unescape(re.search(r'action="([^"]*)"', page).group(1))
        fields = dict(re.findall(r'<input[^>]*type="hidden"[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page))
        names = re.findall(r'<input[^>]*name="([^"]+)"', page)
        answers = {**fields, **{name: PASSWORD if "ass" in name else user for name in names if name not in fields}}
        form = urllib.parse.urlencode(answers).encode()
        target = urllib.parse.urljoin("/app/ok", action)
        return self._send("POST", target, {"Content-Type": "application/x-www-form-urlencoded",
                                           "Content-Length": str(len(form))}, form)

    def is_known(self):
        return self.get("/app/ok").status == 200 and not self.is_asked()

    def is_asked(self):
        return b'type="password"' in self.get("/app/ok").body


PASSWORD = "correct horse"
# bcrypt of PASSWORD, as conf/reference has it for its user.
HASH = "$2b$10$R25bxT7i3YeECUhljBrM6.H5SauyiyqXmibYRbWEHEB6x3vZoIAxu"


@pytest.fixture(scope="module")
def site(make_server, backend):
    protected = ("/app/*",)
    server = make_server([
        a_filter("SessionManagementFilter", "Session", at=protected, Servlet="Sessions", **{"Cookie.Secure": "auto"}),
        a_filter("IdentityCreationFilter", "Login", at=protected, AuthenticationServlet="Users",
                 LoginRendererServlet="Pages"),
        STORE, Component("servlet", "Users", "FileAuthenticationServlet", ("/users",), {"UsersFile": "users.txt"}),
        Component("servlet", "Pages", "LoginRendererServlet", ("/pages",)), proxy(backend.port)], start=False)
    users = pathlib.Path(server.site.hosts[0].contexts[0].doc_base) / "WEB-INF" / "users.txt"
    users.write_text("".join(f"{name}:{HASH}:clerk\n" for name in ("anna", "bert")))
    return server.start()


def rows(server, *selection):
    result = server.navajo("session", "list", "--json", *selection)
    return [row for row in map(json.loads, result.stdout.splitlines()) if row["type"] == "session"]


def test_users_whose_sessions_are_ended_have_to_log_in_again(site):
    anna, bert = Browser(site), Browser(site)
    for browser, name in ((anna, "anna"), (bert, "bert")):
        browser.log_in(name)
        assert browser.is_known(), name
    assert [row["user"] for row in rows(site, "--user", "anna")] == ["anna"]
    killed = site.navajo("session", "kill", "--user", "anna")
    assert (killed.returncode, killed.stdout) == (0, "1 session ended\n")
    assert anna.is_asked() and bert.is_known()
    assert site.wait_for_log(r"NVJ1771 session kill user=anna by process \d+ of user \d+: 1 sessions ended")
    anna.log_in("anna")
    assert anna.is_known()
    by_id = rows(site, "--user", "bert")[0]["id"]
    assert site.navajo("session", "kill", "--id", by_id).returncode == 0
    assert bert.is_asked() and anna.is_known()


def test_sessions_are_told_over_a_graceful_restart_and_never_by_their_ids(site):
    anna = Browser(site)
    anna.log_in("anna")
    site.graceful_restart()
    assert anna.is_known()
    listed = site.navajo("session", "list", "--user", "anna").stdout
    shown = site.navajo("session", "show", "--user", "anna").stdout
    raw = site.navajo("session", "show", "--user", "anna", "--json").stdout
    assert listed.startswith("LOG-ID") and " anna " in listed
    assert "user.auth.UserId (text, 4 B) = anna" in shown and "user.auth.SecurityRoles (text, 5 B) = clerk" in shown
    for secret in anna.cookies.values():
        for text in (listed, shown, raw, site.log.everything()):
            assert secret not in text
    assert site.navajo("session", "kill", "--id", next(iter(anna.cookies.values()))).returncode == 2
    assert anna.is_known()


def test_a_client_that_never_reads_is_cut_and_holds_nobody_up(site):
    asked = 0
    while asked < 4000:
        with Client(site.port) as client:
            answer = None
            # A child of the generation before gives each connection one answer.
            while asked < 4000 and not (answer and answer.header("Connection") == "close"):
                answer = client.request("GET", "/app/ok", {"Accept": "text/html"})
                assert answer.status == 200
                asked += 1
    with connect(site) as deaf:
        deaf.sendall(b"navajo/1 session list\n")
        assert len(rows(site)) >= 4000
        assert Browser(site).is_asked()
        site.wait_for_log("NVJ1773 admin client, .* does not read its answer", 30)
    ended = site.navajo("session", "kill", "--all", "--yes").stdout
    assert int(ended.split()[0]) >= 4000
    assert "sessions Sessions 0 active" in site.navajo("status").stdout
