"""Cookies of backends kept in the session (CookieCacheFilter, CookieManager), and what backends are told of the user
(DelegationFilter), on a real httpd."""
import base64
import concurrent.futures
import urllib.parse

import pytest

from harness.browser import Browser
from harness.client import Client, chunked, get
from harness.site import Component, a_filter, proxy, status
from test_login import components, users_files

FORM = {"Content-Type": "application/x-www-form-urlencoded"}

HEADERS = r"""
  ENV:REQUEST_METHOD:X-Method
  HEADER:X-In:X-Encoded:base64
  CONST:https\://login.example.test/:X-Issuer
  ENV:PATH_INFO:X-Path
  PARAM:p:X-Param
  Condition:HEADER:X-Internal:^yes$
  CONST:boss:X-Role
"""
STORE = Component("servlet", "Sessions", "LocalSessionStoreServlet", (),
                  {"MemorySize": "8M", "MaxLifetime": 86400, "MaxInactiveInterval": 600})


@pytest.fixture(scope="module")
def delegating(make_server, backend):
    """No sessions anywhere."""
    return make_server([
        a_filter("DelegationFilter", DelegateHeader=HEADERS),
        a_filter("DelegationFilter", "Form", at=("/form/*",), DelegateParameter="CONST:a b:user",
                 DelegatePost="CONST:1&2:role", DelegateCookie="CONST:x:who",
                 DelegateBasicAuth="CONST:anna:User\nCONST:secret:Password"),
        a_filter("CookieCacheFilter", at=("/kept/*",),
                 CookieManager="allow:^a\nblock:^b\nretain:^r\nCondition:HEADER:X-Strict:1\nblock:\nstore:^s"),
        proxy(backend.port, CookieManager="off"), status()])


def set_cookies(*cookies, at="/"):
    return f"{at}set-cookie?c={urllib.parse.quote('|'.join(cookies))}"


# ---------------------------------------------------------------- DelegationFilter

def test_header_fields_are_ours_alone(delegating, backend):
    response = get(delegating.port, "/echo/1", {
        "X-In": "in", "x_method": "spoofed", "X-ENCODED": "spoofed", "X.Issuer": "spoofed", "X-Role": "spoofed"})
    assert response.status == 200
    arrived = backend.seen("/echo/1")[-1]
    assert arrived.header("X-Method") == "GET"
    assert arrived.header("X-Encoded") == base64.b64encode(b"in").decode()
    assert arrived.header("X-Issuer") == "https://login.example.test/"
    assert arrived.header("X-Role") is None
    assert b"spoofed" not in arrived.raw


def test_a_client_cannot_have_a_field_removed_by_naming_it_in_Connection(delegating, backend):
    get(delegating.port, "/echo/2", {"Connection": "X-Method, X-Issuer", "X-Method": "spoofed"})
    arrived = backend.seen("/echo/2")[-1]
    assert (arrived.header("X-Method"), arrived.header("X-Issuer")) == ("GET", "https://login.example.test/")


def test_the_conditional_field_needs_its_condition(delegating, backend):
    get(delegating.port, "/echo/3", {"X-Internal": "yes", "X-Role": "spoofed"})
    assert backend.seen("/echo/3")[-1].all("X-Role") == ["boss"]


def test_base64_carries_what_a_field_may_hold(delegating, backend):
    get(delegating.port, "/echo/4", {"X-In": "a\tb \xfc"})
    assert backend.seen("/echo/4")[-1].header("X-Encoded") == base64.b64encode(b"a\tb \xfc").decode()


def test_a_value_with_a_line_break_is_left_out(delegating, backend):
    delegating.expect_log(r"NVJ1742 X-Param of request \S+ is left out", required=True)
    get(delegating.port, "/echo/5?p=ok", {"X-Param": "spoofed"})
    get(delegating.port, "/echo/6?p=a%0d%0aX-Admin:%201", {"X-Param": "spoofed"})
    assert backend.seen("/echo/5")[-1].all("X-Param") == ["ok"]
    arrived = backend.seen("/echo/6")[-1]
    assert (arrived.all("X-Param"), arrived.all("X-Admin")) == ([], [])


@pytest.mark.parametrize("encode", [lambda body: ({"Content-Length": str(len(body))}, body),
                                    lambda body: ({"Transfer-Encoding": "chunked"}, chunked(body[:5], body[5:]))],
                         ids=["length", "chunked"])
