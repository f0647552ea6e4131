"""What the machine refuses: ports, files, descriptors, memory, disks. A message that names it, and a server that either
does not start or goes on in a way that is written down (docs/failure-behaviour.md)."""
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess

import pytest

from harness import paths
from harness.client import get
from harness.navajo import tool_environment
from harness.site import proxy
from harness.waiting import wait_until

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: mounts, or another user's files")


def refuses_to_start(server, pattern, seconds=20):
    """It ends by itself, not with 0, and what it says has the pattern."""
    server.expect_log("NVJ|AH", required=False)
    server.start(wait=False)
    assert server.wait_for_end(seconds) != 0
    said = server.log.everything()
    assert re.search(pattern, said), said
    return said


def as_nobody(*words):
    """A command by a user who owns nothing here."""
    return subprocess.run(["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", *map(str, words)],
                          capture_output=True, text=True, timeout=30, env=tool_environment())


# ---------------------------------------------------------------- a server that does not start

def test_a_port_that_is_taken_is_named(make_server, backend):
    server = make_server([proxy(backend.port)], start=False)
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", server.port))
        other.listen()
        refuses_to_start(server, rf"AH00072.*could not bind to address 127\.0\.0\.1:{server.port}")
    server.start()
    server.stop()


@as_root
def test_a_configuration_that_cannot_be_read_is_named(make_server, backend):
    server = make_server([proxy(backend.port)], start=False)
    server.config.chmod(0o600)
    result = as_nobody(paths.navajo_command(), "check", "--config", server.config)
    assert result.returncode == 1
    assert re.search(r"navajo\.xml: NVJ1300 .*Permission denied", result.stderr), result.stderr
    server.config.chmod(0o644)
    web_xml = server.folder / "www" / "WEB-INF" / "web.xml"
    web_xml.chmod(0o600)
    result = as_nobody(paths.navajo_command(), "check", "--config", server.config)
    assert result.returncode == 1
    assert re.search(r"web\.xml.* NVJ1300 .*Permission denied", result.stderr), result.stderr


def test_a_key_that_is_not_there_is_named(make_server, backend, authority):
    certificate, _ = authority.issue("localhost")
    server = make_server([proxy(backend.port)], start=False, ssl={
        "SSLCertificateFile": str(certificate), "SSLCertificateKeyFile": str(certificate.parent / "gone.key")})
    result = server.navajo("check")
    assert result.returncode == 1
    assert re.search(r"navajo\.xml.*SSLCertificateKeyFile.*gone\.key|gone\.key", result.stderr), result.stderr
    refuses_to_start(server, r"gone\.key")


@as_root
def test_a_run_directory_of_somebody_else_is_refused(make_server, backend):
    server = make_server([proxy(backend.port)], start=False)
    server.run_directory.mkdir()
    os.chown(server.run_directory, pwd.getpwnam("nobody").pw_uid, -1)
    refuses_to_start(server, r"run belongs to user \d+")
    os.chown(server.run_directory, 0, -1)
    server.run_directory.chmod(0o777)
    refuses_to_start(server, r"run can be written to by others")


@as_root
def test_a_full_disk_under_the_run_directory_is_named(make_server, backend):
    server = make_server([proxy(backend.port)], start=False)
    server.run_directory.mkdir(mode=0o755)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k,mode=755", "tmpfs", str(server.run_directory)],
                      capture_output=True).returncode != 0:
        pytest.skip("no mount here")
    try:
        try:
            (server.run_directory / "ballast").write_bytes(b"x" * 65536)
        except OSError:
            pass
        refuses_to_start(server, r"run/\S+: cannot write: No space left on device|run/\S+: .*No space left")
        (server.run_directory / "ballast").write_bytes(b"x" * 16384)
        # Room for httpd.conf, none for the shared numbers: it serves, and says what is missing.
        server.start()
        server.expect_log("NVJ1108 no status segment: .*No space left on device")
        server.expect_log("NVJ|AH", required=False)
        assert get(server.port, "/ok").status == 200
    finally:
        server.stop()
        subprocess.run(["umount", "-l", str(server.run_directory)], check=False)


