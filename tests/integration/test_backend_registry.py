"""BackendRegistryServlet: backends enter themselves into a Routing's database, live by heartbeats, and leave."""
import json
import sqlite3
import time

import pytest

from harness.client import Client
from harness.edge import routing, routing_db
from harness.navajo import run_navajo
from harness.ports import free_port
from harness.site import Component, Connector, Context, Host, Site
from harness.waiting import wait_until

TOKEN = "an-integration-test-token"
GOOD = {"id": "eu-1", "app": "shop", "region": "eu", "country": "DE", "ip": "127.0.0.2", "port": 8080}


def registry(**params):
    return Component("servlet", "Registry", "BackendRegistryServlet", ("/*",),
                     {"TokenFile": "tokens.txt", "AllowedAddresses": "127.0.0.0/8", "HeartbeatTTL": 3, **params})


@pytest.fixture(scope="module")
def folder(module_folder):
    out = module_folder / "registry"
    (out / "www" / "WEB-INF").mkdir(parents=True)
    out.chmod(0o777)  # SQLite makes files beside the database, as the children's user
    (out / "www" / "WEB-INF" / "tokens.txt").write_text(f"# for tests\n{TOKEN}\n")
    return out


def site_of(folder, database, **params):
    return Site([Connector(free_port())], [Host("localhost", [Context(str(folder / "www"), [registry(**params)])])],
                inside=routing(database=str(database)))


@pytest.fixture(scope="module")
def server(make_server, folder):
    return make_server(site=site_of(folder, routing_db(folder / "routing.db", {"id": "static", "port": 80})))


def ask(server, method, path, body=None, token=TOKEN, content_type="application/json"):
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    data = b""
    if body is not None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers["Content-Type"] = content_type
    if method == "POST":
        headers["Content-Length"] = str(len(data))
    with Client(server.port) as client:
        response = client.request(method, path, headers, data)
    return response.status, json.loads(response.body) if response.body else None


def rows(folder):
    with sqlite3.connect(folder / "routing.db") as database:
        return {row[0]: row[1:] for row in database.execute("SELECT id, app, wg_ip, port, expires FROM backends")}


def ids(server):
    return [one["id"] for one in ask(server, "GET", "/api/v1/backends")[1]["backends"]]


def test_who_registers_has_a_row_in_the_database(server, folder):
    status, answer = ask(server, "POST", "/api/v1/register", GOOD)
    assert (status, answer["id"], answer["registered"], answer["heartbeat_ttl_secs"]) == (201, "eu-1", True, 3)
    app, address, port, expires = rows(folder)["eu-1"]
    assert (app, address, port) == ("shop", "127.0.0.2", 8080)
    assert abs(expires - time.time() - 3) <= 2
    status, answer = ask(server, "GET", "/api/v1/backends/eu-1")
    assert status == 200 and (answer["weight"], answer["soft_limit"], answer["hard_limit"]) == (2, 100, 150)
    assert ask(server, "DELETE", "/api/v1/backends/eu-1")[0] == 200
    assert "eu-1" not in rows(folder)
    assert ask(server, "DELETE", "/api/v1/backends/eu-1")[0] == 404


def test_heartbeats_keep_it_and_without_them_it_is_gone(server, folder):
    assert ask(server, "POST", "/api/v1/register", GOOD)[0] == 201
    first = rows(folder)["eu-1"][3]
    wait_until(lambda: time.time() > first - 1.5)
    assert ask(server, "POST", "/api/v1/heartbeat/eu-1") == (200, {"id": "eu-1", "status": "ok"})
    assert rows(folder)["eu-1"][3] > first
    assert ids(server) == ["eu-1"]
    wait_until(lambda: ids(server) == [], 10)
    assert ask(server, "POST", "/api/v1/heartbeat/eu-1")[0] == 404
    server.wait_for_log("NVJ2015")
    # The next registration takes away what is over.
    assert ask(server, "POST", "/api/v1/register", {**GOOD, "id": "eu-2"})[0] == 201
    assert set(rows(folder)) == {"static", "eu-2"}
    assert ask(server, "DELETE", "/api/v1/backends/eu-2")[0] == 200


