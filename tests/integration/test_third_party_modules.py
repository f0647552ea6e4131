"""httpd's own and other people's modules, unchanged, on fibers."""
import base64
import gzip
import hashlib
import pathlib

import pytest

from harness import paths
from harness.client import Client, get, request_bytes
from harness.site import files, proxy
from harness.waiting import wait_until

CRS = pathlib.Path("/usr/share/modsecurity-crs")
CRS_SETUP = pathlib.Path("/etc/modsecurity/crs/crs-setup.conf")

# A module that the product may load by itself is not loaded twice (httpd warns about it).
MODULES = ("deflate", "filter", "headers", "rewrite", "remoteip", "auth_basic", "authn_file", "authn_core",
           "authz_user", "authz_core", "status", "reqtimeout", "include", "alias", "mime", "setenvif", "env",
           "unique_id", "security2")

DIRECTIVES = """
<Location /html>
  AddOutputFilterByType DEFLATE text/html
</Location>
<Location /echo/deflate-in>
  SetInputFilter DEFLATE
</Location>

RequestHeader set X-From-Headers "set by mod_headers"
Header always set X-Added "by mod_headers"
<Location /ok/edited>
  Header edit Content-Type plain wonderful
</Location>

<Location /protected>
  AuthType Basic
  AuthName "protected"
  AuthUserFile {folder}/users
  Require user alice
</Location>

RemoteIPHeader X-Client-Address
RemoteIPInternalProxy 127.0.0.1

<Location /httpd-status>
  SetHandler server-status
</Location>

<Location /files>
  Options +Includes
  AddType text/html .shtml
  AddOutputFilter INCLUDES .shtml
</Location>

TypesConfig /dev/null
RewriteRule ^/ok/old/(.*)$ /echo/new/$1 [PT]
RewriteRule ^/ok/moved$ /elsewhere [R=301,L]
RewriteRule ^/ok/gone$ - [G]
RewriteCond %{{REQUEST_URI}} ^/echo/looked
RewriteRule ^ - [E=LOOKED:%{{LA-U:REMOTE_USER}}]

ErrorDocument 410 /files/gone.html
ErrorDocument 401 "please say who you are"
ErrorDocument 403 "not for you"
"""

SECURITY = """
SecRuleEngine DetectionOnly
SecRequestBodyAccess On
SecResponseBodyAccess Off
SecRequestBodyLimit 13107200
SecRequestBodyNoFilesLimit 131072
SecPcreMatchLimit 100000
SecPcreMatchLimitRecursion 100000
SecTmpDir {folder}
SecDataDir {folder}
SecAuditEngine Off
SecDebugLogLevel 0
Include {setup}
Include {crs}/rules/*.conf
# False alarms of a test client: an address as Host, no Accept or User-Agent, odd content types.
SecRuleRemoveById 920350 920320 920330 920300 920420 920180
<Location /waf>
  SecRuleEngine On
</Location>
# mod_security reads a body before other filters are in place and replays it above them.
<Location /echo/deflate-in>
  SecRuleEngine Off
</Location>
"""


@pytest.fixture(scope="module")
def server(make_server, backend, module_folder):
    for needed in (CRS / "rules", CRS_SETUP):
        if not needed.exists():
            raise RuntimeError(f"{needed} is missing: the suite needs Debian's modsecurity-crs")
    data = module_folder / "data"
    data.mkdir()
    data.chmod(0o777)
    (data / "users").write_text("alice:{SHA}" + base64.b64encode(hashlib.sha1(b"open sesame").digest()).decode() + "\n")
    www = module_folder / "server1" / "www" / "files"
    www.mkdir(parents=True)
    (www / "page.shtml").write_text(
        'before [<!--#include virtual="/files/part.html" -->] [<!--#include virtual="/ok/included?bytes=8" -->] after')
    (www / "part.html").write_text("the part")
    (www / "gone.html").write_text("gone, says the error document")
    (www / "plain.html").write_text("a plain file")
    load = "".join(f"<IfModule !mod_{name}.c>\nLoadModule {name}_module {paths.stock_module('mod_' + name)}\n"
                   "</IfModule>\n" for name in MODULES)
    return make_server(
        [files(at=("/files/*",)), proxy(backend.port)],
        # mod_rewrite works for a virtual host that switches it on itself.
        connector={"RewriteEngine": "on", "RewriteOptions": "Inherit"},
        httpd=load + DIRECTIVES.format(folder=data) + SECURITY.format(folder=data, setup=CRS_SETUP, crs=CRS),
        environment={"NAVAJO_PAINT_STACKS": "1"})


@pytest.fixture(autouse=True)
def modules_may_tell(server):
    server.expect_log(r"ModSecurity|\[security2:|AH0\d+", required=False)


def test_mod_deflate_compresses_a_proxied_response(server):
    response = get(server.port, "/html", {"Accept-Encoding": "gzip"})
    assert response.header("Content-Encoding") == "gzip"
    assert gzip.decompress(response.body).startswith(b"<html>")
    assert len(response.body) < 1000


def test_mod_deflate_leaves_alone_who_did_not_ask(server):
    response = get(server.port, "/html")
    assert response.header("Content-Encoding") is None
    assert response.body.startswith(b"<html>")


def test_mod_deflate_inflates_a_request_body(server, backend):
    body = gzip.compress(b"inflated " * 1000)
    with Client(server.port) as client:
        response = client.request("POST", "/echo/deflate-in", {"Content-Encoding": "gzip"}, body)
    assert response.status == 200
    assert backend.seen("/echo/deflate-in")[0].body == b"inflated " * 1000


