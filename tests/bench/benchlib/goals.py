"""The figures that the project must reach (architecture, section 8), judged from the results of this very run."""
from dataclasses import dataclass

from .table import best_peer


@dataclass(frozen=True)
class Goal:
    suite: str
    case: str
    metric: str
    at_most: float
    relative_to: str = ""    # "" absolute, "peers" the better of nginx and HAProxy, or a server's name
    what: str = ""

    def judge(self, results):
        """(reached?, sentence); None when this run did not measure it."""
        value = results.value(self.suite, self.case, "navajo", self.metric)
        if value is None:
            return None
        base = 1.0
        if self.relative_to == "peers":
            base = best_peer({p: results.value(self.suite, self.case, p, self.metric) for p in ("nginx", "haproxy")})
        elif self.relative_to:
            base = results.value(self.suite, self.case, self.relative_to, self.metric)
        if not base:
            return None
        got = value / base
        return got <= self.at_most, f"{self.what}: {got:.2f}, goal at most {self.at_most:g}"


def verdicts(goals, results):
    judged = [goal.judge(results) for goal in goals]
    return [f"{'reached' if reached else 'MISSED '}  {sentence}" for reached, sentence in filter(None, judged)]
