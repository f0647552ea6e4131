"""nginx: one worker, pooled backend connections, no spooling to disk."""
import re

from .. import rule_set
from ..server import Server, output_of, unprivileged

# proxy_max_temp_file_size 0 and client_body_buffer_size: nobody else here writes bodies to disk.
# keepalive_requests: the default of 1000 would close connections in the middle of a run.
CONFIG = """\
{user}daemon off;
worker_processes {children};
worker_rlimit_nofile {files};
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{
  worker_connections {slots};
  use epoll;
}}
http {{
  access_log {access_log};
  server_tokens off;
  tcp_nodelay on;
  keepalive_timeout 600s;
  keepalive_requests 1000000000;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  client_body_buffer_size 64k;
  client_max_body_size 0;
{http_rules}  upstream backend {{
    server 127.0.0.1:{backend};
    keepalive 1024;
    keepalive_requests 1000000000;
    keepalive_timeout 600s;
  }}
  server {{
    listen 127.0.0.1:{port}{ssl} backlog=4096;
{front_tls}{server_rules}    location / {{
      proxy_pass {scheme}://backend;
{backend_tls}      proxy_http_version 1.1;
{connection}      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Host $http_host;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_buffers 8 32k;
      proxy_busy_buffers_size 64k;
      proxy_max_temp_file_size 0;
      proxy_read_timeout 120s;
    }}
  }}
}}
"""
FRONT_TLS = """\
    ssl_certificate {identity};
    ssl_certificate_key {identity};
    ssl_protocols TLSv1.3;
"""
CONNECTION = '      proxy_set_header Connection "";\n'
UPGRADE = """\
      proxy_set_header Connection upgrade;
      proxy_set_header Upgrade $http_upgrade;
"""
BACKEND_TLS = """\
      proxy_ssl_verify on;
      proxy_ssl_trusted_certificate {ca};
      proxy_ssl_name bench.test;
      proxy_ssl_server_name on;
      proxy_ssl_protocols TLSv1.3;
"""


class Nginx(Server):
    name = "nginx"
    programs = ("nginx",)
    install_hint = "install nginx-light (Debian) or nginx"

    def configure(self, folder, port, setup):
        user = unprivileged()
        http, server = rule_set.as_nginx(rule_set.mixed(setup.rules)) if setup.rules else ((), ())
        # With less than a sixteenth of its places free, nginx ends connections that wait for their first request.
        slots = (2 * setup.connections + 512) * 16 // 15 + 1
        (folder / "nginx.conf").write_text(CONFIG.format(
            http_rules="".join(f"  {line}\n" for line in http),
            server_rules="".join(f"    {line}\n" for line in server), folder=folder, port=port,
            backend=setup.backend_port, slots=slots, files=slots + 64,
            ssl=" ssl" if setup.identity else "", scheme="https" if setup.backend_ca else "http",
            front_tls=FRONT_TLS.format(identity=setup.identity) if setup.identity else "",
            backend_tls=BACKEND_TLS.format(ca=setup.backend_ca) if setup.backend_ca else "",
            connection=UPGRADE if setup.websockets else CONNECTION, children=setup.children,
            user=f"user {user[0]} {user[1]};\n" if user else "",
            access_log=f"{folder}/access.log combined" if setup.access_log else "off"))

    def command(self, folder, port, setup):
        return [self.program(), "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")]

    def version(self):
        return re.search(r"nginx/(\S+)", output_of([self.program(), "-v"]))[1]
