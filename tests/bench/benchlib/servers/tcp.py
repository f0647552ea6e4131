"""The servers as TCP proxies: bytes to one backend, one worker, no log."""
from ..server import Server, unprivileged
from .haproxy import HAProxy
from .navajo import Navajo
from .nginx import Nginx

NAVAJO_XML = """\
<Navajo>
  <Service name="bench">
    <Reactor threads="1" maxConnections="{connections}"/>
    <Server {user}ServerLimit="1" StartServers="1" ThreadsPerChild="16" MaxRequestWorkers="16" MinSpareThreads="1"
            MaxSpareThreads="16" ListenBacklog="4095" ErrorLog="{folder}/error.log"/>
    <Routing name="edge" backends="127.0.0.1:{backend}"/>
    <TcpConnector name="bench.test" port="{port}" listen="127.0.0.1:{port}" routing="edge"
                  maxConnections="{connections}" maxConnectionsPerClient="{connections}"/>
  </Service>
</Navajo>
"""
HAPROXY_CFG = """\
global
  nbthread 1
  maxconn {connections}
defaults
  mode tcp
  backlog 4096
  timeout connect 10s
  timeout client 600s
  timeout server 600s
frontend proxy
  bind 127.0.0.1:{port}
  default_backend backend
backend backend
  server backend 127.0.0.1:{backend}
"""
# The module is a package of its own in Debian.
NGINX_CONF = """\
{module}{user}daemon off;
worker_processes 1;
worker_rlimit_nofile {files};
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections {slots}; use epoll; }}
stream {{
  upstream backend {{ server 127.0.0.1:{backend}; }}
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    tcp_nodelay on;
    proxy_timeout 600s;
    proxy_pass backend;
  }}
}}
"""
NGINX_MODULE = "/usr/lib/nginx/modules/ngx_stream_module.so"


class TcpNavajo(Navajo):
    def configure(self, folder, port, setup):
        user = unprivileged()
        (folder / "navajo.xml").write_text(NAVAJO_XML.format(
            folder=folder, port=port, backend=setup.backend_port, connections=setup.connections + 512,
            user=f'User="{user[0]}" Group="{user[1]}" ' if user else ""))


class TcpHAProxy(HAProxy):
    def configure(self, folder, port, setup):
        (folder / "haproxy.cfg").write_text(HAPROXY_CFG.format(
            port=port, backend=setup.backend_port, connections=setup.connections + 512))


class TcpNginx(Nginx):
    def configure(self, folder, port, setup):
        user = unprivileged()
        slots = (2 * setup.connections + 512) * 16 // 15 + 1  # see nginx.py
        (folder / "nginx.conf").write_text(NGINX_CONF.format(
            folder=folder, port=port, backend=setup.backend_port, slots=slots, files=slots + 64,
            module=f"load_module {NGINX_MODULE};\n",
            user=f"user {user[0]} {user[1]};\n" if user else ""))


KINDS: dict[str, type[Server]] = {kind.name: kind for kind in (TcpNavajo, TcpNginx, TcpHAProxy)}
