"""Navajo from its installed tree, started as its users start it: `navajo run --config navajo.xml`."""
import dataclasses
import html
import http.cookiejar
import re
import urllib.parse
import urllib.request

from .. import rule_set
from ..child import Failed
from ..server import Server, output_of, unprivileged

# threads="1": one reactor, as the others have one worker. Fewer MPM threads than usual: they only accept here.
# CustomLog with a condition that never holds: without the attribute there would be an access log.
NAVAJO_XML = """\
<Navajo>
  <Service name="bench">
    <Reactor threads="1" maxConnections="{connections}"{hibernate}/>{rules}
    <Server {user}LimitRequestBody="0" ServerLimit="{children}" StartServers="{children}" ThreadsPerChild="{threads}"
            MaxRequestWorkers="{workers}" MinSpareThreads="1" MaxSpareThreads="{workers}"
            ListenBacklog="4095" KeepAliveTimeout="600" MaxKeepAliveRequests="0" Timeout="120"
            ErrorLog="{folder}/error.log" CustomLog="{folder}/access.log navajo{log_condition}"/>
    <Connector name="bench.test" port="{port}" listen="127.0.0.1:{port}">{ssl}</Connector>
    <Engine defaultHost="bench.test">
      <Host name="bench.test"><Context docBase="{folder}/www"/></Host>
    </Engine>
  </Service>
</Navajo>
"""
WEB_XML = """\
<web-app>
{chain}  <servlet>
    <servlet-name>backend</servlet-name>
    <servlet-class>{connector}</servlet-class>
{init_params}
  </servlet>
  <servlet-mapping><servlet-name>backend</servlet-name><url-pattern>/*</url-pattern></servlet-mapping>
</web-app>
"""
# What stands before an application in practice; for the requests of the benchmark each filter runs and lets pass. The
# rules of RewriteFilter and ErrorFilter are asked and do not fit, FilterMappingFilter chooses the second delegation.
CHAIN = """\
  <filter><filter-name>errors</filter-name><filter-class>ErrorFilter</filter-class>
    <init-param><param-name>StatusCode</param-name><param-value>
      Condition:HEADER:Accept:text/html
      500-599:redirect:/maintenance
    </param-value></init-param></filter>
  <filter><filter-name>security</filter-name><filter-class>HeaderDelegationFilter</filter-class>
    <init-param><param-name>DelegateToFrontend</param-name><param-value>
      Strict-Transport-Security:CONST:max-age=31536000
      X-Content-Type-Options:CONST:nosniff
      X-Powered-By:
    </param-value></init-param></filter>
  <filter><filter-name>rewrite</filter-name><filter-class>RewriteFilter</filter-class>
    <init-param><param-name>RequestURI</param-name><param-value>
      Condition:REMOTE_ADDR:CIDR/192.0.2.0/24/
      ^/:/forbidden.html:F=403
      ^/old/(.*)$:/new/$1:R=301
    </param-value></init-param></filter>
  <filter><filter-name>charset</filter-name><filter-class>CharsetFilter</filter-class>
    <init-param><param-name>ConvertFrom</param-name><param-value>ISO-8859-1</param-value></init-param>
    <init-param><param-name>ConvertTo</param-name><param-value>UTF-8</param-value></init-param></filter>
  <filter><filter-name>choice</filter-name><filter-class>FilterMappingFilter</filter-class>
    <init-param><param-name>FilterRules</param-name><param-value>
      Condition:HEADER:X-Debug:^on$
      security
      identity
    </param-value></init-param></filter>
  <filter><filter-name>identity</filter-name><filter-class>HeaderDelegationFilter</filter-class>
    <init-param><param-name>DelegateToBackend</param-name><param-value>
      X-Client-Address:ENV:REMOTE_ADDR
      X-Transfer-Id:ENV:REQUEST_ID
      X-Debug:
    </param-value></init-param></filter>
""" + "".join(f"  <filter-mapping><filter-name>{name}</filter-name><url-pattern>/*</url-pattern></filter-mapping>\n"
              for name in ("errors", "security", "rewrite", "charset", "choice"))
# Every request has its session looked up and touched, and its user told to the backend.
LOGIN = """\
  <filter><filter-name>session</filter-name><filter-class>SessionManagementFilter</filter-class>
    <init-param><param-name>Servlet</param-name><param-value>sessions</param-value></init-param>
    <init-param><param-name>Cookie.Name</param-name><param-value>SID</param-value></init-param>
    <init-param><param-name>Cookie.Secure</param-name><param-value>auto</param-value></init-param>
    <init-param><param-name>UpdateTimeStampMinInterval</param-name><param-value>0</param-value></init-param></filter>
  <filter><filter-name>login</filter-name><filter-class>IdentityCreationFilter</filter-class>
    <init-param><param-name>AuthenticationServlet</param-name><param-value>users</param-value></init-param>
    <init-param><param-name>LoginRendererServlet</param-name><param-value>pages</param-value></init-param></filter>
  <filter><filter-name>identity</filter-name><filter-class>HeaderDelegationFilter</filter-class>
    <init-param><param-name>DelegateToBackend</param-name><param-value>
      X-User:AUTH:user.auth.UserId
      X-Roles:AUTH:user.auth.SecurityRoles
    </param-value></init-param></filter>
""" + "".join(f"  <filter-mapping><filter-name>{name}</filter-name><url-pattern>/*</url-pattern></filter-mapping>\n"
              for name in ("session", "login", "identity")) + """\
  <servlet><servlet-name>sessions</servlet-name><servlet-class>LocalSessionStoreServlet</servlet-class>
    <init-param><param-name>MemorySize</param-name><param-value>64M</param-value></init-param>
    <init-param><param-name>MaxLifetime</param-name><param-value>86400</param-value></init-param>
    <init-param><param-name>MaxInactiveInterval</param-name><param-value>3600</param-value></init-param></servlet>
  <servlet><servlet-name>users</servlet-name><servlet-class>FileAuthenticationServlet</servlet-class>
    <init-param><param-name>UsersFile</param-name><param-value>users.txt</param-value></init-param></servlet>
  <servlet><servlet-name>pages</servlet-name><servlet-class>LoginRendererServlet</servlet-class></servlet>
"""
# In front of every application.
RULES = """
    <Rules name="bench" file="rules.xml"/>"""
