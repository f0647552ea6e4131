"""The binary packages: what is in them, that they are the same when they are packed again, and that they install, run,
update and remove in a root of their own. Run by `make rpm-check`, which builds them."""
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import time

import pytest

from harness import paths
from harness.client import get
from harness.ports import free_port

FOLDER = pathlib.Path(os.environ["NAVAJO_RPM_FOLDER"])
NAMES = ("navajo", "navajo-mitm", "navajo-console", "navajo-selinux")
FOR_REDHAT = {"etc/httpd/conf.modules.d/10-navajo.conf", "etc/httpd/conf.modules.d/11-navajo-mitm.conf",
              "etc/httpd/conf.d/navajo.conf", "lib/systemd/system/httpd.service.d/50-navajo.conf"}
FOR_DEBIAN = {"etc/apache2/mods-available/navajo.load", "etc/apache2/mods-available/navajo_mitm.load",
              "lib/systemd/system/apache2.service.d/50-navajo.conf"}


def package(name="navajo", built="RPMS"):
    found, = (FOLDER / built).glob(f"*/{name}-[0-9]*.rpm")
    return found


def query(*options, name="navajo"):
    command = [paths.tool("rpm", "rpm"), "-q", *options, "-p", str(package(name))]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def files_of(name):
    """Of a package, without folders."""
    lines = query("--queryformat", "[%{FILEMODES:perms} %{FILENAMES}\n]", name=name)
    return {line.split(" ", 1)[1] for line in lines if not line.startswith("d")}


# ---------------------------------------------------------------- what is in them

@pytest.mark.parametrize("name", ["navajo", "navajo-mitm"])
def test_packages_with_a_module_name_the_interface_it_was_built_for(name):
    needs = [line for line in query("--requires", name=name) if line.startswith("httpd-mmn")]
    assert len(needs) == 1 and needs[0].startswith("httpd-mmn = 2"), needs


def test_nothing_is_built_for_an_unknown_interface():
    """A release needs httpd-devel's macros; Debian has none, and `make rpm` says the number itself."""
    result = subprocess.run([paths.tool("rpmbuild", "rpm"), "-bp", "--nodeps", "--define", f"_topdir {FOLDER}/none",
                             "--define", f"_sourcedir {next(FOLDER.parent.glob('navajo-*.tar.xz')).parent}",
                             "--define", "_httpd_mmn 0-0", str(FOLDER / "SPECS" / "navajo.spec")],
                            capture_output=True, text=True)
    assert result.returncode != 0
    assert "no module magic number" in result.stdout + result.stderr


def test_each_package_holds_its_part():
    listed = files_of("navajo")
    for wanted in ("/usr/bin/navajo", "/usr/lib64/httpd/modules/mod_navajo.so", "/usr/lib64/libnavajo.so.0",
                   "/etc/httpd/conf.modules.d/10-navajo.conf", "/usr/share/man/man8/navajo.8",
                   "/usr/lib/systemd/system/navajo@.service", "/usr/lib/tmpfiles.d/navajo.conf",
                   "/usr/lib/sysusers.d/navajo.conf", "/etc/logrotate.d/navajo",
                   "/usr/share/navajo/conf/reference/navajo.xml", "/usr/share/navajo/conf/catalog.xml"):
        assert any(name.removesuffix(".gz") == wanted for name in listed), wanted
    assert not [name for name in listed if name.endswith((".la", "libnavajo.so", ".h", "mitm.so"))]
    assert {name for name in files_of("navajo-mitm") if ".build-id" not in name} == {
        "/usr/lib64/httpd/modules/mod_navajo_mitm.so", "/etc/httpd/conf.modules.d/11-navajo-mitm.conf"}
    assert "/usr/share/selinux/packages/navajo.pp" in files_of("navajo-selinux")


def test_configuration_survives_an_update():
    # CONFIG and NOREPLACE among the flags of the file.
    flags = query("--queryformat", "[%{FILENAMES} %{FILEFLAGS:fflags}\n]")
    for name in ("/etc/httpd/conf.modules.d/10-navajo.conf", "/etc/httpd/conf.d/navajo.conf",
                 "/etc/logrotate.d/navajo"):
        assert f"{name} cn" in flags
    assert not [line for line in flags if line.startswith("/etc/") and not re.search(r" (cn)?$", line)]


def test_everything_belongs_to_root_and_nobody_else_may_write():
    for name in NAMES:
        shown = "[%{FILEMODES:perms} %{FILEUSERNAME} %{FILEGROUPNAME} %{FILENAMES}\n]"
        for line in query("--queryformat", shown, name=name):
            mode, user, group, path = line.split(" ", 3)
            assert (user, group) == ("root", "root"), line
            assert mode.startswith("l") or (mode[5] != "w" and mode[8] != "w" and "s" not in mode), line
            assert path


