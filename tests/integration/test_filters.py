"""A chain of filters on a real server: ErrorFilter, FilterMappingFilter, RewriteFilter, CharsetFilter; AutoRewrite
and FileReaderServlet behind them."""
import gzip

import pytest

from harness.client import Client, get
from harness.site import a_filter, delegation, file_reader, proxy

ERRORS = r"""
    401:redirect:/pages/login.html
    Condition:HEADER:Accept-Language:^de
    404:Pages:/404-de.html
    404:Pages:/404.html
    500:Pages:/none.html
    503:Sorry:/echo/sorry
    5xx:file:/sorry.html:keep-header
    410:Pages:/404.html:reset-header:reset-status-code
"""
REWRITES = r"""
    Condition:HEADER:X-Blocked:^yes$
    .*:/blocked.html:F=403
    ^/old/(.*)$:https\://ENV\:HTTP_Host;/new/$1:R=301
    ^/moved/(.*)$:/echo/$1:PT
    ^/other/(.*)$:/echo/other/$1?from=rewrite:S=Other
    ^/climb$:/echo/HEADER\:X-Path;:PT
    PCRE(da)/^/open(.*)$/:https\://www.example.org$1:R
"""
CHOICES = """
    Condition:HEADER:X-Kind:^plain$
    None
    Mark Charset
"""


@pytest.fixture(scope="module")
def server(make_server, backend):
    instance = make_server([
        a_filter("ErrorFilter", StatusCode=ERRORS),
        a_filter("RewriteFilter", RequestURI=REWRITES),
        a_filter("FilterMappingFilter", FilterRules=CHOICES),
        delegation("Mark", at=(), DelegateToBackend="X-Chain:CONST:mark", DelegateToFrontend="X-Chain:CONST:mark"),
        delegation("None", at=(), DelegateToBackend="X-Chain:CONST:none"),
        a_filter("CharsetFilter", "Charset", at=(), ConvertFrom="ISO-8859-1", ConvertTo="UTF-8", ConvertQuery="true"),
        proxy(backend.port),
        proxy(backend.port, name="Other", at=("/never",)),
        proxy(backend.port, name="Sorry", at=("/never-either",)),
        proxy(backend.port, name="Inner", at=("/inner/*",), MappingType="pathinfo", AutoRewrite="all"),
        file_reader("pages"),
    ], start=False)
    www = instance.folder / "www"
    pages = www / "WEB-INF" / "lib" / "pages"
    (pages / "deep").mkdir(parents=True)
    (pages / "404.html").write_text("<p>nothing here</p>")
    (pages / "404-de.html").write_text("<p>nichts da</p>")
    (pages / "deep" / "x.html").write_text("deep")
    (pages / "leak.html").symlink_to("/etc/passwd")
    (www / "sorry.html").write_text("<p>sorry</p>")
    (www / "blocked.html").write_text("<p>blocked</p>")
    return instance.start()


def arrived(backend, part):
    return backend.seen(part)[-1]


# ---------------------------------------------------------------- ErrorFilter

def test_a_backends_error_gets_our_page_and_its_connection_lives_on(server, backend):
    with Client(server.port) as client:
        for _ in range(5):
            response = client.get("/status?code=404")
            assert (response.status, response.body) == (404, b"<p>nothing here</p>")
            assert response.header("Content-Type") == "text/html;charset=utf-8"
        assert client.get("/ok").status == 200
    assert len({request.connection for request in backend.seen("/status")}) == 1


def test_the_rule_follows_the_language(server):
    assert get(server.port, "/status?code=404", {"Accept-Language": "de-CH"}).body == b"<p>nichts da</p>"


def test_a_refusal_of_the_chain_gets_the_page_too(server):
    assert get(server.port, "/pages/unknown.html").body == b"<p>nothing here</p>"


def test_head_of_an_error_has_the_pages_length(server):
    with Client(server.port) as client:
        response = client.request("HEAD", "/status?code=404")
        assert (response.status, response.header("Content-Length"), response.body) == (404, "19", b"")
        assert client.get("/ok").status == 200


