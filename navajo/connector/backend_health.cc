#include "navajo/connector/backend_health.h"

namespace navajo::connector {

Health::Health(size_t backends, shm::Arena* arena) {
  constexpr std::string_view kOwner = "health of backends";
  backends_ = arena ? arena->make_array<BackendShm>(kOwner, backends) : nullptr;
  balancer_ = backends_ ? arena->make<BalancerShm>(kOwner) : nullptr;
  if (balancer_) return;
  own_backends_ = std::make_unique<BackendShm[]>(backends);
  own_balancer_ = std::make_unique<BalancerShm>();
  backends_ = own_backends_.get();
  balancer_ = own_balancer_.get();
}

}  // namespace navajo::connector
