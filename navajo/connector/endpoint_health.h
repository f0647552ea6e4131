// A name may stand for several addresses, and one of them may be dead: each has a health of its own, so that a dead
// one costs one connect and not one per connection. Known to all children, like the backend's (backend_health.h).
// More addresses than there is room for: the ones that failed last are remembered.
#pragma once

#include <span>

#include "navajo/connector/backend_health.h"
#include "navajo/reactor/socket.h"

namespace navajo::connector {

class EndpointHealth {
 public:
  explicit EndpointHealth(std::span<EndpointShm> table) : table_(table) {}

  bool bad(const reactor::Endpoint& endpoint, base::TimePoint now) const;
  void failed(const reactor::Endpoint& endpoint, base::TimePoint until);
  void connected(const reactor::Endpoint& endpoint);

 private:
  EndpointShm* find(uint64_t key) const;
  std::span<EndpointShm> table_;
};

}  // namespace navajo::connector
