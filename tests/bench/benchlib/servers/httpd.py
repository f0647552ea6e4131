"""httpd as it comes: event MPM and mod_proxy_http, one child, only the modules that this needs."""
import re
from pathlib import Path

from ..server import Server, output_of, unprivileged
from ..child import Failed

MODULE_FOLDERS = ("/usr/lib/apache2/modules", "/usr/lib64/httpd/modules", "/usr/lib/httpd/modules",
                  "/usr/local/apache2/modules")
MODULES = ("mpm_event", "unixd", "authz_core", "proxy", "proxy_http", "log_config")
WEBSOCKETS = ("proxy_wstunnel",)

# Threads: a request that waits for its backend holds one, and when all are busy this MPM closes keep-alive
# connections to get free ones: with fewer threads than the load has connections, clients see errors.
# ProxyIOBufferSize: as nginx and HAProxy have here; the default of 8 KB costs it half as much again with 1 MB.
# AsyncRequestWorkerFactor: lets one child hold thousands of idle connections beside its threads.
CONFIG = """\
ServerRoot {folder}
ServerName bench.test
PidFile {folder}/httpd.pid
DefaultRuntimeDir {folder}
ErrorLog {folder}/error.log
LogLevel warn
{modules}
{user}Listen 127.0.0.1:{port}
ListenBacklog 4095
ServerLimit 1
StartServers 1
ThreadLimit {threads}
ThreadsPerChild {threads}
MaxRequestWorkers {threads}
MinSpareThreads 1
MaxSpareThreads {threads}
MaxConnectionsPerChild 0
AsyncRequestWorkerFactor 128
KeepAlive On
KeepAliveTimeout 600
MaxKeepAliveRequests 0
Timeout 120
ProxyIOBufferSize 32768
ProxyPreserveHost On
{access_log}
ProxyPass / {scheme}://127.0.0.1:{backend}/ {reuse}
"""


class Httpd(Server):
    name = "mod_proxy"
    programs = ("apache2", "httpd")
    install_hint = "install apache2-bin (Debian) or httpd"
    threads = 1024

    def configure(self, folder, port, setup):
        user = unprivileged()
        modules = self._module_folder()
        names = (*MODULES, *(WEBSOCKETS if setup.websockets else ()))
        loaded = "\n".join(f"LoadModule {name}_module {modules}/mod_{name}.so" for name in names
                           if (modules / f"mod_{name}.so").exists())
        log = f'CustomLog {folder}/access.log "%h %l %u %t \\"%r\\" %>s %b \\"%{{Referer}}i\\" \\"%{{User-Agent}}i\\""'
        (folder / "httpd.conf").write_text(CONFIG.format(
            folder=folder, port=port, backend=setup.backend_port, modules=loaded, threads=self.threads,
            scheme="ws" if setup.websockets else "http",
            reuse="" if setup.websockets else "keepalive=On enablereuse=On ttl=600",
            user=f"User {user[0]}\nGroup {user[1]}\n" if user else "", access_log=log if setup.access_log else ""))

    @staticmethod
    def _module_folder():
        for folder in map(Path, MODULE_FOLDERS):
            if (folder / "mod_proxy_http.so").exists():
                return folder
        raise Failed("mod_proxy: httpd's module folder not found in " + ", ".join(MODULE_FOLDERS))

    def command(self, folder, port, setup):
        return [self.program(), "-D", "FOREGROUND", "-f", str(folder / "httpd.conf")]

    def version(self):
        return re.search(r"Apache/(\S+)", output_of([self.program(), "-v"]))[1]
