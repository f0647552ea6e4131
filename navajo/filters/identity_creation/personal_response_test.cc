#include "navajo/filters/identity_creation/personal_response.h"

#include "navajo/api/fakes.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using filters::identity_creation::PersonalResponse;
using filters::identity_creation::private_cache_control;

TEST_GROUP(PersonalResponse) {};

TEST(PersonalResponse, no_shared_cache_keeps_it) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "private, no-cache"},
      {"public, max-age=60", "private, max-age=60"},
      {"Public", "private, no-cache"},
      {"max-age=60, s-maxage=600", "private, max-age=60"},
      {"private, max-age=60", "private, max-age=60"},
      {"private=\"X-User\", max-age=60", "private, private=\"X-User\", max-age=60"},
      {"no-store", "no-store"},
      {"no-cache, must-revalidate", "private, no-cache, must-revalidate"},
  };
  for (const auto& [field, expected] : cases) STRCMP_EQUAL(expected, private_cache_control(field).c_str());
}

TEST(PersonalResponse, a_field_of_the_backend_ends_the_login_and_is_not_seen) {
  api::FakeResponse response;
  int logouts = 0;
  const std::string field = "X-Logout";
  auto count = [&] { logouts++; };
  PersonalResponse personal(response, field, count);
  personal.headers().set("x-logout", "1");
  (void)personal.write(std::string_view("bye"));
  (void)personal.write(std::string_view("bye"));
  LONGS_EQUAL(1, logouts);
  CHECK_FALSE(response.headers().get("X-Logout").has_value());
}

TEST(PersonalResponse, without_the_field_nobody_is_logged_out) {
  api::FakeResponse response;
  int logouts = 0;
  const std::string field = "X-Logout", none;
  auto count = [&] { logouts++; };
  PersonalResponse personal(response, field, count), other(response, none, count);
  (void)personal.write(std::string_view("x"));
  (void)other.write(std::string_view("x"));
  LONGS_EQUAL(0, logouts);
}
