"""Rules on a real server: what Roxy and logprox do with requests, each row of the comparison under its name."""
import concurrent.futures
import gzip
import json
import re
import time
import zlib

import pytest

from harness.client import Client, chunked, get, request_bytes
from harness.ports import free_port
from harness.site import Connector, Context, Host, Site, proxy
from harness.waiting import wait_until

RULES = r"""<?xml version="1.0" encoding="UTF-8"?>
<rules>
  <list name="lab" type="network">
    127.0.0.0/8
  </list>
  <set name="access">
    <rule id="language" when='host("*.example.test") and not (method(GET) or path("/lang/public/**"))
                              and header("X-Api~^v1")'>
      <block status="403"/>
    </rule>
    <rule id="host" when='host("other.example.test") and path("/host")'><block status="404"/></rule>
    <rule id="path" when='path("/private/**")'><block status="403"/></rule>
    <rule id="method" when="method(DELETE, PATCH)">
      <block status="405"><field name="Allow" value="GET, POST"/></block></rule>
    <rule id="header-exists" when='path("/header") and header("X-Debug")'><block status="401"/></rule>
    <rule id="header-exact" when='path("/header") and header("X-Version=1.0")'><block status="402"/></rule>
    <rule id="header-glob" when='path("/header") and header("X-Agent:bad*bot")'><block status="406"/></rule>
    <rule id="negation" when='path("/admin/**") and not header("Authorization")'><block status="401"/></rule>
    <rule id="client" when='path("/client") and client(@lab)'><block status="403"/></rule>
    <rule id="custom" when='path("/custom")'>
      <block status="410"><field name="X-Why" value="${rule.id}"/>
        <body type="text/html">&lt;p&gt;${header:X-Name} is gone from ${path}&lt;/p&gt;</body></block>
    </rule>
    <rule id="json" when='path("/json")'>
      <block status="451"><body type="application/json">{"rule":"${rule.id}","name":"${header:X-Name}"}</body></block>
    </rule>
    <rule id="redirect" when='path("/go/**")'><redirect status="307" to="/ok/${query}"/></rule>
    <rule id="structured">
      <when>
        <any><path glob="/structured/a"/><path matches="^/structured/b[0-9]+$"/></any>
        <not><header name="X-Let-Me" equals="in"/></not>
      </when>
      <block status="418"/>
    </rule>
    <rule id="body" when='path("/body") and body("~&lt;script")'><block status="422"/></rule>
    <rule id="parameter" when='path("/parameter") and parameter("q~(?i)union.+select")'><block status="422"/></rule>
    <rule id="cookie" when='path("/cookie") and cookie("beta:1")'><block status="409"/></rule>
    <rule id="size" when='path("/size") and request.size("&gt;1K")'><block status="413"/></rule>
    <rule id="limit" when='path("/limited/**")'><body-limit bytes="1000"/></rule>
    <rule id="redos" when='path("/redos") and header("X-Evil~^(a+)+$")'><block status="403"/></rule>
    <rule id="slow" when='path("/slow/**")'><timeout time="300ms"/></rule>
    <rule id="routed" when='path("/route/**")'><route servlet="Second"/></rule>
    <rule id="lost" when='path("/lost/**")'><route servlet="None"/></rule>
  </set>
  <set name="change" match="all">
    <rule id="mangle-one" when='path("/mangle/**")'>
      <add-header name="X-Added" value="one"/>
      <set-header name="X-Set" value="${header:X-Set}-changed"/>
      <remove-header name="X-Gone"/><remove-header name="X-Secret-*"/>
      <set-header side="response" name="X-Rule" value="${rule.id}"/>
      <remove-header side="response" name="X-Powered-By"/>
    </rule>
    <rule id="two" when='header("X-Plan:gold")'>
      <set-header name="X-Arm" value="gold"/><else><set-header name="X-Arm" value="lead"/></else></rule>
    <rule id="mangle-two" when='path("/mangle/**")'><add-header name="X-Added" value="two"/></rule>
    <rule id="tag" when='path("/tag/**")'><tag name="kind" value="${header:X-Kind}"/></rule>
    <rule id="tagged" when='tag("kind:odd")'><set-header name="X-Tagged" value="${tag:kind}"/></rule>
    <rule id="capture" when='path("/capture/**")'>
      <capture name="user" from="path" pattern="^/capture/([a-z]+)"/><set-header name="X-User" value="${capture:user}"/>
    </rule>
  </set>
  <set name="rates" match="all">
    <rule id="rate" when='path("/rate")'><rate limit="3/m" key="header(X-Key)"/></rule>
    <rule id="composite" when='path("/composite")'><rate limit="2/m" key="header(X-A)+header(X-B)"/></rule>
    <rule id="guard" when='path("/guard")'><rate limit="100/m" key="header(X-Key)" addressLimit="4"/></rule>
    <rule id="soft" when='path("/soft")'><rate limit="4/m" softLimit="2" maxDelay="400ms" key="header(X-Key)"/></rule>
    <rule id="rate-body" when='path("/rate-body")'>
      <rate limit="1/m" key="host"><body>wait ${attribute:limit.reset}</body></rate></rule>
    <rule id="shared" when='path("/shared")'><rate limit="40/m" key="host"/></rule>
    <rule id="credit" when='path("/credit")'>
      <credit amount="5" period="daily" at="00:00" price="2" key="header(X-Key)"/></rule>
    <rule id="bytes" when='path("/bytes")'><credit amount="3" period="monthly" per="KB" key="header(X-Key)"/></rule>
    <rule id="zone" when='path("/zone")'>
      <credit amount="1" period="weekly" day="1" at="03:30" zone="Europe/Zurich" key="host"/></rule>
    <rule id="parallel" when='path("/parallel/**")'><concurrency limit="2" key="host"/></rule>
  </set>
  <set name="trial" shadow="true">
    <rule id="would" when='path("/shadow")'><block status="403"/></rule>
  </set>
  <set name="logs" match="all">
    <rule id="log-request" when='path("/log/**")'>
      <log headers="*" body="20" responseHeaders="Content-Type,Set-Cookie" tls="true">
        <field name="plan" value="${header:X-Plan}"/></log></rule>
    <rule id="log-never" when='path("/sampled")'><log sample="0.001%"/></rule>
    <rule id="log-some" when='path("/capped")'><log perSecond="3"/></rule>
  </set>
  <set name="answers" phase="response" match="all">
    <rule id="log-errors" when='status(500-599) and path("/status")'><log responseHeaders="*" responseBody="10"/></rule>
    <rule id="leak" when='path("/html/**") and response.body("~again and again")'><block status="502"/></rule>
    <rule id="hide" when='response.header("X-Internal")'><remove-header side="response" name="X-Internal"/></rule>
  </set>
</rules>
"""


