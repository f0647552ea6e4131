#include "navajo/container/class_settings.h"

#include <cstdlib>
#include <string>

#include "CppUTest/TestHarness.h"
#include "navajo/config/profiles.h"
#include "navajo/config/property_table.h"
#include "navajo/config/temporary_folder.h"

using namespace navajo;
using namespace navajo::container;

namespace {

constexpr config::ParamSpec kParams[] = {
    {.name = "Timeout", .type = config::ParamType::integer, .default_value = "5"},
    {.name = "Secure.CipherSuites"},
    {.name = "MaxHeaders", .type = config::ParamType::integer, .default_value = "100", .maximum = 1000},
};
constexpr config::ParamSpec kOther[] = {{.name = "Timeout"}, {.name = "Name"}};

const ServletRow kServlets[] = {
    {"Fetcher", {"ch::nevis::test::http::Fetcher"}, kParams, "", nullptr},
    {"Poster", {"ch::nevis::test::http::Poster"}, kOther, "", nullptr},
};
const FilterRow kFilters[] = {{"Sieve", {"ch:nevis:test:Sieve"}, kOther, "", nullptr}};

}  // namespace

TEST_GROUP(ClassSettings) {
  config::Diagnostics diagnostics;
  Catalogue catalogue;
  config::NavajoXml navajo;

  void setup() override {
    catalogue.add(std::span(kServlets));
    catalogue.add(std::span(kFilters));
    navajo.properties = config::default_properties();
  }
  ClassSettings make(std::string_view lines) {
    navajo.class_properties = config::parse_properties("bc.properties", lines, diagnostics);
    return {navajo, catalogue, diagnostics};
  }
  config::InitParams given(const char* profile, const char* timeout = nullptr) {
    config::InitParams out;
    if (*profile) out[ClassSettings::kProfileParam] = {profile, {"web.xml", 7, 20}};
    if (timeout) out["Timeout"] = {timeout, {"web.xml", 8, 20}};
    return out;
  }
  std::string value(const ClassSettings& settings, const char* class_name, const char* name,
                    const config::InitParams& from = {}) {
    const config::InitParams params = settings.complete(class_name, "servlet 'x'", from);
    const auto found = params.find(name);
    return found == params.end() ? "" : found->second.text;
  }
  std::string fault() {
    CHECK_EQUAL(1u, diagnostics.count());
    return diagnostics.ok() ? "" : diagnostics.faults()[0].line();
  }
};

TEST(ClassSettings, a_class_in_dots_and_an_init_param_set_its_default) {
  const ClassSettings settings = make(
      "ch.nevis.test.http.Fetcher.Secure.CipherSuites=HIGH\nFetcher.Timeout=7\nch.nevis.test.Sieve.Name=n\n");
  CHECK_TRUE(diagnostics.ok());
  STRCMP_EQUAL("HIGH", value(settings, "Fetcher", "Secure.CipherSuites").c_str());
  STRCMP_EQUAL("7", value(settings, "Fetcher", "Timeout").c_str());
  STRCMP_EQUAL("", value(settings, "Poster", "Timeout").c_str());
  STRCMP_EQUAL("n", value(settings, "Sieve", "Name").c_str());
}

TEST(ClassSettings, a_class_path_sets_it_for_all_classes_below_that_have_it) {
  const ClassSettings settings =
      make("ch.nevis.test.http.Poster.Timeout=9\nch.nevis.test.http.Timeout=8\nch.nevis.test.http.Name=n\n");
  CHECK_TRUE(diagnostics.ok());
  STRCMP_EQUAL("8", value(settings, "Fetcher", "Timeout").c_str());
  STRCMP_EQUAL("9", value(settings, "Poster", "Timeout").c_str());
  STRCMP_EQUAL("", value(settings, "Fetcher", "Name").c_str());
}

