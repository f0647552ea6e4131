"""Ports from the kernel, and whether somebody listens there."""
import socket


def free_port():
    """A port that was free just now. Somebody may take it meanwhile: who starts a server tries again."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listening(port):
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("127.0.0.1", port)) == 0
