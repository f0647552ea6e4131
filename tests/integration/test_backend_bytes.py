"""Whatever clients send, the bytes that reach a backend are never ambiguous, and say the path that was decided on."""
import concurrent.futures
import random
import socket
import urllib.parse

import pytest

from harness import paths
from harness.client import Client
from harness.h2 import H2Client, get_fields
from harness.site import proxy

pytest.importorskip("h11")
from harness.recorder import Recorder  # noqa: E402  (needs h11)

SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"

PATHS = [b"/public/x", b"/public/x", b"/public/%2e%2e/private/x", b"/public/..%2fprivate/x", b"/public/../private/x",
         b"/public//x", b"//public/x", b"/public/%70rivate", b"/%70ublic/x", b"/public/%00", b"/public/a%0d%0aX:y",
         b"/public/\xc3\xa4", b"/public/%C3%A4", b"/public/a b", b"/public/;x=/../private", b"/public/x?a=b#c",
             b"/public/\\x",
         b"/public/%5c..%5cprivate", b"/public/x?%0d%0aHost:evil", b"/public/./x", b"/public/x/.", b"/public/x/..",
         b"http://localhost/public/x", b"http://evil/public/x", b"http://localhost@evil/public/x",
             b"HTTP://LOCALHOST/public/x",
         b"*", b"", b"public/x", b"/private/../public/x", b"/public/%252e%252e/private", b"/public/\x01",
             b"/public/\x7f",
         b"/public/x?\xff", b"/public/%zz", b"/public/%2", b"/smuggled/../public/x", b"http:///public/x",
             b"/public/x HTTP/1.1"]
METHODS = [b"GET"] * 4 + [b"POST"] * 4 + [b"HEAD", b"OPTIONS", b"DELETE", b"PUT", b"BREW", b"get", b"G\x00T",
    b"GE T", b""]
VERSIONS = [b"HTTP/1.1"] * 12 + [b"HTTP/1.0"] * 3 + [b"HTTP/1.2", b"HTTP/2.0", b"HTTP/0.9", b"http/1.1",
    b"HTTP/1.1 ", b""]
HOSTS = [[b"Host: localhost"]] * 12 + [[], [b"Host: localhost", b"Host: evil"], [b"Host: a b"], [b"Host:"],
    [b"host:localhost"],
                                       [b"Host: localhost:99999"], [b"Host: localhost\x00"], [b"Host : localhost"],
                                           [b"Host: [::1"],
                                       [b"Host: localhost,evil"], [b"Host: local_host"], [b"Host: x@localhost"]]
FIELDS = [b"X-A: b", b"X-A:\tb\t", b"X-A: a\r\n b", b"X-A: a\n b", b"X-A : b", b" X-A: b", b"X-A: b\x00",
    b"X-A: b\rX-B: c",
          b"X-A: b\nX-B: c", b"X A: b", b"X-A", b": b", b"X-A: \xff", b"X-A: \x7f", b"X\x01: b",
              b"Connection: close, Content-Length",
          b"Connection: Host", b"Connection: X-A, keep-alive", b"Transfer_Encoding: chunked", b"Content_Length: 7",
          b"Upgrade: websocket\r\nConnection: Upgrade", b"Expect: 100-continue", b"Expect: nonsense",
              b"TE: trailers, chunked",
          b"Trailer: Content-Length", b"X-Forwarded-For: 1.2.3.4", b"X_Forwarded_For: 1.2.3.4",
              b"Proxy: http://evil/", b"Keep-Alive: 5",
          b"Proxy-Connection: keep-alive", b"X-Long: " + b"a" * 7000, b"Range: bytes=0-",
              b"HTTP2-Settings: AAMAAABk", b"Cookie: a=\x0bb"]
LENGTHS = [b"%d", b"%d", b"%d", b"+%d", b"0%d", b"%d ", b"%d, %d", b"%d,1", b"0x%d", b"%d\r\nContent-Length: %d",
           b"%d\r\nContent-Length: 1", b"-%d", b"%d\x0b", b"", b"%d;"]
