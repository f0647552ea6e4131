"""A client that is configured to use a proxy: CONNECT, absolute targets, TLS inside."""
import base64

from .client import Client
from .response import ResponseReader


class ProxyClient(Client):
    """One connection to the proxy."""

    def connect_to(self, authority, headers=None):
        """The proxy's answer to CONNECT; after a 200 the connection is the destination's."""
        lines = [f"CONNECT {authority} HTTP/1.1", f"Host: {authority}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        self.send("\r\n".join(lines) + "\r\n\r\n")
        return self.read("CONNECT")

    def start_tls(self, context, server_name):
        self.socket = context.wrap_socket(self.socket, server_hostname=server_name)
        self._reader = ResponseReader(self._receive)
        return self

    def certificate(self):
        return self.socket.getpeercert()


def connect(port, authority, context=None, server_name=None, headers=None, timeout=15):
    """Through CONNECT to `authority`, with TLS if there is a context; asserts that it was granted."""
    client = ProxyClient(port, timeout=timeout)
    try:
        answer = client.connect_to(authority, headers)
        assert answer.status == 200, f"{authority}: {answer.status} {answer.body!r}"
        if context:
            client.start_tls(context, server_name or authority.rsplit(":", 1)[0])
        return client
    except Exception:
        client.close()
        raise


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def names_of(certificate):
    return {value for _, value in certificate.get("subjectAltName", ())}


