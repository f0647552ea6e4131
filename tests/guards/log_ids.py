"""Log ids: each number and each name once, in its range, used by the code, and documented under its number and name."""
import re

import guardlib

TABLE = "navajo/observe/log_ids.def"
REFERENCE = "docs/reference/log-ids.md"
ROW = re.compile(r"^\s*NVJ_LOG\((\d+),\s*(\w+),\s*(\w+)\)", re.MULTILINE)
HEADING = re.compile(r"^## NVJ(\d{4}) (\w+)\s*$", re.MULTILINE)
LEVELS = {"emergency", "alert", "critical", "error", "warning", "notice", "info", "debug", "trace"}


def check(root):
    complaints = []
    rows = ROW.findall((root / TABLE).read_text())
    reference = root / REFERENCE
    text = reference.read_text() if reference.exists() else ""
    headings = list(HEADING.finditer(text))
    documented = {}
    for position, heading in enumerate(headings):
        end = headings[position + 1].start() if position + 1 < len(headings) else len(text)
        body = text[heading.end():end].strip()
        if heading.group(1) in documented:
            complaints.append(f"{REFERENCE}: NVJ{heading.group(1)} is there twice")
        documented[heading.group(1)] = heading.group(2)
        if len(body.split()) < 5:
            complaints.append(f"{REFERENCE}: NVJ{heading.group(1)} says nothing")
    numbers, names = set(), set()
    code = "\n".join(path.read_text(errors="replace") for path in guardlib.sources(root, "navajo", "modules")
                     if path.suffix in {".cc", ".h"} and not path.name.endswith("_test.cc"))
    for number, level, name in rows:
        if number in numbers:
            complaints.append(f"{TABLE}: {number} is there twice")
        if name in names:
            complaints.append(f"{TABLE}: {name} is there twice")
        numbers.add(number)
        names.add(name)
        if level not in LEVELS:
            complaints.append(f"{TABLE}: {number}: there is no level {level}")
        if len(number) != 4:
            complaints.append(f"{TABLE}: {number} does not have four digits")
        if not re.search(rf"\bid::{name}\b", code):
            complaints.append(f"{TABLE}: {name} is used nowhere")
        if number not in documented:
            complaints.append(f"{REFERENCE}: no entry '## NVJ{number} {name}'")
        elif documented[number] != name:
            complaints.append(f"{REFERENCE}: NVJ{number} is called {documented[number]} there and {name} in the table")
    for number in documented.keys() - numbers:
        complaints.append(f"{REFERENCE}: NVJ{number} is not in the table (a retired id keeps its row)")
    return complaints


CLEAN = {
    TABLE: "NVJ_LOG(1001, error, one)\nNVJ_LOG(1002, notice, two)\n",
    REFERENCE: "# Log ids\n\n## NVJ1001 one\n\nIt means this. Do that then.\n\n"
               "## NVJ1002 two\nIt means that. Do this then.\n",
    "navajo/x/a.cc": "log(observe::id::one); log(id::two);",
}
PLANTS = [
    guardlib.Plant("a number used twice", "1001 is there twice",
                   files={TABLE: CLEAN[TABLE] + "NVJ_LOG(1001, error, three)\n"}),
    guardlib.Plant("a name used twice", "two is there twice",
                   files={TABLE: CLEAN[TABLE] + "NVJ_LOG(1003, error, two)\n"}),
    guardlib.Plant("an undocumented id", "no entry '## NVJ1003",
                   files={TABLE: CLEAN[TABLE] + "NVJ_LOG(1003, error, three)\n"}),
    guardlib.Plant("an entry under another name", "is called two there",
                   files={TABLE: CLEAN[TABLE].replace("two", "deux"), "navajo/x/a.cc": "id::one id::deux"}),
    guardlib.Plant("an entry without a row", "NVJ1009 is not in the table",
                   files={REFERENCE: CLEAN[REFERENCE] + "## NVJ1009 gone\n\nIt meant this and that.\n"}),
    guardlib.Plant("an empty entry", "NVJ1001 says nothing",
                   files={REFERENCE: "## NVJ1001 one\n\n## NVJ1002 two\nIt means that. Do this then.\n"}),
    guardlib.Plant("a row nobody logs", "two is used nowhere", files={"navajo/x/a.cc": "id::one, id::two_more"}),
    guardlib.Plant("a level that is none", "no level loud",
                   files={TABLE: CLEAN[TABLE].replace("notice", "loud")}),
    guardlib.Plant("no reference at all", "no entry", files={REFERENCE: None}),
]

if __name__ == "__main__":
    tree = guardlib.source_root()
    guardlib.finish("log_ids", guardlib.prove(check, CLEAN, PLANTS), check(tree),
                    len(ROW.findall((tree / TABLE).read_text())))
