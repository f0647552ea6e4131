// What evaluating rules costs: nanoseconds of CPU per request for sets of 0 to 10,000 rules of the kinds that real
// files have, where none holds, where an early and where a late one does, and for rules that are all patterns. Prints
// one JSON object per line and case; the case that figures go by is the one without a hit.
//
//   rules [--seconds S] [CASE]...
#include <time.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory_resource>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "navajo/http/headers.h"
#include "navajo/rules/program.h"
#include "navajo/rules/rule_builder.h"

using namespace navajo::rules;
using namespace navajo::rules::build;

namespace {

enum class Clock { cpu, wall };

double seconds(Clock clock) {
  timespec time;
  clock_gettime(clock == Clock::cpu ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

// A browser's request: facts are there as a server has them, fields in an array.
class BrowserFacts final : public Facts {
 public:
  std::string_view path = "/shop/catalogue/items/4711", host = "www.customer.example.com";

  std::optional<std::string_view> text(Field field) override {
    switch (field) {
      case Field::path: return path;
      case Field::target: return "/shop/catalogue/items/4711?lang=de&sort=price&page=3";
      case Field::query: return "lang=de&sort=price&page=3";
      case Field::method: return "GET";
      case Field::host: return host;
      case Field::scheme: return "https";
      case Field::protocol: return "HTTP/1.1";
      case Field::country: return "CH";
      default: return std::nullopt;
    }
  }
  std::optional<int64_t> number(Field field) override {
    return field == Field::port ? std::optional<int64_t>(443) : std::nullopt;
  }
  std::optional<AddressBytes> address(Field) override {
    return AddressBytes{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 77};
  }
  bool any(Field field, std::string_view name, Visitor visit) override {
    if (field == Field::cookie) return name == "session" && visit("0123456789abcdef");
    if (field != Field::header) return false;
    for (const auto& [one, value] : fields)
      if (navajo::http::same_name(one, name) && visit(value)) return true;
    return false;
  }
  void for_each_header(HeaderVisitor visit) override {
    for (const auto& [name, value] : fields)
      if (!visit(name, value)) return;
  }
  int64_t wall_time() override { return 1'790'000'000; }

 private:
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 12> fields = {{
      {"Host", "www.customer.example.com"},
      {"User-Agent",
       "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36"},
      {"Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"},
      {"Accept-Language", "de-CH,de;q=0.9,en;q=0.8"},
      {"Accept-Encoding", "gzip, deflate, br, zstd"},
      {"Referer", "https://www.customer.example.com/shop/catalogue"},
      {"Cookie", "session=0123456789abcdef; consent=yes; theme=dark"},
      {"Sec-Fetch-Dest", "document"},
      {"Sec-Fetch-Mode", "navigate"},
      {"Sec-Fetch-Site", "same-origin"},
      {"Upgrade-Insecure-Requests", "1"},
      {"X-Forwarded-For", "192.0.2.77"},
  }};
};

// The i-th of a mixed file. None of them holds for the request above.
Condition mixed(int i) {
  const std::string n = std::to_string(i);
  switch (i % 12) {
    case 0: return all({test(Field::host, MatchKind::exact, "app" + n + ".example.com"), path("/admin/**")});
    case 1: return all({path("/app" + n + "/**"), negated(method("GET"))});
    case 2: return all({method("POST"), test(Field::path, MatchKind::exact, "/login/" + n)});
    case 3: return test(Field::header, MatchKind::regex, "(?i)scanner[ /-]" + n + "\\b", "User-Agent");
    case 4:
      return test(Field::client, MatchKind::network,
                  "10." + std::to_string(i / 250 % 250) + "." + std::to_string(i % 250) + ".0/24");
    case 5: return test(Field::cookie, MatchKind::exact, "v" + n, "experiment" + std::to_string(i % 4));
    case 6: return test(Field::query, MatchKind::regex, "(?:^|&)token" + n + "=[0-9a-f]{32}(?:&|$)");
    case 7: return all({test(Field::host, MatchKind::glob, "*.tenant" + n + ".example.net"), negated(method("GET"))});
    case 8: return all({test(Field::header, MatchKind::exists, "", "X-Api-" + n), method("GET")});
    case 9: return any({path("/old/" + n + "/**"), path("/legacy/*/" + n + ".html")});
    case 10:
      return all({test(Field::header, MatchKind::glob, "*bot" + n + "*", "User-Agent"), negated(path("/robots.txt"))});
    default:
      return all({test(Field::path, MatchKind::regex, "^/files/[a-z]+/" + n + "\\.(?:zip|tar)$"),
                  test(Field::country, MatchKind::exact, "CH")});
  }
}

// Patterns no index can look into: each of them has to be run.
Condition pattern_without_literal(int i) {
  return test(Field::path, MatchKind::regex, "^/(?:[a-z]{2,9}/){" + std::to_string(4 + i % 5) + "}[0-9]+$");
}

enum class Hit { none, early, late };

struct Case {
  const char* name;
  int rules;
  Hit hit;
  Condition (*condition)(int);
};

constexpr Case kCases[] = {
    {"rules_0", 0, Hit::none, mixed},
    {"rules_100", 100, Hit::none, mixed},
    {"rules_1000", 1000, Hit::none, mixed},
    {"rules_10000", 10000, Hit::none, mixed},
    {"rules_1000_early", 1000, Hit::early, mixed},
    {"rules_1000_late", 1000, Hit::late, mixed},
    {"rules_10000_late", 10000, Hit::late, mixed},
    {"patterns_100", 100, Hit::none, pattern_without_literal},
    {"patterns_1000", 1000, Hit::none, pattern_without_literal},
};

[[noreturn]] void fail(const std::string& text) {
  fprintf(stderr, "rules: %s\n", text.c_str());
  exit(1);
}

void measure(const Case& one, double limit) {
  std::vector<Rule> rules;
  for (int i = 0; i < one.rules; i++) rules.push_back(rule("rule" + std::to_string(i), one.condition(i)));
  const Condition held = all({path("/shop/**"), method("GET")});
  if (one.hit == Hit::early) rules[static_cast<size_t>(one.rules) / 100].when = held;
  if (one.hit == Hit::late) rules.back().when = held;
  const RuleFile file = build::file(Evaluation::first, std::move(rules));
  navajo::config::Diagnostics diagnostics;
  const double begun = seconds(Clock::cpu);
  const std::vector<std::byte> image = compile(file, diagnostics);
  if (!diagnostics.ok()) fail(diagnostics.faults()[0].text);
  const double compiled = seconds(Clock::cpu);
  const auto program = Program::adopt(image);
  if (!program.ok()) fail(program.error().text);
  const double adopted = seconds(Clock::cpu);

  BrowserFacts facts;
  size_t fired = 0;
  const auto evaluate = [&] {
    std::array<std::byte, 4096> room;
    std::pmr::monotonic_buffer_resource memory(room.data(), room.size());
    (*program)->evaluate((*program)->sets()[0], facts, {.memory = memory}, [&](const Fired&) {
      fired++;
      return Next::go_on;
    });
  };
  constexpr int kRound = 200;
  for (int i = 0; i < kRound; i++) evaluate();
  // The best of many rounds: what else the machine does comes on top of it.
  double best = 1e9, sum = 0;
  int rounds = 0;
  for (const double end = seconds(Clock::wall) + limit; rounds < 10 || seconds(Clock::wall) < end; rounds++) {
    const double before = seconds(Clock::cpu);
    for (int i = 0; i < kRound; i++) evaluate();
    const double taken = (seconds(Clock::cpu) - before) / kRound;
    sum += taken;
    if (taken < best) best = taken;
  }
  if ((fired > 0) != (one.hit != Hit::none)) fail(std::string(one.name) + ": not the rules that were expected");
  printf(
      "{\"case\": \"%s\", \"rules\": %d, \"ns_per_request\": %.1f, \"mean_ns\": %.1f, \"image_bytes\": %zu, "
      "\"compile_ms\": %.1f, \"adopt_ms\": %.1f}\n",
      one.name, one.rules, best * 1e9, sum / rounds * 1e9, image.size(), (compiled - begun) * 1e3,
      (adopted - compiled) * 1e3);
  fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  double limit = 1;
  std::vector<std::string> wanted;
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], "--seconds") == 0 && i + 1 < argc)
      limit = atof(argv[++i]);
    else
      wanted.emplace_back(argv[i]);
  }
  for (const Case& one : kCases) {
    bool chosen = wanted.empty();
    for (const std::string& name : wanted) chosen = chosen || name == one.name;
    if (chosen) measure(one, limit);
  }
  return 0;
}
