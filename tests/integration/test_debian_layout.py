"""What `make install` gives Debian's tools: a2enmod enables the module with what it needs, httpd loads it."""
import os
import pathlib
import re
import shutil
import subprocess

import pytest

from harness import paths
from harness.navajo import run_navajo, tool_environment
from harness.ports import free_port

AVAILABLE = "etc/apache2/mods-available"


@pytest.fixture(scope="module")
def folder(module_folder):
    """An /etc/apache2 of our own: what is installed, and what it depends on."""
    installed = paths.prefix() / AVAILABLE
    if not installed.exists():
        pytest.skip("installed in another layout than Debian's")
    made = module_folder / "apache2"
    shutil.copytree(installed, made / "mods-available")
    (made / "mods-enabled").mkdir()
    (made / "envvars").write_text("")
    (made / "apache2.conf").write_text("# a2enmod wants one\n")
    stock = {"ssl": "mod_ssl", "socache_shmcb": "mod_socache_shmcb", "mime": "mod_mime", "setenvif": "mod_setenvif"}
    for name, module in stock.items():
        depends = "# Depends: setenvif mime socache_shmcb\n" if name == "ssl" else ""
        (made / "mods-available" / f"{name}.load").write_text(
            f"{depends}LoadModule {name}_module {paths.stock_module(module)}\n")
    return made


def tool(folder, name, *words):
    environment = {**os.environ, "APACHE_CONFDIR": str(folder), "APACHE_STATE_DIRECTORY": str(folder / "state")}
    return subprocess.run([paths.tool(name, "apache2"), *words], capture_output=True, text=True, env=environment)


def test_a2enmod_enables_it_with_what_it_needs_and_disables_it_again(folder):
    result = tool(folder, "a2enmod", "navajo_mitm")
    assert result.returncode == 0, result.stdout + result.stderr
    enabled = {path.name for path in (folder / "mods-enabled").iterdir()}
    assert {"navajo.load", "navajo_mitm.load", "ssl.load"} <= enabled
    assert tool(folder, "a2dismod", "navajo_mitm").returncode == 0
    assert not (folder / "mods-enabled" / "navajo_mitm.load").exists()
    assert tool(folder, "a2enmod", "navajo_mitm").returncode == 0


def test_httpd_loads_what_is_enabled_and_nothing_changes_by_it(folder):
    """In the order of Debian's apache2.conf, which is that of the alphabet."""
    assert tool(folder, "a2enmod", "navajo_mitm").returncode == 0
    program = re.search(r"^httpd .*\((/.*)\)$", run_navajo("version").stdout, re.M).group(1)
    configuration = folder / "httpd.conf"
    loads = "".join((path.read_text() for path in sorted((folder / "mods-enabled").glob("*.load"))))
    installed = pathlib.Path(re.search(r"LoadModule navajo_module (\S+)", loads).group(1))
    # A staged tree: the file names the place it will have.
    stage = str(paths.prefix())
    stage = stage[:len(stage) - len(str(installed.parents[3]))] if not installed.exists() else ""
    loads = loads.replace(str(installed.parent), stage + str(installed.parent))
    configuration.write_text(
        f"LoadModule mpm_event_module {paths.stock_module('mod_mpm_event')}\n"
        f"LoadModule authz_core_module {paths.stock_module('mod_authz_core')}\n{loads}"
        f"ServerName localhost\nListen 127.0.0.1:{free_port()}\nErrorLog {folder}/error.log\nPidFile {folder}/pid\n"
        f"DefaultRuntimeDir {folder}\n")
    result = subprocess.run([program, "-t", "-D", "DUMP_MODULES", "-f", str(configuration)], capture_output=True,
                            text=True, env=tool_environment())
    said = result.stdout + result.stderr
    assert result.returncode == 0, said
    assert "navajo_module (shared)" in said and "navajo_mitm_module (shared)" in said
