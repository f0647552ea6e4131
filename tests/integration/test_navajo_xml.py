"""What the elements and attributes of navajo.xml do in a running server."""
import re
import socket
import ssl

import pytest

from harness.client import Client, get
from harness.navajo import run_navajo
from harness.ports import free_port
from harness.site import Connector, Context, Host, Site, proxy, status
from harness.waiting import stays_true, wait_until


def tls_connector(authority, port, name="localhost", **more):
    certificate, key = authority.issue(name)
    return Connector(port, name, ssl={"SSLCertificateFile": certificate, "SSLCertificateKeyFile": key}, **more)


# ---------------------------------------------------------------- Context: TLS or not

@pytest.fixture(scope="module")
def guarded(make_server, backend, authority, module_folder):
    folder = module_folder / "guarded"

    def context(path, **attributes):
        return Context(str(folder / ("www" + path.replace("/", "-"))), [proxy(backend.port)], path, attributes)
    plain, secure = free_port(), free_port()
    site = Site([Connector(plain), tls_connector(authority, secure)],
                [Host("localhost", [
                    context("/redirected", unsecureConnection="redirect"),
                    context("/denied", unsecureConnection="deny"),
                    context("/elsewhere", unsecureConnection="redirect",
                            unsecureConnectionRedirect="https://login.example.org"),
                    context("/few", allowedMethods="GET, HEAD REPORT"),
                    context("/codes", additionalStatusCodes="299"),
                    context("/open")])])
    return make_server(site=site)


@pytest.fixture
def tls_port(guarded):
    guarded.expect_log(r"\[ssl:", required=False)
    return guarded.site.connectors[1].port


def test_plain_requests_are_redirected_to_the_same_place(guarded, tls_port, backend):
    response = get(guarded.port, "/redirected/a%20b?c=d", {"X-Forwarded-Proto": "https"})
    assert response.status == 302
    assert response.header("Location") == f"https://localhost:{tls_port}/redirected/a%20b?c=d"
    assert not backend.seen("/redirected")


def test_a_redirected_post_stays_a_post(guarded, tls_port):
    with Client(guarded.port) as client:
        response = client.request("POST", "/redirected/x", body=b"secret=1")
        assert response.status == 308
        assert response.header("Location") == f"https://localhost:{tls_port}/redirected/x"
        assert client.get("/open/ok").status == 200, "the connection must stay usable"


def test_a_redirect_never_follows_the_host_field(guarded, tls_port):
    response = get(guarded.port, "/redirected/x", host="evil.example.net")
    assert response.header("Location") == f"https://localhost:{tls_port}/redirected/x"


def test_a_redirect_may_have_a_place_of_its_own(guarded):
    assert get(guarded.port, "/elsewhere/x").header("Location") == "https://login.example.org/elsewhere/x"


def test_plain_requests_are_denied_whatever_they_claim(guarded, backend):
    response = get(guarded.port, "/denied/x", {"X-Forwarded-Proto": "https", "Forwarded": "proto=https"})
    assert response.status == 403
    assert b"<html" in response.body.lower()
    assert not backend.seen("/denied")
    guarded.wait_for_log("refused with 403: unsecure_connection")


@pytest.mark.parametrize("path", ["/redirected/ok", "/denied/ok", "/elsewhere/ok"])
def test_requests_over_tls_pass(guarded, tls_port, authority, path):
    with Client(tls_port, authority.client_context()) as client:
        assert client.get(path).status == 200


def test_without_a_secure_connector_redirect_denies_and_says_so(make_server, backend, module_folder):
    folder = module_folder / "nowhere"
    site = Site([Connector(free_port())],
                [Host("localhost", [Context(str(folder), [proxy(backend.port)], "",
                                            {"unsecureConnection": "redirect"})])])
    server = make_server(site=site)
    assert get(server.port, "/ok").status == 403
    assert re.search(r"navajo\.xml:\d+:\d+: NVJ1341 .*no Connector has SSL", server.log.everything())
    server.stop()


# ---------------------------------------------------------------- Context: methods and status codes

def test_only_allowed_methods_get_in(guarded, backend):
    assert get(guarded.port, "/few/ok").status == 200
    with Client(guarded.port) as client:
        assert client.request("REPORT", "/few/ok").status == 200
        response = client.request("POST", "/few/ok", body=b"x")
        assert response.status == 405
        assert response.header("Allow") == "GET, HEAD, REPORT"
    assert not [seen for seen in backend.seen("/few") if seen.method == "POST"]


@pytest.mark.parametrize("path", ["/few/x", "/open/x"])
def test_trace_is_never_let_in(guarded, backend, path):
    with Client(guarded.port) as client:
        response = client.request("TRACE", path)
        assert response.status == 405
        assert "GET" in response.header("Allow")
    assert not backend.seen(path)


@pytest.mark.parametrize("path,sent,received", [
    ("/codes", 299, 299), ("/codes", 298, 502), ("/open", 299, 502), ("/open", 201, 201), ("/open", 418, 502)])
