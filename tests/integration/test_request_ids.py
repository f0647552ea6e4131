"""One id per request: in the error log, in the access log, on the error page."""
import re

from harness.client import get
from harness.site import proxy

ID = r"[A-Za-z0-9@_+/-]{8,40}"


def test_error_page_error_log_and_access_log_tell_the_same_id(server):
    server.expect_log(r"NVJ12\d\d")
    response = get(server.port, "/close-at-once/with-id", {"Accept": "text/html"})
    assert response.status == 502
    logged, = server.access_lines("/close-at-once/with-id")
    request_id = re.search(rf"id=({ID})", logged).group(1)
    assert request_id.encode() in response.body, "the error page does not name the request id"
    assert any(request_id in line for line in server.log.lines(r"NVJ12\d\d")), "the error log does not"


def test_ids_are_unique(server):
    for number in range(50):
        get(server.port, f"/ok/unique/{number}")
    ids = [line.rpartition("id=")[2].strip() for line in server.access_lines("/ok/unique/", 50)]
    assert len(ids) == 50
    assert len(set(ids)) == 50


def test_access_log_tells_the_backend_and_its_times(make_server, backend):
    """The format `navajo` is always there: which backend, and what it took, in milliseconds."""
    server = make_server([proxy(backend.port)], start=False)
    server.site.server["CustomLog"] = f"{server.access_log} navajo"
    server.write()
    server.start()
    assert get(server.port, "/slow/timed?delay=0.3").status == 200
    line, = server.access_lines("/slow/timed")
    assert f"127.0.0.1:{backend.port}" in line
    total = int(re.search(r"dTB=(\d+)", line).group(1))
    assert 300 <= total < 2_000, line
    server.stop()
