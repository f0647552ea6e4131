// What the directives of an httpd with mod_proxy are with us. Facts: the manuals of core, mod_proxy, mod_proxy_balancer
// and mod_ssl of httpd 2.4.
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "navajo/cli/migration/httpd_rows.h"
#include "navajo/cli/migration/httpd_text.h"
#include "navajo/cli/migration/httpd_workers.h"
#include "navajo/cli/migration/proxy_import.h"
#include "navajo/cli/migration/values.h"
#include "navajo/config/text.h"

namespace navajo::cli::migration {
namespace {

using DirectiveList = std::vector<const Directive*>;

struct HttpdScope {
  Params params;  // of connectors
  Params tls;
  bool tls_on = false, closed = false;
  std::string body_limit = "1024M";  // httpd's own
  HostSite* host = nullptr;
  std::string location;  // of the <Location> that this is
};

class HttpdImport {
 public:
  HttpdImport(const std::string& file, std::vector<Directive> top, Site& site, Notes& notes)
      : root_(SourceFiles::folder_of(file)), top_(std::move(top)), site_(site), notes_(notes) {}

  void run() {
    DirectiveList all;
    flatten(top_, all);
    for (const Directive* one : all)
      if (one->name == "serverroot") root_ = one->word(0);
    find_balancers(all);
    HttpdScope scope;
    const bool has_hosts =
        std::any_of(all.begin(), all.end(), [](const Directive* one) { return one->name == "virtualhost"; });
    if (!has_hosts) return virtual_host(all, scope, listens(all), all.empty() ? kNothing : *all.front());
    for (const Directive* one : all) {
      if (!one->has_block) shared(*one, scope);
      if (is_global(*one)) globals_.push_back(one);
    }
    for (const Directive* one : all) {
      if (one->name == "virtualhost") {
        DirectiveList within;
        flatten(one->block, within);
        find_balancers(within);
        virtual_host(within, scope, addresses(*one), *one);
      } else if (one->has_block && !is_balancer(*one) && !is_global(*one)) {
        (void)notes_.whole_block(*one, kHttpdRows);
      }
    }
    for (const auto& [name, balancer] : balancers_)
      if (!used_.count(name)) notes_.not_taken(*balancer, "nothing that was taken sends requests there");
    if (!all.empty()) site_.settle_reach(*all.front(), notes_);
  }

 private:
  // Sections for modules that are there are as if they were not.
  void flatten(const std::vector<Directive>& block, DirectiveList& out) {
    for (const Directive& one : block) {
      if ((one.name == "ifmodule" || one.name == "ifversion" || one.name == "iffile") &&
          !one.word(0).starts_with("!")) {
        notes_.not_needed(one, "taken as true");
        flatten(one.block, out);
      } else if (one.name == "ifmodule") {
        notes_.not_needed(one, "the module is taken to be there");
      } else {
        out.push_back(&one);
      }
    }
  }

  static bool is_balancer(const Directive& d) { return d.name == "proxy" && d.word(0).starts_with("balancer://"); }
  // Of all hosts, wherever it stands.
  static bool is_global(const Directive& d) {
    return d.name == "location" || (d.name.starts_with("proxy") && d.has_block && !is_balancer(d));
  }
  void find_balancers(const DirectiveList& block) {
    for (const Directive* one : block)
      if (is_balancer(*one)) balancers_[one->word(0).substr(11, one->word(0).find('/', 11) - 11)] = one;
  }

  std::vector<Endpoint> listens(const DirectiveList& block) {
    std::vector<Endpoint> out;
    for (const Directive* one : block)
      if (one->name == "listen")
        if (const auto where = endpoint(one->word(0), 80)) out.push_back(*where);
    return out;
  }

  std::vector<Endpoint> addresses(const Directive& host) {
    std::vector<Endpoint> out;
    for (const std::string& word : host.words) {
      if (const auto where = endpoint(word.ends_with(":*") ? word.substr(0, word.size() - 2) : word, 80))
        out.push_back(*where);
      else
        notes_.not_taken(host, "an address is not understood: add a Connector");
    }
    return out;
  }