def test_an_error_may_become_a_redirect(server):
    response = get(server.port, "/status?code=401")
    assert (response.status, response.header("Location")) == (302, "/pages/login.html")


def test_status_code_and_fields_follow_the_rule(server):
    assert get(server.port, "/status?code=410").status == 200
    response = get(server.port, "/status?code=502")
    assert (response.status, response.body) == (502, b"<p>sorry</p>")


def test_the_page_may_come_from_a_backend(server, backend):
    with Client(server.port) as client:
        response = client.request("POST", "/status?code=503", body=b"a=b")
    assert response.status == 503
    assert response.body.startswith(b"GET /echo/sorry HTTP/1.1\r\n")
    assert b"a=b" not in response.body


def test_a_page_that_fails_leaves_the_plain_one(server):
    server.expect_log(r"NVJ1481")
    response = get(server.port, "/status?code=500")
    assert response.status == 500
    assert b"said by the backend" not in response.body


def test_a_soap_client_gets_a_fault(server):
    response = get(server.port, "/status?code=404", {"SOAPAction": '"x"'})
    assert response.status == 404
    assert response.header("Content-Type") == "text/xml;charset=utf-8"
    assert b"<faultcode>soap:Client</faultcode>" in response.body


def test_a_torn_answer_stays_torn(server):
    server.expect_log(r"NVJ1207|NVJ1205", required=False)
    with pytest.raises(Exception, match="closed|ended|reset|incomplete|Incomplete|broke"):
        get(server.port, "/cut?bytes=1000")


# ---------------------------------------------------------------- RewriteFilter

def test_redirects_to_the_host_that_was_asked(server):
    response = get(server.port, "/old/a%20b?q=1", host="www.example.test")
    assert (response.status, response.header("Location")) == (301, "https://www.example.test/new/a%20b?q=1")


def test_the_backend_sees_what_was_decided_on(server, backend):
    assert get(server.port, "/moved/a%2Bb%3f/x%20y?q=1").status == 200
    assert arrived(backend, "/echo/a").target == "/echo/a+b%3F/x%20y?q=1"


def test_another_servlet_with_the_filters_in_between(server, backend):
    response = get(server.port, "/other/x?lost=1")
    assert arrived(backend, "/echo/other").target == "/echo/other/x?from=rewrite"
    assert response.header("X-Chain") == "mark"


@pytest.mark.parametrize("path", ["../secret", "x/../../y", "./x", "a/.."])
def test_dot_segments_out_of_a_field_are_refused(server, backend, path):
    assert get(server.port, "/climb", {"X-Path": path}).status == 400
    assert not backend.seen("secret") and not backend.seen("/echo")


@pytest.mark.parametrize("target", ["/open.evil.test/", "/open@evil.test/", "/open:80@evil.test/", "/openx"])
def test_no_open_redirect(server, target):
    assert get(server.port, target).status == 400


@pytest.mark.parametrize("target", ["/open/%0d%0aSet-Cookie:a=b", "/open/%0aX: y", "/open/%5c%5cevil.test"])
def test_no_second_line_in_a_redirect(server, target):
    response = get(server.port, target.replace(" ", "%20"))
    assert response.status == 302
    assert response.header("Location").startswith("https://www.example.org/")
    assert not response.all("Set-Cookie") and not response.all("X")


def test_a_file_is_the_answer_for_who_is_blocked(server, backend):
    with Client(server.port) as client:
        for method in ("GET", "POST"):
            response = client.request(method, "/ok", {"X-Blocked": "yes"}, body=b"x" if method == "POST" else b"")
            assert (response.status, response.body) == (403, b"<p>blocked</p>")
    assert not backend.seen("/ok")


# ---------------------------------------------------------------- FilterMappingFilter and CharsetFilter

def test_the_chain_is_chosen_by_the_request(server, backend):
    assert get(server.port, "/echo/one", {"X-Kind": "plain"}).header("X-Chain") is None
    assert arrived(backend, "/echo/one").header("X-Chain") == "none"
    assert get(server.port, "/echo/two").header("X-Chain") == "mark"
    assert arrived(backend, "/echo/two").header("X-Chain") == "mark"


