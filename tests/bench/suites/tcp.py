"""What a TCP proxy costs: connections per second, and a stream of bytes, beside HAProxy (mode tcp) and nginx (stream).

- tcp_connections: 32 at a time, each asks for 64 bytes, gets them and closes.
- tcp_stream: 32 connections on which 1 MB after the other is asked for.
"""
import json
import os
import subprocess

from benchlib import procfs
from benchlib.child import Failed
from benchlib.goals import Goal
from benchlib.helper import start_listening
from benchlib.server import Setup
from benchlib.servers.tcp import KINDS, NGINX_MODULE
from benchlib.table import TableSpec

NAME = "tcp"
ABOUT = "a TCP proxy: connections per second and throughput"
CONNECTIONS, STREAM = "tcp_connections", "tcp_stream"
TABLES = (TableSpec("us_per_answer", "microseconds per answer, all connections together"),
          TableSpec("cpu_per_answer", "CPU of the proxy per answer (us)"),
          TableSpec("mb_per_s", "megabytes per second", digits=0))
# Time, not rate: at least 0.8 times HAProxy's rate is at most 1.25 times its time.
GOALS = tuple(Goal(NAME, case, "us_per_answer", 1.25, relative_to="haproxy", what=f"time per {what}, HAProxy's times")
              for case, what in ((CONNECTIONS, "connection"), (STREAM, "MB")))
CASES = {CONNECTIONS: {"connections": 32, "bytes": 64, "close": 1},
         STREAM: {"connections": 32, "bytes": 1_000_000, "close": 0}}
REPEATS = 5


def run(bench):
    kinds = [KINDS[kind.name] for kind in bench.servers if kind.name in KINDS]
    if not os.path.exists(NGINX_MODULE):
        bench.say("  nginx is left out: it has no stream module (Debian: libnginx-mod-stream)")
        kinds = [kind for kind in kinds if kind.name != "nginx"]
    programs = bench.tools.programs
    backend, port = start_listening([str(programs / "tcp_ends"), "--role", "backend"], bench.cores.backend,
                                    bench.log("tcp_backend"))
    servers = [kind(bench.tools) for kind in kinds]
    try:
        for server in servers:
            server.start(bench.folder(NAME, server.name), Setup(backend_port=port), bench.cores.proxy)
        for case, options in CASES.items():
            _measure(bench, servers, case, options)
    finally:
        for server in servers:
            server.stop()
        backend.stop()


def _measure(bench, servers, case, options):
    runs = {server.name: [] for server in servers}
    _once(bench, servers[0], options, 200)
    for _ in range(REPEATS):  # in turns: what changes on the machine meets all alike
        for server in servers:
            runs[server.name].append(_once(bench, server, options, 500 if bench.quick else 1500))
    for name, measured in runs.items():
        middle = sorted(measured)[len(measured) // 2]
        for metric, unit, value in (("us_per_answer", "us", middle[0]), ("cpu_per_answer", "us", middle[1]),
                                    ("mb_per_s", "MB/s", middle[2])):
            bench.results.add(NAME, case, name, metric, unit, round(value, 3))
        bench.results.add(NAME, case, name, "errors", "", sum(run[3] for run in measured))
        bench.say(f"  {case} {name}: {1e6 / middle[0]:,.0f} answers/s, {middle[1]:.1f} us CPU each, "
                  f"{middle[2]:,.0f} MB/s")


def _once(bench, server, options, window_ms):
    words = [text for name, value in options.items() for text in (f"--{name}", str(value))]
    before = procfs.cpu_us(server.pids())[0]
    done = subprocess.run(
        [str(bench.tools.programs / "tcp_ends"), "--role", "clients", "--port", str(server.port), *words,
         "--window-ms", str(window_ms)], stdout=subprocess.PIPE, timeout=60, check=False,
        preexec_fn=lambda: os.sched_setaffinity(0, bench.cores.load))  # pylint: disable=W1509
    spent = procfs.cpu_us(server.pids())[0] - before
    got = json.loads(done.stdout) if done.returncode == 0 and done.stdout else {}
    if not got.get("answers"):
        raise Failed(f"{server.name}: no answers through it: {server.child.last_words()}")
    return (1e6 * got["seconds"] / got["answers"], spent / got["answers"], got["bytes"] / got["seconds"] / 1e6,
            got["errors"])


def panels(results):
    """Not in the chart."""
    return ()
