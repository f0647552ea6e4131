// Requests to try rules with, from a file (docs/reference/rules.md): what comes, and which rules have to act on it.
// Read at the command line; one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "navajo/config/diagnostics.h"
#include "navajo/config/schema.h"
#include "navajo/rules/facts.h"

namespace navajo::rules {

struct SampleValue {
  std::string name, value;
};

struct SampleResponse {
  int status = 200;
  std::string backend;
  std::chrono::milliseconds duration{};
  std::vector<SampleValue> headers;
  std::optional<std::string> body;
};

// All that is given has to hold.
struct Expectation {
  bool none = false;        // no rule acts
  std::string rule;         // this rule acts
  bool otherwise = false;   // with its else
  std::string action;       // one of the actions of that rule, or of any that acts: the element's name
  std::optional<int> status;
  std::optional<SampleValue> tag;
  config::Position where;
};

struct Sample {
  std::string name, method = "GET", scheme = "http", host, target, path, query, protocol = "HTTP/1.1";
  uint16_t port = 80;
  std::string client = "192.0.2.1", peer, country, id = "sample";
  std::optional<std::string> user, body;
  std::vector<std::string> roles;
  std::vector<SampleValue> headers, tls, session, attributes, environment;
  int64_t time = 0;  // seconds since 1970
  std::optional<SampleResponse> response;
  std::vector<Expectation> expected;
  config::Position where;
};

// Faults, with their places, go to diagnostics; then the result has no meaning.
std::vector<Sample> read_samples(const std::string& path, config::Diagnostics& diagnostics);
std::vector<Sample> parse_samples(const std::string& path, std::string_view text, config::Diagnostics& diagnostics);

// For the reference.
std::span<const config::ElementSpec> sample_schema();
std::string samples_as_markdown();

}  // namespace navajo::rules
