"""JsonFilter, HeaderValidationFilter, ParameterValidationFilter: what is refused reaches no backend. Failure-modes.md
rows 16, 30, 33, 34."""
import time

import pytest

from harness.client import Client, chunked, request_bytes
from harness.site import a_filter, proxy

JSON_ONLY = "Condition:HEADER:Content-Type:^application/json\non\noff"


@pytest.fixture(scope="module")
def server(make_server, backend):
    return make_server([
        a_filter("JsonFilter", at=("/ok/json/*",), BlockOnError=JSON_ONLY, MaxElementNumber=1000, MaxNestingDepth=20),
        a_filter("HeaderValidationFilter", at=("/ok/fields/*",),
                 RequestHeaderRules="^X-Debug$:.:deny\n^X-Trace$:.:drop\n^X-Key$:^k\\d$:required::401",
                 ResponseHeaderRules="^X-Secret$:.:drop"),
        a_filter("ParameterValidationFilter", at=("/ok/form/*",),
                 ParameterRules="^id$:^\\d+$:allow\n.:^(a+)+$:deny:log:400\nRuleID:id:^id$:.:deny"),
        proxy(backend.port)])


def post(server, path, body, content_type="application/json", **fields):
    with Client(server.port) as client:
        return client.request("POST", path, headers={"Content-Type": content_type, **fields}, body=body)


def test_json_passes_as_it_came(server, backend):
    text = b'{"a": [1, 2, {"b": "\xc3\xa9"}]}'
    assert post(server, "/ok/json/a", text).status == 200
    assert backend.seen("/ok/json/a")[0].body == text


@pytest.mark.parametrize("body", [b'{"a": }', b"[1,2", b"[" * 21 + b"]" * 21, b"[" + b"1," * 1000 + b"1]", b'"\xff"',
                                  b"[" * 50_000, b"NaN"])
def test_what_is_no_json_or_too_much_reaches_nobody(server, backend, body):
    assert post(server, "/ok/json/bad", body).status == 403
    assert not backend.seen("/ok/json/bad")


def test_chunked_json_is_judged_as_a_whole(server, backend):
    with Client(server.port) as client:
        client.send(request_bytes("POST", "/ok/json/c", {"Content-Type": "application/json",
                                                        "Transfer-Encoding": "chunked"}) + chunked(b"[1,", b"2]x"))
        assert client.read().status == 403
    assert not backend.seen("/ok/json/c")


def test_other_bodies_are_not_looked_at(server, backend):
    assert post(server, "/ok/json/text", b"no json" * 30_000, "text/plain").status == 200
    assert len(backend.seen("/ok/json/text")[0].body) == 210_000


def test_encoded_json_is_refused(server, backend):
    assert post(server, "/ok/json/gzip", b"{}", **{"Content-Encoding": "gzip"}).status == 403


def test_fields_are_denied_dropped_and_required(server, backend):
    def ask(**fields):
        with Client(server.port) as client:
            return client.request("GET", "/ok/fields/x", headers={k.replace("_", "-"): v for k, v in fields.items()})
    assert ask(X_Key="k1", X_Debug="1").status == 403
    assert ask(X_Key="zz").status == 401
    assert ask().status == 401
    assert not backend.seen("/ok/fields/x")
    assert ask(X_Key="k1", X_Trace="gone").status == 200
    names = {name.lower() for name, _ in backend.seen("/ok/fields/x")[0].headers}
    assert "x-trace" not in names and "x-key" in names


def test_parameters_of_query_and_form_are_judged(server, backend):
    form = "application/x-www-form-urlencoded"
    assert post(server, "/ok/form/x?id=1", b"id=2&other=x", form).status == 200
    backend.clear()
    assert post(server, "/ok/form/x?id=1", b"id=two", form).status == 403
    assert post(server, "/ok/form/x?id=1'", b"id=2", form).status == 403
    assert not backend.seen("/ok/form/x")


def test_an_expression_that_explodes_is_cut_and_refuses(server, backend):
    before = time.monotonic()
    assert post(server, "/ok/form/x", b"p=" + b"a" * 60 + b"!", "application/x-www-form-urlencoded").status == 400
    assert time.monotonic() - before < 2
    assert not backend.seen("/ok/form/x")


def test_what_is_refused_is_counted(server):
    before = server.number("validation_refused")
    post(server, "/ok/json/n", b"[")
    assert server.number("validation_refused") == before + 1
