"""The binary package, unpacked into a folder of its own: what is in it, and that a server runs from there. Run by
`make rpm-check`, which builds it; the other tests run on what `make install` gives."""
import os
import pathlib
import subprocess

from harness import paths
from harness.client import get
from harness.site import files, proxy


def package():
    return pathlib.Path(os.environ["NAVAJO_RPM"])


def query(*options):
    command = [paths.tool("rpm", "rpm"), "-q", *options, "-p", str(package())]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def test_package_names_the_module_interface_it_was_built_for():
    needs = [line for line in query("--requires") if line.startswith("httpd-mmn")]
    assert len(needs) == 1 and needs[0].startswith("httpd-mmn = 2"), needs


def test_package_holds_library_module_command_and_configuration():
    listed = query("-l")
    for wanted in ("/usr/bin/navajo", "/usr/lib64/httpd/modules/mod_navajo.so", "/usr/lib64/libnavajo.so.0",
                   "/etc/httpd/conf.modules.d/10-navajo.conf", "/etc/navajo", "/usr/share/man/man8/navajo.8",
                   "/usr/share/navajo/conf/reference/navajo.xml"):
        assert any(name.removesuffix(".gz") == wanted for name in listed), wanted
    assert not [name for name in listed if name.endswith((".la", "libnavajo.so", ".h"))]


def test_configuration_survives_an_update():
    # CONFIG and NOREPLACE among the flags of the file.
    flags = query("--queryformat", "[%{FILENAMES} %{FILEFLAGS:fflags}\n]")
    assert "/etc/httpd/conf.modules.d/10-navajo.conf cn" in flags


def test_loading_the_module_alone_changes_nothing():
    root = paths.prefix().parent
    active = [line for line in (root / "etc/httpd/conf.modules.d/10-navajo.conf").read_text().splitlines()
              if line.strip() and not line.startswith("#")]
    assert active == ["LoadModule navajo_module modules/mod_navajo.so"]


def test_nothing_in_the_package_names_the_folder_it_was_built_in():
    root = paths.prefix().parent
    build = str(package().parents[2]).encode()
    named = [path for path in root.rglob("*") if path.is_file() and build in path.read_bytes()]
    assert not named


def test_server_runs_from_the_unpacked_package(make_server, backend):
    server = make_server([proxy(backend.port, at=("/app/*",)), files()])
    (server.folder / "www" / "page.txt").write_text("from a file")
    assert get(server.port, "/page.txt").body == b"from a file"
    assert get(server.port, "/app/x").status == 200
    server.graceful_restart()
    assert get(server.port, "/app/x").status == 200
