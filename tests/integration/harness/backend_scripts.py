"""How a backend may behave: one function per script, chosen by the last word of the path that names one."""
import time
import urllib.parse

_SCRIPTS = {}


def script(function):
    _SCRIPTS[function.__name__.replace("_", "-")] = function
    return function


def find(path):
    """/anything/SCRIPT/more: the first segment that is a script; none: ok."""
    for segment in path.split("/"):
        if segment in _SCRIPTS:
            return _SCRIPTS[segment]
    return ok


def filler(size):
    """Bytes that tell their own place, so that a hole or a repetition shows."""
    unit = b"".join(b"%07x " % offset for offset in range(0, min(size, 65536) + 8, 8))
    return (unit * (size // len(unit) + 1))[:size]


# ---------------------------------------------------------------- well-behaved

@script
def ok(exchange):
    exchange.read_body()
    exchange.respond(filler(exchange.option("bytes", 16)), headers=[("Content-Type", "text/plain")])


@script
def echo(exchange):
    """The request as it arrived, as the body."""
    body = exchange.read_body()
    exchange.respond(exchange.request.raw + body, headers=[("Content-Type", "text/plain")])


@script
def set_cookie(exchange):
    """A Set-Cookie field for each of the option `c`, separated by '|'; the Cookie fields that arrived as the body."""
    exchange.read_body()
    cookies = [("Set-Cookie", one) for one in exchange.options.get("c", "").split("|") if one]
    exchange.respond("; ".join(exchange.request.all("Cookie")).encode("latin-1"),
                     headers=[("Content-Type", "text/plain"), *cookies])


@script
def html(exchange):
    exchange.read_body()
    exchange.respond(b"<html><body>" + b"<p>again and again</p>" * 200 + b"</body></html>",
                     headers=[("Content-Type", "text/html")])


@script
def links(exchange):
    """A page that names the host it was asked for, in chunks of `size`; `many` times the same."""
    exchange.read_body()
    host = exchange.request.header("Host")
    page = (f"<a href='http://{host}/a'><a href=\"https://{host}/b\"><img src=//{host}/c>"
            f"{{\"u\": \"http:\\/\\/{host}\\/d\"}}<a href=/e?u=http%3A%2F%2F{host.replace(':', '%3A')}%2F>").encode()
    page *= exchange.option("many", 1)
    head = (f"HTTP/1.1 200 OK\r\nContent-Type: {exchange.options.get('type', 'text/html')}\r\nETag: \"v1\"\r\n"
            f"Accept-Ranges: bytes\r\nLocation: http://{host}/l\r\nSet-Cookie: s=1; Domain=127.0.0.1; Path=/\r\n")
    size = exchange.option("size", 0)
    if exchange.request.method == "HEAD" or not size:
        exchange.send(f"{head}Content-Length: {len(page)}\r\n\r\n".encode())
        if exchange.request.method != "HEAD":
            exchange.send(page)
        return
    exchange.send(head + "Transfer-Encoding: chunked\r\n\r\n")
    exchange.send(b"".join(b"%x\r\n%s\r\n" % (len(page[at:at + size]), page[at:at + size])
                           for at in range(0, len(page), size)) + b"0\r\n\r\n")


@script
def chunked(exchange):
    exchange.read_body()
    exchange.send("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n")
    piece = filler(exchange.option("size", 1000))
    for _ in range(exchange.option("chunks", 5)):
        exchange.send(b"%x\r\n%s\r\n" % (len(piece), piece))
        time.sleep(exchange.option("delay", 0.0))
    exchange.send("0\r\n\r\n")


@script
def until_close(exchange):
    """HTTP/1.0 style: the end of the connection is the end of the body."""
    exchange.read_body()
    exchange.send(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + filler(exchange.option("bytes", 5000)))
    exchange.close_after = True


@script
def status(exchange):
    exchange.read_body()
    code = exchange.option("code", 204)
    if code in (204, 304):
        exchange.send(f"HTTP/1.1 {code} Fine\r\nETag: \"x\"\r\n\r\n")
    else:
        exchange.respond(b"said by the backend", f"{code} Said")


@script
def head_with_length(exchange):
    """Answers HEAD with the length GET would have."""
    exchange.read_body()
    if exchange.request.method == "HEAD":
        exchange.respond(b"", length=12345)
    else:
        exchange.respond(filler(12345))


@script
def headers(exchange):
    """Response fields that must not, or must, reach the client."""
    exchange.read_body()
    exchange.respond(b"x", headers=[
        ("Connection", "keep-alive, X-Hop"), ("Keep-Alive", "timeout=99"), ("X-Hop", "between us only"),
        ("Proxy-Authenticate", "Basic realm=x"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("X-End", "to end")])


@script
def with_field(exchange):
    """One response field, of the options `name` and `value`."""
    exchange.read_body()
    exchange.respond(b"x", headers=[(exchange.options["name"], exchange.options.get("value", "1"))])


@script
def fields(exchange):
    exchange.read_body()
    exchange.respond(b"x", headers=[(f"X-Field-{number}", "value") for number in range(exchange.option("count", 1))])


@script
def early_hints(exchange):
    exchange.read_body()
    exchange.send("HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n")
    time.sleep(0.05)
    exchange.send("HTTP/1.1 100 Continue\r\n\r\n")
    exchange.respond(b"after the hints")


@script
def interims(exchange):
    """As many 103 as told, then the answer."""
    exchange.read_body()
    for number in range(exchange.option("count", 1)):
        exchange.send(f"HTTP/1.1 103 Early Hints\r\nLink: </{number}.css>; rel=preload\r\nSet-Cookie: a=b\r\n\r\n")
    exchange.respond(b"after the hints")


@script
def hints_first(exchange):
    """Hints, then 100, then the body is read."""
    exchange.send("HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n")
    time.sleep(0.1)
    exchange.send("HTTP/1.1 100 Continue\r\n\r\n")
    exchange.read_body()
    exchange.respond(b"read")


@script
def trailers(exchange):
    exchange.read_body()
    exchange.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    if exchange.option("empty", 0) == 0:
        exchange.send("5\r\nhello\r\n")
    exchange.send("0\r\nDigest: a=b\r\nContent-Length: 7\r\nSet-Cookie: evil=1\r\nX_Forwarded_For: 1.2.3.4\r\n\r\n")


@script
def stream(exchange):
    """Counts the request body; sends so many bytes without making them all at once."""
    if exchange.request.header("Content-Length"):
        exchange.count_body()
    left = exchange.option("bytes", 0)
    exchange.send(f"HTTP/1.1 200 OK\r\nContent-Length: {left}\r\n\r\n")
    piece = bytes(1 << 20)
    while left > 0:
        exchange.send(piece[:left] if left < len(piece) else piece)
        left -= len(piece)


@script
def discard(exchange):
    """Counts a chunked body without keeping it."""
    count = 0
    while size := int(exchange._line(), 16):
        exchange._exactly(size + 2)
        count += size
    exchange._line()
    exchange.respond(b"%d" % count)


@script
def announce(exchange):
    """Of a HEAD: a length, no body."""
    exchange.respond(length=exchange.option("bytes", 0))


@script
def slow(exchange):
    """A header after a while."""
    exchange.read_body()
    time.sleep(exchange.option("delay", 0.5))
    exchange.respond(filler(exchange.option("bytes", 16)))


@script
def trickle(exchange):
    """A body in small pieces."""
    exchange.read_body()
    pieces, piece = exchange.option("pieces", 10), filler(exchange.option("size", 100))
    exchange.send(f"HTTP/1.1 200 OK\r\nContent-Length: {pieces * len(piece)}\r\n\r\n")
    for _ in range(pieces):
        exchange.send(piece)
        time.sleep(exchange.option("delay", 0.05))


@script
def when_released(exchange):
    """Answers when the test says so."""
    exchange.read_body()
    release = exchange.backend.release
    release.wait(60)
    exchange.respond(filler(exchange.option("bytes", 16)))
    exchange.close_after = exchange.option("close", 0) == 1


@script
def early_answer(exchange):
    """Answers 413 while the request body is still on its way, and closes."""
    exchange.respond(b"too much", "413 Too Large", headers=[("Connection", "close")])
    exchange.socket.shutdown(1)
    exchange.wait_until_gone(5)
    exchange.close_after = True


@script
def answer_after(exchange):
    """Answers 403 after so many bytes of the request body; the connection could stay."""
    exchange.peek_body(exchange.option("bytes", 1))
    exchange.respond(b"enough", "403 Enough")
    exchange.wait_until_gone(10)
    exchange.close_after = True


@script
def die_after(exchange):
    """Closes after so many bytes of the request body."""
    exchange.peek_body(exchange.option("bytes", 1))
    exchange.close_after = True


# ---------------------------------------------------------------- login service

@script
def verify(exchange):
    """Forward-auth: the cookie token=NAME is that user, as is who knows "wonderland"; some names mean trouble."""
    form = urllib.parse.parse_qs(exchange.read_body().decode())
    cookies = dict(pair.strip().partition("=")[::2] for pair in exchange.request.header("Cookie", "").split(";"))
    user = cookies.get("token") or (form["user"][0] if form.get("pass") == ["wonderland"] else None)
    if user is None:
        exchange.respond(b"who are you", "401 Unauthorized", headers=[("Retry-After", "7")] if form else [])
    elif user == "nameless":
        exchange.respond(b"fine")
    elif user == "broken":
        exchange.respond(b"oops", "500 Oops", headers=[("Remote-User", "root")])
    elif user == "away":
        exchange.respond(b"", "302 Found", headers=[("Location", "https://login.example.test/")])
    elif user == "late":
        exchange.wait_until_gone()
        exchange.close_after = True
    elif user == "torn":
        exchange.send("HTTP/1.1 200 OK\r\nRemote-User: root\r\nContent-Length: 100\r\n\r\nx")
        exchange.close_after = True
    else:
        exchange.respond(b"x" * 100_000 if user == "wordy" else b"", headers=[
            ("Remote-User", user), ("Remote-Groups", "clerk, admin"), ("Remote-Email", f"{user}@example.test")])


# ---------------------------------------------------------------- faulty

@script
def never(exchange):
    """Reads the request and says nothing; notes when the proxy gives up."""
    exchange.read_body()
    exchange.wait_until_gone()
    exchange.close_after = True


@script
def deaf(exchange):
    """Does not read the body: the proxy's writes get stuck."""
    exchange.backend.release.wait(60)
    exchange.close_after = True


@script
def half_then_silence(exchange):
    """Begins a body and stops; notes when the proxy gives up."""
    exchange.read_body()
    exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + filler(100))
    exchange.wait_until_gone()
    exchange.close_after = True


@script
def endless(exchange):
    """A body without end; notes when the proxy gives up."""
    exchange.read_body()
    exchange.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    started = time.monotonic()
    piece = filler(4000)
    try:
        while time.monotonic() - started < 30:
            exchange.send(b"%x\r\n%s\r\n" % (len(piece), piece))
            time.sleep(0.01)
    except OSError:
        exchange.request.gone_after = time.monotonic() - started
    exchange.close_after = True


@script
def cut(exchange):
    """Dies after some of the promised bytes."""
    exchange.read_body()
    exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + filler(exchange.option("after", 2)))
    exchange.close_after = True


@script
def cut_chunk(exchange):
    """Dies in the middle of a chunk."""
    exchange.read_body()
    exchange.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n" + filler(10))
    exchange.close_after = True


@script
def cut_header(exchange):
    exchange.read_body()
    exchange.send("HTTP/1.1 200 OK\r\nContent-Le")
    exchange.close_after = True


@script
def close_at_once(exchange):
    """Closes instead of answering, as a keep-alive connection that just timed out does."""
    exchange.close_after = True


@script
def close_reused(exchange):
    """Answers the first request of a connection; closes at the second: the proxy's pooled connection is stale."""
    earlier = [arrived for arrived in exchange.backend.seen("") if arrived.connection == exchange.request.connection]
    if len(earlier) > 1:
        exchange.close_after = True
        return
    exchange.read_body()
    exchange.respond(b"fresh")


@script
def close_idle(exchange):
    """Answers as if the connection stayed open, then closes it."""
    exchange.read_body()
    exchange.respond(b"and gone")
    exchange.close_after = True


@script
def rst(exchange):
    exchange.reset()


@script
def length_and_chunked(exchange):
    exchange.read_body()
    exchange.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")


@script
def two_lengths(exchange):
    exchange.read_body()
    exchange.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\nhello!!")


@script
def bad_chunk(exchange):
    exchange.read_body()
    exchange.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nhello\r\n0\r\n\r\n")


@script
def unknown_coding(exchange):
    exchange.read_body()
    exchange.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: rot13\r\n\r\nuryyb")
    exchange.close_after = True


@script
def junk_status(exchange):
    exchange.read_body()
    exchange.send("HTTP/1.1 2x0 Fine\r\nContent-Length: 2\r\n\r\nhi")


@script
def not_http(exchange):
    exchange.read_body()
    exchange.send("SSH-2.0-Something\r\n\r\n")
    exchange.close_after = True


@script
def big_header(exchange):
    exchange.read_body()
    exchange.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Big: " + "b" * 70_000 + "\r\n\r\nhi")


@script
def many_headers(exchange):
    exchange.read_body()
    exchange.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n" + "X-Many: y\r\n" * 5000 + "\r\nhi")


@script
def split_header(exchange):
    """Control bytes in a field value: passed on, they would be a header field of the attacker's choice."""
    exchange.read_body()
    exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Value: a\rSet-Cookie: evil=1\r\nX-Nul: a\0b\r\n\r\nhi")


@script
def unasked_upgrade(exchange):
    exchange.read_body()
    exchange.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nraw bytes")
    exchange.wait_until_gone(5)
    exchange.close_after = True
