"""What choosing a backend costs, by itself: tables of 10, 100 and 1,000 backends, each policy, and bound clients."""
from benchlib import micro
from benchlib.goals import Goal
from benchlib.table import TableSpec

NAME = "routing"
ABOUT = "choosing a backend among 10, 100 and 1,000, by itself"
TABLES = (TableSpec("ns_per_choice", "a backend chosen and its place given back (ns)", ratios=False, digits=0),)
# What edgeProxy publishes for its linear scan is 100 ns, 1 us and 10 us.
GOALS = tuple(Goal(NAME, f"choice_{count}{policy}", "ns_per_choice", 1000.0, what=f"ns for a choice among {count}")
              for count in (10, 100, 1000) for policy in ("", "_tiers", "_hash"))


def run(bench):
    for case, value in micro.measure(bench, "choosing").items():
        bench.results.add(NAME, case, "navajo", "ns_per_choice", "ns", value)
        bench.say(f"  {case}: {value:,.0f} ns")


def panels(results):
    """Not in the chart."""
    return ()
