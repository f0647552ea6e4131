"""`navajo init`: from nothing to a proxied https page, with the commands a new user types."""
import json
import os
import re
import ssl
import stat
import urllib.request

import pytest

from harness.browser import Browser
from harness.error_log import ErrorLog
from harness.navajo import run_navajo
from harness.ports import free_port


class Made:
    """What init wrote into a folder, and the server that runs from it."""

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
        assert ErrorLog(self.run_directory / "error.log").judge() == []


@pytest.fixture
def make(module_folder, request):
    made = []

    def make_one(*arguments):
        folder = module_folder / request.node.name
        folder.mkdir()
        made.append(Made(folder, *arguments))
        return made[-1]

    yield make_one
    for one in made:
        one.stop()


def test_a_backend_is_behind_https_after_three_commands(make, backend):
    made = make("--backend", f"http://127.0.0.1:{backend.port}")
    check = made.good("check")
    assert check.stderr == "" and "no faults" in check.stdout
    started = made.good("start")
    assert started.stderr == "" and "running as process" in started.stdout
    with made.browser().open(made.url("/ok?n=11")) as response:
        assert response.status == 200
    assert backend.requests[-1].target == "/ok?n=11"
    assert backend.requests[-1].header("X-Forwarded-Proto") == "https"
    # The commands it told are these.
    assert re.findall(r"^  navajo (\w+) --config (\S+)$", made.told, re.M) == \
        [("check", str(made.config)), ("start", str(made.config))]
    assert made.url() in made.told
    assert "runs already" in made.good("start").stdout
    assert "stopped process" in made.good("stop").stdout


def test_the_key_is_for_its_owner_alone(make, backend):
    made = make("--backend", f"http://127.0.0.1:{backend.port}")
    assert stat.S_IMODE(os.stat(made.folder / "tls" / "localhost.key").st_mode) == 0o600
    again = run_navajo("init", "--backend", "http://127.0.0.1:1", "--directory", made.folder)
    assert again.returncode == 1 and "nothing is overwritten" in again.stderr


def test_browsers_without_tls_are_sent_to_it(make, backend):
    plain = free_port()
    made = make("--backend", f"http://127.0.0.1:{backend.port}", "--http-port", plain)
    made.good("start")
    with made.browser().open(f"http://localhost:{plain}/ok?n=3") as response:
        assert response.url == made.url("/ok?n=3")


def test_only_users_who_have_logged_in_reach_the_backend(make, backend):
    made = make("--backend", f"http://127.0.0.1:{backend.port}", "--login", "anna", "--json")
    told = json.loads(made.told)
    made.good("start")
    browser = Browser(made.port, made.context())
    page = browser.go("/ok")
    assert page.is_login and backend.requests == []
    assert browser.submit(page, userid=told["user"], password=told["password"]).status == 200
    assert backend.requests[-1].header("X-User") == "anna"
