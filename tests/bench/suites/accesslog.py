"""The same small request with each server's access log switched on, as it is in production."""
from benchlib.lineup import Case, started
from benchlib.server import Setup
from benchlib.table import TableSpec
from .http1 import GET_1K

NAME = "accesslog"
ABOUT = "1 KB keep-alive requests with the access log on, one line per request in a file"
TABLES = (
    TableSpec("cpu_per_request", "CPU time of the proxy per request with access log (us)"),
    TableSpec("throughput", "requests per second with access log", lower_is_better=False, digits=0),
)
GOALS = ()
CASE = Case("1k, 32 conn., logged", GET_1K, 32, window_s=1.2)


def run(bench):
    kinds = [kind for kind in bench.servers if kind.name != "floor"]  # the floor has no log
    with started(bench, NAME, lambda port: Setup(backend_port=port, access_log=True), kinds) as lineup:
        lineup.warm_up(GET_1K)
        lineup.measure(CASE)


def panels(results):
    """Not in the chart."""
    return ()
