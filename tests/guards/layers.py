"""Dependencies point down: a folder includes itself and folders below it, never one beside it or above it."""
import pathlib

import guardlib

LEVELS = [
    ["base"],
    ["observe"],
    ["reactor", "shm", "http", "config"],
    ["tls"],
    ["api"],
    ["connector", "files", "identity", "session", "rules", "limits", "mitm", "route", "telemetry",
     "tunnel"],
    ["container", "admin", "edge", "forward"],
    ["cookies"],  # rules with conditions, for connectors and filters
    ["servlets", "filters"],
    ["cli"],
]
RANK = {folder: rank for rank, folders in enumerate(LEVELS) for folder in folders}
# The table of each kind is the one place that knows all of it.
TABLES = {"table.cc", "table.h"}
# What a servlet or filter may know of the container: how it is made, values made of a request, conditions on
# it, its body held as a whole, and the way to other components.
OF_THE_CONTAINER = {"navajo/container/" + name for name in (
    "block_mode.h", "catalogue.h", "conditional_lines.h", "dispatch.h", "preparation.h", "shared_services.h",
    "status_codes.h",
    "value_source.h", "variable.h")}


# Folders of a servlet that others of its kind may stand on.
SHARED = {("servlets", "http_connector"): {("servlets", "backend_connector"), ("servlets", "https_connector"),
                                              ("servlets", "edge_connector"), ("servlets", "load_balancer"),
                                              ("servlets", "forward_proxy"), ("servlets", "websocket")}}


def component_of(parts):
    """("servlets", "status") for a file of a servlet's folder; None for other files."""
    return parts[:2] if len(parts) > 2 and parts[0] in ("servlets", "filters") else None


def fault(path, name):
    """Why the file (relative to navajo/) may not include navajo/<name>, or None."""
    source, target = pathlib.PurePath(path).parts, pathlib.PurePath(name).parts
    for folder in (source[0], target[0]):
        if folder not in RANK:
            return f"folder {folder} has no level: add it to tests/guards/layers.py"
    if source[0] == target[0]:
        if source[-1] in TABLES and len(source) == 2:
            return None
        shared_with = SHARED.get(component_of(target), set())
        if component_of(source) and component_of(target) != component_of(source) and \
                component_of(source) not in shared_with:
            return "a servlet or filter includes only its own folder and what is below"
        return None
    if RANK[source[0]] == RANK[target[0]]:
        return f"{source[0]} and {target[0]} stand side by side"
    if RANK[source[0]] < RANK[target[0]]:
        return f"{target[0]} is above {source[0]}"
    if component_of(source) and target[0] == "container" and "navajo/" + name not in OF_THE_CONTAINER:
        return "of the container, a servlet or filter knows only " + ", ".join(sorted(
            pathlib.PurePath(name).name for name in OF_THE_CONTAINER))
    return None


def check(root):
    complaints = []
    for path in guardlib.sources(root, "navajo"):
        relative = path.relative_to(root / "navajo").as_posix()
        for line, _, name in guardlib.includes(path):
            if not name.startswith("navajo/") or name == "navajo/base/build_config.h" or name.endswith(".inc"):
                continue
            where = f"navajo/{relative}:{line}"
            if not (root / name).exists():
                complaints.append(f"{where}: {name} does not exist")
            elif why := fault(relative, name[len("navajo/"):]):
                complaints.append(f"{where}: includes {name}: {why}")
    return complaints


CLEAN = {
    "navajo/base/a.h": "",
    "navajo/observe/log.h": '#include "navajo/base/a.h"\n',
    "navajo/http/h.h": '#include "navajo/observe/log.h"\n',
    "navajo/reactor/r.h": "",
    "navajo/api/s.h": '#include "navajo/http/h.h"\n',
    "navajo/container/catalogue.h": '#include "navajo/api/s.h"\n',
    "navajo/container/container.h": '#include "navajo/container/catalogue.h"\n',
    "navajo/servlets/table.cc": '#include "navajo/servlets/one/one.h"\n#include "navajo/servlets/two/two.h"\n',
    "navajo/servlets/one/one.h": '#include "navajo/container/catalogue.h"\n',
    "navajo/servlets/two/two.h": '#include "navajo/api/s.h"\n',
    "navajo/filters/f/f.h": "",
    "navajo/servlets/http_connector/h.h": "",
    "navajo/servlets/backend_connector/b.h": '#include "navajo/servlets/http_connector/h.h"\n',
    "navajo/cli/c.cc": '#include "navajo/servlets/one/one.h"\n#include "navajo/container/container.h"\n',
}


def plant(what, expected, file, name):
    return guardlib.Plant(what, expected, files={file: f'#include "{name}"\n'})


PLANTS = [
    plant("upwards", "api is above http", "navajo/http/h.h", "navajo/api/s.h"),
    plant("sideways", "side by side", "navajo/http/h.h", "navajo/reactor/r.h"),
    plant("one servlet of another", "only its own folder", "navajo/servlets/one/one.h", "navajo/servlets/two/two.h"),
    plant("a shared servlet by one it is not shared with", "only its own folder", "navajo/servlets/one/one.h",
          "navajo/servlets/http_connector/h.h"),
    plant("a filter of a servlet", "side by side", "navajo/filters/f/f.h", "navajo/servlets/one/one.h"),
    plant("a servlet of the container", "only block_mode.h", "navajo/servlets/one/one.h",
          "navajo/container/container.h"),
    plant("a folder without level", "has no level", "navajo/new/n.h", "navajo/base/a.h"),
    plant("a header that is not there", "does not exist", "navajo/cli/c.cc", "navajo/base/none.h"),
    plant("base of anything", "is above base", "navajo/base/a.h", "navajo/observe/log.h"),
]

if __name__ == "__main__":
    tree = guardlib.source_root()
    guardlib.finish("layers", guardlib.prove(check, CLEAN, PLANTS), check(tree),
                    len(list(guardlib.sources(tree, "navajo"))))
