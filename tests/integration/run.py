"""Runs the suite; the few tests that fail are run once more, by themselves: run.py CACHE_FOLDER PYTEST_ARGUMENTS...

The suite runs on two shared cores beside a compiler, and some of its tests are about time. What fails twice has failed.
What passes at the second try is named at the end, and counted by tests/summary.py as what it is. More than a few
failures are not the machine's fault: then there is no second try.
"""
import json
import pathlib
import subprocess
import sys

MOST = 6


def pytest(cache, arguments):
    return subprocess.run([sys.executable, "-m", "pytest", "-q", "--durations=10", "-o", f"cache_dir={cache}",
                           *arguments], check=False).returncode


def failed(cache):
    record = pathlib.Path(cache) / "v" / "cache" / "lastfailed"
    return sorted(json.loads(record.read_text())) if record.exists() else []


def main(cache, *arguments):
    (pathlib.Path(cache) / "v" / "cache" / "lastfailed").unlink(missing_ok=True)
    code = pytest(cache, arguments)
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