@pytest.fixture(scope="module")
def server(make_server, backend, module_folder):
    folder = module_folder / "rules"
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    (folder / "rules.xml").write_text(RULES)
    site = Site([Connector(free_port())],
                [Host("localhost", [Context(str(folder / "www"), [proxy(backend.port),
                                                                  proxy(backend.port, name="Second", at=("/second/*",),
                                                                        HostName="second.test")])],
                      {"serverAlias": "*.example.test"})],
                inside=f'<Rules file="{folder}/rules.xml"/><EventLog file="{folder}/events.json"/>'
                       f'<Limits creditsFile="{folder}/credits" fields="both"/>',
                server={"StartServers": 2, "ThreadsPerChild": 8, "CustomLog": f"{folder}/tags.log tags",
                        "LogFormat": "'%U %{NAVAJO_RULE}e %{NAVAJO_TAGS}e' tags"})
    instance = make_server(site=site)
    instance.rules_folder = folder
    return instance


def status(server, target, headers=None, host="localhost", method="GET", body=b""):
    with Client(server.port) as client:
        return client.request(method, target, {"Connection": "close", **(headers or {})}, body, host).status


def records(server, rule):
    path = server.rules_folder / "events.json"
    lines = path.read_text().splitlines() if path.exists() else []
    return [one for one in map(json.loads, lines) if one["rule"] == rule]


