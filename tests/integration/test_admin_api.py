"""The admin API of a real server: who is let in, what it tells, what it changes, and what the log keeps of it."""
import json
import re
import threading

import pytest

from harness.client import Client, get
from harness.console import TOKENS, Api, admin_site
from harness.edge import routing, routing_db
from harness.navajo import run_navajo
from harness.ports import free_port
from harness.site import Component, proxy
from harness.waiting import wait_until

RULES = """<?xml version="1.0" encoding="UTF-8"?>
<rules>
  <set name="access">
    <rule id="secret-door" when='path("/private/**")'><block status="403"/></rule>
    <rule id="try-out" shadow="true" when='path("/shadow/**")'><block status="403"/></rule>
  </set>
</rules>
"""
STORE = Component("servlet", "Sessions", "LocalSessionStoreServlet", ("/store",),
                  {"MemorySize": "8M", "MaxLifetime": 86400, "MaxInactiveInterval": 600})


@pytest.fixture(scope="module")
def folder(module_folder):
    made = module_folder / "site"
    made.mkdir(exist_ok=True)
    (made / "rules.xml").write_text(RULES)
    routing_db(made / "routing.db", {"id": "one", "port": 9})
    made.chmod(0o777)
    return made


@pytest.fixture(scope="module")
def dead_port():
    return free_port()


@pytest.fixture(scope="module")
def server(make_server, backend, folder, dead_port):
    inside = (f'    <RequestHistory slow="300ms" sampleInterval="100ms"/>\n'
              f'    <Rules name="rules" file="{folder / "rules.xml"}" apply="all"/>\n'
              + routing(database=folder / "routing.db", poll="100ms"))
    components = [proxy(backend.port), proxy(dead_port, backend.port, name="Failing", at=("/failing/*",)),
                  proxy(dead_port, name="Dead", at=("/dead/*",)), STORE]
    site, _ = admin_site(folder, components, inside, FailuresPerMinute=5)
    return make_server(site=site)


@pytest.fixture
def port(server):
    return server.site.connectors[1].port


@pytest.fixture
def admin(port):
    return Api(port, "admin")


def request_id(server, path):
    return re.search(r"id=(\w+)", server.access_lines(path)[-1])[1]


def remembered(api, path, kind):
    """The newest remembered request of that path, which comes when it has been logged."""
    return wait_until(lambda: [row for row in api.get(f"/requests?kind={kind}").get("request", [])
                               if row["path"].split("?")[0] == path], 5, f"{path} to be remembered as {kind}")[0]


# ---------------------------------------------------------------- who is let in

def test_api_describes_itself(admin):
    told = admin.get("")
    assert told["version"] == 1
    assert {"/api/v1/overview", "/api/v1/requests/{id}"} <= {one["path"] for one in told["endpoints"]}


def test_token_is_needed_and_a_wrong_one_is_logged(server, port):
    server.expect_log("NVJ2152 .*401: wrong_token")
    assert Api(port, token="").call("GET", "/overview")[0] == 401
    assert Api(port, token="nonsense").call("GET", "/overview")[0] == 401
    assert "nonsense" not in server.error_log.read_text()


def test_roles_are_told_apart(server, port):
    server.expect_log("NVJ2152 .*role_too_low")
    viewer, operator, admin = (Api(port, role) for role in ("viewer", "operator", "admin"))
    assert viewer.get("/whoami")["role"] == "viewer"
    assert viewer.call("GET", "/sessions")[0] == 403
    assert operator.call("GET", "/sessions")[0] == 200
    assert operator.post("/sessions/end", {"all": True})[0] == 403
    assert admin.post("/sessions/end", {"user": "nobody-of-that-name"}) == (200, {"end": {"ended": 0}})


def test_changes_come_as_json_by_post_and_from_nowhere_else(server, admin):
    server.expect_log("NVJ2152 .*(not_json|other_origin)")
    assert admin.call("POST", "/rules/reload", {}, {"Content-Type": "text/plain"})[0] == 415
    assert admin.call("GET", "/rules/reload")[0] == 405
    for fields in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert admin.call("POST", "/rules/reload", {}, fields)[0] == 403


def test_name_that_leads_here_by_rebinding_is_refused(server, admin, port):
    server.expect_log("NVJ2152 .*host_not_allowed", required=False)
    # No Host of that name: the Engine's default answers, which is the site and not the console.
    with Client(port) as client:
        assert b"Navajo" not in client.get("/api/v1/whoami", {"Authorization": f"Bearer {TOKENS['admin']}"},
                                           host="evil.example").body


