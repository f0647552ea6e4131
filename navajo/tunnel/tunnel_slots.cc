#include "navajo/tunnel/tunnel_slots.h"

#include <algorithm>

#include "navajo/observe/status_segment.h"

namespace navajo::tunnel {

const char* word(TunnelSlots::Refusal refusal) {
  switch (refusal) {
    case TunnelSlots::Refusal::none:
      return "not refused";
    case TunnelSlots::Refusal::total_reached:
      return "too many tunnels";
    case TunnelSlots::Refusal::client_reached:
      return "too many tunnels of this client";
  }
  return "unknown";
}

TunnelSlots::Slot TunnelSlots::try_open(std::string_view client) {
  Slot slot;
  slot.client_ = client.substr(0, kMaxClientName);
  {
    std::lock_guard lock(guard_);
    const auto known = clients_.find(slot.client_);
    if (numbers_.open >= total_) {
      numbers_.refused_total++;
      slot.refusal_ = Refusal::total_reached;
    } else if (per_client_ == 0 || (known != clients_.end() && known->second >= per_client_)) {
      numbers_.refused_client++;
      slot.refusal_ = Refusal::client_reached;
    } else {
      if (known != clients_.end())
        known->second++;
      else
        clients_.emplace(slot.client_, 1);
      numbers_.highest = std::max(numbers_.highest, ++numbers_.open);
      slot.table_ = this;
    }
  }
  if (!slot) observe::count(observe::Counter::tunnels_refused);
  return slot;
}

void TunnelSlots::Slot::release() {
  if (TunnelSlots* table = std::exchange(table_, nullptr)) table->leave(client_);
}

void TunnelSlots::leave(const std::string& client) {
  std::lock_guard lock(guard_);
  numbers_.open--;
  const auto known = clients_.find(client);
  if (known != clients_.end() && --known->second == 0) clients_.erase(known);
}

TunnelSlots::Numbers TunnelSlots::numbers() const {
  std::lock_guard lock(guard_);
  Numbers now = numbers_;
  now.clients = clients_.size();
  return now;
}

}  // namespace navajo::tunnel
