// Names to addresses, cached for as long as DNS says (bounded below and above), one query per name
// however many ask at once. Look-ups run in the helper pool, so a fiber that asks only yields. A name that
// stops resolving keeps its last addresses for stale_limit, with one log line. Literal addresses and
// "unix:/path" never reach DNS. Thread-safe; one per process.
// Source: TTL of the records as c-ares reports them; RFC 2308 for negative answers, RFC 8767 for stale ones.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "navajo/base/result.h"
#include "navajo/reactor/socket.h"

namespace navajo::reactor {

using Endpoints = std::vector<Endpoint>;

struct ResolverOptions {
  size_t capacity = 1024;  // names; the one unused for longest goes first
  std::chrono::seconds ttl_floor{1};
  std::chrono::seconds ttl_ceiling{300};
  std::chrono::seconds negative_ttl{5};
  std::chrono::seconds stale_limit{3600};
};

struct ResolverStats {
  uint64_t queries = 0, hits = 0, failures = 0, stale_answers = 0, evictions = 0, names = 0;
};

class Resolver {
 public:
  // The blocking look-up itself; replaced in tests.
  struct Answer {
    Endpoints endpoints;  // port 0
    std::chrono::seconds ttl{0};
    std::string error;  // empty: found
  };
  using Lookup = Answer (*)(const std::string& name);

  explicit Resolver(ResolverOptions options = {}, Lookup lookup = nullptr,
                    const base::Clock& clock = base::system_clock());
  ~Resolver();

  // Never empty when ok. The addresses stand in the order DNS gave them.
  base::Result<std::shared_ptr<const Endpoints>> resolve(std::string_view name, uint16_t port, Deadline deadline);
  ResolverStats stats() const;

  static Resolver& process_wide();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace navajo::reactor
