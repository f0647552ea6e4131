"""TLS on either side of the proxy: keep-alive and full handshakes with clients, and pooled connections to a backend
that speaks TLS. Everybody has the same ECDSA P-256 certificate, TLS 1.3, AES-128-GCM; no client resumes a session."""
import dataclasses
import os
import subprocess
from contextlib import contextmanager
from pathlib import Path

from benchlib.goals import Goal
from benchlib.helper import Backend
from benchlib.lineup import Case, Lineup
from benchlib.server import Setup
from benchlib.servers.haproxy import HAProxy
from benchlib.table import TableSpec
from .http1 import GET_1K, GET_64K

NAME = "tls"
ABOUT = "TLS with clients and with the backend: CPU per request and per full handshake"
KINDS = ("navajo", "nginx", "haproxy")

KEPT = Case("1k, 32 conn.", GET_1K, 32, repeats=5, window_s=1.2, tls=True)
LARGE = Case("64k, 32 conn.", GET_64K, 32, tls=True)
SHAKEN = Case("1k, 32 conn., close", GET_1K, 32, repeats=5, window_s=1.2, close=True, tls=True)
INNER = Case("1k, 32 conn., TLS to the backend", GET_1K, 32, repeats=5, window_s=1.2)
INNER_LARGE = Case("64k, 32 conn., TLS to the backend", GET_64K, 32)

TABLES = (
    TableSpec("cpu_per_request", "CPU time of the proxy per request (us)"),
    TableSpec("throughput", "requests per second, proxy on one core", lower_is_better=False, digits=0),
    TableSpec("latency_p99", "latency, 99th percentile (us)", digits=0),
    TableSpec("disturbance", "CPU time that others or the hypervisor took meanwhile (% of all cores)", ratios=False),
)
GOALS = tuple(
    Goal(NAME, case.name, "cpu_per_request", 1.25, "peers",
         f"CPU per request, {what}, to the better of nginx and HAProxy")
    for case, what in ((KEPT, "1 KB over TLS, kept alive"), (SHAKEN, "1 KB with a full handshake"),
                       (INNER, "1 KB from a backend over TLS, kept alive")))


def run(bench):
    kinds = [kind for kind in bench.servers if kind.name in KINDS]
    if not kinds:
        bench.say("  none of the chosen servers takes part")
        return
    identity, certificate = _made_identity(bench.out / "tls")
    with _started(bench, "front", kinds, identity, None) as lineup:
        lineup.warm_up(GET_1K, tls=True)
        for case in (KEPT, LARGE, SHAKEN):
            lineup.measure(_shortened(bench, case))
    with _started(bench, "back", kinds, identity, certificate) as lineup:
        lineup.warm_up(GET_1K)
        for case in (INNER, INNER_LARGE):
            lineup.measure(_shortened(bench, case))


def _shortened(bench, case):
    return dataclasses.replace(case, repeats=3, window_s=0.5) if bench.quick else case


def _made_identity(folder: Path):
    """(PEM with key and certificate, PEM with the certificate alone)."""
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    key, certificate, both = folder / "key.pem", folder / "certificate.pem", folder / "identity.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-days", "2", "-subj", "/CN=bench.test", "-addext", "subjectAltName=DNS:bench.test,IP:127.0.0.1",
                    "-keyout", key, "-out", certificate], check=True, capture_output=True)
    both.write_text(certificate.read_text() + key.read_text())
    os.chmod(both, 0o600)  # whoever starts a server reads it, before it becomes somebody else
    return both, certificate


@contextmanager
def _started(bench, side, kinds, identity, backend_ca):
    """
    As lineup.started(), with TLS to the clients, or (backend_ca) to the backend: there an HAProxy stands before the
    backend of all suites and speaks TLS for it. It is not measured.
    """
    backend = Backend(bench.tools.programs, bench.cores.backend, bench.log("backend"))
    running, others, port = [], [], backend.port
    try:
        if backend_ca:
            front = HAProxy(bench.tools)
            front.start(bench.folder(NAME, "backend-front"), Setup(backend_port=backend.port, identity=identity),
                        bench.cores.backend)
            running.append(front)
            port, others = front.port, front.pids()
        servers = []
        setup = Setup(backend_port=port, identity=None if backend_ca else identity, backend_ca=backend_ca)
        for kind in kinds:
            server = kind(bench.tools)
            server.start(bench.folder(f"{NAME}-{side}", server.name), setup, bench.cores.proxy)
            running.append(server)
            servers.append(server)
        yield Lineup(bench, NAME, backend, servers, 0 if bench.quick else 20, others)
    finally:
        for server in reversed(running):
            server.stop()
        backend.stop()


def panels(_results):
    """Not in the chart."""
    return ()
