// ForwardProxy and Destination of navajo.xml.
#include <algorithm>

#include "navajo/config/navajo_xml_reading.h"
#include "navajo/config/pattern.h"
#include "navajo/config/regex.h"
#include "navajo/config/text.h"
#include "navajo/config/word_lists.h"

namespace navajo::config {
namespace {

// What has to hold for every request rather than for the virtual host: httpd takes these in sections only.
bool is_access_rule(const Directive& directive) {
  const std::string name = lower_case(directive.name);
  return name.starts_with("auth") || name == "require" || name == "satisfy";
}

class ForwardProxyReader {
 public:
  ForwardProxyReader(const EngineElement& engine, const NavajoXmlReading& reading)
      : engine_(engine), reading_(reading) {}

  ForwardProxyElement read(const XmlElement& element) {
    ElementReader reader = reading_.reader("ForwardProxy", "Service", &element, element.where);
    ForwardProxyElement out;
    out.where = element.where;
    out.name = reader.text("name");
    out.port = reader.number<uint16_t>("port");
    out.listen = reader.text("listen");
    out.host = reader.text("host");
    out.host.value = lower_case(*out.host);
    out.clients = read_networks(reader, "clients");
    out.ports = read_ports(reader, "ports");
    out.default_action = reader.choice<ForwardAction>("defaultAction");
    out.unknown_protocol = reader.choice<UnknownProtocol>("unknownProtocol");
    out.allowed_addresses = reader.words("allowedAddresses");
    out.upstream_proxy = reader.text("upstreamProxy");
    out.upstream_credentials = reader.text("upstreamCredentials");
    out.connect_timeout = reader.milliseconds("connectTimeout");
    out.handshake_timeout = reader.milliseconds("handshakeTimeout");
    out.max_connection_age = reader.milliseconds("maxConnectionAge");
    read_certificates(reader, out);
    out.tunnel_idle = reader.milliseconds("tunnelIdleTimeout");
    out.tunnel_half_closed = reader.milliseconds("tunnelHalfClosedTimeout");
    out.tunnel_write = reader.milliseconds("tunnelWriteTimeout");
    out.tunnel_half_close = reader.boolean("tunnelHalfClose");
    out.max_tunnels = reader.number<uint64_t>("maxTunnels");
    out.max_tunnels_per_client = reader.number<uint64_t>("maxTunnelsPerClient");
    std::vector<Directive> directives = reader.directives();
    for (Directive& more : read_directive_children(element, reading_)) directives.push_back(std::move(more));
    for (Directive& directive : directives)
      (is_access_rule(directive) ? out.access : out.directives).push_back(std::move(directive));
    for (const XmlElement& child : element.children)
      if (child.name == "Destination") out.destinations.push_back(read_destination(child));
    check(reader, out);
    return out;
  }

 private:
  void read_certificates(ElementReader& reader, ForwardProxyElement& out) {
    out.ca_certificate = reading_.absolute(reader.text("caCertificate"));
    out.ca_key = reading_.absolute(reader.text("caKey"));
    if (!out.ca_key.given) out.ca_key.value = *out.ca_certificate;
    out.cert_cache_size = reader.number<uint64_t>("certCacheSize");
    out.cert_cache_time = reader.milliseconds("certCacheTime");
    out.cert_validity = reader.milliseconds("certValidity");
    out.cert_mirror = reader.boolean("certMirror");
    out.cert_wildcard = reader.boolean("certWildcard");
    out.mint_rate = reader.number<uint64_t>("certRate");
    out.untrusted_upstream = reader.choice<UntrustedUpstream>("untrustedUpstream");
    if (*out.cert_validity < 2 * *out.cert_cache_time)
      reader.fault(out.cert_validity.where, "certValidity", "is shorter than twice certCacheTime");
    if (*out.untrusted_upstream == UntrustedUpstream::mirror && !*out.cert_mirror)
      reader.fault(out.untrusted_upstream.where, "untrustedUpstream", "mirror needs certMirror=\"on\"");
  }

  DestinationElement read_destination(const XmlElement& element) {
    ElementReader reader = reading_.reader("Destination", "ForwardProxy", &element, element.where);
    DestinationElement out;
    out.where = element.where;
    out.action = reader.choice<ForwardAction>("action");
    out.hosts = read_globs(reader, "host");
    out.host_regex = reader.text("hostRegex");
    if (out.host_regex.given)
      if (const auto parsed = Regex::compile(*out.host_regex); !parsed.ok())
        reader.fault(out.host_regex.where, "hostRegex", parsed.error().text);
    out.addresses = read_networks(reader, "address");
    out.server_names = read_globs(reader, "serverName");
    out.ports = read_ports(reader, "port");
    out.clients = read_networks(reader, "clients");
    return out;
  }

  void check(ElementReader& reader, const ForwardProxyElement& out) {
    if (out.name.given && !is_host_name(lower_case(*out.name)))
      reader.fault(out.name.where, "name", "'" + printable(*out.name) + "' is not a host name");
    if (out.listen.given && !is_address_and_port(*out.listen))
      reader.fault(out.listen.where, "listen", "'" + printable(*out.listen) + "' is not address:port");
    if (out.upstream_proxy.given && !is_address_and_port(*out.upstream_proxy))
      reader.fault(out.upstream_proxy.where, "upstreamProxy", "'" + printable(*out.upstream_proxy) +
                                                                  "' is not host:port");
    if (out.upstream_credentials.given && !out.upstream_proxy.given)
      reader.fault(out.upstream_credentials.where, "upstreamCredentials", "needs upstreamProxy");
    if (out.upstream_credentials.given && out.upstream_credentials->find(':') == std::string::npos)
      reader.fault(out.upstream_credentials.where, "upstreamCredentials", "is not user:password");
    std::vector<std::string_view> hosts;
    for (const HostElement& host : engine_.hosts) hosts.push_back(*host.name);
    if (out.host.given && std::find(hosts.begin(), hosts.end(), *out.host) == hosts.end())
      reading_.diagnostics.fault(out.host.where, observe::id::config_dangling_name,
                                 "there is no Host '" + printable(*out.host) + "'" + did_you_mean(*out.host, hosts));
    if (!out.ca_certificate->empty()) return;
    const auto intercepts = [](const Attribute<ForwardAction>& action) {
      return *action == ForwardAction::intercept;
    };
    if (intercepts(out.default_action))
      reader.fault(out.default_action.where, "defaultAction", "intercept needs caCertificate");
    for (const DestinationElement& one : out.destinations)
      if (one.action.given && intercepts(one.action))
        reader.fault(one.action.where, "caCertificate", "is needed: this Destination is intercepted");
  }

  const EngineElement& engine_;
  const NavajoXmlReading& reading_;
};

}  // namespace

std::string ForwardProxyElement::address() const {
  if (listen.given) return *listen;
  return address_and_port(*name, *port);
}

std::vector<ForwardProxyElement> read_forward_proxies(const XmlElement& service, const EngineElement& engine,
                                                      const NavajoXmlReading& reading) {
  std::vector<ForwardProxyElement> out;
  for (const XmlElement& child : service.children)
    if (child.name == "ForwardProxy") out.push_back(ForwardProxyReader(engine, reading).read(child));
  return out;
}

}  // namespace navajo::config
