"""`navajo init`: from nothing to a proxied https page, with the commands a new user types."""
import json
import os
import re
import stat

from harness.browser import Browser
from harness.navajo import run_navajo
from harness.ports import free_port


def test_a_backend_is_behind_https_after_three_commands(made_proxy, backend):
    made = made_proxy("--backend", f"http://127.0.0.1:{backend.port}")
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


def test_the_key_is_for_its_owner_alone(made_proxy, backend):
    made = made_proxy("--backend", f"http://127.0.0.1:{backend.port}")
    assert stat.S_IMODE(os.stat(made.folder / "tls" / "localhost.key").st_mode) == 0o600
    again = run_navajo("init", "--backend", "http://127.0.0.1:1", "--directory", made.folder)
    assert again.returncode == 1 and "nothing is overwritten" in again.stderr


def test_browsers_without_tls_are_sent_to_it(made_proxy, backend):
    plain = free_port()
    made = made_proxy("--backend", f"http://127.0.0.1:{backend.port}", "--http-port", plain)
    made.good("start")
    with made.browser().open(f"http://localhost:{plain}/ok?n=3") as response:
        assert response.url == made.url("/ok?n=3")


def test_only_users_who_have_logged_in_reach_the_backend(made_proxy, backend):
    made = made_proxy("--backend", f"http://127.0.0.1:{backend.port}", "--login", "anna", "--json")
    told = json.loads(made.told)
    made.good("start")
    browser = Browser(made.port, made.context())
    page = browser.go("/ok")
    assert page.is_login and backend.requests == []
    assert browser.submit(page, userid=told["user"], password=told["password"]).status == 200
    assert backend.requests[-1].header("X-User") == "anna"
