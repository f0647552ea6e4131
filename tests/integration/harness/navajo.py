"""One Navajo instance: its files, its processes, its log."""
import json
import os
import pathlib
import pwd
import signal
import socket
import subprocess
import time

from . import paths, processes
from .error_log import ErrorLog
from .site import web_xml
from .waiting import wait_until

unjudged = []  # instances whose log must still be read; see judge_logs()


class Navajo:
    """
    Writes the site into a folder, starts `navajo run --foreground`, waits until it answers, stops it by pid.
    `httpd` is text of httpd directives for what navajo.xml has no element for (LoadModule, Location ...), `within` the
    words of a program that runs the command it is given in other surroundings and becomes it (prlimit, unshare).
    """

    def __init__(self, folder, site, mpm="event", httpd="", options=(), environment=None, within=()):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o755)
        self.site, self.mpm, self._options = site, mpm, list(options)
        self._environment = dict(environment or {})
        self._within = list(within)
        self._httpd = httpd
        self.config = self.folder / "navajo.xml"
        self.error_log = self.folder / "error.log"
        self.access_log = self.folder / "access.log"
        self.console = self.folder / "console.log"
        self.run_directory = self.folder / "run"
        self.pid_file = self.run_directory / "httpd.pid"
        self.log = ErrorLog(self.error_log, self.console)
        self._command = None
        self.parent = None
        self.write()

    # ---------------------------------------------------------------- files

    def write(self):
        """navajo.xml, web.xml files and the httpd include, from the site as it is now."""
        site = self.site
        defaults = {"ErrorLog": str(self.error_log), "LogLevel": "info",
                    "CustomLog": f"{self.access_log} itest",
                    "LogFormat": "'%a %t \\\"%r\\\" %>s %O id=%L' itest",
                    # The product's defaults (512000 and 5120) are for sites; tests send what they like.
                    "LimitRequestBody": "0", "LimitRequestLine": "8190"}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            defaults |= {"User": f"#{nobody.pw_uid}", "Group": f"#{nobody.pw_gid}"}
        if self._httpd:
            include = self.folder / "extra.conf"
            include.write_text(self._httpd)
            defaults["Include"] = str(include)
        site.server = {**defaults, **site.server}
        # Fewer than the product's default, so that the usual limits of open files suffice without a warning.
        site.reactor = {"maxConnections": 1500, **site.reactor}
        for host in site.hosts:
            for context in host.contexts:
                folder = pathlib.Path(context.doc_base) / "WEB-INF"
                folder.mkdir(parents=True, exist_ok=True)
                (folder / "web.xml").write_text(web_xml(context.components))
        self.config.write_text(site.navajo_xml())

    @property
    def port(self):
        return self.site.connectors[0].port

    def url(self, path):
        return f"http://localhost:{self.port}{path}"

    # ---------------------------------------------------------------- start and stop

    def start(self, wait=True):
        environment = self._child_environment()
        with open(self.console, "ab") as console:
            self._command = subprocess.Popen(
                [*self._within, str(paths.navajo_command()), "run", "--config", str(self.config), "--foreground",
                 "--run-dir", str(self.run_directory),
                 *(["--mpm", self.mpm] if self.mpm != "event" else []), *self._options],
                stdin=subprocess.DEVNULL, stdout=console, stderr=console, env=environment, cwd=self.folder,
                start_new_session=True)
        unjudged.append(self)
        if wait:
            self._wait_until_ready()
        return self

    def stop(self):
        """SIGTERM to the parent; SIGKILL only to what that does not end, which is a failure."""
        if self._command is None:
            return
        try:
            if not self.ended:
                os.kill(self.parent or self._command.pid, signal.SIGTERM)
                self.wait_for_end(15)
        finally:
            # Every process of the server is in the group of the command, whoever is its parent now.
            left = processes.group(self._command.pid)
            self._kill_all(left)
            self._command.wait()
        assert not left, f"processes {left} outlived the server"

    @property
    def ended(self):
        return self._command is not None and self._command.poll() is not None

    def wait_for_end(self, seconds):
        """The exit status of the command, which must end by itself."""
        try:
            return self._command.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"the server is still there after {seconds} s") from None

    def _kill_all(self, pids):
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def _child_environment(self):
        return {**tool_environment(), **self._environment}

    def _wait_until_ready(self):
        deadline = time.monotonic() + (60 if paths.sanitized() else 20)
        while True:
            if self._command.poll() is not None:
                raise AssertionError(f"navajo run ended with {self._command.returncode}:\n{self.log.everything()}")
            try:
                # Connected and accepted is not yet served: the pid file is written before children are made.
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                if self.pid_file.exists() and len(self.children()) >= int(self.site.server.get("StartServers", 2)):
                    break
            except OSError:
                pass
            if time.monotonic() > deadline:
                everything = self.log.everything()
                self._kill_all(self.processes())
                raise AssertionError("navajo run does not listen:\n" + everything)
            time.sleep(0.05)
        self.parent = int(self.pid_file.read_text())

    # ---------------------------------------------------------------- processes

    def children(self):
        """Pids of httpd's children, oldest first."""
        parent = self.parent or (int(self.pid_file.read_text()) if self.pid_file.exists() else None)
        return processes.children(parent) if parent else []

    def processes(self):
        return processes.group(self._command.pid)

    def graceful_restart(self, wait=True):
        """SIGUSR1 to the parent; waits until the new generation is said to be up."""
        resumed = len(self.log.lines("AH00489|resuming normal operations"))
        os.kill(self.parent, signal.SIGUSR1)
        if wait:
            wait_until(lambda: len(self.log.lines("AH00489|resuming normal operations")) > resumed, 15,
                       "the restarted server")

    def graceful_stop(self):
        os.kill(self.parent, signal.SIGWINCH)

    def kill_child(self, pid, signum=signal.SIGKILL):
        assert pid in self.children(), f"{pid} is no child of this server"
        os.kill(pid, signum)

    # ---------------------------------------------------------------- what it says

    def expect_log(self, pattern, required=True):
        self.log.expect(pattern, required)

    def expect_deaths(self):
        self.log.expect_deaths()

    def wait_for_log(self, pattern, seconds=10):
        return wait_until(lambda: self.log.lines(pattern), seconds, f"a log line like {pattern}")

    def access_lines(self, pattern, count=1):
        """Waits for that many lines: they are written after the response has left."""
        def found():
            if not self.access_log.exists():
                return []
            lines = self.access_log.read_text(errors="replace").splitlines()
            return [line for line in lines if pattern in line]
        wait_until(lambda: len(found()) >= count, 5, f"{count} access log line(s) with {pattern}")
        return found()

    def navajo(self, *arguments):
        """Runs another navajo command about this instance."""
        where = [] if arguments[0] in ("check", "config") else ["--run-dir", self.run_directory]
        return run_navajo(*arguments, "--config", self.config, *where)

    def status(self):
        """What `navajo status --json` tells."""
        result = self.navajo("status", "--json")
        assert result.returncode == 0, result.stdout + result.stderr
        return json.loads(result.stdout)

    def number(self, name):
        """A counter or gauge, over all children."""
        return _numbers(self.status()["total"])[name]

    def numbers_of_children(self, name):
        """The same, by pid of the child."""
        return {child["pid"]: _numbers(child)[name] for child in self.status()["children"]}


