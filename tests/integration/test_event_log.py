"""Event logs on a real server: what rules choose is one JSON line each, with true figures, without secrets, and nobody
waits for it. Rows of logprox in the facts of systems (seed-systems.md 2) and row 24 of the failure modes."""
import json
import os
import pwd
import subprocess
import time

import pytest

from harness.client import Client, get
from harness.site import proxy, status
from harness.waiting import wait_until

RULES = '<rules>\n<set name="s" match="all">\n{request}\n</set>\n' \
        '<set name="r" phase="response" match="all">\n{response}\n</set>\n</rules>\n'


def rules_xml(request="", response=""):
    """A set without rules is left out."""
    text = RULES.format(request=request, response=response)
    for name, inside in (('<set name="s" match="all">\n\n</set>\n', request),
                         ('<set name="r" phase="response" match="all">\n\n</set>\n', response)):
        if not inside:
            text = text.replace(name, "")
    return text


def log_rule(inside="", when="always", name="log", **attributes):
    written = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return f'<rule id="{name}" when=\'{when}\'><log{written}>{inside}</log></rule>'


class Events:
    """A server with rules.xml and an event log in a folder of its own."""

    def __init__(self, make_server, components, rules, attributes="", inside="", program=None, **options):
        self.server = make_server(components, start=False, **options)
        self.folder = self.server.folder / "events"
        self.folder.mkdir(parents=True)
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
        self.file = self.folder / "events.json"
        (self.server.folder / "rules.xml").write_text(rules)
        where = f"program={program!r}" if program else f'file="{self.file}"'
        self.server.site.inside = (f'    <Rules name="all" file="{self.server.folder}/rules.xml"/>\n'
                                   f"    <EventLog {where} {attributes}>{inside}</EventLog>\n")
        self.server.write()

    def start(self):
        self.server.start()
        return self

    def text(self):
        return self.file.read_text() if self.file.exists() else ""

    def records(self, target=""):
        """Every line, strictly parsed."""
        def no_constant(word):
            raise ValueError(f"{word} is no JSON")

        found = [json.loads(line, parse_constant=no_constant) for line in self.text().split("\n")[:-1]]
        return [record for record in found if target in record["request"]["target"]]

    def wait_for(self, target, count=1):
        wait_until(lambda: len(self.records(target)) >= count, what=f"{count} records of {target!r}")
        return self.records(target)

    def settled(self):
        """All records, when the server has stopped."""
        self.server.stop()
        return self.records()


@pytest.fixture
def events(make_server, backend):
    def make(*arguments, components=None, **options):
        shown = [proxy(backend.port), status(at=("/numbers",))]
        return Events(make_server, components or shown, *arguments, **options).start()
    return make


# ---------------------------------------------------------------- what is in a record

def test_a_record_has_what_the_request_was_and_what_it_took(events):
    log = events(rules_xml(log_rule(headers="User-Agent,X-Many,X-None", responseHeaders="Content-Type")))
    before = time.time()
    with Client(log.server.port) as client:
        answer = client.request("POST", "/one/ok?a=1&bytes=5000", [("User-Agent", "u/1"), ("X-Many", "1"),
                                                                   ("X-Many", "2")], b"twelve bytes")
    assert answer.status == 200
    record, = log.wait_for("/one/ok")
    assert record["rule"] == "log"
    assert record["client"] == "127.0.0.1"
    assert record["request"]["method"] == "POST"
    assert record["request"]["target"] == "/one/ok?a=1&bytes=5000"
    assert record["request"]["bytes"] == 12
    assert record["request"]["headers"]["User-Agent"] == "u/1"
    assert "X-None" not in record["request"]["headers"]
    assert record["response"]["status"] == 200
    assert record["response"]["bytes"] == 5000
    assert record["response"]["headers"] == {"Content-Type": "text/plain"}
    assert 0 <= record["duration_ms"] < 10_000
    stamp = time.strptime(record["time"].split(".")[0], "%Y-%m-%dT%H:%M:%S")
    assert abs(time.mktime(stamp) - time.timezone - before) < 60


