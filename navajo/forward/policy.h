// What a forward proxy does with a destination: the rules of a ForwardProxy element, first match first. Made while the
// configuration is read, which has checked all patterns; immutable, asked by all threads and fibers at once.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "navajo/config/navajo_xml.h"
#include "navajo/config/pattern.h"
#include "navajo/forward/target.h"
#include "navajo/reactor/resolver.h"

namespace navajo::forward {

struct Question {
  const Target& target;
  std::string_view client;                             // its address
  const reactor::Endpoints* addresses = nullptr;       // null: not looked up yet
  std::optional<std::string_view> server_name = {};    // none: not known yet; empty: the client sent none
};

struct Verdict {
  // What has to be found out before there is a verdict: a rule that may hold asks for it.
  enum class Missing : uint8_t { nothing, addresses, server_name };
  Missing missing = Missing::nothing;
  config::ForwardAction action = config::ForwardAction::refuse;
  const char* reason = "";  // of a refusal, for logs and pages: a stable word
};

class PortSet {
 public:
  explicit PortSet(const std::vector<std::string>& words);
  bool contains(uint16_t port) const;
  bool empty() const { return ranges_.empty(); }

 private:
  std::vector<std::pair<uint16_t, uint16_t>> ranges_;
};

class Policy {
 public:
  explicit Policy(const config::ForwardProxyElement& element);

  // Clients and ports first: who may use the proxy at all.
  Verdict decide(const Question& question) const;
  // Networks of refusing rules that name nothing else: they hold for whatever leads there.
  std::vector<config::Network> refused_networks() const;

 private:
  enum class Holds : uint8_t { yes, no, needs_addresses, needs_server_name };
  struct Rule {
    config::ForwardAction action;
    std::vector<config::Pattern> hosts, server_names;
    std::optional<config::Regex> host_regex;
    std::vector<config::Network> addresses, clients;
    PortSet ports;
  };
  static Holds holds(const Rule& rule, const Question& question);
  static bool in_addresses(const Rule& rule, const reactor::Endpoints& endpoints);

  std::vector<config::Network> clients_;
  PortSet ports_;
  config::ForwardAction default_;
  std::vector<Rule> rules_;
};

}  // namespace navajo::forward
