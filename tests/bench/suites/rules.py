"""What rules, rates and event logs cost: by themselves, and in requests beside HAProxy and nginx with equivalent ones.

By themselves: programs that evaluate sets of rules, and decide on rates, in one process. In requests: the main case of
http1 through servers that have none, 100 and 1,000 rules and a rate limit; HAProxy twice, with one line for each rule
and with patterns in lists. And Navajo with everything beside itself with nothing.
"""
import dataclasses

from benchlib import micro
from benchlib.goals import Goal
from benchlib.lineup import Case, started
from benchlib.server import Setup
from benchlib.servers.haproxy import HAProxyLists
from benchlib.servers.navajo import Navajo, NavajoPlain
from benchlib.table import TableSpec
from .http1 import GET_1K, MAIN

NAME = "rules"
ABOUT = "rules, rates and event logs: by themselves, and in requests beside HAProxy and nginx with the same rules"
PEERS = (HAProxyLists,)
LIMITER, DECISION = "limiter", "key_and_two_window"
FULL, LOGGED = "full_request", "full_request_logged"
COUNTS = {0: "no rules", 100: "100 rules, rate limit", 1000: "1,000 rules, rate limit"}
TABLES = (
    TableSpec("ns_per_request", "evaluation of a set of rules for one request (ns)", ratios=False, digits=0),
    TableSpec("ns_per_decision", "a rate limiter's decision (ns)", ratios=False, digits=0),
    TableSpec("cpu_per_request", "CPU time of the proxy per request, with rules (us)"),
    TableSpec("added_by_rules", "of which rules and rate limit (us)", ratios=False),
    TableSpec("ratio_to_plain", "CPU per request with a session, 100 rules and a rate limit, to the same server with "
              "nothing", ratios=False, digits=2),
)
GOALS = (
    Goal(NAME, "rules_100", "ns_per_request", 500.0, what="ns for 100 rules of which none holds"),
    Goal(NAME, "rules_1000", "ns_per_request", 2000.0, what="ns for 1,000 rules of which none holds"),
    Goal(NAME, LIMITER, "ns_per_decision", 200.0, what="ns for a rate limiter's decision"),
    Goal(NAME, FULL, "ratio_to_plain", 1.2,
         what="CPU per request with a session, 100 rules and a rate limit, to the same without"),
)


def run(bench):
    for case, value in micro.measure(bench, "rules").items():
        bench.results.add(NAME, case, "navajo", "ns_per_request", "ns", value)
        bench.say(f"  {case}: {value:,.0f} ns")
    decisions = micro.measure(bench, "limiter")
    # What a rule pays: the key's digest and the decision.
    if DECISION in decisions:
        decisions = {LIMITER: decisions[DECISION], **decisions}
    for case, value in decisions.items():
        bench.results.add(NAME, case, "navajo", "ns_per_decision", "ns", value)
        bench.say(f"  {case}: {value:,.0f} ns")
    for count in COUNTS:
        _beside_others(bench, count)
    _added(bench)
    _beside_itself(bench, FULL, event_log=False)
    _beside_itself(bench, LOGGED, event_log=True)


def _case(bench, name):
    quick = Case(name, GET_1K, 32, repeats=1, window_s=0.6)
    return quick if bench.quick else Case(name, GET_1K, 32, repeats=MAIN.repeats, window_s=MAIN.window_s)


def _beside_others(bench, count):
    kinds = [kind for kind in bench.servers if kind.name in ("navajo", "nginx", "haproxy")]
    if any(kind.name == "haproxy" for kind in kinds):
        kinds.append(HAProxyLists)
    with started(bench, NAME, lambda port: Setup(backend_port=port, rules=count), kinds) as lineup:
        lineup.warm_up(GET_1K)
        lineup.measure(_case(bench, COUNTS[count]))


def _added(bench):
    """What each server's rules cost it: its own figure without them taken away."""
    for count, case in COUNTS.items():
        for server in bench.results.servers(NAME) if count else ():
            with_rules, without = (bench.results.value(NAME, name, server, "cpu_per_request")
                                   for name in (case, COUNTS[0]))
            if with_rules is not None and without is not None:
                bench.results.add(NAME, case, server, "added_by_rules", "us", round(with_rules - without, 3))


def _beside_itself(bench, name, event_log):
    if not any(kind.name == Navajo.name for kind in bench.servers):
        return
    with started(bench, f"{NAME}-{name}",
                 lambda port: Setup(backend_port=port, login=True, rules=100, event_log=event_log),
                 [Navajo, NavajoPlain]) as lineup:
        request = dataclasses.replace(GET_1K, cookie=lineup.servers[0].log_in())
        lineup.suite = NAME
        lineup.warm_up(request)
        lineup.measure(dataclasses.replace(_case(bench, name), request=request))
    full, plain = (bench.results.value(NAME, name, server, "cpu_per_request")
                   for server in (Navajo.name, NavajoPlain.name))
    if full and plain:
        bench.results.add(NAME, name, Navajo.name, "ratio_to_plain", "", round(full / plain, 3))
        bench.say(f"  {name}: {full / plain:.2f} of the same without")


def panels(results):
    """Not in the chart."""
    return ()
