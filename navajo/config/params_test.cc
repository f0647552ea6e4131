#include "navajo/config/params.h"

#include <stdexcept>
#include <string>

#include "CppUTest/TestHarness.h"

using namespace navajo::config;
namespace id = navajo::observe::id;

namespace {

constexpr ParamSpec kSpecs[] = {
    {.name = "Address", .required = true},
    {.name = "Lines", .type = ParamType::lines},
    {.name = "KeepAlive", .type = ParamType::boolean, .default_value = "true"},
    {.name = "Count", .type = ParamType::integer, .default_value = "3", .minimum = -5, .maximum = 10},
    {.name = "Size", .type = ParamType::bytes, .default_value = "8K", .minimum = 0},
    {.name = "Timeout", .type = ParamType::milliseconds, .default_value = "2s", .minimum = 1, .choices = "off"},
    {.name = "Lifetime", .type = ParamType::seconds, .default_value = "60"},
    {.name = "Mode", .type = ParamType::choice, .default_value = "pathinfo", .choices = "requestURI,pathinfo"},
};

ParamValue at(std::string text) { return {std::move(text), {"web.xml", 4, 10}}; }

}  // namespace

TEST_GROUP(Params) {
  Diagnostics diagnostics;
  Params make(std::map<std::string, ParamValue, std::less<>> values, UnknownNames unknown = UnknownNames::fault) {
    if (!values.contains("Address")) values["Address"] = at("a:1");
    return {"servlet 'app'", {"web.xml", 2, 3}, kSpecs, std::move(values), diagnostics, unknown};
  }
  std::string first_fault() { return diagnostics.ok() ? "" : diagnostics.faults()[0].line(); }
};

TEST(Params, gives_defaults_for_what_is_not_said) {
  const Params params = make({});
  CHECK_TRUE(diagnostics.ok());
  CHECK_TRUE(params.boolean("KeepAlive"));
  LONGS_EQUAL(3, params.integer("Count"));
  LONGS_EQUAL(8192, params.bytes("Size"));
  LONGS_EQUAL(2000, params.milliseconds("Timeout").count());
  LONGS_EQUAL(60, params.seconds("Lifetime").count());
  STRCMP_EQUAL("pathinfo", params.text("Mode").c_str());
  CHECK_FALSE(params.has("Mode"));
  CHECK_TRUE(params.has("Address"));
}

TEST(Params, understands_units) {
  const Params params = make({{"Size", at("2M")}, {"Timeout", at("1m")}, {"Lifetime", at("2h")}, {"Count", at("-5")}});
  CHECK_TRUE(diagnostics.ok());
  LONGS_EQUAL(2 << 20, params.bytes("Size"));
  LONGS_EQUAL(60000, params.milliseconds("Timeout").count());
  LONGS_EQUAL(7200, params.seconds("Lifetime").count());
  LONGS_EQUAL(-5, params.integer("Count"));
}

TEST(Params, a_plain_number_has_the_unit_of_the_type) {
  const Params params = make({{"Timeout", at("1500")}, {"Lifetime", at("15")}});
  LONGS_EQUAL(1500, params.milliseconds("Timeout").count());
  LONGS_EQUAL(15, params.seconds("Lifetime").count());
}

TEST(Params, a_word_in_place_of_a_number_means_zero) {
  LONGS_EQUAL(0, make({{"Timeout", at("off")}}).milliseconds("Timeout").count());
  CHECK_TRUE(diagnostics.ok());
}

TEST(Params, refuses_what_is_not_of_the_type) {
  for (const auto& [name, text] : std::map<std::string, std::string>{{"KeepAlive", "maybe"},
                                                                     {"Count", "3x"},
                                                                     {"Size", "8Q"},
                                                                     {"Timeout", "1 year"},
                                                                     {"Lifetime", "5ms"},
                                                                     {"Mode", "PathInfo"},
                                                                     {"Address", "a:1\nb:2"},
                                                                     {"Lines", std::string("a\001b")}}) {
    Diagnostics own;
    const Params params("x", {}, kSpecs, {{"Address", at("a:1")}, {name, at(text)}}, own);
    Params with("x", {}, kSpecs, {{name, at(text)}}, own);
    CHECK_FALSE_TEXT(own.ok(), name.c_str());
  }
}

