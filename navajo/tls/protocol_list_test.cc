#include <string>

#include "navajo/tls/handles.h"
#include "navajo/tls/protocol_list.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using tls::ProtocolList;

TEST_GROUP(ProtocolList) {
  bool same(const char* a, const char* b) { return *ProtocolList::parse(a) == *ProtocolList::parse(b); }
  void refuses(const char* text, const char* why) {
    const auto parsed = ProtocolList::parse(text);
    CHECK_FALSE(parsed.ok());
    STRCMP_CONTAINS(why, parsed.error().text.c_str());
  }
};

TEST(ProtocolList, words_add_take_away_or_begin_anew) {
  CHECK_TRUE(same("-all +TLSv1.2 +TLSv1.3", "all -TLSv1 -TLSv1.1"));
  CHECK_TRUE(same("all-SSLv2", "all"));
  CHECK_TRUE(same("tlsv1.2, +TLSV1.3", ProtocolList::kDefault));
  CHECK_TRUE(same("all TLSv1.3", "TLSv1.3"));
  CHECK_FALSE(same("TLSv1.2", "TLSv1.3"));
}

TEST(ProtocolList, mistakes_are_named) {
  refuses("+TLSv1.4", "'TLSv1.4' is none of");
  refuses("-all", "leaves no version");
  refuses("", "leaves no version");
  refuses("all +SSLv3", "SSLv3 is broken");
}

TEST(ProtocolList, a_gap_is_left_out) {
  const tls::SslContextHandle context(SSL_CTX_new(TLS_client_method()));
  ProtocolList::parse("TLSv1.1 +TLSv1.3")->apply_to(context.get());
  LONGS_EQUAL(TLS1_1_VERSION, SSL_CTX_get_min_proto_version(context.get()));
  LONGS_EQUAL(TLS1_3_VERSION, SSL_CTX_get_max_proto_version(context.get()));
  CHECK_TRUE((SSL_CTX_get_options(context.get()) & SSL_OP_NO_TLSv1_2) != 0);
}
