// What an HAProxy configuration's directives are with us. Facts: HAProxy's configuration manual, sections 4, 5 and 7.
#include <algorithm>
#include <map>
#include <set>

#include "navajo/cli/migration/haproxy_conditions.h"
#include "navajo/cli/migration/haproxy_rows.h"
#include "navajo/cli/migration/haproxy_section.h"
#include "navajo/cli/migration/haproxy_text.h"
#include "navajo/cli/migration/proxy_import.h"
#include "navajo/cli/migration/values.h"
#include "navajo/config/text.h"

namespace navajo::cli::migration {
namespace {

class HaproxyImport {
 public:
  HaproxyImport(const std::string& file, std::vector<Directive> top, Site& site, Notes& notes)
      : folder_(SourceFiles::folder_of(file)), top_(std::move(top)), site_(site), notes_(notes) {}

  void run() {
    const Directive* defaults = nullptr;
    bool closed = false;
    for (const Directive& one : top_) {
      if (one.name == "defaults") {
        defaults = &one;
        notes_.taken(one, "settings of the sections that follow");
        closed = note_section({&one, nullptr}, false);
      } else if (one.name == "backend" || one.name == "frontend" || one.name == "listen") {
        HaproxySection& section = sections_[one.word(0) + (one.name == "frontend" ? " frontend" : "")];
        section = {&one, defaults, false, closed};
      } else if (one.name == "global") {
        global(one);
      } else {
        notes_.by_table_or_unknown(one, kHaproxyRows);
      }
    }
    for (const Directive& one : top_) {
      if (one.name != "frontend" && one.name != "listen") continue;
      HaproxySection& section = sections_[one.word(0) + (one.name == "frontend" ? " frontend" : "")];
      note_once(section);
      section.is_http() ? http(section) : tcp(section);
    }
    for (auto& [name, section] : sections_)
      if (!section.noted) not_used(*section.own);
    if (!top_.empty() && !site_.hosts().empty()) site_.settle_reach(top_.back(), notes_);
  }

 private:
  void global(const Directive& section) {
    notes_.not_needed(section, "of HAProxy's own processes");
    for (const Directive& one : section.block) {
      if (one.name == "crt-base") certificates_ = one.word(0);
      if (!notes_.by_table(one, kHaproxyGlobalRows)) notes_.not_needed(one, "of HAProxy's own processes");
    }
  }

  void not_used(const Directive& section) {
    notes_.not_taken(section, "nothing that was taken sends requests there");
    for (const Directive& one : section.block) notes_.not_taken(one, "it stands in a section that nothing uses");
  }

  // Lines that no code below speaks of. True: what kept somebody out is lost.
  bool note_section(const HaproxySection& section, bool has_code) {
    static constexpr std::string_view kCode[] = {"bind", "server", "use_backend", "default_backend"};
    bool lost = false;
    for (const Directive& one : section.own->block) {
      if (has_code && std::find(std::begin(kCode), std::end(kCode), one.name) != std::end(kCode)) continue;
      if (is_redirect_to_https(one) && has_code) continue;
      if (one.name == "balance" && has_code) {
        note_balance(one, section);
        continue;
      }
      Directive named = one;
      const bool family =
          std::find(std::begin(kHaproxyFamilies), std::end(kHaproxyFamilies), one.name) != std::end(kHaproxyFamilies);
      if (family) {
        named.name += " " + one.word(0);
        named.words.clear();
      }
      lost |= notes_.by_table_or_unknown(named, kHaproxyRows) == Guards::access;
    }
    return lost;
  }

  void note_balance(const Directive& d, const HaproxySection& section) {
    const HaproxyPolicy* known = nullptr;
    for (const HaproxyPolicy& row : kHaproxyPolicies)
      if (d.word(0) == row.word) known = &row;
    const bool turns = known && std::string_view(known->policy) == "roundRobin";
    if (turns || (known && !section.is_http()))
      notes_.taken(d, section.is_http() ? "LoadBalancing of the connector" : std::string("policy ") + known->policy);
    else
      notes_.not_taken(d, "backends get requests in turn: a Routing and EdgeConnectorServlet have policies");
  }

  void note_once(HaproxySection& section) {
    if (section.noted) return;
    section.noted = true;
    notes_.taken(*section.own, section.own->name == "backend" ? "the addresses of a connector or Routing"
                               : section.is_http()            ? "Connector and Host"
                                                              : "TcpConnector");
    section.closed |= note_section(section, true);
  }

