#include "navajo/config/navajo_xml.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "navajo/config/element_reader.h"
#include "navajo/config/property_table.h"
#include "navajo/config/text.h"
#include "navajo/config/xml_document.h"

namespace navajo::config {
namespace {

constexpr size_t kMaxConnectors = 100;  // each is a virtual host; more belong into a second instance

// A host name or address literal as it may stand in a Host field.
bool is_host_name(std::string_view name) {
  return !name.empty() && name.size() <= 255 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' || c == ':' ||
           c == '[' || c == ']';
  });
}

bool is_host_pattern(std::string_view name) {
  return is_host_name(name.substr(0, 2) == "*." ? name.substr(2) : name);
}

// "192.0.2.7:8443", "[2001:db8::7]:443", "*:8080"
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

class Loader {
 public:
  Loader(const std::string& path, Diagnostics& diagnostics) : path_(path), diagnostics_(diagnostics) {
    std::error_code ignored;  // an unreadable folder shows itself when the file is opened
    folder_ = std::filesystem::absolute(path, ignored).parent_path();
  }

  NavajoXml load() {
    NavajoXml out;
    out.file = path_;
    out.properties = default_properties();
    const std::optional<XmlElement> root = read_xml(path_, DoctypePolicy::refuse, diagnostics_);
    if (!root) return out;
    out.where = root->where;
    ElementReader reader = this->reader("Navajo", "", &*root, root->where);
    out.compat = reader.choice<Compat>("compat");
    take_properties(reader.text("properties"), out);
    if (!check_structure(*root, navajo_xml_schema(), *out.compat, diagnostics_)) return out;
    if (const XmlElement* service = root->child("Service")) out.service = load_service(*service);
    return out;
  }

 private:
  ElementReader reader(std::string_view name, std::string_view parent, const XmlElement* element,
                       const Position& where) {
    return {*find_element(navajo_xml_schema(), name, parent), element, where, diagnostics_};
  }

  void take_properties(const Attribute<std::string>& name, NavajoXml& out) {
    LoadedProperties loaded = load_properties((folder_ / *name).lexically_normal().string(),
                                              name.given ? Missing::fault : Missing::tolerated, *out.compat,
                                              diagnostics_);
    out.properties = std::move(loaded.known);
    out.class_properties = std::move(loaded.others);
  }

  ServiceElement load_service(const XmlElement& element) {
    ServiceElement out;
    out.where = element.where;
    ElementReader reader = this->reader("Service", "Navajo", &element, element.where);
    out.name = reader.text("name");
    out.spool_dir = absolute(reader.text("spoolDir"));
    if (const XmlElement* core = element.child("Core")) out.core = load_core(*core);
    out.reactor = load_reactor(element.child("Reactor"), element.where);
    const XmlElement* server = element.child("Server");
    out.server.where = server ? server->where : element.where;
    out.server.directives = this->reader("Server", "Service", server, element.where).directives();
    for (const XmlElement& child : element.children)
      if (child.name == "Connector") out.connectors.push_back(load_connector(child));
    check_connectors(out.connectors);
    if (const XmlElement* engine = element.child("Engine")) out.engine = load_engine(*engine);
    return out;
  }

  CoreElement load_core(const XmlElement& element) {
    ElementReader reader = this->reader("Core", "Service", &element, element.where);
    CoreElement out{element.where, reader.number<uint64_t>("memorySize")};
    if (out.memory_size.given)
      diagnostics_.notice(out.memory_size.where, observe::id::config_without_effect,
                          "Core memorySize has no effect: the configuration takes the memory it needs");
    return out;
  }

  ReactorElement load_reactor(const XmlElement* element, const Position& where) {
    ElementReader reader = this->reader("Reactor", "Service", element, where);
    ReactorElement out;
    out.where = reader.where();
    out.enabled = reader.boolean("enabled");
    out.threads = reader.number<unsigned>("threads");
    out.max_connections = reader.number<unsigned>("maxConnections");
    out.stack = reader.number<uint64_t>("stack");
    out.hibernate_after = reader.milliseconds("hibernateAfter");
    out.drain_timeout = reader.milliseconds("drainTimeout");
    out.stall_warning = reader.milliseconds("stallWarning");
    out.stall_limit = reader.milliseconds("stallLimit");
    out.client_half_close = reader.choice<ClientHalfClose>("clientHalfClose");
    out.scoreboard = reader.boolean("scoreboard");
    if (out.stall_limit->count() > 0 && out.stall_warning->count() > out.stall_limit->count())
      reader.fault(out.stall_warning.where, "stallWarning", "is longer than stallLimit");
    return out;
  }

  ConnectorElement load_connector(const XmlElement& element) {
    ElementReader reader = this->reader("Connector", "Service", &element, element.where);
    ConnectorElement out;
    out.where = element.where;
    out.name = reader.text("name");
    out.port = reader.number<uint16_t>("port");
    out.listen = reader.text("listen");
    out.name_virtual_host = reader.text("nameVirtualHost");
    out.server_alias = reader.words("serverAlias");
    out.directives = reader.directives();
    if (out.name.given && !is_host_name(lower_case(*out.name)))
      reader.fault(out.name.where, "name", "'" + printable(*out.name) + "' is not a host name");
    for (const std::string& alias : *out.server_alias)
      if (!is_host_pattern(lower_case(alias)))
        reader.fault(out.server_alias.where, "serverAlias", "'" + printable(alias) + "' is not a host name");
    if (out.listen.given && !is_address_and_port(*out.listen))
      reader.fault(out.listen.where, "listen", "'" + printable(*out.listen) + "' is not address:port");
    if (out.name_virtual_host.given && out.listen.given)
      reader.fault(out.name_virtual_host.where, "nameVirtualHost", "and listen exclude each other");
    if (const XmlElement* ssl = element.child("SSL"))
      out.ssl = SslElement{ssl->where, this->reader("SSL", "Connector", ssl, ssl->where).directives()};
    return out;
  }

