#include "navajo/rules/shared_generation.h"

namespace navajo::rules {

std::shared_ptr<const SharedGeneration> RetiredGenerations::share(std::unique_ptr<SharedGeneration> generation,
                                                                  const std::shared_ptr<RetiredGenerations>& here) {
  return {generation.release(), [here](const SharedGeneration* last) { here->take(last); }};
}

void RetiredGenerations::take(const SharedGeneration* generation) {
  auto* retired = const_cast<SharedGeneration*>(generation);
  if (!waits_.load()) {
    delete retired;
    return;
  }
  retired->next_retired_ = first_.load(std::memory_order_relaxed);
  while (!first_.compare_exchange_weak(retired->next_retired_, retired, std::memory_order_release,
                                       std::memory_order_relaxed)) {
  }
}

void RetiredGenerations::drain() {
  SharedGeneration* one = first_.exchange(nullptr, std::memory_order_acquire);
  while (one) {
    SharedGeneration* const next = one->next_retired_;
    delete one;
    one = next;
  }
}

}  // namespace navajo::rules