@pytest.mark.parametrize("token", [None, "", TOKEN + "x", TOKEN[:-1], "another-token-altogether"])
def test_a_wrong_token_is_401(server, folder, token):
    server.expect_log("NVJ2014")
    for method, path, body in (("POST", "/api/v1/register", GOOD), ("POST", "/api/v1/heartbeat/static", None),
                               ("GET", "/api/v1/backends", None), ("DELETE", "/api/v1/backends/static", None)):
        assert ask(server, method, path, body, token)[0] == 401
    assert set(rows(folder)) == {"static"}
    assert ask(server, "GET", "/health", token=token)[0] == 200


@pytest.mark.parametrize("change, status, field", [
    ({"port": 0}, 400, "port"), ({"port": "80"}, 400, "port"), ({"port": None}, 400, "port"),
    ({"id": "a b"}, 400, "id"), ({"ip": "10.0.0.300"}, 400, "ip"), ({"ip": "localhost"}, 400, "ip"),
    ({"hard_limit": 1}, 400, "hard_limit"), ({"expires": 99}, 400, "expires"), ({"check": "off"}, 400, "check"),
    ({"region": {"a": 1}}, 400, "region"), ({"ip": "10.0.0.1"}, 403, "ip"), ({"id": "static"}, 409, "id")])
def test_bad_input_is_refused_with_its_field(server, folder, change, status, field):
    server.expect_log("NVJ2014")
    got, answer = ask(server, "POST", "/api/v1/register", {**GOOD, **change})
    assert (got, answer["field"]) == (status, field)
    assert field in answer["error"]
    assert set(rows(folder)) == {"static"}


def test_what_is_no_json_is_refused(server):
    server.expect_log("NVJ2014")
    assert ask(server, "POST", "/api/v1/register", b"{")[0] == 400
    assert ask(server, "POST", "/api/v1/register", b"[]")[0] == 400
    assert ask(server, "POST", "/api/v1/register", GOOD, content_type="text/plain")[0] == 415
    assert ask(server, "POST", "/api/v1/register", b" " * 17000)[0] == 413


def test_no_more_register_than_may(make_server, folder):
    server = make_server(site=site_of(folder, routing_db(folder / "few.db"), MaxBackends=1, HeartbeatTTL=60))
    server.expect_log("NVJ2014")
    assert ask(server, "POST", "/api/v1/register", GOOD)[0] == 201
    assert ask(server, "POST", "/api/v1/register", GOOD)[0] == 201
    assert ask(server, "POST", "/api/v1/register", {**GOOD, "id": "eu-2"})[0] == 503


def test_a_database_the_children_cannot_write_is_told_at_check_time(make_server, folder, module_folder):
    closed = module_folder / "closed"
    closed.mkdir()
    database = routing_db(closed / "routing.db")
    database.chmod(0o444)
    server = make_server(site=site_of(folder, database), start=False)
    result = server.navajo("check")
    assert result.returncode == 1
    assert "cannot be written by" in result.stderr


def test_navajo_backends_shows_and_changes_what_the_server_uses(server, folder):
    config = ("--config", server.config)
    assert run_navajo("backends", "add", "cli", "ip=127.0.0.9", "port=81", *config).returncode == 0
    listed = run_navajo("backends", "list", "--json", *config)
    lines = [json.loads(line) for line in listed.stdout.splitlines()]
    assert [line.get("id") for line in lines] == ["cli", "static", None]
    assert lines[-1] == {"type": "end", "backends": 2}
    server.wait_for_log("NVJ2001")
    # Of a running server also what it knows of them.
    live = server.navajo("backends", "list", "static")
    assert live.returncode == 0 and "IN-FLIGHT" in live.stdout and "HEALTH" in live.stdout, live.stdout
    assert run_navajo("backends", "remove", "cli", *config).returncode == 0


def test_a_broken_table_changes_nothing_and_is_told(server, folder):
    server.expect_log("NVJ2000")
    with sqlite3.connect(folder / "routing.db") as database:
        database.execute("UPDATE backends SET port = 0")
    database.close()
    server.wait_for_log("NVJ2000 routing edge: what was at work stays")
    with sqlite3.connect(folder / "routing.db") as database:
        database.execute("UPDATE backends SET port = 80")
    database.close()
