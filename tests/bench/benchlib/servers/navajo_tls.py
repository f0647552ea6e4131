"""Navajo with TLS on both sides: as a forward proxy that intercepts, and as a reverse proxy before the same origin."""
import json

from ..child import Failed
from ..server import output_of, unprivileged
from .navajo import Navajo

NAVAJO_XML = """\
<Navajo>
  <Service name="bench">
    <Reactor threads="1" maxConnections="{connections}"/>
    <Server {user}ServerLimit="1" StartServers="1" ThreadsPerChild="{threads}" MaxRequestWorkers="{threads}"
            MinSpareThreads="1" MaxSpareThreads="{threads}" ListenBacklog="4095" KeepAliveTimeout="600"
            MaxKeepAliveRequests="0" Timeout="120" ErrorLog="{folder}/error.log"
            CustomLog="{folder}/access.log navajo env=logged"/>
{entrance}
    <Engine defaultHost="bench.test">
      <Host name="bench.test"><Context docBase="{folder}/www"/></Host>
    </Engine>
  </Service>
</Navajo>
"""
# certRate: one client stands for all that would come.
FORWARD = """\
    <ForwardProxy name="bench.test" port="{port}" listen="127.0.0.1:{port}" host="bench.test" clients="127.0.0.0/8"
                  ports="1-65535" allowedAddresses="127.0.0.0/8" defaultAction="intercept" certCacheSize="{cache}"
                  certRate="2500" caCertificate="{certificates.minting_ca}" caKey="{certificates.minting_key}"/>"""
REVERSE = """\
    <Connector name="bench.test" port="{port}" listen="127.0.0.1:{port}">
      <SSL SSLCertificateFile="{certificates.origin}" SSLCertificateKeyFile="{certificates.origin_key}"/>
    </Connector>"""
WEB_XML = """\
<web-app>
  <servlet>
    <servlet-name>origin</servlet-name>
    <servlet-class>{servlet}</servlet-class>
{init_params}
  </servlet>
  <servlet-mapping><servlet-name>origin</servlet-name><url-pattern>/*</url-pattern></servlet-mapping>
</web-app>
"""
BOTH = {"RequestTimeout": "120s", "Via": "off", "SSLCACertificateFile": "{certificates.origin_ca}"}
OF_FORWARD = {**BOTH, "KeepAlive.MaxIdle": "1024", "KeepAlive.IdleTimeout": "{idle_s}s"}
OF_REVERSE = {**BOTH, "InetAddress": "127.0.0.1:{backend}", "SSLServerName": "h0.bench.test",
              "HostName": "ENV:HTTP_Host;", "KeepAlive.MaxIdle": "1024", "KeepAlive.IdleTimeout": "600s"}


class NavajoForward(Navajo):
    entrance, servlet, params = FORWARD, "ForwardProxyServlet", OF_FORWARD

    def configure(self, folder, port, setup):
        user = unprivileged()
        # Rows of the cache fill unevenly: some room, so that none has to give way.
        facts = {"folder": folder, "port": port, "certificates": setup.certificates, "backend": setup.backend_port,
                 "cache": setup.hosts * 5 // 4, "idle_s": setup.idle_s}
        init_params = "\n".join(f"    <init-param><param-name>{name}</param-name><param-value>{value.format(**facts)}"
                                "</param-value></init-param>" for name, value in self.params.items())
        (folder / "www" / "WEB-INF").mkdir(parents=True)
        (folder / "www" / "WEB-INF" / "web.xml").write_text(
            WEB_XML.format(servlet=self.servlet, init_params=init_params))
        (folder / "navajo.xml").write_text(NAVAJO_XML.format(
            folder=folder, connections=setup.connections + 512, threads=self.threads,
            user=f'User="{user[0]}" Group="{user[1]}" ' if user else "", entrance=self.entrance.format(**facts)))

    def counter(self, name):
        """One of the numbers in its status."""
        said = output_of([self.program(), "status", "--json", "--run-dir", str(self.folder / "run")])
        try:
            return json.loads(said)["total"]["counters"][name]
        except (ValueError, KeyError) as failure:
            raise Failed(f"navajo status does not say {name}: {said[-300:]}") from failure


class NavajoReverse(NavajoForward):
    name = "navajo_reverse"
    entrance, servlet, params = REVERSE, "HttpsConnectorServlet", OF_REVERSE
