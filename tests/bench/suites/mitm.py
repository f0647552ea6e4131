"""Intercepted TLS: what a new host and a known one cost beside squid and mitmproxy, and what a certificate occupies.

All three sign with the same CA (ECDSA P-256), connect to the same origin over TLS and verify it, write no access log
and have one worker on one core. Clients ask for CONNECT 127.0.0.1:PORT and name the host in TLS, so that no resolver
takes part. Beside them stand the origin asked without a proxy and Navajo as a reverse proxy with TLS on both sides.
"""
import time

from benchlib import authority, procfs, tls_load
from benchlib.child import Failed
from benchlib.goals import Goal
from benchlib.lineup import Case, Lineup
from benchlib.load import Request
from benchlib.ports import free_port
from benchlib.server import Setup
from benchlib.servers.mitmproxy import Mitmproxy
from benchlib.servers.navajo_tls import NavajoForward, NavajoReverse
from benchlib.servers.squid import Squid
from benchlib.table import MetricsTable, TableSpec
from benchlib.tls_load import Hosts, Way
from benchlib.tls_origin import BODY_BYTES, TlsOrigin

NAME = "mitm"
ABOUT = "intercepted TLS beside squid and mitmproxy: new hosts, known ones, memory of certificates"
# Left out where they are not installed.
PEERS = (Squid, Mitmproxy)

NEW, KNOWN, WARM = "new host", "known host", "1k, 32 conn., warm"
CACHED = {1000: "1,000 hosts", 5000: "5,000 hosts"}
QUIET = "{}, after {} s of quiet"
TABLES = (
    TableSpec("first_byte_p50", "from the client's connect to the first byte of the answer, median (us)", ratios=False,
              digits=0),
    TableSpec("first_byte_p99", "the same, 99th percentile (us)", ratios=False, digits=0),
    TableSpec("connect_p50", "of which the answer to CONNECT, median (us)", ratios=False, digits=0),
    TableSpec("handshake_p50", "of which the client's TLS handshake, median (us)", ratios=False, digits=0),
    TableSpec("cpu_per_request", "CPU time of the proxy per request (us)", ratios=False),
    TableSpec("latency_p50", "latency of the warm requests, median (us)", ratios=False, digits=0),
    TableSpec("latency_p99", "latency of the warm requests, 99th percentile (us)", ratios=False, digits=0),
    TableSpec("throughput", "requests per second, proxy on one core", lower_is_better=False, ratios=False, digits=0),
    TableSpec("memory_per_host", "process memory per host, grown since the first ten (KB)", ratios=False),
    TableSpec("memory_total", "process memory of the whole server (MB)", ratios=False),
    MetricsTable(NEW, "what a new host adds", (
        ("added_to_direct", "to the first byte without a proxy (us)", 0),
        ("added_to_known", "to the first byte from a known host (us)", 0),
        ("handshake_added", "to the client's handshake with a known host (us)", 0),
        ("certificate_bytes", "size of the certificate (bytes)", 0),
        ("chain_bytes", "of all certificates the client is shown (bytes)", 0))),
)
GOALS = (
    Goal(NAME, NEW, "handshake_added", 2000.0, what="us that a new host adds to the client's full handshake"),
    # With the way to an origin that nobody has a connection to.
    Goal(NAME, NEW, "added_to_known", 2000.0, what="us that a new host adds to the first byte from a known one"),
    Goal(NAME, NEW, "first_byte_p50", 1.0, "squid", "first byte from a new host, to squid"),
    Goal(NAME, NEW, "first_byte_p50", 1.0, "mitmproxy", "first byte from a new host, to mitmproxy"),
    Goal(NAME, WARM, "cpu_per_request", 1.3, "navajo_reverse",
         "CPU per intercepted request, to the same as a reverse proxy with TLS"),
    Goal(NAME, WARM, "cpu_per_request", 1.0, "squid", "CPU per intercepted request, to squid"),
    Goal(NAME, WARM, "cpu_per_request", 1.0, "mitmproxy", "CPU per intercepted request, to mitmproxy"),
    *(Goal(NAME, case, "memory_per_host", 25.0, what=f"KB per cached certificate, {case}")
      for case in CACHED.values()),
)
# More would run into the flood guard of Navajo: 500 new names per second for all clients together.
PER_SECOND = 400
# Connections to origins that nobody uses any more are no memory of certificates.
IDLE_S = 2
# It keeps 100 certificates, whatever is asked of it: 4,000 hosts more would tell nothing new, in minutes.
NOT_WITH_MANY = Mitmproxy.name
REPEATS = 3


