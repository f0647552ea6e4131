"""Takes what was compiled in one build into another: take_objects.py BUILD_FOLDER SOURCE_FOLDER, run in the other.

`make rpm-check` has the package's build use it, which then compiles the few sources that know paths of an installation,
and links. An object is taken when every file that was read for it, by its .deps entry, is the same here; a file of the
source folder that is not here is missing in the tarball, and ends the build. What cannot be taken is compiled; so is
what names the folder it was compiled in, that the package's test sees what its own build makes of it.
"""
import pathlib
import re
import shutil
import subprocess
import sys

RULE = re.compile(r"^(\S+): (.*?[^\\])\n", re.MULTILINE | re.DOTALL)
# Makefile.am has them on the command line of all sources.
PATHS = re.compile(rb"NAVAJO_(PREFIX|MODDIR|DATADIR|SYSCONFDIR)")


def read_for(build):
    """Object -> the files read for it, without the system's. Of programs there is one, of the tests none."""
    found = {}
    for deps in [*build.rglob(".deps/*.Plo"), *build.glob("navajo/cli/.deps/main.Po")]:
        rule = RULE.search(deps.read_text())
        if rule:
            files = [build / word for word in rule[2].split() if word != "\\"]
            found[rule[1]] = [path.resolve() for path in files if not path.is_relative_to("/usr")]
    return found


def here(path, build, source):
    """What a file is called here, and whether it was made by the build."""
    if path.is_relative_to(build):
        return path.relative_to(build), True
    return path.relative_to(source), False


def copy(name, build):
    """The object, and what stands for it in a Makefile: with libtool another file, which has to be the younger."""
    code = name.parent / ".libs" / f"{name.stem}.o" if name.suffix == ".lo" else name
    code.parent.mkdir(exist_ok=True)
    for file in dict.fromkeys([code, name]):
        shutil.copyfile(build / file, file)
    return code, name


def main(build, source):
    objects = {name: [(path, *here(path, build, source)) for path in paths] for name, paths in read_for(build).items()}
    files = {name: path for paths in objects.values() for path, name, made in paths if not made}
    missing = sorted(str(name) for name in files if not name.exists())
    if missing:
        return "the tarball lacks " + " ".join(missing)
    made = {name for paths in objects.values() for _, name, made in paths if made and name.parts[0] != "unity"}
    if wanted := sorted(str(name) for name in made if not name.exists()):
        subprocess.run(["make", "-s", *wanted], check=True)
    same = {name for paths in objects.values() for path, name, _ in paths
            if name.exists() and path.read_bytes() == name.read_bytes() and not PATHS.search(path.read_bytes())}
    taken = [name for name, paths in objects.items() if all(file in same for _, file, _ in paths)]
    for folder in {pathlib.Path(name).parent for name in objects}:
        for stamp in (folder / ".deps", folder):
            stamp.mkdir(parents=True, exist_ok=True)
            (stamp / ".dirstamp").touch()
    copies = {name: copy(pathlib.Path(name), build) for name in taken}
    if copies:
        subprocess.run(["strip", "--strip-debug", *(code for code, _ in copies.values())], check=True)
    for name, (code, stub) in copies.items():
        if str(source).encode() in code.read_bytes():
            code.unlink()
            stub.unlink(missing_ok=True)
            taken.remove(name)
    print(f"took {len(taken)} objects of {len(objects)}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(*(pathlib.Path(argument).resolve() for argument in sys.argv[1:3])))
