"""navajo.log on a real server: its lines, its levels, its rotation, and what happens when it cannot be written."""
import os
import pwd
import re
import subprocess
import time

import pytest

from harness.client import Client, get
from harness.site import Component, delegation, files, proxy
from harness.waiting import wait_until

RECORD = re.compile(
    r"(?P<time>\d{4} \d\d \d\d \d\d:\d\d:\d\d\.\d{3}) (?P<id>\S+) (?P<group>.{10}) (?P<pid>\d{5,})\.(?P<thread>\d+)\."
    r"(?P<transaction>\S+) (?P<level>\d+-[A-Z_]+ *): (?P<text>.*)")
LEVELS = "BC.Tracer.DebugProfile.{group}={level}\n"


class TraceLog:
    """A server whose bc.properties and log folder belong to the test."""

    def __init__(self, make_server, components, properties="", server=None, reactor=None):
        self.server = make_server(components, start=False, server=server, reactor=reactor)
        self.folder = self.server.folder / "logs"
        self.folder.mkdir()
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
        self.file = self.folder / "navajo.log"
        self.properties = self.server.folder / "bc.properties"
        self.write_properties(f"BC.Tracer.LogFile={self.file}\n" + properties)

    def write_properties(self, text):
        made = self.properties.with_suffix(".new")
        made.write_text(text)
        made.chmod(0o644)
        made.rename(self.properties)

    def records(self, text=""):
        found = []
        for line in self.file.read_text().splitlines():
            record = RECORD.fullmatch(line)
            assert record, f"no record: {line!r}"
            if text in record["text"]:
                found.append(record)
        return found

    def wait_for(self, text, number=1):
        wait_until(lambda: len(self.records(text)) >= number, what=f"{number} records with {text!r}")
        return self.records(text)


@pytest.fixture
def trace_log(make_server, backend):
    def make(properties="", components=None, **options):
        components = components or [delegation(at=("/app/*",)), proxy(backend.port)]
        made = TraceLog(make_server, components, properties, **options)
        made.server.start()
        return made
    return make


def fields(record):
    return dict(re.findall(r" (\w+)='([^']*)'", record["text"]))


def test_a_request_leaves_one_line_of_each_group_with_its_fields(trace_log, backend):
    log = trace_log("".join(LEVELS.format(group=group, level=1) for group in ("NavajoOp", "NProxyOp", "IsiwebOp")))
    assert get(log.server.port, "/app/one?secret=1").status == 200
    end, = log.wait_for("<<<<< 'GET /app/one'")
    assert end["group"] == "NavajoOp  "
    assert end["level"] == "6-INFO  "
    assert re.fullmatch(r"[0-9a-f]{32}\.[0-9a-f]{16}", end["transaction"])
    values = fields(end)
    assert values["invS"] == "/app/* (Delegation) >Backend"
    assert values["sC"] == "200"
    assert values["rmIP"] == "127.0.0.1"
    assert values["trID"] == end["transaction"]
    assert int(values["dTF"]) >= 0 and int(values["dTFrs"]) >= 0 and int(values["bS"]) > 0
    assert re.search(r"\(cR=1\)$", end["text"])
    front, = [record for record in log.records() if record["group"] == "NProxyOp  "]
    assert {"dTF", "dTB", "dTcB", "dTsB", "dTr1B", "dTr2B", "sCB", "inetA"} <= set(fields(front))
    back, = log.records("<==== 'GET /app/one'")
    assert back["group"] == "IsiwebOp  "
    assert back["transaction"] == end["transaction"]
    assert fields(back)["inetA"] == f"127.0.0.1:{backend.port}"
    assert fields(back)["sC"] == "200"
    assert "secret" not in log.file.read_text()


def test_debug_levels_show_elements_and_headers_without_their_secrets(trace_log):
    log = trace_log(LEVELS.format(group="NavajoOp", level=4) + LEVELS.format(group="IsiwebOp", level=3))
    get(log.server.port, "/app/two", {"Cookie": "session=12345", "Authorization": "Basic c2VjcmV0", "X-Plain": "seen"})
    log.wait_for("<<<<< 'GET /app/two'")
    texts = [record["text"] for record in log.records()]
    assert ">>> X-Plain: seen" in texts
    assert ">>> Cookie: (13 bytes hidden)" in texts
    assert "==> X-Plain: seen" in texts
    assert any(text.startswith("<== ") for text in texts)
    assert ">>>>>>>>>>>>>>>>>> (filter 'Delegation')" in texts
    assert any(text.startswith("<<<<<<<<<<<<<<<<< (remoteIP '127.0.0.1' servlet 'Backend' dT='") for text in texts)
    assert "12345" not in log.file.read_text()
    assert "c2VjcmV0" not in log.file.read_text()


