"""Scripts of backends (see backend_scripts) that answer with 101."""
from . import websocket
from .backend_scripts import filler, script


@script
def ws(exchange):
    """
    Accepts, says the option `greet`, then echoes messages until a Close, which it echoes too. die=N: cuts the
    connection after N messages. status=N: does not accept. say=N: answers every message with N bytes. close=CODE:
    closes at once.
    """
    if status := exchange.option("status", 0):
        return exchange.respond(b"no", f"{status} No")
    websocket_accept(exchange, exchange.option("greet", "").encode())
    frames = websocket.Frames(lambda: exchange.socket.recv(1 << 20), exchange.take_buffer())
    exchange.close_after = True
    if code := exchange.option("close", 0):
        exchange.send(websocket.frame(websocket.CLOSE, websocket.close_payload(code, b"as told")))
    left = exchange.option("die", -1)
    while True:
        try:
            opcode, payload, final = frames.read()
        except websocket.Ended:
            return None
        exchange.request.frames.append((opcode, payload, final))
        if left == 0:
            return exchange.reset()
        left -= 1
        if size := exchange.option("say", 0):
            payload = filler(size)
        if opcode == websocket.PING:
            opcode = websocket.PONG
        exchange.send(websocket.frame(opcode, payload, final=final))
        if opcode == websocket.CLOSE:
            return None


def websocket_accept(exchange, greeting=b""):
    accept = websocket.accept_of(exchange.request.header("Sec-WebSocket-Key", ""))
    # A browser ends a connection with an extension that it did not offer.
    extensions = "" if "permessage-deflate" in exchange.request.header("Sec-WebSocket-Extensions", "") else (
        "Sec-WebSocket-Extensions: x-test\r\n")
    head = ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {accept}\r\n{extensions}Set-Cookie: made=1\r\n\r\n")
    # In one segment: what follows the head must not be lost.
    exchange.send(head.encode() + (websocket.frame(websocket.TEXT, greeting) if greeting else b""))


@script
def ws_wrong_accept(exchange):
    exchange.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                  "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n")
    exchange.wait_until_gone(5)
    exchange.close_after = True


@script
def raw(exchange):
    """101 to whatever was asked for, then the test's: `handed_over` gets the socket and what was read behind it."""
    asked = exchange.request.header("Upgrade")
    head = f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: {asked}\r\nConnection: Upgrade\r\n"
    if key := exchange.request.header("Sec-WebSocket-Key"):
        head += f"Sec-WebSocket-Accept: {websocket.accept_of(key)}\r\n"
    exchange.send(head + "\r\n")
    done = exchange.backend.hand_over(exchange.socket, exchange.take_buffer())
    done.wait(60)
    exchange.close_after = True
