// What an nginx configuration's directives are with us. Facts: the manuals of ngx_http_core_module,
// ngx_http_proxy_module, ngx_http_upstream_module and ngx_http_ssl_module.
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "navajo/cli/migration/nginx_rows.h"
#include "navajo/cli/migration/nginx_text.h"
#include "navajo/cli/migration/proxy_import.h"
#include "navajo/cli/migration/values.h"
#include "navajo/config/text.h"

namespace navajo::cli::migration {
namespace {

class NginxImport {
 public:
  NginxImport(const std::string& file, std::vector<Directive> top, Site& site, Notes& notes)
      : folder_(SourceFiles::folder_of(file)), top_(std::move(top)), site_(site), notes_(notes) {}

  void run() {
    for (const Directive& one : top_) {
      if (one.name == "http")
        http(one);
      else
        (void)notes_.whole_block(one, kNginxRows);
    }
  }

 private:
  void http(const Directive& block) {
    notes_.taken(block, "Service");
    for (const Directive& one : block.block)
      if (one.name == "upstream") upstreams_[one.word(0)] = &one;
    for (const Directive& one : block.block)
      if (const char* attribute = tls_attribute(one)) tls(one, attribute, tls_);
    NginxScope scope;
    plain(block, scope);
    for (const Directive& one : block.block) {
      if (one.name == "server")
        server(one, scope);
      else if (one.has_block && one.name != "upstream")
        (void)whole_block(one);
    }
    for (const auto& [name, upstream] : upstreams_)
      if (!used_.count(name)) notes_.not_taken(*upstream, "nothing that was taken sends requests there");
    if (!site_.hosts().empty()) site_.settle_reach(block, notes_);
  }

  // Of some it is values that stand within.
  Guards whole_block(const Directive& one) {
    const bool values = one.name == "map" || one.name == "geo" || one.name == "split_clients";
    return values ? notes_.by_table_or_unknown(one, kNginxRows) : notes_.whole_block(one, kNginxRows);
  }

  // Directives without a block, in any order.
  void plain(const Directive& block, NginxScope& scope) {
    if (std::any_of(block.block.begin(), block.block.end(),
                    [](const Directive& one) { return one.name == "proxy_set_header"; }))
      scope.headers.clear();
    scope.lets_some_in = std::any_of(block.block.begin(), block.block.end(),
                                     [](const Directive& one) { return one.name == "allow" || one.name == "satisfy"; });
    for (const Directive& one : block.block)
      if (!one.has_block && one.name != "proxy_pass" && one.name != "listen" && one.name != "server_name" &&
          !tls_attribute(one))
        shared(one, scope);
  }

  static const char* tls_attribute(const Directive& d) {
    for (const auto& row : kNginxTls)
      if (d.name == row.name) return row.attribute;
    return nullptr;
  }

  void shared(const Directive& d, NginxScope& scope) {
    for (const NginxTimeRow& row : kNginxTimes)
      if (d.name == row.name) return time(d, row.param, scope);
    if (d.name == "proxy_set_header") return header(d, scope);
    if (d.name == "client_max_body_size") return body_size(d, scope);
    if (d.name == "proxy_ssl_trusted_certificate") {
      set(scope.params, "SSLCACertificateFile", SourceFiles::within(folder_, d.word(0)));
      return notes_.taken(d, "SSLCACertificateFile of HttpsConnectorServlet");
    }
    if ((d.name == "return" || d.name == "rewrite") && scope.host && is_redirect_to_https(d)) {
      scope.host->to_https = true;
      return notes_.taken(d, "unsecureConnection=\"redirect\" of Context");
    }
    if (d.name == "return" && (d.word(0).starts_with("4") || d.word(0).starts_with("5"))) {
      scope.closed = true;
      if (scope.elsewhere) return notes_.not_taken(d, "a rule that blocks (docs/reference/rules.md)", Guards::access);
      return notes_.taken(d, "404, whatever it was");
    }
    if (d.name == "deny" && d.word(0) == "all" && !scope.lets_some_in && !scope.elsewhere) {
      scope.closed = true;
      return notes_.taken(d, "404");
    }
    if ((d.name == "auth_basic" || d.name == "auth_request") && d.word(0) == "off")
      return notes_.not_needed(d, "nothing asks for a user");
    if (d.name == "allow" && d.word(0) == "all") return notes_.not_needed(d, "nobody is kept out");
    if (notes_.by_table_or_unknown(d, kNginxRows) == Guards::access) scope.closed = true;
  }