def _numbers(part):
    return {**part["counters"], **part["gauges"]}


def judge_logs():
    """Complaints about the logs of every instance that was up since the last time."""
    complaints = []
    for instance in list(unjudged):
        if instance.ended:
            unjudged.remove(instance)
        complaints += [f"{instance.folder.name}: {line}" for line in instance.log.judge()]
    return complaints


def tool_environment():
    """Of every process under test: libraries of a staged installation, and what sanitizers need."""
    environment = dict(os.environ)
    libraries = os.environ.get("NAVAJO_LIBRARY_PATH")
    if libraries:
        environment["LD_LIBRARY_PATH"] = libraries
    if paths.sanitized():
        # The host program is not built with the sanitizer: its run time must come first, and jemalloc not at all.
        environment["NAVAJO_PRELOAD"] = os.environ["NAVAJO_TEST_ASAN_RUNTIME"]
        environment["ASAN_OPTIONS"] = "detect_leaks=0:detect_stack_use_after_return=0:abort_on_error=1"
        environment["UBSAN_OPTIONS"] = "print_stacktrace=1:halt_on_error=1"
    return environment


def run_navajo(*arguments, timeout=60):
    return subprocess.run([str(paths.navajo_command()), *map(str, arguments)], capture_output=True, text=True,
                          timeout=timeout, env=tool_environment())
