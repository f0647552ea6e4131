"""10,000 requests at once to a backend that answers after 5 seconds: all are answered, and no thread each."""
import time

from benchlib import procfs
from benchlib.child import Failed
from benchlib.helper import Backend, Holder
from benchlib.goals import Goal
from benchlib.server import Setup
from benchlib.table import MetricsTable

NAME = "concurrent"
ABOUT = "10,000 concurrent requests to a backend that answers after 5 s"
CASE = "late answers"
TABLES = (MetricsTable(CASE, "all requests at once, each answered by the backend after some seconds", (
    ("requests", "requests", 0),
    ("backend_delay", "the backend's delay (s)", 0),
    ("answered", "answered", 0),
    ("most_at_once", "most of them waiting at the same time", 0),
    ("slowest", "slowest answer (s)", 2),
    ("threads_idle", "threads before", 0),
    ("threads_busy", "most threads while they wait", 0),
    ("memory_per_request", "process memory per waiting request (KB)", 1),
)),)
# Room for a thread that a server starts on purpose (a helper, a timer), none for one per request.
GOALS = (Goal(NAME, CASE, "threads_added", 16, what="threads added for all waiting requests"),
         Goal(NAME, CASE, "errors", 0, what="requests without an answer"))
# One client and one backend connection per request: two children share them where a process may hold no
# more than some 20,000 files. Servers that need all in one process or a thread each are left out.
KINDS = ("navajo", "nginx")
CHILDREN = 2


def run(bench):
    requests, delay_s = (2000, 2) if bench.quick else (10000, 5)
    kinds = [kind for kind in bench.servers if kind.name in KINDS]
    if not kinds:
        bench.say("  none of the chosen servers takes part")
        return
    backend = Backend(bench.tools.programs, bench.cores.backend, bench.log("late-backend"), delay_ms=delay_s * 1000)
    try:
        for kind in kinds:
            _measure(bench, kind(bench.tools), backend, requests, delay_s)
    finally:
        backend.stop()


def _measure(bench, server, backend, requests, delay_s):
    # Either child must be able to take them all: nothing makes the kernel share them out evenly.
    setup = Setup(backend_port=backend.port, connections=requests + 100, children=CHILDREN)
    server.start(bench.folder(NAME, server.name), setup, bench.cores.proxy)
    holder = None
    try:
        _ask_once(bench, server)
        threads_idle = threads_most = procfs.threads(server.pids())
        memory_idle = memory_most = procfs.pss_kb(server.pids())
        holder = Holder(bench.tools.programs, bench.cores.load, bench.log("holder"), server.port, requests,
                        at_once=requests, limit_s=delay_s + 60)
        end = time.monotonic() + delay_s + 70
        answers = None
        while answers is None and time.monotonic() < end:
            answers = holder.report(0.25)
            pids = server.pids()
            threads_most = max(threads_most, procfs.threads(pids))
            memory_most = max(memory_most, procfs.pss_kb(pids))
        if answers is None:
            raise Failed(f"{server.name}: the requests did not come to an end")
    finally:
        if holder:
            holder.let_go()
        server.stop()
    for metric, unit, value in (
            ("requests", "", requests), ("backend_delay", "s", delay_s), ("answered", "", answers["answered"]),
            ("errors", "", requests - answers["answered"]),
            ("most_at_once", "", answers["most_at_once"]), ("slowest", "s", round(answers["slowest_ms"] / 1000, 3)),
            ("threads_idle", "", threads_idle), ("threads_busy", "", threads_most),
            ("threads_added", "", threads_most - threads_idle),
            ("memory_per_request", "KB", round((memory_most - memory_idle) / requests, 3))):
        bench.results.add(NAME, CASE, server.name, metric, unit, value)
    bench.say(f"  {server.name}: {answers}, threads {threads_idle} before, {threads_most} at most")


def _ask_once(bench, server):
    """What a server starts with its first request is there before threads are counted."""
    first = Holder(bench.tools.programs, bench.cores.load, bench.log("holder"), server.port, 1, at_once=1, limit_s=30)
    try:
        answers = first.report(40.0)
    finally:
        first.let_go()
    if not answers or answers["answered"] != 1:
        raise Failed(f"{server.name} does not answer: {answers}")


def panels(results):
    """Not in the chart."""
    return ()
