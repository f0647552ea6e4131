"""Each built module loads into a stock httpd with nothing preloaded: no symbol is missing, no library but its own is
needed. (jemalloc, once preloaded, brings a libstdc++ along and would hide a module that forgot to link it.)"""
import os
import pathlib
import subprocess
import sys
import tempfile

import guardlib
import symbols


def httpd_says(httpd, stock, build, module_path, module_name):
    """Output of httpd -t with the module loaded; empty when it is content."""
    with tempfile.TemporaryDirectory(prefix="navajo-guard-") as folder:
        conf = pathlib.Path(folder) / "httpd.conf"
        listed = subprocess.run([httpd, "-l"], check=True, capture_output=True, text=True).stdout
        mpm = "" if any(f"{name}.c" in listed for name in ("event", "worker", "prefork")) else \
            f'LoadModule mpm_event_module "{stock}/mod_mpm_event.so"\n'
        conf.write_text(f'ServerRoot "{folder}"\nServerName guard\nErrorLog "{folder}/error.log"\n{mpm}'
                        f'LoadModule {module_name} "{module_path}"\n')
        environment = {key: value for key, value in os.environ.items()
                       if key not in ("LD_PRELOAD", "NAVAJO_PRELOAD", "MALLOC_CONF")}
        environment["LD_LIBRARY_PATH"] = str(build / ".libs")
        result = subprocess.run([httpd, "-t", "-f", str(conf)], capture_output=True, text=True, env=environment)
        return "" if result.returncode == 0 else (result.stdout + result.stderr).strip()


def self_test(httpd, stock, build, module):
    name = module.stem[len("mod_"):]
    wrong = []
    if not httpd_says(httpd, stock, build, module, f"{name}_x_module"):
        wrong.append("self-test: does not notice a module record that is not there")
    with tempfile.TemporaryDirectory(prefix="navajo-guard-") as folder:
        broken = pathlib.Path(folder) / module.name
        # An undefined symbol: the dynamic linker refuses it, as it refuses a forgotten library.
        source = pathlib.Path(folder) / "broken.c"
        source.write_text(f"extern int nobody_has_this(void);\nint {name}_module = 0;\n"
                          "__attribute__((constructor)) static void at_load(void) { nobody_has_this(); }\n")
        compiler = os.environ.get("CC", "cc").split()
        subprocess.run([*compiler, "-shared", "-fPIC", "-Wl,-z,now", "-o", str(broken), str(source)], check=True)
        if "nobody_has_this" not in httpd_says(httpd, stock, build, broken, f"{name}_module"):
            wrong.append("self-test: does not notice a missing symbol")
    return wrong


if __name__ == "__main__":
    if os.environ.get("NAVAJO_TEST_ASAN") == "1":
        print("loads: not in a sanitized build, whose modules need the sanitizer preloaded")
        sys.exit(77)
    program, stock_folder = os.environ["NAVAJO_HTTPD"], os.environ["NAVAJO_STOCK_MODDIR"]
    tree = pathlib.Path(guardlib.build_root())
    built = symbols.modules(tree)
    complaints = []
    for path in built:
        said = httpd_says(program, stock_folder, tree, path, path.stem[len("mod_"):] + "_module")
        if said:
            complaints.append(f"{path.name} does not load: {said}")
    guardlib.finish("loads", self_test(program, stock_folder, tree, built[0]) if built else [], complaints, len(built))
