"""Programs of ours that measure one part of the library by themselves and print a line for each case: its name and a
number, `rules_1000 1234.5`, or an object with "case" and "ns_per_request". Other lines are for people."""
import json
import os
import re
import subprocess

from .child import Failed

LINE = re.compile(r"^(\w+)[ \t:]+(\d+(?:\.\d+)?)(?:[ \t]+\S+)?$")


def parse(text):
    """{case: number}, in the order of the lines."""
    found = {}
    for line in text.splitlines():
        if line.startswith("{"):
            record = json.loads(line)
            found[record["case"]] = record["ns_per_request"]
            continue
        match = LINE.match(line.strip())
        if match:
            found[match[1]] = float(match[2])
    return found


def measure(bench, program, arguments=(), limit_s=300):
    """Nothing when it was not built."""
    path = bench.tools.programs / program
    if not path.exists():
        bench.say(f"  without {program}: {path} was not built")
        return {}
    done = subprocess.run([str(path), *arguments], stdout=subprocess.PIPE, text=True, timeout=limit_s, check=False,
                          preexec_fn=lambda: os.sched_setaffinity(0, bench.cores.proxy))  # pylint: disable=W1509
    if done.returncode != 0:
        raise Failed(f"{program} ended with {done.returncode}")
    found = parse(done.stdout)
    if not found:
        raise Failed(f"{program} has said nothing: {done.stdout[-200:]}")
    return found
