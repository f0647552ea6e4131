"""mitmproxy without a screen (mitmdump): it keeps nothing of what it has seen."""
import re

from ..server import Server, output_of

# lazy and upstream_cert=false: it need not look at the origin's certificate before it makes one, as the others do not.
OPTIONS = {
    "connection_strategy": "lazy",
    "upstream_cert": "false",
    "http2": "false",
    "flow_detail": "0",
    "block_global": "false",
    "anticache": "false",
}


class Mitmproxy(Server):
    name = "mitmproxy"
    programs = ("mitmdump",)
    install_hint = "install mitmproxy"

    def configure(self, folder, port, setup):
        home = folder / "home"
        home.mkdir()
        files = setup.certificates
        (home / "mitmproxy-ca.pem").write_text(files.minting_key.read_text() + files.minting_ca.read_text())
        (home / "mitmproxy-ca.pem").chmod(0o600)

    def command(self, folder, port, setup):
        words = [self.program(), "--quiet", "--mode", "regular", "--listen-host", "127.0.0.1",
                 "--listen-port", str(port), "--set", f"confdir={folder / 'home'}",
                 "--set", f"ssl_verify_upstream_trusted_ca={setup.certificates.origin_ca}"]
        for name, value in OPTIONS.items():
            words += ["--set", f"{name}={value}"]
        return words

    def version(self):
        return re.search(r"Mitmproxy: (\S+)", output_of([self.program(), "--version"]))[1]
