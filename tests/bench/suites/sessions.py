"""1,000,000 sessions used by 2 processes: created, looked up and touched in random order, deleted.

Beside Navajo's store in shared memory stand a Redis on loopback (one connection per process, each operation waits for
its answer, as a request must) and a process-local hash map with one mutex, which two threads use: no server process
could share it. Times are what one operation takes its caller.
"""
import json
import os
import shutil
import subprocess

from benchlib.child import Child, Failed, wait_until
from benchlib.goals import Goal
from benchlib.ports import free_port, listening
from benchlib.table import TableSpec

NAME = "sessions"
ABOUT = "session store: create, lookup and touch, delete; 1,000,000 sessions, 2 processes"
TABLES = (TableSpec("ns_per_op", "time of one operation (ns)", ratios=False, digits=0),)
LOOKUP = "lookup_touch_1m_2p"
CASES = {"create": "create_1m_2p", "lookup_touch": LOOKUP, "delete": "delete_1m_2p"}
GOALS = (
    Goal(NAME, LOOKUP, "ns_per_op", 1000.0, what="ns of a session's lookup and touch"),
    Goal(NAME, LOOKUP, "ns_per_op", 1 / 20, relative_to="redis", what="of Redis's time for the same"),
)
SESSIONS, WORKERS = 1_000_000, 2
LIMIT_S = 300


def run(bench):
    _measure(bench, "navajo", "store", runs=1 if bench.quick else 3)
    _measure(bench, "map", "map", runs=1 if bench.quick else 3)
    redis, port = _start_redis(bench)
    try:
        _measure(bench, "redis", "redis", runs=1, port=port, operations=100_000 if bench.quick else 500_000)
    finally:
        redis.stop()


def _measure(bench, server, what, runs, port=0, operations=2_000_000):
    best = None
    for _ in range(runs):
        # Not pinned to the load's cores: the two workers are what is measured.
        done = subprocess.run(
            [str(bench.tools.programs / "sessions"), "--what", what, "--port", str(port), "--sessions", str(SESSIONS),
             "--workers", str(WORKERS), "--operations", str(operations)],
            stdout=subprocess.PIPE, timeout=LIMIT_S, check=False,
            preexec_fn=lambda: _use_all(bench.cores))  # pylint: disable=W1509
        if done.returncode != 0:
            raise Failed(f"sessions --what {what} ended with {done.returncode}")
        got = json.loads(done.stdout)
        if best is None or got["lookup_touch"] < best["lookup_touch"]:
            best = got
    for key, case in CASES.items():
        bench.results.add(NAME, case, server, "ns_per_op", "ns", best[key])
        bench.results.add(NAME, case, server, "errors", "", best["errors"])
    bench.say(f"  {server}: " + ", ".join(f"{key} {best[key]:,.0f} ns" for key in CASES))


def _use_all(cores):
    os.sched_setaffinity(0, cores.proxy | cores.backend | cores.load)


def _start_redis(bench):
    program = shutil.which("redis-server")
    if not program:
        raise Failed("redis-server not found; Debian: apt-get install redis-server (see tests/bench/README.md)")
    for _ in range(3):
        port = free_port()
        child = Child([program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
                       "--daemonize", "no", "--dir", str(bench.out)],
                      bench.cores.proxy | bench.cores.backend | bench.cores.load, bench.log("redis"))
        if wait_until(lambda: listening(port), 5.0):
            return child, port
        child.stop()
    raise Failed(f"redis-server did not start: see {bench.log('redis')}")


def panels(results):
    """Not in the chart."""
    return ()
