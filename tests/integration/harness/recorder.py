"""A backend that keeps every byte and reads requests with a strict parser that is not ours: its own rules, then h11."""
import re
import socket
import threading

import h11

_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_REQUEST_LINE = re.compile(rb"(" + _TOKEN + rb") (/[!-~]*|\*) HTTP/1\.1")
_FIELD = re.compile(rb"(" + _TOKEN + rb"): ?([\t\x20-\x7e\x80-\xff]*)")
_END_OF_CHUNKS = re.compile(rb"\r\n0\r\n(?:" + _TOKEN + rb": [\t\x20-\x7e\x80-\xff]*\r\n)*\r\n\Z|\A0\r\n\r\n\Z")


class Recorder:
    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port = self._listener.getsockname()[1]
        self._lock = threading.Lock()
        self.requests = []  # (method, target, fields, body)
        self.complaints = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self._listener.close()

    def _accept(self):
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock):
        connection, data = h11.Connection(h11.SERVER), bytearray()
        try:
            while self._serve_one(sock, connection, data):
                connection.start_next_cycle()
        except h11.RemoteProtocolError as error:
            # A request that was never completed, since its client was refused in the middle, is no complaint.
            if "peer unexpectedly closed" not in str(error) and "incomplete" not in str(error):
                self._complain(f"h11: {error}", bytes(data))
        except OSError:
            pass
        finally:
            sock.close()

    def _complain(self, what, data):
        with self._lock:
            self.complaints.append((what, data[:400]))

    def _serve_one(self, sock, connection, data):
        request, body = None, b""
        while True:
            event = connection.next_event()
            if event is h11.NEED_DATA:
                piece = sock.recv(65536)
                data += piece
                if not piece and not request and not data:
                    return False
                connection.receive_data(piece)
            elif isinstance(event, h11.Request):
                request = event
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                break
            else:
                return False
        self._judge(bytes(data), request, body)
        left = connection.trailing_data[0]
        if left:
            self._complain("bytes behind a request", bytes(data))
        data.clear()
        sock.sendall(connection.send(h11.Response(status_code=200, headers=[("Content-Length", "2")])) or b"")
        sock.sendall((b"" if request.method == b"HEAD" else connection.send(h11.Data(data=b"ok")) or b"") +
                     (connection.send(h11.EndOfMessage()) or b""))
        return connection.our_state is h11.DONE and connection.their_state is h11.DONE

    def _judge(self, data, request, body):
        head, _, rest = data.partition(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        line = _REQUEST_LINE.fullmatch(lines[0])
        fields = [_FIELD.fullmatch(text) for text in lines[1:]]
        if not line:
            return self._complain("request line", data)
        if not all(fields):
            return self._complain("field line", data)
        pairs = [(field[1].lower(), field[2].strip(b" \t")) for field in fields]
        names = [name for name, _ in pairs]
        framing = [pair for pair in pairs if pair[0] in (b"content-length", b"transfer-encoding")]
        if names.count(b"host") != 1:
            self._complain("not one Host", data)
        if len(framing) > 1 or any("_" in name.decode() and name.replace(b"_", b"-") in (
                b"content-length", b"transfer-encoding", b"host") for name in names):
            self._complain("framing fields", data)
        if framing and framing[0][0] == b"content-length" and (
                not framing[0][1].isdigit() or int(framing[0][1]) != len(rest)):
            self._complain("length", data)
        if framing and framing[0][0] == b"transfer-encoding" and (
                framing[0][1] != b"chunked" or not _END_OF_CHUNKS.search(rest)):
            self._complain("coding", data)
        if not framing and rest:
            self._complain("bytes without framing", data)
        if (line[1], line[2]) != (request.method, request.target):
            self._complain("h11 reads another request line", data)
        with self._lock:
            self.requests.append((line[1], line[2], pairs, body))