  void check_connectors(const std::vector<ConnectorElement>& connectors) {
    const auto fault = [&](const Position& where, observe::LogId id, std::string text) {
      diagnostics_.fault(where, id, std::move(text));
    };
    if (connectors.size() > kMaxConnectors)
      fault(connectors[kMaxConnectors].where, observe::id::config_duplicate,
            "more than " + std::to_string(kMaxConnectors) + " Connectors: split them over several instances");
    for (const ConnectorElement& connector : connectors) {
      const ConnectorElement* owner = nullptr;  // the one that listens on the same address
      for (const ConnectorElement& other : connectors)
        if (!owner && other.listens() && same_word(other.address(), connector.address())) owner = &other;
      if (connector.listens() && owner != &connector) {
        fault(connector.where, observe::id::config_duplicate,
              "another Connector listens on " + printable(connector.address()) +
                  " already: use nameVirtualHost here instead of listen");
      } else if (!owner) {
        fault(connector.name_virtual_host.where, observe::id::config_dangling_name,
              "no Connector listens on " + printable(connector.address()));
      } else if (owner->ssl.has_value() != connector.ssl.has_value()) {
        fault(connector.where, observe::id::config_bad_value,
              "Connectors that share " + printable(connector.address()) + " must either all have SSL or none");
      }
    }
  }

  EngineElement load_engine(const XmlElement& element) {
    ElementReader reader = this->reader("Engine", "Service", &element, element.where);
    EngineElement out;
    out.where = element.where;
    out.default_host = reader.text("defaultHost");
    out.default_host.value = lower_case(*out.default_host);
    std::set<std::string, std::less<>> names;
    for (const XmlElement& child : element.children)
      if (child.name == "Host") out.hosts.push_back(load_host(child, names));
    std::vector<std::string_view> hosts;
    for (const HostElement& host : out.hosts) hosts.push_back(*host.name);
    if (out.default_host.given && std::find(hosts.begin(), hosts.end(), *out.default_host) == hosts.end())
      diagnostics_.fault(out.default_host.where, observe::id::config_dangling_name,
                         "there is no Host '" + printable(*out.default_host) + "'" +
                             did_you_mean(*out.default_host, hosts));
    return out;
  }

  HostElement load_host(const XmlElement& element, std::set<std::string, std::less<>>& names) {
    ElementReader reader = this->reader("Host", "Engine", &element, element.where);
    HostElement out;
    out.where = element.where;
    out.name = reader.text("name");
    out.name.value = lower_case(*out.name);
    out.server_alias = reader.words("serverAlias");
    const auto claim = [&](const std::string& name, const Position& where) {
      if (!names.insert(name).second)
        diagnostics_.fault(where, observe::id::config_duplicate, "the host name '" + name + "' is taken already");
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
    std::set<std::string, std::less<>> paths;
    for (const XmlElement& child : element.children)
      if (child.name == "Context") out.contexts.push_back(load_context(child, paths));
    return out;
  }

  ContextElement load_context(const XmlElement& element, std::set<std::string, std::less<>>& paths) {
    ElementReader reader = this->reader("Context", "Host", &element, element.where);
    ContextElement out{element.where, reader.text("path"), absolute(reader.text("docBase"))};
    std::string& path = out.path.value;
    const bool relative = ("/" + path + "/").find("/../") != std::string::npos ||
                          ("/" + path + "/").find("/./") != std::string::npos;
    if (path.empty() || path[0] != '/' || relative || path.find("//") != std::string::npos ||
        path.find_first_of("*?#%") != std::string::npos)
      reader.fault(out.path.where, "path", "'" + printable(path) + "' is not a path like /shop");
    while (!path.empty() && path.back() == '/') path.pop_back();
    if (!paths.insert(path).second)
      diagnostics_.fault(out.path.where, observe::id::config_duplicate,
                         "another Context of this Host has the path '" + (path.empty() ? "/" : path) + "'");
    return out;
  }

  Attribute<std::string> absolute(Attribute<std::string> path) const {
    if (!path->empty()) path.value = (folder_ / *path).lexically_normal().string();
    while (path->size() > 1 && path->back() == '/') path.value.pop_back();
    return path;
  }

  const std::string& path_;
  std::filesystem::path folder_;
  Diagnostics& diagnostics_;
};

}  // namespace

std::string ConnectorElement::address() const {
  if (name_virtual_host.given) return *name_virtual_host;
  if (listen.given) return *listen;
  const bool bare_v6 = name->find(':') != std::string::npos && name->front() != '[';
  return (bare_v6 ? "[" + *name + "]" : *name) + ":" + std::to_string(*port);
}

NavajoXml load_navajo_xml(const std::string& path, Diagnostics& diagnostics) {
  return Loader(path, diagnostics).load();
}

}  // namespace navajo::config