def test_no_scriptlet_restarts_anything():
    for name in NAMES:
        script = "\n".join(query("--scripts", name=name))
        assert not re.search(r"systemctl|httpd -k|apachectl|service ", script), script


def test_the_packages_hold_what_make_install_installs():
    stage = pathlib.Path(os.environ["NAVAJO_RPM_STAGE"])
    installed = {str(path.relative_to(stage)) for path in stage.rglob("*") if path.is_file() or path.is_symlink()}
    # The library's folder is the distribution's, and links for development are not packed.
    installed = {re.sub(r"^lib/(?=httpd|libnavajo)", "lib64/", name) for name in installed}
    installed -= {"lib64/libnavajo.so"}
    packed = set()
    for name in NAMES:
        for path in files_of(name):
            packed.add(path.removeprefix("/usr/").removeprefix("/").removesuffix(".gz"))
    packed = {name for name in packed if not name.startswith(("lib/.build-id", "share/licenses", "lib/debug"))}
    for_debian = installed & FOR_DEBIAN
    assert packed - installed == (FOR_REDHAT if for_debian else set())
    assert installed - packed == for_debian


def test_packed_again_they_are_the_same():
    for name in NAMES:
        first, second = (hashlib.sha256(package(name, built).read_bytes()).hexdigest() for built in ("first", "RPMS"))
        assert first == second, name


# ---------------------------------------------------------------- parts that other programs read

def test_units_are_what_systemd_understands():
    if not shutil.which("systemd-analyze"):
        pytest.skip("no systemd-analyze here")
    stage = pathlib.Path(os.environ["NAVAJO_RPM_STAGE"])
    unit = FOLDER / "navajo@test.service"
    # The program is not where the unit says as long as it is only staged.
    unit.write_text(re.sub(r"=/\S+/navajo (?=run|reload)", f"={shutil.which('true')} ",
                           (stage / "lib/systemd/system/navajo@.service").read_text()))
    result = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True)
    about_it = [line for line in result.stderr.splitlines() if "navajo" in line and "man navajo(8)" not in line]
    assert not about_it, result.stderr
    dropin, = (stage / "lib/systemd/system").glob("*.service.d/50-navajo.conf")
    assert re.search(r"^Environment=LD_PRELOAD=/\S+/libjemalloc", dropin.read_text(), re.M)
    # What takes something away from httpd is for the administrator to switch on.
    active = [line for line in dropin.read_text().splitlines() if line and line[0] not in "#["]
    assert {line.split("=")[0] for line in active} == {"Environment", "LimitNOFILE", "OOMPolicy"}


def test_the_policy_module_is_one():
    module = (pathlib.Path(os.environ["NAVAJO_RPM_STAGE"]) / "share/selinux/packages/navajo.pp").read_bytes()
    assert module[:4] == bytes.fromhex("8fff7cf9"), "a policy package begins with SEPOL_MODULE_PACKAGE_MAGIC"
    assert b"navajo_var_lib_t" in module and b"navajo_preload" in module and b"system_u:object_r:navajo_run_t" in module


def test_an_editor_finds_the_schemas_by_the_catalog():
    if not shutil.which("xmlcatalog"):
        pytest.skip("no xmlcatalog here")
    catalog = pathlib.Path(os.environ["NAVAJO_RPM_STAGE"]) / "share/navajo/conf/catalog.xml"
    for name in ("navajo.xsd", "web.xsd"):
        found = subprocess.run(["xmlcatalog", str(catalog), f"urn:navajo:{name}"], capture_output=True, text=True)
        assert found.stdout.strip().removeprefix("file://") == f"{catalog.parent}/{name}", found.stdout


# ---------------------------------------------------------------- installed

class Root:
    """The machine's files with a layer above that takes what is written: a root to install into, given up afterwards.
    Each command has a mount of its own, so nothing is left mounted whatever happens."""

    def __init__(self, folder):
        self.folder = folder
        for name in ("upper", "work", "root"):
            (folder / name).mkdir()

    def command(self, words, chroot=True):
        layers = f"lowerdir=/,upperdir={self.folder}/upper,workdir={self.folder}/work"
        mounted = (f"mount -t overlay overlay -o {layers} {self.folder}/root && cd {self.folder}/root && "
                   "mount --rbind /proc proc && mount --rbind /dev dev && mkdir -p run && mount -t tmpfs tmpfs run && ")
        return ["unshare", "-m", "sh", "-c", mounted + ('exec chroot . "$@"' if chroot else 'exec "$@"'), "sh", *words]

    def run(self, *words, **options):
        return subprocess.run(self.command([str(word) for word in words]), capture_output=True, text=True, timeout=60,
                              **options)

    def rpm(self, *words):
        # The packages are looked for outside, since the folder of the build may be anywhere.
        command = ["rpm", "--root", f"{self.folder}/root", *map(str, words)]
        result = subprocess.run(self.command(command, False), capture_output=True, text=True, timeout=60)
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    def file(self, path):
        return self.folder / "upper" / path.lstrip("/")


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    made = Root(tmp_path_factory.mktemp("root"))
    if os.geteuid() != 0 or made.run("true").returncode != 0:
        pytest.skip("no overlay of / here: needs root")
    made.rpm("-U", "--nodeps", *(package(name) for name in NAMES))
    return made


