#include "navajo/cli/explanations.h"

#include <string>

#include "CppUTest/TestHarness.h"
#include "navajo/observe/log.h"

using namespace navajo;
using cli::find_explanation;

namespace {
const auto& g_all = cli::explanations();  // made once, before any test counts its memory
}

TEST_GROUP(Explanations){};

TEST(Explanations, know_every_log_line_by_its_number_and_name) {
#define NVJ_LOG(number, level, name)                                       \
  CHECK_TEXT(find_explanation("NVJ" #number) != nullptr, #name);           \
  CHECK_TEXT(find_explanation("NVJ" #number)->title == #name, #name);      \
  CHECK_TEXT(find_explanation("NVJ" #number)->text.size() > 20, #name);
#include "navajo/observe/log_ids.def"
#undef NVJ_LOG
}

TEST(Explanations, are_found_by_id_number_and_name_in_any_case) {
  const cli::Explanation* found = find_explanation("NVJ1001");
  CHECK(found != nullptr);
  POINTERS_EQUAL(found, find_explanation("nvj1001"));
  POINTERS_EQUAL(found, find_explanation("1001"));
  POINTERS_EQUAL(found, find_explanation("Reactor_Stalled"));
}

TEST(Explanations, know_the_codes_that_are_no_log_ids) {
  for (const char* code : {"NVCT-0048", "NVCT,0048", "CACH-0067", "CONF-0001", "GW01", "GW02"})
    CHECK_TEXT(find_explanation(code) != nullptr, code);
}

TEST(Explanations, end_before_the_next_entry) {
  for (const cli::Explanation& entry : g_all)
    CHECK_TEXT(entry.text.find("\n## ") == std::string_view::npos, std::string(entry.id).c_str());
}

TEST(Explanations, know_nothing_else) {
  POINTERS_EQUAL(nullptr, find_explanation("NVJ0000"));
  POINTERS_EQUAL(nullptr, find_explanation(""));
}
