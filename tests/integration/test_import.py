"""`navajo import nginx|haproxy|httpd`: an example of each becomes a configuration that `navajo check` takes, every
directive of it is in the report, and one of them serves a page."""
import json
import pathlib
import shutil

import pytest

from harness.client import Client
from harness.error_log import ErrorLog
from harness.navajo import run_navajo
from harness.ports import free_port

IMPORTS = pathlib.Path(__file__).parent / "imports"
EXAMPLES = {"nginx": "nginx.conf", "haproxy": "haproxy.cfg", "httpd": "httpd.conf"}
# What kept somebody out, and is not taken.
GUARDS = {"nginx": {"allow 10.0.0.0/8", "deny all"}, "haproxy": set(), "httpd": {"require ip"}}


class Imported:
    """An example with this test's ports, imported into a folder of its own."""

    def __init__(self, folder, kind, backend, authority):
        self.source, self.folder = folder / "source", folder / "navajo"
        self.ports = {name: free_port() for name in ("HTTP", "HTTPS", "TCP", "DEAD")}
        shutil.copytree(IMPORTS, self.source)
        self.source.chmod(0o755)
        for path in self.source.rglob("*"):
            if path.is_file():
                text = path.read_text()
                for name, port in {**self.ports, "BACKEND": backend.port}.items():
                    text = text.replace(f"@{name}@", str(port))
                path.write_text(text)
        certificate, key = authority.issue("www.example.test")
        tls = self.source / "tls"
        tls.mkdir()
        (tls / "server.pem").write_text(certificate.read_text())
        (tls / "server.key").write_text(key.read_text())
        (tls / "both.pem").write_text(certificate.read_text() + key.read_text())
        self.file = self.source / EXAMPLES[kind]
        self.result = run_navajo("import", kind, self.file, "--directory", self.folder, "--json")
        self.report = json.loads(self.result.stdout) if self.result.stdout else None

    def noted(self, list_name):
        return {note["directive"]: note for note in self.report[list_name]}


@pytest.fixture
def imported(module_folder, backend, authority, request):
    def make(kind):
        folder = module_folder / request.node.name.replace("[", "-").replace("]", "")
        folder.mkdir()
        folder.chmod(0o755)
        return Imported(folder, kind, backend, authority)
    return make


@pytest.mark.parametrize("kind", EXAMPLES)
def test_an_example_becomes_a_configuration_without_faults(imported, kind):
    made = imported(kind)
    assert made.report is not None, made.result.stderr
    assert made.report["faults"] == []
    checked = run_navajo("check", "--config", made.folder / "navajo.xml")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    lost = {note["directive"] for note in made.report["not_taken"] if note["security"]}
    assert GUARDS[kind] <= lost and (GUARDS[kind] or not lost), lost
    assert made.result.returncode == (1 if lost else 0)
    text = (made.folder / "import-report.txt").read_text()
    assert "It has no faults" in text and ("SECURITY: " in text) == bool(lost)


@pytest.mark.parametrize("kind", EXAMPLES)
def test_every_directive_is_in_the_report(imported, kind):
    made = imported(kind)
    told = {note["place"] for name in ("taken", "not_needed", "not_taken") for note in made.report[name]}
    files = [made.file, *made.source.glob("sites/*.conf")] if kind == "nginx" else [made.file]
    for path in files:
        for number, line in enumerate(path.read_text().splitlines(), 1):
            line = line.strip()
            if not line or line.startswith(("#", "}", "</")):
                continue
            if line.startswith(("include", "worker_connections")):
                continue
            assert f"{path}:{number}" in told, f"{path.name}:{number}: {line}"


def test_nginx_serves_as_it_did(imported, backend, authority):
    made = imported("nginx")
    config, run = made.folder / "navajo.xml", made.folder.parent / "run"
    started = run_navajo("start", "--config", config, "--run-dir", run)
    assert started.returncode == 0, started.stdout + started.stderr
    try:
        tls = authority.client_context()
        with Client(made.ports["HTTPS"], tls, "www.example.test") as client:
            answer = client.get("/v1/page", host="www.example.test")
            assert answer.status == 200
            assert backend.seen("/api/page")
            assert client.get("/", host="www.example.test").status == 200
            # Who may get there was not taken: nobody does.
            assert client.get("/admin/x", host="www.example.test").status == 404
        with Client(made.ports["HTTP"]) as client:
            answer = client.get("/x", host="www.example.test")
            assert answer.status in (301, 302, 307, 308)
            assert answer.header("Location").startswith("https://www.example.test")
    finally:
        stopped = run_navajo("stop", "--config", config, "--run-dir", run)
    assert stopped.returncode == 0
    complaints = ErrorLog(run / "error.log").judge()
    assert not complaints, complaints


def test_what_is_malformed_has_its_place(module_folder):
    path = module_folder / "broken.conf"
    path.write_text("http {\n  server {\n")
    result = run_navajo("import", "nginx", path, "--directory", module_folder / "never")
    assert result.returncode != 0 and f"{path}:2: the block has no '}}'" in result.stderr
    assert not (module_folder / "never").exists()