def test_parameters_and_form_fields_are_ours_alone(delegating, backend, encode):
    headers, body = encode(b"p=1&ro%6ce=root&USER=root&q=2")
    with Client(delegating.port) as client:
        head = "".join(f"{name}: {value}\r\n" for name, value in {**FORM, **headers}.items())
        client.send((f"POST /form/echo?x=1&user=root;role=root HTTP/1.1\r\nHost: localhost\r\nCookie: a=1; who=root\r\n"
                     f"Authorization: Bearer root\r\n{head}\r\n").encode() + body)
        response = client.read("POST")
        assert response.status == 200
        assert client.get("/ok").status == 200  # the connection is in step
    arrived = backend.seen("/form/echo")[-1]
    assert arrived.target == "/form/echo?x=1&user=a%20b"
    assert response.body.endswith(b"\r\n\r\np=1&q=2&role=1%262")
    assert arrived.header("Content-Length") == str(len("p=1&q=2&role=1%262"))
    assert arrived.all("Cookie") == ["who=x; a=1"]
    assert arrived.all("Authorization") == ["Basic " + base64.b64encode(b"anna:secret").decode()]


def test_another_body_is_not_touched(delegating, backend):
    with Client(delegating.port) as client:
        response = client.request("POST", "/form/echo", {"Content-Type": "text/plain"}, b"user=root")
    assert response.body.endswith(b"\r\n\r\nuser=root")


def test_a_form_over_the_buffer_is_refused(delegating):
    with Client(delegating.port) as client:
        assert client.request("POST", "/form/echo", FORM, b"a=" + b"x" * 70000).status == 413


# ---------------------------------------------------------------- cookies without a session

def test_rules_hold_both_ways(delegating, backend):
    response = get(delegating.port, set_cookies("a1=1; Path=/", "b1=1", "r1=1; Secure", "n1=1", at="/kept/"),
                   {"Cookie": "a=1; b=2; r=3; n=4, a=5"})
    assert response.body == b"a=1; r=3"
    assert response.all("Set-Cookie") == ["a1=1; Path=/", "r1=1; Secure"]


def test_a_condition_may_block_them(delegating):
    response = get(delegating.port, set_cookies("s=1", at="/kept/"), {"X-Strict": "1"})
    assert response.all("Set-Cookie") == []


def test_what_is_to_be_stored_is_lost_without_a_session_and_that_is_said(delegating):
    delegating.expect_log(r"NVJ1741 filter 'CookieCacheFilter' drops the cookie s ")
    for _ in range(3):
        assert get(delegating.port, set_cookies("s=very-secret", at="/kept/")).all("Set-Cookie") == []
    text = get(delegating.port, "/navajo-status?format=text").body.decode()
    assert "cookies_without_session" in text
    assert "very-secret" not in text


def test_elsewhere_cookies_pass(delegating):
    response = get(delegating.port, set_cookies("s=1", "b=2"), {"Cookie": "b=1; x"})
    assert response.body == b"b=1; x"
    assert response.all("Set-Cookie") == ["s=1", "b=2"]


# ---------------------------------------------------------------- cookies in a session

@pytest.fixture(scope="module")
def keeping(make_server, backend):
    """A connector that stores, one that retains, and two behind one filter; all in one session."""
    return make_server([
        a_filter("SessionManagementFilter", Servlet="Sessions", **{"Cookie.Name": "Sid", "Cookie.Secure": "auto"}),
        a_filter("CookieCacheFilter", at=("/one/*", "/two/*"), CookieManager="store:"),
        STORE, status(),
        proxy(backend.port, name="One", at=("/one/*",), MappingType="pathinfo"),
        proxy(backend.port, name="Two", at=("/two/*",), MappingType="pathinfo"),
        proxy(backend.port, name="Stores", at=("/stores/*",), MappingType="pathinfo",
              CookieManager="store:^J\nblock:^b\nallow:"),
        proxy(backend.port, name="Retains", at=("/retains/*",), MappingType="pathinfo", CookieManager="retain:^.*$")])


@pytest.fixture
def browser(keeping):
    return Browser(keeping.port)


def test_a_stored_cookie_never_reaches_the_browser_and_comes_back_to_the_backend(browser):
    browser.fetch(set_cookies("JSESSIONID=secret; Path=/; HttpOnly", "lang=de", "bad=1", at="/stores/"))
    assert sorted(browser.cookies) == ["Sid", "lang"]
    browser.cookies.update(JSESSIONID=("planted", "/", False), bad=("2", "/", False))
    assert browser.fetch("/stores/set-cookie").body == b"JSESSIONID=secret; lang=de"


def test_no_session_is_made_where_nothing_is_stored(browser):
    browser.fetch(set_cookies("lang=de", at="/stores/"))
    browser.fetch(set_cookies("J=1; Max-Age=0", at="/stores/"))
    assert sorted(browser.cookies) == ["lang"]


