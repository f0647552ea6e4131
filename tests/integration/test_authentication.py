"""Who the user is, from elsewhere: modules of httpd (ApacheAuthenticationServlet) and an HTTP service
(HttpAuthenticationServlet), through real logins; and the pages of LoginRendererServlet made from templates."""
import base64
import hashlib
import json

import pytest

from harness.browser import Browser
from harness.client import Client, get
from harness.paths import stock_module
from harness.ports import free_port
from harness.site import Component, Connector, Context, Host, Site, a_filter, delegation, proxy, status
from harness.waiting import wait_until

BASIC = """
<Location /app>
  AuthType Basic
  AuthName "app"
  AuthUserFile {folder}/passwords
  Require valid-user
</Location>
ErrorDocument 401 /app/echo/denied
"""
MODULES = ("authn_core", "authn_file", "authz_user", "auth_basic")
LOAD = "<IfModule !mod_{0}.c>\nLoadModule {0}_module {1}\n</IfModule>\n"
LOAD_SSL = ("<IfModule !mod_ssl.c>\n"
            "LoadModule socache_shmcb_module {shmcb}\nLoadModule ssl_module {ssl}\n</IfModule>\n")


def components(backend_port, servlets, authenticator, pages=None):
    return [
        a_filter("SessionManagementFilter", "Session", at=("/app/*",), Servlet="Sessions",
                 **{"Cookie.Secure": "auto", "Cookie.Name": "SID"}),
        a_filter("IdentityCreationFilter", "Login", at=("/app/*",), AuthenticationServlet=authenticator,
                 LoginRendererServlet="Pages"),
        a_filter("SecurityRoleFilter", "Roles", at=("/app/admin/*",), RolesRequired="admin"),
        delegation("Identity", at=("/app/*",),
                   DelegateToBackend="X-User:AUTH:user.auth.UserId\nX-Roles:AUTH:user.auth.SecurityRoles\n"
                                     "X-Mail:AUTH:user.auth.mail\nX-Remote:ENV:REMOTE_USER\nX-Type:ENV:AUTH_TYPE"),
        Component("servlet", "Sessions", "LocalSessionStoreServlet", (),
                  {"MemorySize": "8M", "MaxLifetime": 86400, "MaxInactiveInterval": 600}),
        Component("servlet", "Pages", "LoginRendererServlet", (), pages or {}),
        *servlets, proxy(backend_port), status()]


def apache(name="Httpd", **params):
    return Component("servlet", name, "ApacheAuthenticationServlet", ("/authenticator",), params)


def basic(user, password):
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def sha1(password):
    return "{SHA}" + base64.b64encode(hashlib.sha1(password.encode()).digest()).decode()


# ---------------------------------------------------------------- httpd's modules

@pytest.fixture(scope="module")
def basic_server(make_server, backend, module_folder):
    (module_folder / "passwords").write_text(f"anna:{sha1('wonderland')}\n")
    return make_server(components(backend.port, [apache(**{"Roles.Default": "staff"})], "Httpd"),
                       httpd="".join(LOAD.format(name, stock_module(f"mod_{name}")) for name in MODULES) +
                       BASIC.format(folder=module_folder),
                       server={"LogFormat": "'%u \\\"%r\\\" %>s usrID=%{usrID}e' itest"})


def test_the_user_of_mod_auth_basic_is_the_user(basic_server, backend):
    response = get(basic_server.port, "/app/echo/in", basic("anna", "wonderland"))
    assert response.status == 200
    arrived = backend.seen("/app/echo/in")[-1]
    assert (arrived.header("X-User"), arrived.header("X-Roles"), arrived.header("X-Remote"),
            arrived.header("X-Type")) == ("anna", "staff", "anna", "Basic")
    assert basic_server.access_lines('"GET /app/echo/in')[-1].startswith("anna ")
    assert basic_server.access_lines('"GET /app/echo/in')[-1].endswith("usrID=anna")


def test_a_role_nobody_gave_is_missing(basic_server, backend):
    assert get(basic_server.port, "/app/admin/echo", basic("anna", "wonderland")).status == 403
    assert not backend.seen("/app/admin/echo")


@pytest.mark.parametrize("headers", [basic("anna", "queen"), basic("root", ""), {}, {"Remote-User": "anna"}])
def test_an_error_document_does_not_let_in_who_was_turned_away(basic_server, backend, headers):
    """The document is under /app itself: httpd runs it with the name that was tried, and without asking again."""
    basic_server.expect_log(r"AH016(17|18)", required=False)
    response = get(basic_server.port, "/app/echo/in", headers)
    assert not backend.seen("/app/echo")
    assert response.status in (401, 403)


def test_the_servlet_is_no_page(basic_server):
    assert get(basic_server.port, "/authenticator").status == 404


