// Engine, Host and Context of navajo.xml.
#include <algorithm>
#include <set>

#include "navajo/config/method_list.h"
#include "navajo/config/navajo_xml_reading.h"
#include "navajo/config/text.h"

namespace navajo::config {
namespace {

using Names = std::set<std::string, std::less<>>;

// Whether `name` is `pattern`, or below it when it is "*.example.org".
bool covers(std::string_view pattern, std::string_view name) {
  if (pattern.substr(0, 2) != "*.") return pattern == name;
  const std::string_view suffix = pattern.substr(1);
  return name.size() > suffix.size() && name.substr(name.size() - suffix.size()) == suffix;
}

bool covers(const ConnectorElement& connector, std::string_view host) {
  if (covers(lower_case(*connector.name), host)) return true;
  return std::any_of(connector.server_alias->begin(), connector.server_alias->end(),
                     [&](const std::string& alias) { return covers(lower_case(alias), host); });
}

uint16_t public_port(const ConnectorElement& connector) {
  if (*connector.port != 0) return *connector.port;
  const std::string address = connector.address();
  return static_cast<uint16_t>(std::stoi("0" + address.substr(address.rfind(':') + 1)));
}

// The Connector with SSL of that name, else the first with SSL at all: name and Host may differ behind a balancer.
std::optional<uint16_t> secure_port(const HostElement& host, const std::vector<ConnectorElement>& connectors) {
  const ConnectorElement* best = nullptr;
  for (const ConnectorElement& connector : connectors) {
    if (!connector.ssl) continue;
    if (covers(connector, *host.name)) return public_port(connector);
    if (!best) best = &connector;
  }
  if (!best) return std::nullopt;
  return public_port(*best);
}

class EngineReader {
 public:
  EngineReader(const std::vector<ConnectorElement>& connectors, const NavajoXmlReading& reading)
      : connectors_(connectors), reading_(reading) {}

  EngineElement read(const XmlElement& element) {
    ElementReader reader = reading_.reader("Engine", "Service", &element, element.where);
    EngineElement out;
    out.where = element.where;
    out.default_host = reader.text("defaultHost");
    out.default_host.value = lower_case(*out.default_host);
    for (const XmlElement& child : element.children)
      if (child.name == "Host") out.hosts.push_back(read_host(child));
    std::vector<std::string_view> hosts;
    for (const HostElement& host : out.hosts) hosts.push_back(*host.name);
    if (out.default_host.given && std::find(hosts.begin(), hosts.end(), *out.default_host) == hosts.end())
      diagnostics().fault(out.default_host.where, observe::id::config_dangling_name,
                          "there is no Host '" + printable(*out.default_host) + "'" +
                              did_you_mean(*out.default_host, hosts));
    return out;
  }

 private:
  Diagnostics& diagnostics() const { return reading_.diagnostics; }

  HostElement read_host(const XmlElement& element) {
    ElementReader reader = reading_.reader("Host", "Engine", &element, element.where);
    HostElement out;
    out.where = element.where;
    out.name = reader.text("name");
    out.name.value = lower_case(*out.name);
    out.server_alias = reader.words("serverAlias");
    const auto claim = [&](const std::string& name, const Position& where) {
      if (!host_names_.insert(name).second)
        diagnostics().fault(where, observe::id::config_duplicate, "the host name '" + name + "' is taken already");
    };
    if (out.name.given && !is_host_name(*out.name))
      reader.fault(out.name.where, "name", "'" + printable(*out.name) + "' is not a host name");
    else if (out.name.given)
      claim(*out.name, out.name.where);
    for (std::string& alias : out.server_alias.value) {
      alias = lower_case(alias);
      if (is_host_pattern(alias))
        claim(alias, out.server_alias.where);
      else
        reader.fault(out.server_alias.where, "serverAlias", "'" + printable(alias) + "' is not a host name");
    }
    out.secure_port = secure_port(out, connectors_);
    out.limit_request_body = read_body_limit(reader);
    Names paths;
    for (const XmlElement& child : element.children)
      if (child.name == "Context") out.contexts.push_back(read_context(child, out, paths));
    return out;
  }

