#include "navajo/mitm/issuer.h"

#include "navajo/mitm/leaf.h"
#include "navajo/mitm/key_type.h"
#include "navajo/mitm/mitm_fixture.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::mitm;

TEST_GROUP(Issuer) {
  const time_t now = time(nullptr);

  void refused(const IssuerFiles& files, const std::string& file, const char* because, time_t when = time(nullptr)) {
    const auto loaded = Issuer::load(files, when);
    CHECK_FALSE(loaded.ok());
    STRCMP_CONTAINS(file.c_str(), loaded.error().text.c_str());
    STRCMP_CONTAINS(because, loaded.error().text.c_str());
    LONGS_EQUAL(0, ERR_peek_error());
  }
};

TEST(Issuer, is_read_from_its_files) {
  const CaFiles ca;
  const auto loaded = Issuer::load(ca.files, now);
  CHECK(loaded.ok());
  CHECK_FALSE((*loaded)->is_slow());
  LONGS_EQUAL(1, sk_X509_num((*loaded)->chain()));
}

TEST(Issuer, names_the_file_that_is_missing_or_holds_something_else) {
  CaFiles ca;
  refused({ca.folder.file("none.pem"), ca.files.key, ""}, "none.pem", "No such file");
  refused({ca.files.certificate, ca.folder.file("none.key"), ""}, "none.key", "No such file");
  refused({ca.folder.write("empty.pem", "nothing"), ca.files.key, ""}, "empty.pem", "no certificate");
  refused({ca.files.certificate, ca.write_key("empty.key", "nothing"), ""}, "empty.key", "no private key");
  refused({ca.files.certificate, ca.folder.path(), ""}, ca.folder.path(), "no regular file");
  const std::string cut = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
  refused({ca.folder.write("cut.pem", cut), ca.files.key, ""}, "cut.pem", ": ");
}

TEST(Issuer, wants_a_key_that_others_cannot_read) {
  const CaFiles ca;
  for (const mode_t mode : {0640, 0604, 0620}) {
    chmod(ca.files.key.c_str(), mode);
    refused(ca.files, "ca.key", "by others");
  }
  chmod(ca.files.key.c_str(), 0400);
  CHECK(Issuer::load(ca.files, now).ok());
}

TEST(Issuer, wants_the_key_of_its_certificate) {
  const CaFiles ca, other;
  refused({ca.files.certificate, other.files.key, ""}, "ca.key", "is not the key of");
  CaFiles weak;
  const auto key = make_rsa_key(1024);
  refused({ca.files.certificate, weak.write_key("weak.key", pem_of(key.get())), ""}, "weak.key", "fewer than 2048");
}

TEST(Issuer, is_no_server_certificate) {
  const CaFiles ca;
  const auto issuer = Issuer::load(ca.files, now);
  const auto key = make_ecdsa_key();
  const auto name = parse_host_name("www.example.com");
  const auto leaf = mint_leaf(**issuer, {*name, "", key.get(), now, std::chrono::hours(24)});
  refused({ca.folder.write("leaf.pem", pem_of(leaf->get())), ca.write_key("leaf.key", pem_of(key.get())), ""},
          "leaf.pem", "is not a CA");
}

TEST(Issuer, must_be_valid_now) {
  const CaFiles ca({.common_name = "Short", .days = 1}, now);
  refused(ca.files, "ca.pem", "has expired at", now + 86401);
  refused(ca.files, "ca.pem", "is not valid before", now - 86400);
}

TEST(Issuer, has_a_pass_phrase_from_a_program) {
  const CaFiles ca;
  const std::string key = ca.write_key("locked.key", pem_of(ca.ca.key.get(), "open sesame"));
  CHECK(Issuer::load({ca.files.certificate, key, "pipe://echo open sesame"}, now).ok());
  refused({ca.files.certificate, key, ""}, "locked.key", "is encrypted");
  refused({ca.files.certificate, key, "pipe://echo wrong"}, "locked.key", "pass phrase is wrong");
  refused({ca.files.certificate, key, "open sesame"}, "locked.key", "pipe://PROGRAM");
  refused({ca.files.certificate, key, "pipe://false"}, "locked.key", "status 1");
}

TEST(Issuer, may_stand_below_other_cas) {
  const CaFiles root({.common_name = "Root"}, now), other({.common_name = "Other"}, now);
  const TwoLevels levels(root, other);
  const std::string first = pem_of(levels.below.get()), second = pem_of(levels.root.get());
  const auto chain = Issuer::load({root.folder.write("chain.pem", first + second), other.files.key, ""}, now);
  CHECK(chain.ok());
  // The root itself is of no use to a client.
  LONGS_EQUAL(1, sk_X509_num((*chain)->chain()));
  refused({root.folder.write("odd.pem", first + pem_of(other.ca.certificate.get())), other.files.key, ""}, "odd.pem",
          "has not issued the certificate before it");
  refused({root.folder.write("path.pem", first + pem_of(root.ca.certificate.get())), other.files.key, ""}, "path.pem",
          "pathlen");
}

TEST(Issuer, of_the_unverified_is_a_ca_of_its_own) {
  const auto one = Issuer::throw_away(now), two = Issuer::throw_away(now);
  CHECK(one.ok());
  CHECK(two.ok());
  CHECK_FALSE(X509_cmp((*one)->certificate(), (*two)->certificate()) == 0);
}
