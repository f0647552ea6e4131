"""A connector with h2 stays with mod_http2 on the MPM's threads: same servlets, blocking."""
import concurrent.futures
import subprocess

import pytest

from harness import paths
from harness.backend_scripts import filler
from harness.client import Client, get
from harness.site import proxy


@pytest.fixture(scope="module")
def server(make_server, backend, authority):
    certificate, key = authority.issue("localhost")
    load = "".join(f"<IfModule !mod_{name}.c>\nLoadModule {name}_module {paths.stock_module('mod_' + name)}\n"
                   "</IfModule>\n" for name in ("http2", "socache_shmcb", "ssl"))
    return make_server([proxy(backend.port)], httpd=load, connector={"Protocols": "h2 http/1.1"},
                       ssl={"SSLCertificateFile": certificate, "SSLCertificateKeyFile": key})


@pytest.fixture(scope="module")
def plain(make_server, backend):
    return make_server([proxy(backend.port)], connector={"Protocols": "h2c http/1.1"},
                       httpd="<IfModule !mod_http2.c>\n"
                             f"LoadModule http2_module {paths.stock_module('mod_http2')}\n</IfModule>\n")


def curl(authority, *arguments):
    return subprocess.run([paths.tool("curl", "curl"), "-sS", "--cacert", authority.certificate, "--max-time", "20",
                           *arguments], capture_output=True, timeout=30)


def test_request_over_http2(server, backend, authority):
    result = curl(authority, "--http2", "-w", "\n%{http_version} %{response_code}",
                  f"https://localhost:{server.port}/ok/h2?bytes=100000")
    assert result.returncode == 0, result.stderr
    body, _, last = result.stdout.rpartition(b"\n")
    assert last == b"2 200"
    assert body == filler(100_000)
    assert backend.seen("/ok/h2")


def test_upload_over_http2(server, backend, authority, module_folder):
    upload = module_folder / "upload"
    upload.write_bytes(filler(500_000))
    result = curl(authority, "--http2", "--data-binary", f"@{upload}", "-o", "/dev/null", "-w", "%{response_code}",
                  f"https://localhost:{server.port}/ok/h2-upload")
    assert result.stdout == b"200", result.stderr
    assert backend.seen("/ok/h2-upload")[0].body == filler(500_000)


def test_many_streams_at_once(server, authority):
    urls = [f"https://localhost:{server.port}/slow?delay=0.2&n={number}" for number in range(20)]
    result = subprocess.run([paths.tool("nghttp", "nghttp2-client"), "-ns", "--no-verify-peer", *urls],
                            capture_output=True, text=True, timeout=30)
    assert result.returncode == 0, result.stderr
    assert result.stdout.count(" 200 ") == 20, result.stdout


def test_http1_on_the_same_connector(server, authority):
    assert get(server.port, "/ok", tls=authority.client_context()).status == 200


def test_several_http2_clients_and_http1_clients_together(server, authority):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        over_h2 = [pool.submit(curl, authority, "--http2", "-o", "/dev/null", "-w", "%{response_code}",
                               f"https://localhost:{server.port}/slow?delay=0.1") for _ in range(8)]
        over_h1 = [pool.submit(get, server.port, "/slow?delay=0.1", None, authority.client_context())
                   for _ in range(8)]
        assert all(future.result().stdout == b"200" for future in over_h2)
        assert all(future.result().status == 200 for future in over_h1)


def test_h2c_upgrade_is_ignored_on_fibers(make_server, backend):
    """mod_http2's session loop blocks; on a fiber the upgrade must not happen."""
    server = make_server([proxy(backend.port)], httpd="<IfModule !mod_http2.c>\n"
                         f"LoadModule http2_module {paths.stock_module('mod_http2')}\n</IfModule>\n",
                         server={"Protocols": "http/1.1"})
    with Client(server.port) as client:
        response = client.request("GET", "/echo/h2c", {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c",
                                                       "HTTP2-Settings": "AAMAAABkAAQCAAAAAAIAAAAA"})
        assert response.status == 200
        assert client.get("/ok").status == 200
    arrived, = backend.seen("/echo/h2c")
    assert not arrived.all("Upgrade") and not arrived.all("HTTP2-Settings")
    server.stop()


def test_http2_preface_on_a_plain_fiber_connection_is_refused(make_server, backend):
    server = make_server([proxy(backend.port)])
    server.expect_log(r"AH\d+", required=False)
    with Client(server.port) as client:
        client.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\x04\0\0\0\0\0")
        data = client.rest()
    assert not data or data.startswith(b"HTTP/1.1 4") or data.startswith(b"HTTP/1.1 505")
    assert get(server.port, "/ok").status == 200
    server.stop()


def test_connector_with_h2c_serves_both(plain, backend):
    result = subprocess.run([paths.tool("curl", "curl"), "-sS", "--http2-prior-knowledge", "-o", "/dev/null", "-w",
                             "%{http_version} %{response_code}", plain.url("/ok/h2c-prior")], capture_output=True,
                            timeout=30)
    assert result.stdout == b"2 200", result.stderr
    assert get(plain.port, "/ok").status == 200
    assert backend.seen("/ok/h2c-prior")
