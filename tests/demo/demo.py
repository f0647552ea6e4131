"""The demo that `./bootstrap run` starts: a small application as backend, Navajo before it, and a look at every URL.

  demo.py --navajo PROGRAM            in the foreground until Ctrl-C
  demo.py --navajo PROGRAM --once     start, look, stop: for tests
  demo.py --navajo PROGRAM --detach   start, look, leave running and say how to stop it
  demo.py --backend FOLDER            the application alone: prints its ports (HTTP, HTTPS), serves until it is killed;
                                      FOLDER has its certificate
"""
import argparse
import html
import http.cookiejar
import http.server
import os
import pathlib
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

PREFERRED_PORT, PREFERRED_PROXY_PORT, PREFERRED_ADMIN_PORT = 8080, 3128, 9443
DEMO_USER = "demo"  # its password, too: conf/demo/site/WEB-INF/users.txt
CONF = pathlib.Path(__file__).resolve().parents[2] / "conf" / "demo"


class Application(http.server.BaseHTTPRequestHandler):
    """Says what arrived, so that a visitor sees what the proxy made of the request."""
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        fields = "".join(f"{name}: {value}\n" for name, value in self.headers.items())
        body = f"The application behind Navajo got\n\n{self.command} {self.path}\n{fields}".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class TlsServer(http.server.ThreadingHTTPServer):
    """The handshake is made by the connection's own thread: nobody waits for somebody else's."""
    context = None

    def finish_request(self, request, client_address):
        super().finish_request(self.context.wrap_socket(request, server_side=True), client_address)

    def handle_error(self, request, client_address):
        pass


def serve_backend(folder):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Application)
    secure = TlsServer(("127.0.0.1", 0), Application)
    secure.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    secure.context.load_cert_chain(f"{folder}/localhost.pem", f"{folder}/localhost.key")
    threading.Thread(target=secure.serve_forever, daemon=True).start()
    print(server.server_address[1], secure.server_address[1], flush=True)
    # Whoever started it has read the port; from here on nobody listens, and with --detach nobody's pipe is kept open.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    server.serve_forever()


def free_port(preferred):
    """The usual port if it is free, else one from the kernel."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return probe.getsockname()[1]
    sys.exit("demo: no port is free")


def readable_conf():
    """conf/demo, or a copy of it: started by root, httpd's children are another user and must get there."""
    closed = [folder for folder in CONF.parents if not folder.stat().st_mode & 0o001]
    if os.geteuid() != 0 or not closed:
        return CONF
    copy = pathlib.Path(tempfile.mkdtemp(prefix="navajo-demo-"))
    copy.chmod(0o755)
    shutil.copytree(CONF, copy / "demo")
    shutil.copytree(CONF.parent / "console", copy / "console")
    print(f"{closed[0]} is closed to httpd's user: serving a copy of conf/demo in {copy}")
    return copy / "demo"


def openssl(folder, *arguments):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


