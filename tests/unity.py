"""Rewrites a generated Makefile so that sources are compiled many at a time: unity.py MAKEFILE SOURCE_FOLDER yes|tests.

`configure --enable-unity` has it run whenever config.status writes the Makefile; `=tests` leaves all but the unit tests
as it is. Nine tenths of a compilation is reading
headers, so the tests' builds take a fraction of the time; what is shipped is built file by file, which also shows that
every file includes what it needs. Of each group of objects the first is kept and made from a file in unity/ that
includes the sources of all; its rule, with the flags of its target, and its dependencies are automake's. Sources of
which one uses a name that another keeps to itself (in an anonymous namespace) do not come together.
"""
import functools
import pathlib
import re
import sys

# A type of an anonymous namespace is of one file all the same; and CppUTest makes a macro of `new`, which the standard
# library's headers do not survive.
FLAGS = "$(CXXFLAGS) -Wno-subobject-linkage -DCPPUTEST_USE_MEM_LEAK_DETECTION=0"
MOST = 16  # sources in one: two compilers at work, and a changed file that does not cost half a minute
OBJECTS = re.compile(r"^(am_\w+_OBJECTS|am__objects_\d+) = ((?:.*\\\n)*.*\n)", re.MULTILINE)
RULE = re.compile(r"^(\S+)\.(l?o): (\S+\.cc)\n((?:\t.*\n)+)", re.MULTILINE)
COMMENT = re.compile(r"//(?! namespace).*|^#include.*", re.MULTILINE)
WORD = re.compile(r"(?<![.>:\w])[A-Za-z_]\w*")  # looked up where it stands: no member, nothing qualified
ANONYMOUS = re.compile(r"^namespace \{\n(.*?)^\}  // namespace$", re.MULTILINE | re.DOTALL)
DECLARED = re.compile(r"^(?![ }#]).*?(\w+)(?=\(|\{| \{| final|\[| =|;| :)", re.MULTILINE)
NAMESPACE = re.compile(r"^namespace (navajo[\w:]*) \{", re.MULTILINE)
ALIAS = re.compile(r"^using (\w+) =", re.MULTILINE)
USING = re.compile(r"^using namespace (\S+);", re.MULTILINE)
MACRO = re.compile(r"^#define (\w+)", re.MULTILINE)


@functools.cache
def names_of(path):
    """What a source keeps to itself, and all that its words may mean, both with the namespace."""
    text = COMMENT.sub("", path.read_text())
    scopes = NAMESPACE.findall(text)[0].split("::") if NAMESPACE.search(text) else []
    own = set(MACRO.findall(text)) - {"PCRE2_CODE_UNIT_WIDTH", "OPENSSL_SUPPRESS_DEPRECATED"}
    names = set(ALIAS.findall(text))
    for inside in ANONYMOUS.findall(text):
        names.update(DECLARED.findall(inside))
    own.update("::".join(scopes + [name]) for name in names)
    words = set(WORD.findall(text))
    return own, {"::".join(scopes[:depth] + [word]) for word in words for depth in range(len(scopes) + 1)}


@functools.cache
def headers_of(path):
    """Its #include lines and the #define lines above them, without those under an #if, and without tables."""
    lines, depth = [], 0
    for line in path.read_text().splitlines():
        depth += line.startswith("#if") - line.startswith("#endif")
        if depth == 0 and re.match(r"#include (<|\".*\.h\")|#define (PCRE2|OPENSSL)_\w+", line):
            lines.append(line)
    return lines


def unity_of(sources, root):
    """All headers stand above all sources: no name of a source is known in them."""
    headers = dict.fromkeys(line for source in sources for line in headers_of(root / source))
    lines = sorted(headers, key=lambda line: not line.startswith("#define"))
    return "\n".join([*lines, *(f'#include "{source}"' for source in sources), ""])


def folder_of(source):
    """The library's sources go by the folder below navajo/; what is further down has namespaces of its own."""
    return "/".join(source.split("/")[:2])


def groups_of(names, sources, root):
    """Each object goes to the first group of its folder, and of the same `using namespace`, that it can be in. One that
    is alone is made from a file in unity/ too: when others come or go, that file changes, and it is made anew."""
    open_groups = {}
    for name in names:
        if name not in sources or sources[name].startswith("tests/") or not (root / sources[name]).exists():
            continue
        own, words = names_of(root / sources[name])
        key = folder_of(sources[name]), *sorted(USING.findall((root / sources[name]).read_text()))
        for group in open_groups.setdefault(key, []):
            if len(group["names"]) < MOST and not own & group["words"] and not group["own"] & words:
                break
        else:
            group = {"names": [], "own": set(), "words": set()}
            open_groups[key].append(group)
        group["names"].append(name)
        group["own"] |= own
        group["words"] |= words
    return [group["names"] for groups in open_groups.values() for group in groups]


def write_if_changed(path, text):
    if not path.exists() or path.read_text() != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def main(makefile, root, only_tests):
    text = makefile.read_text()
    rules = {(stem, kind): (source, recipe) for stem, kind, source, recipe in RULE.findall(text)}
    replaced = {}  # rule of an object: the source it is made from instead

    def shorter(found):
        if only_tests and not found[1].endswith("unit_tests_OBJECTS"):
            return found[0]
        names = found[2].replace("\\\n", " ").split()
        suffix = {name: (name.removesuffix(".$(OBJEXT)").removesuffix(".lo"), "lo" if name.endswith(".lo") else "o")
                  for name in names}
        sources = {name: rules[key][0] for name, key in suffix.items() if key in rules}
        gone = set()
        for group in groups_of(names, sources, root):
            first = suffix[group[0]]
            unity = f"unity/{first[0]}.cc"
            write_if_changed(makefile.parent / unity, unity_of([sources[name] for name in group], root))
            replaced[first] = unity
            gone.update(group[1:])
        return f"{found[1]} = " + " \\\n\t".join(name for name in names if name not in gone) + "\n"

    text = OBJECTS.sub(shorter, text)

    def remade(found):
        unity = replaced.get((found[1], found[2]))
        if not unity:
            return found[0]
        recipe = found[4].replace(found[3], unity).replace("$(CXXFLAGS)", FLAGS, 1)
        return f"{found[1]}.{found[2]}: {unity}\n{recipe}"

    makefile.write_text(RULE.sub(remade, text))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3] == "tests")
