"""Sessions and logins end to end, with a client that does what browsers do: SessionManagementFilter,
IdentityCreationFilter, SecurityRoleFilter and the servlets they ask."""
import concurrent.futures
import os
import re

import pytest

from harness.backend import ScriptedBackend
from harness.browser import Browser
from harness.client import get
from harness.site import Component, a_filter, delegation, proxy, status
from harness.waiting import wait_until

# The password of all is "wonderland", at the lowest cost that is accepted.
USERS = """\
anna:$2b$10$UiKSFHcwEELI.iJ6G3ljm.WkwEUtaONARE/1z9YGAXRuj5zoYmCZu:user,teller:mail=anna@example.test
bert:$2b$10$UiKSFHcwEELI.iJ6G3ljm.WkwEUtaONARE/1z9YGAXRuj5zoYmCZu:user
"""
COOKIE = "__Host-NavajoSession"


def components(backend_port, session=None, login=None, store=None):
    return [
        a_filter("SessionManagementFilter", "Session", at=("/app/*", "/pay/*", "/plain/*"),
                 Servlet="Sessions", **{"Cookie.Secure": "auto", "Cookie.Name": "SID", **(session or {})}),
        a_filter("IdentityCreationFilter", "Login", at=("/app/*", "/pay/*"), AuthenticationServlet="Users",
                 LoginRendererServlet="Pages", LogoutPath="^/app/logout$", ResponseLogoutHeader="X-Logout",
                 Realm="staff", **(login or {})),
        a_filter("SecurityRoleFilter", "Roles", at=("/app/teller/*",), RolesRequired="teller"),
        a_filter("SecurityRoleFilter", "Payments", at=("/pay/*",), RolesRequired="payments",
                 AuthenticationServlet="Cashiers", LoginRendererServlet="Pages"),
        delegation("Identity", at=("/app/*", "/pay/*"),
                   DelegateToBackend="X-User:AUTH:user.auth.UserId\nX-Roles:AUTH:user.auth.SecurityRoles\n"
                                     "X-Realm:AUTH:user.auth.Realm\nX-Mail:AUTH:user.auth.mail"),
        Component("servlet", "Sessions", "LocalSessionStoreServlet", (),
                  {"MemorySize": "8M", "MaxLifetime": 86400, "MaxInactiveInterval": 600, **(store or {})}),
        Component("servlet", "Users", "FileAuthenticationServlet", (), {"UsersFile": "users.txt", "MaxFailures": 3}),
        Component("servlet", "Cashiers", "FileAuthenticationServlet", (), {"UsersFile": "cashiers.txt"}),
        Component("servlet", "Pages", "LoginRendererServlet", (), {}),
        proxy(backend_port), status()]


def users_files(instance):
    folder = instance.folder / "www" / "WEB-INF"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "users.txt").write_text(USERS)
    (folder / "cashiers.txt").write_text(USERS.replace(":user,teller:", ":payments:").replace(":user\n", ":payments\n"))
    return instance


@pytest.fixture(scope="module")
def server(make_server, backend):
    return users_files(make_server(components(backend.port), start=False)).start()


@pytest.fixture
def browser(server):
    return Browser(server.port)


# ---------------------------------------------------------------- login, logout

def test_a_user_logs_in_and_the_backend_learns_who(server, backend, browser):
    page = browser.go("/app/echo?x=1")
    assert page.is_login
    assert page.response.header("Cache-Control") == "no-store"
    assert not backend.seen("/app/echo")
    page = browser.submit(page, userid="anna", password="wonderland")
    assert page.status == 200 and page.url == "/app/echo?x=1"
    arrived = backend.seen("/app/echo")[-1]
    told = [arrived.header(name) for name in ("X-User", "X-Roles", "X-Realm", "X-Mail")]
    assert told == ["anna", "user,teller", "staff", "anna@example.test"]
    assert arrived.header("Cookie") is None
    assert b"wonderland" not in arrived.raw
    assert "/app/echo?x=1" in server.access_lines('"GET /app/echo?x=1')[-1]


def test_nobody_names_himself(server, backend, browser):
    browser.log_in("/app/echo")
    browser.fetch("/app/echo/me", headers={"X-User": "root", "x_user": "root", "X-Roles": "admin"})
    arrived = backend.seen("/app/echo/me")[-1]
    assert arrived.all("X-User") == ["anna"] and b"root" not in arrived.raw and b"admin" not in arrived.raw


