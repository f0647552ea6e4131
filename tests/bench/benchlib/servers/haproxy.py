"""HAProxy: one thread, backend connections shared by all clients."""
import re

from .. import rule_set
from ..server import Server, output_of

# http-reuse always: the default would open a backend connection per client for its first request, which
# the others do not. No pool purge during a run, for the same reason.
CONFIG = """\
global
  nbthread 1
  maxconn {maxconn}
  log stdout format raw local0
  tune.bufsize 32768
  tune.pool-low-fd-ratio 100
  tune.pool-high-fd-ratio 100
defaults
  mode http
  backlog 4096
  {log}
  option forwardfor
  http-reuse always
  timeout connect 10s
  timeout client 600s
  timeout server 120s
  timeout tunnel 600s
  timeout http-request 60s
  timeout http-keep-alive 600s
frontend proxy
  bind 127.0.0.1:{port}{bind_tls}
{rules}  http-request set-header X-Forwarded-Host %[req.hdr(host)]
  http-request set-header X-Forwarded-Proto {scheme}
  default_backend backend
backend backend
  server backend 127.0.0.1:{backend} pool-purge-delay 600s{server_tls}
"""


class HAProxy(Server):
    name = "haproxy"
    programs = ("haproxy",)
    install_hint = "install haproxy"

    def configure(self, folder, port, setup):
        (folder / "haproxy.cfg").write_text(CONFIG.format(
            rules="".join(f"  {line}\n" for line in self.rules(folder, setup)), port=port,
            backend=setup.backend_port, scheme="https" if setup.identity else "http",
            bind_tls=f" ssl crt {setup.identity} ssl-min-ver TLSv1.3" if setup.identity else "",
            server_tls=f" ssl verify required ca-file {setup.backend_ca} sni str(bench.test) verifyhost bench.test "
                       "ssl-min-ver TLSv1.3" if setup.backend_ca else "",
             maxconn=setup.connections + 512,
            log="log global\n  option httplog" if setup.access_log else "no log"))

    def rules(self, folder, setup):
        return rule_set.as_haproxy(rule_set.mixed(setup.rules)) if setup.rules else ()

    def command(self, folder, port, setup):
        return [self.program(), "-db", "-f", str(folder / "haproxy.cfg")]

    def version(self):
        return re.search(r"version (\S+)", output_of([self.program(), "-v"]))[1]


class HAProxyLists(HAProxy):
    """With the patterns of the rules in lists: what HAProxy is best at."""
    name = "haproxy_lists"

    def rules(self, folder, setup):
        return rule_set.as_haproxy_lists(rule_set.mixed(setup.rules), folder) if setup.rules else ()
