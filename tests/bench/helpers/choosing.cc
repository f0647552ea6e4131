// What choosing a backend costs: nanoseconds for a choice and its place given back, one line per case. Tables of 10,
// 100 and 1,000 backends in four regions; a tenth of their soft limits is at work, spread as the policy spreads it. The
// clients are private addresses, so no geographical database is asked. bound: clients that come back.
//
//   choosing [CHOICES]
#include <arpa/inet.h>
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "navajo/route/router.h"

using namespace navajo;
using namespace navajo::route;

namespace {

double cpu_ns() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

class OneTable final : public TableSource {
 public:
  explicit OneTable(std::vector<BackendRow> rows) : table_(std::make_shared<BackendTable>(std::move(rows), 1)) {}
  std::shared_ptr<const BackendTable> current() const override { return table_; }
  void start_child() override {}
  void stop_child() override {}

 private:
  const std::shared_ptr<const BackendTable> table_;
};

std::vector<BackendRow> backends(size_t count) {
  static constexpr const char* kRegions[] = {"eu", "us", "ap", "sa"};
  static constexpr const char* kCountries[] = {"DE", "US", "JP", "BR"};
  std::vector<BackendRow> out(count);
  for (size_t i = 0; i < count; i++) {
    BackendRow& row = out[i];
    row.id = "backend-" + std::to_string(i);
    row.app = "shop";
    row.region = kRegions[i % 4];
    row.country = kCountries[i % 4];
    row.host = "10.50.0.1";
    row.port = 8080;
    row.soft_limit = 100;
    row.hard_limit = 150;
  }
  return out;
}

void fail(const std::string& text) {
  fprintf(stderr, "choosing: %s\n", text.c_str());
  exit(1);
}

void measure(const char* name, Policy policy, size_t count, Binding binding, int choices) {
  RouterOptions options;
  options.name = std::string("bench-") + name;
  options.policy = policy;
  options.region = "eu";
  options.country = "DE";
  options.binding = binding;
  auto opened = open_router(options, std::make_shared<OneTable>(backends(count)));
  if (!opened.ok()) fail(opened.error().text);
  Router& router = **opened;
  router.start_child();
  std::vector<reactor::Endpoint> clients;
  for (int i = 0; i < 1024; i++)
    clients.push_back(*reactor::parse_address("10.1." + std::to_string(i / 256) + "." + std::to_string(i % 256), 1));
  uint64_t chosen = 0;
  const auto choose = [&](int which) {
    const Asker asker{.app = "shop", .client = &clients[static_cast<size_t>(which) % clients.size()]};
    Choice choice = router.choose(asker, reactor::Deadline::never());
    chosen += choice ? 1 : 0;
    return choice;
  };
  {
    std::vector<Choice> held;
    for (size_t i = 0; i < count * 10; i++) held.push_back(choose(static_cast<int>(i)));
    double least = 1e18;
    // The best of some rounds: others use the machine as well.
    for (int round = 0; round < 5; round++) {
      const double begin = cpu_ns();
      for (int i = 0; i < choices; i++) (void)choose(i);
      least = std::min(least, (cpu_ns() - begin) / choices);
    }
    printf("%s %.1f ns_per_choice\n", name, least);
  }
  router.stop_child();
  if (chosen < static_cast<uint64_t>(choices) * 5) fail(std::string(name) + ": some were refused");
}

}  // namespace

int main(int argc, char** argv) {
  const int choices = argc > 1 ? atoi(argv[1]) : 200'000;
  for (const size_t count : {10, 100, 1000}) {
    const std::string name = "choice_" + std::to_string(count);
    measure(name.c_str(), Policy::edge, count, Binding::none, choices);
    measure((name + "_tiers").c_str(), Policy::tiers, count, Binding::none, choices);
    measure((name + "_least").c_str(), Policy::least_connections, count, Binding::none, choices);
    measure((name + "_two").c_str(), Policy::two_choices, count, Binding::none, choices);
    measure((name + "_turn").c_str(), Policy::round_robin, count, Binding::none, choices);
    measure((name + "_hash").c_str(), Policy::hash, count, Binding::none, choices);
    measure((name + "_bound").c_str(), Policy::edge, count, Binding::client, choices);
  }
}