CODINGS = [b"chunked", b"chunked", b"chunked", b"Chunked", b"chunked, chunked", b"identity", b"gzip, chunked",
    b"xchunked", b"chunked\x00",
           b"\x0bchunked", b"chunked,", b"\"chunked\"", b"chunked\r\nTransfer-Encoding: identity", b"",
               b"chunked;q=1", b"chunked\r\n "]
CHUNKS = [b"5\r\nhello\r\n0\r\n\r\n"] * 4 + [
    b"5;a=b\r\nhello\r\n0\r\n\r\n", b"5\nhello\r\n0\r\n\r\n", b"5;a\nb\r\nhello\r\n0\r\n\r\n",
        b"05\r\nhello\r\n0\r\n\r\n",
    b"5 \r\nhello\r\n0\r\n\r\n", b"0x5\r\nhello\r\n0\r\n\r\n", b"5\r\nhello0\r\n\r\n", b"5\r\nhelloXX\r\n0\r\n\r\n",
    b"5\r\nhello\r\n0\r\nX: y\r\n\r\n", b"5\r\nhello\r\n0\r\nContent-Length: 3\r\n\r\n", b"5\r\nhello\r\n0\n\n",
        b"-5\r\nhello\r\n0\r\n\r\n",
    b"10000000000000005\r\nhello\r\n0\r\n\r\n", b"5\r\nhello\r\n00\r\n\r\n", b"5\r\nhello\r\n0\r\nX : y\r\n\r\n",
        b"0\r\n\r\n",
    b"5\r\nhello\r\n0\r\nX: a\r\n b\r\n\r\n", b"5\r\nhel", b"\r\n", b"5\r\nhello\r\n"]


class Requests:
    """Client requests, from right to absurd; in most of them one or two things are odd."""

    def __init__(self, seed):
        self._random = random.Random(seed)

    def _odd(self, choices, share):
        return self._random.choice(choices) if self._random.random() < share else choices[0]

    def one(self):
        share = self._random.choice([0.05, 0.2, 0.5])
        method = self._odd(METHODS, 0.5)
        lines = [b" ".join([method, self._odd(PATHS, 0.4), self._odd(VERSIONS, share)])]
        lines += self._odd(HOSTS, share)
        body = b""
        framing = self._random.choice(["none", "length", "chunked", "chunked", "both"])
        if framing in ("chunked", "both"):
            lines.append(b"Transfer-Encoding: " + self._odd(CODINGS, share))
            body = self._odd(CHUNKS, share) + SMUGGLED * (framing == "both")
        if framing in ("length", "both"):
            body = body or SMUGGLED
            form = self._odd(LENGTHS, share)
            lines.append(b"Content-Length: " + form.replace(b"%d", b"%d" % len(body)))
        for _ in range(self._random.randrange(3)):
            lines.insert(self._random.randrange(1, len(lines) + 1), self._random.choice(FIELDS))
        end = b"\n" if self._random.random() < share / 5 else b"\r\n"
        data = end.join(lines) + end + end + body
        clean = framing == "none" and self._random.random() < 0.3
        return data + (b"GET /public/second HTTP/1.1\r\nHost: localhost\r\n\r\n" if clean else b"")


@pytest.fixture(scope="module")
def recorders():
    made = Recorder(), Recorder()
    yield made
    for one in made:
        one.close()


def components(recorders):
    public, private = recorders
    return [proxy(public.port, name="Public", at=("/public/*",), RequestTrailers="*"),
            proxy(private.port, name="Private", at=("/private/*", "/smuggled"))]


@pytest.fixture(scope="module")
def server(make_server, recorders):
    return make_server(components(recorders), reactor={"clientHalfClose": "serve"})


@pytest.fixture(scope="module")
def over_h2(make_server, recorders):
    return make_server(components(recorders), connector={"Protocols": "h2c http/1.1"},
                       httpd="<IfModule !mod_http2.c>\n"
                             f"LoadModule http2_module {paths.stock_module('mod_http2')}\n</IfModule>\n")


@pytest.fixture(autouse=True)
def clean_and_judged(recorders):
    for one in recorders:
        one.requests.clear()
        one.complaints.clear()
    yield
    for one in recorders:
        assert not one.complaints, f"{len(one.complaints)} ambiguous requests reached a backend: {one.complaints[:5]}"


