#include "navajo/route/chooser.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace navajo::route {
namespace {

// Usable ones of a large group that are looked at, in each of the four places; and how many to find them.
constexpr size_t kSample = 16, kLooked = 256;
constexpr unsigned kAnyPlace = UINT32_MAX;
constexpr double kBoundedLoad = 1.25;
constexpr size_t kWalked = 512;
constexpr double kSlowest = 0.1;  // of its weight, in slow start

// Spreads evenly over 0..1 in every stretch of it, whatever stretch of it one of several pools gets.
uint32_t next_turn() {
  thread_local uint32_t turn = 0;
  return turn += 0x9e3779b9;
}
size_t part_of(uint32_t turn, size_t size) { return static_cast<size_t>(uint64_t{turn} * size >> 32); }

uint32_t scrambled(uint32_t turn) {
  turn = (turn ^ turn >> 16) * 0x7feb352d;
  turn = (turn ^ turn >> 15) * 0x846ca68b;
  return turn ^ turn >> 16;
}

// Times to connect that are alike count as one: below 2 ms, below 4 ms and so on. Else whoever is nearest by
// microseconds would get everybody.
unsigned nearness(const Candidate& one) {
  return std::bit_width(one.load->connect_us.load(std::memory_order_relaxed) / 2000);
}

bool was_tried(const Candidate& one, const Asker& asker) {
  for (size_t i = 0; i < std::min(asker.tries, Asker::kMaxTried); i++)
    if (asker.tried[i] == one.backend->id) return true;
  return false;
}

}  // namespace

const char* word(Standing standing) {
  switch (standing) {
    case Standing::usable: return "usable";
    case Standing::trial: return "on trial";
    case Standing::full: return "full";
    case Standing::unhealthy: return "unhealthy";
    case Standing::draining: return "draining";
    case Standing::expired: return "expired";
    case Standing::down: return "down";
    case Standing::ejected: return "ejected";
    case Standing::tried: return "tried";
  }
  return "";
}

Standing Chooser::standing(const Candidate& one, const Inquiry& inquiry, uint32_t& load) const {
  const LoadRowShm& row = *one.load;
  load = LoadTable::count_of(row.at_work.load(std::memory_order_relaxed));
  const BackendRow& backend = *one.backend;
  if (!backend.healthy) return Standing::unhealthy;
  if (backend.expires != 0 && backend.expires <= inquiry.wall) return Standing::expired;
  if (row.checked.load(std::memory_order_relaxed) == Checked::down) return Standing::down;
  if (inquiry.asker->tries > 0 && was_tried(one, *inquiry.asker)) return Standing::tried;
  const int64_t until = row.ejected_until.load(std::memory_order_relaxed);
  if (until != 0 && (inquiry.now_ms < until || row.trial.load(std::memory_order_relaxed) != 0))
    return Standing::ejected;
  // Last of those that say no: whoever is bound to it may go there nevertheless.
  if (backend.draining) return Standing::draining;
  if (one.hard != 0 && load >= one.hard) return Standing::full;
  return until != 0 ? Standing::trial : Standing::usable;
}

double Chooser::weight_of(const Candidate& one, int64_t now_ms) const {
  if (slow_start_ms_ == 0) return one.weight;
  const auto up = static_cast<double>(now_ms - one.load->up_since.load(std::memory_order_relaxed));
  return one.weight * std::clamp(up / static_cast<double>(slow_start_ms_), kSlowest, 1.0);
}

Score Chooser::score(const Candidate& one, const Inquiry& inquiry, uint32_t load) const {
  const double weight = weight_of(one, inquiry.now_ms);
  const unsigned other_zone = one.same_zone ? 0 : 1;
  switch (policy_) {
    case Policy::edge: return {100.0 * place(one, inquiry) + load / (one.soft * weight), other_zone, 0};
    case Policy::tiers:
      return {load < one.soft ? 0.0 : 1.0, place(one, inquiry) << 8 | other_zone << 7 | nearness(one),
              load / (one.soft * weight)};
    case Policy::least_connections:
      return {load / weight, place(one, inquiry) << 8 | other_zone << 7 | nearness(one), 0};
    case Policy::two_choices:
    case Policy::round_robin:
    case Policy::hash: break;
  }
  return {load / weight, 0, 0};
}

