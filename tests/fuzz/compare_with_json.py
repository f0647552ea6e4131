"""Our scanner of JSON against Python's parser, on generated documents that are right, nearly right and quite wrong:
both accept the same, and count the same elements and depths. Python is told to refuse what RFC 8259 does not have."""
import collections
import json
import os
import pathlib
import random
import subprocess

BUILD = pathlib.Path(os.environ["NAVAJO_BUILDDIR"])
COUNT = int(os.environ.get("NAVAJO_COMPARE_COUNT", "20000"))

NUMBERS = ["0", "-0", "1", "-12", "1.5", "0.0", "1e5", "1E+5", "-1.25e-10", "01", "-", "+1", ".5", "1.", "1e", "1e+",
           "0x1", "NaN", "Infinity", "-Infinity", "1_0", "١", "--1", "1e5.5", "00", "-01"]
TEXTS = ["", "a", "name", "\\n", "\\u00e9", "\\ud83d\\ude00", "\\ud800", "é", "€", "😀", "\\/", "\\\\", '\\"', " ",
         "\x7f", "\t", "\\x", "\\u12", "\\U0041", "\n", "\x00", "\\", "\u2028", "\ufeff"]
WORDS = ["true", "false", "null", "True", "nul", "nulll", "undefined", "''", "'a'", "//", "/**/", "#"]
SPACES = ["", "", "", "", " ", "\n", "\t\r\n ", "\u00a0", "\x0b", "\ufeff"]


class Documents:
    def __init__(self, seed):
        self._random = random.Random(seed)

    def _one(self, choices, right):
        """Mostly one of the first `right`, which are JSON."""
        return self._random.choice(choices[:right] if self._random.random() < 0.97 else choices)

    def _space(self):
        return self._one(SPACES, 7)

    def _text(self):
        return '"' + "".join(self._one(TEXTS, 15) for _ in range(self._random.randrange(3))) + '"'

    def _value(self, depth):
        kind = self._random.random()
        if depth == 0 or kind < 0.4:
            return self._random.choice([self._text(), self._one(NUMBERS, 9), self._one(WORDS, 3)])
        space, count = self._space, self._random.randrange(4)
        if kind < 0.7:
            inside = [space() + self._value(depth - 1) + space() for _ in range(count)]
            begin, end = "[", "]"
        else:
            inside = [f"{space()}{self._text()}{space()}:{space()}{self._value(depth - 1)}{space()}"
                      for _ in range(count)]
            begin, end = "{", "}"
        if self._random.random() < 0.01:
            end = self._random.choice(["", ",]", ",}", "]", "}", "]]"])
        return begin + (",".join(inside) or space()) + end

    def document(self):
        data = (self._space() + self._value(self._random.randrange(6)) + self._space()).encode()
        if self._random.random() < 0.1:
            at = self._random.randrange(len(data) + 1)
            data = data[:at] + bytes([self._random.randrange(256)]) + data[at + self._random.randrange(2):]
        if self._random.random() < 0.05:
            data = data[:self._random.randrange(len(data) + 1)]
        return data


class Pairs(list):
    """An object with all its members, also those of one name."""


def refuse(word):
    raise ValueError(word)


def by_python(data):
    """(elements, depth), or None."""
    try:
        parsed = json.loads(data.decode("utf-8"), parse_constant=refuse, object_pairs_hook=Pairs)
    except ValueError:
        return None
    return measured(parsed)


def measured(value):
    if not isinstance(value, list):
        return 1, 0
    inside = [measured(one[1] if isinstance(value, Pairs) else one) for one in value]
    return 1 + sum(one[0] for one in inside), 1 + max((one[1] for one in inside), default=0)


def by_us(cases):
    lines = "".join(f"{elements} {depth} {data.hex()}\n" for elements, depth, data in cases)
    result = subprocess.run([BUILD / "tests/fuzz/scan_json"], input=lines, capture_output=True, text=True, timeout=300,
                            check=True)
    return result.stdout.splitlines()


def main():
    source = Documents(seed=8259)
    documents = [data for data in (source.document() for _ in range(COUNT)) if data]  # an empty one is no line
    expected, cases = [], []
    for data in documents:
        theirs = by_python(data)
        cases.append((0, 0, data))
        expected.append({"fine"} if theirs else {"syntax", "not UTF-8", "incomplete"})
        if not theirs:
            continue
        elements, depth = theirs
        cases.append((elements, depth, data))
        expected.append({"fine"})
        if elements > 1:
            cases.append((elements - 1, 0, data))
            expected.append({"too many elements"})
        if depth > 1:
            cases.append((0, depth - 1, data))
            expected.append({"nested too deeply"})
    ours = by_us(cases)
    assert len(ours) == len(cases)
    counts = collections.Counter(ours)
    for text, count in counts.most_common():
        print(f"{count:6} {text}")
    wrong = [(case, mine, should) for case, mine, should in zip(cases, ours, expected) if mine not in should]
    for case in wrong[:10]:
        print("DIFFERENT:", *case, sep="\n  ")
    least = min(counts["fine"], counts["syntax"], counts["too many elements"])
    assert least > COUNT / 20, "the generator tells nothing"
    assert not wrong, f"{len(wrong)} documents are understood in two ways"


if __name__ == "__main__":
    main()
