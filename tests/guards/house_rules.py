"""What every text file of ours keeps to: no machine's paths, no unfinished marks, readable lines and files."""
import os
import re

import guardlib

FOLDERS = ("navajo", "modules", "tests", "conf", "docs", "rpm")
FILES = ("bootstrap", "Makefile.am", "configure.ac", "README.md", ".ci/run")
CODE = {".h", ".cc", ".c", ".def", ".py", ".mk", ".sh"}
TEXT = CODE | {".md", ".xml", ".rng", ".xsd", ".spec", ".conf", ".html", ".8"}
LINE_LIMIT, FILE_LIMIT = 120, 600

# Assembled, so that this file does not contain what it looks for.
MACHINE_PATH = re.compile(r"/(?:wo" r"rk|home|Users|root)/[\w.-]+")
REGISTRY = re.compile(
    r"\b(?:pypi\.o" r"rg|files\.pythonhosted|registry\.npmjs|crates\.i" r"o|proxy\.golang|hub\.docker)")
UNFINISHED = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|HA" r"CK)\b")


def files(root):
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and (path.suffix in TEXT or os.access(path, os.X_OK)) and path.suffix != ".pyc":
                yield path
    for name in FILES:
        if (root / name).is_file():
            yield root / name


def check(root):
    complaints = []
    for path in files(root):
        try:
            lines = path.read_text().split("\n")
        except UnicodeDecodeError:
            continue
        where = path.relative_to(root).as_posix()
        code = path.suffix in CODE or path.suffix == ""
        for number, line in enumerate(lines, 1):
            if MACHINE_PATH.search(line):
                complaints.append(f"{where}:{number}: names a path of one machine")
            if REGISTRY.search(line):
                complaints.append(f"{where}:{number}: names a package registry")
            if code and UNFINISHED.search(line):
                complaints.append(f"{where}:{number}: unfinished")
            if code and len(line) > LINE_LIMIT:
                complaints.append(f"{where}:{number}: {len(line)} columns (at most {LINE_LIMIT})")
            if code and path.suffix != ".mk" and "\t" in line and path.name != "Makefile.am":
                complaints.append(f"{where}:{number}: a tab")
        if code and len(lines) > FILE_LIMIT:
            complaints.append(f"{where}: {len(lines)} lines: what is its second concept?")
    return complaints


CLEAN = {"navajo/a.cc": "int a;\n" + "x" * LINE_LIMIT + "\n", "docs/a.md": "y" * 300 + "\n", "bootstrap": "#!/bin/sh\n"}
PLANTS = [
    guardlib.Plant("a path of this machine", "one machine", files={"docs/a.md": "see /wo" "rk/x\n"}),
    guardlib.Plant("a registry", "package registry", files={"bootstrap": "pip -i https://pypi.o" "rg/simple\n"}),
    guardlib.Plant("an unfinished mark", "unfinished", files={"navajo/a.cc": "// TO" "DO: later\n"}),
    guardlib.Plant("a long line", "121 columns", files={"navajo/a.cc": "x" * 121 + "\n"}),
    guardlib.Plant("a tab", "a tab", files={"navajo/a.cc": "\tint a;\n"}),
    guardlib.Plant("a long file", "second concept", files={"navajo/a.cc": "\n" * 700}),
]

if __name__ == "__main__":
    tree = guardlib.source_root()
    guardlib.finish("house_rules", guardlib.prove(check, CLEAN, PLANTS), check(tree), len(list(files(tree))))