def test_nothing_of_a_request_is_written_by_default(trace_log):
    log = trace_log()
    assert get(log.server.port, "/quiet").status == 200
    log.server.stop()
    assert not log.records("/quiet")
    assert log.records("NVJ1109"), "the error log's lines are in navajo.log too"


def test_no_request_can_begin_a_second_record(trace_log):
    log = trace_log(LEVELS.format(group="NavajoOp", level=4))
    for target in ("/a%0d%0a2026%2001%2001%20forged", "/b'%20sC='999", "/c%1b%5b2J"):
        get(log.server.port, target, {"X-Odd": "tab\there 'quote'"})
    log.wait_for("<<<<< 'GET ", 3)
    # records() refuses a line that is no record.
    assert all(fields(record)["sC"] != "999" for record in log.records("<<<<< 'GET "))
    assert not any(line.startswith("2026 01 01 forged") for line in log.file.read_text().splitlines())


def test_levels_change_while_the_server_runs_and_a_broken_file_changes_nothing(trace_log):
    head = "ch.nevis.navajo.tracing.ReconfigurationPeriod=1\n"
    log = trace_log(head)
    log.server.expect_log("NVJ1194")
    head = f"BC.Tracer.LogFile={log.file}\n" + head
    log.write_properties(head + LEVELS.format(group="NavajoOp", level=1))
    wait_until(lambda: get(log.server.port, "/later").status == 200 and log.records("/later"), what="the new level")
    children = len(log.server.children())
    log.wait_for("NVJ1193", children)
    log.write_properties(head + LEVELS.format(group="NavajoOp", level="loud"))
    log.wait_for("NVJ1194", children)
    get(log.server.port, "/still")
    log.wait_for("/still")


def test_levels_set_for_a_time_go_back_by_themselves(trace_log):
    log = trace_log("ch.nevis.navajo.tracing.ReconfigurationPeriod=1\n")
    done = log.server.navajo("trace", "set", "--for", "3", "NavajoOp=6")
    assert done.returncode == 0, done.stderr
    wait_until(lambda: get(log.server.port, "/during").status == 200 and log.records("/during"), what="the new level")
    children = len(log.server.children())
    log.wait_for("NVJ2355", children)
    get(log.server.port, "/afterwards")
    assert not log.records("/afterwards")
    assert log.server.navajo("trace", "reset").returncode == 0
    log.server.graceful_restart()
    get(log.server.port, "/afterwards")
    assert not log.records("/afterwards")


def test_two_children_rotate_under_load_and_lose_nothing(trace_log):
    log = trace_log(LEVELS.format(group="NavajoOp", level=1) +
                    "BC.Tracer.MaxLogFileSize=20000\nBC.Tracer.MaxLogFileVersions=500\n")
    number = 600
    for i in range(number):
        assert get(log.server.port, f"/load/{i}/").status == 200
    log.server.stop()
    seen = []
    versions = [path for path in log.folder.iterdir() if re.fullmatch(r"navajo\.log(\.\d+)?", path.name)]
    pids = set()
    for path in versions:
        for line in path.read_text().splitlines():
            record = RECORD.fullmatch(line)
            assert record, f"torn: {line!r}"
            pids.add(record["pid"])
            seen += re.findall(r"<<<<< 'GET /load/(\d+)/'", record["text"])
    assert sorted(map(int, seen)) == list(range(number))
    assert len(versions) > 3


def test_a_pipe_program_gets_the_lines_and_is_started_again(make_server, backend):
    server = make_server([proxy(backend.port)], start=False)
    got = server.folder / "got"
    (server.folder / "bc.properties").write_text(
        f"BC.Tracer.LogFile=pipe://sh -c 'echo $$ >>{got}.pids; exec cat >>{got}'\n"
        "BC.Tracer.Pipe.RetryInterval=1\n" + LEVELS.format(group="NavajoOp", level=1))
    got.touch()
    server.start()
    server.expect_log("NVJ1195")
    assert get(server.port, "/first").status == 200
    wait_until(lambda: "/first" in got.read_text(), what="the first line")
    first, = (server.folder / "got.pids").read_text().split()
    os.kill(int(first), 15)
    wait_until(lambda: len((server.folder / "got.pids").read_text().split()) == 2, what="a second program")
    assert get(server.port, "/second").status == 200
    wait_until(lambda: "/second" in got.read_text(), what="the second line")
    for line in got.read_text().splitlines():
        assert RECORD.fullmatch(line), line