  ContextElement read_context(const XmlElement& element, const HostElement& host, Names& paths) {
    ElementReader reader = reading_.reader("Context", "Host", &element, element.where);
    ContextElement out;
    out.where = element.where;
    out.path = reader.text("path");
    out.doc_base = reading_.absolute(reader.text("docBase"));
    std::string& path = out.path.value;
    const bool relative = ("/" + path + "/").find("/../") != std::string::npos ||
                          ("/" + path + "/").find("/./") != std::string::npos;
    if (path.empty() || path[0] != '/' || relative || path.find("//") != std::string::npos ||
        path.find_first_of("*?#%") != std::string::npos)
      reader.fault(out.path.where, "path", "'" + printable(path) + "' is not a path like /shop");
    while (!path.empty() && path.back() == '/') path.pop_back();
    if (!paths.insert(path).second)
      diagnostics().fault(out.path.where, observe::id::config_duplicate,
                          "another Context of this Host has the path '" + (path.empty() ? "/" : path) + "'");
    out.id = reader.text("id");
    if (out.id.given && !ids_.insert(*out.id).second)
      diagnostics().fault(out.id.where, observe::id::config_duplicate,
                          "another Context has the id '" + printable(*out.id) + "'");
    read_policies(reader, host, out);
    out.limit_request_body = read_body_limit(reader);
    return out;
  }

  void read_policies(ElementReader& reader, const HostElement& host, ContextElement& out) {
    out.unsecure_connection = reader.choice<UnsecureConnection>("unsecureConnection");
    read_redirect(reader, out);
    if (*out.unsecure_connection == UnsecureConnection::redirect && out.redirect_origin->empty() && !host.secure_port)
      diagnostics().notice(out.unsecure_connection.where, observe::id::config_redirect_denied,
                           "Context unsecureConnection: no Connector has SSL, so that there is nowhere to redirect to: "
                           "requests are denied");
    const Attribute<std::string> methods = reader.text("allowedMethods");
    out.allowed_methods.where = methods.where;
    out.allowed_methods.given = methods.given;
    if (methods.given) {
      base::Result<std::vector<std::string>> parsed = parse_method_list(*methods);
      if (parsed.ok())
        out.allowed_methods.value = std::move(*parsed);
      else
        reader.fault(methods.where, "allowedMethods", parsed.error().text);
    }
    const Attribute<std::vector<std::string>> codes = reader.words("additionalStatusCodes");
    out.additional_status_codes.where = codes.where;
    out.additional_status_codes.given = codes.given;
    for (const std::string& code : *codes) {
      const bool digits = code.size() == 3 && code.find_first_not_of("0123456789") == std::string::npos;
      if (digits && code[0] >= '2' && code[0] != '0')
        out.additional_status_codes.value.push_back(std::stoi(code));
      else
        reader.fault(codes.where, "additionalStatusCodes", "'" + printable(code) + "' is not a code from 200 to 999");
    }
  }

  // An origin, or one of the words of unsecureConnection.
  void read_redirect(ElementReader& reader, ContextElement& out) {
    out.redirect_origin = reader.text("unsecureConnectionRedirect");
    if (!out.redirect_origin.given) return;
    constexpr std::string_view kWords[] = {"deny", "redirect", "allow"};
    for (size_t i = 0; i < std::size(kWords); i++) {
      if (*out.redirect_origin != kWords[i]) continue;
      out.redirect_origin.value.clear();
      const auto meant = static_cast<UnsecureConnection>(i);
      if (meant < *out.unsecure_connection) out.unsecure_connection = {meant, out.redirect_origin.where, true};
      return;
    }
    std::string& origin = out.redirect_origin.value;
    while (!origin.empty() && origin.back() == '/') origin.pop_back();
    constexpr std::string_view kScheme = "https://";
    const std::string authority = origin.substr(std::min(kScheme.size(), origin.size()));
    if (origin.compare(0, kScheme.size(), kScheme) != 0 ||
        !(is_host_name(lower_case(authority)) || is_address_and_port(authority)) || authority[0] == '*')
      reader.fault(out.redirect_origin.where, "unsecureConnectionRedirect",
                   "'" + printable(origin) + "' is not https://name:port, deny, redirect or allow");
  }

  const std::vector<ConnectorElement>& connectors_;
  const NavajoXmlReading& reading_;
  Names host_names_, ids_;
};

}  // namespace

EngineElement read_engine(const XmlElement& element, const std::vector<ConnectorElement>& connectors,
                          const NavajoXmlReading& reading) {
  return EngineReader(connectors, reading).read(element);
}

}  // namespace navajo::config