class TlsLineup(Lineup):
    def __init__(self, run, backend, servers, ways, spare_s):
        super().__init__(run, NAME, backend, servers, spare_s)
        self.ways = ways

    def _load(self, server, case):
        return tls_load.keep_warm(self.run, server, self.backend, self.ways[server.name], case.connections,
                                  case.warmup_s, case.window_s)


def run(bench):
    certificates = authority.make(bench.out / "servers" / "mitm-certificates")
    origin = TlsOrigin(bench.tools)
    servers = []
    try:
        origin.start(bench.folder(NAME, "origin"), Setup(backend_port=free_port(), certificates=certificates),
                     bench.cores.backend)
        setup = Setup(backend_port=origin.port, certificates=certificates, hosts=10_000, idle_s=IDLE_S)
        for kind in (NavajoForward, NavajoReverse, *installed(bench)):
            server = kind(bench.tools)
            server.start(bench.folder(NAME, server.name), setup, bench.cores.proxy)
            servers.append(server)
        ways = {server.name: Way(certificates.minting_ca) for server in servers}
        for name in (NavajoReverse.name, TlsOrigin.name):
            ways[name] = Way(certificates.origin_ca, connect=False)
        proxies = [server for server in servers if ways[server.name].connect]
        _handshakes(bench, origin, proxies, ways)
        _warm(bench, origin, servers, ways)
        for server in servers:
            server.stop()
        servers = []
        # New ones: what a proxy has kept of other work is no memory of certificates.
        for proxy in proxies:
            proxy.start(bench.folder(NAME, proxy.name), setup, bench.cores.proxy)
            servers.append(proxy)
        _memory(bench, origin, proxies, ways)
    finally:
        for server in servers:
            server.stop()
        origin.stop()


def installed(bench):
    for kind in PEERS:
        try:
            kind(bench.tools).program()
        except Failed as failure:
            bench.say(f"  without it: {failure}")
        else:
            yield kind


# ---------------------------------------------------------------- new and known hosts

def _handshakes(bench, origin, proxies, ways):
    count = 60 if bench.quick else 200
    everybody = [origin, *proxies]
    for server in everybody:  # what happens once, with the first request
        _visit(bench, server, origin, ways, Hosts(10, first=900_000))
    seen = {(case, server.name): [] for case in (NEW, KNOWN) for server in everybody}
    for turn in range(REPEATS):
        for server in everybody:
            for case, hosts in ((NEW, Hosts(count, first=100_000 + turn * count)),
                                (KNOWN, Hosts(count, first=900_000, same=True))):
                seen[case, server.name].append(_visit(bench, server, origin, ways, hosts))
    for (case, name), visited in seen.items():
        _add_visited(bench.results, case, name, visited)
    for server in proxies:
        first, known, direct = (bench.results.value(NAME, case, name, "first_byte_p50") for case, name in (
            (NEW, server.name), (KNOWN, server.name), (NEW, origin.name)))
        bench.results.add(NAME, NEW, server.name, "added_to_known", "us", first - known)
        bench.results.add(NAME, NEW, server.name, "added_to_direct", "us", first - direct)
        shaken, again = (bench.results.value(NAME, case, server.name, "handshake_p50") for case in (NEW, KNOWN))
        bench.results.add(NAME, NEW, server.name, "handshake_added", "us", shaken - again)
        bench.say(f"  {server.name}: first byte from a new host {first} us, from a known one {known} us, "
                  f"without a proxy {direct} us")


