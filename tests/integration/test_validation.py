"""JsonFilter, HeaderValidationFilter, ParameterValidationFilter, BodyValidationFilter: what is refused reaches no
backend. Failure-modes.md rows 16, 30, 32, 33, 34."""
import contextlib
import gzip
import os
import socket
import time

import pytest

from harness.client import Client, chunked, request_bytes
from harness.response import Incomplete
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
        a_filter("BodyValidationFilter", at=("/ok/body/*", "/chunked/*"), **{
            "MaxRequestBody": "1M", "MaxResponseBody": "100K", "Multipart.MaxParts": 10,
            "Multipart.MaxPartSize": "500K", "Multipart.MaxHeaderSize": "1K", "Xml.MaxDepth": 20,
            "Xml.MaxElements": 1000, "Xml.MaxAttributes": 5}),
        a_filter("BodyValidationFilter", name="Held", at=("/ok/held/*",), RequestFlags="+NEEDS_BUFFERED_BODY"),
        a_filter("BodyValidationFilter", name="Noted", at=("/ok/noted/*",), BlockOnError="log", MaxRequestBody="1K"),
        a_filter("BodyValidationFilter", name="Typed", at=("/ok/typed/*",), ContentTypes="application/json\nimage/*"),
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


# ---------------------------------------------------------------- BodyValidationFilter

FORM = "multipart/form-data; boundary=XX"


def part(name, content, filename=None, more=b""):
    file = b'; filename="%s"' % filename if filename else b""
    return b'--XX\r\nContent-Disposition: form-data; name="%s"%s\r\n%s\r\n%s\r\n' % (name, file, more, content)


def in_pieces(server, path, body, content_type, size=7):
    """A chunk for each few bytes, each in a segment of its own."""
    with Client(server.port) as client:
        client.send(request_bytes("POST", path, {"Content-Type": content_type, "Transfer-Encoding": "chunked"}))
        with contextlib.suppress(ConnectionError):  # refused before all was sent
            for at in range(0, len(body), size):
                piece = body[at:at + size]
                client.send(b"%x\r\n%s\r\n" % (len(piece), piece))
            client.send(b"0\r\n\r\n")
        return client.read()


def whole_bodies(backend, path):
    return [seen.body for seen in backend.seen(path) if seen.complete]


def ids(cases):
    return [f"{number}-{str(case[0])[:30]}" for number, case in enumerate(cases)]


FINE = [
    ("application/xml", b'<?xml version="1.0" encoding="UTF-8"?><a b="1">&amp;&#233;<c/><![CDATA[<d>]]></a>\n'),
    ("application/soap+xml; charset=utf-8", b"<s:Envelope xmlns:s='x'>" + b"<i/>" * 900 + b"</s:Envelope>"),
    (FORM, part(b"a", b"1") + part(b"f", bytes(range(256)) * 1500, b"a.bin", b"Content-Type: image/png\r\n") +
     b"--XX--\r\n"),
    ("text/plain", b"<no xml" * 1000)]


@pytest.mark.parametrize("content_type, body", FINE, ids=ids(FINE))
def test_bodies_pass_as_they_came(server, backend, content_type, body):
    backend.clear()
    assert post(server, "/ok/body/fine", body, content_type).status == 200
    if len(body) < 10_000:
        assert in_pieces(server, "/ok/body/fine", body, content_type).status == 200
        assert whole_bodies(backend, "/ok/body/fine")[1] == body
    assert whole_bodies(backend, "/ok/body/fine")[0] == body


LAUGHS = (b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">' +
          b"".join(b'<!ENTITY lol%d "%s">' % (n, b"&lol%s;" % (str(n - 1).encode() if n > 1 else b"") * 10)
                   for n in range(1, 10)) + b"]><lolz>&lol9;</lolz>")


BAD_XML = [
    (400, LAUGHS), (400, b"<a>&lol;</a>"), (400, b"<a><b></a></b>"), (400, b"<a>"), (400, "<a/>".encode("utf-16")),
    (400, b"<?xml version='1.0' encoding='UTF-7'?><a/>"), (413, b"<a>" * 21 + b"</a>" * 21),
    (413, b"<a>" + b"<b/>" * 1000 + b"</a>"), (413, b"<a b='' c='' d='' e='' f='' g=''/>"), (413, b"<a>" * 200_000)]


@pytest.mark.parametrize("status, body", BAD_XML, ids=ids(BAD_XML))
def test_xml_that_is_malformed_or_too_much_reaches_nobody(server, backend, status, body):
    server.expect_log("NVJ1213", required=False)
    before = time.monotonic()
    for path in ("/ok/body/bad", "/ok/held/bad"):
        if path == "/ok/held/bad" and status == 413:
            continue  # its limits are the defaults
        backend.clear()
        assert post(server, path, body, "text/xml").status == status
        assert in_pieces(server, path, body[:5000], "text/xml", 100).status == status
        assert not whole_bodies(backend, path)
    assert time.monotonic() - before < 10


