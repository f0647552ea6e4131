"""Clients that keep asking while something happens to the server, and remember every request that failed."""
import collections
import threading
import time

from .client import Client, request_bytes
from .response import Incomplete


class Load:
    """
    Threads sending GETs until stop(). A request fails when its response is incomplete, not the expected one, or
    does not come. One case is no failure but HTTP's own race: a kept-alive connection closed by the server before
    any byte of the response; the request is then sent once more on a new connection, as browsers do, and counted
    in `repeated`. On a fresh connection there is no excuse.
    """

    def __init__(self, port, target="/ok", clients=4, keep_alive=True, tls=None, pause=0.0, expect=200):
        self._port, self._target, self._keep_alive = port, target, keep_alive
        self._tls, self._pause, self._expect = tls, pause, expect
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self.failures = []
        self.done = 0
        self.repeated = 0
        self.slowest = 0.0
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(clients)]

    def __enter__(self):
        return self.start()

    def __exit__(self, *ignored):
        self.stop()

    def start(self):
        for thread in self._threads:
            thread.start()
        return self

    def stop(self):
        self._stop.set()
        for thread in self._threads:
            thread.join(30)
        assert not any(thread.is_alive() for thread in self._threads), "a load client hangs"
        return self

    def summary(self):
        kinds = collections.Counter(text for _, text in self.failures)
        return f"{self.done} done, {self.repeated} repeated, {len(self.failures)} failed: {dict(kinds.most_common(8))}"

    def _run(self):
        client = None
        while not self._stop.is_set():
            started = time.monotonic()
            try:
                client = self._one(client)
                with self._lock:
                    self.done += 1
                    self.slowest = max(self.slowest, time.monotonic() - started)
            except Exception as failure:  # every kind counts; the test looks at the list
                with self._lock:
                    self.failures.append((started, f"{type(failure).__name__}: {failure}"))
                if client:
                    client.close()
                client = None
                time.sleep(0.01)
            if self._pause:
                self._stop.wait(self._pause)
        if client:
            client.close()

    def _one(self, client):
        fresh = client is None
        if fresh:
            client = Client(self._port, self._tls, timeout=20)
        try:
            response = self._ask(client)
        except (Incomplete, ConnectionError) as ended:
            client.close()
            if fresh or getattr(ended, "raw", b""):
                raise
            with self._lock:
                self.repeated += 1
            client = Client(self._port, self._tls, timeout=20)
            response = self._ask(client)
        if response.status != self._expect:
            client.close()
            raise AssertionError(f"status {response.status}")
        if self._keep_alive and response.keeps_connection:
            return client
        client.close()
        return None

    def _ask(self, client):
        fields = [] if self._keep_alive else [("Connection", "close")]
        return client.send(request_bytes("GET", self._target, fields)).read()
