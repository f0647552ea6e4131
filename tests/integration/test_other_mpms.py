"""prefork, worker and -X: the same site, without the reactor, blocking."""
import time

import pytest

from harness.backend_scripts import filler
from harness.client import Client, get, request_bytes
from harness.load import Load
from harness.ports import free_port
from harness.response import Incomplete
from harness.site import delegation, files, proxy, status
from harness.waiting import wait_until


def components(backend):
    return [delegation(DelegateToBackend="X-Identity:CONST:alice", at=("/echo/*",)), status(), files(at=("/files/*",)),
            proxy(free_port(), name="Nobody", at=("/nobody/*",)), proxy(backend.port, RequestTimeout=1500)]


@pytest.fixture(scope="module", params=["prefork", "worker"])
def server(make_server, backend, request):
    instance = make_server(components(backend), mpm=request.param, start=False)
    page = instance.folder / "www" / "files"
    page.mkdir(parents=True)
    (page / "page.html").write_text("a page")
    return instance.start()


def test_several_children_serve(server):
    assert len(server.children()) >= 2


def test_responses_of_all_framings_arrive_whole(server):
    assert get(server.port, "/ok?bytes=1000000").body == filler(1_000_000)
    assert get(server.port, "/chunked?chunks=10&size=5000").body == filler(5000) * 10
    assert get(server.port, "/until-close?bytes=5000").body == filler(5000)


def test_requests_with_bodies(server, backend):
    with Client(server.port) as client:
        assert client.request("POST", "/echo/post", body=filler(200_000)).body.endswith(filler(200_000))
        assert client.get("/ok").status == 200


def test_files_status_and_filter_work_too(server, backend):
    assert get(server.port, "/files/page.html").body == b"a page"
    assert get(server.port, "/navajo-status").status == 200
    get(server.port, "/echo/identity", {"X-Identity": "mallory"})
    assert backend.seen("/echo/identity")[0].all("X-Identity") == ["alice"]


def test_failed_backends_give_502_and_504(server):
    server.expect_log(r"NVJ12\d\d")
    assert get(server.port, "/nobody/x").status in (502, 503)
    started = time.monotonic()
    assert get(server.port, "/never").status == 504
    assert time.monotonic() - started < 4
    with Client(server.port) as client:
        with pytest.raises(Incomplete):
            client.send(request_bytes("GET", "/cut?after=50")).read()


def test_graceful_restart_under_load_loses_no_request(server):
    with Load(server.port, "/slow?delay=0.01", clients=4, keep_alive=False) as load:
        for _ in range(3):
            time.sleep(0.7)
            server.graceful_restart()
    assert not load.failures, load.summary()


def test_status_command_knows_the_numbers(server):
    before = server.number("requests")
    for _ in range(5):
        get(server.port, "/ok")
    # A request is counted when it is logged, which may be after the client has its answer.
    wait_until(lambda: server.number("requests") >= before + 5, 5, "the requests to be counted")


def test_debug_mode_is_one_process_that_serves(make_server, backend):
    """`navajo run -X`: for a debugger; the reactor works in it."""
    server = make_server(components(backend), options=("-X",), start=False)
    server.start(wait=False)
    deadline = time.monotonic() + 20
    while True:
        try:
            assert get(server.port, "/ok").status == 200
            break
        except OSError:
            assert time.monotonic() < deadline, server.log.everything()
            time.sleep(0.1)
    assert len(server.processes()) == 1
    with Client(server.port) as client:
        for _ in range(5):
            assert client.get("/ok?bytes=10000").status == 200
    server.stop()
