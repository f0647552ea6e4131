"""Documents say what is there: links lead somewhere, and commands, options, elements, classes and log ids exist."""
import re

import guardlib

CLI, IDS, REFERENCE = "docs/cli.md", "docs/reference/log-ids.md", "docs/reference/configuration.md"
LIST = "docs/local.mk"
LINK = re.compile(r"(?<!\!)\[[^\]\n]*\]\(([^)\s]+)\)")
COMMAND = re.compile(r"`navajo ((?:[\w.-]+|--?[\w-]+|[A-Z.\[\]|/]+|\"[^\"]*\")(?: [^`]*)?)`")
LINE = re.compile(r"^(?:\$ )?navajo ([^#\n]*)", re.MULTILINE)
ID = re.compile(r"\bNVJ(\d{4})\b")
CLASS = re.compile(r"\b([A-Z]\w*(?:Servlet|Filter))\b")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
# What was said of a version stays as it was said; generated ones are compared with the tables elsewhere.
LEFT_ALONE = ("docs/changes/", "docs/decisions/", "docs/cli.md")
# Names of parts that are no classes of web.xml, and examples of names of one's own.
NO_CLASSES = {"PreparingFilter", "PreparingServlet", "Servlet", "Filter"}


def documents(root):
    yield from (path for path in [root / "README.md", *sorted((root / "docs").rglob("*.md"))] if path.is_file())


def commands_of(root):
    """Name of a command -> its options."""
    found = {}
    for section in (root / CLI).read_text().split("\n## ")[1:]:
        name = section.split("\n", 1)[0]
        found[name] = set(re.findall(r"`(--?[\w-]+)", section))
    return {name: options for name, options in found.items() if name not in ("Exit codes", "Commands")}


def judge_command(text, commands):
    """Complaint about the words behind "navajo", or None."""
    words = text.replace("|", " | ").split()
    # "navajo INSTANCE status", "navajo all start", "navajo shop reload"
    for skipped in (0, 1):
        rest = words[skipped:]
        known = [name for name in commands if rest[:len(name.split())] == name.split()]
        if known:
            break
    else:
        # "navajo session" stands for all of them.
        return None if any(name.startswith(words[0] + " ") for name in commands) else f"there is no command '{text}'"
    name = max(known, key=len)
    for word in rest[len(name.split()):]:
        option = word.split("=")[0].rstrip(",.;)]")
        if re.fullmatch(r"--[a-z][\w-]*", option) and option not in commands[name] | {"--help"}:
            return f"'{name}' has no option {option}"
    return None


def check(root):
    complaints = []
    commands, ids = commands_of(root), set(ID.findall((root / IDS).read_text()))
    reference, listed = (root / REFERENCE).read_text(), (root / LIST).read_text()
    classes = set(CLASS.findall(reference))
    for path in documents(root):
        where, text = path.relative_to(root).as_posix(), path.read_text()
        if where.startswith("docs/") and f"%D%/{where[len('docs/'):]}" not in listed:
            complaints.append(f"{where}: is not in {LIST}")
        prose = FENCE.sub("", text)
        for target in LINK.findall(prose):
            file = target.split("#")[0]
            if "://" not in target and file and not (path.parent / file).exists():
                complaints.append(f"{where}: the link to {target} leads nowhere")
        if where.startswith(LEFT_ALONE):
            continue
        said = COMMAND.findall(prose) + [line for _, block in FENCE.findall(text) for line in LINE.findall(block)]
        for one in said:
            if why := judge_command(one.strip(), commands):
                complaints.append(f"{where}: {why}")
        complaints += [f"{where}: there is no NVJ{number}" for number in sorted(set(ID.findall(text)) - ids)]
        complaints += [f"{where}: there is no class {name}"
                       for name in sorted(set(CLASS.findall(text)) - classes - NO_CLASSES)]
    return complaints


CLEAN = {
    "README.md": "See [it](docs/a.md#part) and [them](https://example.org/x). `navajo session`\n",
    "docs/a.md": "`navajo check --config FILE`, `navajo all stop`, `navajo session list`: NVJ1001, AFilter.\n\n"
                 "```\nnavajo shop check --config x   # --nothing\n```\n",
    CLI: "# Command line\n\n## Exit codes\n\n## Commands\n\n## check\n\nx\n\n| `--config FILE` | x |\n\n## stop\n\n"
         "## session list\n",
    IDS: "## NVJ1001 one\n", REFERENCE: "### AFilter\n",
    LIST: "EXTRA_DIST += %D%/a.md %D%/cli.md %D%/reference/log-ids.md %D%/reference/configuration.md\n",
}
PLANTS = [
    guardlib.Plant("a broken link", "leads nowhere", files={"README.md": "[it](docs/b.md)\n"}),
    guardlib.Plant("a command that is none", "no command 'chekc", files={"README.md": "`navajo chekc`\n"}),
    guardlib.Plant("one in a block", "no command 'chekc", files={"README.md": "```\nnavajo chekc --config x\n```\n"}),
    guardlib.Plant("an option that is none", "has no option --confg",
                   files={"README.md": "`navajo check --confg x`\n"}),
    guardlib.Plant("an id that is none", "no NVJ1002", files={"README.md": "NVJ1002\n"}),
    guardlib.Plant("a class that is none", "no class BFilter", files={"README.md": "BFilter\n"}),
    guardlib.Plant("a document that is not shipped", "is not in docs/local.mk", files={"docs/b.md": "x\n"}),
]

if __name__ == "__main__":
    tree = guardlib.source_root()
    guardlib.finish("documents", guardlib.prove(check, CLEAN, PLANTS), check(tree), len(list(documents(tree))))