def _visit(bench, server, origin, ways, hosts):
    try:
        return tls_load.visit(bench, server, origin, ways[server.name], hosts)
    except (Failed, OSError) as failure:
        raise Failed(f"{server.name}, {hosts}: {failure}\nits folder is {server.folder}") from failure


def _add_visited(results, case, server, visited):
    """The median of the turns' figures."""
    def middle(values):
        return sorted(values)[len(values) // 2]

    for what in ("connect", "handshake", "first_byte"):
        if server == TlsOrigin.name and what == "connect":
            continue
        for position, name in enumerate(("p50", "p99")):
            figures = [one.times[what][position] for one in visited]
            results.add(NAME, case, server, f"{what}_{name}", "us", middle(figures))
    if server != TlsOrigin.name:
        results.add(NAME, case, server, "cpu_per_request", "us",
                    round(middle([one.cpu_us / max(1, one.done) for one in visited]), 3))
    results.add(NAME, case, server, "certificate_bytes", "bytes", visited[0].certificate_bytes)
    results.add(NAME, case, server, "chain_bytes", "bytes", visited[0].chain_bytes)
    results.add(NAME, case, server, "errors", "", sum(one.errors for one in visited))


# ---------------------------------------------------------------- known hosts, connections kept

def _warm(bench, origin, servers, ways):
    case = Case(WARM, Request("/1k", BODY_BYTES), 32, repeats=REPEATS if bench.quick else 5,
                window_s=0.6 if bench.quick else 1.2, warmup_s=0.3)
    lineup = TlsLineup(bench, origin, servers, ways, spare_s=5 if bench.quick else 20)
    lineup.warm_up(case.request)
    lineup.measure(case)


# ---------------------------------------------------------------- memory

def _memory(bench, origin, proxies, ways):
    """Everybody gets the hosts in turn; then all are left alone together."""
    quiet_s = 10 if bench.quick else 60
    for server in proxies:
        _visit(bench, server, origin, ways, Hosts(10, first=900_000))
    before = {server.name: _settled(server) for server in proxies}
    done = 0
    for count, case in CACHED.items():
        if done:
            if bench.quick:
                break
            proxies = [server for server in proxies if server.name != NOT_WITH_MANY]
        for server in proxies:
            visited = _visit(bench, server, origin, ways, Hosts(count - done, first=done, per_second=PER_SECOND))
            loaded = procfs.pss_kb(server.pids())
            bench.results.add(NAME, f"{case}, just after", server.name, "memory_total", "MB", round(loaded / 1024, 1))
            bench.results.add(NAME, case, server.name, "errors", "", visited.errors + _given_up(server, count))
            settled = _settled(server)
            per_host = (settled - before[server.name]) / count
            bench.results.add(NAME, case, server.name, "memory_per_host", "KB", round(per_host, 2))
            bench.results.add(NAME, case, server.name, "memory_total", "MB", round(settled / 1024, 1))
            rate = visited.done / visited.seconds
            bench.say(f"  {server.name}, {case}: {per_host:.1f} KB each, {rate:.0f} per second")
        done = count
    time.sleep(quiet_s)
    case = QUIET.format(CACHED[done], quiet_s)
    for server in proxies:
        total = procfs.pss_kb(server.pids())
        bench.results.add(NAME, case, server.name, "memory_total", "MB", round(total / 1024, 1))


def _given_up(server, count):
    """Certificates that made room for others: the memory of what is left would say nothing about all. A few do, since
    Navajo's cache in shared memory has rows of eight."""
    gone = server.counter("certificate_evictions") if isinstance(server, NavajoForward) else 0
    return gone if gone > count / 100 else 0


def _settled(server):
    """PSS in KB after connections to origins have gone, and what allocators give back with them."""
    time.sleep(IDLE_S + 1)
    return procfs.pss_kb(server.pids())


def panels(results):
    """Not in the chart."""
    return ()
