#include "navajo/route/pool.h"

#include <algorithm>
#include <map>

#include "navajo/route/binding_table.h"
#include "navajo/route/region_map.h"

namespace navajo::route {
namespace {

// Indexes of the candidates that have a key, by key, and where each key's begin.
void index_by(const std::vector<Candidate>& candidates, uint16_t Candidate::*key, uint16_t none,
              std::vector<uint16_t>& order, std::vector<Group::Range>& ranges) {
  for (size_t i = 0; i < candidates.size(); i++)
    if (candidates[i].*key != none) order.push_back(static_cast<uint16_t>(i));
  std::stable_sort(order.begin(), order.end(),
                   [&](uint16_t a, uint16_t b) { return candidates[a].*key < candidates[b].*key; });
  for (uint32_t at = 0; at < order.size(); at++) {
    const uint16_t here = candidates[order[at]].*key;
    if (ranges.empty() || ranges.back().key != here) ranges.push_back({here, at, at});
    ranges.back().end = at + 1;
  }
}

void complete(Group& group, Policy policy) {
  const size_t size = group.candidates.size();
  if (size > Group::kScanned) {
    index_by(group.candidates, &Candidate::country, 0, group.by_country, group.countries);
    index_by(group.candidates, &Candidate::region, kNoRegion, group.by_region, group.regions);
  }
  if (policy == Policy::round_robin) {
    std::vector<uint32_t> weights;
    for (const Candidate& one : group.candidates) weights.push_back(one.weight);
    group.turns = WeightedTurns(weights);
  }
  if (policy == Policy::hash) {
    std::vector<HashRing::Member> members;
    for (const Candidate& one : group.candidates) members.push_back({one.backend->id, one.weight});
    group.ring = HashRing(members);
  }
}

bool is_open(const BackendRow& row) { return row.healthy && !row.draining; }

}  // namespace

uint16_t Prepared::region_index(std::string_view region) const {
  if (region.empty()) return kNoRegion;
  const auto at = std::lower_bound(regions.begin(), regions.end(), region);
  return at == regions.end() || *at != region ? kNoRegion : static_cast<uint16_t>(at - regions.begin());
}

std::shared_ptr<Prepared> prepare(std::shared_ptr<const BackendTable> table, const Prepared* before,
                                  const RouterOptions& options, LoadTable& loads, const DigestSecret& secret,
                                  int64_t now_ms) {
  auto out = std::make_shared<Prepared>();
  out->table = table;
  for (const BackendRow& row : table->rows())
    if (!row.region.empty()) out->regions.push_back(row.region);
  std::sort(out->regions.begin(), out->regions.end());
  out->regions.erase(std::unique(out->regions.begin(), out->regions.end()), out->regions.end());
  out->home_region = out->region_index(options.region);
  out->by_load_row.resize(LoadTable::kRows);
  for (const std::string_view app : table->apps()) {
    auto pool = std::make_unique<Pool>();
    pool->app = app;
    std::map<int32_t, std::unique_ptr<Group>> groups;
    for (const BackendRow& row : table->app(app)) {
      const uint64_t digest = Digest(secret).part(row.id).finish();
      const uint32_t load_row = loads.row_of(digest, now_ms);
      if (load_row == LoadTable::kNoRow) {
        out->without_row++;
        continue;
      }
      const BackendRow* const known = before ? before->table->find(row.id) : nullptr;
      if (known && !is_open(*known) && is_open(row)) loads.row(load_row).up_since.store(now_ms);
      Candidate one{};
      one.load = &loads.row(load_row);
      one.backend = &row;
      one.pool = pool.get();
      one.load_row = load_row;
      one.tag = BindingTable::tag_of(load_row, digest);
      one.soft = std::max(row.soft_limit, 1u);
      one.hard = row.hard_limit;
      one.weight = std::max(row.weight, 1u);
      one.country = country_code(row.country);
      one.region = out->region_index(row.region);
      one.same_zone = !options.zone.empty() && row.zone == options.zone;
      auto& group = groups[row.priority];
      if (!group) group = std::make_unique<Group>();
      group->priority = row.priority;
      group->candidates.push_back(one);
      pool->backends++;
      pool->any_expires |= row.expires != 0;
    }
    for (auto& [priority, group] : groups) {
      complete(*group, options.policy);
      for (const Candidate& one : group->candidates) out->by_load_row[one.load_row] = &one;
      pool->groups.push_back(std::move(group));
    }
    out->pools.emplace(pool->app, std::move(pool));
  }
  return out;
}

}  // namespace navajo::route