def send_all(server, data):
    with Client(server.port, timeout=20) as client:
        try:
            client.send(data)
            client.socket.shutdown(socket.SHUT_WR)
            return client.rest()
        except OSError:
            return b""


def decoded(target):
    return urllib.parse.unquote_to_bytes(target.split(b"?")[0])


def judge_paths(recorders):
    """What the public mapping let through is public, however it is decoded; /smuggled is nowhere."""
    public, private = recorders
    for _, target, _, _ in public.requests:
        path = decoded(target)
        assert path.startswith(b"/public/") or path == b"/public", target
        assert b"/../" not in path + b"/" and b"\0" not in path, target
    for _, target, _, _ in private.requests:
        assert decoded(target).startswith(b"/private"), f"smuggled: {target}"


def test_generated_requests_over_http1(server, recorders):
    server.expect_log(r"AH\d+|NVJ1[12]\d\d", required=False)
    source = Requests(seed=9112)
    requests = [source.one() for _ in range(800)]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda data: send_all(server, data), requests))
    judge_paths(recorders)
    assert len(recorders[0].requests) > 100, "too few requests arrived to tell anything"
    assert sum(answer.startswith(b"HTTP/1.1 400") for answer in answers) > 100, "too few were refused"
    assert all(answer.startswith(b"HTTP/1.1 ") for answer in answers if answer)


def test_pipelined_requests_arrive_one_by_one(server, recorders):
    data = b"".join(b"POST /public/%d HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s" %
                    (number, len(SMUGGLED), SMUGGLED) for number in range(50))
    assert send_all(server, data).count(b"HTTP/1.1 200 ") == 50
    assert [target for _, target, _, _ in recorders[0].requests] == [b"/public/%d" % number for number in range(50)]
    judge_paths(recorders)


NAMES = [b"x-a", b"X-A", b"x a", b"x\r\nsmuggled", b"x\0", b"x:", b":x", b"", b"x\x80", b"transfer-encoding",
    b"content-length",
         b"connection", b"keep-alive", b"upgrade", b"proxy-connection", b"host", b"te", b"expect",
             b"transfer_encoding", b":path",
         b":authority", b":method", b":status", b"cookie", b"x-forwarded-for", b"content_length"]
VALUES = [b"b", b"b", b"", b" b ", b"b\r\nx: y", b"b\nx: y", b"b\rx", b"b\0", b"\x7f", b"\xff", b"chunked",
    b"trailers", b"5", b"0", b"99",
          b"/private/x", b"evil", b"100-continue", b"websocket", b"a" * 5000]
H2_PATHS = PATHS + [b"/public/x\r\nX: y", b"/public/x HTTP/1.1\r\nHost: evil\r\n\r\nGET /smuggled", b"/public/\0"]
AUTHORITIES = [b"localhost"] * 8 + [b"", b"a b", b"evil", b"localhost\r\nX: y", b"x@localhost", b"localhost:80:80",
    b"lo\0cal"]


def test_generated_requests_over_http2(over_h2, recorders):
    over_h2.expect_log(r"AH\d+|NVJ1[12]\d\d", required=False)
    rng = random.Random(7540)

    def one(number):
        odd = lambda choices, share: rng.choice(choices) if rng.random() < share else choices[0]
        fields = get_fields(odd(H2_PATHS, 0.5), odd(AUTHORITIES, 0.3), odd([b"POST", b"GET", b"PO ST", b"",
            b"A\r\nB"], 0.2))
        fields += [(rng.choice(NAMES), rng.choice(VALUES)) for _ in range(rng.randrange(3))]
        body = rng.choice([None, b"hello", SMUGGLED])
        with H2Client(over_h2.port) as client:
            try:
                return client.outcome(client.request(fields, body))
            except (TimeoutError, ConnectionError) as error:
                return error

    outcomes = [one(number) for number in range(300)]
    judge_paths(recorders)
    assert not [outcome for outcome in outcomes if isinstance(outcome, TimeoutError)], "streams without an answer"
    assert len(recorders[0].requests) > 30 and sum(getattr(outcome, "refused", True) for outcome in outcomes) > 60
