"""Where and with what the figures were made: goes into _bench/machine.json."""
import json
import os
import platform
import re
import subprocess
import time
from pathlib import Path


def describe(cores, versions, command, source):
    cpuinfo = Path("/proc/cpuinfo").read_text()
    model = re.search(r"model name\s*:\s*(.*)", cpuinfo)
    memory = re.search(r"MemTotal:\s+(\d+) kB", Path("/proc/meminfo").read_text())
    return {
        "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "cpu": model[1].strip() if model else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "virtual": "hypervisor" in cpuinfo,
        "memory_mb": int(memory[1]) // 1024 if memory else 0,
        "kernel": platform.release(),
        "system": _system_name(),
        "pinning": cores.describe(),
        "load_average_before": os.getloadavg()[0],
        "versions": versions,
        "commit": _commit(source),
        "command": command,
    }


def write(path, machine):
    path.write_text(json.dumps(machine, indent=2) + "\n")


def summary(machine):
    """One line for headings."""
    kind = ", virtual" if machine["virtual"] else ""
    return (f"{machine['cpu']}, {machine['cores']} cores{kind}, Linux {machine['kernel']}, {machine['system']}, "
            f"{machine['date']}")


def _system_name():
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", "")
    except OSError:
        return ""


def _commit(source):
    """The commit of the checkout; empty for a source archive or without git."""
    try:
        done = subprocess.run(["git", "-C", str(source), "describe", "--always", "--dirty", "--abbrev=12"],
                              capture_output=True, text=True, timeout=10, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
