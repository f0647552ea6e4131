#include <string>

#include "navajo/http/field_kind.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::http;

TEST_GROUP(FieldKind){};

TEST(FieldKind, knows_its_names_in_any_case) {
  CHECK_TRUE(field_kind("Transfer-Encoding") == FieldKind::transfer_encoding);
  CHECK_TRUE(field_kind("CONTENT-LENGTH") == FieldKind::content_length);
  CHECK_TRUE(field_kind("te") == FieldKind::te);
  CHECK_TRUE(field_kind("Proxy-Authentication-Info") == FieldKind::proxy_authentication_info);
  CHECK_TRUE(field_kind("x-forwarded-HOST") == FieldKind::x_forwarded_host);
}

TEST(FieldKind, anything_else_is_other) {
  for (const char* name : {"", "t", "Content-Lengt", "Content-Length2", "Content-Lengtj", "X-Forwarded-For-Real",
                           "A-very-long-name-that-is-longer-than-all-known-ones"})
    CHECK_TRUE(field_kind(name) == FieldKind::other);
}

TEST(FieldKind, an_underscore_is_a_hyphen_only_when_folded) {
  CHECK_TRUE(field_kind("Transfer_Encoding") == FieldKind::other);
  CHECK_TRUE(field_kind("Transfer_Encoding", Spelling::folded) == FieldKind::transfer_encoding);
  CHECK_TRUE(field_kind("X_FORWARDED-for", Spelling::folded) == FieldKind::x_forwarded_for);
}

TEST(FieldKind, tells_what_ends_at_this_hop) {
  for (const char* name : {"Connection", "Keep-Alive", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding",
                           "Upgrade", "HTTP2-Settings", "Proxy-Authenticate", "Proxy-Authorization"})
    CHECK_TRUE_TEXT(is_hop_by_hop(field_kind(name)), name);
  for (const char* name : {"Content-Length", "Host", "Via", "Cookie", "X-Forwarded-For", "Expect", "Proxy"})
    CHECK_FALSE_TEXT(is_hop_by_hop(field_kind(name)), name);
}