def test_a_wrong_password_asks_again_and_says_nothing_else(browser):
    page = browser.go("/app/echo")
    wrong = browser.submit(page, userid="anna", password="queen")
    unknown = Browser(browser.port)
    nobody = unknown.submit(unknown.go("/app/echo"), userid="nobody", password="queen")
    assert wrong.is_login and nobody.is_login
    alert = re.search(r'role="alert"[^>]*>([^<]*)<', wrong.text).group(1)
    assert alert == re.search(r'role="alert"[^>]*>([^<]*)<', nobody.text).group(1)
    assert browser.submit(wrong, userid="anna", password="wonderland").status == 200


def test_logout_ends_the_session_and_the_back_button_finds_nothing(server, backend, browser):
    browser.log_in("/app/echo")
    before = dict(browser.cookies)
    page = browser.go("/app/logout")
    assert page.status == 200 and not page.is_login
    assert page.response.header("Clear-Site-Data") == '"cache"'
    assert "SID" not in browser.cookies
    assert browser.go("/app/echo").is_login
    thief = Browser(server.port)
    thief.cookies = before
    assert thief.go("/app/echo").is_login


def test_a_backend_may_log_out(browser):
    browser.log_in("/app/echo")
    response = browser.fetch("/app/with-field?name=X-Logout")
    assert response.header("X-Logout") is None
    assert browser.go("/app/echo").is_login


def test_pages_of_a_user_are_private(browser):
    browser.log_in("/app/echo")
    assert browser.fetch("/app/echo").header("Cache-Control") == "private, no-cache"
    public = browser.fetch("/app/with-field?name=Cache-Control&value=public,%20max-age=60")
    assert public.header("Cache-Control") == "private, max-age=60"


def test_programs_get_401_and_no_session(server, backend):
    before = server_sessions(server)
    for headers in ({"X-Requested-With": "XMLHttpRequest"}, {"Accept": "application/json"}, {"Sec-Fetch-Mode": "cors"}):
        response = get(server.port, "/app/echo", headers)
        assert response.status == 401, headers
        assert response.all("Set-Cookie") == []
    assert server_sessions(server) == before
    assert not backend.seen("/app/echo")


def server_sessions(server):
    """Created so far, by all children."""
    [store] = server.status()["session_stores"]
    return store["sessions_created"]


def test_public_paths_make_no_session(server):
    before = server_sessions(server)
    assert get(server.port, "/plain/ok").all("Set-Cookie") == []
    assert server_sessions(server) == before


# ---------------------------------------------------------------- fixation, forged forms

def test_the_id_changes_at_the_login_and_the_old_one_is_no_way_in_from_elsewhere(server, browser):
    page = browser.go("/app/echo")
    planted = dict(browser.cookies)
    browser.submit(page, userid="anna", password="wonderland")
    assert browser.cookies["SID"] != planted["SID"]
    # From the same address the old id is good for a while, and is never told the new one.
    late = Browser(server.port)
    late.cookies = planted
    response = late.fetch("/app/echo")
    assert response.status == 200 and response.all("Set-Cookie") == []


def test_made_up_ids_never_become_sessions(server):
    made_up = Browser(server.port)
    made_up.cookies["SID"] = ("A" * 32, "/", False)
    made_up.go("/app/echo")
    assert made_up.cookies["SID"][0] != "A" * 32


def test_a_form_without_the_sessions_token_logs_nobody_in(server, backend, browser):
    browser.go("/app/echo")
    for target in ("/app/echo?navajo.login=", "/app/echo?navajo.login=" + "0" * 32, "/app/echo"):
        page = browser.go(target, "POST", b"userid=anna&password=wonderland",
                          {"Content-Type": "application/x-www-form-urlencoded"})
        assert page.is_login, target
    assert not backend.seen("/app/echo")


def test_a_login_sends_nobody_to_another_host(browser):
    for target in ("//evil.test/x", "/app//evil.test"):
        page = browser.go(target, headers={"Host": "localhost"})
        if page.is_login:
            browser.submit(page, userid="anna", password="wonderland")  # Browser.go asserts the host


# ---------------------------------------------------------------- what was under way

def test_a_post_is_repeated_once_after_the_login(backend, browser):
    page = browser.go("/app/echo/pay?a=1", "POST", b"amount=100", {"Content-Type": "text/plain"})
    assert page.is_login
    done = browser.submit(page, userid="anna", password="wonderland")
    assert done.status == 200 and done.text.endswith("amount=100")
    arrived = backend.seen("/app/echo/pay")
    assert [(one.method, one.target, one.header("Content-Type")) for one in arrived] == [
        ("POST", "/app/echo/pay?a=1", "text/plain")]
    assert "navajo.login" in done.url
    browser.go(done.url)  # reload
    assert [one.method for one in backend.seen("/app/echo/pay")] == ["POST", "GET"]


