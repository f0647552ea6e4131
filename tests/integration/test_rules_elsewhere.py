"""Rules on requests that do not come over HTTP/1.1 to the server itself: intercepted ones of a forward proxy's clients,
and over HTTP/2."""
import subprocess

import pytest

from harness import paths
from harness.forward import forward_host, forward_proxy
from harness.ports import free_port
from harness.proxy_client import connect
from harness.site import Connector, Context, Host, Site, proxy


@pytest.fixture(scope="module")
def elsewhere(make_server, backend, authority, minting, module_folder):
    """The same rules before a forward proxy that intercepts, and behind HTTP/2."""
    folder = module_folder / "elsewhere"
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    (folder / "rules.xml").write_text(r"""<?xml version="1.0" encoding="UTF-8"?>
<rules>
  <set name="requests" match="all">
    <rule id="blocked" when='path("/private/**") or body("~&lt;script")'>
      <block status="403"><field name="X-Why" value="${rule.id}"/></block></rule>
    <rule id="upload" when='path("/limited/**")'><body-limit bytes="1000"/></rule>
    <rule id="changed" when='path("/ok/**") and tls("protocol~^TLS")'>
      <set-header name="X-Host-Seen" value="${host}"/><remove-header name="X-Gone"/>
      <set-header side="response" name="X-Rule" value="${rule.id}"/></rule>
    <rule id="rate" when='path("/rate")'><rate limit="3/m" key="header(X-Key)"/></rule>
  </set>
  <set name="responses" phase="response">
    <rule id="leak" when='path("/html/**") and response.body("~again and again")'><block status="502"/></rule>
  </set>
</rules>
""")
    certificate, key = authority.issue("localhost")
    load = "".join(f"<IfModule !mod_{name}.c>\nLoadModule {name}_module {paths.stock_module('mod_' + name)}\n"
                   "</IfModule>\n" for name in ("http2", "socache_shmcb", "ssl"))
    proxy_port = free_port()
    site = Site([Connector(free_port(), attributes={"Protocols": "h2 http/1.1"},
                           ssl={"SSLCertificateFile": certificate, "SSLCertificateKeyFile": key})],
                [Host("localhost", [Context(str(folder / "www"), [proxy(backend.port)])]),
                 forward_host(folder, SSLCACertificateFile=authority.certificate)],
                inside=forward_proxy(proxy_port, caCertificate=minting.certificate, caKey=minting.key,
                                     defaultAction="intercept") +
                f'<Rules file="{folder}/rules.xml"/><Limits/>')
    instance = make_server(site=site, httpd=load)
    instance.proxy_port, instance.authority, instance.minting = proxy_port, authority, minting
    return instance


class Intercepted:
    """Asks a site through the proxy, on one connection for each request."""

    def __init__(self, server, origin):
        self._server, self._origin = server, origin

    def ask(self, method, path, headers=None, body=b""):
        where = f"localhost:{self._origin.port}"
        with connect(self._server.proxy_port, where, self._server.minting.context()) as client:
            answer = client.request(method, path, headers, body, host=where)
        return answer.status, answer

    def seen(self, path):
        return [{name.lower(): value for name, value in headers} for _, target, headers, _ in self._origin.requests
                if target == path]


class OverHttp2:
    """Asks the backend's server with curl."""

    def __init__(self, server, backend):
        self._server, self._backend = server, backend

    def ask(self, method, path, headers=None, body=b""):
        fields = [part for name, value in (headers or {}).items() for part in ("-H", f"{name}: {value}")]
        data = ["--data-binary", "@-"] if body else []
        result = subprocess.run(
            [paths.tool("curl", "curl"), "-sS", "--http2", "-i", "--cacert", self._server.authority.certificate,
             "--max-time", "20", "-X", method, *fields, *data, f"https://localhost:{self._server.port}{path}"],
            input=body, capture_output=True, timeout=30)
        head, _, rest = result.stdout.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        assert lines[0].startswith("HTTP/2 "), (result.stdout, result.stderr)
        return int(lines[0].split()[1]), Http2Answer(dict(line.split(": ", 1) for line in lines[1:]), rest)

    def seen(self, path):
        return [{name.lower(): value for name, value in seen.headers} for seen in self._backend.seen(path)]


class Http2Answer:
    def __init__(self, fields, body):
        self._fields, self.body = fields, body

    def header(self, name):
        return self._fields.get(name.lower())


@pytest.fixture(params=["intercepted", "http2"])
def client_elsewhere(request, elsewhere, origin, backend):
    return Intercepted(elsewhere, origin) if request.param == "intercepted" else OverHttp2(elsewhere, backend)


def test_a_block_elsewhere_reaches_nobody(client_elsewhere):
    status, answer = client_elsewhere.ask("GET", "/private/x")
    assert (status, answer.header("X-Why")) == (403, "blocked")
    status, answer = client_elsewhere.ask("POST", "/ok/script", {"Content-Type": "text/plain"}, b"a <script> b")
    assert status == 403
    assert not client_elsewhere.seen("/private/x") and not client_elsewhere.seen("/ok/script")


def test_fields_are_changed_elsewhere(client_elsewhere):
    status, answer = client_elsewhere.ask("GET", "/ok/changed", {"X-Gone": "1", "X-Kept": "2"})
    assert (status, answer.header("X-Rule")) == (200, "changed")
    seen, = client_elsewhere.seen("/ok/changed")
    assert (seen["x-host-seen"], seen.get("x-gone"), seen["x-kept"]) == ("localhost", None, "2")


def test_a_rate_is_counted_elsewhere(client_elsewhere):
    key = {"X-Key": type(client_elsewhere).__name__}
    answers = [client_elsewhere.ask("GET", "/rate", key) for _ in range(4)]
    assert [status for status, _ in answers][-1] == 429
    assert 429 not in [status for status, _ in answers][:3]
    assert int(answers[3][1].header("Retry-After")) >= 1
    assert client_elsewhere.ask("GET", "/rate", {"X-Key": key["X-Key"] + "-other"})[0] != 429


def test_a_body_limit_holds_elsewhere(client_elsewhere):
    assert client_elsewhere.ask("POST", "/limited/a", {"Content-Type": "text/plain"}, b"x" * 2000)[0] == 413
    assert not client_elsewhere.seen("/limited/a")


def test_one_limit_counts_for_both(elsewhere, origin, backend):
    """The proxy's clients and the site's share the server's limits."""
    key = {"X-Key": "both"}
    first, second = Intercepted(elsewhere, origin), OverHttp2(elsewhere, backend)
    statuses = [one.ask("GET", "/rate", key)[0] for one in (first, second, first, second)]
    assert statuses[3] == 429 and 429 not in statuses[:3]
