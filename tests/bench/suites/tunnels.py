"""What tunnels cost: alone, and WebSockets through the whole server beside its peers.

- 1,000 tunnels of the library held for ten seconds, open and half-closed, plain and with TLS at both ends: the heap of
  each and the reactor thread's CPU. The ends are another process. There is no peer.
- idle_10000: so many WebSockets through each server that do nothing (fewer where a process may not have two files for
  each, or needs a thread for each): process memory, CPU, threads.
- websocket_echo: 100 WebSockets on which each message waits for the echo of the one before.
"""
import json
import os
import resource
import subprocess
import time

from benchlib import procfs
from benchlib.child import Failed
from benchlib.goals import Goal
from benchlib.helper import WebSockets
from benchlib.server import Setup
from benchlib.table import MetricsTable, TableSpec

NAME = "tunnels"
ABOUT = "tunnels that do nothing: memory and CPU; WebSockets: the same, and round trips"
IDLE, ECHO = "idle_10000", "websocket_echo"
TABLES = (TableSpec("heap_bytes", "heap of one tunnel (bytes)", ratios=False, digits=0),
          TableSpec("cpu_percent", "CPU (% of a core)", ratios=False, digits=2),
          TableSpec("kb_per_tunnel", "process memory of one idle WebSocket (KB)", digits=2),
          TableSpec("us_per_round_trip", "microseconds per round trip, all connections together"),
          TableSpec("cpu_per_round_trip", "CPU of the proxy per round trip (us)"),
          MetricsTable(IDLE, "idle WebSockets", (("tunnels", "WebSockets", 0), ("threads_added", "threads added", 0))))
CASES = {"idle": (0, 0), "half_closed": (0, 1), "idle_tls": (1, 0), "half_closed_tls": (1, 1)}
GOALS = (
    *(Goal(NAME, case, "heap_bytes", 20_000.0, what="bytes of a tunnel") for case in ("idle", "half_closed")),
    *(Goal(NAME, case, "cpu_percent", 1.0, what="% of a core for 1,000 tunnels") for case in CASES),
    Goal(NAME, IDLE, "kb_per_tunnel", 20.0, what="KB of an idle WebSocket"),
    Goal(NAME, IDLE, "cpu_percent", 1.0, what="% of a core for all idle WebSockets"),
    Goal(NAME, IDLE, "threads_added", 0, what="threads added by idle WebSockets"),
    Goal(NAME, ECHO, "us_per_round_trip", 1.25, relative_to="nginx", what="time per round trip, nginx's times"),
)
TUNNELS, LIMIT_S = 1000, 180
OF_HTTPD = 900  # a thread for each, and it has 1,024
ECHOING, ECHO_BYTES, ECHO_REPEATS = 100, 64, 3


def run(bench):
    if any(kind.name == "navajo" for kind in bench.servers):
        _alone(bench, 2 if bench.quick else 10)
    kinds = [kind for kind in bench.servers if kind.name in ("navajo", "nginx", "haproxy", "mod_proxy")]
    backend = WebSockets(bench.tools.programs, bench.cores.backend, bench.log("websockets"))
    try:
        for kind in kinds:
            _idle(bench, kind(bench.tools), backend)
        _echo(bench, [kind(bench.tools) for kind in kinds], backend)
    finally:
        backend.stop()


# ---------------------------------------------------------------- the library's tunnels

def _alone(bench, seconds):
    for case, (tls, half_closed) in CASES.items():
        done = subprocess.run(
            [str(bench.tools.programs / "tunnels"), "--tunnels", str(TUNNELS), "--seconds", str(seconds),
             "--tls", str(tls), "--half-closed", str(half_closed)],
            stdout=subprocess.PIPE, timeout=LIMIT_S, check=False,
            preexec_fn=lambda: os.sched_setaffinity(  # pylint: disable=W1509
                0, bench.cores.proxy | bench.cores.backend | bench.cores.load))
        if done.returncode != 0:
            raise Failed(f"tunnels: {case} ended with {done.returncode}")
        got = json.loads(done.stdout)
        bench.results.add(NAME, case, "navajo", "heap_bytes", "bytes", got["heap_bytes"])
        bench.results.add(NAME, case, "navajo", "cpu_percent", "%", got["cpu_percent"])
        bench.results.add(NAME, case, "navajo", "errors", "", got["tunnels"] - got["held"] + got["threads"] - 1)
        bench.say(f"  {case}: {got['heap_bytes']:,.0f} bytes, {got['cpu_percent']:.2f} % of a core, "
                  f"{got['events']} events, {got['threads']} thread")


