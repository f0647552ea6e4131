"""An instance as nevisProxy's operators write it (instance/), unchanged but for ports: what each line of it means here,
case by case. Sources of the meanings: the documented reference of the original."""
import os
import pathlib
import pwd
import re
import shutil

import pytest

from harness.client import Client, get
from harness.navajo import Navajo
from harness.ports import free_port
from harness.site import Connector, Context, Host, Site
from harness.waiting import wait_until

INSTANCE = pathlib.Path(__file__).parent / "instance"


class Instance(Navajo):
    """Runs instance/ as it is: nothing in it is written by the test."""

    def __init__(self, folder, backend):
        port = free_port()
        account = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        self.variables = {"ITEST_PORT": str(port), "ITEST_BACKEND": str(backend.port), "ITEST_DEAD": str(free_port()),
                          "ITEST_FOLDER": str(folder), "ITEST_INSTANCE": "instance",
                          "ITEST_USER": f"#{account.pw_uid}", "ITEST_GROUP": f"#{account.pw_gid}"}
        site = Site([Connector(port)], [Host("www.example.test", [Context("", [])])], server={"StartServers": 1})
        super().__init__(folder, site, environment=self.variables)

    def write(self):
        shutil.copytree(INSTANCE, self.folder, dirs_exist_ok=True)
        (self.folder / "logs").mkdir(exist_ok=True)
        (self.folder / "logs").chmod(0o777)
        self.config = self.folder / "conf" / "navajo.xml"


@pytest.fixture(scope="module")
def instance(module_folder, backend):
    made = Instance(module_folder / "instance", backend)
    # For `navajo check` and `navajo stop` as well.
    os.environ.update(made.variables)
    made.start()
    yield made
    made.stop()
    for name in made.variables:
        del os.environ[name]


@pytest.fixture(autouse=True)
def some_lines_are_expected(instance, every_log_line_is_expected):
    """A backend of it is dead on purpose, and some requests are refused on purpose."""
    instance.expect_log(r"NVJ12\d\d|NVJ1475|AH01\d+", required=False)


def ask(instance, target, headers=None, host="www.example.test"):
    with Client(instance.port) as client:
        return client.get(target, headers, host=host)


def test_it_loads_without_a_fault(instance):
    result = instance.navajo("check")
    assert result.returncode == 0, result.stdout + result.stderr


# target, request fields, status, text in the body
ANSWERS = [
    ("/", {}, 200, b"home of the instance"),                           # DefaultServlet: a file before EntryURI
    ("/index.html", {}, 200, b"home of the instance"),                 # DefaultServlet below docBase
    ("/nothing-here", {}, 404, b"there is no such page"),              # ErrorFilter, page of another servlet
    ("/WEB-INF/web.xml", {}, 404, b"there is no such page"),           # never served
    ("/dead/x", {}, 502, b"the application is away"),                  # ErrorFilter, rule without condition
    ("/dead/x", {"User-Agent": "Robot 1"}, 502, b"robots: try later"),  # ErrorFilter, condition and file:
    ("/app/ok?bytes=5", {}, 200, None),                                # pathinfo: the mapping is taken off
    ("/short/path", {}, 200, b"/echo/path"),                           # RewriteFilter S=
    ("/app/start", {"User-Agent": "Mobile"}, 200, b"/echo/mobile"),    # RewriteFilter PT with a condition, case ignored
    ("/pages/404.html", {}, 200, b"there is no such page"),            # FileReaderServlet below WEB-INF/lib
    ("/pages/sub/404.html", {}, 404, b"there is no such page"),        # default Files: the folder itself only
    ("/status?format=json", {}, 200, b"Application"),                  # ${HTTPD_LIB_VERSION} in a class
]


@pytest.mark.parametrize("target,headers,status,text", ANSWERS)
def test_answers(instance, target, headers, status, text):
    response = ask(instance, target, headers)
    assert response.status == status
    assert text is None or text in response.body


def test_redirect_of_the_rewrite_filter(instance):
    response = ask(instance, "/moved/x")
    assert response.status == 301
    assert response.header("Location").endswith("/app/ok/x")


def test_exclude_url_regex_switches_the_filter_off(instance, backend):
    ask(instance, "/app/start-raw", {"User-Agent": "Mobile"})
    assert backend.seen("/start-raw") and not backend.seen("/echo/mobile")


def test_longest_prefix_and_path_info(instance, backend):
    assert ask(instance, "/app/echo/a/b?x=1").status == 200
    assert backend.seen("/echo/a/b")[0].target == "/echo/a/b?x=1"