def test_mod_headers_changes_requests_and_responses(server, backend):
    response = get(server.port, "/ok/edited")
    assert response.header("X-Added") == "by mod_headers"
    assert response.header("Content-Type") == "text/wonderful"
    assert backend.seen("/ok/edited")[0].header("X-From-Headers") == "set by mod_headers"


def test_mod_headers_always_reaches_error_responses(server):
    assert get(server.port, "/protected").header("X-Added") == "by mod_headers"


def test_mod_rewrite_passes_redirects_and_refuses(server, backend):
    assert get(server.port, "/ok/old/page?x=1").status == 200
    assert backend.seen("/echo/new/page")[0].target == "/echo/new/page?x=1"
    moved = get(server.port, "/ok/moved")
    assert (moved.status, moved.header("Location").endswith("/elsewhere")) == (301, True)


def test_mod_rewrite_look_ahead_makes_a_subrequest(server):
    assert get(server.port, "/echo/looked").status == 200


def test_error_document_is_an_internal_redirect_to_a_servlet(server):
    response = get(server.port, "/ok/gone")
    assert (response.status, response.body) == (410, b"gone, says the error document")


def test_error_document_text(server):
    response = get(server.port, "/protected")
    assert (response.status, response.body) == (401, b"please say who you are")


def test_mod_auth_basic_guards_a_proxied_location(server, backend):
    def as_user(text):
        return {"Authorization": "Basic " + base64.b64encode(text.encode()).decode()}
    assert get(server.port, "/protected/x").status == 401
    assert get(server.port, "/protected/x", as_user("alice:wrong")).status == 401
    assert not backend.seen("/protected")
    assert get(server.port, "/protected/x", as_user("alice:open sesame")).status == 200
    assert backend.seen("/protected/x")


def test_mod_remoteip_decides_the_client_address(server, backend):
    get(server.port, "/echo/remote", {"X-Client-Address": "203.0.113.9"})
    assert backend.seen("/echo/remote")[0].all("X-Forwarded-For") == ["203.0.113.9"]
    assert any(line.startswith("203.0.113.9 ") for line in server.access_lines("/echo/remote"))


def test_mod_status_reports_from_a_fiber(server):
    page = get(server.port, "/httpd-status?auto")
    assert page.status == 200
    numbers = dict(line.split(": ", 1) for line in page.body.decode().splitlines() if ": " in line)
    assert "Scoreboard" in numbers
    assert numbers["ServerMPM"] == "event"
    # The request that asks is itself in work.
    assert "W" in numbers["Scoreboard"], numbers["Scoreboard"]


def test_server_side_includes_make_subrequests(server):
    """One to a file servlet and one to a backend, both on the fiber of the page."""
    response = get(server.port, "/files/page.shtml")
    assert response.status == 200
    assert b"[the part]" in response.body
    assert b"[0000000 ]" in response.body, response.body
    assert response.body.endswith(b"after")


def test_crs_blocks_an_attack(server, backend):
    attack = get(server.port, "/waf/ok?q=1%27%20UNION%20SELECT%20password%20FROM%20users--%20")
    assert attack.status == 403
    assert not backend.seen("/waf")


def test_crs_blocks_an_attack_in_a_body(server, backend):
    with Client(server.port) as client:
        response = client.request("POST", "/waf/echo", {"Content-Type": "application/x-www-form-urlencoded"},
                                  b"name=<script>alert(document.cookie)</script>")
    assert response.status == 403
    assert not backend.seen("/waf/echo")


def test_crs_passes_normal_requests(server, backend):
    assert get(server.port, "/waf/ok?q=hello+world").status == 200
    with Client(server.port) as client:
        form = client.request("POST", "/waf/echo/form", {"Content-Type": "application/x-www-form-urlencoded"},
                              b"name=alice&city=bern")
        assert form.status == 200
        json = client.request("POST", "/waf/echo/json", {"Content-Type": "application/json"}, b'{"a": [1, 2, 3]}')
        assert json.status == 200
    assert backend.seen("/waf/echo/form")[0].body == b"name=alice&city=bern"
    assert backend.seen("/waf/echo/json")[0].body == b'{"a": [1, 2, 3]}'


def test_crs_reads_a_large_multipart_body_on_the_fiber(server, backend):
    """The deepest stack that was measured: 300 parts. CRS computes for some 100 ms, elsewhere for longer."""
    server.expect_log(r"NVJ1001 .* in mod_security2", required=False)
    parts = b"".join(b'--xyz\r\nContent-Disposition: form-data; name="f%d"\r\n\r\nvalue %d\r\n' % (number, number)
                     for number in range(300)) + b"--xyz--\r\n"
    with Client(server.port) as client:
        response = client.request("POST", "/waf/echo/parts", {"Content-Type": "multipart/form-data; boundary=xyz"},
                                  parts)
        assert response.status in (200, 403)
    if response.status == 200:
        assert backend.seen("/waf/echo/parts")[0].body == parts


def test_many_clients_through_all_modules_at_once(server):
    clients = [Client(server.port) for _ in range(50)]
    for number, client in enumerate(clients):
        client.send(request_bytes("GET", f"/waf/slow?delay=0.3&n={number}", {"Accept-Encoding": "gzip"}))
    for client in clients:
        assert client.read().status == 200
        client.close()


def test_the_deepest_painted_stack_stays_below_half_of_it(server):
    """After everything above (CRS, SSI, deflate, error documents). The default is 128 KB."""
    get(server.port, "/ok")
    deepest = wait_until(lambda: server.number("stack_deepest_bytes"), 5, "a measured stack")
    assert 4_096 < deepest < 65_536, deepest
