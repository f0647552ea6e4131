"""The main case of http1 with a session in every request: looked up, touched, its user told to the backend. Beside it
the same server without sessions, which gets the same bytes."""
import dataclasses

from benchlib.goals import Goal
from benchlib.lineup import Case, started
from benchlib.server import Setup
from benchlib.servers.navajo import Navajo, NavajoPlain
from benchlib.table import TableSpec
from .http1 import GET_1K, MAIN

NAME = "login"
ABOUT = "1 KB keep-alive requests of a user who is logged in, beside the same server without sessions"
TABLES = (TableSpec("cpu_per_request", "CPU time of the proxy per request of a known user (us)", ratios=False),)
CASE = Case("1k, 32 conn., session", GET_1K, 32, repeats=MAIN.repeats, window_s=MAIN.window_s)
GOALS = (Goal(NAME, CASE.name, "cpu_per_request", 1.2, "navajo_plain",
              "CPU per request, 1 KB, with a session and a known user, to the same without"),)


def run(bench):
    case = dataclasses.replace(CASE, repeats=3, window_s=0.6) if bench.quick else CASE
    with started(bench, NAME, lambda port: Setup(backend_port=port, login=True), [Navajo, NavajoPlain]) as lineup:
        request = dataclasses.replace(GET_1K, cookie=lineup.servers[0].log_in())
        lineup.warm_up(request)
        lineup.measure(dataclasses.replace(case, request=request))


def panels(results):
    """Not in the chart."""
    return ()