def test_a_form_of_another_site_is_not_repeated(backend, browser):
    page = browser.go("/app/echo/pay", "POST", b"amount=100",
                      {"Content-Type": "text/plain", "Origin": "https://evil.test"})
    browser.submit(page, userid="anna", password="wonderland")
    assert [one.method for one in backend.seen("/app/echo/pay")] == ["GET"]


def test_each_tab_goes_on_where_it_was(browser):
    one, two = browser.go("/app/echo/one?x=1"), browser.go("/app/echo/two")
    assert browser.submit(two, userid="anna", password="wonderland").url == "/app/echo/two"
    # The other tab's form: the user is known already, and what it sends reaches nobody.
    assert browser.submit(one, userid="anna", password="wonderland").url == "/app/echo/one?x=1"


def test_parallel_requests_during_a_login_lose_nothing(server, backend, browser):
    page = browser.go("/app/echo")
    cookies_before = dict(browser.cookies)
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        def background(number):
            tab = Browser(server.port)
            tab.cookies = dict(cookies_before)
            answers = []
            for _ in range(10):
                response = tab.fetch(f"/app/echo/{number}")
                answers.append((response.status, response.header("Set-Cookie")))
            return tab, answers
        running = [pool.submit(background, number) for number in range(10)]
        done = browser.submit(page, userid="anna", password="wonderland")
        tabs = [one.result() for one in running]
    assert done.status == 200
    for tab, answers in tabs:
        # Before the login a page asks them who they are, after it their old cookie lets them in: no session is lost.
        assert {status for status, _ in answers} <= {200}
        assert tab.cookies == cookies_before or all(cookie is None for _, cookie in answers)
        assert tab.fetch("/app/echo/late").status == 200
    assert browser.fetch("/app/echo/after").status == 200


def test_sessions_of_parallel_first_requests_are_whole(server):
    """Two requests of a browser without a cookie make two sessions; the one whose cookie stays works."""
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        browser = Browser(server.port)
        pages = list(pool.map(lambda _: browser.go("/app/echo"), range(2)))
    assert all(page.is_login for page in pages)
    assert browser.log_in("/app/echo").status == 200


# ---------------------------------------------------------------- roles

def test_a_missing_role_is_refused(server, browser):
    browser.log_in("/app/echo", user="bert")
    assert browser.fetch("/app/teller/echo").status == 403
    teller = Browser(server.port)
    teller.log_in("/app/echo", user="anna")
    assert teller.fetch("/app/teller/echo").status == 200


def test_a_step_up_adds_a_role(backend, browser):
    browser.log_in("/app/echo")
    before = browser.cookies["SID"]
    page = browser.go("/pay/echo")
    assert page.is_login and not backend.seen("/pay/echo")
    done = browser.submit(page, userid="anna", password="wonderland")
    assert done.status == 200 and done.url == "/pay/echo"
    assert backend.seen("/pay/echo")[-1].header("X-Roles") == "user,teller,payments"
    assert browser.cookies["SID"] != before


def test_a_step_up_of_somebody_else_ends_the_session(server, backend, browser):
    browser.log_in("/app/echo")
    page = browser.go("/pay/echo")
    assert browser.submit(page, userid="bert", password="wonderland").status == 403
    assert not backend.seen("/pay/echo")
    assert browser.go("/app/echo").is_login
    server.expect_log("NVJ1714")


# ---------------------------------------------------------------- lockout, restarts, crashes

def test_failures_lock_out_in_all_children(server, browser):
    page = browser.go("/app/echo")
    for _ in range(4):
        page = browser.submit(page, userid="carl", password="x")
    assert page.response.header("Retry-After")
    server.expect_log("NVJ1704")


def test_sessions_survive_graceful_restarts_and_killed_children(server, browser):
    browser.log_in("/app/echo")
    for _ in range(3):
        server.graceful_restart()
        assert browser.fetch("/app/echo").status == 200
    for child in list(server.children()):
        server.kill_child(child)
    server.expect_log("exit signal Killed", required=False)
    server.expect_log("children are killed successively", required=False)
    wait_until(lambda: server.children(), 10, "new children")
    assert browser.fetch("/app/echo").status == 200


@pytest.mark.parametrize("restarts", [3], ids=["short"])
def test_nobody_is_logged_out_by_restarts_under_load(server, restarts):
    keep_users_through(server, restarts)


@pytest.mark.skipif(os.environ.get("NAVAJO_TEST_LONG") != "1", reason="takes minutes: NAVAJO_TEST_LONG=1")
def test_nobody_is_logged_out_by_fifty_restarts_under_load(server):
    keep_users_through(server, 50)