  static bool is_redirect_to_https(const Directive& d) {
    size_t at = d.name == "http-request" && d.word(0) == "redirect" ? 1 : 0;
    return (d.name == "redirect" || at == 1) && d.word(at) == "scheme" && d.word(at + 1) == "https";
  }

  HaproxySection* backend(const std::string& name) {
    const auto found = sections_.find(name);
    if (found == sections_.end()) return nullptr;
    note_once(found->second);
    return &found->second;
  }

  // ---------------------------------------------------------------- frontends

  std::vector<Listener> binds(const HaproxySection& section, const std::string& name) {
    std::vector<Listener> out;
    for (const Directive& one : section.own->block) {
      if (one.name != "bind") continue;
      const auto where = endpoint(one.word(0), 0);
      if (!where || where->port == 0) {
        notes_.not_taken(one, "no single address and port: add a Connector");
        continue;
      }
      Listener listener{.address = where->address, .port = where->port, .name = name, .aliases = {}, .ssl = {}};
      if (!take_bind_options(one, certificates_.empty() ? folder_ : certificates_, listener, notes_)) continue;
      notes_.taken(one, std::string(section.is_http() ? "Connector" : "TcpConnector") + " on " + listener.bind());
      out.push_back(std::move(listener));
    }
    return out;
  }

  void http(HaproxySection& frontend) {
    // Of this frontend alone: the first that fits counts.
    std::vector<HostSite> hosts;
    const auto host = [&hosts](const std::string& name) -> HostSite& {
      for (HostSite& one : hosts)
        if (one.name == name) return one;
      hosts.push_back(
          {.name = name, .aliases = {}, .body_limit = {}, .to_https = false, .routes = {}, .listeners = {}});
      return hosts.back();
    };
    HaproxyAcls acls;
    for (const Directive& one : frontend.own->block)
      if (one.name == "acl") acls.add(one);
    struct Rule {
      const Directive* from;
      std::string backend;
      RoutedPart part;
    };
    std::vector<Rule> rules;
    for (const Directive& one : frontend.own->block) {
      if (one.name != "use_backend") continue;
      std::optional<RoutedPart> part = RoutedPart{};
      if (one.words.size() > 1) part = one.word(1) == "if" ? acls.read(std::span(one.words).subspan(2)) : std::nullopt;
      if (!part) {
        notes_.not_taken(one, "a condition that is no Host and no url-pattern: a rule with <route>, or filters");
        continue;
      }
      for (const std::string& name : part->hosts) host(name);
      rules.push_back({&one, one.word(0), std::move(*part)});
    }
    if (const Directive* rest = frontend.setting("default_backend")) rules.push_back({rest, rest->word(0), {}});
    if (frontend.own->name == "listen" && frontend.setting("server"))
      rules.push_back({frontend.own, frontend.own->word(0), {}});
    for (const Rule& rule : rules)
      if (rule.part.hosts.empty()) host("default");
    const bool to_https = std::any_of(frontend.own->block.begin(), frontend.own->block.end(), is_redirect_to_https);
    if (to_https && hosts.empty()) host("default");
    for (const Rule& rule : rules) {
      HaproxySection* to = backend(rule.backend);
      Route route;
      const bool closed = frontend.closed || (to && to->closed);
      if (!to || (!make_route(*to, route) && !closed)) {
        notes_.not_taken(*rule.from, "there is no backend of that name, or no server in it that could be taken");
        continue;
      }
      route.closed = closed;
      for (HostSite& one : hosts)
        if (rule.part.hosts.empty() ||
            std::find(rule.part.hosts.begin(), rule.part.hosts.end(), one.name) != rule.part.hosts.end())
          take_rule(rule.part, route, one);
      notes_.taken(*rule.from, route.closed ? "mapped to nothing (404), since who may get there was not taken"
                                            : "url-patterns of a connector, whole path segments");
    }
    publish(frontend, hosts, to_https);
  }

  static void take_rule(const RoutedPart& part, Route route, HostSite& host) {
    for (const std::string& path : part.paths.empty() ? std::vector<std::string>{"/"} : part.paths) {
      route.exact = part.exact;
      route.prefix = path.size() > 1 && path.ends_with('/') && !part.exact ? path.substr(0, path.size() - 1) : path;
      if (!Site::before(host, route.prefix)) host.routes.push_back(route);
    }
  }

