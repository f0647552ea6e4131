#include "navajo/forward/policy.h"

#include <algorithm>

#include "navajo/http/syntax.h"

namespace navajo::forward {
namespace {

using config::ForwardAction;
using config::Network;
using config::Pattern;
using config::SearchResult;

std::vector<Network> networks(const std::vector<std::string>& words) {
  std::vector<Network> out;
  for (const std::string& word : words)
    if (auto parsed = Network::parse(word); parsed.ok()) out.push_back(*parsed);
  return out;
}

std::vector<Pattern> globs(const std::vector<std::string>& words) {
  std::vector<Pattern> out;
  for (const std::string& word : words)
    if (auto parsed = Pattern::parse(word, {config::PatternType::glob, {}}); parsed.ok())
      out.push_back(std::move(*parsed));
  return out;
}

bool contains(const std::vector<Network>& networks, std::string_view address) {
  return std::any_of(networks.begin(), networks.end(), [&](const Network& one) { return one.contains(address); });
}

// A pattern that gave up holds if that refuses: in doubt nobody is let through.
bool holds_on(SearchResult result, ForwardAction action) {
  return result == SearchResult::found || (result == SearchResult::gave_up && action == ForwardAction::refuse);
}

bool any_holds(const std::vector<Pattern>& patterns, std::string_view subject, ForwardAction action) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const Pattern& one) { return holds_on(one.search(subject), action); });
}

std::string_view without_port(std::string_view endpoint) {
  if (endpoint.starts_with('[')) return endpoint.substr(1, endpoint.find(']') - 1);
  return endpoint.substr(0, endpoint.rfind(':'));
}

}  // namespace

PortSet::PortSet(const std::vector<std::string>& words) {
  for (const std::string_view word : words) {
    const size_t dash = word.find('-');
    const auto first = http::parse_decimal(word.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : http::parse_decimal(word.substr(dash + 1));
    if (first && last) ranges_.emplace_back(static_cast<uint16_t>(*first), static_cast<uint16_t>(*last));
  }
}

bool PortSet::contains(uint16_t port) const {
  return std::any_of(ranges_.begin(), ranges_.end(),
                     [port](const auto& one) { return one.first <= port && port <= one.second; });
}

Policy::Policy(const config::ForwardProxyElement& element)
    : clients_(networks(*element.clients)), ports_(*element.ports), default_(*element.default_action) {
  for (const config::DestinationElement& one : element.destinations) {
    Rule rule{*one.action, globs(*one.hosts), globs(*one.server_names), {}, networks(*one.addresses),
              networks(*one.clients), PortSet(*one.ports)};
    if (one.host_regex.given)
      if (auto compiled = config::Regex::compile(*one.host_regex); compiled.ok())
        rule.host_regex = std::move(*compiled);
    rules_.push_back(std::move(rule));
  }
}

std::vector<Network> Policy::refused_networks() const {
  std::vector<Network> out;
  for (const Rule& rule : rules_) {
    const bool nothing_else = rule.hosts.empty() && rule.server_names.empty() && !rule.host_regex &&
                              rule.clients.empty() && rule.ports.empty();
    if (rule.action == ForwardAction::refuse && nothing_else)
      out.insert(out.end(), rule.addresses.begin(), rule.addresses.end());
  }
  return out;
}

bool Policy::in_addresses(const Rule& rule, const reactor::Endpoints& endpoints) {
  const auto inside = [&](const reactor::Endpoint& endpoint) {
    return contains(rule.addresses, without_port(endpoint.text()));
  };
  if (rule.action == ForwardAction::refuse) return std::any_of(endpoints.begin(), endpoints.end(), inside);
  return std::all_of(endpoints.begin(), endpoints.end(), inside);
}

// What is known already is looked at first: only a rule that nothing else rules out asks for more.
Policy::Holds Policy::holds(const Rule& rule, const Question& question) {
  const Target& target = question.target;
  if (!rule.clients.empty() && !contains(rule.clients, question.client)) return Holds::no;
  if (!rule.ports.empty() && !rule.ports.contains(target.port)) return Holds::no;
  if (!rule.hosts.empty() && !any_holds(rule.hosts, target.host, rule.action)) return Holds::no;
  if (rule.host_regex && !holds_on(rule.host_regex->search(target.host), rule.action)) return Holds::no;
  if (!rule.addresses.empty()) {
    if (!question.addresses) return Holds::needs_addresses;
    if (!in_addresses(rule, *question.addresses)) return Holds::no;
  }
  if (!rule.server_names.empty()) {
    if (!question.server_name) return Holds::needs_server_name;
    if (question.server_name->empty() || !any_holds(rule.server_names, *question.server_name, rule.action))
      return Holds::no;
  }
  return Holds::yes;
}

Verdict Policy::decide(const Question& question) const {
  using Missing = Verdict::Missing;
  if (!contains(clients_, question.client)) return {Missing::nothing, ForwardAction::refuse, "client_not_allowed"};
  if (!ports_.contains(question.target.port)) return {Missing::nothing, ForwardAction::refuse, "port_not_allowed"};
  for (const Rule& rule : rules_) {
    switch (holds(rule, question)) {
      case Holds::no: continue;
      case Holds::needs_addresses: return {Missing::addresses, ForwardAction::refuse, "address_unknown"};
      case Holds::needs_server_name: return {Missing::server_name, ForwardAction::refuse, "server_name_unknown"};
      case Holds::yes: return {Missing::nothing, rule.action, "destination_refused"};
    }
  }
  return {Missing::nothing, default_, "destination_not_allowed"};
}

}  // namespace navajo::forward