def keep_users_through(server, restarts):
    browsers = [Browser(server.port) for _ in range(8)]
    for browser in browsers:
        browser.log_in("/app/echo")
    stop, failures, done = [], [], [0]

    def use(browser):
        while not stop:
            response = browser.fetch("/app/echo")
            done[0] += 1
            if response.status != 200 or b"X-User: anna" not in response.body:
                failures.append((response.status, response.body[:200]))

    with concurrent.futures.ThreadPoolExecutor(len(browsers)) as pool:
        running = [pool.submit(use, browser) for browser in browsers]
        try:
            for _ in range(restarts):
                server.graceful_restart()
        finally:
            stop.append(True)
        for one in running:
            one.result()
    assert not failures, failures[:3]
    assert done[0] > restarts * 8


# ---------------------------------------------------------------- sticky backends

def test_a_session_stays_with_its_backend(make_server, backend):
    other = ScriptedBackend()
    try:
        made = components(backend.port)
        made[-2] = proxy(backend.port, other.port, LoadBalancing="true")
        server = users_files(make_server(made, start=False)).start()
        used = []
        for _ in range(4):
            browser = Browser(server.port)
            browser.log_in("/app/echo")
            backend.clear(), other.clear()
            for _ in range(5):
                assert browser.fetch("/app/echo").status == 200
            counts = len(backend.seen("/app/echo")), len(other.seen("/app/echo"))
            assert sorted(counts) == [0, 5], counts
            used.append(counts[0] > 0)
        assert True in used and False in used  # the sessions themselves are shared out
        server.stop()
    finally:
        other.close()


# ---------------------------------------------------------------- a full store

def test_a_full_store_refuses_new_users_and_serves_the_others(make_server, backend):
    server = users_files(make_server(components(backend.port, store={"MemorySize": "256K", "NumMutexes": 8}),
                                     start=False)).start()
    server.expect_log("NVJ160[123]")
    user = Browser(server.port)
    user.log_in("/app/echo")
    refused = None
    for _ in range(3000):
        newcomer = Browser(server.port).fetch("/app/echo", headers=Browser.NAVIGATION)
        if newcomer.status == 503:
            refused = newcomer
            break
    assert refused is not None
    assert refused.all("Set-Cookie") == []
    assert user.fetch("/app/echo").status == 200
    assert "above 9" in get(server.port, "/navajo-status?format=text").body.decode()
    server.stop()


# ---------------------------------------------------------------- cookies

def test_the_cookie_is_secure_by_default(make_server, backend, authority):
    made = components(backend.port)
    made[0].params.pop("Cookie.Secure")
    made[0].params.pop("Cookie.Name")
    certificate, key = authority.issue("localhost")
    server = users_files(make_server(made, start=False, ssl={"SSLCertificateFile": certificate,
                                                             "SSLCertificateKeyFile": key})).start()
    browser = Browser(server.port, tls=authority.client_context())
    assert browser.log_in("/app/echo").status == 200
    response = Browser(server.port, tls=authority.client_context()).fetch("/app/echo", headers=Browser.NAVIGATION)
    [cookie] = response.all("Set-Cookie")
    assert re.fullmatch(COOKIE + r"=[A-Za-z0-9_-]{32}; Path=/; Secure; HttpOnly; SameSite=Lax", cookie)
    server.stop()


def test_a_conflict_is_told_where_it_is_wanted(make_server, backend):
    server = users_files(make_server(components(backend.port, session={
        "Cookie.OnInvalid": "409", "Cookie.KeepOldCookieTimeout": 0}), start=False)).start()
    browser = Browser(server.port)
    page = browser.go("/app/echo")
    before = dict(browser.cookies)
    browser.submit(page, userid="anna", password="wonderland")
    late = Browser(server.port)
    late.cookies = dict(before)
    assert late.fetch("/app/echo").status == 409
    assert late.cookies == before
    assert browser.fetch("/app/echo").status == 200
    server.stop()


# ---------------------------------------------------------------- configuration

@pytest.mark.parametrize("change, text", [
    (lambda made: made[1].params.update(AuthenticationServlet="Pages"), "authenticates nobody"),
    (lambda made: made[1].params.update(LoginRendererServlet="Users"), "renders no login pages"),
    (lambda made: made[1].params.update(AuthenticationServlet="Userz"), "did you mean 'Users'"),
    (lambda made: made[0].params.update(Servlet="Users"), "keeps no sessions"),
    (lambda made: made[0].params.update({"Cookie.Name": "__Host-a"}), "__Host- only"),
    (lambda made: made[1].params.update(ClientCert="want"), "not there yet"),
])
def test_mistakes_are_named(make_server, backend, change, text):
    made = components(backend.port)
    change(made)
    instance = users_files(make_server(made, start=False))
    instance.write()
    checked = instance.navajo("check")
    assert checked.returncode != 0 and text in checked.stdout + checked.stderr
    assert "web.xml:" in checked.stdout + checked.stderr