EVENT_LOG = """
    <EventLog file="{folder}/events.json"/>"""
# Password "bench".
USERS = "bench:$2b$10$vWh.PiSN4sRUsBPwTQpGE.kCgHKzTGU5hwscpnCi4d8yRJ0ncK7..:user,clerk\n"
# The client's Host field and pooled connections as the others have them here; none of them adds Via.
INIT_PARAMS = {
    "InetAddress": "127.0.0.1:{backend}",
    "HostName": "ENV:HTTP_Host;",
    "RequestTimeout": "120s",
    "KeepAlive.MaxIdle": "1024",
    "KeepAlive.IdleTimeout": "600s",
    "MaxConnections": "20000",
    "Via": "off",
}


class Navajo(Server):
    name = "navajo"
    threads = 16  # of the MPM: they accept, the reactor serves

    def program(self):
        program = self.tools.prefix / "bin" / "navajo"
        if not program.exists():
            raise Failed(f"navajo: {program} not found; run `make install` first, or measure the others with "
                         "SERVERS=\"nginx haproxy mod_proxy floor\"")
        return str(program)

    def configure(self, folder, port, setup):
        user = unprivileged()
        hibernate = f' hibernateAfter="{setup.hibernate_after_s}s"' if setup.hibernate_after_s else ""
        ssl = (f'<SSL SSLCertificateFile="{setup.identity}" SSLCertificateKeyFile="{setup.identity}" '
               'SSLProtocol="-all +TLSv1.3"/>') if setup.identity else ""
        tls_params = {"SSLCACertificateFile": setup.backend_ca, "SSLServerName": "bench.test",
                      "SSLProtocol": "TLSv1.3"} if setup.backend_ca else {}
        upgrades = {"Upgrade": "websocket", "Upgrade.MaxTunnels": setup.connections,
                    "Upgrade.MaxTunnelsPerClient": setup.connections} if setup.websockets else {}
        params = {**INIT_PARAMS, **tls_params, **upgrades}
        (folder / "www" / "WEB-INF").mkdir(parents=True)
        (folder / "www" / "WEB-INF" / "web.xml").write_text(WEB_XML.format(
            chain=CHAIN if setup.chain else LOGIN if setup.login else "", init_params="\n".join(
            f"    <init-param><param-name>{name}</param-name><param-value>{value}</param-value></init-param>"
            for name, value in params.items()).format(backend=setup.backend_port),
            connector="HttpsConnectorServlet" if setup.backend_ca else "HttpConnectorServlet"))
        (folder / "www" / "WEB-INF" / "users.txt").write_text(USERS)
        if setup.rules:
            (folder / "rules.xml").write_text(rule_set.as_navajo(rule_set.mixed(setup.rules), logged=setup.event_log))
        (folder / "navajo.xml").write_text(NAVAJO_XML.format(
            rules=(RULES if setup.rules else "") + (EVENT_LOG.format(folder=folder) if setup.event_log else ""),
            folder=folder, port=port, ssl=ssl, connections=setup.connections + 512, hibernate=hibernate,
            children=setup.children, threads=self.threads, workers=self.threads * setup.children,
            user=f'User="{user[0]}" Group="{user[1]}" ' if user else "",
            log_condition="" if setup.access_log else " env=logged"))

    def command(self, folder, port, setup):
        return [self.program(), "run", "--foreground", "--config", str(folder / "navajo.xml"),
                "--run-dir", str(folder / "run")]

    def version(self):
        said = output_of([self.program(), "version"])
        found = re.search(r"\d+\.\d+\S*", said)
        return found[0] if found else said

    def log_in(self):
        """The Cookie field of a user who has logged in."""
        visitor = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        visitor.addheaders = [("Accept", "text/html"), ("Host", "bench.test")]
        base = f"http://127.0.0.1:{self.port}"
        page = visitor.open(f"{base}/1k", timeout=10).read().decode()
        action = html.unescape(re.search(r'<form[^>]*\saction="([^"]+)"', page)[1])
        answers = urllib.parse.urlencode({"userid": "bench", "password": "bench"}).encode()
        visitor.open(urllib.request.Request(base + action, answers), timeout=10).read()
        jar = next(handler.cookiejar for handler in visitor.handlers if hasattr(handler, "cookiejar"))
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)

    def hibernated(self):
        """How many connections it says are hibernated."""
        said = output_of([self.program(), "status", "--json", "--run-dir", str(self.folder / "run")])
        found = re.search(r'"connections_hibernated"\s*:\s*(\d+)', said)
        if not found:
            raise Failed("navajo status says nothing about hibernated connections: " + said[-300:])
        return int(found[1])


class NavajoPlain(Navajo):
    """The same server without chain, login and rules, beside itself: what these cost."""
    name = "navajo_plain"

    def configure(self, folder, port, setup):
        super().configure(folder, port, dataclasses.replace(
            setup, chain=False, login=False, rules=0, event_log=False))
