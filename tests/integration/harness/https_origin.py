"""A site on the Internet, as far as a forward proxy can tell: HTTP/1.1, plain or over TLS, that remembers who asked."""
import http.server
import json
import ssl
import threading


class HttpsOrigin:
    """`identity` is (certificate, key) of harness.tls, or None for plain HTTP. Answers with what it was asked."""

    def __init__(self, identity=None, client_ca=None):
        self.requests, self.handshake_faults, self.connections = [], [], 0
        self.bodies = {}  # path: (Content-Encoding, bytes)
        origin = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length) if length else b""
                origin.requests.append((self.command, self.path, self.headers.items(), body))
                coding = None
                if self.path in origin.bodies:
                    coding, answer = origin.bodies[self.path]
                    kind = "application/octet-stream"
                elif self.path.startswith("/bytes/"):
                    answer, kind = b"x" * int(self.path.split("/")[2]), "application/octet-stream"
                else:
                    answer = json.dumps({"method": self.command, "path": self.path,
                                         "headers": self.headers.items(), "body": len(body)}).encode()
                    kind = "application/json"
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(answer)))
                if coding:
                    self.send_header("Content-Encoding", coding)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(answer)

            do_GET = do_POST = do_HEAD = do_PUT = do_OPTIONS = answer

            def log_message(self, *ignored):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def process_request(self, request, client_address):
                origin.connections += 1
                super().process_request(request, client_address)

            def finish_request(self, request, client_address):
                if origin.context:
                    try:
                        request = origin.context.wrap_socket(request, server_side=True)
                    except (ssl.SSLError, OSError) as fault:
                        origin.handshake_faults.append(str(fault))
                        return
                super().finish_request(request, client_address)
                if origin.context:
                    try:
                        request.unwrap()
                    except (ssl.SSLError, OSError, ValueError):
                        pass

            def handle_error(self, request, client_address):
                pass

        self.context = None
        if identity:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(*map(str, identity))
            if client_ca:
                self.context.load_verify_locations(str(client_ca))
                self.context.verify_mode = ssl.CERT_REQUIRED
        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
