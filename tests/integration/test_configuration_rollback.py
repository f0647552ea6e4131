"""A configuration that has no fault and whose children die all the same: the server goes back to the one before."""
import os
import signal

import pytest

from harness import paths
from harness.client import get
from harness.site import proxy
from harness.waiting import wait_until


@pytest.fixture
def server(make_server, backend):
    # What loads the module is no text of the configuration, and so the same before and after.
    server = make_server([proxy(backend.port)], httpd=f"LoadModule fault_module {paths.fault_module()}\n",
                         connector={"RewriteEngine": "on", "RewriteRule": "^/old$ /ok/rewritten [PT]"})
    yield server
    server.stop()


def make_it_crash(server, backend):
    """New children die at once. It also needs a module less than the configuration before."""
    server.site.server["FaultCrashAtStart"] = "on"
    server.site.connectors[0].attributes = {}
    server.site.hosts[0].contexts[0].components = [proxy(backend.port, at=("/new/*",))]
    server.write()


def repair(server):
    del server.site.server["FaultCrashAtStart"]
    server.write()


def serves_as_before(server):
    return get(server.port, "/ok").status == 200 and get(server.port, "/old").status == 200


def test_a_reload_says_when_the_new_configuration_serves(server, backend):
    server.site.hosts[0].contexts[0].components = [proxy(backend.port, at=("/ok/*",))]
    server.write()
    result = server.navajo("reload")
    assert result.returncode == 0, result.stderr
    assert "serves " in result.stdout
    wait_until(lambda: get(server.port, "/elsewhere").status == 404, 5, "the new mapping")
    assert "takes over" in server.navajo("reload", "--no-wait").stdout


def test_a_reload_whose_children_die_is_rolled_back_and_says_so(server, backend):
    make_it_crash(server, backend)
    server.expect_deaths()
    server.expect_log("NVJ2203 children of the new configuration die")
    result = server.navajo("reload")
    assert result.returncode == 1, result.stdout
    assert "rolled back" in result.stderr and "NVJ2203" in result.stderr
    wait_until(lambda: serves_as_before(server), 5, "the configuration of before")
    assert server.status()["server"]["configuration_state"] == "rolled_back"
    assert "were not taken over" in server.navajo("status").stdout
    assert get(server.port, "/new/x").status == 200  # the old one maps everything
    # What was repaired is taken over by the next reload.
    repair(server)
    result = server.navajo("reload")
    assert result.returncode == 0, result.stderr
    assert server.status()["server"]["configuration_state"] == "taken"
    wait_until(lambda: get(server.port, "/old").status == 404, 5, "the repaired configuration")


def test_a_raw_signal_is_rolled_back_as_well(server, backend):
    make_it_crash(server, backend)
    server.expect_deaths()
    server.expect_log("NVJ2203")
    os.kill(server.parent, signal.SIGUSR1)
    server.wait_for_log("NVJ2203", 20)
    wait_until(lambda: server.status()["server"]["configuration_state"] == "rolled_back", 10, "the old configuration")
    wait_until(lambda: serves_as_before(server), 5, "the configuration of before")