# ---------------------------------------------------------------- WebSockets through servers

def _count(bench, server):
    if server.name == "mod_proxy":
        return OF_HTTPD
    wanted = 1000 if bench.quick else 10_000
    return min(wanted, (resource.getrlimit(resource.RLIMIT_NOFILE)[1] - 1500) // 2)


def _start(bench, server, backend, connections):
    setup = Setup(backend_port=backend.port, connections=connections, websockets=True)
    server.start(bench.folder(NAME, server.name), setup, bench.cores.proxy)
    # What a server allocates once, with its first requests, is no cost of a tunnel.
    child, opened = backend.clients("echo", bench.cores.load, bench.log("echo"), server.port, 8, window_ms=200)
    if opened != 8 or not backend.last_line(child).get("round_trips"):
        raise Failed(f"{server.name}: no WebSockets: {server.child.last_words()}")


def _idle(bench, server, backend):
    count = _count(bench, server)
    _start(bench, server, backend, count + 100)
    child = None
    try:
        time.sleep(1)
        memory, threads = procfs.pss_kb(server.pids()), procfs.threads(server.pids())
        child, opened = backend.clients("hold", bench.cores.load, bench.log("hold"), server.port, count)
        if opened != count:
            raise Failed(f"{server.name}: {opened} of {count} WebSockets are open")
        time.sleep(3)
        seconds = 3 if bench.quick else 10
        before = procfs.cpu_us(server.pids())[0]
        time.sleep(seconds)
        spent = procfs.cpu_us(server.pids())[0] - before
        got = {"tunnels": ("", count), "cpu_percent": ("%", round(spent / seconds / 1e4, 3)),
               "kb_per_tunnel": ("KB", round((procfs.pss_kb(server.pids()) - memory) / count, 3)),
               "threads_added": ("", procfs.threads(server.pids()) - threads)}
        lost = count - backend.let_go(child).get("still_open", 0)
        child = None
        for metric, (unit, value) in {**got, "errors": ("", lost)}.items():
            bench.results.add(NAME, IDLE, server.name, metric, unit, value)
        bench.say(f"  {IDLE} {server.name}: " + ", ".join(f"{value} {name}" for name, (_, value) in got.items()))
    finally:
        if child:
            child.stop()
        server.stop()


def _echo(bench, servers, backend):
    window_ms = 500 if bench.quick else 2000
    runs = {server.name: [] for server in servers}
    try:
        for server in servers:
            _start(bench, server, backend, 1000)
        for _ in range(ECHO_REPEATS):  # in turns: what changes on the machine meets all alike
            for server in servers:
                before = procfs.cpu_us(server.pids())[0]
                child, opened = backend.clients("echo", bench.cores.load, bench.log("echo"), server.port, ECHOING,
                                                bytes=ECHO_BYTES, window_ms=window_ms)
                got = backend.last_line(child, window_ms / 1000 + 10)
                if opened != ECHOING or not got.get("round_trips"):
                    raise Failed(f"{server.name}: no echo: {got}, {server.child.last_words()}")
                spent = procfs.cpu_us(server.pids())[0] - before
                trips = got["round_trips"]
                runs[server.name].append((1e6 * got["seconds"] / trips, spent / trips, got["errors"]))
    finally:
        for server in servers:
            server.stop()
    for name, measured in runs.items():
        middle = sorted(measured)[len(measured) // 2]
        bench.results.add(NAME, ECHO, name, "us_per_round_trip", "us", round(middle[0], 3))
        bench.results.add(NAME, ECHO, name, "cpu_per_round_trip", "us", round(middle[1], 3))
        bench.results.add(NAME, ECHO, name, "errors", "", sum(run[2] for run in measured))
        bench.say(f"  {ECHO} {name}: {1e6 / middle[0]:,.0f} round trips/s, {middle[1]:.1f} us CPU each")


def panels(results):
    """Not in the chart."""
    return ()
