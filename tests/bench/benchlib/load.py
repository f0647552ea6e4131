"""One measured run of load against one server: our own generator, or wrk to cross-check it."""
import json
import re
import subprocess
from dataclasses import dataclass, field

from . import procfs
from .child import Child, Failed


@dataclass(frozen=True)
class Request:
    """What is asked, again and again."""
    path: str
    expect: int            # bytes of the answer's body
    method: str = "GET"
    body: int = 0          # bytes of the request's body
    cookie: str = ""       # of our own generator


@dataclass
class Measured:
    """One run. Times in microseconds, CPU time is that of all processes of the proxy."""
    requests: float        # answered in that time; parts of large answers count as parts
    seconds: float
    p50_us: float          # 0 when no answer ended within the time
    p99_us: float
    cpu_us: float
    cpu_user_us: float
    cpu_system_us: float
    errors: dict = field(default_factory=dict)
    reconnects: int = 0
    others_cpu_us: float | None = None  # that anybody but the proxy and our own programs had; None: not measured
    backend_connections: int = 0  # that the proxy opened during the run

    @property
    def error_count(self):
        return sum(self.errors.values())

    def disturbance(self, cores):
        """Percent of the machine's CPU time that somebody else had meanwhile; None when that was not measured."""
        if self.others_cpu_us is None:
            return None
        return 100 * self.others_cpu_us / (self.seconds * 1e6 * cores)


def run_own(programs, cores, log, port, pids, other_pids, request, *, connections, close, warmup_s, window_s,
            tls=False):
    """Our generator: counts only what lies within the window, after everybody is connected and warm."""
    argv = [str(programs / "loadgen"), "--port", str(port), "--path", request.path, "--method", request.method,
            "--cookie", request.cookie or "none", "--body", str(request.body),
            "--expect", str(request.expect), "--connections", str(connections),
            "--close", "yes" if close else "no", "--tls", "yes" if tls else "no",
            "--warmup-ms", str(int(warmup_s * 1000)),
            "--window-ms", str(int(window_s * 1000)), "--pids", ",".join(map(str, pids)),
            "--other-pids", ",".join(map(str, other_pids)) or "none"]
    return parse_own(output_of_helper(argv, cores, log, warmup_s + window_s + 30))


def parse_own(text):
    said = json.loads(text)
    if not said["cpu_complete"]:
        raise Failed("a process of the server ended during the measurement")
    errors = said["errors"]
    if said["requests"] <= 0:
        errors["no_answer"] = 1
    return Measured(said["requests"], said["seconds"], said["p50_us"], said["p99_us"], said["cpu_us"],
                    said["cpu_user_us"], said["cpu_system_us"], errors, said["reconnects"],
                    said["foreign_cpu_us"] + said["stolen_us"])


def run_wrk(cores, log, port, pids, request, *, connections, window_s):
    """wrk with one thread; CPU time is taken around its whole run, connecting included."""
    argv = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(window_s))}s", "--latency",
            "-H", "User-Agent: bench", "-H", "Accept: */*", f"http://127.0.0.1:{port}{request.path}"]
    before = procfs.cpu_us(pids)
    text = output_of_helper(argv, cores, log, window_s + 30)
    after = procfs.cpu_us(pids)
    measured = parse_wrk(text)
    measured.cpu_us, measured.cpu_user_us, measured.cpu_system_us = (b - a for a, b in zip(before, after))
    return measured


_TIME_UNITS = {"us": 1.0, "ms": 1e3, "s": 1e6, "m": 60e6, "h": 3600e6}


def parse_wrk(text):
    """Reads the report that `wrk --latency` prints."""
    total = re.search(r"^\s*(\d+) requests in ([\d.]+)(us|ms|s|m|h),", text, re.M)
    if not total:
        raise Failed("wrk printed no summary: " + text.strip()[-200:])

    def latency(percent):
        found = re.search(rf"^\s*{percent}%\s+([\d.]+)(us|ms|s|m|h)\s*$", text, re.M)
        return float(found[1]) * _TIME_UNITS[found[2]] if found else 0.0

    errors = {}
    socket_errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
    if socket_errors:
        errors = dict(zip(("connect", "closed", "write", "timeout"), map(int, socket_errors.groups())))
    bad_status = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    if bad_status:
        errors["status"] = int(bad_status[1])
    return Measured(float(total[1]), float(total[2]) * _TIME_UNITS[total[3]] / 1e6, latency(50), latency(99),
                    0.0, 0.0, 0.0, errors)


def output_of_helper(argv, cores, log, limit_s):
    child = Child(argv, cores, log, stdout=subprocess.PIPE)
    try:
        text, _ = child.process.communicate(timeout=limit_s)
        if child.process.returncode != 0:
            raise Failed(f"{child.name} failed: {child.last_words()}")
        return text.decode()
    except subprocess.TimeoutExpired as late:
        raise Failed(f"{child.name} did not end within {limit_s:.0f} s") from late
    finally:
        child.stop()

