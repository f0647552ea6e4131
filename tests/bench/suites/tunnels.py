"""1,000 tunnels held for ten seconds: open and half-closed, plain and with TLS at both ends.

What they cost the process that relays: heap of each, the reactor thread's CPU. The ends are another process. There is
no peer: nginx and HAProxy have no CONNECT proxy, and httpd holds a thread for each.
"""
import json
import os
import subprocess

from benchlib.child import Failed
from benchlib.goals import Goal
from benchlib.table import TableSpec

NAME = "tunnels"
ABOUT = "1,000 tunnels that do nothing: memory and CPU, open and half-closed"
TABLES = (TableSpec("heap_bytes", "heap of one tunnel (bytes)", ratios=False, digits=0),
          TableSpec("cpu_percent", "CPU of the reactor (% of a core)", ratios=False, digits=2))
CASES = {"idle": (0, 0), "half_closed": (0, 1), "idle_tls": (1, 0), "half_closed_tls": (1, 1)}
GOALS = (
    *(Goal(NAME, case, "heap_bytes", 20_000.0, what="bytes of a tunnel") for case in ("idle", "half_closed")),
    *(Goal(NAME, case, "cpu_percent", 1.0, what="% of a core for 1,000 tunnels") for case in CASES),
)
TUNNELS, LIMIT_S = 1000, 180


def run(bench):
    seconds = 2 if bench.quick else 10
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


def panels(results):
    """Not in the chart."""
    return ()