  void publish(HaproxySection& frontend, const std::vector<HostSite>& hosts, bool to_https) {
    for (const HostSite& one : hosts) {
      HostSite& host = site_.host(one.name);
      host.to_https |= to_https;
      host.body_limit = "any";
      for (const Route& route : one.routes) site_.add_route(host, route, *frontend.own, notes_);
      if (one.name == "default") site_.set_default(one.name);
      for (Listener& listener : binds_of(frontend, one.name, &one == &hosts.front())) {
        host.listeners.push_back(listener.bind());
        site_.add_listener(std::move(listener), *frontend.own, notes_);
      }
    }
    if (to_https)
      for (const Directive& one : frontend.own->block)
        if (is_redirect_to_https(one)) notes_.taken(one, "unsecureConnection=\"redirect\" of Context");
  }

  // Each bind is told of once.
  std::vector<Listener> binds_of(const HaproxySection& section, const std::string& name, bool tell) {
    if (tell) return binds(section, name);
    const Notes before = notes_;
    std::vector<Listener> out = binds(section, name);
    notes_ = before;
    return out;
  }

  // ---------------------------------------------------------------- backends

  bool make_route(HaproxySection& section, Route& route) {
    for (const HaproxyTime& row : kHaproxyTimes) {
      const Directive* time = section.setting("timeout", row.word);
      if (!time || !row.connector) continue;
      if (const auto value = time_text(time->word(1), "ms")) set(route.params, row.connector, *value);
    }
    for (const Directive& one : section.own->block)
      if (one.name == "server") take_server(one, section, route);
    if (route.servers.size() + route.spares.size() > 1) {
      set(route.params, "LoadBalancing", "true");
      set(route.params, "ResourceManager", "StatelessResourceManager");
    }
    // HAProxy sends the client's Host.
    set(route.params, "HostName", "ENV:HTTP_Host;");
    return !route.servers.empty() || !route.spares.empty();
  }

  void take_server(const Directive& d, const HaproxySection& section, Route& route) {
    Notes nobody;
    Notes& notes = told_.insert(&d).second ? notes_ : nobody;
    const bool tls = std::find(d.words.begin(), d.words.end(), "ssl") != d.words.end();
    const auto address = address_text(d.word(1), tls ? 443 : 80);
    if (!address) return notes.not_taken(d, "no address and port: InetAddress of the connector");
    if (!route.servers.empty() && route.tls != tls)
      return notes.not_taken(d, "servers with and without TLS in one backend: a connector of its own");
    route.tls = tls;
    bool spare = false;
    for (size_t i = 2; i < d.words.size(); i++) {
      const std::string &word = d.words[i], &value = d.word(i + 1);
      if (word == "disabled") return notes.taken(d, "left out: it is disabled");
      if (word == "backup") {
        spare = true;
      } else if (word == "ca-file" || word == "crt") {
        set(route.params, word == "crt" ? "SSLClientCertificateFile" : "SSLCACertificateFile",
            SourceFiles::within(folder_, value));
        i++;
      } else if (word == "verify") {
        if (value == "none") set(route.params, "SSLVerifyPeer", "false");
        i++;
      } else if (word == "maxconn") {
        if (natural(value, 1000000) && value != "0") set(route.params, "MaxConnections", value);
        i++;
      } else if (!take_server_word(d, word, value, section, notes, i)) {
        notes.not_taken(d, config::printable(word) + " has no counterpart at a connector");
      }
    }
    (spare ? route.spares : route.servers).push_back(*address);
    notes.taken(d, spare ? "InetAddress, in the group behind '|'" : "InetAddress");
  }

  // ---------------------------------------------------------------- mode tcp

