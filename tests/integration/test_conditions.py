"""Conditions, pragmas, patterns and sources of values on a real httpd, through HeaderDelegationFilter."""
from harness.client import Client, chunked, get
from harness.site import delegation, proxy

import pytest

FORM = {"Content-Type": "application/x-www-form-urlencoded"}

TO_BACKEND = r"""
  X-Always:CONST:1
  Condition:HEADER:User-Agent:PCRE(ci)/^wget/
  X-Wget:CONST:1
  Condition:REMOTE_ADDR:CIDR/127.0.0.0/8/
  X-Local:CONST:1
  !Condition:REMOTE_ADDR:CIDR/127.0.0.0/8/
  X-Remote:CONST:1
  Condition:ENV:REQUEST_METHOD:^POST$
  Condition:REQUEST_URI:GLOB//**/*.do/
  X-Post-Do:CONST:1
  Condition:PARAM:lang:^(de|fr)$
  Pragma: block-begin
    X-Language:PARAM:lang
    Condition:PARAM:a:^x\:y$
    X-Both:CONST:a \: ;PARAM:a
  Pragma: block-end
  Pragma:break
  Condition:HEADER:X-Choice:1
  X-Chosen:CONST:first
  X-Chosen:CONST:default
  X-Never:CONST:1
"""

TO_FRONTEND = r"""
  Condition:ENV:bcx.servlet.response.Content-Type:^text/html
  X-Html:CONST:1
  !Condition:RESP:X-End:.
  X-No-End:CONST:1
  X-Type:RESP:Content-Type
"""


@pytest.fixture(scope="module")
def conditional(make_server, backend):
    return make_server([
        delegation(DelegateToBackend=TO_BACKEND, DelegateToFrontend=TO_FRONTEND),
        proxy(backend.port)])


def delegated(arrived):
    return {name: value for name, value in arrived.headers
            if name.startswith("X-") and not name.startswith(("X-Forwarded", "X-Request", "X-Real"))}


DEFAULT = {"X-Always": "1", "X-Local": "1", "X-Chosen": "default"}


@pytest.mark.parametrize("target, headers, more", [
    ("/echo/1", {}, {}),
    ("/echo/2", {"User-Agent": "WGet/1.0"}, {"X-Wget": "1"}),
    ("/echo/3", {"User-Agent": "curl"}, {}),
    ("/echo/4.do", {}, {}),
    ("/echo/5?lang=de", {}, {"X-Language": "de"}),
    ("/echo/6?lang=it&a=x:y", {}, {}),
    ("/echo/7?lang=fr&a=x%3Ay", {}, {"X-Language": "fr", "X-Both": "a : x:y"}),
    ("/echo/8?lang=de&lang=it", {}, {"X-Language": "de"}),
    ("/echo/9?lang=it&lang=de", {}, {}),
    ("/echo/10", {"X-Wget": "spoofed"}, {"X-Wget": "spoofed"}),
])
def test_each_rule_stands_for_its_condition(conditional, backend, target, headers, more):
    assert get(conditional.port, target, headers).status == 200
    assert delegated(backend.seen("/echo")[-1]) == {**DEFAULT, **more}


def test_break_ends_at_the_first_rule_taken(conditional, backend):
    get(conditional.port, "/echo/choice", {"X-Choice": "1"})
    assert backend.seen("/echo/choice")[-1].all("X-Chosen") == ["first"]


def test_a_form_decides_and_still_reaches_the_backend(conditional, backend):
    body = b"lang=de&a=x%3Ay"
    with Client(conditional.port) as client:
        assert client.request("POST", "/echo/form.do", FORM, body).status == 200
    arrived = backend.seen("/echo/form")[-1]
    assert delegated(arrived) == {**DEFAULT, "X-Post-Do": "1", "X-Language": "de", "X-Both": "a : x:y"}
    assert arrived.body == body
    assert arrived.framing == "length"


def test_a_chunked_form_arrives_with_a_length(conditional, backend):
    with Client(conditional.port) as client:
        client.send(b"POST /echo/chunked-form HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
                    b"Content-Type: application/x-www-form-urlencoded\r\n\r\n" + chunked(b"lang=", b"fr"))
        assert client.read().status == 200
    arrived = backend.seen("/echo/chunked-form")[-1]
    assert arrived.header("X-Language") == "fr"
    assert (arrived.body, arrived.framing) == (b"lang=fr", "length")


def test_a_form_over_the_buffer_is_refused_before_it_is_asked_for(conditional, backend):
    with Client(conditional.port) as client:
        client.send("POST /echo/long HTTP/1.1\r\nHost: localhost\r\nContent-Length: 65537\r\nExpect: 100-continue\r\n"
                    "Content-Type: application/x-www-form-urlencoded\r\n\r\n")
        assert client.read().status == 413
    assert not backend.seen("/echo/long")


def test_a_body_that_is_no_form_streams_past(conditional, backend):
    body = b"x" * 200000
    with Client(conditional.port) as client:
        assert client.request("POST", "/ok/stream", {"Content-Type": "text/plain"}, body).status == 200
    assert backend.seen("/ok/stream")[-1].body == body


def test_an_encoded_form_is_refused(conditional, backend):
    with Client(conditional.port) as client:
        assert client.request("POST", "/echo/gzip", {**FORM, "Content-Encoding": "gzip"}, b"lang=de").status == 415
    assert not backend.seen("/echo/gzip")


@pytest.mark.parametrize("target, fields", [
    ("/html", {"X-Html": "1", "X-No-End": "1", "X-Type": "text/html"}),
    ("/echo", {"X-No-End": "1", "X-Type": "text/plain"}),
])
def test_conditions_on_the_answer(conditional, target, fields):
    response = get(conditional.port, target)
    assert {name: response.header(name) for name in ("X-Html", "X-No-End", "X-Type") if response.all(name)} == fields


def test_a_condition_nobody_can_decide_leaves_its_rule_out(make_server, backend):
    server = make_server([
        delegation(DelegateToBackend="!Condition:HEADER:X-Long:^(a+)+$\nX-Trusted:CONST:1\nX-Other:CONST:1"),
        proxy(backend.port)])
    get(server.port, "/echo/doubt", {"X-Long": "a" * 60 + "!"})
    arrived = backend.seen("/echo/doubt")[-1]
    assert not arrived.all("X-Trusted")
    assert arrived.header("X-Other") == "1"
    server.expect_log(r"NVJ1460")
