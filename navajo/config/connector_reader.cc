// Connector with SSL, CustomLogs, Qos and SSLCache of navajo.xml.
#include <algorithm>

#include "navajo/config/navajo_xml_reading.h"
#include "navajo/config/text.h"

namespace navajo::config {
namespace {

constexpr size_t kMaxConnectors = 100;
constexpr int64_t kSmallestTlsCache = 65536, kLargestTlsCache = (64 << 20) - 1;  // of httpd's shmcb

ConnectorElement read_connector(const XmlElement& element, const NavajoXmlReading& reading) {
  ElementReader reader = reading.reader("Connector", "Service", &element, element.where);
  ConnectorElement out;
  out.where = element.where;
  out.name = reader.text("name");
  out.port = reader.number<uint16_t>("port");
  out.listen = reader.text("listen");
  out.name_virtual_host = reader.text("nameVirtualHost");
  out.server_alias = reader.words("serverAlias");
  out.directives = reader.directives();
  for (Directive& more : read_directive_children(element, reading)) out.directives.push_back(std::move(more));
  if (out.name.given && !is_host_name(lower_case(*out.name)))
    reader.fault(out.name.where, "name", "'" + printable(*out.name) + "' is not a host name");
  for (const std::string& alias : *out.server_alias)
    if (!is_host_pattern(lower_case(alias)))
      reader.fault(out.server_alias.where, "serverAlias", "'" + printable(alias) + "' is not a host name");
  if (out.listen.given && !is_address_and_port(*out.listen))
    reader.fault(out.listen.where, "listen", "'" + printable(*out.listen) + "' is not address:port");
  if (out.name_virtual_host.given && !is_address_and_port(*out.name_virtual_host))
    reader.fault(out.name_virtual_host.where, "nameVirtualHost",
                 "'" + printable(*out.name_virtual_host) + "' is not address:port");
  if (out.name_virtual_host.given && out.listen.given)
    reader.fault(out.name_virtual_host.where, "nameVirtualHost", "and listen exclude each other");
  if (out.port.given && *out.port == 0 && !out.listen.given && !out.name_virtual_host.given)
    reader.fault(out.port.where, "port", "'*' needs listen or nameVirtualHost, which say the port to bind");
  if (const XmlElement* ssl = element.child("SSL"))
    out.ssl = SslElement{ssl->where, reading.reader("SSL", "Connector", ssl, ssl->where).directives()};
  return out;
}

void check_connectors(const std::vector<ConnectorElement>& connectors, Diagnostics& diagnostics) {
  if (connectors.size() > kMaxConnectors)
    diagnostics.fault(connectors[kMaxConnectors].where, observe::id::config_too_many_connectors,
                      std::to_string(connectors.size()) + " Connectors are too many, " +
                          std::to_string(kMaxConnectors) +
                          " are allowed: each has a socket, virtual host and certificate of its own in every child, "
                          "and one fault stops them all; split them over several instances (up to 10 each is best)");
  for (const ConnectorElement& connector : connectors) {
    const ConnectorElement* owner = nullptr;  // the one that listens on the same address
    for (const ConnectorElement& other : connectors)
      if (!owner && other.listens() && same_word(other.address(), connector.address())) owner = &other;
    if (connector.listens() && owner != &connector) {
      diagnostics.fault(connector.where, observe::id::config_duplicate,
                        "another Connector listens on " + printable(connector.address()) +
                            " already: use nameVirtualHost here instead of listen");
    } else if (!owner) {
      diagnostics.fault(connector.name_virtual_host.where, observe::id::config_dangling_name,
                        "no Connector listens on " + printable(connector.address()));
    } else if (owner->ssl.has_value() != connector.ssl.has_value()) {
      diagnostics.fault(connector.where, observe::id::config_bad_value,
                        "Connectors that share " + printable(connector.address()) +
                            " must either all have SSL or none");
    }
  }
}

// mod_qos names its directives QS_...; attributes may leave that away.
Directive qos_directive(Directive given) {
  if (given.name.substr(0, 3) != "QS_") given.name = "QS_" + given.name;
  return given;
}

}  // namespace

bool is_host_name(std::string_view name) {
  return !name.empty() && name.size() <= 255 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' || c == ':' ||
           c == '[' || c == ']';
  });
}

bool is_host_pattern(std::string_view name) {
  return is_host_name(name.substr(0, 2) == "*." ? name.substr(2) : name);
}

bool is_address_and_port(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return false;
  const std::string_view address = text.substr(0, colon), port = text.substr(colon + 1);
  if (port.empty() || port.size() > 5 || port.find_first_not_of("0123456789") != std::string_view::npos) return false;
  const int number = std::stoi(std::string(port));
  const bool bracketed = !address.empty() && address.front() == '[' && address.back() == ']';
  if (!bracketed && address.find(':') != std::string_view::npos) return false;
  return number >= 1 && number <= 65535 && (address == "*" || is_host_name(lower_case(address)));
}

std::vector<Directive> read_directive_children(const XmlElement& element, const NavajoXmlReading& reading) {
  std::vector<Directive> out;
  for (const XmlElement& child : element.children) {
    if (child.name != "CustomLogs" && child.name != "Qos") continue;
    for (Directive& given : reading.reader(child.name, element.name, &child, child.where).directives())
      out.push_back(child.name == "Qos" ? qos_directive(std::move(given)) : std::move(given));
  }
  return out;
}

std::vector<ConnectorElement> read_connectors(const XmlElement& service, const NavajoXmlReading& reading) {
  std::vector<ConnectorElement> out;
  for (const XmlElement& child : service.children)
    if (child.name == "Connector") out.push_back(read_connector(child, reading));
  check_connectors(out, reading.diagnostics);
  return out;
}

std::optional<Directive> read_ssl_caches(const XmlElement& service, const std::vector<Directive>& server,
                                         const NavajoXmlReading& reading) {
  const XmlElement* first = nullptr;
  bool tls = false;
  int64_t bytes = 0;
  const auto add = [&](const XmlElement& parent) {
    const XmlElement* cache = parent.child("SSLCache");
    if (!cache) return;
    ElementReader reader = reading.reader("SSLCache", parent.name, cache, cache->where);
    bytes += *reader.number<int64_t>("maxEntries") * *reader.number<int64_t>("maxEntrySize");
    if (!first) first = cache;
  };
  add(service);
  for (const XmlElement& child : service.children) {
    if (child.name != "Connector") continue;
    add(child);
    tls = tls || child.child("SSL");
  }
  if (!first) return std::nullopt;
  const bool said = std::any_of(server.begin(), server.end(),
                                [](const Directive& given) { return same_word(given.name, "SSLSessionCache"); });
  if (said || !tls) {
    reading.diagnostics.notice(first->where, observe::id::config_without_effect,
                               said ? "SSLCache has no effect: Server SSLSessionCache says it already"
                                    : "SSLCache has no effect: no Connector has SSL");
    return std::nullopt;
  }
  if (bytes > kLargestTlsCache)
    reading.diagnostics.fault(first->where, observe::id::config_bad_value,
                              "SSLCache: maxEntries times maxEntrySize comes to " + std::to_string(bytes) +
                                  " bytes, the cache has at most " + std::to_string(kLargestTlsCache));
  return Directive{"SSLSessionCache", "\"shmcb:tls(" + std::to_string(std::max(bytes, kSmallestTlsCache)) + ")\"",
                   first->where, true};
}

}  // namespace navajo::config
