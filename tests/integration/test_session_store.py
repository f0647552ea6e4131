"""The session store's memory: made once, shared by all children, kept over restarts, gone when nobody names it."""
import os
import pathlib
import re

import pytest

from harness.client import get
from harness.site import Component, files, status
from harness.waiting import wait_until

STORE = Component("servlet", "Sessions", "LocalSessionStoreServlet", ("/store",),
                  {"MemorySize": "8M", "MaxLifetime": 86400, "MaxInactiveInterval": 600})
MARK = "memfd:navajo-sessions-Sessions"


def descriptors(pid):
    """Inodes of the store's memory that the process keeps open."""
    found = []
    for entry in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        try:
            if MARK in os.readlink(entry):
                found.append(entry.stat().st_ino)
        except OSError:
            continue
    return found


def mapped(pid):
    maps = pathlib.Path(f"/proc/{pid}/maps").read_text()
    return {int(line.split()[4]) for line in maps.splitlines() if MARK in line}


@pytest.fixture
def server(make_server):
    instance = make_server([STORE, status(), files()])
    yield instance
    instance.stop()


def rows(server):
    """What the store says of itself on the status page."""
    text = get(server.port, "/navajo-status?format=text").body.decode()
    assert "memory_size_bytes" in text, text
    return text


def test_store_is_no_page(server):
    assert get(server.port, "/store").status == 404


def test_status_shows_state_and_memory(server):
    text = rows(server)
    assert re.search(r"state\W+normal", text), text
    assert re.search(r"memory_size_bytes\W+8388608", text), text


def test_memory_is_one_and_is_kept_over_graceful_restarts(server):
    before = descriptors(server.parent)
    assert len(before) == 1
    for _ in range(3):
        server.graceful_restart()
        assert descriptors(server.parent) == before
    wait_until(lambda: all(mapped(child) == set(before) for child in server.children()), 10,
               "every child to see the same memory")


def test_store_that_is_named_no_more_gives_its_memory_back(server):
    server.site.hosts[0].contexts[0].components.remove(STORE)
    server.write()
    server.graceful_restart()
    wait_until(lambda: not descriptors(server.parent), 5, "the parent to close the memory")


def test_smaller_store_keeps_its_size_until_the_server_is_stopped(server):
    smaller = Component("servlet", "Sessions", "LocalSessionStoreServlet", ("/store",),
                        {**STORE.params, "MemorySize": "4M"})
    components = server.site.hosts[0].contexts[0].components
    components[components.index(STORE)] = smaller
    server.write()
    server.expect_log("NVJ1608")
    server.graceful_restart()
    wait_until(lambda: "8388608" in rows(server), 5, "the first size")