  void time(const Directive& d, const char* param, NginxScope& scope) {
    const auto value = time_text(d.word(0), "s");
    if (!value) return notes_.not_taken(d, std::string("no time that ") + param + " can have: set it by hand");
    set(scope.params, param, *value);
    notes_.taken(d, std::string(param) + " " + *value);
  }

  void header(const Directive& d, NginxScope& scope) {
    const std::string name = config::lower_case(d.word(0));
    for (const NginxHeaderRow& row : kNginxHeaders) {
      if (name != row.field || (*row.value && d.word(1) != row.value)) continue;
      if (!*row.param) return notes_.not_needed(d, "done by itself");
      set(scope.headers, row.param, row.becomes);
      return notes_.taken(d, std::string(row.param) + " " + row.becomes);
    }
    if (name == "host" && is_host_name(d.word(1))) {
      set(scope.headers, "HostName", d.word(1));
      return notes_.taken(d, "HostName");
    }
    const bool identity =
        d.word(1).find("$ssl_client") != std::string::npos || d.word(1).find("$remote_user") != std::string::npos;
    notes_.not_taken(d, "HeaderDelegationFilter or DelegationFilter sets fields for backends",
                     identity ? Guards::access : Guards::no);
  }

  void body_size(const Directive& d, NginxScope& scope) {
    const auto size = size_text(d.word(0));
    if (!size) return notes_.not_taken(d, "no size: limitRequestBody of Host");
    if (in_location_)
      return notes_.not_taken(d, "limitRequestBody is of a Host or Context: give this path a Context of its own");
    if (scope.host)
      scope.host->body_limit = *size;
    else
      body_limit_ = *size;
    notes_.taken(d, "limitRequestBody=\"" + *size + "\" of Host");
  }

  void server(const Directive& block, NginxScope scope) {
    std::vector<const Directive*> listens;
    std::vector<std::string> names;
    Params ssl = tls_;
    for (const Directive& one : block.block) {
      if (one.name == "listen") listens.push_back(&one);
      if (one.name == "server_name") server_names(one, names);
      if (const char* attribute = tls_attribute(one)) tls(one, attribute, ssl);
    }
    HostSite& host = take_host(names);
    notes_.taken(block, "Host " + host.name);
    scope.host = &host;
    if (host.body_limit.empty()) host.body_limit = body_limit_;
    if (!site_.has_default()) site_.set_default(host.name);
    for (const Directive* one : listens) listen(*one, host, ssl);
    if (listens.empty()) notes_.not_taken(block, "without 'listen' nginx takes port 80 or 8000: add a Connector");
    plain(block, scope);
    for (const Directive& one : block.block)
      if (one.name == "if") condition(one, scope);
    for (const Directive& one : block.block) {
      if (one.name == "location")
        location(one, scope);
      else if (one.has_block && one.name != "if" && whole_block(one) == Guards::access)
        scope.closed = true;
    }
  }

  void tls(const Directive& d, const char* attribute, Params& ssl) {
    const std::string name = attribute;
    std::string value = d.word(0);
    if (name == "SSLProtocol") {
      value = "-all";
      for (const std::string& word : d.words) {
        if (word == "TLSv1.2" || word == "TLSv1.3")
          value += " +" + word;
        else
          notes_.not_taken(d, config::printable(word) + ": write it into SSLProtocol if clients still need it");
      }
    }
    if (name == "SSLVerifyClient" && value == "off") return notes_.not_needed(d, "nobody is asked for a certificate");
    if (name.ends_with("File")) value = SourceFiles::within(folder_, value);
    if (name == "SSLVerifyClient") value = value == "on" ? "require" : value;
    if (name == "SSLVerifyClient" && value != "require" && value != "optional")
      return notes_.not_taken(d, "SSLVerifyClient of SSL has require and optional", Guards::access);
    if (name == "SSLCARevocationFile") set(ssl, "SSLCARevocationCheck", "chain");
    set(ssl, name, value);
    notes_.taken(d, name + " of SSL");
  }

  void server_names(const Directive& d, std::vector<std::string>& names) {
    for (const std::string& word : d.words) {
      const bool wildcard = word.starts_with("*.") && is_host_name(word.substr(2));
      if (word == "_" || word.empty())
        notes_.not_needed(d, "a name nobody has: defaultHost");
      else if (word.starts_with("."))
        names.insert(names.end(), {word.substr(1), "*" + word});
      else if (wildcard || is_host_name(word))
        names.push_back(config::lower_case(word));
      else
        notes_.not_taken(d, "only names and *.names: serverAlias of Host", Guards::no);
    }
    if (!names.empty()) notes_.taken(d, "name and serverAlias of Host");
  }

