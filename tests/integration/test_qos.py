"""QosFilter on a real server with several children: places, line, time-out, clients that leave, children that die."""
import re
import stat

import pytest

from harness.client import Client, get, request_bytes
from harness.site import a_filter, proxy, status
from harness.waiting import wait_until


def qos(limit, queue=0, wait=None, name="Qos"):
    params = {"MaxConcurrentRequests": limit, "MaxConcurrentRequests.MaxQueueSize": queue}
    if wait is not None:
        params["MaxConcurrentRequests.WaitTimeout"] = wait
    return a_filter("QosFilter", name, at=("/when-released", "/echo/*"), **params)


@pytest.fixture
def release(backend):
    backend.release.clear()
    yield backend.release
    backend.release.set()


def taken(server):
    """Places that are taken, at work and in line, of all children."""
    text = get(server.port, "/navajo-status?format=text").body.decode()
    return int(re.search(r"at_work\W+(\d+)", text).group(1))


def send(server, target):
    client = Client(server.port)
    client.send(request_bytes("GET", target))
    return client


def finish(clients, release, server):
    release.set()
    answers = [client.read().status for client in clients]
    for client in clients:
        client.close()
    wait_until(lambda: taken(server) == 0, 5, "all places to be free")
    return answers


@pytest.fixture(scope="module")
def two_places(make_server, backend):
    return make_server([qos(2), status(), proxy(backend.port)])


@pytest.fixture(scope="module")
def a_line(make_server, backend):
    return make_server([qos(1, 2, 30000), status(), proxy(backend.port)])


@pytest.fixture(scope="module")
def short_wait(make_server, backend):
    return make_server([qos(1, 5, 300), status(), proxy(backend.port)])


def test_no_more_than_allowed_reach_the_backend_whichever_child_has_them(two_places, backend, release):
    two_places.expect_log("NVJ1926 QS01")
    clients = [send(two_places, f"/when-released?n={number}") for number in range(2)]
    backend.wait_for("/when-released", 2)
    for number in range(6):
        assert get(two_places.port, f"/when-released?late={number}").status == 503
    assert finish(clients, release, two_places) == [200, 200]
    assert not backend.seen("late")
    assert two_places.number("qos_refused") >= 6
    assert get(two_places.port, "/echo/x").status == 200


def test_those_in_line_go_on_when_one_ends(a_line, backend, release):
    a_line.expect_log("NVJ1926 QS01")
    clients = [send(a_line, "/when-released?n=0")]
    backend.wait_for("n=0")
    for number in (1, 2):
        clients.append(send(a_line, f"/when-released?n={number}"))
        wait_until(lambda: taken(a_line) == number + 1, 5, "the request to be in line")
    assert get(a_line.port, "/echo/late").status == 503
    assert len(backend.seen("/when-released")) == 1
    assert finish(clients, release, a_line) == [200, 200, 200]
    assert not backend.seen("late")


def test_who_waits_too_long_gets_504(short_wait, backend, release):
    short_wait.expect_log("NVJ1927 QS02")
    clients = [send(short_wait, "/when-released")]
    backend.wait_for("/when-released")
    assert get(short_wait.port, "/echo/late").status == 504
    assert finish(clients, release, short_wait) == [200]
    assert not backend.seen("late")


def test_a_client_that_leaves_the_line_never_reaches_the_backend(a_line, backend, release):
    clients = [send(a_line, "/when-released?n=0")]
    backend.wait_for("n=0")
    gone = send(a_line, "/echo/gone")
    wait_until(lambda: taken(a_line) == 2, 5, "the request to be in line")
    gone.close()
    wait_until(lambda: taken(a_line) == 1, 5, "its place in line to be free")
    assert finish(clients, release, a_line) == [200]
    assert not backend.seen("gone")


def test_waiting_holds_no_thread(make_server, backend, release):
    server = make_server([qos(1, 200, 30000), status(), proxy(backend.port)])
    clients = [send(server, f"/when-released?n={number}") for number in range(100)]
    wait_until(lambda: taken(server) == 100, 10, "all of them to be in line or at work")
    # Other requests are served meanwhile, by the same few threads.
    assert get(server.port, "/navajo-status").status == 200
    assert finish(clients, release, server) == [200] * 100
    server.stop()


def test_places_of_a_child_that_was_killed_come_back(make_server, backend, release):
    server = make_server([qos(3), status(), proxy(backend.port)])
    server.expect_log("NVJ1928|AH\\d+|exit signal Killed", required=False)
    clients = [send(server, f"/when-released?n={number}") for number in range(3)]
    backend.wait_for("/when-released", 3)
    for child in server.children():
        server.kill_child(child)
    wait_until(lambda: taken(server) == 0, 15, "the dead children's places to be free")
    release.set()
    for client in clients:
        client.close()
    assert get(server.port, "/echo/x").status == 200
    server.stop()


def test_numbers_outlast_a_graceful_restart(a_line, backend, release):
    a_line.expect_log("NVJ1926 QS01")
    a_line.expect_log("AH\\d+", required=False)
    clients = [send(a_line, "/when-released?n=0")]
    backend.wait_for("n=0")
    a_line.graceful_restart()
    clients += [send(a_line, f"/when-released?n={number}") for number in (1, 2)]
    wait_until(lambda: taken(a_line) == 3, 5, "both to be in line")
    assert get(a_line.port, "/echo/late").status == 503
    assert finish(clients, release, a_line) == [200, 200, 200]


def test_the_file_of_credits_is_made_and_its_folder_is_checked(make_server, backend):
    server = make_server([proxy(backend.port)], start=False)
    server.site.inside = '    <Limits creditsFile="credits"/>\n'
    server.write()
    server.start()
    file = server.folder / "credits"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    server.graceful_restart()
    server.stop()
    server.site.inside = '    <Limits creditsFile="none/credits"/>\n'
    server.write()
    result = server.navajo("check")
    assert result.returncode != 0
    assert "there is no folder" in result.stdout + result.stderr
