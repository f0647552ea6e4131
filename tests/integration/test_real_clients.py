"""Programs people use, through the intercepting proxy with its CA installed. One that is not installed is skipped."""
import http.server
import os
import shutil
import ssl
import subprocess
import threading

import pytest

from harness.forward import forward_host, forward_proxy
from harness.ports import free_port
from harness.site import Connector, Context, Host, Site, proxy


def need(program):
    path = shutil.which(program)
    if not path:
        pytest.skip(f"{program} is not installed")
    return path


def run(command, environment=None, seconds=60, text=None):
    # No proxies or CA files of whoever runs the test.
    clean = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG") if name in os.environ}
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=seconds, input=text,
                          env={**clean, **(environment or {})})


@pytest.fixture(scope="module")
def port():
    return free_port()


@pytest.fixture(scope="module")
def server(make_server, backend, authority, module_folder, minting, port):
    site = Site([Connector(free_port())],
                [Host("localhost", [Context(str(module_folder / "www"), [proxy(backend.port)])]),
                 forward_host(module_folder, SSLCACertificateFile=authority.certificate)],
                inside=forward_proxy(port, caCertificate=minting.certificate, caKey=minting.key,
                                     defaultAction="intercept"))
    return make_server(site=site)


def intercepted(server, origin, path):
    assert [request for request in origin.requests if request[1] == path], f"{path} did not arrive"
    assert server.access_lines(f" {path} ")


def test_curl(server, port, origin, minting):
    for number, options in enumerate(((), ("--http1.1",), ("--tls-max", "1.2"), ("--http2",))):
        path = f"/curl/{number}"
        done = run([need("curl"), "--silent", "--show-error", "--noproxy", "", "--proxy", f"http://127.0.0.1:{port}",
                    "--cacert", minting.certificate, *options, f"https://localhost:{origin.port}{path}"])
        assert done.returncode == 0, done.stderr
        assert path in done.stdout
        intercepted(server, origin, path)


def test_curl_without_the_ca_refuses(server, port, origin):
    done = run([need("curl"), "--silent", "--noproxy", "", "--proxy", f"http://127.0.0.1:{port}",
                f"https://localhost:{origin.port}/no"])
    assert done.returncode == 60


def test_curl_uploads_and_resumes(server, port, origin, minting, module_folder):
    upload = module_folder / "upload"
    upload.write_bytes(os.urandom(3_000_000))
    done = run([need("curl"), "--silent", "--show-error", "--noproxy", "", "--proxy", f"http://127.0.0.1:{port}",
                "--cacert", minting.certificate, "--upload-file", upload,
                f"https://localhost:{origin.port}/put", "--next", "--silent", "--noproxy", "", "--proxy",
                f"http://127.0.0.1:{port}", "--cacert", minting.certificate,
                f"https://localhost:{origin.port}/bytes/2000000", "--output", module_folder / "down"])
    assert done.returncode == 0, done.stderr
    assert '"body": 3000000' in done.stdout
    assert (module_folder / "down").stat().st_size == 2_000_000


def test_wget(server, port, origin, minting):
    done = run([need("wget"), "--no-verbose", "--tries=1", "-O", "-", f"--ca-certificate={minting.certificate}",
                "-e", "use_proxy=yes", "-e", f"https_proxy=http://127.0.0.1:{port}",
                f"https://localhost:{origin.port}/wget"])
    assert done.returncode == 0, done.stderr
    assert "/wget" in done.stdout
    intercepted(server, origin, "/wget")


@pytest.mark.parametrize("options", [
    ["-tls1_2"], ["-tls1_3"], ["-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256", "-sigalgs", "RSA-PSS+SHA256"],
    ["-tls1_3", "-sigalgs", "RSA-PSS+SHA256:RSA+SHA256"], ["-tls1_3", "-groups", "P-384"], ["-noservername"],
    ["-tls1_3", "-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256"], ["-no_ticket"], ["-ign_eof", "-mtu", "400"]],
    ids=" ".join)
