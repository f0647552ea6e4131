"""The C++ programs beside the driver: backend and floor listen and say where, the others report in JSON."""
import json
import select
import subprocess
import urllib.request

from .child import Child, Failed


def start_listening(argv, cores, log):
    """Starts a helper that prints `listening PORT`; returns the child and the port."""
    child = Child(argv, cores, log, stdout=subprocess.PIPE)
    line = read_line(child, 5.0)
    if not line.startswith("listening "):
        words = child.last_words()
        child.stop()
        raise Failed(f"{argv[0]} did not start: {words or line or 'no word from it'}")
    return child, int(line.split()[1])


def read_line(child, seconds):
    """One line of the child's stdout, or '' when none came in time."""
    ready, _, _ = select.select([child.process.stdout], [], [], seconds)
    return child.process.stdout.readline().decode() if ready else ""


class Backend:
    """The backend behind every proxy."""

    def __init__(self, programs, cores, log, delay_ms=0):
        self.child, self.port = start_listening(
            [str(programs / "backend"), "--delay-ms", str(delay_ms)], cores, log)

    @property
    def pid(self):
        return self.child.pid

    def connections_seen(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/stats", timeout=10) as answer:
            return json.load(answer)["connections"]

    def stop(self):
        self.child.stop()


class WebSockets:
    """The backend of WebSockets, and clients of it."""

    def __init__(self, programs, cores, log):
        self.programs = programs
        self.child, self.port = start_listening([str(programs / "websockets"), "--role", "backend"], cores, log)

    def clients(self, role, cores, log, port, connections, **options):
        """Opens them; (the child, how many are open). What the child says at the end is its last line."""
        more = [text for name, value in options.items() for text in ("--" + name.replace("_", "-"), str(value))]
        child = Child([str(self.programs / "websockets"), "--role", role, "--port", str(port),
                       "--connections", str(connections), *more], cores, log,
                      stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        line = read_line(child, 70.0)
        return child, json.loads(line)["opened"] if line else 0

    @staticmethod
    def let_go(child):
        child.process.stdin.close()
        child.process.stdin = None
        return WebSockets.last_line(child)

    @staticmethod
    def last_line(child, seconds=10.0):
        line = read_line(child, seconds)
        child.stop()
        return json.loads(line) if line else {}

    def stop(self):
        self.child.stop()


class Holder:
    """Idle (or waiting) keep-alive connections on one server, open until let_go()."""

    def __init__(self, programs, cores, log, port, connections, at_once, limit_s):
        self.limit_s = limit_s
        self.child = Child(
            [str(programs / "holder"), "--port", str(port), "--connections", str(connections),
             "--at-once", str(at_once), "--limit-ms", str(int(limit_s * 1000))],
            cores, log, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def report(self, seconds=0.0):
        """What became of the requests; None while they are under way."""
        line = read_line(self.child, seconds)
        return json.loads(line) if line else None

    def let_go(self):
        """Closes the connections; returns how many were still open before that."""
        self.child.process.stdin.close()
        self.child.process.stdin = None
        line = read_line(self.child, 10.0)
        self.child.stop()
        return json.loads(line)["still_open"] if line else 0
