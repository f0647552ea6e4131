#!/usr/bin/env python3
"""Measures Navajo beside nginx, HAProxy, httpd's own proxy and a floor relay, on the same work in one run.

`make bench` builds the helpers and calls this; see README.md beside it and docs/benchmarks.md.
"""
import argparse
import json
import os
import shlex
import shutil
import signal
import sys
import time
from pathlib import Path

import suites
from benchlib import affinity, machine, report
from benchlib.bench_run import BenchRun, Tools
from benchlib.child import Failed, stop_all
from benchlib.results import Results
from benchlib.servers import BY_NAME

SOURCE = Path(__file__).resolve().parents[2]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--suite", action="append", default=[], metavar="NAME",
                        help="may be repeated; default: all. " + "; ".join(f"{s.NAME}: {s.ABOUT}" for s in suites.ALL))
    parser.add_argument("--servers", default="", metavar="NAMES",
                        help="blank-separated, default: all of " + " ".join(BY_NAME))
    parser.add_argument("--quick", action="store_true", help="fewer cases, shorter: a look, not a result")
    parser.add_argument("--programs", type=Path, default=Path("tests/bench"), help="folder of the built helpers")
    parser.add_argument("--prefix", type=Path, default=Path("/usr/local"), help="where Navajo is installed")
    parser.add_argument("--out", type=Path, default=Path("_bench"), help="results, chart and logs go there")
    parser.add_argument("--markdown", action="store_true", help="measure nothing: print --out's results as Markdown")
    parser.add_argument("--write-docs", type=Path, metavar="FILE",
                        help="measure nothing: put --out's results between the marks of FILE, the chart beside it")
    return parser.parse_args()


def chosen(names, known, what):
    unknown = [name for name in names if name not in known]
    if unknown:
        raise Failed(f"no such {what}: {' '.join(unknown)}; there are: {' '.join(known)}")
    return [known[name] for name in known if name in names] if names else list(known.values())


def measure(options):
    picked_suites = chosen([name for text in options.suite for name in text.split()], suites.BY_NAME, "suite")
    kinds = chosen(options.servers.split(), BY_NAME, "server")
    tools = Tools(options.programs.resolve(), options.prefix)
    # All that is missing is said at once, before the first minute is spent.
    missing, versions = [], {}
    for kind in kinds:
        try:
            server = kind(tools)
            server.program()
            versions[kind.name] = server.version()
        except Failed as failure:
            missing.append(str(failure))
    if missing:
        raise Failed("\n".join(missing))
    for kind in (kind for suite in picked_suites for kind in getattr(suite, "PEERS", ())):
        try:
            server = kind(tools)
            server.program()
            versions[kind.name] = server.version()
        except Failed:
            continue  # the suite says so

    options.out.mkdir(parents=True, exist_ok=True)
    out = options.out.resolve()
    (out / "logs").mkdir(exist_ok=True)
    cores = affinity.choose()
    command = "tests/bench/bench.py " + shlex.join(sys.argv[1:])
    about = machine.describe(cores, versions, os.environ.get("BENCH_COMMAND", command), SOURCE)
    bench = BenchRun(tools, cores, out, kinds, options.quick)
    os.sched_setaffinity(0, cores.load)
    bench.say(f"{machine.summary(about)}\n{cores.describe()}")
    for suite in picked_suites:
        began = time.monotonic()
        bench.say(f"{suite.NAME}: {suite.ABOUT}")
        suite.run(bench)
        bench.say(f"  took {time.monotonic() - began:.0f} s")

    bench.results.write(out / "results.json")
    machine.write(out / "machine.json", about)
    (out / "chart.svg").write_text(report.as_svg(bench.results, picked_suites, about))
    print(report.as_text(bench.results, picked_suites))
    print(f"results, chart and logs: {out}")
    failed = bench.results.failed()
    for suite, case, server in failed:
        print(f"FAILED: {suite}, {case}: {server} had errors")
    return 1 if failed else 0


def show(options):
    """--markdown and --write-docs: from an earlier run."""
    results = Results.read(options.out / "results.json")
    about = json.loads((options.out / "machine.json").read_text())
    shown = [suite for suite in suites.ALL if suite.NAME in results.suites()]
    text = report.as_markdown(results, shown, about)
    if options.write_docs:
        chart_file = options.write_docs.with_suffix(".svg")
        text += f"\n![chart]({chart_file.name})\n"
        options.write_docs.write_text(report.replace_between_marks(options.write_docs.read_text(), text))
        shutil.copy(options.out / "chart.svg", chart_file)
    else:
        print(text)
    return 0


def interrupted(number, _frame):
    raise SystemExit(128 + number)


def main():
    options = arguments()
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, interrupted)
    try:
        if options.markdown or options.write_docs:
            return show(options)
        return measure(options)
    except (Failed, OSError, ValueError) as failure:
        print(f"bench: {failure}", file=sys.stderr)
        return 1
    finally:
        stop_all()


if __name__ == "__main__":
    sys.exit(main())
