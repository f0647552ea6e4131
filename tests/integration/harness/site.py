"""navajo.xml and web.xml of a test site, written from plain Python values."""
import dataclasses
from xml.sax.saxutils import escape, quoteattr


@dataclasses.dataclass
class Component:
    """A servlet or filter with its mappings."""
    kind: str  # "servlet" or "filter"
    name: str
    class_name: str
    mappings: tuple
    params: dict = dataclasses.field(default_factory=dict)

    def declaration(self):
        params = "".join(
            f"    <init-param><param-name>{escape(name)}</param-name>"
            f"<param-value>{escape(str(value))}</param-value></init-param>\n"
            for name, value in self.params.items())
        return (f"  <{self.kind}>\n    <{self.kind}-name>{escape(self.name)}</{self.kind}-name>\n"
                f"    <{self.kind}-class>{escape(self.class_name)}</{self.kind}-class>\n{params}  </{self.kind}>\n")

    def mapping(self):
        return "".join(
            f"  <{self.kind}-mapping>\n    <{self.kind}-name>{escape(self.name)}</{self.kind}-name>\n"
            f"    <url-pattern>{escape(pattern)}</url-pattern>\n  </{self.kind}-mapping>\n"
            for pattern in self.mappings)


def proxy(*addresses, name="Backend", at=("/*",), **params):
    """An HttpConnectorServlet; addresses are ports of 127.0.0.1 or host:port texts."""
    text = " ".join(f"127.0.0.1:{address}" if isinstance(address, int) else address for address in addresses)
    return Component("servlet", name, "HttpConnectorServlet", tuple(at), {"InetAddress": text, **params})


def files(name="Files", at=("/*",), **params):
    return Component("servlet", name, "DefaultServlet", tuple(at), params)


def status(name="Status", at=("/navajo-status",), **params):
    return Component("servlet", name, "StatusServlet", tuple(at), params)


def delegation(name="Delegation", at=("/*",), **params):
    return Component("filter", name, "HeaderDelegationFilter", tuple(at), params)


def a_filter(class_name, name=None, at=("/*",), **params):
    """Any filter, by its class."""
    return Component("filter", name or class_name, class_name, tuple(at), params)


def file_reader(root, name="Pages", at=("/pages/*",), **params):
    return Component("servlet", name, "FileReaderServlet", tuple(at), {"RootDirectory": root, **params})


def web_xml(components):
    # The DTD's order: filters, filter mappings, servlets, servlet mappings.
    filters = [component for component in components if component.kind == "filter"]
    servlets = [component for component in components if component.kind == "servlet"]
    body = "".join(component.declaration() for component in filters)
    body += "".join(component.mapping() for component in filters)
    body += "".join(component.declaration() for component in servlets)
    body += "".join(component.mapping() for component in servlets)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<web-app>\n{body}</web-app>\n'


@dataclasses.dataclass
class Connector:
    port: int
    name: str = "localhost"
    attributes: dict = dataclasses.field(default_factory=dict)
    ssl: dict = None
    listens: bool = True  # False: shares the socket of an earlier connector (nameVirtualHost)
    inside: str = ""  # child elements as text

    def element(self):
        where = {"listen" if self.listens else "nameVirtualHost": f"127.0.0.1:{self.port}"}
        head = _element("Connector", {"name": self.name, "port": self.port, **where, **self.attributes})
        ssl = f"      <{_element('SSL', self.ssl)}/>\n" if self.ssl is not None else ""
        return f"    <{head}>\n{ssl}{self.inside}    </Connector>\n"


@dataclasses.dataclass
class Context:
    doc_base: str
    components: list
    path: str = ""
    attributes: dict = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Host:
    name: str
    contexts: list
    attributes: dict = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Site:
    connectors: list
    hosts: list
    server: dict = dataclasses.field(default_factory=dict)
    reactor: dict = dataclasses.field(default_factory=dict)
    service: dict = dataclasses.field(default_factory=dict)  # attributes of Service
    core: dict = dataclasses.field(default_factory=dict)
    inside: str = ""         # more elements of Service, as text
    server_inside: str = ""  # child elements of Server, as text

    def navajo_xml(self):
        hosts = ""
        for host in self.hosts:
            contexts = "".join(
                f"        <{_element('Context', _context_attributes(context))}/>\n" for context in host.contexts)
            hosts += (f"      <{_element('Host', {'name': host.name, **host.attributes})}>\n"
                      f"{contexts}      </Host>\n")
        reactor = f"    <{_element('Reactor', self.reactor)}/>\n" if self.reactor else ""
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n<Navajo>\n'
            f"  <{_element('Service', {'name': 'itest', **self.service})}>\n    <{_element('Core', self.core)}/>\n"
            f"    <{_element('Server', self.server)}>{self.server_inside}</Server>\n{self.inside}{reactor}"
            + "".join(connector.element() for connector in self.connectors)
            + f"    <{_element('Engine', {'defaultHost': self.hosts[0].name})}>\n{hosts}    </Engine>\n"
            "  </Service>\n</Navajo>\n")


def _context_attributes(context):
    return {**({"path": context.path} if context.path else {}), "docBase": context.doc_base, **context.attributes}


def _element(name, attributes):
    return name + "".join(f" {key}={quoteattr(str(value))}" for key, value in attributes.items())