def recorded(server, rule, ask):
    """The record of what `ask` has the server do."""
    before = len(records(server, rule))
    ask()
    wait_until(lambda: len(records(server, rule)) > before, 5, f"a record of {rule}")
    one, = records(server, rule)[before:]
    return one


def shown(server):
    """What `navajo rules show --json` tells, by id."""
    lines = map(json.loads, server.navajo("rules", "show", "--json").stdout.splitlines())
    return {line["id"]: line for line in lines if "id" in line}


# ---------------------------------------------------------------- Roxy: rules

def test_roxy_text_rule_language_with_and_or_not(server):
    v1 = {"X-Api": "v1.2"}
    assert status(server, "/lang/x", v1, "a.example.test", "POST", b"x") == 403
    assert status(server, "/lang/x", v1, "a.example.test", "GET") == 200
    assert status(server, "/lang/public/x", v1, "a.example.test", "POST", b"x") == 200
    assert status(server, "/lang/x", {"X-Api": "v2"}, "a.example.test", "POST", b"x") == 200
    assert status(server, "/lang/x", v1, "localhost", "POST", b"x") == 200


def test_roxy_match_host(server):
    assert status(server, "/host", host="other.example.test") == 404
    assert status(server, "/host", host="OTHER.example.test:99") == 404
    assert status(server, "/host") == 200


@pytest.mark.parametrize("target", ["/private/x", "/private/../private/x", "/%70rivate/x", "//private//x",
                                    "/private/%2e/x"])
def test_roxy_match_path_in_every_spelling(server, target):
    assert status(server, target) == 403


def test_roxy_match_method(server):
    with Client(server.port) as client:
        response = client.request("DELETE", "/x")
    assert (response.status, response.header("Allow")) == (405, "GET, POST")
    assert status(server, "/x", method="PUT", body=b"x") == 200


def test_roxy_match_header_exists_exact_and_glob(server):
    assert status(server, "/header", {"x-debug": ""}) == 401
    assert status(server, "/header", {"X-Version": "1.0"}) == 402
    assert status(server, "/header", {"X-Version": "1.00"}) == 200
    assert status(server, "/header", {"X-Agent": "bad little bot"}) == 406
    assert status(server, "/header", {"X-Agent": "good bot"}) == 200


def test_roxy_negation_protects_what_lacks_a_header(server):
    assert status(server, "/admin/x") == 401
    assert status(server, "/admin/x", {"Authorization": "Basic eDp5"}) == 200


def test_roxy_two_armed_rule(server, backend):
    get(server.port, "/two/echo", {"X-Plan": "gold"})
    get(server.port, "/two/echo", {"X-Plan": "lead"})
    assert [request.header("X-Arm") for request in backend.seen("/two/echo")] == ["gold", "lead"]


def test_roxy_header_change_of_requests_by_all_rules_that_hold(server, backend):
    get(server.port, "/mangle/echo", {"X-Set": "a", "X-Gone": "1", "X-Secret-One": "1", "x-secret-two": "2"})
    request = backend.seen("/mangle/echo")[0]
    assert request.all("X-Added") == ["one", "two"]
    assert request.header("X-Set") == "a-changed"
    assert [request.header(name) for name in ("X-Gone", "X-Secret-One", "X-Secret-Two")] == [None] * 3


def test_roxy_response_header_change(server):
    response = get(server.port, "/mangle/with-field?name=X-Powered-By&value=php")
    assert (response.header("X-Rule"), response.header("X-Powered-By")) == ("mangle-one", None)


def test_roxy_tags_are_seen_by_later_rules_logs_and_backends(server, backend):
    get(server.port, "/tag/echo", {"X-Kind": "odd"})
    assert backend.seen("/tag/echo")[0].header("X-Tagged") == "odd"
    log = server.rules_folder / "tags.log"
    wait_until(lambda: log.exists() and "/tag/echo - kind=odd" in log.read_text(), 5, "the tag in the access log")


def test_captures_become_variables(server, backend):
    get(server.port, "/capture/jane/echo")
    assert backend.seen("/capture/jane")[0].header("X-User") == "jane"


