"""A small OpenTelemetry collector: takes OTLP/HTTP JSON, keeps it, and can be slow or refuse."""
import http.server
import json
import threading
import time


class Collector:
    def __init__(self, tls=None):
        self.requests = []  # (path, headers, body as a value)
        self.status = 200
        self.delay = 0.0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                time.sleep(outer.delay)
                if outer.status == 200:
                    outer.requests.append((self.path, dict(self.headers), json.loads(body)))
                answer = b"{}"
                try:
                    self.send_response(outer.status)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(answer)))
                    self.end_headers()
                    self.wfile.write(answer)
                except OSError:
                    pass

            def log_message(self, *ignored):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def spans(self, **attributes):
        """Flat spans with their attributes as a dict; those that have these attributes ('.' written as '__')."""
        wanted = {name.replace("__", "."): value for name, value in attributes.items()}
        out = []
        for path, _, body in list(self.requests):
            if path != "/v1/traces":
                continue
            for resource in body["resourceSpans"]:
                for scope in resource["scopeSpans"]:
                    for span in scope["spans"]:
                        flat = {one["key"]: next(iter(one["value"].values())) for one in span["attributes"]}
                        if wanted.items() <= flat.items():
                            out.append({**span, "attributes": flat})
        return out

    def metrics(self):
        """The latest value of each metric: name to its JSON."""
        out = {}
        for path, _, body in list(self.requests):
            if path == "/v1/metrics":
                for resource in body["resourceMetrics"]:
                    for scope in resource["scopeMetrics"]:
                        out.update({metric["name"]: metric for metric in scope["metrics"]})
        return out
