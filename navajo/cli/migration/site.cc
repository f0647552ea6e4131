#include "navajo/cli/migration/site.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "navajo/config/text.h"

namespace navajo::cli::migration {
namespace {

std::string attribute(const std::string& name, const std::string& value) {
  return " " + name + "=\"" + config::xml_escaped(value) + "\"";
}

std::string attributes(const Params& params) {
  std::string out;
  for (const auto& [name, value] : params) out += attribute(name, value);
  return out;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

std::string init_param(const std::string& name, const std::string& value) {
  return "    <init-param>\n      <param-name>" + name + "</param-name>\n      <param-value>" +
         config::xml_escaped(value) + "</param-value>\n    </init-param>\n";
}

std::string pattern_of(const Route& route) {
  if (route.exact) return route.prefix;
  return route.prefix == "/" ? "/*" : route.prefix + "/*";
}

bool is_below(const std::string& path, const std::string& prefix) {
  return prefix == "/" || path == prefix || path.starts_with(prefix + "/");
}

}  // namespace

void set(Params& params, const std::string& name, const std::string& value) {
  for (auto& [known, old] : params)
    if (known == name) {
      old = value;
      return;
    }
  params.emplace_back(name, value);
}

bool map_path(Route& route, const std::string& prefix, const std::string& path) {
  if (path.empty()) return true;
  const auto bare = [](std::string text) {
    if (text.ends_with('/')) text.pop_back();
    return text;
  };
  // Of /app/ to http://b/x, /app/y would become /xy.
  if (prefix.ends_with('/') != path.ends_with('/') && bare(prefix) != "") return false;
  if (bare(prefix) == bare(path)) return true;
  set(route.params, "MappingType", "pathinfo");
  if (!bare(path).empty()) set(route.params, "URIPrefix", bare(path));
  return true;
}

HostSite& Site::host(const std::string& name) {
  for (HostSite& one : hosts_)
    if (one.name == name) return one;
  HostSite& made = hosts_.emplace_back();
  made.name = name;
  return made;
}

void Site::add_route(HostSite& to, Route route, const Directive& from, Notes& notes) {
  if (route.prefix.size() > 1 && route.prefix.ends_with('/') && !route.exact) route.prefix.pop_back();
  for (Route& known : to.routes) {
    if (known.prefix != route.prefix || known.exact != route.exact) continue;
    // Of two, the stricter one.
    const bool open = std::exchange(known.closed, known.closed || route.closed);
    if (!(known == route) || open != known.closed)
      notes.not_taken(from, "host " + to.name + " has another backend at " + route.prefix +
                                " already, and a Host answers on every Connector: two instances keep them apart");
    return;
  }
  to.routes.push_back(std::move(route));
}

void Site::add_listener(Listener listener, const Directive& from, Notes& notes) {
  for (Listener& known : listeners_) {
    if (known.port == listener.port && known.address != listener.address &&
        (known.address == "0.0.0.0" || known.address == "[::]") &&
        (listener.address == "0.0.0.0" || listener.address == "[::]")) {
      notes.not_taken(from, "there is a Connector on " + known.bind() + " already; where that does not take " +
                                listener.address + " as well, add one with listen=\"" + listener.bind() + "\"");
      return;
    }
    if (known.bind() != listener.bind() || known.name != listener.name) continue;
    if (known.ssl != listener.ssl)
      notes.not_taken(from, "the Connector " + known.name + " on " + known.bind() + " has other TLS settings already",
                      Guards::access);
    for (const std::string& alias : listener.aliases)
      if (std::find(known.aliases.begin(), known.aliases.end(), alias) == known.aliases.end())
        known.aliases.push_back(alias);
    return;
  }
  listeners_.push_back(std::move(listener));
}

void Site::settle_reach(const Directive& from, Notes& notes) {
  std::map<std::string, bool> with_tls;  // by bind
  for (const Listener& one : listeners_) with_tls[one.bind()] |= !one.ssl.empty();
  const bool any_plain = std::any_of(with_tls.begin(), with_tls.end(), [](const auto& one) { return !one.second; });
  std::set<std::string> all;
  std::map<std::string, std::set<std::string>> reached;
  for (HostSite& host : hosts_) {
    std::set<std::string>& own = reached[host.name];
    for (const std::string& bind : host.listeners)
      if (with_tls[bind]) own.insert(bind);
    if (own.empty()) {
      own.insert(host.listeners.begin(), host.listeners.end());
    } else if (own.size() == std::set(host.listeners.begin(), host.listeners.end()).size() && any_plain) {
      host.to_https = true;
      notes.taken(from,
                  "host " + host.name + " was reached with TLS alone: unsecureConnection=\"redirect\" of Context");
    }
    all.insert(own.begin(), own.end());
  }
  for (const auto& [name, own] : reached) {
    // The usual port is everybody's; of those with TLS what comes without is sent there.
    if (own.empty() || own == std::set<std::string>{"0.0.0.0:80"}) continue;
    const bool tls = with_tls[*own.begin()];
    if (std::all_of(all.begin(), all.end(),
                    [&](const std::string& bind) { return own.contains(bind) || (tls && !with_tls[bind]); }))
      continue;
    notes.not_taken(from,
                    "host " + name + " was reached at " + joined({own.begin(), own.end()}) +
                        " alone; a Host answers on every Connector: give it an instance of its own",
                    Guards::access);
  }
}

std::string Site::connectors() const {
  std::string out;
  std::set<std::string> bound;
  for (const Listener& one : listeners_) {
    out += "    <Connector" + attribute("name", one.name) + attribute("port", std::to_string(one.port)) +
           attribute(bound.insert(one.bind()).second ? "listen" : "nameVirtualHost", one.bind());
    if (!one.aliases.empty()) out += attribute("serverAlias", joined(one.aliases));
    out += one.ssl.empty() ? "/>\n" : ">\n      <SSL" + attributes(one.ssl) + "/>\n    </Connector>\n";
  }
  return out;
}

const Route* Site::before(const HostSite& host, const std::string& prefix) {
  for (const Route& known : host.routes)
    if (!known.exact && is_below(prefix, known.prefix)) return &known;
  return nullptr;
}

std::string Site::navajo_xml() const {
  std::string out =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- Made by `navajo import`: what became of each directive is in "
      "import-report.txt. -->\n<Navajo>\n  <Service" +
      attribute("name", name_) + ">\n    <Server" + attributes(server_) + "/>\n";
  for (const TcpSite& one : tcp_) {
    out += "    <Routing" + attribute("name", one.name) + attribute("backends", joined(one.backends)) +
           attributes(one.routing);
    out += one.check ? ">\n      <HealthCheck type=\"tcp\"/>\n    </Routing>\n" : "/>\n";
    out += "    <TcpConnector" + attribute("name", one.name) + attribute("port", std::to_string(one.listener.port)) +
           attribute("listen", one.listener.bind()) + attribute("routing", one.name) + attributes(one.connector) +
           "/>\n";
  }
  out += connectors();
  if (!hosts_.empty()) {
    out += "    <Engine" + (default_host_.empty() ? "" : attribute("defaultHost", default_host_)) + ">\n";
    for (const HostSite& host : hosts_) {
      out += "      <Host" + attribute("name", host.name);
      if (!host.aliases.empty()) out += attribute("serverAlias", joined(host.aliases));
      if (!host.body_limit.empty()) out += attribute("limitRequestBody", host.body_limit);
      out += ">\n        <Context" + attribute("docBase", folder_of(host)) +
             (host.to_https ? attribute("unsecureConnection", "redirect") : "") + "/>\n      </Host>\n";
    }
    out += "    </Engine>\n";
  }
  return out + "  </Service>\n</Navajo>\n";
}

std::string Site::web_xml(const HostSite& host) {
  std::string servlets, mappings;
  int number = 0;
  for (const Route& route : host.routes) {
    const std::string name = "Backend" + std::to_string(++number);
    mappings += "  <servlet-mapping>\n    <servlet-name>" + name + "</servlet-name>\n    <url-pattern>" +
                config::xml_escaped(pattern_of(route)) + "</url-pattern>\n  </servlet-mapping>\n";
    if (route.closed) {
      servlets +=
          "  <!-- In place of a connector: who may get there was not imported (import-report.txt). -->\n  <servlet>\n"
          "    <servlet-name>" +
          name + "</servlet-name>\n    <servlet-class>DefaultServlet</servlet-class>\n  </servlet>\n";
      continue;
    }
    std::string addresses = joined(route.servers);
    if (!route.spares.empty()) addresses += (addresses.empty() ? "" : " | ") + joined(route.spares);
    servlets += "  <servlet>\n    <servlet-name>" + name + "</servlet-name>\n    <servlet-class>" +
                (route.tls ? "HttpsConnectorServlet" : "HttpConnectorServlet") + "</servlet-class>\n" +
                init_param("InetAddress", addresses);
    for (const auto& [param, value] : route.params) servlets += init_param(param, value);
    servlets += "  </servlet>\n";
  }
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<web-app>\n" + servlets + mappings + "</web-app>\n";
}

}  // namespace navajo::cli::migration
