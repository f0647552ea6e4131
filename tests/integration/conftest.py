"""Fixtures of the integration suite, and the rule that no log line goes unread."""
import os
import pathlib
import shutil
import tempfile

import pytest

from harness.backend import ScriptedBackend
from harness.forward import MintingAuthority
from harness.https_origin import HttpsOrigin
from harness.made import Made
from harness.navajo import Navajo, judge_logs
from harness.ports import free_port
from harness.site import Connector, Context, Host, Site, proxy
from harness.tls import Authority

# Looks at a package, and runs where there is one: `make rpm-check`.
collect_ignore = [] if "NAVAJO_RPM_FOLDER" in os.environ else ["test_package.py"]


@pytest.fixture(scope="session")
def work_folder():
    """Not pytest's tmp_path: httpd's children are another user and must be able to read it."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="navajo-itest-", dir=os.environ.get("NAVAJO_TEST_DIR")))
    folder.chmod(0o755)
    yield folder
    if os.environ.get("NAVAJO_TEST_KEEP") != "1":
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def module_folder(work_folder, request):
    folder = work_folder / pathlib.Path(request.module.__file__).stem
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def backend():
    """One backend per test file; emptied before each test."""
    made = ScriptedBackend()
    yield made
    made.close()


@pytest.fixture(scope="session")
def authority(work_folder):
    return Authority(work_folder / "ca")


@pytest.fixture(scope="module")
def minting(module_folder):
    return MintingAuthority(module_folder / "ca")


@pytest.fixture(scope="module")
def origin(authority):
    made = HttpsOrigin(authority.issue("localhost"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def make_server(module_folder):
    """
    make_server(components, ...) starts a server with one connector, one host and one context (or a site made
    by the caller) that lives as long as the test file, unless the test stops it.
    """
    made = []

    def make(components=(), *, site=None, start=True, connector=None, ssl=None, server=None, reactor=None,
             host=None, **options):
        folder = module_folder / f"server{len(made) + 1}"
        if site is None:
            site = Site([Connector(free_port(), attributes=connector or {}, ssl=ssl)],
                        [Host("localhost", [Context(str(folder / "www"), list(components))], host or {})],
                        server=dict(server or {}), reactor=dict(reactor or {}))
        instance = Navajo(folder, site, **options)
        made.append(instance)
        return instance.start() if start else instance

    yield make
    faults = []
    for instance in made:
        try:
            instance.stop()
        except AssertionError as fault:
            faults.append(str(fault))
    faults += judge_logs()
    assert not faults, "while stopping the servers of this file:\n" + "\n".join(faults)


@pytest.fixture(scope="module")
def server(make_server, backend):
    """The plainest proxy: everything goes to the scripted backend."""
    return make_server([proxy(backend.port)])


@pytest.fixture
def made_proxy(module_folder, request):
    """made_proxy("--backend", URL, ...): what `navajo init` makes of it, stopped after the test."""
    made = []

    def make(*arguments):
        folder = module_folder / request.node.name
        folder.mkdir()
        folder.chmod(0o755)
        made.append(Made(folder, *arguments))
        return made[-1]

    yield make
    for one in made:
        one.stop()


@pytest.fixture(autouse=True)
def every_log_line_is_expected(request):
    """After every test: what any server wrote at warn or above, or about a dead child, must be announced."""
    if "backend" in request.fixturenames:
        request.getfixturevalue("backend").clear()
    yield
    complaints = judge_logs()
    assert not complaints, "error log:\n" + "\n".join(complaints)
