#include "navajo/rules/rule_store.h"

#include <map>

#include "navajo/rules/rule_compiler.h"
#include "navajo/rules/shared_rule_store.h"
#include "navajo/shm/segment.h"

namespace navajo::rules {
namespace {

using Stores = std::map<std::string, std::weak_ptr<RuleStore>>;

// Of the process, as its descriptors are; only the thread that reads configurations changes it.
Stores& stores() {
  static Stores all;
  return all;
}

}  // namespace

std::shared_ptr<RuleStore> RuleStore::open(const RuleStoreOptions& options, config::Diagnostics& diagnostics) {
  std::shared_ptr<RuleStore> store = SharedRuleStore::open(options, rule_compiler(), diagnostics, {});
  if (store) stores()[options.name] = store;
  return store;
}

void RuleStore::close_unused() {
  std::erase_if(stores(), [](const auto& entry) { return entry.second.expired(); });
  shm::Segment::close_unwanted(StoreSegment::kPrefix, [](std::string_view segment) {
    for (const auto& entry : stores())
      if (const auto store = entry.second.lock(); store && segment == StoreSegment::name_of(store->options()))
        return true;
    return false;
  });
}

std::vector<std::shared_ptr<RuleStore>> RuleStore::of_this_process() {
  std::vector<std::shared_ptr<RuleStore>> out;
  for (const auto& entry : stores())
    if (auto store = entry.second.lock()) out.push_back(std::move(store));
  return out;
}

}  // namespace navajo::rules