def test_durations_are_true(events):
    """logprox wrote its line before it forwarded: always 0."""
    log = events(rules_xml(log_rule()))
    began = time.monotonic()
    assert get(log.server.port, "/late/chunked?chunks=3&delay=0.2").status == 200
    took = 1000 * (time.monotonic() - began)
    record, = log.wait_for("/late/")
    assert 390 <= record["duration_ms"] <= took + 50


def test_there_is_one_line_for_each_request_also_of_one_connection(events):
    log = events(rules_xml(log_rule()))
    with Client(log.server.port) as client:
        for i in range(50):
            assert client.get(f"/n/{i}").status == 200
    log.wait_for("/n/", 50)
    records = log.settled()
    assert sorted(record["request"]["target"] for record in records) == sorted(f"/n/{i}" for i in range(50))
    assert len({record["id"] for record in records}) == 50


def test_only_what_a_rule_chooses_is_logged(events):
    log = events(rules_xml(log_rule(when='path("/v1/**")', name="old-api")))
    for path in ("/v2/a", "/v1/b", "/v3/c"):
        get(log.server.port, path)
    log.wait_for("/v1/b")
    records = log.settled()
    assert [(record["rule"], record["request"]["target"]) for record in records] == [("old-api", "/v1/b")]


def test_response_rules_choose_by_status(events):
    log = events(rules_xml(response=log_rule(when="status(500-599)", name="failed")))
    assert get(log.server.port, "/good").status == 200
    assert get(log.server.port, "/failed/status?code=503").status == 503
    record, = log.wait_for("/failed/")
    assert (record["rule"], record["response"]["status"]) == ("failed", 503)
    assert not log.records("/good")


def test_a_refusal_is_in_the_record_with_its_cause(events):
    log = events(rules_xml(log_rule() + '<rule id="no" when=\'path("/no/**")\'><block status="451"/></rule>'))
    assert get(log.server.port, "/no/x").status == 451
    record, = log.wait_for("/no/x")
    assert record["response"]["status"] == 451
    assert record["response"]["cause"] == "rule_blocked"


def test_bodies_are_there_only_when_asked_for_and_only_their_first_bytes(events):
    log = events(rules_xml(log_rule(body=100, responseBody=50, when='path("/with/**")', name="with")
                           + log_rule(when='path("/without/**")', name="without")))
    with Client(log.server.port) as client:
        assert client.request("POST", "/with/ok?bytes=100000", body=b"x" * 200_000).status == 200
        assert client.request("POST", "/without/ok?bytes=10", body=b"y" * 1000).status == 200
    record, = log.wait_for("/with/ok")
    assert record["request"]["body"] == "x" * 100
    assert len(record["response"]["body"]) == 50
    record, = log.wait_for("/without/ok")
    assert "body" not in record["request"] and "body" not in record["response"]


def test_fields_of_a_rule_are_members_of_their_own(events):
    log = events(rules_xml(log_rule('<field name="agent" value="${header:User-Agent}/${method}"/>')))
    get(log.server.port, "/f", {"User-Agent": "u"})
    record, = log.wait_for("/f")
    assert record["agent"] == "u/GET"


# ---------------------------------------------------------------- secrets

SECRET = "hunter2hunter2"


def test_secrets_are_blacked_out_by_default(events):
    log = events(rules_xml(log_rule(headers="*", responseHeaders="*", body=10_000, responseBody=10_000)))
    fields = {"Authorization": f"Bearer {SECRET}", "Cookie": f"sid={SECRET}", "X-Api-Key": SECRET,
              "X-Vault-Token": SECRET, "Proxy-Authorization": f"Basic {SECRET}", "X-Plain": "plain",
              "Referer": f"https://example.org/?access_token={SECRET}"}
    body = json.dumps({"user": "anna", "password": SECRET, "apiKey": SECRET, "plain": "seen"})
    with Client(log.server.port) as client:
        answer = client.request("POST", f"/s/set-cookie?token={SECRET}&c=sid={SECRET}", fields, body.encode())
    assert answer.status == 200
    record, = log.wait_for("/s/")
    assert SECRET not in log.text()
    assert record["request"]["headers"]["X-Plain"] == "plain"
    assert record["request"]["headers"]["Authorization"] == "[redacted]"
    assert record["request"]["target"].startswith("/s/set-cookie?token=[redacted]&")
    assert json.loads(record["request"]["body"])["plain"] == "seen"
    assert record["response"]["headers"]["Set-Cookie"] == "[redacted]"


