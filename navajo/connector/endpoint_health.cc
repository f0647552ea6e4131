#include "navajo/connector/endpoint_health.h"

namespace navajo::connector {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

// FNV-1a; never 0, which is a free place.
uint64_t key_of(const reactor::Endpoint& endpoint) {
  uint64_t hash = 0xcbf29ce484222325;
  const auto* bytes = reinterpret_cast<const unsigned char*>(&endpoint.address);
  for (socklen_t i = 0; i < endpoint.length; i++) hash = (hash ^ bytes[i]) * 0x100000001b3;
  return hash | 1;
}

}  // namespace

EndpointShm* EndpointHealth::find(uint64_t key) const {
  for (EndpointShm& place : table_)
    if (place.key.load(kRelaxed) == key) return &place;
  return nullptr;
}

bool EndpointHealth::bad(const reactor::Endpoint& endpoint, base::TimePoint now) const {
  const EndpointShm* place = find(key_of(endpoint));
  return place && place->bad_until.load(kRelaxed) > ticks(now);
}

void EndpointHealth::failed(const reactor::Endpoint& endpoint, base::TimePoint until) {
  const uint64_t key = key_of(endpoint);
  EndpointShm* place = find(key);
  if (!place) {
    place = &table_[0];
    for (EndpointShm& other : table_)
      if (other.bad_until.load(kRelaxed) < place->bad_until.load(kRelaxed)) place = &other;
    place->key.store(key, kRelaxed);
  }
  place->bad_until.store(ticks(until), kRelaxed);
}

void EndpointHealth::connected(const reactor::Endpoint& endpoint) {
  if (EndpointShm* place = find(key_of(endpoint))) place->bad_until.store(0, kRelaxed);
}

}  // namespace navajo::connector