# ---------------------------------------------------------------- logprox: drop rules

def test_logprox_structured_match_conditions(server):
    assert status(server, "/structured/a") == 418
    assert status(server, "/structured/b12") == 418
    assert status(server, "/structured/b") == 200
    assert status(server, "/structured/a", {"X-Let-Me": "in"}) == 200


def test_logprox_block_with_custom_status_and_body_whose_values_are_escaped(server):
    response = get(server.port, "/custom", {"X-Name": "<b>\"x\"</b>"})
    assert (response.status, response.header("X-Why")) == (410, "custom")
    assert response.body == b"<p>&lt;b&gt;&quot;x&quot;&lt;/b&gt; is gone from /custom</p>"
    assert json.loads(get(server.port, "/json", {"X-Name": 'a"b\\c'}).body) == {"rule": "json", "name": 'a"b\\c'}


def test_a_redirect_stays_on_its_host_whatever_the_request_says(server):
    response = get(server.port, "/go/x?//evil.test/?a=b")
    assert (response.status, response.header("Location")) == (307, "/ok///evil.test/%3Fa%3Db")


def test_logprox_match_request_body_and_the_body_still_arrives_whole(server, backend):
    assert status(server, "/body", method="POST", body=b"a" * 5000 + b"<script>") == 422
    body = b"b" * 300_000 + b"<script>"  # beyond what is inspected
    with Client(server.port) as client:
        assert client.request("POST", "/body", {}, body).status == 200
    assert backend.seen("/body")[-1].body == body
    with Client(server.port) as client:
        sent = request_bytes("POST", "/body", {"Transfer-Encoding": "chunked"}, chunked(b"a<scr", b"ipt>"))
        assert client.send(sent).read("POST").status == 422


def test_compressed_bodies_are_looked_into_and_bombs_refused(server, backend):
    def post(body, coding="gzip"):
        return status(server, "/body", {"Content-Encoding": coding}, method="POST", body=body)
    assert post(gzip.compress(b"hello <script>")) == 422
    assert post(zlib.compress(b"hello <script>"), "deflate") == 422
    assert post(gzip.compress(b"hello")) == 200
    assert gzip.decompress(backend.seen("/body")[-1].body) == b"hello"
    assert post(gzip.compress(b"\0" * 10_000_000)) == 413
    assert post(gzip.compress(gzip.compress(b"x" * 100))) == 413
    assert post(b"no gzip at all") == 400
    assert post(b"anything", "br") == 415


def test_match_parameters_of_query_and_form(server, backend):
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert status(server, "/parameter?q=1+UnIoN%20all+select") == 422
    assert status(server, "/parameter", form, method="POST", body=b"p=1&q=union+select") == 422
    assert status(server, "/parameter", form, method="POST", body=b"q=ok&r=union+select") == 200
    assert backend.seen("/parameter")[-1].body == b"q=ok&r=union+select"


def test_match_cookies_and_size(server):
    assert status(server, "/cookie", {"Cookie": "a=1; beta=1"}) == 409
    assert status(server, "/cookie", {"Cookie": "beta=2"}) == 200
    assert status(server, "/size", method="POST", body=b"x" * 1025) == 413
    assert status(server, "/size", method="POST", body=b"x" * 1024) == 200


def test_logprox_match_client_address(server):
    assert status(server, "/client") == 403


def test_logprox_time_limit_of_a_rule(server, backend):
    started = time.monotonic()
    server.expect_log("NVJ1204")
    assert status(server, "/slow/never") == 504
    assert time.monotonic() - started < 5


def test_a_rule_routes_to_another_servlet(server, backend):
    assert b"Host: second.test" in get(server.port, "/route/echo").body
    server.expect_log("NVJ1908 .*'None'")
    assert status(server, "/lost/echo") == 503


