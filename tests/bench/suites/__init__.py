"""The suites, one file each, in the order in which `make bench` runs them.

A suite is a module with NAME, ABOUT, TABLES (of table.TableSpec), GOALS (of goals.Goal),
run(bench_run), which adds rows to bench_run.results, and panels(results) for the chart.
"""
from . import accesslog, chain, concurrent, http1, login, memory, mitm, routing, rules, sessions, tcp, tls, tunnels

ALL = (http1, tls, chain, login, accesslog, memory, concurrent, rules, routing, sessions, tunnels, tcp, mitm)
BY_NAME = {suite.NAME: suite for suite in ALL}