  HostSite& take_host(const std::vector<std::string>& names) {
    std::string name = "default";
    for (const std::string& one : names)
      if (!one.starts_with("*")) {
        name = one;
        break;
      }
    if (name == "default" && !names.empty()) name = names[0].substr(2);
    HostSite& host = site_.host(name);
    for (const std::string& one : names)
      if (one != name && std::find(host.aliases.begin(), host.aliases.end(), one) == host.aliases.end())
        host.aliases.push_back(one);
    return host;
  }

  void listen(const Directive& d, HostSite& host, const Params& ssl) {
    const auto where = endpoint(d.word(0), 80);
    if (!where) return notes_.not_taken(d, "no address and port: add a Connector");
    Listener listener{
        .address = where->address, .port = where->port, .name = host.name, .aliases = host.aliases, .ssl = {}};
    std::string rest;
    bool has_tls = false;
    for (size_t i = 1; i < d.words.size(); i++) {
      const std::string& word = d.words[i];
      if (word == "ssl") has_tls = true;
      if (word == "default_server" || word == "default") site_.set_default(host.name);
      if (word == "proxy_protocol")
        notes_.not_taken(d, "RemoteIPProxyProtocol=\"On\" of Connector; without it clients are the proxy in front",
                         Guards::access);
      if (word == "quic") rest = " (without QUIC)";
    }
    const bool certificate =
        std::any_of(ssl.begin(), ssl.end(), [](const auto& one) { return one.first == "SSLCertificateFile"; });
    if (has_tls) listener.ssl = ssl;
    if (has_tls && !certificate) return notes_.not_taken(d, "ssl without ssl_certificate: add a Connector with SSL");
    host.listeners.push_back(listener.bind());
    notes_.taken(d, "Connector " + host.name + " on " + listener.bind() + rest);
    site_.add_listener(std::move(listener), d, notes_);
  }

  void condition(const Directive& d, NginxScope& scope) {
    if (d.block.size() == 1 && d.word(0) == "($scheme" && is_redirect_to_https(d.block[0])) {
      scope.host->to_https = true;
      return notes_.taken(d, "unsecureConnection=\"redirect\" of Context");
    }
    notes_.not_taken(d, "a rule (docs/reference/rules.md) can do it");
    for (const Directive& one : d.block) {
      NginxScope within = scope;
      within.elsewhere = true;
      within.closed = false;
      shared(one, within);
      scope.closed |= within.closed;
    }
  }

  void location(const Directive& d, NginxScope scope) {
    const bool modified = d.words.size() > 1;
    const std::string modifier = modified ? d.word(0) : "", path = d.word(modified ? 1 : 0);
    const bool literal = path.starts_with("/") && path.find_first_of("*\"<>&") == std::string::npos;
    scope.elsewhere = !literal || modifier.starts_with("~");
    const bool was_in = std::exchange(in_location_, true);
    const Directive* pass = nullptr;
    for (const Directive& one : d.block)
      if (one.name == "proxy_pass") pass = &one;
    plain(d, scope);
    for (const Directive& one : d.block)
      if (one.name == "if") condition(one, scope);
    for (const Directive& one : d.block)
      if (one.has_block && one.name != "if" && one.name != "location" && whole_block(one) == Guards::access)
        scope.closed = true;
    Route route;
    route.prefix = path;
    route.exact = modifier == "=";
    route.closed = scope.closed;
    const bool passes = pass && !scope.elsewhere && take_pass(*pass, path, scope, route);
    if (pass && scope.elsewhere) notes_.not_taken(*pass, "it stands in a location that was not taken");
    if (scope.elsewhere)
      notes_.not_taken(d, "no prefix: a servlet-mapping by hand", scope.closed ? Guards::access : Guards::no);
    else if (!pass && !scope.closed)
      notes_.not_taken(d, "it has no proxy_pass: files are served by a DefaultServlet, the rest by hand");
    else if (passes || scope.closed) {
      notes_.taken(d, route.closed
                          ? "mapped to nothing (404), since who may get there was not taken"
                          : "url-pattern of a connector" +
                                std::string(route.exact || path.ends_with("/") ? "" : ", whole path segments"));
      site_.add_route(*scope.host, std::move(route), d, notes_);
    }
    for (const Directive& one : d.block)
      if (one.name == "location") location(one, scope);
    in_location_ = was_in;
  }

