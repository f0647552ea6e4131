"""Runs the suite; the few tests that fail are run once more, by themselves: run.py CACHE_FOLDER PYTEST_ARGUMENTS...

The suite waits more than it works, so a few files run at once where pytest-xdist is installed; the tests of one file
run in their order. NAVAJO_TEST_WORKERS says how many, 1 one after another.

The suite runs on two shared cores beside a compiler, and some of its tests are about time. What fails twice has failed.
What passes at the second try is named at the end, and counted by tests/summary.py as what it is. More than a few
failures are not the machine's fault: then there is no second try.
"""
import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import tempfile

MOST = 6
# Under the sanitizer a server needs a core to itself.
WORKERS = 2 if "NAVAJO_TEST_ASAN" in os.environ else 3


def pytest(cache, arguments, *options):
    return subprocess.run([sys.executable, "-m", "pytest", "-q", "--durations=10", "-o", f"cache_dir={cache}",
                           *options, *arguments], check=False).returncode


def at_once(arguments):
    """Files named one by one may be fewer than workers."""
    wanted = int(os.environ.get("NAVAJO_TEST_WORKERS", WORKERS))
    files = sum(argument.endswith(".py") for argument in arguments)
    workers = min(wanted, files) if files else wanted
    if workers < 2 or not importlib.util.find_spec("xdist"):
        return []
    return ["-n", str(workers), "--dist", "loadfile"]


def failed(cache):
    record = pathlib.Path(cache) / "v" / "cache" / "lastfailed"
    return sorted(json.loads(record.read_text())) if record.exists() else []


def main(cache, *arguments):
    (pathlib.Path(cache) / "v" / "cache" / "lastfailed").unlink(missing_ok=True)
    # Where the workers tell each other which ports they have taken.
    with tempfile.TemporaryDirectory(prefix="navajo-itest-ports-") as os.environ["NAVAJO_TEST_PORTS"]:
        return tried_twice(cache, arguments)


def tried_twice(cache, arguments):
    code = pytest(cache, arguments, *at_once(arguments))
    first = failed(cache)
    if code != 1 or not 0 < len(first) <= MOST:
        return code
    print(f"== second try of {len(first)}: {' '.join(first)}", flush=True)
    code = pytest(cache, ["--last-failed", *arguments])
    passed = sorted(set(first) - set(failed(cache)))
    print(f"== passed at the second try: {' '.join(passed) or 'none'}", flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
