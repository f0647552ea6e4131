"""Which core runs what. The server under test has one core for itself; whatever feeds it shares the others."""
import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Cores:
    proxy: frozenset
    backend: frozenset
    load: frozenset

    def describe(self):
        if self.proxy == self.load:
            return "not pinned: one core for everything, the figures are not comparable with others"
        if self.backend == self.load:
            return f"proxy on core {min(self.proxy)}, backend and load generator on core {min(self.load)}"
        return f"proxy on core {min(self.proxy)}, backend on core {min(self.backend)}, load on core {min(self.load)}"


def choose(available=None):
    cores = sorted(available if available is not None else os.sched_getaffinity(0))
    if len(cores) == 1:
        return Cores(*(frozenset(cores),) * 3)
    backend = cores[1] if len(cores) > 2 else cores[0]
    return Cores(frozenset({cores[-1]}), frozenset({backend}), frozenset({cores[0]}))
