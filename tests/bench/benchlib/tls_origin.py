"""The server behind the proxies of suites with TLS: nginx, one process, 1 KB for every name below bench.test."""
import re
import urllib.request

from .child import Failed
from .server import Server, unprivileged

# The second server, on another port without TLS, tells how many connections there were.
CONFIG = """\
{user}daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
worker_rlimit_nofile 16384;
events {{
  worker_connections 8192;
}}
http {{
  access_log off;
  server_tokens off;
  tcp_nodelay on;
  keepalive_timeout 600s;
  keepalive_requests 1000000000;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} ssl backlog=4096;
    ssl_certificate {certificates.origin};
    ssl_certificate_key {certificates.origin_key};
    ssl_protocols TLSv1.2 TLSv1.3;
    location / {{
      default_type application/octet-stream;
      return 200 "{body}";
    }}
  }}
  server {{
    listen 127.0.0.1:{status_port};
    location / {{ stub_status; }}
  }}
}}
"""
BODY_BYTES = 1024


class TlsOrigin(Server):
    name = "direct"
    programs = ("nginx",)
    install_hint = "install nginx-light (Debian) or nginx"
    status_port = 0

    def configure(self, folder, port, setup):
        user = unprivileged()
        self.status_port = setup.backend_port
        (folder / "nginx.conf").write_text(CONFIG.format(
            folder=folder, port=port, status_port=self.status_port, certificates=setup.certificates,
            body="x" * BODY_BYTES, user=f"user {user[0]} {user[1]};\n" if user else ""))

    def command(self, folder, port, setup):
        return [self.program(), "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")]

    def version(self):
        return "the origin itself, nginx"

    @property
    def pid(self):
        return self.child.pid

    def connections_seen(self):
        """Those that asked for this number are among them, as with Backend."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.status_port}/", timeout=10) as answer:
            found = re.search(r"accepts handled requests\n\s*(\d+)", answer.read().decode())
        if not found:
            raise Failed("the origin does not tell how many connections it had")
        return int(found[1])
