"""A real Chromium, driven by a script of tests/integration/console through playwright-core."""
import fcntl
import json
import os
import pathlib
import shutil
import subprocess

import pytest

SCRIPTS = pathlib.Path(__file__).parent.parent / "console"


def need(program):
    path = shutil.which(program)
    if not path:
        pytest.skip(f"{program} is not installed")
    return path


def install_tools(work_folder):
    """A folder with playwright-core and axe-core, as package-lock.json pins them; kept in the build's folder."""
    npm = need("npm")
    folder = pathlib.Path(os.environ.get("NAVAJO_CONSOLE_TOOLS", work_folder / "console-tools"))
    lock = (SCRIPTS / "package-lock.json").read_text()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock_file:
        fcntl.flock(lock_file, fcntl.LOCK_EX)  # other files of the suite may come for them now
        installed = folder / "installed"
        if not installed.exists() or installed.read_text() != lock:
            for name in ("package.json", "package-lock.json"):
                shutil.copy(SCRIPTS / name, folder / name)
            done = subprocess.run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder,
                                  capture_output=True, text=True, timeout=120)
            if done.returncode != 0:
                pytest.skip("npm cannot install playwright-core and axe-core: " + done.stderr[-300:])
            installed.write_text(lock)
    return folder


def drive(script, tools, seconds=180, **variables):
    """The JSON object the script printed; variables: its environment."""
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG") if name in os.environ}
    environment |= {"TOOLS": str(tools), "CHROMIUM": need("chromium"), **variables}
    done = subprocess.run([need("node"), SCRIPTS / script], env=environment, capture_output=True, text=True,
                          timeout=seconds)
    assert done.stdout.startswith("{"), done.stdout[-1000:] + done.stderr[-2000:]
    return json.loads(done.stdout)
