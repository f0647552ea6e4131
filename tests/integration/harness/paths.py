"""Where the things under test are. The makefile says so through the environment; see local.mk."""
import os
import pathlib
import shutil


def _from_environment(name, what):
    value = os.environ.get(name)
    if not value:
        raise RuntimeError(f"{name} is not set: it names {what} (run `make integration-check`)")
    path = pathlib.Path(value)
    if not path.exists():
        raise RuntimeError(f"{name}={value} does not exist")
    return path


def prefix():
    return _from_environment("NAVAJO_PREFIX", "the installed tree that is tested")


def navajo_command():
    return prefix() / "bin" / "navajo"


def fault_module():
    return _from_environment("NAVAJO_FAULT_MODULE", "mod_fault.so")


def storm_client():
    return _from_environment("NAVAJO_STORM_CLIENT", "the connect-and-close client")


def websockets():
    return _from_environment("NAVAJO_WEBSOCKETS", "the program with both ends of many WebSockets")


def stock_modules():
    """httpd's own modules: mod_ssl and the like, loaded by tests that need them."""
    return _from_environment("NAVAJO_STOCK_MODDIR", "the folder of httpd's own modules")


def stock_module(name):
    path = stock_modules() / f"{name}.so"
    if not path.exists():
        raise RuntimeError(f"{path} is missing: the suite needs it, see the package list in bootstrap")
    return path


def tool(name, package):
    found = shutil.which(name)
    if not found:
        raise RuntimeError(f"{name} is missing: the suite needs Debian's {package}")
    return found


def sanitized():
    return os.environ.get("NAVAJO_TEST_ASAN", "") == "1"


def long_run():
    """The full-length forms: 200,000 connections, a minute of restarts."""
    return os.environ.get("NAVAJO_TEST_LONG", "") == "1"