// The best of those it was shown, ties in turn.
class Chooser::Search {
 public:
  Search(const Chooser& chooser, const Inquiry& inquiry) : chooser_(chooser), inquiry_(inquiry) {}

  // Whether it can be used; notes why not.
  bool is_usable(const Candidate& one, uint32_t& load) {
    standing_ = chooser_.standing(one, inquiry_, load);
    if (standing_ == Standing::usable || standing_ == Standing::trial) return true;
    any_full_ |= standing_ == Standing::full;
    return false;
  }
  bool show(const Candidate& one) {
    uint32_t load = 0;
    if (!is_usable(one, load)) return false;
    shown_ = chooser_.score(one, inquiry_, load);
    if (found_ == 0 || shown_ < best_) {
      best_ = shown_;
      found_ = 0;
    } else if (!(shown_ == best_) || found_ == Group::kScanned) {
      return true;
    }
    best_of_[found_] = &one;
    on_trial_[found_++] = standing_ == Standing::trial;
    return true;
  }
  void choose(const Candidate& one) {
    best_of_[0] = &one;
    on_trial_[0] = standing_ == Standing::trial;
    found_ = 1;
  }
  bool found() const { return found_ > 0; }
  const Score& best() const { return best_; }
  const Score& shown() const { return shown_; }  // the last one that was usable
  const Inquiry& inquiry() const { return inquiry_; }

  Picked result() {
    if (found_ == 0) return {nullptr, false, any_full_ ? Refusal::all_full : Refusal::all_down};
    const size_t which = found_ == 1 ? 0 : part_of(next_turn(), found_);
    return {best_of_[which], on_trial_[which], Refusal::none};
  }

 private:
  const Chooser& chooser_;
  const Inquiry& inquiry_;
  Standing standing_ = Standing::usable;
  Score best_, shown_;
  size_t found_ = 0;
  bool any_full_ = false;
  const Candidate* best_of_[Group::kScanned];
  bool on_trial_[Group::kScanned];
};

Picked Chooser::pick(const Pool& pool, const Inquiry& inquiry) const {
  Search search(*this, inquiry);
  for (const auto& group : pool.groups) {
    switch (policy_) {
      case Policy::round_robin: pick_in_turn(*group, search); break;
      case Policy::two_choices: pick_of_two(*group, search); break;
      case Policy::hash: pick_by_hash(*group, search); break;
      case Policy::edge:
      case Policy::tiers:
      case Policy::least_connections: pick_best(*group, search); break;
    }
    if (search.found()) break;
  }
  return search.result();
}

void Chooser::pick_best(const Group& group, Search& search) const {
  const std::vector<Candidate>& all = group.candidates;
  if (all.size() <= Group::kScanned) {
    for (const Candidate& one : all) search.show(one);
    return;
  }
  const Inquiry& inquiry = search.inquiry();
  const auto range_of = [](const std::vector<Group::Range>& ranges, uint16_t key) {
    const auto at = std::lower_bound(ranges.begin(), ranges.end(), key,
                                     [](const Group::Range& range, uint16_t wanted) { return range.key < wanted; });
    return at == ranges.end() || at->key != key ? Group::Range{} : *at;
  };
  const uint32_t turn = scrambled(next_turn());
  // Those of one place: of a stretch of an index, or of all, from somewhere in it. Up to kLooked of them while one is
  // found; all of them when none is.
  const auto look_at = [&](size_t begin, size_t end, const std::vector<uint16_t>* index, unsigned wanted) {
    size_t usable = 0, looked = 0;
    const size_t size = end - begin, start = size == 0 ? 0 : part_of(turn, size);
    for (size_t i = 0; i < size && usable < kSample && (looked < kLooked || !search.found()); i++) {
      const size_t at = begin + (start + i < size ? start + i : start + i - size);
      const Candidate& one = all[index ? (*index)[at] : at];
      if (wanted != kAnyPlace && place(one, inquiry) != wanted) continue;
      looked++;
      // For tiers one at its soft limit is only found when there is none below it.
      usable += search.show(one) && (policy_ != Policy::tiers || search.shown().first == 0) ? 1 : 0;
    }
  };
  if (policy_ == Policy::least_connections) return look_at(0, all.size(), nullptr, kAnyPlace);
  // A place farther away cannot be better: for edge while the score is below what begins there, for tiers while one
  // below its soft limit is found.
  const auto is_enough = [&](unsigned looked_at) {
    if (!search.found()) return false;
    return policy_ == Policy::edge ? search.best().first < 100.0 * (looked_at + 1) : search.best().first == 0;
  };
  const Group::Range country = range_of(group.countries, inquiry.location.country);
  look_at(country.begin, country.end, &group.by_country, 0);
  if (is_enough(0)) return;
  const Group::Range region = range_of(group.regions, inquiry.region);
  look_at(region.begin, region.end, &group.by_region, 1);
  if (is_enough(1)) return;
  const Group::Range home = range_of(group.regions, inquiry.home_region);
  look_at(home.begin, home.end, &group.by_region, 2);
  if (is_enough(2)) return;
  look_at(0, all.size(), nullptr, 3);
}

