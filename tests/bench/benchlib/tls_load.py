"""Load on proxies that intercept TLS (helpers/mitm_load.cc), and what it reports."""
import json
from dataclasses import dataclass

from .child import Failed
from .load import output_of_helper, parse_own


@dataclass(frozen=True)
class Way:
    """How a client gets to the origin, and whom it trusts."""
    ca: str
    connect: bool = True   # with CONNECT; otherwise straight on


@dataclass(frozen=True)
class Hosts:
    """Which names are visited, one after the other."""
    count: int
    first: int = 0
    same: bool = False     # always the first of them
    per_second: int = 0    # 0: as fast as it goes


@dataclass
class Visited:
    """One connection with one request for each name. Times in microseconds."""
    done: int
    seconds: float
    cpu_us: float          # of the proxy, altogether
    times: dict            # connect, handshake, first_byte: (median, 99th percentile)
    certificate_bytes: float
    chain_bytes: float
    errors: int


def visit(bench, server, origin, way, hosts):
    words = ["--mode", "hosts", "--first", str(hosts.first), "--hosts", str(hosts.count),
             "--same", "yes" if hosts.same else "no", "--per-second", str(hosts.per_second)]
    slow = 0.2 * hosts.count + (hosts.count / hosts.per_second if hosts.per_second else 0)
    return parse_visited(_run(bench, server, origin, way, words, 60 + slow), hosts.count)


def parse_visited(text, wanted):
    said = json.loads(text)
    if not said["cpu_complete"]:
        raise Failed("a process of the server ended during the measurement")
    errors = sum(said["errors"].values()) or wanted - said["done"]
    times = {what: (said[f"{what}_p50_us"], said[f"{what}_p99_us"]) for what in ("connect", "handshake", "first_byte")}
    return Visited(said["done"], said["seconds"], said["cpu_us"], times, said["certificate_bytes"],
                   said["chain_bytes"], errors)


def keep_warm(bench, server, origin, way, connections, warmup_s, window_s):
    """Measured, as of any other load."""
    words = ["--mode", "warm", "--connections", str(connections), "--warmup-ms", str(int(warmup_s * 1000)),
             "--window-ms", str(int(window_s * 1000))]
    return parse_own(_run(bench, server, origin, way, words, warmup_s + window_s + 60))


def _run(bench, server, origin, way, words, limit_s):
    argv = [str(bench.tools.programs / "mitm_load"), "--port", str(server.port), "--ca", str(way.ca),
            "--connect", f"127.0.0.1:{origin.port}" if way.connect else "none", "--host-port", str(origin.port),
            "--pids", ",".join(map(str, server.pids())) or "none", *words]
    # The origin is not one of "the others" whose CPU time is a disturbance, unless it is what is measured.
    if origin is not server:
        argv += ["--other-pids", str(origin.pid)]
    return output_of_helper(argv, bench.cores.load, bench.log("load"), limit_s)
