"""TCP ports nobody listens on, asked from the kernel."""
import os
import pathlib
import socket

_given = set()


def free_port():
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        if port not in _given and _nobody_else_has(port):
            _given.add(port)
            return port


def _nobody_else_has(port):
    """Tests that run at once (run.py) do not listen on a port that another takes for free."""
    shared = os.environ.get("NAVAJO_TEST_PORTS")
    if not shared:
        return True
    try:
        pathlib.Path(shared, str(port)).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True
