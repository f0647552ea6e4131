"""One set of rules, as each server has it: a mix of host, path, header and method rules of which none holds for the
requests of the benchmark, and a rate limit that is never reached."""
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

# Of requests in ten seconds from one address: more than any machine here serves.
RATE, RATE_SECONDS = 100_000_000, 10


@dataclass(frozen=True)
class Rule:
    """All that is given has to hold; the answer is 403."""
    number: int
    host: str = ""
    path: str = ""      # begins with it
    header: str = ""    # exact value of X-Client
    method: str = ""

    @property
    def name(self):
        return f"rule-{self.number}"


def mixed(count):
    def rule(n):
        return (Rule(n, host=f"h{n}.example.org", path=f"/app{n}/"),
                Rule(n, path=f"/old/{n}/"),
                Rule(n, header=f"client-{n}"),
                Rule(n, method="DELETE", path=f"/api/v{n}/"))[n % 4]

    return [rule(n) for n in range(count)]


def as_navajo(rules, rate=True, logged=False):
    """rules.xml."""
    def condition(rule):
        parts = [f'host("{rule.host}")' if rule.host else "", f'method("{rule.method}")' if rule.method else "",
                 f'path("{rule.path}**")' if rule.path else "",
                 f'header("X-Client={rule.header}")' if rule.header else ""]
        return " and ".join(part for part in parts if part)

    lines = ["<rules>"]
    if rate or logged:
        lines.append('  <set name="all" match="all">')
        if rate:
            lines.append(f'    <rule id="rate" when="always"><rate limit="{RATE}/{RATE_SECONDS}s" key="client" '
                         'fields="false"/></rule>')
        if logged:
            lines.append('    <rule id="log" when="always"><log headers="User-Agent"/></rule>')
        lines.append("  </set>")
    lines.append('  <set name="refused">')
    lines += [f'    <rule id="{rule.name}" when={quoteattr(condition(rule))}><block/></rule>' for rule in rules]
    return "\n".join([*lines, "  </set>", "</rules>", ""])


def as_haproxy(rules):
    """Lines of a frontend, one for each rule, in their order, each refusing by itself."""
    def condition(rule):
        return " ".join(part for part in (
            f"{{ req.hdr(host) -i {rule.host} }}" if rule.host else "",
            f"{{ method {rule.method} }}" if rule.method else "",
            f"{{ path_beg {rule.path} }}" if rule.path else "",
            f"{{ req.hdr(X-Client) -m str {rule.header} }}" if rule.header else "") if part)

    return [*_HAPROXY_RATE, *(f"http-request deny if {condition(rule)}" for rule in rules)]


def as_haproxy_lists(rules, folder):
    """The same refusals as somebody would write them who does not need to know which rule it was: patterns in files,
    which HAProxy keeps in trees. Writes them into the folder."""
    kinds = {
        "hosts": ("{{ base_beg -i -f {file} }}", [rule.host + rule.path for rule in rules if rule.host]),
        "paths": ("{{ path_beg -f {file} }}",
                  [rule.path for rule in rules if rule.path and not rule.host and not rule.method]),
        "clients": ("{{ req.hdr(X-Client) -m str -f {file} }}", [rule.header for rule in rules if rule.header]),
        "deleted": ("{{ method DELETE }} {{ path_beg -f {file} }}", [rule.path for rule in rules if rule.method]),
    }
    lines = list(_HAPROXY_RATE)
    for name, (test, patterns) in kinds.items():
        file = folder / f"{name}.lst"
        file.write_text("".join(pattern + "\n" for pattern in patterns))
        lines.append("http-request deny if " + test.format(file=file))
    return lines


_HAPROXY_RATE = [
    f"stick-table type ip size 100k expire {RATE_SECONDS}s store http_req_rate({RATE_SECONDS}s)",
    "http-request track-sc0 src",
    f"http-request deny deny_status 429 if {{ sc_http_req_rate(0) gt {RATE} }}",
]


def as_nginx(rules):
    """(lines of http, lines of the server): maps of exact values, which are hashed, and of expressions, which are not;
    limit_req, whose largest rate is smaller."""
    maps = {
        "by_host": ("$host$uri", [f'"~^{rule.host}{rule.path}"' for rule in rules if rule.host]),
        "by_path": ("$uri", [f'"~^{rule.path}"' for rule in rules if rule.path and not rule.host and not rule.method]),
        "by_client": ("$http_x_client", [rule.header for rule in rules if rule.header]),
        "by_method": ("$request_method$uri", [f'"~^{rule.method}{rule.path}"' for rule in rules if rule.method]),
    }
    http = ["map_hash_max_size 65536;", "map_hash_bucket_size 256;",
            "limit_req_zone $binary_remote_addr zone=all:10m rate=2000000r/s;"]
    server = ["limit_req zone=all burst=2000000 nodelay;"]
    for name, (key, patterns) in maps.items():
        if patterns:
            http += [f"map {key} ${name} {{", "  default 0;", *(f"  {pattern} 1;" for pattern in patterns), "}"]
            server.append(f"if (${name}) {{ return 403; }}")
    return http, server
