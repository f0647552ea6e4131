#include "navajo/rules/image.h"

#include <cstring>
#include <memory_resource>
#include <string>
#include <vector>

#include "navajo/rules/action_image.h"
#include "navajo/rules/hash.h"
#include "navajo/rules/index_key.h"
#include "navajo/rules/program.h"
#include "navajo/rules/random_rules.h"
#include "navajo/rules/rule_builder.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::rules;
using namespace navajo::rules::build;

TEST_GROUP(Image){static std::vector<std::byte> image_of(const RuleFile& file){navajo::config::Diagnostics diagnostics;
return compile(file, diagnostics);
}
static std::string refused(std::span<const std::byte> image) {
  const auto adopted = Program::adopt(image);
  return adopted.ok() ? "" : adopted.error().text;
}
static void seal(std::vector<std::byte>& image) {
  const uint64_t sum = image_checksum(image);
  memcpy(image.data() + offsetof(ImageHeaderShm, checksum), &sum, sizeof sum);
}
}
;

TEST(Image, is_good_at_any_address) {
  const std::vector<std::byte> image = image_of(file(Evaluation::all, {rule("a", method("GET"))}));
  std::vector<uint64_t> elsewhere(image.size() / 8 + 2);
  std::byte* const at = reinterpret_cast<std::byte*>(elsewhere.data() + 1);
  memcpy(at, image.data(), image.size());
  const auto program = Program::adopt({at, image.size()});
  CHECK_TRUE(program.ok());
  CHECK_TRUE((*program)->rules()[0].id == "a");
}

TEST(Image, of_another_build_or_damaged_is_not_adopted) {
  const std::vector<std::byte> good = image_of(file(Evaluation::all, {rule("a", method("GET"))}));
  STRCMP_EQUAL("", refused(good).c_str());
  STRCMP_CONTAINS("too short", refused({good.data(), 20}).c_str());
  STRCMP_CONTAINS("its size", refused({good.data(), good.size() - 8}).c_str());
  STRCMP_CONTAINS("not aligned", refused({good.data() + 1, good.size() - 1}).c_str());
  std::vector<std::byte> other = good;
  other[offsetof(ImageHeaderShm, layout)] ^= std::byte{1};
  STRCMP_CONTAINS("of another build", refused(other).c_str());
  other = good;
  other.back() ^= std::byte{1};
  STRCMP_CONTAINS("its checksum", refused(other).c_str());
  other = good;
  other[0] = std::byte{'X'};
  STRCMP_CONTAINS("it is none", refused(other).c_str());
}

TEST(Image, empty_files_have_one_too) {
  RuleFile empty;
  STRCMP_EQUAL("", refused(image_of(empty)).c_str());
  const std::vector<std::byte> image = image_of(file(Evaluation::first, {}));
  const auto program = Program::adopt(image);
  CHECK_TRUE(program.ok());
  FakeFacts facts;
  (*program)->evaluate((*program)->sets()[0], facts, {.memory = *std::pmr::null_memory_resource()}, [](const Fired&) {
    FAIL("there is no rule");
    return Next::stop;
  });
}

// What a damaged segment or a defect of ours leaves, with a checksum that fits: refused, or evaluated without harm.
TEST(Image, any_word_of_it_may_be_wrong) {
  RandomRules random(3);
  const RuleFile file = random.file();
  const std::vector<std::byte> good = image_of(file);
  CHECK_FALSE(good.empty());
  size_t adopted = 0;
  for (int i = 0; i < 300; i++) {
    std::vector<std::byte> image = good;
    const size_t at = sizeof(ImageHeaderShm::magic) + random.below(static_cast<uint32_t>(image.size() - 16));
    const uint32_t bad = random.one_in(2) ? random.below(1u << (1 + random.below(30))) : ~random.below(4);
    memcpy(image.data() + at, &bad, 1 + random.below(4));
    seal(image);
    const auto program = Program::adopt(image);
    if (!program.ok()) continue;
    adopted++;
    FakeFacts facts = random.request();
    for (const ProgramSet& set : (*program)->sets()) {
      std::pmr::monotonic_buffer_resource memory;
      (*program)->evaluate(set, facts, {.memory = memory}, [](const Fired&) { return Next::go_on; });
    }
  }
  CHECK_TRUE(adopted > 10);
}

