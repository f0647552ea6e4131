#include "navajo/mitm/make_ca.h"

#include "navajo/mitm/mitm_fixture.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::mitm;

TEST_GROUP(MakeCa) {
  bool refused(const CaWish& wish, const char* because) {
    const auto made = make_ca(wish, time(nullptr));
    return !made.ok() && made.error().text.find(because) != std::string::npos;
  }
};

TEST(MakeCa, makes_a_ca_that_signs_and_nothing_else) {
  const auto made = make_ca({.common_name = "A \xc3\x84 CA", .organization = "Org"}, time(nullptr));
  CHECK(made.ok());
  X509* const ca = made->certificate.get();
  LONGS_EQUAL(1, X509_check_ca(ca));
  LONGS_EQUAL(0, X509_get_pathlen(ca));
  LONGS_EQUAL(KU_KEY_CERT_SIGN | KU_CRL_SIGN, X509_get_key_usage(ca));
  LONGS_EQUAL(1, X509_self_signed(ca, 1));
  STRCMP_EQUAL("CN = A \xc3\x84 CA, O = Org", name_text(X509_get_subject_name(ca)).c_str());
  CHECK(EVP_PKEY_is_a(made->key.get(), "EC"));
  CHECK(seconds_of(X509_get0_notBefore(ca)) < time(nullptr));
}

TEST(MakeCa, may_have_an_rsa_key) {
  const auto made = make_ca({.key = CaWish::Key::rsa3072, .common_name = "R"}, time(nullptr));
  CHECK(made.ok());
  LONGS_EQUAL(3072, EVP_PKEY_get_bits(made->key.get()));
}

TEST(MakeCa, takes_constraints_and_shuts_the_kind_that_is_not_named) {
  const auto made = make_ca({.common_name = "C", .permitted = {"example.com"}, .excluded = {"bad.example.com"}},
                            time(nullptr));
  CHECK(made.ok());
  const std::unique_ptr<NAME_CONSTRAINTS, navajo::tls::FreedBy<NAME_CONSTRAINTS_free>> constraints(
      static_cast<NAME_CONSTRAINTS*>(
          X509_get_ext_d2i(made->certificate.get(), NID_name_constraints, nullptr, nullptr)));
  CHECK(constraints != nullptr);
  LONGS_EQUAL(1, sk_GENERAL_SUBTREE_num(constraints->permittedSubtrees));
  LONGS_EQUAL(3, sk_GENERAL_SUBTREE_num(constraints->excludedSubtrees));  // the name, and all addresses
}

TEST(MakeCa, refuses_wishes_that_make_no_sense) {
  CHECK(refused({.common_name = ""}, "1 to 64 characters"));
  CHECK(refused({.common_name = std::string(65, 'a')}, "1 to 64 characters"));
  CHECK(refused({.common_name = "\xff"}, "UTF-8"));
  CHECK(refused({.common_name = "a", .days = 0}, "days"));
  CHECK(refused({.common_name = "a", .permitted = {"*.example.com"}}, "'*.example.com' is neither"));
  CHECK(refused({.common_name = "a", .excluded = {"10.0.0.0/33"}}, "'10.0.0.0/33' is neither"));
}