  void tcp(HaproxySection& frontend) {
    HaproxySection* to = &frontend;
    for (const Directive& one : frontend.own->block) {
      if (one.name == "use_backend") notes_.not_taken(one, "Route of TcpConnector chooses by serverName");
      if (one.name != "default_backend") continue;
      to = backend(one.word(0));
      if (!to) return notes_.not_taken(one, "there is no backend of that name");
      notes_.taken(one, "routing of TcpConnector");
    }
    if (frontend.closed || to->closed)
      return notes_.not_taken(*frontend.own, "left out, since who may get there was not taken", Guards::access);
    TcpSite made;
    made.name = to->own->word(0);
    made.routing = {{"binding", "none"}, {"policy", "roundRobin"}};
    if (const Directive* balance = to->setting("balance"))
      for (const HaproxyPolicy& row : kHaproxyPolicies)
        if (balance->word(0) == row.word) set(made.routing, "policy", row.policy);
    for (const HaproxyTime& row : kHaproxyTimes)
      if (const Directive* time = to->setting("timeout", row.word); time && row.tcp)
        if (const auto value = time_text(time->word(1), "ms")) set(made.connector, row.tcp, *value);
    std::vector<std::string> rows;
    bool weighed = false;
    for (const Directive& one : to->own->block)
      if (one.name == "server") tcp_server(one, *to, made, rows, weighed);
    if (made.backends.empty()) return notes_.not_taken(*frontend.own, "it has no server that could be taken");
    if (weighed) {
      notes_.command("# weights, limits and spares: database=\"routing.db\" of Routing " + made.name +
                     " in place of backends, and");
      for (std::string& row : rows) notes_.command(std::move(row));
    }
    int number = 0;
    for (Listener& listener : binds(frontend, made.name)) {
      TcpSite one = made;
      if (number++ > 0) one.name += "-" + std::to_string(number);
      for (const auto& [name, value] : listener.ssl) {
        if (name == "SSLCertificateFile") {
          one.connector.insert(one.connector.begin(), {{"tls", "terminate"}, {"certificate", value}});
        } else {
          notes_.not_taken(*frontend.own, name + ": a TcpConnector asks nobody for a certificate", Guards::access);
        }
      }
      one.listener = std::move(listener);
      site_.add_tcp(std::move(one));
    }
  }

  void tcp_server(const Directive& d, const HaproxySection& section, TcpSite& into, std::vector<std::string>& rows,
                  bool& weighed) {
    const auto address = address_text(d.word(1), 0);
    if (!address || address->ends_with(":0") || address->starts_with("unix:"))
      return notes_.not_taken(d, "no address and port: backends of Routing");
    const size_t colon = address->rfind(':');
    std::string row = "navajo backends add " + config::printable(d.word(0)) + " ip=" + address->substr(0, colon) +
                      " port=" + address->substr(colon + 1);
    bool spare = false;
    for (size_t i = 2; i < d.words.size(); i++) {
      const std::string &word = d.words[i], &value = d.word(i + 1);
      if (word == "check") into.check = true;
      if (word == "disabled") return notes_.taken(d, "left out: it is disabled");
      const bool number = natural(value, 1000000).has_value();
      if (word == "backup") {
        spare = weighed = true;
        row += " priority=1";
      } else if ((word == "weight" || word == "maxconn") && number) {
        weighed = true;
        row += (word == "weight" ? " weight=" : " hard_limit=") + value;
        i++;
      } else if (word == "send-proxy" || word == "send-proxy-v2") {
        weighed = true;
        row += word == "send-proxy" ? " proxy_protocol=v1" : " proxy_protocol=v2";
        notes_.not_taken(d, word + ": the command below has it");
      } else if (word == "ssl") {
        weighed = true;
        row += " tls=1";
        notes_.not_taken(d, "ssl: the command below has it");
      } else if (!take_server_word(d, word, value, section, notes_, i)) {
        notes_.not_taken(d, config::printable(word) + " has no counterpart in a Routing");
      }
    }
    rows.push_back(row + " --database routing.db");
    if (spare) return notes_.not_taken(d, "backup: the command below has it; left out of backends");
    into.backends.push_back(*address);
    notes_.taken(d, "backends of Routing");
  }

  const std::string folder_;
  std::string certificates_;  // crt-base
  const std::vector<Directive> top_;
  Site& site_;
  Notes& notes_;
  std::map<std::string, HaproxySection> sections_;
  std::set<const Directive*> told_;
};

}  // namespace

base::Status<> import_haproxy(const std::string& file, Site& site, Notes& notes) {
  auto top = read_haproxy(file);
  if (!top.ok()) return base::Failed{top.error()};
  HaproxyImport(file, std::move(*top), site, notes).run();
  return base::Done{};
}

}  // namespace navajo::cli::migration
