"""What tests of the forward proxy share: its element and Host, the CA it mints with, and a destination of bytes."""
import socket
import ssl

from .navajo import run_navajo
from .site import Component, Context, Host


def forward_proxy(port, name="proxy.test", inside="", **attributes):
    attributes = {"name": name, "port": port, "listen": f"127.0.0.1:{port}", "host": "forward.test",
                  "clients": "127.0.0.0/8", "ports": "1-65535", "allowedAddresses": "127.0.0.0/8 ::1", **attributes}
    text = " ".join(f'{key}="{value}"' for key, value in attributes.items() if value is not None)
    return f"    <ForwardProxy {text}>{inside}</ForwardProxy>\n"


def forward_host(folder, *components, **params):
    servlet = Component("servlet", "Forward", "ForwardProxyServlet", ("/*",), params)
    return Host("forward.test", [Context(str(folder / "forward"), [*components, servlet])])


def listener():
    made = socket.create_server(("127.0.0.1", 0))
    made.settimeout(10)
    return made


class MintingAuthority:
    """A CA made by the product's own command."""

    def __init__(self, folder):
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)
        self.certificate, self.key = folder / "ca.pem", folder / "ca.key"
        made = run_navajo("ca", "init", "--dir", folder)
        assert made.returncode == 0, made.stdout + made.stderr

    def context(self, version=None):
        context = ssl.create_default_context(cafile=str(self.certificate))
        if version:
            context.minimum_version = context.maximum_version = version
        return context