void Chooser::pick_in_turn(const Group& group, Search& search) const {
  const std::vector<Candidate>& all = group.candidates;
  uint64_t turn = group.turn.fetch_add(1, std::memory_order_relaxed);
  const bool all_alike = group.turns.size() == all.size();
  for (size_t i = 0; i < kWalked; i++) {
    const Candidate& one = all[group.turns.at(turn % group.turns.size())];
    uint32_t load = 0;
    if (search.is_usable(one, load)) {
      // In slow start a backend lets so many of its turns go by.
      const double share = weight_of(one, search.inquiry().now_ms) / one.weight;
      if (share >= 1 || part_of(scrambled(next_turn()), 1000) < share * 1000) return search.choose(one);
    }
    // Its turn goes to the others by their weights, not to whoever stands behind it: that one would get twice its
    // share.
    turn = all_alike && i > 8 ? turn + 1 : scrambled(static_cast<uint32_t>(turn + i + 1));
  }
  for (const Candidate& one : all) search.show(one);
}

void Chooser::pick_of_two(const Group& group, Search& search) const {
  constexpr int kAttempts = 16;
  const std::vector<Candidate>& all = group.candidates;
  const Candidate* first = nullptr;
  for (int i = 0; i < kAttempts; i++) {
    const Candidate& one = all[part_of(scrambled(next_turn()), all.size())];
    if (&one == first || !search.show(one)) continue;
    if (first) return;
    first = &one;
  }
  // One alone, or none: all of them are looked at.
  for (const Candidate& one : all)
    if (&one != first && search.show(one) && first) return;
}

void Chooser::pick_by_hash(const Group& group, Search& search) const {
  const std::vector<Candidate>& all = group.candidates;
  const Inquiry& inquiry = search.inquiry();
  Group::Sum& sum = group.sum;
  if (all.size() <= Group::kScanned || sum.at.load(std::memory_order_relaxed) != inquiry.now_ms) {
    uint64_t at_work = 0;
    double weights = 0;
    for (const Candidate& one : all) {
      uint32_t load = 0;
      const Standing is = standing(one, inquiry, load);
      if (is != Standing::usable && is != Standing::trial && is != Standing::full) continue;
      at_work += load;
      weights += weight_of(one, inquiry.now_ms);
    }
    sum.load.store(at_work, std::memory_order_relaxed);
    sum.weight.store(weights, std::memory_order_relaxed);
    sum.at.store(inquiry.now_ms, std::memory_order_relaxed);
  }
  const double share = kBoundedLoad * static_cast<double>(sum.load.load(std::memory_order_relaxed) + 1) /
                       std::max(sum.weight.load(std::memory_order_relaxed), 1e-9);
  group.ring.walk(inquiry.hash, kWalked, [&](uint16_t member) {
    const Candidate& one = all[member];
    uint32_t load = 0;
    if (!search.is_usable(one, load)) return true;
    if (load + 1 > std::ceil(share * weight_of(one, inquiry.now_ms))) return true;
    search.choose(one);
    return false;
  });
  if (search.found()) return;
  for (const Candidate& one : all) search.show(one);
}

}  // namespace navajo::route
