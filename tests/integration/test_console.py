"""The web console in a real Chromium: every page, light and dark, by keyboard, judged by axe-core."""
import hashlib
import json
import os
import pathlib
import re
import threading

import pytest

from harness.chromium import drive, install_tools
from harness.client import get
from harness.console import TOKENS, Api, admin_site
from harness.edge import routing, routing_db
from harness.ports import free_port
from harness.site import Component, proxy
from harness.waiting import wait_until
from harness.websocket import WebSocket

HERE = pathlib.Path(__file__).parent
CONSOLE = HERE.parent.parent / "conf" / "console"
RULES = """<?xml version="1.0" encoding="UTF-8"?>
<rules>
  <set name="access">
    <rule id="secret-door" when='path("/private/**")'><block status="403"/></rule>
    <rule id="try-out" shadow="true" when='path("/shadow/**")'><block status="403"/></rule>
    <rule id="daily" when='path("/credit/**")'><credit key="client" amount="20" period="daily"/></rule>
  </set>
</rules>
"""
STORE = Component("servlet", "Sessions", "LocalSessionStoreServlet", ("/store",),
                  {"MemorySize": "8M", "MaxLifetime": 86400, "MaxInactiveInterval": 600})


@pytest.fixture(scope="module")
def tools(work_folder):
    return install_tools(work_folder)


@pytest.fixture(scope="module")
def server(make_server, backend, module_folder):
    folder = module_folder / "site"
    folder.mkdir(exist_ok=True)
    folder.chmod(0o777)
    (folder / "rules.xml").write_text(RULES)
    routing_db(folder / "routing.db", {"id": "one", "port": 9}, {"id": "two", "port": 10, "country": "CH"})
    dead = free_port()
    inside = (f'    <RequestHistory slow="200ms" sampleInterval="100ms"/>\n'
              f'    <Rules name="rules" file="{folder / "rules.xml"}" apply="all"/>\n'
              + routing(database=folder / "routing.db", poll="100ms"))
    components = [proxy(backend.port, Upgrade="websocket"), proxy(dead, name="Dead", at=("/dead/*",)), STORE]
    site, _ = admin_site(folder, components, inside, CONSOLE, FailuresPerMinute=100)
    made = make_server(site=site)
    made.expect_log("NVJ1201|NVJ1210|NVJ1906|NVJ2001|NVJ1901|NVJ2151|NVJ2152|NVJ235[013]", required=False)
    for _ in range(5):
        for path in ("/ok/a", "/private/x?q=1", "/dead/x", "/shadow/y", "/credit/z"):
            get(made.port, path)
    get(made.port, "/slow/report?delay=0.3&user=anna")
    api = Api(site.connectors[1].port)
    wait_until(lambda: len(api.get("/requests?kind=failed").get("request", [])) >= 5, 5, "the failed requests")
    return made


def drive_console(tools, server, shots=""):
    return drive("drive.mjs", tools, URL=f"http://127.0.0.1:{server.site.connectors[1].port}/",
                 TOKENS=json.dumps(TOKENS), SHOTS=shots)


def test_every_page_in_a_real_browser(tools, server):
    busy = threading.Event()

    def load():
        while not busy.is_set():
            get(server.port, "/ok/load")
            get(server.port, "/slow/live?delay=0.05")
    loader = threading.Thread(target=load)
    loader.start()
    chat = WebSocket(server.port, "/plain/ws")
    assert chat.opened
    try:
        found = drive_console(tools, server, os.environ.get("NAVAJO_CONSOLE_SHOTS", ""))
    finally:
        busy.set()
        loader.join()
        chat.close()
    assert found["complaints"] == []
    assert found["violations"] == []
    pages = ["overview", "hosts", "live", "requests", "sessions", "rules", "limits", "certificates", "tunnels", "why"]
    assert {f"{scheme} {page}" for scheme in ("light", "dark") for page in pages} <= set(found["visited"])
    told = found["told"]
    assert "connect refused" in told["verdict"] and "connect refused" in told["tries"]
    assert "secret-door" in told["blocked"]
    assert told["skip"] == "Skip to content" and told["afterSkip"] == "main"
    assert told["slash"] == "search" and told["theme"] == "light dark"
    assert "one" in told["drained"] and "at work" in told["reloaded"]
    assert "1 of Dead in service" in told["undrained"] and "ends within a second" in told["ended"]
    assert "wrong" in told["wrong"].lower() or "none of" in told["wrong"]
    assert told["left"] == 0 and told["wide"] <= 0


def test_vendored_libraries_are_what_their_readme_says():
    rows = re.findall(r"^\| (\S+) \|.*\| `([0-9a-f]{64})` \|$", (CONSOLE / "vendor" / "README.md").read_text(), re.M)
    assert len(rows) == 3
    for name, wanted in rows:
        assert hashlib.sha256((CONSOLE / "vendor" / name).read_bytes()).hexdigest() == wanted, name


def test_nothing_of_the_console_is_inline_or_elsewhere():
    page = (CONSOLE / "index.html").read_text()
    assert not re.search(r"<script(?![^>]*src=)|<style|\son\w+=|style=|https?:", page)
    for path in (CONSOLE / "app").rglob("*.js"):
        assert not re.search(r"https?://|innerHTML|dangerouslySetInnerHTML|\beval\(", path.read_text()), path
