"""What is asked of a proxy that runs: its settings, what a reload would change, certificates, trace, a support bundle,
instances with names."""
import io
import json
import os
import re
import subprocess
import tarfile

import pytest

from harness import paths
from harness.navajo import tool_environment
from harness.ports import free_port
from harness.waiting import wait_until


@pytest.fixture
def made(made_proxy, backend):
    return made_proxy("--backend", f"http://127.0.0.1:{backend.port}")


def change(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def setting(settings, place, name):
    found = [one for one in settings if place in one["place"] and one["name"] == name]
    assert len(found) == 1, found
    return found[0]


def test_every_setting_is_told_with_where_it_comes_from(made):
    told = json.loads(made.good("effective", "--json").stdout)
    assert setting(told, "Server", "ServerTokens")["origin"].startswith(f"{made.config}:")
    assert setting(told, "servlet Application", "RequestTimeout") == {
        "place": "localhost/ servlet Application", "name": "RequestTimeout", "value": "60s", "origin": "default"}
    assert "ServerTokens" in made.good("effective").stdout


def test_diff_tells_what_a_reload_would_change(made):
    assert made.navajo("diff").returncode == 3
    made.good("start")
    assert "change nothing" in made.good("diff").stdout
    change(made.config, 'ServerTokens="Prod"', 'ServerTokens="Min" KeepAliveTimeout="7"')
    result = made.navajo("diff")
    assert result.returncode == 1
    assert "~ ServerTokens Prod -> Min" in result.stdout and "~ KeepAliveTimeout 30 -> 7" in result.stdout
    made.good("reload")
    assert made.navajo("diff", "--json").stdout == "[]\n"
    # The server reads the files when it gets to it: not the ones that are broken next.
    wait_until(lambda: json.loads(made.good("status", "--json").stdout)["server"]["generation"] == 2, 10, "the reload")
    change(made.config, "<Engine ", "<Engin ")
    broken = made.navajo("diff")
    assert broken.returncode == 1 and "a reload would refuse it" in broken.stderr


def test_a_newer_certificate_is_a_difference(made):
    made.good("start")
    os.utime(made.folder / "tls" / "localhost.pem", (2**31, 2**31))
    result = made.navajo("diff")
    assert result.returncode == 1 and "newer than what runs" in result.stderr


def test_restart_refuses_a_file_with_faults(made):
    made.good("start")
    change(made.config, "<Engine ", "<Engin ")
    result = made.navajo("restart")
    assert result.returncode == 1 and "what runs goes on" in result.stderr
    change(made.config, "<Engin ", "<Engine ")
    assert "running as process" in made.good("restart").stdout


def test_certificates_are_shown_with_their_days(made):
    shown = json.loads(made.good("cert", "show", "--json").stdout)
    assert [one["names"][0] for one in shown] == ["localhost"] and shown[0]["days"] in (396, 397)
    assert "valid" in made.good("cert", "show").stdout
    assert made.navajo("cert", "show", made.config).returncode == 1


def test_trace_levels_are_set_and_taken_back(made):
    assert made.navajo("trace", "set", "Nonsense=1").returncode == 2
    change(made.config, '<Service name="localhost">', '<Service name="localhost" spoolDir="spool">')
    (made.folder / "spool" / "logs").mkdir(parents=True)
    made.good("trace", "set", "NavajoOp=8")
    told = json.loads(made.good("trace", "show", "--json").stdout)
    assert [one["level"] for one in told["groups"] if one["name"] == "NavajoOp"] == [8]
    assert made.good("check").stderr == ""
    assert made.navajo("trace", "set", "--for", "60", "NavajoOp=9").returncode == 2  # not before the server looks
    assert "goes back" in made.good("trace", "set", "--for", "2h", "NavajoOp=9").stdout
    text = (made.folder / "log.properties").read_text()
    assert "BC.Tracer.DebugProfile.NavajoOp=3" in text and "BC.Tracer.TemporaryProfile.NavajoOp=4@" in text
    told = json.loads(made.good("trace", "show", "--json").stdout)
    assert [one["level"] for one in told["groups"] if one["name"] == "NavajoOp"] == [9]
    assert made.good("check").stderr == ""
    made.good("trace", "reset")
    assert (made.folder / "log.properties").read_text() == ""


PLANTS = ["plant-of-a-pass-phrase", "plant-of-a-cookie", "plant-of-a-token", "plant-of-a-query", "plant-in-properties"]


def test_a_support_bundle_has_no_secrets_in_it(made, backend, module_folder):
    web_xml = made.folder / "site" / "WEB-INF" / "web.xml"
    change(web_xml, "    </init-param>", f"""    </init-param>
    <init-param>
      <param-name>HostName</param-name>
      <param-value>{PLANTS[0]}.example.test</param-value>
      <!-- password: "{PLANTS[0]}" -->
    </init-param>""")
    change(web_xml, PLANTS[0] + ".example.test", "host.example.test")
    (made.folder / "env.conf").write_text(f"APP_TOKEN={PLANTS[4]}\n")
    made.good("start")
    with made.browser().open(made.url(f"/ok?access={PLANTS[3]}")) as response:
        assert response.status == 200
    with open(made.run_directory / "error.log", "a") as log:
        log.write(f"Cookie: session={PLANTS[1]}\nAuthorization: Bearer {PLANTS[2]}\n")
    out = module_folder / "bundle.tar.gz"
    told = json.loads(made.good("support", "--json", "--out", out).stdout)
    assert os.stat(out).st_mode & 0o777 == 0o600
    key = (made.folder / "tls" / "localhost.key").read_text().splitlines()[1]
    with tarfile.open(fileobj=io.BytesIO(out.read_bytes())) as bundle:
        contents = {member.name: bundle.extractfile(member).read().decode() for member in bundle.getmembers()}
    assert {name.removeprefix("navajo-support/") for name in contents} == set(told["contains"])
    for expected in ("effective.txt", "config/navajo.xml", "config/web-1.xml", "versions.txt", "doctor.txt",
                     "status.txt", "run/httpd.conf"):
        assert expected in told["contains"]
    everything = "\n".join(contents.values())
    for plant in [*PLANTS, key]:
        assert plant not in everything
    assert re.search(r"GET /ok\?\(hidden\)", everything)
    assert made.navajo("support", "--out", out).returncode == 1  # nothing is overwritten


def test_instances_have_names(module_folder, backend):
    root = module_folder / "instances"

    def navajo(*words):
        return subprocess.run([str(paths.navajo_command()), *map(str, words)], capture_output=True, text=True,
                              timeout=60, env={**tool_environment(), "NAVAJO_INSTANCES": str(root)})

    port = free_port()
    assert navajo("inst", "exists", "shop").returncode == 1
    assert navajo("inst", "create", "status", "--backend", "http://127.0.0.1:1").returncode == 2
    created = navajo("inst", "create", "shop", "--backend", f"http://127.0.0.1:{backend.port}", "--port", port)
    assert created.returncode == 0, created.stderr
    assert navajo("inst", "exists", "shop").stdout.strip() == str(root / "shop" / "navajo.xml")
    assert navajo("shop", "check").returncode == 0
    try:
        started = navajo("shop", "start")
        assert started.returncode == 0, started.stderr
        assert [one["running"] for one in json.loads(navajo("inst", "list", "--json").stdout)] == [True]
        assert "requests" in navajo("all", "status").stdout
        running = navajo("inst", "remove", "shop", "--yes")
        assert running.returncode == 1 and "stop it first" in running.stderr
    finally:
        assert navajo("all", "stop").returncode == 0
    assert navajo("inst", "remove", "shop").returncode == 2
    assert navajo("inst", "remove", "shop", "--yes").returncode == 0 and not (root / "shop").exists()
    assert navajo("shop", "start").returncode == 2
