"""What /proc tells about a process and its descendants: which there are, CPU time, memory, threads."""
import os
import time
from pathlib import Path


def parse_stat(text):
    """(parent, user ticks, system ticks) of one /proc/PID/stat line; the name in it may hold blanks and ')'."""
    fields = text[text.rindex(")") + 2:].split()
    return int(fields[1]), int(fields[11]), int(fields[12])


def tree(root):
    """The pid itself and all its living descendants."""
    children = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                parent, _, _ = parse_stat(Path("/proc", entry, "stat").read_text())
            except (OSError, ValueError):
                continue  # ended while we looked
            children.setdefault(parent, []).append(int(entry))
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting.extend(children.get(pid, ()))
    return sorted(found)


def cpu_us(pids):
    """CPU time in microseconds: total from the processes' CPU clocks, user and system from their ticks."""
    tick_us = 1e6 / os.sysconf("SC_CLK_TCK")
    total = user = system = 0.0
    for pid in pids:
        # The kernel's number for "the CPU clock of that process" (clock_getcpuclockid in C).
        total += time.clock_gettime_ns((~pid << 3) | 2) / 1e3
        _, user_ticks, system_ticks = parse_stat(Path(f"/proc/{pid}/stat").read_text())
        user += user_ticks * tick_us
        system += system_ticks * tick_us
    return total, user, system


def pss_kb(pids):
    """Proportional set size: private pages plus this process's share of the shared ones."""
    return sum(_number_after(Path(f"/proc/{pid}/smaps_rollup").read_text(), "Pss:") for pid in pids)


def threads(pids):
    return sum(_number_after(Path(f"/proc/{pid}/status").read_text(), "Threads:") for pid in pids)


def _number_after(text, label):
    for line in text.splitlines():
        if line.startswith(label):
            return int(line.split()[1])
    raise ValueError(f"no {label} in what /proc says")