TEST(ClassSettings, what_web_xml_says_wins_over_a_profile_and_a_profile_over_a_default) {
  const ClassSettings settings = make("Fetcher.Timeout=1\nFetcher.Slow.Timeout=60\n");
  STRCMP_EQUAL("1", value(settings, "Fetcher", "Timeout").c_str());
  STRCMP_EQUAL("60", value(settings, "Fetcher", "Timeout", given("Slow")).c_str());
  STRCMP_EQUAL("3", value(settings, "Fetcher", "Timeout", given("Slow", "3")).c_str());
  STRCMP_EQUAL("", value(settings, "Fetcher", ClassSettings::kProfileParam, given("Slow")).c_str());
}

TEST(ClassSettings, profiles_may_be_combined_unless_they_set_the_same) {
  const ClassSettings settings = make(
      "Fetcher.Slow.Timeout=60\nch.nevis.test.http.Safe.Secure.CipherSuites=HIGH\nFetcher.Fast.Timeout=1\n");
  STRCMP_EQUAL("HIGH", value(settings, "Fetcher", "Secure.CipherSuites", given(" Slow, Safe")).c_str());
  CHECK_TRUE(diagnostics.ok());
  value(settings, "Fetcher", "Timeout", given("Slow,Fast"));
  STRCMP_EQUAL("web.xml:7:20: NVJ1353 servlet 'x': the profiles 'Slow' and 'Fast' both set Timeout: say it as an "
               "init-param and use one of them",
               fault().c_str());
}

TEST(ClassSettings, a_profile_that_sets_nothing_here_is_a_fault) {
  const ClassSettings settings = make("Fetcher.Slow.Timeout=60\n");
  value(settings, "Fetcher", "Timeout", given("Slwo"));
  STRCMP_EQUAL("web.xml:7:20: NVJ1353 servlet 'x': Fetcher has no profile 'Slwo', did you mean 'Slow'?",
               fault().c_str());
}

TEST(ClassSettings, a_name_that_means_nothing_is_a_fault_with_a_suggestion) {
  make("\nch.nevis.test.http.Fetcher.Timeuot=1\n");
  STRCMP_EQUAL("bc.properties:2:1: NVJ1352 'ch.nevis.test.http.Fetcher.Timeuot' is neither a property nor an "
               "init-param of a class, did you mean 'ch.nevis.test.http.Fetcher.Timeout'?",
               fault().c_str());
}

TEST(ClassSettings, a_misspelt_property_gets_a_suggestion_too) {
  make("ch.nevis.bc.net.MaxHeader=1\n");
  STRCMP_CONTAINS("did you mean 'ch.nevis.bc.net.MaxHeaders'?", fault().c_str());
}

TEST(ClassSettings, lenient_unknown_names_are_notices) {
  navajo.compat.value = config::Compat::lenient;
  make("no.such.thing=1\n");
  CHECK_TRUE(diagnostics.ok());
  CHECK_EQUAL(1u, diagnostics.notices().size());
}

TEST(ClassSettings, a_value_of_the_wrong_type_is_a_fault_once_where_it_stands) {
  make("Fetcher.Timeout = soon\n");
  STRCMP_EQUAL("bc.properties:1:19: NVJ1312 property 'Fetcher.Timeout' 'soon' is not a number", fault().c_str());
}

TEST(ClassSettings, max_headers_of_bc_properties_is_the_default_of_every_servlet_that_has_it) {
  const config::TemporaryFolder folder;
  navajo.properties = config::load_properties(folder.write("p", "ch.nevis.bc.net.MaxHeaders=12"),
                                              config::Missing::fault, config::Compat::strict, diagnostics)
                          .known;
  const ClassSettings settings = make("");
  STRCMP_EQUAL("12", value(settings, "Fetcher", "MaxHeaders").c_str());
  STRCMP_EQUAL("", value(settings, "Poster", "MaxHeaders").c_str());
}

TEST(ClassSettings, custom_profile_files_are_named_by_the_environment) {
  const config::TemporaryFolder folder;
  folder.write("a.properties", "Fetcher.Slow.Timeout=60\n");
  setenv("PROXY_CUSTOM_PROFILES", "a.properties, gone.properties", 1);
  const auto lines = config::custom_profiles(folder.path(), diagnostics);
  unsetenv("PROXY_CUSTOM_PROFILES");
  CHECK_EQUAL(1u, lines.size());
  STRCMP_CONTAINS("gone.properties: NVJ1300 does not exist", fault().c_str());
}