def test_packages_install_with_their_scriptlets(root):
    assert root.file("/usr/bin/navajo").exists()
    listed = root.rpm("-qa", "--queryformat", "%{NAME}\n").split()
    assert set(NAMES) <= set(listed)
    verified = subprocess.run(root.command(["rpm", "--root", f"{root.folder}/root", "-V", "--nodeps", *NAMES], False),
                              capture_output=True, text=True)
    assert verified.returncode == 0, verified.stdout


def test_nothing_names_the_folder_it_was_built_in(root):
    build = str(FOLDER).encode()
    installed = [path for name in ("usr", "etc") for path in root.file(name).rglob("*") if path.is_file()]
    assert len(installed) > 40
    assert not [path for path in installed if build in path.read_bytes()]


SITE = """<?xml version="1.0" encoding="UTF-8"?>
<Navajo xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="urn:navajo:navajo.xsd">
  <Service name="shop">
    <Server User="nobody" Group="nogroup" ErrorLog="/var/log/navajo/shop.log"/>
    <Connector name="localhost" port="{port}" listen="127.0.0.1:{port}"/>
    <Engine defaultHost="localhost">
      <Host name="localhost"><Context docBase="www"/></Host>
    </Engine>
  </Service>
</Navajo>
"""
WEB_XML = """<?xml version="1.0" encoding="UTF-8"?>
<web-app>
  <servlet><servlet-name>Files</servlet-name><servlet-class>DefaultServlet</servlet-class></servlet>
  <servlet-mapping><servlet-name>Files</servlet-name><url-pattern>/*</url-pattern></servlet-mapping>
</web-app>
"""
# All in one mount: what runs there sees one /run.
LIFE = r"""
set -e
export LD_LIBRARY_PATH=/usr/lib64 PATH=/usr/bin:/usr/sbin:/bin
navajo() { /usr/bin/navajo "$@" || { echo "FAILED: $*"; cat /var/log/navajo/shop.log; exit 1; }; }
navajo check --config /etc/navajo/shop/navajo.xml
navajo run --config /etc/navajo/shop/navajo.xml --run-dir /run/navajo/shop
echo running
read answer
navajo reload --run-dir /run/navajo/shop
navajo status --run-dir /run/navajo/shop
echo reloaded
read answer
navajo stop --run-dir /run/navajo/shop
echo over
"""


def test_a_server_lives_in_the_root(root):
    """check, start, request, reload, request, stop."""
    port = free_port()
    site = root.file("/etc/navajo/shop")
    (site / "www" / "WEB-INF").mkdir(parents=True)
    (site / "navajo.xml").write_text(SITE.format(port=port))
    (site / "www" / "WEB-INF" / "web.xml").write_text(WEB_XML)
    (site / "www" / "page.txt").write_text("from a file")
    life = subprocess.Popen(root.command(["bash", "-c", LIFE]), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True)

    def until(word):
        said = ""
        ends = time.monotonic() + 60
        while time.monotonic() < ends:
            line = life.stdout.readline()
            said += line
            assert line and "FAILED" not in line, said + (life.stdout.read() if line else "")
            if line.strip() == word:
                return said
        raise AssertionError(said)

    try:
        until("running")
        assert get(port, "/page.txt").body == b"from a file"
        life.stdin.write("\n")
        life.stdin.flush()
        said = until("reloaded")
        assert "generation 2" in said and "serves /etc/navajo/shop/navajo.xml" in said
        assert get(port, "/page.txt").body == b"from a file"
        life.stdin.write("\n")
        life.stdin.flush()
        until("over")
        assert life.wait(30) == 0
    finally:
        life.kill()
        life.wait()
    with pytest.raises(OSError):
        get(port, "/page.txt")


def test_an_update_keeps_what_was_changed_and_a_removal_puts_it_aside(root):
    changed = root.file("/etc/httpd/conf.modules.d/10-navajo.conf")
    changed.write_text(changed.read_text() + "# mine\n")
    root.rpm("-U", "--nodeps", "--force", package())
    assert changed.read_text().endswith("# mine\n")
    root.rpm("-e", "--nodeps", *NAMES)
    assert not root.file("/usr/bin/navajo").is_file()
    assert changed.with_name(changed.name + ".rpmsave").read_text().endswith("# mine\n")
    assert (root.file("/etc/navajo/shop") / "navajo.xml").exists(), "what an administrator wrote is no file of ours"
