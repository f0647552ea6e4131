"""squid with ssl-bump: certificates made for the name in the ClientHello; nothing else is cached. One worker."""
import re
import shutil
import subprocess
from pathlib import Path

from ..child import Failed
from ..server import Server, output_of, unprivileged

CERTIFICATE_MAKERS = ("/usr/lib/squid/security_file_certgen", "/usr/lib64/squid/security_file_certgen",
                      "/usr/libexec/squid/security_file_certgen")

# peek, then bump: the name is taken from the ClientHello, as the others do; with bump at once there would be no name in
# the certificate but the address in CONNECT. Both of its stores of certificates are large enough for all hosts.
# pipeline_prefetch and the rest are its defaults. Its users' rules allow everything: there is nothing to look up.
CONFIG = """\
{user}visible_hostname bench.test
http_port 127.0.0.1:{port} ssl-bump tls-cert={certificates.minting_ca} tls-key={certificates.minting_key} \
generate-host-certificates=on dynamic_cert_mem_cache_size={memory} tls-dh=prime256v1
sslcrtd_program {maker} -s {folder}/certificates -M {memory}
sslcrtd_children 4 startup=1 idle=1
tls_outgoing_options cafile={certificates.origin_ca}
acl first_step at_step SslBump1
ssl_bump peek first_step
ssl_bump bump all
http_access allow all
cache deny all
cache_mem 0
memory_cache_mode disk
memory_cache_shared off
access_log none
cache_log {folder}/cache.log
cache_store_log none
pid_filename {folder}/squid.pid
coredump_dir {folder}
hosts_file none
netdb_filename none
pinger_enable off
workers 1
max_filedescriptors 16384
client_lifetime 1 day
client_persistent_connections on
server_persistent_connections on
pconn_timeout {idle_s} seconds
client_idle_pconn_timeout 600 seconds
via off
forwarded_for delete
shutdown_lifetime 0 seconds
"""


class Squid(Server):
    name = "squid"
    programs = ("squid",)
    install_hint = "install squid-openssl (Debian) or squid"

    def program(self):
        found = super().program()
        if "--enable-ssl-crtd" not in output_of([found, "-v"]):
            raise Failed(f"squid: {found} was built without TLS interception; {self.install_hint}")
        return found

    def configure(self, folder, port, setup):
        user = unprivileged()
        maker = next((path for path in CERTIFICATE_MAKERS if Path(path).exists()), None)
        if not maker:
            raise Failed("squid: security_file_certgen not found in " + ", ".join(CERTIFICATE_MAKERS))
        memory = f"{max(16, setup.hosts // 50)}MB"
        made = subprocess.run([maker, "-c", "-s", str(folder / "certificates"), "-M", memory], capture_output=True,
                              text=True, timeout=30, check=False)
        if made.returncode != 0:
            raise Failed("squid: no folder for certificates: " + made.stderr.strip())
        if user:
            for path in (folder, *(folder / "certificates").rglob("*"), folder / "certificates"):
                shutil.chown(path, *user)
        (folder / "squid.conf").write_text(CONFIG.format(
            folder=folder, port=port, certificates=setup.certificates, memory=memory, maker=maker,
            idle_s=setup.idle_s,
            user=f"cache_effective_user {user[0]}\ncache_effective_group {user[1]}\n" if user else ""))

    def command(self, folder, port, setup):
        return [self.program(), "-N", "-n", f"bench{port}", "-f", str(folder / "squid.conf")]

    def version(self):
        return re.search(r"Version (\S+)", output_of([self.program(), "-v"]))[1]