TEST(Image, keeps_every_member_of_every_action) {
  const auto text = [](const char* literal) {
    Template out;
    out.parts.push_back({.literal = literal, .variable = Field::header, .name = "X-A", .rule = true});
    out.parts.push_back({.literal = "end", .variable = std::nullopt, .name = "", .rule = false});
    return out;
  };
  using std::chrono::milliseconds;
  const std::vector<KeyPart> key = {{Field::header, "X-Api"}, {Field::host, ""}};
  const std::vector<Action> actions = {
      Pass{},
      Block{451, "text/html", text("b"), {{"X-Why", text("f")}}},
      Redirect{307, text("r")},
      Delay{milliseconds(5)},
      Tag{"t", text("v")},
      ChangeHeader{Side::response, Change::remove, "X-*", text("h")},
      Rate{1, milliseconds(2), Algorithm::token_bucket, 3, 4, milliseconds(5), key, 6, 7, 8, text("rate"), false},
      Credit{1, Period::monthly, 28, 99, "Europe/Zurich", 2, PriceUnit::response_kilobyte, 3, milliseconds(4), key, 5,
             text("c"), false},
      Concurrency{9, key, 504},
      Log{"log", {"A", "B"}, {"C"}, 1, 2, false, true, false, 0.25, 3, {{"n", text("l")}}},
      Capture{"c", Field::cookie, "sid", "a(b)", nullptr},
      Route{"servlet"},
      BodyLimit{Side::response, 77},
      Timeout{milliseconds(12)},
      Skip{"later"}};
  LONGS_EQUAL(std::variant_size_v<Action>, actions.size());
  const std::string bytes = write_actions(actions);
  auto read = read_actions(bytes);
  CHECK_TRUE(read.ok());
  CHECK_TRUE(write_actions(*read) == bytes);
  CHECK_TRUE(std::get<Block>((*read)[1]).body == text("b") && std::get<Block>((*read)[1]).fields[0].name == "X-Why");
  const Rate& rate = std::get<Rate>((*read)[6]);
  CHECK_TRUE(rate.burst == 3 && rate.address_limit == 6u && rate.ipv6_prefix == 7 && !rate.fields &&
             rate.key[0].name == "X-Api");
  const Credit& credit = std::get<Credit>((*read)[7]);
  CHECK_TRUE(credit.zone == "Europe/Zurich" && credit.day == 28 && credit.max_delay == milliseconds(4));
  const Log& log = std::get<Log>((*read)[9]);
  CHECK_TRUE(log.sample == 0.25 && log.tls && !log.backend && log.response_headers[0] == "C" && log.response_body == 2);
  CHECK_TRUE(std::get<Capture>((*read)[10]).compiled != nullptr);
  for (size_t length = 0; length < bytes.size(); length++) CHECK_FALSE(read_actions(bytes.substr(0, length)).ok());
}

TEST(Image, hashes_do_not_look_at_case_and_depend_on_the_seed) {
  for (const std::string text : {"", "a", "Ab", "aBc", "abcD", "Abcdefgh", "[AZ{@`az", "abcdefghIjklmnopQ"}) {
    std::string small;
    for (const char c : text) small += static_cast<char>(fold(c));
    CHECK_TRUE(hash(1, text) == hash(1, small));
    CHECK_TRUE(hash(1, text) != hash(2, text));
    CHECK_TRUE(hash(1, text) != hash(1, text + '\0'));
  }
  CHECK_TRUE(hash(1, "[") != hash(1, "{"));
  CHECK_TRUE(hash(1, "a\xc4") != hash(1, "a\xe4"));
}

// failure-modes.md row 34: tables are made of rules, not of requests, and each lookup looks at few places.
TEST(Image, tables_have_short_ways_for_many_values) {
  RuleFile file = build::file(Evaluation::all, {rule("a", in_list(Field::query, 0))});
  file.lists.push_back({.name = "many"});
  for (int i = 0; i < 5000; i++) file.lists[0].entries.push_back("value" + std::to_string(i));
  const std::vector<std::byte> image = image_of(file);
  CHECK_TRUE(ImageView(image).all<ListShm>()[0].values.probes < 64);
}