def test_a_field_is_shown_when_the_configuration_names_it_and_more_is_hidden(events):
    log = events(rules_xml(log_rule(headers="*", body=100)), 'showHeaders="X-Session-Id" redactHeaders="X-Patient"',
                 '<Redact pattern="AHV ([0-9.]+)"/>')
    with Client(log.server.port) as client:
        client.request("POST", "/r", {"X-Session-Id": "shown1", "X-Patient": "anna", "Cookie": "a=b"},
                       b"AHV 756.1234.5678.97 ok")
    record, = log.wait_for("/r")
    fields = record["request"]["headers"]
    assert (fields["X-Session-Id"], fields["X-Patient"], fields["Cookie"]) == ("shown1", "[redacted]", "[redacted]")
    assert record["request"]["body"] == "AHV [redacted] ok"


# ---------------------------------------------------------------- row 24

@pytest.mark.parametrize("target, field", [
    ("/a%0d%0a%7b%22rule%22:%22forged%22%7d", "plain"),
    ("/b%22%7d%0a%7b%22rule%22:%22forged%22", "\"}"),
    ("/c%1b%5b2J%c2%9b", "tab\there"),
    ("/d%ff%fe%c3%28", "\xff\xfe\xe9"),
    ("/e\"},{\"rule\":\"forged", "{\"rule\":\"forged\"}"),
    ("/f%e2%80%a8%e2%80%a9", "a\\u000a"),
])
def test_no_request_can_begin_a_second_record(events, target, field):
    log = events(rules_xml(log_rule('<field name="path" value="${path}"/>', headers="*", body=100)))
    log.server.expect_log(".*", required=False)
    with Client(log.server.port) as client:
        client.request("POST", target, {"X-Odd": field}, b"\r\n{\"rule\":\"forged\"}\n\x00\x1b\xff")
        client.get("/after")
    log.wait_for("/after")
    records = log.settled()  # strictly parsed, each line
    assert {record["rule"] for record in records} == {"log"}
    assert len(records) <= 2
    raw = log.file.read_bytes()
    assert all(byte == 10 or byte >= 32 for byte in raw)
    raw.decode("utf-8")


# ---------------------------------------------------------------- how many

def test_a_sample_is_a_share_of_the_requests(events):
    log = events(rules_xml(log_rule(sample="20%")))
    with Client(log.server.port) as client:
        for i in range(600):
            client.get(f"/sample/{i}")
    assert 60 <= len(log.settled()) <= 200


def test_no_more_than_so_many_are_written_in_a_second_and_the_rest_is_counted(events):
    log = events(rules_xml(log_rule()), 'maxPerSecond="5"')
    began = time.monotonic()
    with Client(log.server.port) as client:
        for i in range(300):
            assert client.get(f"/cap/{i}").status == 200
    took = time.monotonic() - began
    left_out = numbers(log.server)["over_rate"]
    records = [record for record in log.settled() if "/cap/" in record["request"]["target"]]
    assert len(records) <= 2 * 5 * (took + 2), "of two children"
    assert left_out == 300 - len(records)


def numbers(server):
    """Of all children together, whoever answers."""
    return find(json.loads(get(server.port, "/numbers?format=json").body)["components"]["parts"], "event log events")


def find(parts, name):
    """The values of the part of that name, wherever it is."""
    for part in parts:
        found = part["values"] if part["name"] == name else find(part["parts"], name)
        if found is not None:
            return found
    return None


# ---------------------------------------------------------------- where to

def test_a_file_that_was_moved_away_is_made_anew(events):
    log = events(rules_xml(log_rule()))
    get(log.server.port, "/before")
    log.wait_for("/before")
    old = log.file.rename(log.folder / "events.json.1")
    get(log.server.port, "/behind")
    log.wait_for("/behind")
    assert "/before" in old.read_text() and "/behind" not in old.read_text()