def test_a_form_arrives_in_the_other_character_set(server, backend):
    with Client(server.port) as client:
        response = client.request("POST", "/echo/form?q=%E4", {"Content-Type": "application/x-www-form-urlencoded"},
                                  body=b"name=M%FCller&x=1")
        assert response.status == 200
        assert client.get("/ok").status == 200
    request = arrived(backend, "/echo/form")
    assert request.target == "/echo/form?q=%C3%A4"
    assert request.body == b"name=M%C3%BCller&x=1"
    assert request.header("Content-Length") == str(len(request.body))


def test_a_form_over_the_buffer_is_refused(server, backend):
    response = None
    with Client(server.port) as client:
        response = client.request("POST", "/echo/big", {"Content-Type": "application/x-www-form-urlencoded"},
                                  body=b"x" * 70_000)
    assert response.status == 413
    assert not backend.seen("/echo/big")


# ---------------------------------------------------------------- FileReaderServlet

def test_files_of_the_reader(server):
    pages = server.folder / "www" / "WEB-INF" / "lib" / "pages"
    first = get(server.port, "/pages/404.html")
    assert (first.status, first.body) == (200, b"<p>nothing here</p>")
    assert get(server.port, "/pages/404.html", {"If-None-Match": first.header("ETag")}).status == 304
    part = get(server.port, "/pages/404.html", {"Range": "bytes=3-9"})
    assert (part.status, part.body) == (206, b"nothing")
    (pages / "new.txt").write_text("one")
    assert get(server.port, "/pages/new.txt").body == b"one"
    (pages / "new.txt").write_text("two")
    assert get(server.port, "/pages/new.txt").body == b"two"


@pytest.mark.parametrize("target", ["/pages/deep/x.html", "/pages/leak.html", "/pages/..%2f..%2fweb.xml",
                                    "/pages/%2e%2e/%2e%2e/web.xml", "/pages/"])
def test_what_the_reader_never_serves(server, target):
    server.expect_log(r"NVJ1410|AH\d+", required=False)
    response = get(server.port, target)
    assert response.status in (400, 403, 404)
    assert b"deep" not in response.body and b"root:" not in response.body and b"web-app" not in response.body


# ---------------------------------------------------------------- AutoRewrite

@pytest.mark.parametrize("size", [0, 1, 7, 64, 4096])
def test_links_become_this_servers_however_they_are_cut(server, backend, size):
    response = get(server.port, f"/inner/links?size={size}&many=20", host="www.example.test")
    assert str(backend.port).encode() not in response.body
    assert response.body.count(b"<a href='http://www.example.test/inner/a'>") == 20
    assert response.body.count(b"<img src=//www.example.test/inner/c>") == 20
    assert response.body.count(b"http:\\/\\/www.example.test\\/inner\\/d") == 20
    assert response.body.count(b"u=http%3A%2F%2Fwww.example.test%2Finner%2F") == 20
    assert response.header("ETag") == 'W/"v1"'
    assert response.header("Accept-Ranges") is None
    assert response.header("Location") == "http://www.example.test/inner/l"
    assert response.header("Set-Cookie") == "s=1; Path=/inner"
    assert response.framing == "chunked"


def test_the_head_of_a_page_with_links(server):
    with Client(server.port) as client:
        response = client.request("HEAD", "/inner/links", host="www.example.test")
        assert (response.status, response.header("Content-Length"), response.body) == (200, None, b"")
        assert client.get("/ok").status == 200


def test_ranges_and_compression_are_not_asked_for(server, backend):
    response = get(server.port, "/inner/links", {"Range": "bytes=0-3", "Accept-Encoding": "gzip"})
    assert response.status == 200
    request = arrived(backend, "/links")
    assert not request.all("Range") and not request.all("Accept-Encoding")
    body = gzip.decompress(response.body) if response.header("Content-Encoding") == "gzip" else response.body
    assert str(backend.port).encode() not in body


def test_other_types_keep_their_length(server, backend):
    response = get(server.port, "/inner/links?type=image/png")
    assert str(backend.port).encode() in response.body
    assert response.framing == "length"
