#include "navajo/route/chooser.h"

#include <sys/mman.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <set>
#include <vector>

#include "navajo/route/hash_ring.h"
#include "navajo/route/region_map.h"
#include "navajo/route/routing_fixture.h"
#include "navajo/route/weighted_turns.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::route;

TEST_GROUP(Chooser) {
  LoadTable::Layout* layout = nullptr;
  std::unique_ptr<LoadTable> loads;
  RouterOptions options;
  Asker asker{.app = "shop"};
  std::shared_ptr<Prepared> prepared;
  Location location;
  int64_t now = 1'000'000;
  uint64_t hash = 0;

  void setup() override {
    layout = static_cast<LoadTable::Layout*>(mmap(nullptr, sizeof(LoadTable::Layout), PROT_READ | PROT_WRITE,
                                                  MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
    loads = std::make_unique<LoadTable>(*layout);
  }
  void teardown() override {
    prepared.reset();
    loads.reset();
    munmap(layout, sizeof(LoadTable::Layout));
  }
  void table(std::vector<BackendRow> rows) {
    prepared =
        prepare(std::make_shared<const BackendTable>(std::move(rows), 1), prepared.get(), options, *loads, {}, now);
  }
  const Candidate& candidate(const std::string& id) {
    for (const Candidate* one : prepared->by_load_row)
      if (one && one->backend->id == id) return *one;
    FAIL("no such backend");
    return *prepared->by_load_row[0];
  }
  LoadRowShm& row(const std::string& id) { return *candidate(id).load; }
  void load(const std::string& id, uint32_t at_work) { row(id).at_work = at_work; }
  Inquiry inquiry() {
    Inquiry out;
    out.asker = &asker;
    out.location = location;
    out.region = prepared->region_index(location.region);
    out.home_region = prepared->home_region;
    out.now_ms = now;
    out.wall = 1'800'000'000;
    out.hash = hash;
    return out;
  }
  Picked pick() { return Chooser(options).pick(*prepared->find("shop"), inquiry()); }
  std::string picked() {
    const Picked out = pick();
    return out.candidate ? out.candidate->backend->id : "";
  }
  // Picks, with a place taken each time.
  std::map<std::string, int> taken(int times) {
    std::map<std::string, int> out;
    for (int i = 0; i < times; i++) {
      const Picked one = pick();
      if (!one.candidate) break;
      out[one.candidate->backend->id]++;
      one.candidate->load->at_work++;
    }
    return out;
  }
  std::map<std::string, int> untaken(int times) {
    std::map<std::string, int> out;
    for (int i = 0; i < times; i++) out[picked()]++;
    return out;
  }
};

TEST(Chooser, edge_takes_the_lowest_score_whatever_the_table) {
  std::mt19937 random(4711);
  const auto below = [&random](unsigned limit) { return static_cast<unsigned>(random() % limit); };
  static constexpr const char* kCountries[] = {"DE", "FR", "US", "BR", "JP", ""};
  static constexpr const char* kRegions[] = {"eu", "eu", "us", "sa", "ap", ""};
  for (int round = 0; round < 400; round++) {
    std::vector<BackendRow> rows;
    const unsigned size = 1 + below(Group::kScanned);
    for (unsigned i = 0; i < size; i++) {
      const unsigned where = below(6);
      BackendRow one = placed("b" + std::to_string(round) + "-" + std::to_string(i), kRegions[where], kCountries[where],
                              below(5), below(3) == 0 ? 1 + below(400) : 0);
      one.weight = below(4);
      one.healthy = below(8) != 0;
      rows.push_back(one);
    }
    options.region = kRegions[below(6)];
    now += 2 * LoadTable::kForgottenMs;
    table(rows);
    for (const BackendRow& one : rows) load(one.id, below(2) == 0 ? below(5) : below(500));
    const unsigned from = below(6);
    location = {country_code(kCountries[from]), kRegions[from]};
    // As edgeProxy says it, over all of them.
    double least = INFINITY;
    std::set<std::string> best;
    for (const BackendRow& one : rows) {
      const uint32_t at_work = LoadTable::count_of(row(one.id).at_work);
      if (!one.healthy || (one.hard_limit != 0 && at_work >= one.hard_limit)) continue;
      double place = 3;
      if (!one.country.empty() && one.country == kCountries[from])
        place = 0;
      else if (!one.region.empty() && one.region == kRegions[from])
        place = 1;
      else if (!one.region.empty() && one.region == options.region)
        place = 2;
      const double score =
          100 * place + static_cast<double>(at_work) / std::max(1u, one.soft_limit) / std::max(1u, one.weight);
      if (score < least - 1e-9) best.clear();
      if (score < least + 1e-9) best.insert(one.id);
      least = std::min(least, score);
    }
    const std::string chosen = picked();
    if (best.empty())
      CHECK_TRUE(chosen.empty());
    else
      CHECK_TRUE(best.count(chosen) == 1);
    for (const BackendRow& one : rows) load(one.id, 0);  // or its row would never be forgotten
  }
}

TEST(Chooser, edge_gives_ties_their_turn_and_prefers_the_zone) {
  table({placed("a", "eu", "DE"), placed("b", "eu", "DE"), placed("c", "eu", "DE")});
  for (const auto& [id, times] : untaken(300)) CHECK_TRUE(times > 90 && times < 110);
  options.zone = "z2";
  std::vector<BackendRow> rows = {placed("a", "eu", "DE"), placed("b", "eu", "DE"), placed("c", "eu", "DE")};
  rows[1].zone = "z2";
  table(rows);
  LONGS_EQUAL(100, untaken(100)["b"]);
  load("b", 1);
  LONGS_EQUAL(0, untaken(100)["b"]);
}

// fly's documentation: soft limit 20, hard limit 25.
TEST(Chooser, tiers_fill_to_the_soft_limit_then_the_others_then_to_the_hard_one) {
  options.policy = Policy::tiers;
  location = {country_code("DE"), "eu"};
  table({placed("near", "eu", "DE", 20, 25), placed("far", "us", "US", 20, 25)});
  auto counts = taken(20);
  LONGS_EQUAL(20, counts["near"]);
  counts = taken(20);
  LONGS_EQUAL(20, counts["far"]);
  counts = taken(5);
  LONGS_EQUAL(5, counts["near"]);
  counts = taken(5);
  LONGS_EQUAL(5, counts["far"]);
  CHECK_TRUE(pick().refusal == Refusal::all_full);
}

// community.fly.io 27681: eight machines, soft 20, hard 35, one saturated while others were idle.
TEST(Chooser, tiers_saturate_none_while_another_is_idle) {
  options.policy = Policy::tiers;
  std::vector<BackendRow> rows;
  for (int i = 0; i < 8; i++) rows.push_back(placed("m" + std::to_string(i), "eu", "DE", 20, 35));
  table(rows);
  for (int i = 0; i < 8; i++) row("m" + std::to_string(i)).connect_us = 200 + 37 * static_cast<uint32_t>(i);
  for (const auto& [id, times] : taken(160)) LONGS_EQUAL(20, times);
  for (const auto& [id, times] : taken(8)) LONGS_EQUAL(1, times);
}

// 27413: few long jobs stayed on one machine, since it was below its soft limit.
TEST(Chooser, tiers_spread_few_long_jobs) {
  options.policy = Policy::tiers;
  table({placed("a", "eu", "DE", 20, 25), placed("b", "eu", "DE", 20, 25), placed("c", "eu", "DE", 20, 25)});
  const auto counts = taken(3);
  LONGS_EQUAL(3, counts.size());
}

TEST(Chooser, tiers_take_the_nearest_by_place_then_zone_then_time_to_connect) {
  options.policy = Policy::tiers;
  options.zone = "z1";
  location = {country_code("DE"), "eu"};
  std::vector<BackendRow> rows = {placed("fr", "eu", "FR"), placed("slow", "eu", "DE"), placed("quick", "eu", "DE"),
                                  placed("zone", "eu", "DE")};
  rows[3].zone = "z1";
  table(rows);
  row("slow").connect_us = 9000;
  row("quick").connect_us = 1500;
  row("zone").connect_us = 20000;
  STRCMP_EQUAL("zone", picked().c_str());
  load("zone", 10);
  STRCMP_EQUAL("quick", picked().c_str());
  load("quick", 10);
  STRCMP_EQUAL("slow", picked().c_str());
  load("slow", 10);
  STRCMP_EQUAL("fr", picked().c_str());
}

TEST(Chooser, least_connections_go_by_load_and_weight) {
  options.policy = Policy::least_connections;
  table({backend("a"), backend("b", 10, 0, 3)});
  const auto counts = taken(40);
  LONGS_EQUAL(10, counts.at("a"));
  LONGS_EQUAL(30, counts.at("b"));
}

TEST(Chooser, of_two_the_less_loaded) {
  options.policy = Policy::two_choices;
  std::vector<BackendRow> rows;
  for (int i = 0; i < 10; i++) rows.push_back(backend("b" + std::to_string(i)));
  table(rows);
  auto counts = taken(1000);
  for (const auto& [id, times] : counts) CHECK_TRUE(times > 90 && times < 110);
  load("b7", 5000);
  LONGS_EQUAL(0, untaken(200)["b7"]);
  for (int i = 1; i < 10; i++) rows[static_cast<size_t>(i)].healthy = false;
  table(rows);
  STRCMP_EQUAL("b0", picked().c_str());
}

TEST(Chooser, in_turn_by_weight_and_the_turns_of_one_that_is_away_go_to_all) {
  options.policy = Policy::round_robin;
  table({backend("a"), backend("b"), backend("c")});
  const std::string first = picked(), second = picked(), third = picked();
  STRCMP_EQUAL(first.c_str(), picked().c_str());
  CHECK_TRUE(first != second && second != third && third != first);
  table({backend("a", 10, 0, 1), backend("b", 10, 0, 2), backend("c", 10, 0, 5)});
  auto counts = untaken(800);
  LONGS_EQUAL(100, counts["a"]);
  LONGS_EQUAL(200, counts["b"]);
  LONGS_EQUAL(500, counts["c"]);
  row("c").checked = Checked::down;
  counts = untaken(900);
  CHECK_TRUE(counts["a"] > 240 && counts["a"] < 360);
  LONGS_EQUAL(900, counts["a"] + counts["b"]);
}

TEST(Chooser, a_key_keeps_its_backend_when_another_one_goes) {
  options.policy = Policy::hash;
  std::vector<BackendRow> rows;
  for (int i = 0; i < 20; i++) rows.push_back(backend("b" + std::to_string(i)));
  table(rows);
  std::vector<std::string> before;
  std::map<std::string, int> counts;
  for (uint64_t i = 0; i < 1000; i++) {
    hash = i * 0x9e3779b97f4a7c15;
    before.push_back(picked());
    counts[before.back()]++;
  }
  LONGS_EQUAL(20, counts.size());
  for (const auto& [id, times] : counts) CHECK_TRUE(times > 20 && times < 100);
  rows.erase(rows.begin() + 7);
  table(rows);
  for (uint64_t i = 0; i < 1000; i++) {
    hash = i * 0x9e3779b97f4a7c15;
    if (before[i] != "b7") STRCMP_EQUAL(before[i].c_str(), picked().c_str());
  }
}

TEST(Chooser, one_key_that_everybody_has_does_not_fill_one_backend) {
  options.policy = Policy::hash;
  std::vector<BackendRow> rows;
  for (int i = 0; i < 10; i++) rows.push_back(backend("b" + std::to_string(i)));
  rows[3].weight = 2;
  table(rows);
  const auto counts = taken(1100);
  for (const auto& [id, times] : counts) CHECK_TRUE(times <= (id == "b3" ? 251 : 126));
  for (const std::string down : {"b0", "b1", "b2", "b4", "b5", "b6"}) row(down).checked = Checked::down;
  CHECK_TRUE(!picked().empty());
}

TEST(Chooser, the_next_priority_only_when_all_of_the_first_are_down_or_full) {
  std::vector<BackendRow> rows = {backend("first", 10, 1), backend("second"), backend("spare")};
  rows[2].priority = 5;
  for (const Policy policy : {Policy::edge, Policy::tiers, Policy::least_connections, Policy::two_choices,
                              Policy::round_robin, Policy::hash}) {
    options.policy = policy;
    prepared.reset();
    table(rows);
    row("second").checked = Checked::unknown;
    load("first", 0);
    for (int i = 0; i < 20; i++) CHECK_TRUE(picked() != "spare");
    load("first", 1);
    STRCMP_EQUAL("second", picked().c_str());
    row("second").checked = Checked::down;
    STRCMP_EQUAL("spare", picked().c_str());
  }
}

TEST(Chooser, nobody_goes_where_it_does_not_stand_well) {
  std::vector<BackendRow> rows;
  for (const char* id : {"unhealthy", "draining", "expired", "down", "ejected", "tried", "full"})
    rows.push_back(backend(id, 10, 5));
  rows[0].healthy = false;
  rows[1].draining = true;
  rows[2].expires = 1'700'000'000;
  table(rows);
  row("down").checked = Checked::down;
  row("ejected").ejected_until = now + 1;
  asker.tried[asker.tries++] = "tried";
  load("full", 5);
  for (const char* id : {"unhealthy", "draining", "expired", "down", "ejected", "tried", "full"}) {
    uint32_t at_work = 0;
    STRCMP_EQUAL(id, word(Chooser(options).standing(candidate(id), inquiry(), at_work)));
  }
  for (const Policy policy : {Policy::edge, Policy::tiers, Policy::least_connections, Policy::two_choices,
                              Policy::round_robin, Policy::hash}) {
    options.policy = policy;
    table(rows);
    CHECK_TRUE(pick().refusal == Refusal::all_full);
  }
  load("full", 4);
  STRCMP_EQUAL("full", picked().c_str());
  now++;
  CHECK_TRUE(Chooser(options).standing(candidate("ejected"), inquiry(), *std::make_unique<uint32_t>()) ==
             Standing::trial);
  rows.pop_back();
  rows.pop_back();
  rows.erase(rows.begin() + 4);
  table(rows);
  CHECK_TRUE(pick().refusal == Refusal::all_down);
}

TEST(Chooser, who_has_come_back_gets_a_growing_share) {
  options.policy = Policy::least_connections;
  options.slow_start = std::chrono::milliseconds(1000);
  std::vector<BackendRow> rows = {backend("old"), backend("back")};
  rows[1].healthy = false;
  table(rows);
  now += 100'000;
  rows[1].healthy = true;
  table(rows);
  auto counts = taken(110);
  LONGS_EQUAL(10, counts["back"]);
  now += 500;
  load("old", 0);
  load("back", 0);
  counts = taken(150);
  LONGS_EQUAL(50, counts["back"]);
  now += 500;
  load("old", 0);
  load("back", 0);
  LONGS_EQUAL(50, taken(100)["back"]);
}

TEST(Chooser, of_a_large_pool_the_nearest_are_looked_at_first) {
  std::vector<BackendRow> rows;
  for (int i = 0; i < 1000; i++) {
    const char* regions[] = {"eu", "us", "ap", "sa"};
    const char* countries[] = {"DE", "US", "JP", "BR"};
    rows.push_back(placed("b" + std::to_string(i), regions[i % 4], countries[i % 4], 10, 11));
  }
  location = {country_code("JP"), "ap"};
  options.region = "eu";
  for (const Policy policy : {Policy::edge, Policy::tiers}) {
    options.policy = policy;
    prepared.reset();
    table(rows);
    for (const BackendRow& one : rows) load(one.id, 0);
    std::map<std::string, int> by_country;
    for (int i = 0; i < 2000; i++) {
      const Picked one = pick();
      by_country[one.candidate->backend->country]++;
      one.candidate->load->at_work++;
    }
    LONGS_EQUAL(2000, by_country["JP"]);
    uint32_t most = 0;
    for (int i = 2; i < 1000; i += 4) most = std::max(most, LoadTable::count_of(row("b" + std::to_string(i)).at_work));
    CHECK_TRUE(most <= 10);
    // All of them at their soft limits: tiers go elsewhere, edge stays until they are full, then goes home.
    for (int i = 2; i < 1000; i += 4) load("b" + std::to_string(i), 10);
    STRCMP_EQUAL(policy == Policy::edge ? "JP" : "DE", pick().candidate->backend->country.c_str());
    for (int i = 2; i < 1000; i += 4) load("b" + std::to_string(i), 11);
    STRCMP_EQUAL("DE", pick().candidate->backend->country.c_str());
    // One place left among a thousand is found.
    for (const BackendRow& one : rows) load(one.id, 11);
    CHECK_TRUE(pick().refusal == Refusal::all_full);
    load("b555", 3);
    STRCMP_EQUAL("b555", picked().c_str());
  }
}

TEST(Chooser, a_schedule_has_each_as_often_as_its_weight_and_evenly) {
  const uint32_t weights[] = {1000, 3000, 2000};
  const WeightedTurns turns(weights);
  LONGS_EQUAL(6, turns.size());
  int counts[3] = {};
  for (size_t i = 0; i < turns.size(); i++) counts[turns.at(i)]++;
  LONGS_EQUAL(1, counts[0]);
  LONGS_EQUAL(3, counts[1]);
  LONGS_EQUAL(2, counts[2]);
  const uint32_t uneven[] = {1, 4'000'000'000};
  const WeightedTurns coarse(uneven);
  CHECK_TRUE(coarse.size() <= WeightedTurns::kMostTurns + 2);
}
