"""What /proc says about the server's processes."""
import os
import pathlib

_TICKS = os.sysconf("SC_CLK_TCK")


def _stat(pid):
    """The fields of /proc/PID/stat after the name (which may contain blanks and brackets)."""
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return text.rpartition(")")[2].split()


def alive(pid):
    fields = _stat(pid)
    return fields is not None and fields[0] != "Z"


def children(pid):
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            fields = _stat(int(entry.name))
            if fields and int(fields[1]) == pid and fields[0] != "Z":
                found.append(int(entry.name))
    return sorted(found)


def group(leader):
    """Living processes of a process group, also those whose parent is gone."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            fields = _stat(int(entry.name))
            if fields and int(fields[2]) == leader and fields[0] != "Z":
                found.append(int(entry.name))
    return sorted(found)


def cpu_seconds(pid):
    """User and system time of all threads of a process."""
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / _TICKS if fields else 0.0


def threads(pid):
    return len(os.listdir(f"/proc/{pid}/task"))


def maps(pid):
    return pathlib.Path(f"/proc/{pid}/maps").read_text()


def command_line(pid):
    return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")


def open_descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def resident_bytes(pid):
    return int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def minor_faults(pid):
    return int(_stat(pid)[7])
