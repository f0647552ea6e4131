"""Every piece of navajo.xml and web.xml in the documents is one: `navajo check` takes it."""
import pathlib
import re
import shutil

import pytest

from harness.navajo import run_navajo

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENTS = ["README.md", "docs/getting-started.md", "docs/migration-nevisproxy.md", "docs/reference/routing.md",
             "docs/migration-nginx-haproxy-httpd.md"]
BLOCK = re.compile(r"^```xml\n(.*?)^```", re.MULTILINE | re.DOTALL)
OF_WEB_XML = ("web-app", "servlet", "filter", "servlet-mapping", "filter-mapping", "error-page")
CONNECTOR = '<Connector name="localhost" port="8080" listen="127.0.0.1:18080"/>'
FORWARDS = """<web-app>
<servlet><servlet-name>Out</servlet-name><servlet-class>ForwardProxyServlet</servlet-class></servlet>
<servlet-mapping><servlet-name>Out</servlet-name><url-pattern>/*</url-pattern></servlet-mapping>
</web-app>"""


def blocks():
    return [pytest.param(document, found.group(1), id=f"{document}:{text[:found.start()].count(chr(10)) + 1}")
            for document in DOCUMENTS for text in [(ROOT / document).read_text()] for found in BLOCK.finditer(text)]


def engine(names):
    hosts = "".join(f'<Host name="{name}"><Context docBase="site"/></Host>' for name in sorted(names))
    return f'<Engine defaultHost="{sorted(names)[0]}">{hosts}</Engine>'


def documents_of(block):
    """(navajo.xml, web.xml) with the block in its place."""
    names = [name for name in re.findall(r"<([\w-]+)", re.sub(r"<!--.*?-->|<\?.*?\?>", "", block, flags=re.DOTALL))]
    if names[0] in OF_WEB_XML:
        hosts = {"localhost"}
        web = block if names[0] == "web-app" else f"<web-app>\n{block}</web-app>\n"
        return f'<Navajo><Service name="x">{CONNECTOR}{engine(hosts)}</Service></Navajo>', web
    web = FORWARDS if "ForwardProxy" in names else "<web-app/>"
    if names[0] == "Navajo":
        return block, web
    hosts = set(re.findall(r'<(?:Connector) name="([\w.]+)"', block)) | set(re.findall(r'\bhost="([\w.]+)"', block))
    more = "" if "Connector" in names or "TcpConnector" in names else CONNECTOR
    last = "" if "Engine" in names else engine(hosts | {"localhost"})
    return f'<Navajo><Service name="x">{more}\n{block}\n{last}</Service></Navajo>', web


def prepare(folder, text, authority):
    """The files it names."""
    own = authority.issue("localhost")
    for name, path in re.findall(r'(SSLCertificate\w*|ca\w+|certificate|key)="([^"]+)"', text):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        pair = (authority.certificate, authority.folder / "ca.key") if name.startswith("ca") else own
        shutil.copy(pair["key" in name.lower()], folder / path)
        (folder / path).chmod(0o600)
    for rules in re.findall(r'<Rules [^>]*file="([^"]+)"', text):
        shutil.copy(ROOT / "conf" / "rules" / "common.xml", folder / rules)
    for base in {"site", *re.findall(r'docBase="([^"]+)"', text)}:
        (folder / base / "WEB-INF").mkdir(parents=True, exist_ok=True)


@pytest.mark.parametrize("document,block", blocks())
def test_what_documents_show_has_no_faults(document, block, module_folder, authority, request):
    folder = module_folder / re.sub(r"\W", "_", request.node.name)
    folder.mkdir()
    navajo_xml, web_xml = documents_of(block)
    prepare(folder, navajo_xml, authority)
    (folder / "navajo.xml").write_text(navajo_xml)
    for base in {"site", *re.findall(r'docBase="([^"]+)"', navajo_xml)}:
        (folder / base / "WEB-INF" / "web.xml").write_text(web_xml)
    result = run_navajo("check", "--config", folder / "navajo.xml")
    assert result.returncode == 0, f"{document}:\n{block}\n{result.stderr}"
