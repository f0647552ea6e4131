"""A strict reader of OpenMetrics 1.0 text: what the specification forbids is an error, not a guess."""
import dataclasses
import math
import re

_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"')
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|[+-]?Inf|NaN")
_SUFFIXES = {"counter": ("_total", "_created"), "gauge": ("",), "info": ("_info",),
             "histogram": ("_bucket", "_sum", "_count", "_created"), "unknown": ("",)}


@dataclasses.dataclass
class Family:
    name: str
    type: str = "unknown"
    unit: str = ""
    help: str = ""
    samples: list = dataclasses.field(default_factory=list)  # (name, labels as dict, value)


class Malformed(AssertionError):
    pass


def _require(condition, what, line):
    if not condition:
        raise Malformed(f"{what}: {line!r}")


def _labels(text, line):
    out, at = {}, 0
    while at < len(text):
        if out:
            _require(text[at] == ",", "no comma between labels", line)
            at += 1
        match = _LABEL.match(text, at)
        _require(match, "a malformed label", line)
        _require(match[1] not in out, "a label twice", line)
        out[match[1]] = re.sub(r"\\(.)", lambda escape: "\n" if escape[1] == "n" else escape[1], match[2])
        at = match.end()
    return out


def _sample(line):
    match = _NAME.match(line)
    _require(match, "no metric name", line)
    rest, labels = line[match.end():], {}
    if rest.startswith("{"):
        end = re.match(r'\{(?:[^"}]|"(?:[^"\\]|\\.)*")*\}', rest)
        _require(end, "labels without an end", line)
        labels = _labels(end[0][1:-1], line)
        rest = rest[end.end():]
    _require(rest.startswith(" ") and _NUMBER.fullmatch(rest[1:]), "no number after one space", line)
    value = rest[1:]
    return match[0], labels, float(value.replace("Inf", "inf"))


def _check_histogram(family):
    series = {}
    for name, labels, value in family.samples:
        key = tuple(sorted((k, v) for k, v in labels.items() if k != "le"))
        series.setdefault(key, []).append((name[len(family.name):], labels.get("le"), value))
    for key, points in series.items():
        buckets = [(float(le.replace("Inf", "inf")), value) for suffix, le, value in points if suffix == "_bucket"]
        counts = [value for suffix, _, value in points if suffix == "_count"]
        sums = [value for suffix, _, value in points if suffix == "_sum"]
        _require(buckets and buckets[-1][0] == math.inf, "no bucket +Inf", family.name + str(key))
        _require(buckets == sorted(buckets) and len({le for le, _ in buckets}) == len(buckets),
                 "buckets out of order", family.name + str(key))
        _require([v for _, v in buckets] == sorted(v for _, v in buckets), "buckets that are not cumulative",
                 family.name + str(key))
        _require(counts == [buckets[-1][1]] and len(sums) == 1 and sums[0] >= 0, "count or sum", family.name + str(key))


def parse(text):
    """Families by name."""
    if isinstance(text, bytes):
        text = text.decode()  # UTF-8, strictly
    _require(text.endswith("# EOF\n"), "does not end with # EOF", text[-40:])
    families, current = {}, None
    for line in text[:-len("# EOF\n")].splitlines():
        _require(line and line != "# EOF", "an empty line or an EOF too many", line)
        if line.startswith("#"):
            match = re.fullmatch(r"# (TYPE|UNIT|HELP) ([a-zA-Z_:][a-zA-Z0-9_:]*) ?(.*)", line)
            _require(match, "a comment that is none of TYPE, UNIT, HELP", line)
            kind, name, value = match.groups()
            if current is None or current.name != name:
                _require(name not in families, "a family that comes again", line)
                current = families[name] = Family(name)
            _require(not current.samples, "a descriptor behind samples", line)
            if kind == "TYPE":
                _require(value in _SUFFIXES and current.type == "unknown", "an unknown type or a second one", line)
                current.type = value
            elif kind == "UNIT":
                _require(name.endswith("_" + value), "a unit that is not the end of the name", line)
                current.unit = value
            else:
                _require(not re.search(r'(?<!\\)(?:\\\\)*\\(?![\\n"])', value), "an escape in HELP", line)
                current.help = value
            continue
        name, labels, value = _sample(line)
        _require(current is not None and name.startswith(current.name), "a sample without its family", line)
        suffix = name[len(current.name):]
        _require(suffix in _SUFFIXES[current.type], f"not a sample of a {current.type}", line)
        _require((suffix == "_bucket") == ("le" in labels), "le", line)
        _require(current.type not in ("counter", "histogram") or (value >= 0 and not math.isnan(value)),
                 "a counter below 0", line)
        _require(current.type != "info" or value == 1, "an info that is not 1", line)
        _require(all(other[:2] != (name, labels) for other in current.samples[-200:]), "the same sample twice", line)
        current.samples.append((name, labels, value))
    for family in families.values():
        if family.type == "histogram":
            _check_histogram(family)
    return families


def total(families, name, suffix="_total", **labels):
    """The sum of all samples of a family that have these labels."""
    return sum(value for sample, found, value in families[name].samples
               if sample == name + suffix and labels.items() <= found.items())
