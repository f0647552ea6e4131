"""The main case of http1 once more, with a realistic chain of six filters before Navajo's connector. The others stay as
they are: plain proxies without any of that work. Navajo without the chain stands beside it: what the chain costs."""
from benchlib.goals import Goal
from benchlib.lineup import Case, started
from benchlib.server import Setup
from benchlib.servers.navajo import NavajoPlain
from benchlib.table import TableSpec
from .http1 import GET_1K, MAIN

NAME = "chain"
ABOUT = "1 KB keep-alive requests, Navajo with six filters, the others without anything"
TABLES = (
    TableSpec("cpu_per_request", "CPU time of the proxy per request, Navajo with six filters (us)"),
    TableSpec("throughput", "requests per second, Navajo with six filters", lower_is_better=False, digits=0),
)
CASE = Case("1k, 32 conn., six filters", GET_1K, 32, repeats=MAIN.repeats, window_s=MAIN.window_s)
GOALS = (
    Goal(NAME, CASE.name, "cpu_per_request", 1.25, "peers",
         "CPU per request, 1 KB, Navajo with six filters, to the better of plain nginx and HAProxy"),
    Goal(NAME, CASE.name, "cpu_per_request", 0.45, "mod_proxy",
         "CPU per request, 1 KB, Navajo with six filters, to plain mod_proxy"),
)


def run(bench):
    case = Case(CASE.name, GET_1K, 32, window_s=0.6) if bench.quick else CASE
    with started(bench, NAME, lambda port: Setup(backend_port=port, chain=True),
                 [*bench.servers, NavajoPlain]) as lineup:
        lineup.warm_up(GET_1K)
        lineup.measure(case)


def panels(results):
    """Not in the chart."""
    return ()
