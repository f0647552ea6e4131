"""A proxy that `navajo init` wrote, and the server that runs from it."""
import ssl
import urllib.request

from .error_log import ErrorLog
from .navajo import run_navajo
from .ports import free_port


class Made:
    """Made by init into a folder; the server is started, asked and stopped by commands."""

    def __init__(self, folder, *arguments):
        self.folder, self.run_directory = folder / "proxy", folder / "run"
        self.port = free_port()
        self.config = self.folder / "navajo.xml"
        result = run_navajo("init", "--port", self.port, "--directory", self.folder, *arguments)
        assert result.returncode == 0, result.stderr
        self.told = result.stdout

    def navajo(self, *arguments):
        where = [] if arguments[0] == "check" else ["--run-dir", self.run_directory]
        return run_navajo(*arguments, "--config", self.config, *where)

    def good(self, *arguments):
        result = self.navajo(*arguments)
        assert result.returncode == 0, result.stdout + result.stderr
        return result

    def context(self):
        """Trusts the certificate that was made, and nobody else; the name is checked."""
        return ssl.create_default_context(cafile=str(self.folder / "tls" / "localhost.pem"))

    def browser(self):
        return urllib.request.build_opener(urllib.request.HTTPSHandler(context=self.context()))

    def url(self, path="/"):
        return f"https://localhost:{self.port}{path}"

    def stop(self):
        self.navajo("stop")
        complaints = ErrorLog(self.run_directory / "error.log").judge()
        assert not complaints, "error log:\n" + "\n".join(complaints)
