"""A server under test: how it is found, configured, started, looked at and stopped.

Each kind says in servers/NAME.py what is its own: the program, its version and its configuration.
"""
import grp
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from . import procfs
from .authority import Certificates
from .child import Child, Failed, wait_until
from .ports import free_port, listening


@dataclass(frozen=True)
class Setup:
    """What is asked of every server alike."""
    backend_port: int
    access_log: bool = False
    connections: int = 1000    # that it must be able to hold at once
    children: int = 1          # worker processes, for servers that have them
    chain: bool = False        # Navajo: six filters before the connector
    login: bool = False        # Navajo: sessions, and users who have to log in
    websockets: bool = False   # requests may become WebSockets
    rules: int = 0             # so many rules, and a rate limit (rule_set.py); servers that have neither: nothing
    event_log: bool = False    # Navajo: a record of each request, which a rule chooses
    identity: Path | None = None  # PEM: the key and certificate of bench.test; the proxy speaks TLS to clients
    backend_ca: Path | None = None  # PEM: the backend speaks TLS and shows bench.test, vouched for by this
    hibernate_after_s: int = 0  # Navajo: idle time after which a connection object is given back; 0: its default
    certificates: Certificates | None = None  # of suites with TLS
    hosts: int = 1000          # intercepting proxies: certificates that must fit into their caches
    idle_s: int = 30           # intercepting proxies: how long connections to origins are kept


class Server:
    name = ""                  # as in results and tables
    programs = ()              # names of the executable, the first one found is used
    install_hint = ""

    def __init__(self, tools):
        self.tools = tools     # Tools of bench.py: folders of our programs and of the installed Navajo
        self.child = None
        self.port = 0
        self.folder = None     # with its configuration and logs, once started

    # ---- what a kind of server says about itself

    def configure(self, folder: Path, port: int, setup: Setup):
        """Writes what the server needs into the folder."""
        raise NotImplementedError

    def command(self, folder: Path, port: int, setup: Setup):
        raise NotImplementedError

    def version(self):
        raise NotImplementedError

    # ---- what is the same for all

    def program(self):
        path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])
        for name in self.programs:
            found = shutil.which(name, path=path)
            if found:
                return found
        raise Failed(f"{self.name}: {' or '.join(self.programs)} not found; {self.install_hint}")

    def start(self, folder: Path, setup: Setup, cores):
        """Starts it and waits until it answers; another port when somebody else took the first."""
        self.folder = folder
        for attempt in range(3):
            port = free_port()
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            self.configure(folder, port, setup)
            self.child = Child(self.command(folder, port, setup), cores, folder / "output.log")
            if wait_until(lambda: listening(port) or not self.child.alive(), 15.0) and self.child.alive():
                self.port = port
                return
            words = self.child.last_words()
            self.child.stop()
        raise Failed(f"{self.name} did not start ({attempt + 1} tries): {words}\nits folder is {folder}")

    def pids(self):
        return procfs.tree(self.child.pid)

    def stop(self):
        if self.child:
            self.child.stop()
            self.child = None


def output_of(argv):
    """What a program says about itself, stdout and stderr together."""
    done = subprocess.run(argv, capture_output=True, text=True, timeout=20, check=False)
    return (done.stdout + done.stderr).strip()


def unprivileged():
    """(user, group) to drop to when run as root; None otherwise."""
    if os.getuid() != 0:
        return None
    user = pwd.getpwnam("nobody")
    return user.pw_name, grp.getgrgid(user.pw_gid).gr_name
