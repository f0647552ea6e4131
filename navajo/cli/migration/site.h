// The common part of a reverse proxy's configuration, whichever proxy it was, and as a navajo.xml with its web.xml
// files. Values; one thread.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "navajo/cli/migration/notes.h"

namespace navajo::cli::migration {

using Params = std::vector<std::pair<std::string, std::string>>;
void set(Params& params, const std::string& name, const std::string& value);  // replaces one that is there

// One servlet and what is mapped to it.
struct Route {
  std::string prefix = "/";  // "/api": it, and all below; "/" all
  bool exact = false;        // this path alone
  bool tls = false;          // to the backends
  std::vector<std::string> servers, spares;
  bool closed = false;  // who may get there is not known: 404
  Params params;
  bool operator==(const Route&) const = default;
};

struct HostSite {
  std::string name;
  std::vector<std::string> aliases;
  std::string body_limit;  // empty: the server's
  bool to_https = false;
  std::vector<Route> routes;
  std::vector<std::string> listeners;  // "0.0.0.0:443"
};

struct Listener {
  std::string address;
  int port = 0;
  std::string name;  // of the Connector
  std::vector<std::string> aliases;
  Params ssl;  // empty: no TLS
  std::string bind() const { return address + ":" + std::to_string(port); }
};

struct TcpSite {
  std::string name;  // of the Routing
  Listener listener;
  Params connector, routing;
  std::vector<std::string> backends;
  bool check = false;
};

class Site {
 public:
  explicit Site(std::string name) : name_(std::move(name)) {}

  HostSite& host(const std::string& name);
  // Adds one unless it is there. What is beyond what Navajo can tell apart is noted.
  void add_route(HostSite& to, Route route, const Directive& from, Notes& notes);
  void add_listener(Listener listener, const Directive& from, Notes& notes);
  void add_tcp(TcpSite site) { tcp_.push_back(std::move(site)); }
  void set_default(const std::string& host) { default_host_ = host; }
  bool has_default() const { return !default_host_.empty(); }
  Params& server() { return server_; }
  // When all is there: hosts that were reached at some of the addresses only, since a Host is reached at all of them.
  void settle_reach(const Directive& from, Notes& notes);

  const std::vector<HostSite>& hosts() const { return hosts_; }
  const std::vector<TcpSite>& tcp() const { return tcp_; }
  // The route that gets what is below `prefix`, where the first one that fits counts; null: none yet.
  static const Route* before(const HostSite& host, const std::string& prefix);
  std::string navajo_xml() const;
  static std::string web_xml(const HostSite& host);
  // "sites/www.example.org"
  static std::string folder_of(const HostSite& host) { return "sites/" + host.name; }

 private:
  std::string connectors() const;
  std::string name_, default_host_;
  Params server_;
  std::vector<HostSite> hosts_;
  std::vector<Listener> listeners_;
  std::vector<TcpSite> tcp_;
};

// What is left of a path, and is put before it, when requests below `prefix` go to a URL with `path`: MappingType and
// URIPrefix. False: that cannot be said in these.
bool map_path(Route& route, const std::string& prefix, const std::string& path);

}  // namespace navajo::cli::migration
