"""Process memory per idle keep-alive connection: 5,000 of them, each after one request, then silent.

Memory is PSS summed over the server's processes; what the kernel holds for the sockets is not in it. Navajo
is measured twice: while the connection objects are there, and after it has given them back (hibernation).
"""
import time

from benchlib import procfs
from benchlib.chart import Panel
from benchlib.child import Failed, wait_until
from benchlib.goals import Goal
from benchlib.helper import Backend, Holder
from benchlib.lineup import Lineup
from benchlib.server import Setup
from benchlib.table import TableSpec
from .http1 import GET_1K

NAME = "memory"
ABOUT = "process memory per idle keep-alive connection"
TABLES = (TableSpec("memory_per_connection", "process memory per idle keep-alive connection (KB)", digits=2),
          TableSpec("memory_total", "process memory of the whole server with them (MB)", ratios=False))
AWAKE, HIBERNATED = "idle", "idle, hibernated"
GOALS = (
    Goal(NAME, AWAKE, "memory_per_connection", 12.0, what="KB per idle keep-alive connection"),
    Goal(NAME, HIBERNATED, "memory_per_connection", 2.0, what="KB per hibernated connection"),
)
HIBERNATE_AFTER_S = 8


def run(bench):
    connections = 1000 if bench.quick else 5000
    backend = Backend(bench.tools.programs, bench.cores.backend, bench.log("backend"))
    try:
        for kind in bench.servers:
            _measure(bench, kind(bench.tools), backend, connections)
    finally:
        backend.stop()


def _measure(bench, server, backend, connections):
    setup = Setup(backend_port=backend.port, connections=connections + 100, hibernate_after_s=HIBERNATE_AFTER_S)
    server.start(bench.folder(NAME, server.name), setup, bench.cores.proxy)
    holder = None
    try:
        # What a server allocates once, with its first requests, is no cost of a connection.
        Lineup(bench, NAME, backend, [server]).warm_up(GET_1K)
        before = _settled(server)
        holder = Holder(bench.tools.programs, bench.cores.load, bench.log("holder"), server.port, connections,
                        at_once=32, limit_s=60)
        answers = holder.report(70.0)
        if not answers or answers["answered"] != connections:
            raise Failed(f"{server.name}: not all connections could be opened: {answers}")
        _add(bench, server, AWAKE, before, _settled(server, at_most_s=4.0), connections)
        if server.name == "navajo":
            hibernated = wait_until(lambda: server.hibernated() >= connections, HIBERNATE_AFTER_S + 30, step=0.5)
            if not hibernated:
                raise Failed(f"navajo: only {server.hibernated()} of {connections} connections hibernate")
            _add(bench, server, HIBERNATED, before, _settled(server), connections)
        lost = connections - holder.let_go()
        holder = None
        bench.results.add(NAME, AWAKE, server.name, "errors", "", lost)
        bench.say(f"  {server.name}: " + ", ".join(
            f"{case} {bench.results.value(NAME, case, server.name, 'memory_per_connection')} KB"
            for case in (AWAKE, HIBERNATED)
            if bench.results.value(NAME, case, server.name, "memory_per_connection") is not None))
    finally:
        if holder:
            holder.let_go()
        server.stop()


def _add(bench, server, case, before_kb, after_kb, connections):
    per_connection = (after_kb - before_kb) / connections
    bench.results.add(NAME, case, server.name, "memory_per_connection", "KB", round(per_connection, 3))
    bench.results.add(NAME, case, server.name, "memory_total", "MB", round(after_kb / 1024, 2))
    bench.results.add(NAME, case, server.name, "connections", "", connections)


def _settled(server, at_most_s=6.0):
    """PSS in KB once it has not moved by more than 64 KB for a second (allocators give back late)."""
    end = time.monotonic() + at_most_s
    last, since = procfs.pss_kb(server.pids()), time.monotonic()
    while time.monotonic() < end and time.monotonic() - since < 1.0:
        time.sleep(0.2)
        now = procfs.pss_kb(server.pids())
        if abs(now - last) > 64:
            last, since = now, time.monotonic()
    return last


def panels(results):
    groups = []
    for case in (AWAKE, HIBERNATED):
        values = {server: value for server in results.servers(NAME)
                  if (value := results.value(NAME, case, server, "memory_per_connection")) is not None}
        if values:
            groups.append((case, "", values))
    if groups:
        yield Panel("Process memory per idle keep-alive connection (KB)", groups)