def test_a_body_limit_of_a_rule_holds_for_declared_and_counted_bodies(server, backend):
    assert status(server, "/limited/x", method="POST", body=b"x" * 1001) == 413
    assert not backend.seen("/limited/x")
    assert status(server, "/limited/x", method="POST", body=b"x" * 1000) == 200
    with Client(server.port) as client:
        server.expect_log("NVJ1213 .*body_too_large")
        sent = request_bytes("POST", "/limited/y", {"Transfer-Encoding": "chunked"}, chunked(b"x" * 900, b"x" * 900))
        assert client.send(sent).read("POST").status == 413
    assert not any(request.complete for request in backend.seen("/limited/y"))


def test_a_pattern_that_backtracks_ends_in_time_and_refuses(server):
    server.expect_log("NVJ1902 .*redos", required=False)
    started = time.monotonic()
    assert status(server, "/redos", {"X-Evil": "a" * 4000 + "!"}) in (200, 403)
    assert time.monotonic() - started < 5
    assert status(server, "/redos", {"X-Evil": "aaa"}) == 403


def test_a_rule_in_shadow_mode_only_says_what_it_would_have_done(server):
    assert status(server, "/shadow") == 200
    server.wait_for_log("NVJ1906 rule would")


# ---------------------------------------------------------------- Roxy: rates and credits

def test_roxy_rate_limit_with_retry_after_and_limit_headers(server):
    answers = [get(server.port, "/rate", {"X-Key": "one"}) for _ in range(4)]
    assert [one.status for one in answers] == [200, 200, 200, 429]
    assert 1 <= int(answers[3].header("Retry-After")) <= 60
    assert answers[0].header("RateLimit") and answers[0].header("RateLimit-Policy")
    assert [one.header("X-RateLimit-Remaining") for one in answers[:3]] == ["2", "1", "0"]
    assert get(server.port, "/rate", {"X-Key": "two"}).status == 200


def test_leaving_the_header_of_the_key_out_does_not_avoid_the_limit(server):
    assert [get(server.port, "/rate").status for _ in range(4)] == [200, 200, 200, 429]


def test_roxy_composite_keys_cannot_be_mixed_up(server):
    def ask(a, b):
        return get(server.port, "/composite", {"X-A": a, "X-B": b}).status
    assert [ask("a:b", "c") for _ in range(3)] == [200, 200, 429]
    assert ask("a", "b:c") == 200


def test_roxy_address_guard_under_header_keys(server):
    assert [get(server.port, "/guard", {"X-Key": str(n)}).status for n in range(6)] == [200] * 4 + [429] * 2


def test_roxy_progressive_delay_before_the_limit(server):
    def timed():
        started = time.monotonic()
        response = get(server.port, "/soft", {"X-Key": "s"})
        return response.status, time.monotonic() - started
    answers = [timed() for _ in range(5)]
    assert [one[0] for one in answers] == [200] * 4 + [429]
    assert answers[3][1] >= 0.19 and answers[0][1] < answers[3][1]


def test_a_refusal_of_a_rate_has_the_rules_own_body(server):
    get(server.port, "/rate-body")
    assert get(server.port, "/rate-body").body.startswith(b"wait ")


def test_counters_are_shared_by_all_children(server):
    assert len(server.children()) >= 2
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(lambda _: get(server.port, "/shared").status, range(120)))
    # The last window counts a little less with every moment of this one, should one begin meanwhile.
    assert 40 <= statuses.count(200) <= 42 and statuses.count(200) + statuses.count(429) == 120


def test_roxy_quota_with_calendar_reset_and_price(server):
    answers = [get(server.port, "/credit", {"X-Key": "q"}) for _ in range(3)]
    assert [one.status for one in answers] == [200, 200, 429]
    assert answers[1].header("X-Credit-Remaining") == "1"
    assert 1 <= int(answers[2].header("Retry-After")) <= 86400


def test_remaining_credits_are_shown(server):
    get(server.port, "/zone", host="shown.example.test")
    lines = map(json.loads, server.navajo("rules", "show", "zone", "--json").stdout.splitlines())
    credit = next(line for line in lines if line["type"] == "credit" and line["of"] == "shown.example.test")
    assert (credit["rule"], credit["amount"], credit["remaining"]) == ("zone", 1, 0)
    assert time.time() < credit["ends"] <= time.time() + 8 * 86400
    table = server.navajo("rules", "show", "zone").stdout
    assert re.search(r"^CREDIT-OF +KEY +AMOUNT +REMAINING +ENDS-IN$", table, re.M)
    assert re.search(r"^zone +shown.example.test +1 +0 +\d+[dhm]", table, re.M)


