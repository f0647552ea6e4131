#include "navajo/cli/migration/httpd_workers.h"

#include <algorithm>

#include "navajo/cli/migration/httpd_rows.h"
#include "navajo/cli/migration/values.h"
#include "navajo/config/text.h"

namespace navajo::cli::migration {

bool take_httpd_server(const std::string& scheme, const std::string& place, Route& route, bool spare) {
  const bool tls = scheme == "https" || scheme == "wss";
  if (!tls && scheme != "http" && scheme != "ws") return false;
  const auto address = address_text(place, tls ? 443 : 80);
  const bool first = route.servers.empty() && route.spares.empty();
  if (!address || (!first && route.tls != tls)) return false;
  route.tls = tls;
  if (scheme.starts_with("ws")) set(route.params, "Upgrade", "websocket");
  (spare ? route.spares : route.servers).push_back(*address);
  return true;
}

void take_httpd_param(const Directive& d, const std::string& word, Route& route, Notes& notes) {
  const size_t equals = std::min(word.find('='), word.size());
  const std::string name = config::lower_case(word.substr(0, equals)),
                    value = word.substr(std::min(equals + 1, word.size()));
  for (const auto& [known, ours] : kHttpdWorkerTimes)
    if (name == known) {
      if (const auto time = time_text(value, "s")) return set(route.params, ours, *time);
      return notes.not_taken(d, name + ": no time that " + ours + " can have");
    }
  if (name == "upgrade") return set(route.params, "Upgrade", "websocket");
  static constexpr std::string_view kNothing[] = {
      "acquire", "disablereuse", "enablereuse", "flushpackets", "flushwait", "iobuffersize", "keepalive",
      "max",     "min",          "smax",        "ttl",          "ping",      "nocanon"};
  if (std::find(std::begin(kNothing), std::end(kNothing), name) != std::end(kNothing)) return;
  if (name == "lbmethod" && value == "byrequests") return;
  if (name == "loadfactor" && value == "1") return;
  notes.not_taken(d, config::printable(name) + (name == "stickysession" || name == "route"
                                                    ? ": ResourceManager keeps sessions of Navajo with a backend"
                                                : name == "loadfactor" || name == "lbmethod"
                                                    ? ": connectors take turns; a Routing has weights and policies"
                                                    : " has no counterpart at a connector"));
}

namespace {

void take_member(const Directive& d, Route& route, Notes& notes) {
  const auto url = target_url(d.word(0));
  const std::string status = [&] {
    for (const std::string& word : d.words)
      if (word.starts_with("status=")) return word.substr(7);
    return std::string();
  }();
  if (status.find('D') != status.npos) return notes.taken(d, "left out: it is disabled");
  const bool spare = status.find('H') != status.npos || status.find('R') != status.npos;
  if (!url || url->path.size() > 1 || !take_httpd_server(url->scheme, url->place, route, spare))
    return notes.not_taken(d, "no http or https URL like the others, without a path: InetAddress of a connector");
  for (size_t i = 1; i < d.words.size(); i++)
    if (!d.words[i].starts_with("status=")) take_httpd_param(d, d.words[i], route, notes);
  notes.taken(d, spare ? "InetAddress, in the group behind '|'" : "InetAddress");
}

}  // namespace

void take_httpd_balancer(const Directive& block, Route& route, Notes& notes) {
  notes.taken(block, "the addresses of a connector");
  for (const Directive& one : block.block) {
    if (one.name == "balancermember") {
      take_member(one, route, notes);
    } else if (one.name == "proxyset") {
      for (const std::string& word : one.words) take_httpd_param(one, word, route, notes);
      notes.taken(one, "parameters of a connector");
    } else if (one.name == "require" && config::lower_case(one.word(0) + " " + one.word(1)) == "all granted") {
      notes.not_needed(one, "nobody is kept out");
    } else {
      route.closed |= notes.by_table_or_unknown(one, kHttpdRows) == Guards::access;
    }
  }
  if (route.servers.size() + route.spares.size() < 2) return;
  set(route.params, "LoadBalancing", "true");
  set(route.params, "ResourceManager", "StatelessResourceManager");
}

}  // namespace navajo::cli::migration
