"""Certificates made at test time by the openssl command, TLS contexts, and a client that holds its bytes back."""
import pathlib
import socket
import ssl
import subprocess

from .paths import tool
from .response import ResponseReader


class Authority:
    """A certificate authority in a folder of its own."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=Test CA",
                      "-keyout", "ca.key", "-out", "ca.pem")
        self.certificate = self.folder / "ca.pem"
        # The parent of httpd may run as root and its children not: keys of this test are nobody's secret.
        self.folder.chmod(0o755)

    def issue(self, name, alternative=None, days=2, self_signed=False):
        """PEM files (certificate, key) for a host or a person. alternative: other names than that, "IP:127.0.0.1"."""
        (self.folder / f"{name}.ext").write_text(f"subjectAltName={alternative or 'DNS:' + name}\n")
        self._openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-keyout", f"{name}.key",
                      "-out", f"{name}.csr")
        signed = ["-signkey", f"{name}.key"] if self_signed else ["-CA", "ca.pem", "-CAkey", "ca.key",
                                                                  "-CAcreateserial"]
        self._openssl("x509", "-req", "-in", f"{name}.csr", *signed, "-days", str(days), "-extfile", f"{name}.ext",
                      "-out", f"{name}.pem")
        return self.folder / f"{name}.pem", self.folder / f"{name}.key"

    @staticmethod
    def server_context(identity, version=None, client_ca=None):
        """Of a server that shows the certificate of issue(); client_ca: and demands one of its clients."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*map(str, identity))
        if version:
            context.minimum_version = context.maximum_version = version
        if client_ca:
            context.load_verify_locations(str(client_ca))
            context.verify_mode = ssl.CERT_REQUIRED
        return context

    def client_context(self, version=None, identity=None, post_handshake=False):
        context = ssl.create_default_context(cafile=str(self.certificate))
        if version:
            context.minimum_version = context.maximum_version = version
        if identity:
            context.load_cert_chain(*map(str, identity))
        # Set before wrapping: the ClientHello announces it.
        context.post_handshake_auth = post_handshake
        return context

    def _openssl(self, *arguments):
        subprocess.run([tool("openssl", "openssl"), *arguments], cwd=self.folder, check=True, capture_output=True)


class HeldBackClient:
    """TLS over memory buffers: the test decides which bytes travel together."""

    def __init__(self, port, context, server_name="localhost", timeout=10):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=server_name)
        self._reader = ResponseReader(self.receive)

    def handshake_holding_the_end(self):
        """Handshakes; what this side would send last (the Finished) is still in pending()."""
        while True:
            try:
                self.tls.do_handshake()
                return
            except ssl.SSLWantReadError:
                self.flush()
                self._feed()

    def handshake(self):
        self.handshake_holding_the_end()
        self.flush()

    def write(self, data):
        """Encrypts; nothing is sent before flush()."""
        self.tls.write(data)

    def pending(self):
        """Takes the encrypted bytes that wait to be sent."""
        return self._outgoing.read()

    def flush(self, extra=b""):
        data = self.pending() + extra
        if data:
            self.socket.sendall(data)

    def receive(self):
        while True:
            try:
                return self.tls.read(65536)
            except ssl.SSLWantReadError:
                self.flush()
                if not self._feed():
                    return b""
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                return b""

    def read(self, method="GET"):
        return self._reader.read(method)

    def close(self):
        self.socket.close()

    def _feed(self):
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            data = b""
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()
        return bool(data)
