"""Children that die: what crashRecoveryStrategy makes of it, with and without requests in work."""
import os
import re
import signal

import pytest

from harness import paths
from harness.client import Client, get, request_bytes
from harness.ports import free_port
from harness.site import Connector, Context, Host, Site, proxy
from harness.waiting import stays_true, wait_until

CRASH = f"LoadModule fault_module {{}}\n<Location /ok/crash>\nFaultCrash on\n</Location>\n"


@pytest.fixture
def make_watched(make_server, backend, module_folder):
    """A server with one child, so that a test knows who has a request."""
    made = []

    def make(strategy):
        www = module_folder / f"www{len(os.listdir(module_folder))}"
        site = Site([Connector(free_port())], [Host("localhost", [Context(str(www), [proxy(backend.port)])])],
                    server={"StartServers": 1, "ServerLimit": 2, "MinSpareThreads": 1, "MaxSpareThreads": 50,
                            "MaxRequestWorkers": 50, "ThreadsPerChild": 25},
                    service={"crashRecoveryStrategy": strategy})
        server = make_server(site=site, httpd=CRASH.format(paths.fault_module()))
        made.append(server)
        return server

    yield make
    for server in made:
        server.stop()


def kill_with_a_request(server, backend, signum=signal.SIGKILL):
    """The client stays: its request is in work when the child dies."""
    client = Client(server.port)
    client.send(request_bytes("GET", "/when-released/crash"))
    backend.wait_for("/when-released/crash")
    return client, kill_child(server, signum)


def kill_child(server, signum=signal.SIGKILL):
    child, = server.children()
    server.expect_deaths()
    server.kill_child(child, signum)
    wait_until(lambda: server.children() and child not in server.children(), 10, "another child")
    server.wait_for_log(f"NVJ2200 child {child} died")
    return child


def number(server, name):
    return server.status()["server"][name]


@pytest.mark.parametrize("signum", [signal.SIGKILL, signal.SIGSEGV], ids=["SIGKILL", "SIGSEGV"])
def test_recover_starts_another_child_whatever_was_in_work(make_watched, backend, signum):
    server = make_watched("recover")
    client, _ = kill_with_a_request(server, backend, signum)
    assert get(server.port, "/ok").status == 200
    assert number(server, "child_crashes") == 1 and number(server, "blocked_since") == 0
    assert "1 children died" in server.navajo("status").stdout
    client.close()


@pytest.mark.parametrize("strategy", ["block", "kill"])
def test_the_death_of_an_idle_child_is_no_reason_to_stop(make_watched, strategy):
    server = make_watched(strategy)
    assert get(server.port, "/ok").status == 200
    # A request ends a moment after its response was read.
    wait_until(lambda: server.number("connections_live") == 0, 5, "the end of the connection")
    child = kill_child(server)
    assert server.log.lines(f"NVJ2200 child {child} died with 0 requests in work")
    assert get(server.port, "/ok").status == 200


def test_block_answers_every_request_503_until_an_administrator_lifts_it(make_watched, backend):
    server = make_watched("block")
    client, child = kill_with_a_request(server, backend)
    server.expect_log(f"NVJ2201 child {child} died with 1 requests in work")
    client.close()
    for _ in range(3):
        assert get(server.port, "/ok").status == 503
    assert server.status()["causes"]["blocked"] >= 3
    assert number(server, "blocked_since") > 0
    assert re.search(r"every request is answered 503 since", server.navajo("status").stdout)
    # What rotates logs does not open the door, nor does a reload that does not say so.
    server.expect_log("NVJ2201", required=False)
    server.graceful_restart()
    assert get(server.port, "/ok").status == 503
    assert server.navajo("reload").returncode == 0
    assert get(server.port, "/ok").status == 503
    result = server.navajo("reload", "--unblock")
    assert result.returncode == 0, result.stderr
    wait_until(lambda: get(server.port, "/ok").status == 200, 5, "service")
    assert server.log.lines("NVJ2204 requests are served again: an administrator")
    assert number(server, "blocked_since") == 0


def test_a_request_that_crashes_its_child_blocks_as_well(make_watched):
    server = make_watched("block")
    server.expect_deaths()
    server.expect_log("NVJ2201")
    client = Client(server.port)
    client.send(request_bytes("GET", "/ok/crash"))
    server.wait_for_log("NVJ2201")
    wait_until(server.children, 10, "another child")
    assert get(server.port, "/ok").status == 503
    client.close()


def test_a_strategy_that_is_changed_to_recover_lifts_the_block(make_watched, backend):
    server = make_watched("block")
    client, _ = kill_with_a_request(server, backend)
    server.expect_log("NVJ2201")
    client.close()
    assert get(server.port, "/ok").status == 503
    server.site.service["crashRecoveryStrategy"] = "recover"
    server.write()
    assert server.navajo("reload").returncode == 0
    wait_until(lambda: get(server.port, "/ok").status == 200, 5, "service")
    assert server.log.lines("NVJ2204 .*crashRecoveryStrategy is recover now")


def test_kill_ends_the_server_with_an_exit_code_of_its_own(make_watched, backend):
    server = make_watched("kill")
    client = Client(server.port)
    client.send(request_bytes("GET", "/when-released/crash"))
    backend.wait_for("/when-released/crash")
    child, = server.children()
    server.expect_deaths()
    server.expect_log(f"NVJ2202 child {child} died")
    server.expect_log("NVJ2201")
    server.kill_child(child)
    assert server.wait_for_end(15) == 70
    assert not server.processes()
    assert not server.pid_file.exists()
    client.close()


def test_a_reload_that_ends_children_in_order_is_no_crash(make_watched):
    server = make_watched("block")
    for _ in range(3):
        assert get(server.port, "/ok").status == 200
        server.graceful_restart()
    stays_true(lambda: get(server.port, "/ok").status == 200, 0.5, "service", interval=0.1)
    assert number(server, "child_crashes") == 0