  // ---------------------------------------------------------------- hosts

  void virtual_host(const DirectiveList& block, HttpdScope scope, const std::vector<Endpoint>& where,
                    const Directive& from) {
    std::string name = "default";
    std::vector<std::string> aliases;
    for (const Directive* one : block) {
      if (one->name == "servername") name = server_name(*one, name);
      if (one->name == "serveralias") server_alias(*one, aliases);
    }
    HostSite& host = site_.host(name);
    for (const std::string& alias : aliases)
      if (std::find(host.aliases.begin(), host.aliases.end(), alias) == host.aliases.end())
        host.aliases.push_back(alias);
    if (!site_.has_default()) site_.set_default(name);
    scope.host = &host;
    scope.location.clear();
    for (const Directive* one : block)
      if (!one->has_block && !is_pass(*one) && one->name != "servername" && one->name != "serveralias")
        shared(*one, scope);
    if (host.body_limit.empty()) host.body_limit = scope.body_limit;
    closed_below_.clear();
    passes(block, scope);
    sections(block, scope);
    const Notes before = notes_;
    sections(globals_, scope);
    if (std::exchange(told_globals_, true)) notes_ = before;
    close_locations(host);
    for (const Endpoint& one : where) {
      const Listener listener{.address = one.address,
                              .port = one.port,
                              .name = name,
                              .aliases = host.aliases,
                              .ssl = scope.tls_on ? scope.tls : Params{}};
      host.listeners.push_back(listener.bind());
      site_.add_listener(listener, from, notes_);
      notes_.taken(from, "Connector " + name + " on " + listener.bind());
    }
    if (where.empty()) notes_.not_taken(from, "no address to listen on: add a Connector");
  }

  std::string server_name(const Directive& d, const std::string& before) {
    std::string name = d.word(0);
    if (const size_t scheme = name.find("://"); scheme != name.npos) name = name.substr(scheme + 3);
    name = config::lower_case(name.substr(0, name.find(':')));
    if (!is_host_name(name)) {
      notes_.not_taken(d, "no name: name of Host and Connector");
      return before;
    }
    notes_.taken(d, "name of Host and Connector");
    return name;
  }

  void server_alias(const Directive& d, std::vector<std::string>& into) {
    for (const std::string& word : d.words) {
      if (is_host_name(word) || (word.starts_with("*.") && is_host_name(word.substr(2))))
        into.push_back(config::lower_case(word));
      else
        notes_.not_taken(d, "only names and *.names: serverAlias of Host");
    }
    notes_.taken(d, "serverAlias of Host");
  }

  void sections(const DirectiveList& block, const HttpdScope& scope) {
    for (const Directive* one : block) {
      if (!one->has_block || is_balancer(*one)) continue;
      const bool regex = one->word(0) == "~" || one->name == "locationmatch";
      DirectiveList within;
      flatten(one->block, within);
      if (one->name == "location" && !regex && one->word(0).starts_with("/")) {
        HttpdScope inside = scope;
        inside.location = one->word(0);
        inside.closed = false;
        for (const Directive* d : within)
          if (!d->has_block && !is_pass(*d)) shared(*d, inside);
        for (const Directive* d : within)
          if (d->has_block) inside.closed |= notes_.whole_block(*d, kHttpdRows) == Guards::access;
        if (inside.closed)
          closed_below_.emplace_back(inside.location, one);
        else
          notes_.not_needed(*one, "what is in it is told line by line");
        inside.closed |= scope.closed;
        passes(within, inside);
      } else {
        const Guards lost = notes_.whole_block(*one, kHttpdRows);
        if (lost == Guards::access && one->name.starts_with("proxy")) closed_below_.emplace_back("/", one);
      }
    }
  }

  // Who may get below these is not known, whatever route leads there.
  void close_locations(HostSite& host) {
    for (const auto& [path, from] : closed_below_) {
      std::string prefix = path.size() > 1 && path.ends_with('/') ? path.substr(0, path.size() - 1) : path;
      bool there = false;
      for (Route& route : host.routes) {
        const bool below = prefix == "/" || route.prefix == prefix || route.prefix.starts_with(prefix + "/");
        route.closed |= below;
        there |= route.prefix == prefix;
      }
      if (!there) host.routes.push_back({.prefix = prefix, .closed = true});
      notes_.taken(*from, "mapped to nothing (404): see what is in it");
    }
  }