def test_unregistered_status_codes_need_permission(guarded, path, sent, received):
    response = get(guarded.port, f"{path}/status?code={sent}")
    guarded.expect_log("NVJ12", required=False)
    assert response.status == received


# ---------------------------------------------------------------- hosts

def test_the_very_name_goes_before_the_longest_wildcard_before_the_default(make_server, backend, module_folder):
    folder = module_folder / "names"

    def host(name, alias=None):
        context = Context(str(folder / name), [proxy(backend.port, URIPrefix="/" + name, MappingType="pathinfo")])
        return Host(name, [context], {"serverAlias": alias} if alias else {})
    server = make_server(site=Site([Connector(free_port())], [
        host("default.test"), host("wide.test", "*.example.org"), host("narrow.test", "*.b.example.org"),
        host("a.b.example.org")]))
    for asked, answers in [("a.b.example.org", "a.b.example.org"), ("A.B.EXAMPLE.ORG", "a.b.example.org"),
                           ("c.b.example.org", "narrow.test"), ("x.y.b.example.org", "narrow.test"),
                           ("b.example.org", "wide.test"), ("example.org", "default.test"),
                           ("other.test", "default.test")]:
        backend.clear()
        assert get(server.port, "/ok", host=asked).status == 200
        assert backend.seen("/ok")[-1].target == f"/{answers}/ok", asked
    server.stop()


# ---------------------------------------------------------------- what becomes httpd's

def test_logs_includes_and_templates(make_server, backend, module_folder):
    folder = module_folder / "directives"
    folder.mkdir(mode=0o755)
    (folder / "connector.conf").write_text("Header always set X-Included connector\n")
    (folder / "host.tpl").write_text("Header always set X-Template \"${CONNECTOR_NAME} ${CONNECTOR_PORT}\"\n")
    own = folder / "own.log"
    port = free_port()
    site = Site([Connector(port, attributes={"Include": folder / "connector.conf"},
                           inside=f"<CustomLogs CustomLog='{own} itest'/>")],
                [Host("localhost", [Context(str(folder / "www"), [proxy(backend.port)])])],
                service={"hostTemplate": folder / "host.tpl"})
    server = make_server(site=site)
    response = get(port, "/ok/logged")
    assert response.header("X-Included") == "connector"
    assert response.header("X-Template") == f"localhost {port}"
    wait_until(lambda: own.exists() and "/ok/logged" in own.read_text(), 5, "the Connector's own log")
    server.stop()


def test_logs_of_the_server_take_pipes_and_conditions(make_server, backend, module_folder):
    folder = module_folder / "logs"
    folder.mkdir(mode=0o755)
    slow, every, piped = (folder / name for name in ("slow.log", "every.log", "piped.log"))
    site = Site([Connector(free_port())],
                [Host("localhost", [Context(str(folder / "www"), [proxy(backend.port)])])],
                server_inside=f"<CustomLogs CustomLog='{every} itest'/><CustomLogs CustomLog='{slow} itest env=slow'/>"
                              f"<CustomLogs CustomLog='&quot;|/usr/bin/tee -a {piped}&quot; piped' "
                              "LogFormat='PIPED:%U piped'/>")
    server = make_server(site=site, httpd="SetEnvIf Request_URI slow slow=1\n")
    get(server.port, "/ok/slow")
    get(server.port, "/ok/quick")
    wait_until(lambda: every.exists() and "/ok/quick" in every.read_text(), 5, "the second log")
    wait_until(lambda: piped.exists() and "PIPED:/ok/quick" in piped.read_text(), 5, "the piped log")
    assert "/ok/slow" in slow.read_text() and "/ok/quick" not in slow.read_text()
    server.stop()


def test_tls_sessions_are_kept_in_the_cache_of_that_size(make_server, backend, authority, module_folder):
    folder = module_folder / "cache"
    port = free_port()
    site = Site([tls_connector(authority, port, inside="<SSLCache maxEntries='500' maxEntrySize='8000'/>",
                               attributes={"SSLSessionTickets": "off"})],
                [Host("localhost", [Context(str(folder / "www"), [proxy(backend.port)])])])
    server = make_server(site=site)
    server.expect_log(r"\[ssl:|AH0\d+", required=False)
    assert 'SSLSessionCache "shmcb:tls(4000000)"' in server.navajo("config", "show-httpd").stdout
    context = authority.client_context(ssl.TLSVersion.TLSv1_2)
    with Client(port, context) as first:
        assert first.get("/ok").status == 200
        session = first.socket.session
    reused = []
    for _ in range(4):  # any child
        with socket.create_connection(("127.0.0.1", port)) as raw:
            with context.wrap_socket(raw, server_hostname="localhost", session=session) as again:
                reused.append(again.session_reused)
    assert all(reused), reused
    server.stop()