TEST(Params, refuses_numbers_out_of_range_and_beyond_sixty_four_bits) {
  make({{"Count", at("11")}});
  STRCMP_CONTAINS("out of range, allowed is -5 to 10", first_fault().c_str());
  Diagnostics own;
  const Params params("x", {}, kSpecs, {{"Address", at("a")}, {"Size", at("99999999999999999999")}}, own);
  CHECK_FALSE(own.ok());
  Diagnostics third;
  const Params huge("x", {}, kSpecs, {{"Address", at("a")}, {"Size", at("9223372036854775807G")}}, third);
  CHECK_FALSE(third.ok());
}

TEST(Params, a_refused_value_counts_as_not_given) {
  const Params params = make({{"Count", at("eleven")}});
  LONGS_EQUAL(3, params.integer("Count"));
  CHECK_FALSE(params.has("Count"));
}

TEST(Params, names_an_unknown_parameter_and_guesses) {
  make({{"KeepAlife", at("true")}});
  STRCMP_EQUAL("web.xml:4:10: NVJ1311 servlet 'app' has no init-param 'KeepAlife', did you mean 'KeepAlive'?",
               first_fault().c_str());
}

TEST(Params, only_mentions_an_unknown_parameter_when_told_so) {
  make({{"KeepAlife", at("true")}}, UnknownNames::notice);
  CHECK_TRUE(diagnostics.ok());
  LONGS_EQUAL(1, diagnostics.notices().size());
}

TEST(Params, demands_what_is_required) {
  const Params absent("servlet 'app'", {"web.xml", 2, 3}, kSpecs, {}, diagnostics);
  STRCMP_EQUAL("web.xml:2:3: NVJ1313 servlet 'app' needs the init-param 'Address'", first_fault().c_str());
  const Params empty("servlet 'app'", {"web.xml", 2, 3}, kSpecs, {{"Address", at("  \n ")}}, diagnostics);
  LONGS_EQUAL(id::config_missing_param.number, diagnostics.faults().back().id.number);
}

TEST(Params, splits_lines_and_knows_where_each_one_stands) {
  const Params params = make({{"Lines", at("\n    first\n\n  second  \n")}});
  const auto lines = params.positioned_lines("Lines");
  LONGS_EQUAL(2, lines.size());
  STRCMP_EQUAL("first", lines[0].text.c_str());
  LONGS_EQUAL(5, lines[0].where.line);
  LONGS_EQUAL(5, lines[0].where.column);
  STRCMP_EQUAL("second", lines[1].text.c_str());
  LONGS_EQUAL(7, lines[1].where.line);
  LONGS_EQUAL(3, lines[1].where.column);
  LONGS_EQUAL(2, params.lines("Lines").size());
}

TEST(Params, a_fault_of_a_value_points_at_its_first_visible_character) {
  const Params params = make({{"Address", at("\n      nowhere\n")}});
  params.fault("Address", "is no address");
  STRCMP_EQUAL("web.xml:5:7: NVJ1312 servlet 'app': init-param 'Address' is no address", first_fault().c_str());
}

TEST(Params, a_fault_of_a_default_points_at_the_owner) {
  make({}).fault("Mode", "does not go with Address");
  STRCMP_CONTAINS("web.xml:2:3: ", first_fault().c_str());
}

TEST(Params, a_getter_for_a_name_outside_the_table_is_a_mistake_of_the_program) {
  const Params params = make({});
  CHECK_THROWS(std::logic_error, params.text("Adress"));
}
