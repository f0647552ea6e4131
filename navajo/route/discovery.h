// Rows whose host is a name become one row for each of its addresses: "web" at web.internal becomes "web@10.0.0.1:80"
// and "web@[fd00::1]:80", each with the row's limits and weight. A name that begins with '_' has SRV records, which say
// port, priority and weight. Which names are to be asked for when, and what came of it; whoever holds one asks them
// (table_source.h). Nothing here waits, one thread at a time.
// Source: RFC 2782; RFC 8767 for what stops resolving, which keeps its last addresses here for as long as it takes.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "navajo/base/clock.h"
#include "navajo/reactor/name_lookup.h"
#include "navajo/route/backend_row.h"

namespace navajo::route {

struct NameAnswer {
  struct Target {
    std::string address;  // of SRV records the name of the host, too
    uint16_t port = 0;    // 0: the row's
    uint16_t priority = 0, weight = 0;  // of SRV records
    std::string host;                   // the target of the SRV record
    auto operator<=>(const Target&) const = default;
  };
  std::vector<Target> targets;
  std::chrono::seconds ttl{0};
  std::string error;  // empty: found
};

// Blocking. Replaced in tests.
using NameLookup = std::function<NameAnswer(const std::string& name, const reactor::LookupOptions& options)>;
NameAnswer look_up_backends(const std::string& name, const reactor::LookupOptions& options);

class Discovery {
 public:
  static constexpr std::chrono::seconds kShortestTtl{1}, kLongestTtl{300}, kRetry{5};
  static constexpr size_t kMaxTargets = 256;  // of one name

  // What is known of names that still stand in them is kept.
  void set_rows(std::vector<BackendRow> rows, base::TimePoint now);
  // A name to be asked for now; nobody gets it again before take().
  std::optional<std::string> due(base::TimePoint now);
  // When there will be one; far away if there are no names.
  base::TimePoint next_due() const;

  enum class Taken : uint8_t {
    same,
    changed,   // rows() has others
    lost,      // it had addresses, which stay: told once
    not_found,  // it never had any: told once
  };
  Taken take(const std::string& name, NameAnswer answer, base::TimePoint now);

  // With addresses only, ids unique; kMaxBackends at most: those left out are counted.
  std::vector<BackendRow> rows() const;
  size_t left_out() const { return left_out_; }
  size_t names() const { return names_.size(); }
  // Names that nobody has answered for yet, good or bad.
  size_t unanswered() const;
  // For `navajo backends check`: names without addresses and why.
  std::vector<std::pair<std::string, std::string>> failures() const;

 private:
  struct Name {
    std::vector<NameAnswer::Target> targets;
    base::TimePoint due{};
    bool asked = false, answered = false, failing = false;
    std::string error;
  };
  std::vector<BackendRow> rows_;
  std::map<std::string, Name> names_;
  mutable size_t left_out_ = 0;
};

}  // namespace navajo::route