def test_delegation_joins_parts_and_wins_over_the_client(instance, backend):
    ask(instance, "/app/echo/delegation", {"User-Agent": "test", "X_Client": "6.6.6.6", "x-client": "6.6.6.6"})
    arrived, = backend.seen("/echo/delegation")
    assert arrived.all("X-Client") == ["127.0.0.1"] and not arrived.all("X_Client")
    assert arrived.header("X-User") == "anonymous_test"
    assert arrived.header("transferId")
    assert not arrived.all("X-Debug")


def test_filter_mapping_filter_chooses_by_a_parameter(instance, backend):
    ask(instance, "/app/echo/debug?debug=1")
    arrived, = backend.seen("/echo/debug")
    assert arrived.header("X-Debug") == "on" and arrived.header("transferId")


def test_conditions_on_the_response(instance):
    html, text = ask(instance, "/index.html"), ask(instance, "/robot.txt")
    assert html.header("Content-Security-Policy") == "default-src 'self'"
    assert text.header("Content-Security-Policy") is None
    assert html.header("X-Content-Type-Options") == text.header("X-Content-Type-Options") == "nosniff"


def test_charset_of_a_form(instance, backend):
    body = "name=J%C3%BCrg&sign=%E2%82%AC".encode()
    with Client(instance.port) as client:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        response = client.request("POST", "/app/echo/form/x", form, body,
                                  host="www.example.test")
    assert response.status == 200
    arrived, = backend.seen("/echo/form/x")
    assert arrived.body == b"name=J%FCrg&sign=%3F"


def test_host_name_is_the_clients_where_it_is_asked_for(instance, backend):
    ask(instance, "/app/echo/host", host="shop.www.example.test")
    assert backend.seen("/echo/host")[0].header("Host") == "shop.www.example.test"


def test_load_balancer_leaves_the_dead_servlet_alone(instance):
    # BackendConnectorServlet does not repeat on another backend; the balancer then keeps away from the dead one.
    statuses = [ask(instance, "/echo/balanced").status for _ in range(12)]
    assert statuses.count(200) >= 10, statuses
    assert set(statuses) <= {200, 502}, statuses


def test_allowed_methods_of_context_and_servlet(instance):
    with Client(instance.port) as client:
        refused = client.request("DELETE", "/app/ok", host="www.example.test")
        assert refused.status == 405 and "GET" in refused.header("Allow")
    with Client(instance.port) as client:
        assert client.request("TRACE", "/app/ok", host="www.example.test").status == 405
    with Client(instance.port) as client:
        assert client.request("PUT", "/balanced/ok", {}, b"x", host="www.example.test").status == 405


def test_body_over_limit_request_body_is_413(instance, backend):
    with Client(instance.port) as client:
        client.send(b"POST /app/ok HTTP/1.1\r\nHost: www.example.test\r\nContent-Length: 300001\r\n\r\n")
        assert client.read().status == 413
    assert not backend.seen("/ok")


def test_post_without_content_length_is_refused(instance):
    """ch.nevis.bc.net.AllowPostWithoutContentLength=false"""
    with Client(instance.port) as client:
        client.send(b"POST /app/ok HTTP/1.1\r\nHost: www.example.test\r\n\r\n")
        assert client.read().status == 411


def test_more_response_fields_than_max_headers_are_a_bad_gateway(instance):
    """ch.nevis.bc.net.MaxHeaders: 20"""
    assert ask(instance, "/app/fields?count=10").status == 200
    assert ask(instance, "/app/fields?count=40").status == 502


def test_logs(instance):
    ask(instance, "/app/ok?log=1")
    line, = instance.access_lines("log=1")
    assert re.search(r'"GET /app/ok\?log=1 HTTP/1.1" 200 \d+ ', line), line
    refused = instance.folder / "refused.log"
    ask(instance, "/nothing-here")
    assert "/nothing-here" in refused.read_text() and "log=1" not in refused.read_text()
    # Records are gathered for 20 ms before they are written.
    navajo_log = instance.folder / "logs" / "navajo.log"
    wait_until(lambda: re.search(r"^\d{4} \d\d \d\d \d\d:\d\d:\d\d\.\d{3} \S+ NavajoOp .* 6-INFO  : <<<<< "
                                 r"'GET /app/ok(\?log=1)?' ", navajo_log.read_text(), re.MULTILINE),
               5, "its line in navajo.log")
    assert "Service 'instance' memory configured 10000000 used" in navajo_log.read_text()
