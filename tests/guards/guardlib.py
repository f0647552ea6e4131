"""What the guards share: finding sources, telling complaints, and proving that a guard can fail.

A guard is a function that looks at a tree and returns complaints, one line each, and a list of plants: small
changes to a made-up tree or input, each of which the guard must complain about. main() tries every plant first;
a guard that does not complain about one of them fails, since it would not notice the real thing either.
"""
import os
import pathlib
import re
import sys
import tempfile

LIBRARY_EXTENSIONS = {".h", ".cc", ".c", ".def"}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


def source_root():
    # srcdir comes from automake's test driver; started by hand, the guards look at their own tree.
    given = os.environ.get("srcdir")
    return pathlib.Path(given).resolve() if given else pathlib.Path(__file__).resolve().parents[2]


def build_root():
    return pathlib.Path(os.environ.get("NAVAJO_BUILDDIR", ".")).resolve()


def sources(root, *folders, extensions=LIBRARY_EXTENSIONS):
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in extensions and path.is_file():
                yield path


def includes(path):
    """(line, is_quoted, name) of each #include."""
    text = path.read_text(errors="replace")
    for match in INCLUDE.finditer(text):
        yield text.count("\n", 0, match.start(2)) + 1, match.group(1) == '"', match.group(2)


def plant_tree(files):
    """A temporary tree with these files; the caller keeps the object for as long as it needs it."""
    holder = tempfile.TemporaryDirectory(prefix="navajo-guard-")
    root = pathlib.Path(holder.name)
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return holder, root


class Plant:
    """A tree that is right, and one change (file: text, None removes it) that makes it wrong."""

    def __init__(self, what, expected, **changes):
        self.what, self.expected, self.changes = what, expected, changes.pop("files")
        assert not changes

    def applied_to(self, clean):
        tree = {**clean, **self.changes}
        return {name: text for name, text in tree.items() if text is not None}


def prove(check, clean, plants):
    """Complaints about the guard itself."""
    faults = []
    holder, root = plant_tree(clean)
    with holder:
        for complaint in check(root):
            faults.append(f"self-test: complains about a tree that is right: {complaint}")
    for plant in plants:
        holder, root = plant_tree(plant.applied_to(clean))
        with holder:
            complaints = check(root)
            if not any(plant.expected in complaint for complaint in complaints):
                faults.append(f"self-test: does not notice: {plant.what} (said {complaints or 'nothing'})")
    return faults


def finish(name, self_test_faults, complaints, looked_at):
    for line in self_test_faults + complaints:
        print(f"{name}: {line}")
    if not looked_at:
        print(f"{name}: nothing to look at, so nothing is proved")
        sys.exit(1)
    if self_test_faults or complaints:
        sys.exit(1)
    print(f"{name}: {looked_at} looked at, none wrong")
    sys.exit(0)
