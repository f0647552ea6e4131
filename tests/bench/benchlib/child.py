"""Processes that the driver starts: pinned, in a session of their own, and ended by pid whatever happens.

Ended three times over: by the code that started them, by stop_all() when the driver ends for any reason
it can still react to, and by the kernel (parent-death signal) when the driver itself is killed.
"""
import ctypes
import os
import signal
import subprocess
import time

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)
_running = []


class Failed(Exception):
    """Something that the benchmark needs did not start, or ended early; the message says what to do."""


class Child:
    def __init__(self, argv, cores, log, *, stdin=subprocess.DEVNULL, stdout=None, environment=None):
        self.name = os.path.basename(argv[0])
        self.log = log
        with open(log, "ab") as log_file:
            self.process = subprocess.Popen(
                argv, stdin=stdin, stdout=stdout or log_file, stderr=log_file, start_new_session=True,
                env=environment, preexec_fn=lambda: self._prepare(cores))  # pylint: disable=W1509
        _running.append(self)

    @staticmethod
    def _prepare(cores):
        os.sched_setaffinity(0, cores)
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)

    @property
    def pid(self):
        return self.process.pid

    def alive(self):
        return self.process.returncode is None and not self._ended()

    def stop(self, patience=5.0):
        """SIGTERM, then SIGKILL for the whole session: a server's children must not outlive it."""
        if self.process.returncode is None:
            os.kill(self.pid, signal.SIGTERM)  # not terminate(): it would reap one that has ended
            wait_until(self._ended, patience)
            # Not reaped yet, so the session's number still is ours and nobody else can be hit.
            os.killpg(self.pid, signal.SIGKILL)
            self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream:
                stream.close()
        if self in _running:
            _running.remove(self)

    def _ended(self):
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is not None

    def last_words(self, lines=5):
        try:
            with open(self.log, "rb") as log_file:
                return b"\n".join(log_file.read().splitlines()[-lines:]).decode(errors="replace")
        except OSError:
            return ""


def stop_all():
    for child in list(reversed(_running)):
        child.stop(patience=2.0)


def wait_until(condition, seconds, step=0.02):
    """True as soon as the condition holds; False when it does not within that time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(step)
    return True