def test_a_log_folder_that_is_not_there_is_named(make_server, backend):
    server = make_server([proxy(backend.port)], start=False)
    server.site.server["ErrorLog"] = str(server.folder / "nowhere" / "error.log")
    server.write()
    refuses_to_start(server, r"No such file or directory.*/nowhere/")


# ---------------------------------------------------------------- a server that goes on

def test_too_few_descriptors_lower_the_limit_of_connections(make_server, backend):
    server = make_server([proxy(backend.port)], reactor={"maxConnections": 5000}, start=False,
                         within=[paths.tool("prlimit", "util-linux"), "--nofile=700:700"])
    server.start()
    server.expect_log(r"NVJ1103 maxConnections 5000 needs more than the 700 open files .*: 222 connections")
    limits = wait_until(lambda: len(found := server.numbers_of_children("connections_limit")) == 2 and
                        all(found.values()) and found, 5, "both children's limits")
    assert set(limits.values()) == {222}
    assert get(server.port, "/ok").status == 200
    server.stop()


@as_root
def test_a_machine_without_dev_shm_serves_all_the_same(make_server, backend):
    """Shared memory is memfd and needs no file system; what is not Navajo's (mod_ssl's cache) lies in the run
    directory."""
    probe = subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "-o", "ro,size=4k", "tmpfs", "/dev/shm"],
                           capture_output=True)
    if probe.returncode != 0:
        pytest.skip("no mount here")
    server = make_server([proxy(backend.port)], within=[
        "unshare", "-m", "sh", "-c", 'mount -t tmpfs -o ro,size=4k tmpfs /dev/shm && exec "$@"', "sh"])
    assert get(server.port, "/ok").status == 200
    server.graceful_restart()
    assert get(server.port, "/ok").status == 200
    assert server.status()["server"]["configuration_state"] == "taken"
    server.stop()


def test_logs_on_a_full_disk_stop_nothing(make_server, backend):
    """/dev/full says of every write what a full disk says."""
    server = make_server([proxy(backend.port)], start=False)
    server.site.server |= {"CustomLog": "/dev/full itest", "ErrorLog": "/dev/full"}
    server.write()
    server.start()
    for _ in range(50):
        assert get(server.port, "/ok").status == 200
    os.kill(server.parent, signal.SIGUSR1)
    wait_until(lambda: server.status()["server"]["generation"] == 2, 10, "the restart")
    assert get(server.port, "/ok").status == 200
    server.stop()


def test_a_log_program_that_dies_is_started_again(make_server, backend):
    server = make_server([proxy(backend.port)], start=False)
    pids, lines = server.folder / "logger.pids", server.folder / "logger.lines"
    program = server.folder / "logger.sh"
    program.write_text(f"#!/bin/sh\necho $$ >>{pids}\nexec cat >>{lines}\n")
    program.chmod(0o755)
    server.site.server["CustomLog"] = f"'|{program}' itest"
    server.write()
    server.start()
    assert get(server.port, "/ok/first").status == 200
    wait_until(lambda: lines.exists() and "/ok/first" in lines.read_text(), 5, "a line")
    server.expect_log("AH00106|AH00107|AH00108|piped log", required=False)
    os.kill(int(pids.read_text().split()[-1]), signal.SIGKILL)
    for _ in range(20):
        assert get(server.port, "/ok/meanwhile").status == 200
    wait_until(lambda: len(pids.read_text().split()) >= 2, 10, "the second program")
    assert get(server.port, "/ok/after").status == 200
    wait_until(lambda: "/ok/after" in lines.read_text(), 5, "a line after it")
    server.stop()


def test_an_admin_socket_that_cannot_be_made_is_said_and_requests_are_served(make_server, backend):
    server = make_server([proxy(backend.port)], start=False)
    obstacle = server.run_directory / "admin.sock"
    obstacle.mkdir(parents=True, mode=0o755)
    server.run_directory.chmod(0o755)
    (obstacle / "file").write_text("in the way")
    server.start()
    server.expect_log(r"no admin socket: .*admin\.sock")
    assert get(server.port, "/ok").status == 200
    assert server.navajo("session", "list").returncode != 0
    server.stop()
    shutil.rmtree(obstacle)