def test_openssl_s_client_with_odd_options(server, port, origin, minting, options):
    """Clients that take RSA certificates only get one; those without a server name get one for the CONNECT's host."""
    done = run([need("openssl"), "s_client", "-proxy", f"127.0.0.1:{port}", "-connect", f"localhost:{origin.port}",
                "-CAfile", minting.certificate, "-verify_return_error", "-verify_hostname", "localhost", "-quiet",
                *(["-servername", "localhost"] if "-noservername" not in options else []), *options],
               text=f"GET /s_client HTTP/1.1\r\nHost: localhost:{origin.port}\r\nConnection: close\r\n\r\n")
    if "-ign_eof" in options:
        return  # what the option makes of its input is s_client's business; the handshake was the test
    assert "HTTP/1.1 200" in done.stdout or done.returncode == 0, done.stderr


NODE = """
const http = require('http'), fs = require('fs'), tls = require('tls');
const [proxyPort, port, ca] = process.argv.slice(2);
http.request({host: '127.0.0.1', port: proxyPort, method: 'CONNECT', path: `localhost:${port}`})
  .on('connect', (answer, socket) => {
    if (answer.statusCode !== 200) { console.error(answer.statusCode); process.exit(1); }
    const secure = tls.connect({socket, servername: 'localhost', ca: fs.readFileSync(ca)}, () => {
      http.get({createConnection: () => secure, host: 'localhost', port, path: '/node'}, response => {
        response.on('data', piece => process.stdout.write(piece)).on('end', () => process.exit(0));
      });
    }).on('error', fault => { console.error(fault); process.exit(2); });
  }).end();
"""


def test_node(server, port, origin, minting, module_folder):
    """Node refuses a leaf without the chain that it needs, and a name in the common name alone."""
    script = module_folder / "client.js"
    script.write_text(NODE)
    done = run([need("node"), script, port, origin.port, minting.certificate])
    assert done.returncode == 0, done.stderr
    assert "/node" in done.stdout
    intercepted(server, origin, "/node")


def test_git_over_https(server, port, minting, authority, module_folder):
    git = need("git")
    work, bare = module_folder / "work", module_folder / "served" / "repo.git"
    (module_folder / "served").mkdir(exist_ok=True)
    identity = ["-c", "user.name=test", "-c", "user.email=test@localhost"]
    for command in ([git, "init", "--quiet", work], [git, "-C", work, *identity, "commit", "--quiet", "--allow-empty",
                                                     "-m", "the message"],
                    [git, "clone", "--quiet", "--bare", work, bare], [git, "-C", bare, "update-server-info"]):
        done = run(command)
        assert done.returncode == 0, done.stderr

    class Handler(http.server.SimpleHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def __init__(self, *arguments):
            super().__init__(*arguments, directory=str(module_folder / "served"))

        def log_message(self, *ignored):
            pass

    files = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    files.daemon_threads = True
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*map(str, authority.issue("localhost")))
    files.socket = context.wrap_socket(files.socket, server_side=True)
    threading.Thread(target=files.serve_forever, daemon=True).start()
    try:
        clone = module_folder / "clone"
        done = run([git, "-c", f"http.proxy=http://127.0.0.1:{port}", "-c", f"http.sslCAInfo={minting.certificate}",
                    "clone", "--quiet", f"https://localhost:{files.server_address[1]}/repo.git", clone])
        assert done.returncode == 0, done.stderr
        assert "the message" in run([git, "-C", clone, "log"]).stdout
        assert server.access_lines("repo.git/info/refs")
    finally:
        files.shutdown()
        files.server_close()


def test_chromium(server, port, origin, minting, module_folder):
    """A real browser with the CA in its store shows the page; its own background requests lead nowhere here."""
    chromium, certutil = need("chromium"), need("certutil")
    server.expect_log("NVJ1006|NVJ1203|NVJ1215|NVJ1219", required=False)
    home = module_folder / "home"
    store = home / ".pki" / "nssdb"
    store.mkdir(parents=True)
    for command in ([certutil, "-N", "-d", f"sql:{store}", "--empty-password"],
                    [certutil, "-A", "-d", f"sql:{store}", "-t", "C,,", "-n", "navajo", "-i", minting.certificate]):
        done = run(command)
        assert done.returncode == 0, done.stderr
    command = [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
               "--disable-component-update", "--no-first-run", f"--proxy-server=http://127.0.0.1:{port}",
               "--proxy-bypass-list=<-loopback>", f"--user-data-dir={home / 'profile'}", "--dump-dom"]
    done = run([*command, f"https://localhost:{origin.port}/chromium"], {"HOME": str(home)}, 120)
    assert "/chromium" in done.stdout, done.stderr[-2000:]
    intercepted(server, origin, "/chromium")