  // ---------------------------------------------------------------- directives

  static bool is_pass(const Directive& d) { return d.name == "proxypass"; }

  static bool is_redirect_to_https(const Directive& d) {
    if (d.name == "redirect" || d.name == "redirectpermanent") {
      const size_t at = d.words.size() - std::min<size_t>(d.words.size(), 2);
      return d.word(at) == "/" && d.word(at + 1).starts_with("https://");
    }
    return d.name == "rewriterule" &&
           (d.word(1).starts_with("https://%{HTTP_HOST}") || d.word(1).starts_with("https://%{SERVER_NAME}"));
  }

  void shared(const Directive& d, HttpdScope& scope) {
    const std::string& value = d.word(0);
    const bool on = config::lower_case(value) == "on";
    for (const auto& [name, ours] : kHttpdTls)
      if (d.name == name) return tls(d, ours, scope);
    for (const auto& [name, ours] : kHttpdServer) {
      if (d.name != name) continue;
      if (scope.host) return notes_.not_taken(d, std::string(ours) + " is of Server, for all Connectors");
      set(site_.server(), ours, value);
      return notes_.taken(d, std::string(ours) + " of Server");
    }
    if (d.name == "sslengine") {
      scope.tls_on = on;
      return notes_.taken(d, "SSL of Connector");
    }
    if (d.name == "proxypreservehost") {
      if (on) set(scope.params, "HostName", "ENV:HTTP_Host;");
      return notes_.taken(d, on ? "HostName ENV:HTTP_Host;" : "no HostName");
    }
    if (d.name == "proxytimeout") return time(d, value, "RequestTimeout", scope.params);
    if (d.name == "limitrequestbody") return body_limit(d, scope);
    if (d.name == "sslproxycacertificatefile") {
      set(scope.params, "SSLCACertificateFile", SourceFiles::within(root_, value));
      return notes_.taken(d, "SSLCACertificateFile of HttpsConnectorServlet");
    }
    if (scope.host && scope.location.empty() && is_redirect_to_https(d)) {
      scope.host->to_https = true;
      return notes_.taken(d, "unsecureConnection=\"redirect\" of Context");
    }
    const std::string two = config::lower_case(value + " " + d.word(1));
    if ((d.name == "require" && two == "all granted") || (d.name == "allow" && two == "from all"))
      return notes_.not_needed(d, "nobody is kept out");
    if (d.name == "require" && two == "all denied" && !scope.location.empty()) {
      scope.closed = true;
      return notes_.taken(d, "404");
    }
    if (d.name == "rewriteengine") return notes_.not_needed(d, "what RewriteRule does is what counts");
    if (d.name == "servername" && !scope.host) return notes_.not_needed(d, "defaultHost of Engine");
    if (notes_.by_table_or_unknown(d, kHttpdRows) == Guards::access) scope.closed = true;
  }

  void tls(const Directive& d, const std::string& name, HttpdScope& scope) {
    if (!scope.location.empty()) {
      if (name == "SSLVerifyClient") scope.closed = true;
      return notes_.not_taken(d, name + " is of a whole Connector", Guards::access);
    }
    std::string value;
    for (const std::string& word : d.words) value += (value.empty() ? "" : " ") + word;
    if (name.ends_with("File")) value = SourceFiles::within(root_, d.word(0));
    set(scope.tls, name, value);
    notes_.taken(d, name + " of SSL");
  }

  void body_limit(const Directive& d, HttpdScope& scope) {
    const auto size = size_text(d.word(0));
    if (!size) return notes_.not_taken(d, "no size: limitRequestBody of Host");
    if (!scope.location.empty())
      return notes_.not_taken(d, "limitRequestBody is of a Host or Context: give this path a Context of its own");
    scope.body_limit = *size;
    notes_.taken(d, "limitRequestBody=\"" + *size + "\" of Host");
  }

