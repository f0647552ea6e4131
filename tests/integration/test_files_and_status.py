"""DefaultServlet, StatusServlet and `navajo status`."""
import json

import pytest

from harness.client import Client, get
from harness.site import files, proxy, status


@pytest.fixture(scope="module")
def server(make_server, backend):
    instance = make_server([status(), proxy(backend.port, at=("/app/*",)), files()], start=False)
    www = instance.folder / "www"
    (www / "sub").mkdir()
    (www / "index.html").write_text("<p>home</p>")
    (www / "page.txt").write_text("0123456789" * 100)
    (www / "big.bin").write_bytes(bytes(range(256)) * 20_000)
    (www / "leak").symlink_to("/etc/passwd")
    return instance.start()


def test_file_is_served_with_type_length_and_validators(server):
    response = get(server.port, "/page.txt")
    assert (response.status, response.body) == (200, b"0123456789" * 100)
    assert response.header("Content-Type").startswith("text/plain")
    assert response.header("Last-Modified") and response.header("ETag")


def test_index_is_served_for_a_folder(server):
    assert get(server.port, "/").body == b"<p>home</p>"


def test_large_file_arrives_whole(server):
    assert get(server.port, "/big.bin").body == bytes(range(256)) * 20_000


def test_unchanged_file_is_304(server):
    first = get(server.port, "/page.txt")
    assert get(server.port, "/page.txt", {"If-None-Match": first.header("ETag")}).status == 304
    assert get(server.port, "/page.txt", {"If-Modified-Since": first.header("Last-Modified")}).status == 304


def test_head_of_a_file(server):
    with Client(server.port) as client:
        response = client.request("HEAD", "/page.txt")
        assert response.header("Content-Length") == "1000"
        assert client.get("/page.txt").status == 200


@pytest.mark.parametrize("target", [
    "/WEB-INF/web.xml", "/web-inf/web.xml", "/WEB-INF", "/./WEB-INF/web.xml", "/sub/../WEB-INF/web.xml",
    "/%57EB-INF/web.xml", "/WEB-INF%2fweb.xml", "/WEB-INF/./web.xml", "//WEB-INF/web.xml"])
def test_descriptor_is_never_served(server, target):
    server.expect_log(r"NVJ14\d\d|AH\d+", required=False)
    response = get(server.port, target)
    assert response.status in (400, 403, 404)
    assert b"web-app" not in response.body


@pytest.mark.parametrize("target", [
    "/leak", "/../../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2fetc/passwd"])
def test_files_outside_the_application_are_never_served(server, target):
    server.expect_log(r"NVJ14\d\d|AH\d+", required=False)
    response = get(server.port, target)
    assert response.status in (400, 403, 404)
    assert b"root:" not in response.body


def test_missing_file_is_404(server):
    server.expect_log(r"NVJ14\d\d|AH\d+", required=False)
    assert get(server.port, "/nothing-here").status == 404


def test_status_page_is_for_people_and_for_machines(server):
    get(server.port, "/app/ok")
    page = get(server.port, "/navajo-status")
    assert page.status == 200
    assert page.header("Content-Type").startswith("text/html")
    machine = get(server.port, "/navajo-status?format=json", {"Accept": "application/json"})
    assert machine.status == 200
    assert isinstance(json.loads(machine.body), dict)


def test_status_page_cannot_be_cached(server):
    assert "no-store" in get(server.port, "/navajo-status").header("Cache-Control", "")


def test_status_command_counts_requests(server):
    before = server.number("requests"), server.number("backend_connects") + server.number("backend_reuses")
    for _ in range(7):
        assert get(server.port, "/app/ok").status == 200
    assert server.number("requests") == before[0] + 7
    assert server.number("backend_connects") + server.number("backend_reuses") == before[1] + 7


def test_status_command_tells_the_allocator(server):
    assert "malloc" in json.dumps(server.status())
    assert server.log.everything().count("malloc") >= 1, "the start line does not say which allocator is live"


def test_status_command_of_a_stopped_server_says_so(make_server, backend):
    server = make_server([proxy(backend.port)])
    server.stop()
    result = server.navajo("status", "--json")
    assert result.returncode != 0
    assert "Traceback" not in result.stderr and result.stdout + result.stderr