class Demo:
    def __init__(self, navajo):
        self.navajo = navajo
        self.conf = readable_conf()
        self.config = self.conf / "navajo.xml"
        self.backend = None
        self.run_directory = None
        self.pid = None
        self.identity = []  # what the application was told of the demo user
        self.port = free_port(PREFERRED_PORT)
        self.proxy_port = free_port(PREFERRED_PROXY_PORT)
        self.admin_port = free_port(PREFERRED_ADMIN_PORT)
        self.token = None
        self.ca = pathlib.Path(tempfile.mkdtemp(prefix="navajo-demo-ca-"))
        self.https_port = None

    def make_certificates(self):
        """The CA the proxy mints with, by the product's own command; and the backend's certificate, which is like one
        of the Internet: made by somebody else's CA."""
        self.ca.chmod(0o755)
        subprocess.run([self.navajo, "ca", "init", "--dir", str(self.ca)], check=True, capture_output=True)
        new_key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
        openssl(self.ca, "req", "-x509", *new_key, "-days", "30", "-subj", "/CN=CA of the demo's backend",
                "-keyout", "origin.key", "-out", "origin.pem")
        openssl(self.ca, "req", *new_key, "-subj", "/CN=localhost", "-keyout", "localhost.key", "-out", "localhost.csr")
        (self.ca / "names").write_text("subjectAltName=DNS:localhost\n")
        openssl(self.ca, "x509", "-req", "-in", "localhost.csr", "-CA", "origin.pem", "-CAkey", "origin.key",
                "-CAcreateserial", "-days", "30", "-extfile", "names", "-out", "localhost.pem")

    def make_token(self):
        made = subprocess.run([self.navajo, "admin-token", "--role", "admin",
                               "--file", str(self.ca / "admin-tokens.txt"), DEMO_USER],
                              check=True, capture_output=True, text=True)
        self.token = made.stdout.strip()

    def start(self):
        self.make_certificates()
        self.make_token()
        self.backend = subprocess.Popen([sys.executable, "-B", __file__, "--backend", str(self.ca)],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                                        start_new_session=True)
        backend_port, self.https_port = map(int, self.backend.stdout.readline().split())
        environment = {**os.environ, "NAVAJO_DEMO_PORT": str(self.port),
                       "NAVAJO_DEMO_BACKEND": f"127.0.0.1:{backend_port}",
                       "NAVAJO_DEMO_PROXY_PORT": str(self.proxy_port),
                       "NAVAJO_DEMO_ADMIN_PORT": str(self.admin_port), "NAVAJO_DEMO_CA": str(self.ca)}
        started = subprocess.run([self.navajo, "run", "--config", str(self.config)], env=environment,
                                 capture_output=True, text=True)
        sys.stdout.write(started.stdout)
        sys.stderr.write(started.stderr)
        found = re.search(r"process (\d+), run directory (\S+)", started.stdout)
        if started.returncode != 0 or not found:
            self.stop_backend()
            sys.exit("demo: Navajo did not start")
        self.pid, self.run_directory = int(found.group(1)), pathlib.Path(found.group(2))

    def url(self, path):
        return f"http://localhost:{self.port}{path}"

    def look_at(self, path, expected):
        """None, or what was wrong. Asked at 127.0.0.1, since localhost may be ::1 first."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers={"Host": "localhost"})
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                text = response.read().decode(errors="replace")
        except (urllib.error.URLError, OSError) as fault:
            return f"{path}: {fault}"
        return None if expected in text else f"{path}: the answer does not contain {expected!r}"

    def look_at_login(self):
        """None, or what was wrong: the demo user logs in, the application learns who, the user logs out."""
        visitor = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        visitor.addheaders = [("Accept", "text/html")]
        base = f"http://127.0.0.1:{self.port}"
        try:
            page = visitor.open(f"{base}/private/hello", timeout=10).read().decode()
            form = re.search(r'<form[^>]*\saction="([^"]+)"', page)
            if not form:
                return "/private/hello: no login form"
            answers = urllib.parse.urlencode({"userid": DEMO_USER, "password": DEMO_USER}).encode()
            answer = visitor.open(urllib.parse.urljoin(base, html.unescape(form.group(1))), answers, timeout=10)
            self.identity = [line for line in answer.read().decode().splitlines()
                             if line.startswith(("X-User", "X-Roles"))]
            if f"X-User: {DEMO_USER}" not in self.identity:
                return "/private/hello: the application is not told who logged in"
            visitor.open(f"{base}/private/logout", timeout=10).read()
            again = visitor.open(f"{base}/private/hello", timeout=10).read().decode()
            return None if "<form" in again else "/private/logout: the user is still logged in"
        except (urllib.error.URLError, OSError) as fault:
            return f"/private/hello: {fault}"

    def look_at_console(self):
        """None, or what was wrong: the console's page is there, and its API knows the token."""
        base = f"http://127.0.0.1:{self.admin_port}"
        fields = {"Host": f"console.localhost:{self.admin_port}", "Authorization": f"Bearer {self.token}"}
        for path, expected in (("/", "Navajo"), ("/api/v1/whoami", '"role":"admin"')):
            try:
                with urllib.request.urlopen(urllib.request.Request(base + path, headers=fields), timeout=10) as answer:
                    if expected not in answer.read().decode():
                        return f"console {path}: the answer does not contain {expected!r}"
            except (urllib.error.URLError, OSError) as fault:
                return f"console {path}: {fault}"
        return None

    def curl_line(self):
        return ["curl", "--proxy", f"http://localhost:{self.proxy_port}", "--cacert", str(self.ca / "ca.pem"),
                f"https://localhost:{self.https_port}/intercepted"]

    def look_at_proxy(self):
        """None, or what was wrong: the documented line, as it is printed."""
        fetched = subprocess.run([*self.curl_line(), "--silent", "--show-error", "--noproxy", "", "--max-time", "20"],
                                 capture_output=True, text=True)
        if fetched.returncode != 0 or "GET /intercepted" not in fetched.stdout:
            return f"{' '.join(self.curl_line())}: {fetched.stderr or fetched.stdout}"
        return None if self.logged_request("GET /intercepted") else "the inner request is not in the access log"

    def logged_request(self, path):
        log = self.run_directory / "access.log"
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            lines = [line for line in log.read_text().splitlines() if path in line] if log.exists() else []
            if lines:
                return lines[-1]
            time.sleep(0.05)
        return None

    def look(self):
        faults = [fault for fault in (self.look_at("/", "Navajo"),
                                      self.look_at("/app/hello", "The application behind Navajo"),
                                      self.look_at("/navajo/status", "Navajo status"),
                                      self.look_at("/navajo/status?format=json", '"requests"'),
                                      self.look_at_login(), self.look_at_proxy(), self.look_at_console()) if fault]
        line = self.logged_request("/app/hello")
        if line is None:
            faults.append("/app/hello is not in the access log")
        elif not re.search(r"dTB=\d+", line):
            faults.append(f"the access log does not tell the backend's time: {line}")
        print(f"""
  the site                 {self.url("/")}
  through the proxy        {self.url("/app/hello")}
  a protected area         {self.url("/private/hello")}   (user {DEMO_USER}, password {DEMO_USER})
  leaving it               {self.url("/private/logout")}
                           the application behind it was told: {", ".join(self.identity)}
  a forward proxy          http://localhost:{self.proxy_port}   (intercepts TLS; its CA: {self.ca / "ca.pem"})
                           {" ".join(self.curl_line())}
  the status page          {self.url("/navajo/status")}   (also ?format=json, and `{self.navajo} status`)
  the admin console        http://console.localhost:{self.admin_port}/
                           enter this token: {self.token}
  configuration            {self.config}
  logs                     {self.run_directory}/error.log, access.log

A logged request (us: microseconds in all; milliseconds: dTB with the backend, dTcB connect, dTr1B first byte):
  {line}
""", flush=True)
        for fault in faults:
            print(f"demo: {fault}", file=sys.stderr)
        return not faults

    def stop_backend(self):
        self.backend.terminate()
        self.backend.wait()

    def stop(self):
        stopped = subprocess.run([self.navajo, "stop", "--run-dir", str(self.run_directory)])
        self.stop_backend()
        shutil.rmtree(self.ca)
        if self.conf != CONF:
            shutil.rmtree(self.conf.parent)
        return stopped.returncode == 0

    def alive(self):
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        return True


