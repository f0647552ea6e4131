"""The error log is part of what is tested: a line at warn or above that the test did not announce fails it."""
import re

# "[core:error]", "[navajo:warn]", "[error]": the level field of any ErrorLogFormat that has one.
_LEVEL = re.compile(r"\[(?:[\w.-]*:)?(emerg|alert|crit|error|warn|notice|info|debug|trace\d)\]")
_SERIOUS = {"emerg", "alert", "crit", "error", "warn"}
# Whatever level they come at: a child died, or a sanitizer or an assertion spoke.
_ALWAYS_SERIOUS = re.compile(
    r"exit signal|AH0005[0-2]:|ERROR: AddressSanitizer|LeakSanitizer|ThreadSanitizer|: runtime error: "
    r"|[Aa]ssertion .*failed|terminate called|stack smashing|symbol lookup error|undefined symbol")
_DEATH = re.compile(r"AH0005[12]: child pid \d+ exit signal (Segmentation fault|Killed)")
# The last lines of a sanitizer report name the frames; they are shown, not judged.
_REPORT_LINE = re.compile(r"^\s+#\d+ |^=+$|^\s*$")


class ErrorLog:
    """Reads the error log and the console of one server as they grow."""

    def __init__(self, *paths):
        self._paths = paths
        self._offsets = {path: 0 for path in paths}
        self._lines = []       # not yet judged
        self._expected = []    # (pattern, required)
        self._deaths = False

    def expect(self, pattern, required=True):
        """Announces lines at warn or above. Never covers the death of a child or a sanitizer's report."""
        self._expected.append((re.compile(pattern), required))

    def expect_deaths(self):
        """The test ends children by signals, which httpd says with AH00051 or AH00052."""
        self._deaths = True

    def lines(self, pattern=""):
        """Lines of this test so far that match."""
        self._read()
        wanted = re.compile(pattern)
        return [line for line in self._lines if wanted.search(line)]

    def everything(self):
        return "".join(path.read_text(errors="replace") for path in self._paths if path.exists())

    def judge(self):
        """
        What is wrong with the lines since the last judgement: unexpected ones, and required ones that did not
        come. A line that comes late is the next test's: a test waits for the lines it causes.
        """
        self._read()
        found = []
        for line in self._lines:
            if self._deaths and _DEATH.search(line):
                continue
            if _ALWAYS_SERIOUS.search(line):
                found.append("unexpected: " + line)
            elif self._serious(line) and not any(pattern.search(line) for pattern, _ in self._expected):
                found.append("unexpected: " + line)
        for pattern, required in self._expected:
            if required and not any(pattern.search(line) for line in self._lines):
                found.append("missing: " + pattern.pattern)
        self._lines, self._expected, self._deaths = [], [], False
        return found

    @staticmethod
    def _serious(line):
        if _REPORT_LINE.search(line):
            return False
        level = _LEVEL.search(line)
        return bool(level and level.group(1) in _SERIOUS)

    def _read(self):
        for path in self._paths:
            if not path.exists():
                continue
            with open(path, "rb") as stream:
                stream.seek(self._offsets[path])
                data = stream.read()
            # A line still being written is left for the next look.
            complete = data.rfind(b"\n") + 1
            self._offsets[path] += complete
            self._lines += data[:complete].decode(errors="replace").splitlines()