  bool take_pass(const Directive& d, const std::string& path, const NginxScope& scope, Route& route) {
    const auto url = target_url(d.word(0));
    if (!url || (url->scheme != "http" && url->scheme != "https")) {
      notes_.not_taken(d, "no http:// or https:// URL without variables: a connector by hand");
      return false;
    }
    route.tls = url->scheme == "https";
    route.params = scope.headers;
    for (const auto& [name, value] : scope.params)
      if (route.tls || !name.starts_with("SSL")) route.params.emplace_back(name, value);
    if (!map_path(route, path, url->path)) {
      notes_.not_taken(d, "paths change in a way MappingType and URIPrefix do not have: RewriteFilter");
      return false;
    }
    const auto upstream = upstreams_.find(url->place);
    if (upstream != upstreams_.end()) {
      const bool first = used_.insert(url->place).second;
      Notes again;
      take_upstream(*upstream->second, route, first ? notes_ : again);
    } else if (const auto address = address_text(url->place, route.tls ? 443 : 80)) {
      route.servers.push_back(*address);
    }
    if (route.servers.empty() && route.spares.empty()) {
      notes_.not_taken(d, "there is no backend in it that could be taken");
      return false;
    }
    if (route.tls && !has_trust(scope))
      notes_.not_needed(d,
                        "backends' certificates are verified, unlike nginx: SSLCACertificateFile if they are your own");
    notes_.taken(d, "InetAddress");
    return true;
  }

  static bool has_trust(const NginxScope& scope) {
    return std::any_of(scope.params.begin(), scope.params.end(),
                       [](const auto& one) { return one.first == "SSLCACertificateFile"; });
  }

  void take_upstream(const Directive& block, Route& route, Notes& notes) {
    notes.taken(block, "the addresses of a connector");
    for (const Directive& one : block.block) {
      if (one.name == "server")
        upstream_server(one, route, notes);
      else
        notes.by_table_or_unknown(one, kNginxRows);
    }
    if (route.servers.size() + route.spares.size() < 2) return;
    set(route.params, "LoadBalancing", "true");
    set(route.params, "ResourceManager", "StatelessResourceManager");
  }

  void upstream_server(const Directive& d, Route& route, Notes& notes) {
    const auto address = address_text(d.word(0), route.tls ? 443 : 80);
    if (!address) return notes.not_taken(d, "no address: InetAddress of the connector");
    bool spare = false;
    for (size_t i = 1; i < d.words.size(); i++) {
      const std::string& word = d.words[i];
      const size_t equals = word.find('=');
      const std::string name = word.substr(0, equals), value = equals == word.npos ? "" : word.substr(equals + 1);
      if (name == "down") return notes.taken(d, "left out: it is down");
      if (name == "backup")
        spare = true;
      else if (name == "max_fails" && natural(value, 1000000))
        set(route.params, "ResourceManager.MaxFailures", value == "0" ? "off" : value);
      else if (const auto time = time_text(value, "s"); name == "fail_timeout" && time)
        set(route.params, "ResourceManager.RetryTimeout", *time);
      else if (name == "max_conns" && value != "0" && natural(value, 1000000))
        set(route.params, "MaxConnections", value);
      else if (name == "weight" && value != "1")
        notes.not_taken(d,
                        "weight: connectors take turns; a Routing with a database has weights (navajo backends set)");
      else if (name != "resolve" && name != "weight")
        notes.not_taken(d, config::printable(name) + " has no counterpart at a connector");
    }
    (spare ? route.spares : route.servers).push_back(*address);
    notes.taken(d, spare ? "InetAddress, in the group behind '|'" : "InetAddress");
  }

  const std::string folder_;
  const std::vector<Directive> top_;
  Site& site_;
  Notes& notes_;
  std::map<std::string, const Directive*, std::less<>> upstreams_;
  std::set<std::string, std::less<>> used_;
  Params tls_;                     // of all servers
  std::string body_limit_ = "1M";  // nginx's own
  bool in_location_ = false;
};

}  // namespace

base::Status<> import_nginx(const std::string& file, Site& site, Notes& notes) {
  auto top = read_nginx(file);
  if (!top.ok()) return base::Failed{top.error()};
  NginxImport(file, std::move(*top), site, notes).run();
  return base::Done{};
}

}  // namespace navajo::cli::migration