  void time(const Directive& d, const std::string& text, const std::string& param, Params& into) {
    const auto value = time_text(text, "s");
    if (!value) return notes_.not_taken(d, "no time that " + param + " can have: set it by hand");
    set(into, param, *value);
    notes_.taken(d, param + " " + *value);
  }

  // ---------------------------------------------------------------- ProxyPass

  void passes(const DirectiveList& block, const HttpdScope& scope) {
    for (const Directive* one : block) {
      if (!is_pass(*one)) continue;
      const bool inside = !scope.location.empty() && target_url(one->word(0));
      const std::string path = inside ? scope.location : one->word(0), url = one->word(inside ? 0 : 1);
      if (url == "!") {
        notes_.not_taken(*one, "an exception: a servlet of its own for this path");
        continue;
      }
      Route route;
      if (!path.starts_with("/") || path.find_first_of("*\"<>&$") != path.npos) {
        notes_.not_taken(*one, "no path: a servlet-mapping by hand");
        continue;
      }
      route.prefix = path.size() > 1 && path.ends_with('/') ? path.substr(0, path.size() - 1) : path;
      route.closed = scope.closed;
      if (Site::before(*scope.host, route.prefix)) {
        const bool same = Site::before(*scope.host, route.prefix)->prefix == route.prefix;
        notes_.not_taken(*one, same ? "this path has a backend already, from a line before or another VirtualHost"
                                    : "never reached: a ProxyPass of a shorter path stands before it");
        continue;
      }
      if (!take_target(*one, url, path, scope, route)) continue;
      for (size_t i = inside ? 1 : 2; i < one->words.size(); i++) take_httpd_param(*one, one->words[i], route, notes_);
      notes_.taken(*one, route.closed ? "mapped to nothing (404), since who may get there was not taken"
                                      : "url-pattern of a connector");
      site_.add_route(*scope.host, std::move(route), *one, notes_);
    }
  }

  bool take_target(const Directive& d, const std::string& text, const std::string& path, const HttpdScope& scope,
                   Route& route) {
    const auto refuse = [&](const char* why) {
      notes_.not_taken(d, why);
      return false;
    };
    const auto url = target_url(text);
    if (!url) return refuse("no URL: a connector by hand");
    for (const auto& [name, value] : scope.params) set(route.params, name, value);
    // In place of the path stands that of the URL, also when it is empty.
    const bool cut = url->path.empty() && path != "/" && !path.ends_with('/');
    if (!map_path(route, cut ? path + "/" : path, cut ? "/" : url->path))
      return refuse("paths change in a way MappingType and URIPrefix do not have: RewriteFilter");
    if (url->scheme == "balancer") {
      const auto balancer = balancers_.find(url->place);
      if (balancer == balancers_.end()) return refuse("there is no <Proxy> section for this balancer");
      Notes nobody;
      take_httpd_balancer(*balancer->second, route, used_.insert(url->place).second ? notes_ : nobody);
    } else if (!take_httpd_server(url->scheme, url->place, route)) {
      return refuse("no http, https, ws or wss: a connector speaks HTTP/1.1");
    }
    if (!route.tls) std::erase_if(route.params, [](const auto& one) { return one.first.starts_with("SSL"); });
    return !(route.servers.empty() && route.spares.empty()) || refuse("there is no backend in it that could be taken");
  }

  static const Directive kNothing;
  std::string root_;
  const std::vector<Directive> top_;
  Site& site_;
  Notes& notes_;
  std::map<std::string, const Directive*, std::less<>> balancers_;
  std::set<std::string, std::less<>> used_;
  std::vector<std::pair<std::string, const Directive*>> closed_below_;
  DirectiveList globals_;  // sections outside of VirtualHosts
  bool told_globals_ = false;
};
const Directive HttpdImport::kNothing{};

}  // namespace

base::Status<> import_httpd(const std::string& file, Site& site, Notes& notes) {
  auto top = read_httpd(file);
  if (!top.ok()) return base::Failed{top.error()};
  HttpdImport(file, std::move(*top), site, notes).run();
  return base::Done{};
}

}  // namespace navajo::cli::migration
