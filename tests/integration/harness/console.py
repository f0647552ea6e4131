"""A site with an admin Host of its own: AdminServlet with three tokens, and a client for its API."""
import hashlib
import json
import pathlib

from .client import Client
from .ports import free_port
from .site import Component, Connector, Context, Host, Site

TOKENS = {role: f"{role}-token-{'0123456789abcdef' * 2}" for role in ("viewer", "operator", "admin")}


def admin_site(folder, components, inside="", console=None, **params):
    """(site, admin port): the components in Host localhost, the AdminServlet in Host admin."""
    folder = pathlib.Path(folder)
    admin_port = free_port()
    web_inf = folder / "admin" / "WEB-INF"
    web_inf.mkdir(parents=True, exist_ok=True)
    lines = [f"{role} the-{role} {hashlib.sha256(token.encode()).hexdigest()}\n" for role, token in TOKENS.items()]
    (web_inf / "tokens.txt").write_text("".join(lines))
    params = {"TokenFile": "tokens.txt", "Hosts": "admin localhost 127.0.0.1", "Port": admin_port, **params}
    params["ConsoleDir"] = console or "off"
    admin = Component("servlet", "Admin", "AdminServlet", ("/*",), params)
    site = Site([Connector(free_port()), Connector(admin_port, name="admin")],
                [Host("localhost", [Context(str(folder / "www"), list(components))]),
                 Host("admin", [Context(str(folder / "admin"), [admin])], {"serverAlias": "127.0.0.1"})],
                inside=inside)
    return site, admin_port


class Api:
    """Calls of one role."""

    def __init__(self, port, role="admin", token=None):
        self.port, self.token = port, token if token is not None else TOKENS[role]

    def text(self, path):
        """An answer that is not JSON."""
        with Client(self.port) as client:
            answer = client.request("GET", "/api/v1" + path, {"Authorization": f"Bearer {self.token}"}, b"", "admin")
        assert answer.status == 200
        return answer.body.decode()

    def call(self, method, path, body=None, headers=None, host="admin"):
        """(status, the answer as an object)."""
        fields = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        data = b""
        if body is not None:
            fields["Content-Type"] = "application/json"
            data = json.dumps(body).encode()
        with Client(self.port) as client:
            answer = client.request(method, "/api/v1" + path, {**fields, **(headers or {})}, data, host)
        return answer.status, json.loads(answer.body)

    def get(self, path):
        status, data = self.call("GET", path)
        assert status == 200, data
        return data

    def post(self, path, body=None):
        return self.call("POST", path, body if body is not None else {})

    def delete(self, path):
        return self.call("DELETE", path, {})
