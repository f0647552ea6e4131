"""All servers side by side, each case measured in turns: A B C, A B C, ... so that what changes on the
machine in the course of minutes (clock, other load) meets all of them alike."""
import time
from contextlib import contextmanager
from dataclasses import dataclass

from . import load
from .child import Failed
from .helper import Backend
from .results import add_runs


# A run is disturbed when others, or the hypervisor, had more than this of the machine's CPU time. It is tried
# once more while the suite has time to spare, whichever server it is for.
DISTURBED_PERCENT = 5.0


@dataclass(frozen=True)
class Case:
    name: str
    request: load.Request
    connections: int
    close: bool = False
    generator: str = "own"     # or "wrk"
    repeats: int = 3
    warmup_s: float = 0.15
    window_s: float = 0.6
    tls: bool = False          # to the proxy


class Lineup:
    def __init__(self, run, suite, backend, servers, spare_s=0.0, other_pids=()):
        self.run = run
        self.suite = suite
        self.backend = backend
        self.servers = servers
        self.spare_s = spare_s  # for second tries
        self.other_pids = list(other_pids)  # of ours, besides the backend

    def warm_up(self, request, tls=False):
        for server in self.servers:
            self._once(server, Case("warm-up", request, 32, window_s=0.3, tls=tls))

    def measure(self, case):
        """Runs the case for all and adds its rows to the results."""
        runs = {server.name: [] for server in self.servers}
        for _ in range(case.repeats):
            for server in self.servers:
                runs[server.name].append(self._undisturbed(server, case))
        for name, measured in runs.items():
            add_runs(self.run.results, self.suite, case.name, name, measured, self.run.core_count)
        self.run.say(f"  {case.name:28s}" + "  ".join(
            self._line(case, name, measured) for name, measured in runs.items()))

    def _line(self, case, name, measured):
        errors = [run.errors for run in measured if run.error_count]
        cpu = self.run.results.value(self.suite, case.name, name, "cpu_per_request")
        return f"{name} {cpu or 0:.1f} us" + (f" ERRORS {errors}" if errors else "")

    def _undisturbed(self, server, case):
        """A run; tried once more when somebody else was busy meanwhile, then the quieter of both counts."""
        cores = self.run.core_count
        first = self._once(server, case)
        quiet = (first.disturbance(cores) or 0) < DISTURBED_PERCENT
        if first.error_count or quiet or self.spare_s <= 0:
            return first
        began = time.monotonic()
        second = self._once(server, case)
        self.spare_s -= time.monotonic() - began
        if second.error_count:
            return second
        return min(first, second, key=lambda run: run.disturbance(cores))

    def _once(self, server, case):
        opened = self.backend.connections_seen()
        try:
            measured = self._load(server, case)
            if not server.child.alive():  # its children may go on without it, and would not be counted
                raise Failed("has ended")
        except (Failed, OSError) as failure:
            raise Failed(f"{server.name}, {case.name}: {failure}\n{server.child.last_words()}\n"
                         f"its folder is {server.folder}") from failure
        # Each look at the backend's counters is a connection of its own.
        measured.backend_connections = self.backend.connections_seen() - opened - 1
        time.sleep(0.05)  # the server closes what this run left behind; not to be counted for the next
        return measured

    def _load(self, server, case):
        run, log = self.run, self.run.log("load")
        if case.generator == "wrk":
            return load.run_wrk(run.cores.load, log, server.port, server.pids(), case.request,
                                connections=case.connections, window_s=case.window_s)
        ours = [self.backend.pid, *self.other_pids]
        return load.run_own(
            run.tools.programs, run.cores.load, log, server.port, server.pids(), ours, case.request,
            connections=case.connections, close=case.close, tls=case.tls, warmup_s=case.warmup_s,
            window_s=case.window_s)


@contextmanager
def started(run, suite, setup_for, kinds, spare_s=0.0):
    """A lineup of running servers behind one backend; all of them end with the block."""
    backend = Backend(run.tools.programs, run.cores.backend, run.log("backend"))
    servers = []
    try:
        for kind in kinds:
            server = kind(run.tools)
            server.start(run.folder(suite, server.name), setup_for(backend.port), run.cores.proxy)
            servers.append(server)
        yield Lineup(run, suite, backend, servers, spare_s)
    finally:
        for server in servers:
            server.stop()
        backend.stop()
