"""Plain HTTP/1.1 through the proxy: three sizes of GET and a POST, keep-alive and not, few and many connections."""
import shutil

from benchlib.chart import Panel
from benchlib.goals import Goal
from benchlib.lineup import Case, started
from benchlib.load import Request
from benchlib.server import Setup
from benchlib.table import TableSpec

NAME = "http1"
ABOUT = "HTTP/1.1: CPU per request, throughput and latency of all servers"

GET_1K = Request("/1k", 1024)
GET_64K = Request("/64k", 65536)
GET_1M = Request("/1m", 1048576)
POST_16K = Request("/store", 2, "POST", 16384)

# The case that the goals are about is measured longest.
MAIN = Case("1k, 32 conn.", GET_1K, 32, repeats=5, window_s=1.2)
FEW = (
    Case("64k, 32 conn.", GET_64K, 32),
    Case("1m, 32 conn.", GET_1M, 32),
    Case("post 16k, 32 conn.", POST_16K, 32),
    Case("1k, 32 conn., close", GET_1K, 32, close=True),
    Case("64k, 32 conn., close", GET_64K, 32, close=True),
    Case("1m, 32 conn., close", GET_1M, 32, close=True),
    Case("post 16k, 32 conn., close", POST_16K, 32, close=True),
)
# A round of 1 MB for 1,000 connections takes half a second or more: only a longer window shows its latency.
MANY = (
    Case("1k, 1000 conn.", GET_1K, 1000),
    Case("64k, 1000 conn.", GET_64K, 1000),
    Case("1m, 1000 conn.", GET_1M, 1000, window_s=1.5),
    Case("post 16k, 1000 conn.", POST_16K, 1000),
    Case("1k, 1000 conn., close", GET_1K, 1000, close=True),
)
# The same work from a load generator that is not ours.
CHECK = Case("1k, 32 conn. (wrk)", GET_1K, 32, generator="wrk", window_s=1.0)

QUICK = (
    Case(MAIN.name, GET_1K, 32, window_s=0.6),
    Case("64k, 32 conn.", GET_64K, 32, window_s=0.4),
    Case("1m, 32 conn.", GET_1M, 32, window_s=0.4),
    Case("post 16k, 32 conn.", POST_16K, 32, window_s=0.4),
    Case("1k, 32 conn., close", GET_1K, 32, close=True, window_s=0.4),
    Case("1k, 1000 conn.", GET_1K, 1000, window_s=0.4),
)

TABLES = (
    TableSpec("cpu_per_request", "CPU time of the proxy per request (us)"),
    TableSpec("cpu_user_per_request", "of which in user space (us)"),
    TableSpec("throughput", "requests per second, proxy on one core", lower_is_better=False, digits=0),
    TableSpec("latency_p50", "latency, median (us), all connections always busy", digits=0),
    TableSpec("latency_p99", "latency, 99th percentile (us)", digits=0),
    TableSpec("cpu_per_request_spread", "spread of CPU per request over the runs (%)", ratios=False),
    TableSpec("disturbance", "CPU time that others or the hypervisor took meanwhile (% of all cores)", ratios=False),
)
GOALS = (
    Goal(NAME, MAIN.name, "cpu_per_request", 1.25, "peers",
         "CPU per request, 1 KB, 32 keep-alive connections, to the better of nginx and HAProxy"),
    Goal(NAME, MAIN.name, "cpu_per_request", 0.45, "mod_proxy",
         "CPU per request, 1 KB, 32 keep-alive connections, to mod_proxy"),
)


def cases(quick, wrk):
    """wrk: whether it is installed; not every distribution has it."""
    return QUICK if quick else (MAIN, *FEW, *MANY) + ((CHECK,) if wrk else ())


def run(bench):
    with started(bench, NAME, lambda port: Setup(backend_port=port), bench.servers,
                 spare_s=5 if bench.quick else 20) as lineup:
        lineup.warm_up(GET_1K)
        wrk = shutil.which("wrk") is not None
        if not wrk:
            bench.say("  wrk is not installed: the cross-check with it is left out")
        for case in cases(bench.quick, wrk):
            lineup.measure(case)


def panels(results):
    """CPU per request relative to the floor (or to the cheapest, without a floor)."""
    known = results.cases(NAME)
    for title, wanted in (("32 connections", (MAIN, *FEW)), ("1,000 connections", MANY)):
        groups = [group for case in wanted if case.name in known and (group := _group(results, case.name))]
        if groups:
            yield Panel(f"CPU time per request, {title}, as a multiple of the floor relay", groups)


def _group(results, case):
    values = {server: value for server in results.servers(NAME)
              if (value := results.value(NAME, case, server, "cpu_per_request")) is not None}
    if not values:
        return None
    base_name = "floor" if "floor" in values else min(values, key=values.get)
    base = values[base_name]
    label = case.replace(", 32 conn.", "").replace(", 1000 conn.", "")
    return label, f"{base_name} {base:.1f} us", {server: value / base for server, value in values.items()}
