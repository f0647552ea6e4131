"""Built modules: each exports its module record and nothing else; nothing of ours has STB_GNU_UNIQUE symbols (they pin
a library over a reload); a module with C++ in it names libstdc++ itself, so that it loads without jemalloc's copy.

Reads the ELF files with nm and readelf. The self-test gives the same functions what those would print."""
import pathlib
import re
import shutil
import subprocess
import sys

import guardlib

# The linker's own, and AddressSanitizer's bookkeeping in a sanitized build.
OF_THE_TOOLS = re.compile(r"^(_init|_fini|_edata|_end|__bss_start|__odr_asan.*|__asan_.*|___asan_.*)$")


def exported(nm_output):
    """(type, name) of each defined dynamic symbol."""
    for line in nm_output.splitlines():
        parts = line.split()
        if len(parts) >= 2:
            yield parts[-2], parts[-1].split("@")[0]


def module_complaints(name, nm_output, readelf_output):
    complaints = []
    expected = name[len("mod_"):-len(".so")] + "_module" if name.startswith("mod_") else None
    names = [symbol for kind, symbol in exported(nm_output) if not OF_THE_TOOLS.match(symbol)]
    for symbol in names:
        if symbol != expected:
            complaints.append(f"{name}: exports {symbol}")
    if expected not in names:
        complaints.append(f"{name}: does not export {expected}")
    if not re.search(r"\(NEEDED\).*\[libstdc\+\+\.so|\(NEEDED\).*\[libc\+\+\.so", readelf_output):
        complaints.append(f"{name}: does not name libstdc++ among what it needs")
    return complaints


def unique_complaints(name, nm_output):
    return [f"{name}: {symbol} is STB_GNU_UNIQUE" for kind, symbol in exported(nm_output)
            if kind == "u" and not OF_THE_TOOLS.match(symbol)]


def self_test():
    good_nm = "0000000000004040 D navajo_module\n0000000000001000 T _init\n"
    good_elf = " 0x01 (NEEDED) Shared library: [libstdc++.so.6]\n"
    wrong = []
    if module_complaints("mod_navajo.so", good_nm, good_elf) + unique_complaints("mod_navajo.so", good_nm):
        wrong.append("self-test: complains about a module that is right")
    cases = {
        "a function that is exported": module_complaints("mod_navajo.so", good_nm + "01 T navajo_helper\n", good_elf),
        "a module record that is missing": module_complaints("mod_navajo.so", "01 T _init\n", good_elf),
        "another module's record": module_complaints("mod_navajo_mitm.so", good_nm, good_elf),
        "libstdc++ that is missing": module_complaints("mod_navajo.so", good_nm, "(NEEDED) [libc.so.6]"),
        "a unique symbol": unique_complaints("libnavajo.so", "01 u _ZZ3foovE1x\n"),
    }
    wrong += [f"self-test: does not notice: {what}" for what, said in cases.items() if not said]
    return wrong


def output(*words):
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def modules(build):
    return sorted(path for path in (build / "modules").rglob("mod_*.so") if path.parent.name == ".libs")


def check(build):
    complaints = []
    for path in modules(build):
        symbols = output("nm", "-D", "--defined-only", str(path))
        complaints += module_complaints(path.name, symbols, output("readelf", "-d", str(path)))
        complaints += unique_complaints(path.name, symbols)
    for path in sorted((build / ".libs").glob("libnavajo.so.*.*")):
        complaints += unique_complaints(path.name, output("nm", "-D", "--defined-only", str(path)))
    return complaints


if __name__ == "__main__":
    for tool in ("nm", "readelf"):
        if not shutil.which(tool):
            sys.exit(f"symbols: {tool} is missing (binutils)")
    tree = pathlib.Path(guardlib.build_root())
    guardlib.finish("symbols", self_test(), check(tree), len(modules(tree)))
