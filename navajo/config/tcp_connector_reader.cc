// TcpConnector and Route of navajo.xml.
#include <algorithm>

#include "navajo/config/navajo_xml_reading.h"
#include "navajo/config/text.h"
#include "navajo/config/word_lists.h"

namespace navajo::config {
namespace {

class TcpConnectorReader {
 public:
  TcpConnectorReader(const std::vector<RoutingElement>& routings, const NavajoXmlReading& reading) : reading_(reading) {
    for (const RoutingElement& routing : routings) routings_.push_back(*routing.name);
  }

  TcpConnectorElement read(const XmlElement& element) {
    ElementReader reader = reading_.reader("TcpConnector", "Service", &element, element.where);
    TcpConnectorElement out;
    out.where = element.where;
    out.name = reader.text("name");
    out.port = reader.number<uint16_t>("port");
    out.listen = reader.text("listen");
    out.routing = reader.text("routing");
    out.app = reader.text("app");
    out.tls = reader.choice<TcpTls>("tls");
    out.certificate = reading_.absolute(reader.text("certificate"));
    out.key = reading_.absolute(reader.text("key"));
    if (!out.key.given) out.key.value = *out.certificate;
    out.alpn = reader.words("alpn");
    out.proxy_protocol = reader.choice<ProxyProtocolIn>("proxyProtocol");
    out.trusted_proxies = read_networks(reader, "trustedProxies");
    out.clients = read_networks(reader, "clients");
    out.handshake_timeout = reader.milliseconds("handshakeTimeout");
    out.connect_timeout = reader.milliseconds("connectTimeout");
    out.connect_attempts = reader.number<uint64_t>("connectAttempts");
    out.idle = reader.milliseconds("idleTimeout");
    out.half_closed = reader.milliseconds("halfClosedTimeout");
    out.write = reader.milliseconds("writeTimeout");
    out.max_age = reader.milliseconds("maxAge");
    out.half_close = reader.boolean("halfClose");
    out.max_connections = reader.number<uint64_t>("maxConnections");
    out.max_connections_per_client = reader.number<uint64_t>("maxConnectionsPerClient");
    for (const XmlElement& child : element.children)
      if (child.name == "Route") out.routes.push_back(read_route(child, out));
    check(reader, out);
    return out;
  }

 private:
  RouteElement read_route(const XmlElement& element, const TcpConnectorElement& connector) {
    ElementReader reader = reading_.reader("Route", "TcpConnector", &element, element.where);
    RouteElement out;
    out.where = element.where;
    out.server_names = read_globs(reader, "serverName");
    out.alpn = reader.words("alpn");
    out.routing = reader.text("routing");
    if (!out.routing.given) out.routing.value = *connector.routing;
    out.app = reader.text("app");
    if (!out.app.given) out.app.value = *connector.app;
    if (*out.app != "-" && out.routing->empty()) reader.fault(element.where, "routing", "is needed");
    check_routing(out.routing);
    if (*connector.tls == TcpTls::off)
      reader.fault(element.where, "serverName", "nobody looks at TLS: the TcpConnector needs tls=\"route\" or "
                                                "\"terminate\"");
    return out;
  }

  void check_routing(const Attribute<std::string>& routing) {
    if (!routing.given || std::find(routings_.begin(), routings_.end(), *routing) != routings_.end()) return;
    reading_.diagnostics.fault(routing.where, observe::id::config_dangling_name,
                               "there is no Routing '" + printable(*routing) + "'" + did_you_mean(*routing, routings_));
  }

  void check(ElementReader& reader, const TcpConnectorElement& out) {
    if (out.name.given && !is_host_name(lower_case(*out.name)))
      reader.fault(out.name.where, "name", "'" + printable(*out.name) + "' is not a host name");
    if (out.listen.given && !is_address_and_port(*out.listen))
      reader.fault(out.listen.where, "listen", "'" + printable(*out.listen) + "' is not address:port");
    check_routing(out.routing);
    if (!out.routing.given && out.routes.empty()) reader.fault(out.where, "routing", "is needed, or a Route");
    if (*out.tls == TcpTls::terminate && out.certificate->empty())
      reader.fault(out.tls.where, "certificate", "is needed with tls=\"terminate\"");
    if (*out.tls != TcpTls::terminate && (out.certificate.given || out.key.given || out.alpn.given))
      reader.fault(out.certificate.given ? out.certificate.where : out.where, "certificate",
                   "key and alpn are for tls=\"terminate\"");
    for (const std::string& protocol : *out.alpn)
      if (protocol.size() > 255) reader.fault(out.alpn.where, "alpn", "a protocol has at most 255 bytes");
    if (*out.proxy_protocol != ProxyProtocolIn::off && out.trusted_proxies->empty())
      reader.fault(out.proxy_protocol.where, "trustedProxies", "are needed with proxyProtocol");
    if (*out.proxy_protocol == ProxyProtocolIn::off && out.trusted_proxies.given)
      reader.fault(out.trusted_proxies.where, "trustedProxies", "are for proxyProtocol=\"optional\" or \"required\"");
  }

  const NavajoXmlReading& reading_;
  std::vector<std::string_view> routings_;
};

}  // namespace

std::string TcpConnectorElement::address() const {
  if (listen.given) return *listen;
  return address_and_port(*name, *port);
}

std::vector<TcpConnectorElement> read_tcp_connectors(const XmlElement& service,
                                                     const std::vector<RoutingElement>& routings,
                                                     const NavajoXmlReading& reading) {
  std::vector<TcpConnectorElement> out;
  for (const XmlElement& child : service.children)
    if (child.name == "TcpConnector") out.push_back(TcpConnectorReader(routings, reading).read(child));
  return out;
}

}  // namespace navajo::config