def test_public_listener_does_not_lead_to_the_console(server):
    server.expect_log("NVJ2152 .*port_not_allowed")
    answer = get(server.port, "/api/v1/whoami", {"Authorization": f"Bearer {TOKENS['admin']}"}, host="admin")
    assert answer.status == 403


# ---------------------------------------------------------------- what it tells

def test_overview_counts_what_was_served(server, admin):
    before = admin.get("/overview")["total"]["counters"]["requests"]
    for _ in range(5):
        assert get(server.port, "/ok/count").status == 200
    wait_until(lambda: admin.get("/overview")["total"]["counters"]["requests"] >= before + 5, 5, "five requests")


def test_latencies_and_metrics_are_told(server, port, admin):
    assert get(server.port, "/ok/slowness").status == 200
    rows = admin.get("/overview")["traffic"]["http_request_duration"]
    assert sum(row["count"] for row in rows) > 0 and all(0 < row["p99"] for row in rows if row["count"])
    text = Api(port, "viewer").text("/metrics")
    assert "navajo_http_request_duration_seconds_bucket{" in text and text.endswith("# EOF\n")


def test_components_stores_limits_and_certificates_are_told(admin):
    names = json.dumps(admin.get("/components"))
    assert '"host admin"' in names and '"name":' in names
    assert admin.get("/stores")["store"][0]["name"] == "Sessions"
    assert admin.get("/limits")["credit"] == []
    assert admin.get("/certificates")["certificate"] == []


def test_blocked_request_tells_its_rule(server, admin):
    assert get(server.port, "/private/x?token=hidden&q=1").status == 403
    row = remembered(admin, "/private/x", "blocked")
    assert row["cause"] == "rule_blocked" and row["path"] == "/private/x?token=*&q=*"
    why = admin.get(f"/requests/{row['id']}")
    assert why["rule"] == [{"id": "secret-door", "did": "refused"}]
    assert [one["name"] for one in why["element"]] == ["Rules rules"]
    assert why["request"][0]["client"] == "127.0.0.1"
    server.access_lines("/private/x")


def test_slow_request_tells_where_the_time_went(server, admin, backend):
    assert get(server.port, "/slow/one?delay=0.4").status == 200
    row = remembered(admin, "/slow/one", "slow")
    assert row["total_us"] > 300_000
    why = admin.get(f"/requests/{row['id']}")
    servlet = why["element"][-1]
    assert servlet["kind"] == "servlet" and servlet["name"] == "Backend"
    assert 300_000 < servlet["down_us"] <= row["total_us"]
    assert why["request"][0]["backend"] == f"127.0.0.1:{backend.port}"
    assert why["request"][0]["first_byte_ms"] >= 300


def test_failed_request_tells_which_backends_were_tried(server, admin, backend, dead_port):
    server.expect_log("NVJ1201|NVJ1210", required=False)
    assert get(server.port, "/dead/x").status == 502
    why = admin.get(f"/requests/{remembered(admin, '/dead/x', 'failed')['id']}")
    assert why["try"] == [{"backend": f"127.0.0.1:{dead_port}", "outcome": "connect_refused"}]
    assert why["request"][0]["cause"] == "connect_refused"


def test_some_others_are_remembered_and_shadow_rules_are_named(server, admin):
    def sampled():
        get(server.port, "/shadow/ok")
        return [row for row in admin.get("/requests?kind=sampled").get("request", []) if row["path"] == "/shadow/ok"]
    server.expect_log("NVJ1906", required=False)
    row = wait_until(sampled, 10, "a sampled request")[0]
    assert admin.get(f"/requests/{row['id']}")["rule"] == [{"id": "try-out", "did": "shadow"}]


def test_viewer_sees_nobody(server, port):
    get(server.port, "/private/nobody")
    viewer = Api(port, "viewer")
    row = remembered(viewer, "/private/nobody", "blocked")
    assert "client" not in row and "client" not in viewer.get(f"/requests/{row['id']}")["request"][0]


def test_live_request_is_seen_while_it_is_at_work(server, admin):
    def live():
        return [row for row in admin.get("/requests/live")["live"] if row["path"].startswith("/slow/two")]
    threading.Thread(target=get, args=(server.port, "/slow/two?delay=0.7")).start()
    row = wait_until(live, 5, "the request at work")[0]
    assert row["in"] == "Backend" and row["client"] == "127.0.0.1"
    wait_until(lambda: not live(), 5, "its end")