def until_interrupted(demo):
    asked = []
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: asked.append(number))
    print("Ctrl-C stops it.", flush=True)
    while not asked and demo.alive():
        time.sleep(0.2)
    if not asked:
        print(f"demo: Navajo ended by itself, see {demo.run_directory}/error.log", file=sys.stderr)
        demo.stop_backend()
        return False
    print()
    return demo.stop()


def main():
    parser = argparse.ArgumentParser(prog="demo.py")
    parser.add_argument("--navajo")
    parser.add_argument("--once", action="store_true", help="start, look at every URL, stop")
    parser.add_argument("--detach", action="store_true", help="start, look at every URL, leave it running")
    parser.add_argument("--backend", metavar="FOLDER", help="only the application, with the certificate in FOLDER")
    options = parser.parse_args()
    if options.backend:
        serve_backend(options.backend)
        return 0
    if not options.navajo:
        parser.error("--navajo PROGRAM is missing")
    demo = Demo(options.navajo)
    demo.start()
    good = demo.look()
    if options.once:
        return 0 if demo.stop() and good else 1
    if options.detach:
        print(f"Stop it with: {options.navajo} stop --run-dir {demo.run_directory}; kill {demo.backend.pid}")
        return 0 if good else 1
    return 0 if until_interrupted(demo) and good else 1


if __name__ == "__main__":
    sys.exit(main())
