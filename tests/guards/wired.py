"""Every servlet and filter folder is built, in the table, tested, documented, and shown in conf/."""
import re

import guardlib

KINDS = ("servlets", "filters")
CLASS = re.compile(r'\{\s*(?:\.name\s*=\s*)?"(\w+(?:Servlet|Filter))"')
PARAM = re.compile(r'\{\s*\.name\s*=\s*"(\w+)"|^\s*\{"([A-Z]\w+)",\s*(?:config::)?(?:ParamType::)?\w+', re.MULTILINE)
ROWS_FUNCTION = re.compile(r"\b(\w+_rows)\(\)")


def folders(root):
    for kind in KINDS:
        for folder in sorted((root / "navajo" / kind).iterdir() if (root / "navajo" / kind).is_dir() else []):
            if folder.is_dir():
                yield kind, folder


def conf_text(root):
    return "\n".join(path.read_text(errors="replace") for path in sorted((root / "conf").rglob("*.xml")))


def check_folder(root, kind, folder, reference):
    where = folder.relative_to(root).as_posix()
    parent = root / "navajo" / kind
    if f"include {where}/local.mk" not in (parent / "local.mk").read_text():
        yield f"{where}: navajo/{kind}/local.mk does not include its local.mk"
    for name in ("local.mk", "README.md", "example.xml"):
        if not (folder / name).is_file():
            yield f"{where}: no {name}"
    if not list(folder.glob("*_test.cc")):
        yield f"{where}: no unit test"
    code = "\n".join(path.read_text(errors="replace") for path in sorted(folder.glob("*.cc"))
                     if not path.name.endswith("_test.cc"))
    made = set(CLASS.findall(code))
    if not made:
        yield f"{where}: no row of a class ...Servlet or ...Filter"
    functions = set(ROWS_FUNCTION.findall(code))
    table = (parent / "table.cc").read_text() if (parent / "table.cc").is_file() else ""
    if not any(f"{function}()" in table for function in functions):
        yield f"{where}: its rows are not added in navajo/{kind}/table.cc"
    readme = (folder / "README.md").read_text() if (folder / "README.md").is_file() else ""
    example = (folder / "example.xml").read_text() if (folder / "example.xml").is_file() else ""
    for name in sorted(made):
        for text, place in ((readme, "README.md"), (example, "example.xml"), (reference, "the reference in conf/")):
            if not re.search(rf"\b{name}\b", text):
                yield f"{where}: {name} is not in {place}"
    for name in sorted({one or other for one, other in PARAM.findall(code)} - made):
        for text, place in ((readme, "README.md"), (reference, "the reference in conf/")):
            if not re.search(rf"\b{name}\b", text):
                yield f"{where}: the parameter {name} is not in {place}"


def check(root):
    reference = conf_text(root)
    return [complaint for kind, folder in folders(root) for complaint in check_folder(root, kind, folder, reference)]


CLEAN = {
    "navajo/filters/local.mk": "include navajo/filters/one/local.mk\n",
    "navajo/filters/table.cc": "catalogue.add(one_filter_rows());\n",
    "navajo/filters/one/local.mk": "",
    "navajo/filters/one/README.md": "OneFilter has Depth",
    "navajo/filters/one/example.xml": "<filter-class>OneFilter</filter-class>",
    "navajo/filters/one/one.cc": '{.name = "Depth", .type = x}, rows one_filter_rows() {{.name = "OneFilter"}}',
    "navajo/filters/one/one_test.cc": "",
    "conf/navajo-reference.xml": "<!-- OneFilter: Depth -->",
}
PLANTS = [
    guardlib.Plant("not built", "does not include its local.mk", files={"navajo/filters/local.mk": "# nothing\n"}),
    guardlib.Plant("not in the table", "not added in navajo/filters/table.cc", files={"navajo/filters/table.cc": ""}),
    guardlib.Plant("no test", "no unit test", files={"navajo/filters/one/one_test.cc": None}),
    guardlib.Plant("no README", "no README.md", files={"navajo/filters/one/README.md": None}),
    guardlib.Plant("no example", "no example.xml", files={"navajo/filters/one/example.xml": None}),
    guardlib.Plant("an example of something else", "OneFilter is not in example.xml",
                   files={"navajo/filters/one/example.xml": "<x>AnotherOneFilter</x>"}),
    guardlib.Plant("missing from conf/", "OneFilter is not in the reference",
                   files={"conf/navajo-reference.xml": "<!-- Depth -->"}),
    guardlib.Plant("a parameter nobody reads about", "the parameter Width is not in README.md",
                   files={"navajo/filters/one/one.cc": CLEAN["navajo/filters/one/one.cc"] + '{.name = "Width"}'}),
    guardlib.Plant("a parameter written without its field's name", "the parameter Width is not in README.md",
                   files={"navajo/filters/one/one.cc": CLEAN["navajo/filters/one/one.cc"]
                          + '\n    {"Width", ParamType::text, true},\n'}),
    guardlib.Plant("a folder with no row", "no row", files={"navajo/filters/one/one.cc": "one_filter_rows()"}),
]

if __name__ == "__main__":
    tree = guardlib.source_root()
    guardlib.finish("wired", guardlib.prove(check, CLEAN, PLANTS), check(tree), len(list(folders(tree))))