def test_what_was_remembered_outlives_a_child_and_a_graceful_restart(server, admin):
    get(server.port, "/private/kept")
    kept = remembered(admin, "/private/kept", "blocked")["id"]
    server.expect_log("AH00051|AH00052|exit signal Killed|signal Killed", required=False)
    server.kill_child(server.children()[0])
    server.graceful_restart()
    assert admin.get(f"/requests/{kept}")["request"][0]["path"] == "/private/kept"


# ---------------------------------------------------------------- what it changes

def test_backend_is_drained_and_enabled(server, admin, folder):
    def draining():
        return [row["draining"] for row in admin.get("/routings")["backend"]]
    server.expect_log("NVJ2151 .*by admin the-admin from 127.0.0.1: POST /routings/edge/backends/one/drain")
    server.expect_log("NVJ2001|NVJ2151", required=False)
    assert draining() == [False]
    assert admin.post("/routings/edge/backends/one/drain") == (200, {"backend": "one", "draining": True})
    wait_until(lambda: draining() == [True], 5, "the drained backend")
    assert admin.post("/routings/edge/backends/one/enable")[0] == 200
    wait_until(lambda: draining() == [False], 5, "the enabled backend")
    assert admin.post("/routings/edge/backends/two/drain")[0] == 404
    assert admin.post("/routings/other/backends/one/drain")[0] == 404


def test_rules_are_reloaded_and_faults_are_named(server, admin, folder):
    server.expect_log("NVJ2151 .*POST /rules/reload")
    server.expect_log("NVJ1900|NVJ1901|NVJ2151", required=False)
    status, told = admin.post("/rules/reload", {"rules": "rules"})
    assert status == 200 and told["reloaded"][0]["name"] == "rules"
    (folder / "rules.xml").write_text(RULES.replace("<block status", "<blok status", 1))
    status, told = admin.post("/rules/reload")
    assert status == 409 and "blok" in json.dumps(told["fault"])
    (folder / "rules.xml").write_text(RULES)
    assert admin.post("/rules/reload")[0] == 200


# ---------------------------------------------------------------- the command line

def test_requests_and_why_on_the_command_line(server, admin):
    get(server.port, "/private/cli")
    row = remembered(admin, "/private/cli", "blocked")
    listed = server.navajo("requests", "--blocked")
    assert listed.returncode == 0 and "localhost/private/cli" in listed.stdout and row["id"] in listed.stdout
    told = server.navajo("why", row["id"][:12])
    assert told.returncode == 0, told.stderr
    for text in ("403 after", "rule secret-door: refused", "Rules rules", "rule_blocked"):
        assert text in told.stdout
    lines = [json.loads(line) for line in server.navajo("why", "--json", row["id"]).stdout.splitlines()]
    assert lines[0]["id"] == row["id"] and lines[-1]["type"] == "end"
    assert server.navajo("why", "0123456789abcdef").returncode == 1
    assert server.navajo("why", "short").returncode == 2
    assert server.navajo("requests", "--slow", "--failed").returncode == 2


def test_token_of_the_command_line_is_let_in(server, port, folder):
    tokens = folder / "admin" / "WEB-INF" / "tokens.txt"
    before = tokens.read_text()
    server.expect_log("NVJ2155|NVJ2152", required=False)
    made = run_navajo("admin-token", "--role", "operator", "--file", tokens, "anna")
    assert made.returncode == 0, made.stderr
    token = made.stdout.strip()
    assert token not in tokens.read_text()
    # The file is looked at once in a while; each try before counts as a wrong token, and five are too many.
    wait_until(lambda: Api(port, token=token).call("GET", "/whoami")[1].get("name") == "anna", 10, "the new token", 1.5)
    tokens.write_text(before)


# ---------------------------------------------------------------- last: this address is known for wrong tokens then

def test_guessing_is_stopped(server, port):
    server.expect_log("NVJ2152 .*429: too_many_failures")
    server.expect_log("NVJ2152", required=False)
    statuses = [Api(port, token=f"guess-{number}").call("GET", "/whoami")[0] for number in range(10)]
    assert statuses[-1] == 429 and statuses.count(401) <= 5
    assert Api(port, "admin").call("GET", "/whoami")[0] == 429