@pytest.fixture(scope="module")
def certificate_server(make_server, backend, authority, module_folder):
    certificate, key = authority.issue("localhost")
    folder = module_folder / "certificates"
    httpd = apache(User="ENV:SSL_CLIENT_S_DN", **{"User.Pattern": "(?:^|,)CN=([^,]+)"})
    site = Site([Connector(free_port(), "localhost",
                           ssl={"SSLCertificateFile": certificate, "SSLCertificateKeyFile": key,
                                "SSLCACertificateFile": authority.certificate, "SSLVerifyClient": "optional_no_ca"})],
                [Host("localhost", [Context(str(folder / "www"), components(backend.port, [httpd], "Httpd"))])])
    server = make_server(site=site, httpd=LOAD_SSL.format(shmcb=stock_module("mod_socache_shmcb"),
                                                          ssl=stock_module("mod_ssl")))
    server.expect_log(r"\[ssl:|AH0\d+", required=False)
    return server


def test_a_certificate_says_who_it_is(certificate_server, authority, backend):
    certificate_server.expect_log(r"\[ssl:|AH0\d+", required=False)
    tls = authority.client_context(identity=authority.issue("carla"))
    assert get(certificate_server.port, "/app/echo/card", tls=tls).status == 200
    assert backend.seen("/app/echo/card")[-1].header("X-User") == "carla"


def test_without_a_certificate_or_with_one_nobody_signed_there_is_no_user(certificate_server, authority, backend,
                                                                          module_folder):
    certificate_server.expect_log(r"\[ssl:|AH0\d+", required=False)
    assert get(certificate_server.port, "/app/echo/card", tls=authority.client_context()).status == 403
    other = type(authority)(module_folder / "other-ca")
    tls = authority.client_context(identity=other.issue("carla"))
    assert get(certificate_server.port, "/app/echo/card", tls=tls).status == 403
    assert not backend.seen("/app/echo/card")


# ---------------------------------------------------------------- a service

def service(backend_port, **params):
    return [
        proxy(backend_port, name="Service", at=(), RequestTimeout="500ms"),
        Component("servlet", "Ask", "HttpAuthenticationServlet", (), {
            "Servlet": "Service", "URI": "/verify?realm=x", "SendAnswers": "true",
            "Fields": "user:login.user\npass:login.password:secret", "CopyFields": "Remote-Email:user.auth.mail",
            **params})]


@pytest.fixture(scope="module")
def service_server(make_server, backend):
    return make_server(components(backend.port, service(backend.port), "Ask"),
                       server={"LogFormat": "'%u \\\"%r\\\" %>s usrID=%{usrID}e' itest"})


@pytest.fixture
def browser(service_server):
    return Browser(service_server.port)


def asked(backend):
    return backend.seen("/verify")


def test_a_cookie_of_the_service_logs_in(service_server, backend, browser):
    browser.cookies["token"] = ("anna", "/", False)
    page = browser.go("/app/echo/x?a=1", headers={"X-Forwarded-Uri": "/public", "X-Forwarded-Method": "TRACE"})
    assert page.status == 200
    arrived = backend.seen("/app/echo/x")[-1]
    assert (arrived.header("X-User"), arrived.header("X-Roles"), arrived.header("X-Mail")) == (
        "anna", "clerk,admin", "anna@example.test")
    question = asked(backend)[-1]
    assert question.request_line == "GET /verify?realm=x HTTP/1.1"
    assert question.all("X-Forwarded-Uri") == ["/app/echo/x?a=1"]
    assert question.all("X-Forwarded-Method") == ["GET"]
    assert question.all("X-Forwarded-For") == ["127.0.0.1"]
    assert question.all("X-Forwarded-Proto") == ["http"]
    assert question.header("Cookie") == "token=anna"
    line = service_server.access_lines('"GET /app/echo/x')[-1]
    assert line.startswith("anna ") and line.endswith("usrID=anna")


def test_a_session_is_asked_about_once(backend, browser):
    browser.cookies["token"] = ("anna", "/", False)
    for _ in range(5):
        assert browser.go("/app/admin/ok").status == 200
    assert len(asked(backend)) == 1


def test_user_and_password_are_checked_by_the_service(backend, browser):
    page = browser.go("/app/echo/form")
    assert page.forms[0]["fields"].keys() == {"user", "pass"}
    wrong = browser.submit(page, user="bert", **{"pass": "queen"})
    assert "That did not work." in wrong.text
    assert wrong.response.header("Retry-After") == "7"
    assert not backend.seen("/app/echo/form")
    assert browser.submit(wrong, user="bert", **{"pass": "wonderland"}).status == 200
    assert asked(backend)[-1].body == b"user=bert&pass=wonderland"
    assert asked(backend)[-1].method == "POST"
    assert backend.seen("/app/echo/form")[-1].header("X-User") == "bert"
    assert b"wonderland" not in backend.seen("/app/echo/form")[-1].raw


@pytest.mark.parametrize("user, log", [("nameless", "NVJ1760"), ("broken", "NVJ1760"), ("late", "NVJ1760|NVJ1204"),
                                       ("torn", "NVJ1760|NVJ1207")])
def test_whatever_is_no_clear_yes_lets_nobody_in(service_server, backend, browser, user, log):
    service_server.expect_log(log)
    browser.cookies["token"] = (user, "/", False)
    assert browser.go("/app/echo/no").status == 503
    service_server.wait_for_log("NVJ1760")
    assert not backend.seen("/app/echo/no")


