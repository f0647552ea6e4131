"""Hop-by-hop hygiene, forwarding fields, identity headers (failure modes 13 to 16)."""
from harness.client import Client, get
from harness.site import delegation, proxy

import pytest


@pytest.fixture(scope="module")
def delegating(make_server, backend):
    return make_server([
        delegation(DelegateToBackend="X-Identity:CONST:alice"),
        proxy(backend.port)])


def arrived_headers(backend, text="/echo"):
    return backend.seen(text)[-1]


def test_hop_by_hop_fields_stop_here(server, backend):
    get(server.port, "/echo/hop", {
        "Connection": "close, X-Private", "X-Private": "secret", "Keep-Alive": "timeout=5",
        "Proxy-Connection": "keep-alive", "TE": "trailers, deflate", "Proxy-Authorization": "Basic eDp5",
        "Upgrade": "websocket", "X-Kept": "yes"})
    arrived = arrived_headers(backend, "/echo/hop")
    for name in ("X-Private", "Keep-Alive", "Proxy-Connection", "Upgrade", "Proxy-Authorization"):
        assert not arrived.all(name), f"{name} reached the backend"
    # Not the client's: what we ask of the backend ourselves, named in Connection as RFC 9110 10.1.4 has it.
    assert arrived.all("TE") == ["trailers"] and arrived.all("Connection") == ["TE"]
    assert arrived.header("X-Kept") == "yes"


def test_hop_by_hop_fields_of_the_response_stop_here(server):
    response = get(server.port, "/headers")
    for name in ("X-Hop", "Keep-Alive", "Proxy-Authenticate"):
        assert not response.all(name), f"{name} reached the client"
    assert "X-Hop" not in ",".join(response.all("Connection"))
    assert response.all("Set-Cookie") == ["a=1", "b=2"]
    assert response.header("X-End") == "to end"


def test_fields_navajo_adds_cannot_be_listed_away(server, backend):
    """The CVE-2022-31813 class: naming X-Forwarded-For in Connection must not remove ours."""
    get(server.port, "/echo/listed", [("Connection", "close, X-Forwarded-For, X-Forwarded-Host, Host")])
    arrived = arrived_headers(backend, "/echo/listed")
    assert arrived.header("X-Forwarded-For") == "127.0.0.1"
    assert arrived.header("X-Forwarded-Host")
    assert arrived.header("Host")


def test_forwarding_fields_of_an_untrusted_client_are_replaced(server, backend):
    get(server.port, "/echo/spoof", {"X-Forwarded-For": "192.0.2.66", "X-Forwarded-Host": "evil.example",
                                     "X-Forwarded-Proto": "https", "Forwarded": "for=192.0.2.66",
                                     "X-Real-IP": "192.0.2.66"})
    arrived = arrived_headers(backend, "/echo/spoof")
    assert "192.0.2.66" not in arrived.raw.decode()
    assert "evil.example" not in arrived.raw.decode()
    assert arrived.all("X-Forwarded-For") == ["127.0.0.1"]
    assert arrived.all("X-Forwarded-Proto") == ["http"]
    assert arrived.header("X-Forwarded-Host", "").split(":")[0] == "localhost"


def test_identity_header_of_the_filter_is_the_only_one(delegating, backend):
    get(delegating.port, "/echo/identity", [
        ("X-Identity", "mallory"), ("x-identity", "mallory"), ("X_Identity", "mallory"), ("X-IDENTITY", "mallory")])
    arrived = arrived_headers(backend, "/echo/identity")
    values = [value for name, value in arrived.headers if name.lower().replace("_", "-") == "x-identity"]
    assert values == ["alice"]


def test_identity_header_cannot_be_listed_away(delegating, backend):
    get(delegating.port, "/echo/listed", [("Connection", "close, X-Identity")])
    assert arrived_headers(backend, "/echo/listed").all("X-Identity") == ["alice"]


def test_control_bytes_in_a_response_field_make_no_new_field(server):
    """Failure mode 16: refused, or made harmless; never a header field of the attacker's choice."""
    response = get(server.port, "/split-header")
    assert response.status in (200, 502)
    assert not response.all("Set-Cookie")
    assert b"\0" not in response.head
    server.expect_log(r"NVJ12\d\d", required=False)


def test_host_of_the_absolute_target_wins_everywhere(server, backend):
    with Client(server.port) as client:
        client.send("GET http://localhost/echo/absolute HTTP/1.1\r\nHost: evil.example\r\n\r\n")
        assert client.read().status == 200
    arrived = arrived_headers(backend, "/echo/absolute")
    assert "evil.example" not in arrived.raw.decode()
    assert arrived.target == "/echo/absolute"