def test_credits_are_charged_by_bytes_of_the_answer(server):
    assert get(server.port, "/bytes?bytes=2000", {"X-Key": "b"}).status == 200
    assert get(server.port, "/bytes?bytes=2000", {"X-Key": "b"}).status == 200
    assert get(server.port, "/bytes?bytes=10", {"X-Key": "b"}).status == 429


def test_requests_of_one_key_at_once_are_limited(server, backend):
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(get, server.port, "/parallel/slow?delay=3") for _ in range(2)]
        wait_until(lambda: len(backend.seen("/parallel")) == 2, 5, "two requests at work")
        assert status(server, "/parallel/ok") == 503
        assert [one.result().status for one in waiting] == [200, 200]
    assert status(server, "/parallel/ok") == 200


def test_roxy_counters_and_credits_survive_restarts(server):
    get(server.port, "/zone")
    assert status(server, "/zone") == 429
    server.graceful_restart()
    assert status(server, "/zone") == 429
    time.sleep(1.5)  # saved once a second
    server.stop()
    server.parent = None
    server.start()
    assert status(server, "/zone") == 429


# ---------------------------------------------------------------- logprox: logging

def test_logprox_rules_choose_what_is_logged_with_true_durations(server):
    record = recorded(server, "log-request", lambda: status(server, "/log/slow?delay=0.3", {"X-Plan": "gold"},
                                                            method="POST", body=b"0123456789" * 5))
    assert record["request"]["method"] == "POST" and record["request"]["body"] == "01234567890123456789"
    assert record["request"]["bytes"] == 50 and record["response"]["status"] == 200
    assert 300 <= record["duration_ms"] < 3000 and record["plan"] == "gold"
    assert record["response"]["headers"].keys() <= {"Content-Type", "Set-Cookie"}
    assert record["backend"]["address"].startswith("127.0.0.1:")


def test_redaction_is_on_by_default(server):
    secrets = {"Authorization": "Bearer secret2", "Cookie": "sid=secret3", "X-Api-Key": "secret4"}
    line = json.dumps(recorded(server, "log-request",
                               lambda: get(server.port, "/log/set-cookie?c=sid%3Dsecret1", secrets)))
    assert "secret" not in line and "redacted" in line


def test_logprox_response_log_rules_and_body_capture(server):
    record = recorded(server, "log-errors", lambda: get(server.port, "/status?code=503"))
    assert record["response"]["status"] == 503 and len(record["response"]["body"]) <= 10


def test_one_request_is_one_line_whatever_it_contains(server):
    evil = 'a"}\\{"rule":"log-request"\xff'
    record = recorded(server, "log-request",
                      lambda: status(server, "/log/echo?%0a%7b%7d", {"X-Evil": evil}, method="POST",
                                     body=b'\n\r\n{}\x00\x1b"'))
    assert record["request"]["body"] == '\n\r\n{}\x00\x1b"'
    assert record["request"]["headers"]["X-Evil"].startswith('a"}\\{"rule":"log-request"')


def test_sampling_and_caps_of_records(server):
    for _ in range(12):
        get(server.port, "/sampled")
        get(server.port, "/capped")
    wait_until(lambda: len(records(server, "log-some")) >= 3, 5, "three records")
    assert len(records(server, "log-some")) < 12
    assert not [line for line in (server.rules_folder / "events.json").read_text().splitlines() if "log-never" in line]


def test_response_rules_look_at_bodies_and_hide_fields(server):
    assert status(server, "/html/page") == 502
    assert b"again" in get(server.port, "/other/html").body
    assert get(server.port, "/with-field?name=X-Internal&value=1").header("X-Internal") is None


# ---------------------------------------------------------------- the operator's view

def test_counters_of_rules_are_shown(server):
    before = shown(server)["path"]["hits"]
    status(server, "/private/counted")
    assert shown(server)["path"]["hits"] == before + 1