def test_retain_follows_the_session(browser):
    browser.fetch(set_cookies("r=1", at="/retains/"))
    assert sorted(browser.cookies) == ["r"]
    assert browser.fetch("/retains/set-cookie").body == b"r=1"
    browser.fetch(set_cookies("J=1", at="/stores/"))  # makes a session
    assert browser.fetch(set_cookies("r=2; Path=/", at="/retains/")).body == b""
    assert browser.cookies["r"][0] == "1"
    assert browser.fetch("/retains/set-cookie").body == b"r=2"


def test_connectors_of_one_session_do_not_see_each_others_cookies(browser):
    browser.fetch(set_cookies("J=1; Path=/; Domain=localhost", at="/stores/"))
    browser.fetch(set_cookies("r=2; Path=/", at="/retains/"))
    browser.fetch(set_cookies("f=3; Path=/", at="/one/"))
    assert browser.fetch("/stores/set-cookie").body == b"J=1"
    assert browser.fetch("/retains/set-cookie").body == b"r=2"
    assert browser.fetch("/one/set-cookie").body == b"f=3"


def test_servlets_behind_one_filter_share_its_jar(browser):
    browser.fetch(set_cookies("f=1; Path=/", "g=2", at="/one/"))
    assert browser.fetch("/two/set-cookie").body == b"f=1"
    assert browser.fetch("/one/set-cookie").body == b"g=2; f=1"  # the longer path first


def test_a_cookie_of_the_past_removes_the_stored_one(browser):
    browser.fetch(set_cookies("J=1; Path=/", "Jtwo=2; Path=/", at="/stores/"))
    browser.fetch(set_cookies("J=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT", at="/stores/"))
    assert browser.fetch("/stores/set-cookie").body == b"Jtwo=2"


def test_parallel_requests_lose_no_cookie(browser):
    browser.fetch(set_cookies("J0=0; Path=/", at="/stores/"))
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda i: browser.fetch(set_cookies(f"J{i}=x{i}; Path=/", at="/stores/")), range(1, 41)))
    arrived = browser.fetch("/stores/set-cookie").body.decode().split("; ")
    assert sorted(arrived) == sorted(["J0=0"] + [f"J{i}=x{i}" for i in range(1, 41)])


def test_a_session_takes_a_hundred_cookies_and_says_no_to_the_next(keeping, browser):
    keeping.expect_log(r"NVJ1740 servlet 'Stores' does not keep the cookie ")
    for start in (0, 50):
        browser.fetch(set_cookies(*(f"J{i}=1; Path=/" for i in range(start, start + 50)), at="/stores/"))
    browser.fetch(set_cookies("Jmore=1; Path=/", "Jlong=" + "x" * 4096 + "; Path=/", at="/stores/"))
    arrived = browser.fetch("/stores/set-cookie").body.decode().split("; ")
    assert len(arrived) == 100 and "Jmore=1" not in arrived
    assert sorted(browser.cookies) == ["Sid"]


def test_stored_cookies_survive_a_graceful_restart(keeping, browser):
    browser.fetch(set_cookies("J=kept; Path=/; Max-Age=1000", at="/stores/"))
    keeping.graceful_restart()
    assert browser.fetch("/stores/set-cookie").body == b"J=kept"


# ---------------------------------------------------------------- who the user is

def test_the_backend_is_told_who_has_logged_in_and_by_nobody_else(make_server, backend):
    instance = make_server([*components(backend.port), a_filter(
        "DelegationFilter", at=("/app/*", "/plain/*"),
        DelegateHeader="AUTH:user.auth.UserId:X-Remote-User\nAUTH:user.auth.SecurityRoles:X-Groups:base64",
        DelegateCookie="AUTH:user.auth.Realm:realm", DelegateParameter="AUTH:user.auth.UserId:user")], start=False)
    server = users_files(instance).start()
    spoofed = {"X-Remote-User": "root", "x_groups": "wheel"}
    browser = Browser(server.port)
    browser.log_in("/app/echo/one")
    assert browser.fetch("/app/echo/two?user=root&a=1", headers=spoofed).status == 200
    arrived = backend.seen("/app/echo/two")[-1]
    assert arrived.target == "/app/echo/two?a=1&user=anna"
    assert arrived.all("X-Remote-User") == ["anna"]
    assert base64.b64decode(arrived.header("X-Groups")) == b"user,teller"
    assert arrived.all("x_groups") == []
    assert arrived.all("Cookie") == ["realm=staff"]
    get(server.port, "/plain/echo/three?user=root", spoofed)  # nobody has to log in there
    arrived = backend.seen("/plain/echo/three")[-1]
    assert arrived.target == "/plain/echo/three"
    assert arrived.all("X-Remote-User") + arrived.all("X-Groups") + arrived.all("Cookie") == []