def test_two_children_rotate_it_and_lose_nothing(events):
    log = events(rules_xml(log_rule(headers="*")), 'rotateAt="64K"', reactor={"threads": "1"},
                 server={"StartServers": "2", "ServerLimit": "2", "MaxRequestWorkers": "50"})
    for i in range(600):
        get(log.server.port, f"/rotate/{i}", {"X-Pad": "p" * 400})
    log.server.stop()
    files = list(log.folder.glob("events.json*"))
    lines = [line for file in files if not file.name.endswith(".lock") for line in file.read_text().splitlines()]
    assert len(files) > 2
    assert sorted(json.loads(line)["request"]["target"] for line in lines) == sorted(
        f"/rotate/{i}" for i in range(600))


def test_a_program_gets_whole_lines_and_is_started_again(events, tmp_path):
    tmp_path.chmod(0o777)
    out = tmp_path / "got"
    log = events(rules_xml(log_rule(headers="*", body=60_000)), program=f"cat >>{out}")
    body = b"long " * 10_000  # more than a pipe takes in one piece
    with Client(log.server.port) as client:
        for i in range(20):
            assert client.request("POST", f"/program/{i}", body=body).status == 200

    def lines():
        return out.read_text().splitlines() if out.exists() else []

    wait_until(lambda: len(lines()) >= 20, what="20 lines")
    assert all(json.loads(line)["request"]["body"].startswith("long long") for line in lines())
    log.server.expect_log("NVJ1960 .*has ended")
    pids = subprocess.run(["pgrep", "-f", f"cat >>{out}|^cat$"], capture_output=True, text=True, check=False).stdout
    ours = [int(pid) for pid in pids.split() if writes_to(int(pid), out)]
    assert ours
    for pid in ours:
        os.kill(pid, 15)
    get(log.server.port, "/again")
    wait_until(lambda: any("/again" in line for line in lines()), what="a line of the second program")


def writes_to(pid, path):
    try:
        return os.readlink(f"/proc/{pid}/fd/1") == str(path)
    except OSError:
        return False


def test_a_program_that_does_not_read_holds_no_request(events):
    log = events(rules_xml(log_rule(headers="*")), 'queue="512K"', program="sleep 1000")
    log.server.expect_log("NVJ196[02]")
    with Client(log.server.port) as client:
        for i in range(1500):
            began = time.monotonic()
            assert client.get(f"/stuck/{i}", {"X-Pad": "p" * 1000}).status == 200
            assert time.monotonic() - began < 2
    wait_until(lambda: numbers(log.server)["dropped"] > 0, what="dropped records are counted")
    log.server.wait_for_log("NVJ196[02]")


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a small file system")
def test_a_full_disk_stops_nothing_and_the_log_goes_on_when_there_is_room(make_server, backend):
    log = Events(make_server, [proxy(backend.port), status(at=("/numbers",))], rules_xml(log_rule(headers="*")),
                 'queue="512K"')
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m,mode=777", "tmpfs", str(log.folder)],
                      capture_output=True, check=False).returncode != 0:
        pytest.skip("no mount here")
    try:
        ballast = log.folder / "ballast"
        ballast.write_bytes(b"x" * 1004 * 1024)
        log.start()
        log.server.expect_log("NVJ1960")
        log.server.expect_log("NVJ1962", required=False)
        with Client(log.server.port) as client:
            for i in range(1500):
                assert client.get(f"/full/{i}", {"X-Pad": "p" * 1000}).status == 200
        wait_until(lambda: numbers(log.server)["dropped"] > 0, what="dropped records are counted")
        log.server.wait_for_log("NVJ1960")
        ballast.unlink()
        wait_until(lambda: log.server.log.lines("NVJ1961"), what="the log goes on")
        assert get(log.server.port, "/behind").status == 200
        wait_until(lambda: "/behind" in log.text(), what="a record after it")
    finally:
        log.server.stop()
        subprocess.run(["umount", "-l", str(log.folder)], check=False)


def test_a_graceful_restart_loses_no_record(events):
    log = events(rules_xml(log_rule()))
    for i in range(5):
        get(log.server.port, f"/restart/{i}")
        log.server.graceful_restart()
    get(log.server.port, "/restart/5")
    log.wait_for("/restart/", 6)
    assert len(log.settled()) == 6