def test_the_service_may_send_the_user_elsewhere(browser, backend):
    browser.cookies["token"] = ("away", "/", False)
    response = browser.fetch("/app/echo/away", headers=browser.NAVIGATION)
    assert response.status in (302, 303)
    assert response.header("Location") == "https://login.example.test/"
    assert not backend.seen("/app/echo/away")


def test_an_answer_with_a_long_body_counts(browser):
    browser.cookies["token"] = ("wordy", "/", False)
    assert browser.go("/app/ok").status == 200


def test_a_service_that_is_down_lets_nobody_in(make_server, backend):
    server = make_server(components(backend.port, service(free_port()), "Ask"))
    server.expect_log(r"NVJ1760|NVJ120[18]")
    assert Browser(server.port).go("/app/echo/down").status == 503
    server.wait_for_log("NVJ1760")
    assert not backend.seen("/app/echo/down")
    server.stop()


def test_a_yes_is_kept_for_its_time(make_server, backend):
    server = make_server(components(backend.port, service(backend.port, CacheTime="60s"), "Ask"),
                         server={"StartServers": 1, "ServerLimit": 1, "MaxRequestWorkers": 25})
    for _ in range(3):
        browser = Browser(server.port)
        browser.cookies["token"] = ("anna", "/", False)
        assert browser.go("/app/ok").status == 200
    assert len(asked(backend)) == 1
    server.stop()


# ---------------------------------------------------------------- pages

def test_the_built_in_page_and_its_policy(service_server):
    with Client(service_server.port) as client:
        page = client.get("/app/ok", {**Browser.NAVIGATION, "Accept-Language": "fr-CH, en;q=0.5"})
    text = page.body.decode()
    assert '<html lang="fr">' in text and "Se connecter" in text
    style = text.split("<style>")[1].split("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in page.header("Content-Security-Policy")
    assert page.header("X-Frame-Options") == "DENY" and page.header("Cache-Control") == "no-store"
    assert "<script" not in text


@pytest.fixture(scope="module")
def template_server(make_server, backend):
    instance = make_server(components(backend.port, service(backend.port), "Ask",
                                      {"RenderingProvider": "localTemplate:pages", "Languages": "en de",
                                       "ReloadInterval": "100ms"}), start=False)
    folder = instance.folder / "www" / "WEB-INF" / "pages"
    folder.mkdir()
    (folder / "login.html").write_text(
        '<h1>${text:login.title}</h1><form method="post" action="${action}">${fields}</form><i>${message}</i>')
    (folder / "logout.html").write_text("bye")
    (folder / "texts.de.properties").write_text("login.title=Guten Tag & hallo\n")
    return instance.start()


def test_templates_have_texts_of_their_own_and_are_read_again(template_server):
    browser = Browser(template_server.port)
    assert "<h1>Log in</h1>" in browser.go("/app/ok").text
    assert "<h1>Guten Tag &amp; hallo</h1>" in browser.go("/app/ok", headers={"Accept-Language": "de"}).text
    texts = template_server.folder / "www" / "WEB-INF" / "pages" / "texts.de.properties"
    texts.write_text("login.title=Willkommen zurück\n")
    wait_until(lambda: "Willkommen zurück" in browser.go("/app/ok", headers={"Accept-Language": "de"}).text, 10,
               "the new text")


def test_bad_templates_change_nothing_and_are_told_of(template_server):
    template_server.expect_log(r"NVJ175[01]")
    page = template_server.folder / "www" / "WEB-INF" / "pages" / "login.html"
    whole = page.read_text()
    page.write_text("${nonsense}")
    browser = Browser(template_server.port)

    def shows_the_old_one():
        assert "<form" in browser.go("/app/ok").text
        return template_server.log.lines(r"NVJ1750 .*login.html:1:1: there is no placeholder 'nonsense'")
    wait_until(shows_the_old_one, 10, "the fault in the log")
    template_server.wait_for_log("NVJ1751")
    page.write_text(whole)
    wait_until(lambda: browser.go("/app/ok").status == 200 and template_server.log.lines("NVJ1752"), 10,
               "the whole file")


def test_programs_get_json(service_server):
    response = get(service_server.port, "/app/ok", {"Accept": "application/json"})
    assert response.status == 401
    assert json.loads(response.body)


def test_faults_of_templates_are_told_by_check(make_server, backend):
    instance = make_server(components(backend.port, service(backend.port), "Ask",
                                      {"RenderingProvider": "localTemplate:pages"}), start=False)
    folder = instance.folder / "www" / "WEB-INF" / "pages"
    folder.mkdir()
    (folder / "login.html").write_text("<p>\n  ${mesage}</p>")
    result = instance.navajo("check")
    assert result.returncode != 0
    told = result.stdout + result.stderr
    assert "login.html:2:3: " in told and "did you mean 'message'?" in told
    assert "logout.en.html nor logout.html" in told