def test_an_external_entity_opens_no_file_and_no_connection(server, backend, module_folder):
    server.expect_log("NVJ1213", required=False)
    secret = module_folder / "secret"
    secret.write_text("secret")
    secret.chmod(0o644)
    os.utime(secret, (1, 1))  # relatime: a read would move the time of access
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.3)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/x"
        for doctype in (f'<!DOCTYPE a [<!ENTITY x SYSTEM "file://{secret}">]>', f'<!DOCTYPE a SYSTEM "{url}">',
                        f'<!DOCTYPE a [<!ENTITY x SYSTEM "{url}">]>', f'<!DOCTYPE a [<!ENTITY % x SYSTEM "{url}">%x;]>',
                        f'<!DOCTYPE a PUBLIC "-//x" "{url}">'):
            body = f"<?xml version='1.0'?>{doctype}<a>&x;</a>".encode()
            for path in ("/ok/body/xxe", "/ok/held/xxe"):
                answer = post(server, path, body, "application/xml")
                assert answer.status == 400
                assert b"secret" not in answer.body
        with pytest.raises(TimeoutError):
            listener.accept()
    assert os.stat(secret).st_atime == 1
    assert not whole_bodies(backend, "/ok/body/xxe") and not whole_bodies(backend, "/ok/held/xxe")


BAD_FORMS = [
    (413, part(b"a", b"") * 11 + b"--XX--"), (413, part(b"f", b"x" * 600_000) + b"--XX--"),
    (413, part(b"a", b"", more=b"X: " + b"y" * 1000 + b"\r\n") + b"--XX--"), (400, part(b"a", b"")),
    (400, part(b"a", b"x\n--XX\nContent-Disposition: form-data; name=b\n\ny") + b"--XX--"),
    (400, b"--XX\r\nContent-Disposition: form-data\r\n\r\nx\r\n--XX--"),
    (400, part(b"a", b"", more=b"Content-Type: multipart/mixed; boundary=Y\r\n") + b"--XX--"),
    (400, b"hidden\r\n" + part(b"a", b"") + b"--XX--")]


@pytest.mark.parametrize("status, body", BAD_FORMS, ids=ids(BAD_FORMS))
def test_forms_that_are_malformed_or_too_much_reach_nobody_as_a_whole(server, backend, status, body):
    server.expect_log("NVJ1213", required=False)
    backend.clear()
    assert post(server, "/ok/body/form", body, FORM).status == status
    if len(body) < 10_000:
        assert in_pieces(server, "/ok/body/form", body, FORM).status == status
    assert not whole_bodies(backend, "/ok/body/form")


def test_what_nobody_can_look_into_is_refused(server, backend):
    encoded = {"Content-Encoding": "gzip"}
    assert post(server, "/ok/body/gzip", gzip.compress(b"<a/>"), "text/xml", **encoded).status == 415
    assert post(server, "/ok/body/gzip", gzip.compress(b"text"), "text/plain", **encoded).status == 200
    assert post(server, "/ok/body/charset", b"<a/>", "text/xml; charset=utf-16").status == 400
    assert post(server, "/ok/body/two", b"<", "text/plain, text/xml").status == 400


def test_a_body_that_is_too_long_is_refused_declared_or_counted(server, backend):
    server.expect_log("NVJ1213", required=False)
    backend.clear()
    assert post(server, "/ok/body/long", b"x" * 1_100_000, "text/plain").status == 413
    assert not backend.seen("/ok/body/long")
    assert in_pieces(server, "/ok/body/long", b"x" * 1_100_000, "text/plain", 50_000).status == 413
    assert not whole_bodies(backend, "/ok/body/long")


def test_types_that_are_not_expected_are_refused(server):
    assert post(server, "/ok/typed/x", b"{}").status == 200
    assert post(server, "/ok/typed/x", b"x", "image/png").status == 200
    assert post(server, "/ok/typed/x", b"<a/>", "text/xml").status == 415


def test_what_is_only_noted_passes(server, backend):
    backend.clear()
    assert post(server, "/ok/noted/x", LAUGHS[:900], "text/xml").status == 200
    assert post(server, "/ok/noted/y", b"x" * 2000, "text/plain").status == 200
    assert whole_bodies(backend, "/ok/noted/x") == [LAUGHS[:900]]
    assert whole_bodies(backend, "/ok/noted/y") == [b"x" * 2000]


def test_a_response_that_is_too_long_is_refused_or_cut(server):
    with Client(server.port) as client:
        assert client.get("/ok/body/answer?bytes=90000").status == 200
    with Client(server.port) as client:
        assert client.get("/ok/body/answer?bytes=110000").status == 502
    with Client(server.port) as client:
        assert client.get("/chunked/fine?chunks=4&size=20000").status == 200
    with Client(server.port) as client, pytest.raises(Incomplete):
        client.get("/chunked/cut?chunks=8&size=20000")
