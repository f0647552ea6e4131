#include "navajo/tls/made_certificates.h"
#include "navajo/tls/peer_certificate.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using tls::CertificateName;

TEST_GROUP(PeerCertificate){};

TEST(PeerCertificate, says_whose_it_is_and_for_which_names) {
  const auto ca = tls::make_certificate({.name = "The CA", .authority = true});
  const auto made =
      tls::make_certificate({.name = "app", .alternative_names = "DNS:a.test,IP:192.0.2.1,IP:2001:db8::1"}, &ca);
  STRCMP_EQUAL("CN=app", tls::subject_text(made.certificate.get()).c_str());
  STRCMP_EQUAL("CN=The CA", tls::issuer_text(made.certificate.get()).c_str());
  const auto names = tls::names_of(made.certificate.get());
  CHECK_EQUAL(3u, names.size());
  CHECK_TRUE(names[0].kind == CertificateName::Kind::dns);
  CHECK_TRUE(names[1].kind == CertificateName::Kind::address);
  STRCMP_EQUAL("a.test, 192.0.2.1, 2001:db8::1", tls::names_text(made.certificate.get()).c_str());
}

TEST(PeerCertificate, without_alternative_names_the_common_name_is_its_name) {
  STRCMP_EQUAL("app", tls::names_text(tls::make_certificate({.name = "app"}).certificate.get()).c_str());
}

TEST(PeerCertificate, what_a_stranger_wrote_is_escaped_and_cut) {
  const auto made = tls::make_certificate({.name = "a\nNVJ1200 forged"});
  CHECK_TRUE(tls::subject_text(made.certificate.get()).find('\n') == std::string::npos);
  CHECK_TRUE(tls::names_text(made.certificate.get()).find('\n') == std::string::npos);
  std::string many;
  for (int i = 0; i < 9; i++) many += (i > 0 ? ",DNS:n" : "DNS:n") + std::to_string(i) + ".test";
  STRCMP_EQUAL("n0.test, n1.test, n2.test, n3.test and 5 more",
               tls::names_text(tls::make_certificate({.alternative_names = many}).certificate.get()).c_str());
}