def test_arguments_for_httpd_reach_it(make_server, backend, module_folder):
    folder = module_folder / "arguments"
    site = Site([Connector(free_port())], [Host("localhost", [Context(str(folder / "www"), [proxy(backend.port)])])],
                service={"commandLine": "-D WITH_MARK NAVAJOgroup=no-such-group-here"})
    server = make_server(site=site, httpd="<IfDefine WITH_MARK>\nHeader always set X-Mark yes\n</IfDefine>\n")
    assert get(server.port, "/ok").header("X-Mark") == "yes"
    assert "NAVAJOgroup=no-such-group-here: there is no such group" in server.log.everything()
    server.graceful_restart()
    assert get(server.port, "/ok").header("X-Mark") == "yes"
    server.stop()


# ---------------------------------------------------------------- what is refused or told

def check(server):
    result = server.navajo("check")
    return result.returncode, result.stdout + result.stderr


def test_a_hundred_and_one_connectors_are_too_many(make_server, backend, module_folder):
    folder = module_folder / "many"
    site = Site([Connector(20000 + i) for i in range(101)],
                [Host("localhost", [Context(str(folder / "www"), [proxy(backend.port)])])])
    server = make_server(site=site, start=False)
    code, said = check(server)
    assert code == 1
    assert re.search(r"navajo\.xml:\d+:\d+: NVJ1340 101 Connectors are too many, 100 are allowed: each has", said), said


def test_mod_qos_that_is_not_there_is_named_at_the_line_that_needs_it(make_server, backend, module_folder):
    folder = module_folder / "qos"
    site = Site([Connector(free_port())], [Host("localhost", [Context(str(folder / "www"), [proxy(backend.port)])])],
                inside="<Qos SrvMaxConnPerIP='75'/>\n")
    server = make_server(site=site, start=False)
    code, said = check(server)
    assert code == 1
    assert re.search(r"navajo\.xml:\d+:\d+: NVJ1318 QS_SrvMaxConnPerIP needs mod_qos, which is not", said), said


def test_deprecated_settings_are_told_and_refused_when_asked_for(make_server, backend, module_folder):
    server = make_server([proxy(backend.port)], server={"ServerAdmin": "me@example.org"})
    assert re.search(r"navajo\.xml:\d+:\d+: NVJ1350 DEPRECATED: Server ServerAdmin", server.log.everything())
    (server.folder / "bc.properties").write_text("ch.nevis.ErrorOnDeprecated=true\n")
    code, said = check(server)
    assert code == 1
    assert re.search(r"navajo\.xml:\d+:\d+: NVJ1351 DEPRECATED: Server ServerAdmin.*CONF-0001", said), said
    server.stop()


# ---------------------------------------------------------------- memory of the configuration

def test_memory_is_told_at_start_and_on_the_status_page(make_server, backend):
    server = make_server([status(at=("/state",)), proxy(backend.port)])
    told = re.search(r"Service 'itest' memory configured 10000000 used (\d+) available (\d+)", server.log.everything())
    assert told, server.log.everything()
    used, available = map(int, told.groups())
    assert 0 < used < 1000000 and used + available == 10000000
    total = server.status()["server"]
    assert total["memory_configured"] == 10000000 and total["memory_used"] == used
    text = server.navajo("status").stdout
    assert re.search(r"shared by the configuration: 10000000 bytes configured, \d+ used", text)
    page = get(server.port, "/state", {"Accept": "application/json"})
    assert b"navajo.xml" in page.body and b"checksum" in page.body
    server.stop()


def test_memory_that_does_not_suffice_is_a_fault_and_no_end(make_server, backend):
    server = make_server([proxy(backend.port)])
    contexts = server.site.hosts[0].contexts
    for i in range(300):
        contexts.append(Context(str(server.folder / f"more{i}"), [proxy(backend.port)], f"/more{i}"))
    server.site.core = {"memorySize": "64K"}
    server.write()
    code, said = check(server)
    assert code == 1
    assert re.search(r"xml:\d+:\d+: NVJ1342 \[NVCT-0048\] .*set Core memorySize to \d+ or more", said), said
    assert said.count("NVJ1342") == 1
    result = server.navajo("reload")
    assert result.returncode == 1
    server.graceful_restart()
    server.expect_log("NVJ1342|NVJ1111|AH0", required=False)
    stays_true(lambda: get(server.port, "/ok").status == 200, 1, "the service")
    assert server.log.lines(r"NVCT-0048")
    # With room for it the same configuration is taken.
    server.site.core = {"memorySize": "1M"}
    server.write()
    assert run_navajo("check", "--config", server.config).returncode == 0
    server.graceful_restart()
    wait_until(lambda: get(server.port, "/more299/ok").status == 200, 5, "the new configuration")
    server.stop()


def test_use_of_memory_is_told_every_period(make_server, backend, module_folder):
    folder = module_folder / "period"
    site = Site([Connector(free_port())], [Host("localhost", [Context(str(folder / "www"), [proxy(backend.port)])])],
                inside="<Timer periodicity='1'/>")
    server = make_server(site=site)
    server.wait_for_log(r"NVJ1344 Service 'itest' memory configured 10000000 used \d+ \(0%\)", 25)
    server.stop()
