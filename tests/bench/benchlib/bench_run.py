"""What one run of the driver has at hand: where things are, which servers, how long, and where results go."""
import sys
from dataclasses import dataclass, field
from pathlib import Path

from .affinity import Cores
from .results import Results


@dataclass(frozen=True)
class Tools:
    programs: Path   # folder of the C++ helpers
    prefix: Path     # where Navajo is installed


@dataclass
class BenchRun:
    tools: Tools
    cores: Cores
    out: Path            # _bench
    servers: list        # kinds of server (classes), in the order of tables
    quick: bool = False
    results: Results = field(default_factory=Results)

    @property
    def core_count(self):
        return len(self.cores.proxy | self.cores.backend | self.cores.load)

    def log(self, name):
        return self.out / "logs" / f"{name}.log"

    def folder(self, suite, server):
        return self.out / "servers" / f"{suite}-{server}"

    def say(self, text):
        print(text, file=sys.stderr, flush=True)
