"""Adds up what the suites of `./bootstrap check` said: summary.py RESULTS BUILD ASAN_BUILD.

RESULTS holds NAME.out and NAME.code of each suite. A make check is counted by its CppUTest programs' own numbers
and one per other test, a pytest run by its last line, a build as one. What ended badly without saying what failed
counts as one failure. The last line printed is `N passed, N failed`.
"""
import pathlib
import re
import sys

AUTOMAKE = re.compile(r"^(PASS|FAIL|SKIP|ERROR|XFAIL|XPASS): (\S+)", re.MULTILINE)
CPPUTEST = re.compile(r"^(?:OK \(|Errors \((\d+) failures, )(\d+) tests, (\d+) ran", re.MULTILINE)
SECOND = re.compile(r"^== passed at the second try: (?!none)(.+)", re.MULTILINE)
PYTEST = re.compile(r"^(?:=+ )?((?:\d+ \w+(?:, )?)+) in [\d.]+s", re.MULTILINE)


def of_make_check(output, build):
    passed = failed = 0
    # The last result of each: what failed was run once more.
    for name, result in {name: result for result, name in AUTOMAKE.findall(output)}.items():
        log = build / name.removesuffix(".py")
        log = log.with_name(log.name + ".log")
        text = log.read_text(errors="replace") if log.exists() else ""
        counts = CPPUTEST.findall(text)
        if counts:
            failures = sum(int(failures or 0) for failures, _, _ in counts)
            ran = sum(int(ran) for _, _, ran in counts)
            passed += ran - failures
            failed += failures
            if result in ("FAIL", "ERROR") and failures == 0:
                failed += 1
        elif result in ("PASS", "XFAIL"):
            passed += 1
        elif result != "SKIP":
            failed += 1
    return passed, failed


def at_the_second_try(output):
    results = {}
    for result, name in AUTOMAKE.findall(output):
        results.setdefault(name, []).append(result)
    passed = [name for name, both in results.items() if both[0] in ("FAIL", "ERROR") and both[-1] == "PASS"]
    return passed + [name for names in SECOND.findall(output) for name in names.split()]


def of_pytest(output):
    """Of the first run, and of the second, which is of what failed in the first alone."""
    passed = failed = 0
    for end in PYTEST.findall(output):
        counts = {word.rstrip("s"): int(number) for number, word in re.findall(r"(\d+) (\w+)", end)}
        passed += counts.get("passed", 0)
        failed = counts.get("failed", 0) + counts.get("error", 0)
    return passed, failed


def of_suite(name, output, code, build):
    if name.endswith("build"):
        return (1, 0) if code == 0 else (0, 1)
    passed, failed = of_pytest(output) if name.endswith("integration") else of_make_check(output, build)
    if failed == 0 and (code != 0 or passed == 0):
        failed = 1
    return passed, failed


def main(results, build, asan_build):
    total_passed = total_failed = 0
    for out in sorted(results.glob("*.out"), key=lambda path: path.stat().st_mtime):
        name = out.stem
        output = out.read_text(errors="replace")
        code_file = out.with_suffix(".code")
        code = int(code_file.read_text()) if code_file.exists() else 1
        passed, failed = of_suite(name, output, code,
                                  asan_build if name.startswith("asan") else build)
        print(f"{name:18} {passed:5} passed {failed:5} failed" + (f"  (exit code {code})" if code else ""))
        for test in at_the_second_try(output):
            print(f"{'':18} at the second try: {test}")
        total_passed += passed
        total_failed += failed
    if total_passed + total_failed == 0:
        total_failed = 1
    print(f"{total_passed} passed, {total_failed} failed")
    return 1 if total_failed else 0


if __name__ == "__main__":
    sys.exit(main(*(pathlib.Path(argument) for argument in sys.argv[1:4])))