def test_the_server_goes_on_while_its_log_cannot_be_written(trace_log):
    log = trace_log(LEVELS.format(group="NavajoOp", level=1))
    log.server.expect_log("NVJ1190")
    assert get(log.server.port, "/before").status == 200
    log.wait_for("/before")
    away = log.folder.with_name("away")
    log.folder.rename(away)
    for i in range(20):
        assert get(log.server.port, f"/lost/{i}").status == 200
    wait_until(lambda: log.server.log.lines("NVJ1190"), what="one line in the error log")
    away.rename(log.folder)
    log.wait_for("/lost/", 20)
    assert len(log.server.log.lines("NVJ1190")) <= len(log.server.children()), "told once by each child"


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a small file system")
def test_a_full_disk_stops_nothing_and_the_log_goes_on_when_there_is_room(trace_log, make_server, backend):
    log = TraceLog(make_server, [proxy(backend.port)], LEVELS.format(group="NavajoOp", level=1))
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m,mode=777", "tmpfs", str(log.folder)],
                      capture_output=True).returncode != 0:
        pytest.skip("no mount here")
    try:
        ballast = log.folder / "ballast"
        ballast.write_bytes(b"x" * 1004 * 1024)
        log.server.start()
        log.server.expect_log("NVJ1190")
        log.server.expect_log("NVJ1196", required=False)
        for i in range(300):
            assert get(log.server.port, f"/full/{i}").status == 200
        wait_until(lambda: log.server.log.lines("NVJ1190"), what="the error log's line")
        ballast.unlink()
        wait_until(lambda: "NVJ1191" in log.file.read_text(), what="the log goes on")
        assert get(log.server.port, "/after").status == 200
        wait_until(lambda: "/after" in log.file.read_text(), what="a line after it")
    finally:
        log.server.stop()
        subprocess.run(["umount", "-l", str(log.folder)], check=False)


def test_the_access_log_has_the_variables_it_names(make_server, backend):
    server = make_server([delegation(at=("/app/*",)), proxy(backend.port)], start=False)
    server.site.server["CustomLog"] = f"{server.access_log} vars"
    server.site.server["LogFormat"] = (
        "'%r invS=%{invS}e dTF=%{dTF}e dTFrs=%{dTFrs}e dTB=%{dTB}e dTr1B=%{dTr1B}e sCB=%{sCB}e sC=%{sC}e bS=%{bS}e "
        "inetA=%{inetA}e trID=%{trID}e cR=%{cR}e rmIP=%{rmIP}e cause=%{NAVAJO_CAUSE}e' vars")
    server.write()
    server.start()
    assert get(server.port, "/app/slow/x?delay=0.2").status == 200
    line, = server.access_lines("/app/slow/x")
    values = dict(re.findall(r" (\w+)=((?:[^ ]| \(| >)*)", line))
    assert values["invS"] == "/app/* (Delegation) >Backend"
    assert values["sC"] == values["sCB"] == "200"
    assert int(values["dTF"]) >= int(values["dTB"]) >= 0
    assert values["inetA"] == f"127.0.0.1:{backend.port}"
    assert re.fullmatch(r"[0-9a-f]{32}\.[0-9a-f]{16}", values["trID"])
    assert values["cR"] == "1"
    assert values["cause"] == "-"


def test_refusals_are_counted_by_their_causes(make_server, backend):
    server = make_server([proxy(backend.port, at=("/app/*",))])
    server.expect_log("NVJ12")
    for _ in range(3):
        assert get(server.port, "/nowhere").status == 404
    assert get(server.port, "/app/close-at-once").status == 502
    wait_until(lambda: server.status()["causes"] == {"no_servlet": 3, "backend_closed": 1}, what="the causes")


def test_a_client_that_goes_away_is_an_event(trace_log):
    log = trace_log(LEVELS.format(group="NavajoOp", level=1))
    with Client(log.server.port) as client:
        client.send(b"GET /slow/gone?delay=2 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        time.sleep(0.3)
    end, = log.wait_for("<<<<< 'GET /slow/gone'")
    assert fields(end)["Event"] == "GW02"


def test_the_reaper_of_sessions_tells_what_it_found(trace_log):
    log = trace_log(LEVELS.format(group="NPReaperOp", level=1), [
        Component("servlet", "Sessions", "LocalSessionStoreServlet", (),
                  {"MemorySize": "1M", "MaxLifetime": 60, "MaxInactiveInterval": 60, "ReaperInterval": 1}), files()])
    record = log.wait_for("LocalCacheTable statistics")[0]
    assert (record["group"], record["level"]) == ("NPReaperOp", "6-INFO  ")
    assert re.fullmatch(r"LocalCacheTable statistics for Sessions: used session: 0, timed out sessions: 0, "
                        r"Used memory: \d+ \(\d+%\), available Memory: \d+", record["text"])
