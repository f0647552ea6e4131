"""What was measured: a flat list of rows, the form that _bench/results.json has."""
import json
from statistics import median


class Results:
    FIELDS = ("suite", "case", "server", "metric", "unit", "value")

    def __init__(self, rows=()):
        self.rows = [dict(row) for row in rows]

    def add(self, suite, case, server, metric, unit, value):
        self.rows.append(dict(zip(self.FIELDS, (suite, case, server, metric, unit, value))))

    def value(self, suite, case, server, metric):
        """None when it was not measured."""
        for row in self.rows:
            if (row["suite"], row["case"], row["server"], row["metric"]) == (suite, case, server, metric):
                return row["value"]
        return None

    def _seen(self, field, suite):
        return list(dict.fromkeys(row[field] for row in self.rows if suite in (None, row["suite"])))

    def suites(self):
        return self._seen("suite", None)

    def cases(self, suite):
        return self._seen("case", suite)

    def servers(self, suite):
        return self._seen("server", suite)

    def failed(self):
        """(suite, case, server) of everything that had errors."""
        return [(row["suite"], row["case"], row["server"]) for row in self.rows
                if row["metric"] == "errors" and row["value"] != 0]

    def write(self, path):
        lines = ",\n".join(json.dumps(row) for row in self.rows)
        path.write_text(f"[\n{lines}\n]\n")

    @classmethod
    def read(cls, path):
        return cls(json.loads(path.read_text()))


def add_runs(results, suite, case, server, runs, cores):
    """The rows of one case of one server from its repeated runs: medians, and how far the runs lie apart."""
    def per_request(field):
        return [getattr(run, field) / run.requests for run in runs if run.requests]

    cpu = per_request("cpu_us")
    rows = [
        ("cpu_per_request", "us", cpu),
        ("cpu_user_per_request", "us", per_request("cpu_user_us")),
        ("cpu_system_per_request", "us", per_request("cpu_system_us")),
        ("throughput", "1/s", [run.requests / run.seconds for run in runs]),
        ("latency_p50", "us", [run.p50_us for run in runs if run.p50_us]),
        ("latency_p99", "us", [run.p99_us for run in runs if run.p99_us]),
        ("proxy_core_busy", "%", [100 * run.cpu_us / (run.seconds * 1e6) for run in runs]),
        ("disturbance", "%", [run.disturbance(cores) for run in runs if run.others_cpu_us is not None]),
        ("reconnects", "", [run.reconnects for run in runs]),
        ("backend_connections", "", [run.backend_connections for run in runs]),
    ]
    for metric, unit, values in rows:
        if values:
            results.add(suite, case, server, metric, unit, round(median(values), 3))
    if cpu:
        results.add(suite, case, server, "cpu_per_request_spread", "%", round(spread_percent(cpu), 1))
    results.add(suite, case, server, "errors", "", sum(run.error_count for run in runs))
    results.add(suite, case, server, "runs", "", len(runs))


def spread_percent(values):
    """Distance between the largest and the smallest, in percent of the median."""
    middle = median(values)
    return 100 * (max(values) - min(values)) / middle if middle else 0.0
