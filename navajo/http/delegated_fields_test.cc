#include "navajo/http/delegated_fields.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace navajo::http;

TEST_GROUP(DelegatedFields){};

TEST(DelegatedFields, names_a_backend_could_confuse_are_the_same) {
  for (const char* name : {"X-User-Id", "x_user_id", "X.USER-ID", "x~user!id"})
    CHECK_TRUE_TEXT(same_folded_name("X-User-Id", name), name);
  for (const char* name : {"X-User", "XAUser-Id", "X-User-Ie", "X-User-Id-"})
    CHECK_FALSE_TEXT(same_folded_name("X-User-Id", name), name);
}

TEST(DelegatedFields, every_twin_goes_and_nothing_else) {
  HeaderList fields;
  for (const char* name : {"Accept", "X-User", "x_user", "X.User", "X_USER", "X-Users"}) fields.add(name, "1");
  std::pmr::monotonic_buffer_resource memory;
  remove_folded(fields, "X-User", memory);
  LONGS_EQUAL(2, fields.size());
  CHECK_TRUE(fields.get("Accept") && fields.get("X-Users"));
}

TEST(DelegatedFields, framing_and_routing_are_nobodys_to_set) {
  for (const char* name : {"Content-Length", "transfer_encoding", "Connection", "Host", "Expect", "a b", ""})
    CHECK_TEXT(why_not_delegated(name, MessageKind::request), name);
  CHECK_TRUE(why_not_delegated("Content-Type", MessageKind::response));
  CHECK_FALSE(why_not_delegated("Host", MessageKind::response));
  CHECK_FALSE(why_not_delegated("X-User", MessageKind::request));
}
