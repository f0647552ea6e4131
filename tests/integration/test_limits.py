"""`navajo limit show` and `navajo limit clear`: who is refused is named, and let through again, in all children."""
import json
import re

import pytest

from harness.client import get
from harness.console import Api, admin_site
from harness.site import files

RULES = """<rules>
  <set name="limits" match="all">
    <rule id="per-client" when='path("/rate")'><rate limit="5/h" key="client"/></rule>
    <rule id="per-key" when='path("/key")'><rate limit="2/h" key="client+header(X-Key)"/></rule>
    <rule id="daily" when='path("/credit")'><credit amount="2" period="daily" at="00:00" key="host"/></rule>
  </set>
</rules>
"""


@pytest.fixture(scope="module")
def server(make_server, module_folder):
    folder = module_folder / "limited"
    www = folder / "www"
    www.mkdir(parents=True)
    for name in ("rate", "key", "credit"):
        (www / name).write_text("ok\n")
    (folder / "rules.xml").write_text(RULES)
    folder.chmod(0o755)
    site, _ = admin_site(folder, [files()], f'<Rules file="{folder}/rules.xml" apply="all"/>'
                                            f'<Limits creditsFile="{module_folder}/credits"/>')
    site.server.update({"StartServers": 2, "ThreadsPerChild": 8})
    return make_server(site=site)


def show(server, *options):
    result = server.navajo("limit", "show", "--json", *options)
    assert result.returncode == 0, result.stdout + result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def statuses(server, path, times, headers=None):
    return [get(server.port, path, headers).status for _ in range(times)]


def test_a_limited_client_is_named_and_let_through_again(server):
    assert statuses(server, "/rate", 7) == [200] * 5 + [429] * 2
    lines = show(server, "--rule", "per-client")
    counters = next(line for line in lines if line["type"] == "counters")
    assert counters["rate_refused"] == 2 and counters["decisions"] >= 7
    rate, = [line for line in lines if line["type"] == "rate"]
    assert (rate["rule"], rate["of"], rate["used"], rate["limit"], rate["percent"]) == (
        "per-client", "127.0.0.1", 5, 5, 100)
    table = server.navajo("limit", "show").stdout
    assert re.search(rf"^{rate['key_id']} +per-client +127\.0\.0\.1 +5 +5 +100 +1h$", table, re.M), table

    result = server.navajo("limit", "clear", "--rule", "per-client", "--key", "127.0.0.1")
    assert (result.returncode, result.stdout) == (0, "1 key forgotten\n")
    assert statuses(server, "/rate", 6) == [200] * 5 + [429]
    assert server.log.lines(r"NVJ2300 limit clear rule=per-client, one key by process \d+ of user \d+: 1 keys")


def test_a_key_of_several_parts_and_all_keys_of_a_rule(server):
    for key in ("a", "b"):
        assert statuses(server, "/key", 3, {"X-Key": key}) == [200, 200, 429]
    result = server.navajo("limit", "clear", "--rule", "per-key", "--key", "127.0.0.1")
    assert result.returncode == 1 and "made of: rate client + header(" in result.stderr.lower()
    assert server.navajo("limit", "clear", "--rule", "per-key", "--key", "127.0.0.1 a").returncode == 0
    assert statuses(server, "/key", 1, {"X-Key": "a"}) == [200]
    assert statuses(server, "/key", 1, {"X-Key": "b"}) == [429]
    ids = {line["key_id"] for line in show(server, "--rule", "per-key") if line["type"] == "rate"}
    assert len(ids) == 2
    assert server.navajo("limit", "clear", "--rule", "per-key").stdout == "2 keys forgotten\n"
    assert statuses(server, "/key", 1, {"X-Key": "b"}) == [200]
    assert "X-Key" not in server.navajo("limit", "show").stdout


def test_a_credit_is_forgotten_also_over_a_restart(server):
    assert statuses(server, "/credit", 3) == [200, 200, 429]
    credit, = [line for line in show(server) if line["type"] == "credit"]
    assert (credit["rule"], credit["used"], credit["remaining"]) == ("daily", 2, 0)
    assert server.navajo("limit", "clear", "--key-id", credit["key_id"]).returncode == 0
    assert server.navajo("limit", "clear", "--key-id", credit["key_id"]).returncode == 1
    server.stop()
    server.parent = None
    server.start()
    assert statuses(server, "/credit", 1) == [200]


def test_all_is_forgotten_only_when_that_is_said(server):
    statuses(server, "/credit", 1)
    assert server.navajo("limit", "clear").returncode == 2
    assert server.navajo("limit", "clear", "--all", "--rule", "daily").returncode == 2
    assert server.navajo("limit", "clear", "--rule", "nobody").returncode == 1
    assert server.navajo("limit", "clear", "--all").returncode == 0
    assert statuses(server, "/credit", 3) == [200, 200, 429]


def test_the_admin_api_shows_and_forgets_by_role(server):
    assert server.navajo("limit", "clear", "--all").returncode in (0, 1)
    assert statuses(server, "/rate", 6) == [200] * 5 + [429]
    port = server.site.connectors[1].port
    seen = Api(port, "operator").get("/limits/keys?rule=per-client")
    assert [(one["of"], one["used"]) for one in seen["rate"]] == [("127.0.0.1", 5)] and seen["end"]["rates"] == 1
    assert Api(port, "viewer").get("/limits/keys")["rate"][0]["of"] == "(hidden)"
    server.expect_log("NVJ2152 .*role_too_low")
    assert Api(port, "viewer").post("/limits/clear", {"rule": "per-client"})[0] == 403
    assert Api(port, "operator").post("/limits/clear", {})[0] == 400
    assert Api(port, "operator").post("/limits/clear", {"rule": "nobody"})[0] == 404
    status, answer = Api(port, "operator").post("/limits/clear", {"rule": "per-client", "key": "127.0.0.1"})
    assert (status, answer) == (200, {"end": {"forgotten": 1}})
    assert statuses(server, "/rate", 1) == [200]
    assert server.log.lines(r"NVJ2300 limit clear rule=per-client, one key by operator the-operator")
