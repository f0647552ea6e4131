#include "navajo/connector/connector_cache.h"

namespace navajo::connector {

std::shared_ptr<Connector> ConnectorCache::get(const BackendAddress& address) {
  return get(address.text, address, [](ConnectorOptions&) {});
}

std::shared_ptr<Connector> ConnectorCache::get(std::string_view key, const BackendAddress& address, Adjust adjust) {
  std::lock_guard lock(guard_);
  if (const auto found = by_key_.find(key); found != by_key_.end()) {
    by_use_.splice(by_use_.begin(), by_use_, found->second);
    return found->second->second;
  }
  made_++;
  close_retired();
  ConnectorOptions options = options_;
  adjust(options);
  // Addresses change faster than connections expire: this one is closed with its request, so that memory is bounded.
  const bool passing = retired_.size() >= limit_;
  if (passing) options.pool.max_idle = 0;
  auto made = std::make_shared<Connector>(std::vector{address}, options, resolver_);
  if (passing) return made;
  by_use_.emplace_front(std::string(key), made);
  by_key_.emplace(by_use_.front().first, by_use_.begin());
  if (by_use_.size() > limit_) retire_last();
  return made;
}

void ConnectorCache::retire_last() {
  by_key_.erase(by_use_.back().first);
  retired_.push_back(std::move(by_use_.back().second));
  by_use_.pop_back();
}

// Nobody gets a retired one again, so one that is held by nobody else and quiet stays so.
void ConnectorCache::close_retired() {
  std::erase_if(retired_, [](const auto& one) { return one.use_count() == 1 && one->quiet(); });
}

ConnectorCache::Numbers ConnectorCache::numbers() const {
  std::lock_guard lock(guard_);
  return {by_use_.size(), retired_.size(), made_};
}

}  // namespace navajo::connector
