#include "navajo/mitm/leaf.h"

#include <set>

#include "navajo/mitm/key_type.h"
#include "navajo/mitm/mitm_fixture.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::mitm;
using namespace std::chrono_literals;
using navajo::tls::CertificateHandle;
using navajo::tls::KeyHandle;

TEST_GROUP(Leaf) {
  const time_t now = time(nullptr);
  const CaFiles ca;
  std::shared_ptr<const Issuer> issuer;
  KeyHandle ecdsa = make_ecdsa_key(), rsa = make_rsa_key(2048);
  void setup() override { issuer = std::move(*Issuer::load(ca.files, now)); }

  CertificateHandle mint(const std::string& name, EVP_PKEY* key, const std::string& wildcard = "",
                         const X509* mirror = nullptr) {
    const auto host = parse_host_name(name);
    CHECK(host.has_value());
    auto made = mint_leaf(*issuer, {*host, wildcard, key, now, 7 * 24h, mirror});
    CHECK(made.ok());
    return std::move(*made);
  }
  int check(X509* leaf, const std::string& name, time_t when = time(nullptr)) {
    return verified(leaf, ca.ca.certificate.get(), name, when);
  }
  void clean(X509* leaf) { STRCMP_EQUAL("", lint(leaf).c_str()); }
  // The certificate of a real host, signed by somebody.
  CertificateHandle upstream(const char* names, time_t from, time_t to) {
    CertificateHandle made(X509_new());
    X509_set_version(made.get(), X509_VERSION_3);
    set_random_serial(made.get());
    X509_NAME* subject = X509_get_subject_name(made.get());
    const auto* owner = reinterpret_cast<const unsigned char*>("Shop Inc");
    X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_ASC, owner, -1, -1, 0);
    set_validity(made.get(), from, to);
    X509_set_pubkey(made.get(), ecdsa.get());
    add_extension(made.get(), NID_subject_alt_name, names);
    X509_sign(made.get(), ecdsa.get(), EVP_sha256());
    return made;
  }
};

TEST(Leaf, of_a_name_is_what_a_browser_wants) {
  for (EVP_PKEY* key : {ecdsa.get(), rsa.get()}) {
    const auto leaf = mint("www.example.com", key);
    clean(leaf.get());
    LONGS_EQUAL(X509_V_OK, check(leaf.get(), "www.example.com"));
    LONGS_EQUAL(X509_V_ERR_HOSTNAME_MISMATCH, check(leaf.get(), "example.com"));
    STRCMP_EQUAL("www.example.com", dns_names(leaf.get()).c_str());
    STRCMP_EQUAL("CN = www.example.com", name_text(X509_get_subject_name(leaf.get())).c_str());
  }
}

TEST(Leaf, of_an_address_has_it_as_an_address) {
  for (const char* address : {"192.0.2.7", "2001:db8::7"}) {
    const auto leaf = mint(address, ecdsa.get());
    clean(leaf.get());
    LONGS_EQUAL(X509_V_OK, check(leaf.get(), address));
    LONGS_EQUAL(X509_V_ERR_IP_ADDRESS_MISMATCH, check(leaf.get(), "192.0.2.8"));
    STRCMP_EQUAL("", dns_names(leaf.get()).c_str());
  }
}

TEST(Leaf, of_a_wildcard_is_for_all_of_one_level) {
  const auto leaf = mint("www.example.com", ecdsa.get(), "*.example.com");
  clean(leaf.get());
  LONGS_EQUAL(X509_V_OK, check(leaf.get(), "www.example.com"));
  LONGS_EQUAL(X509_V_OK, check(leaf.get(), "shop.example.com"));
  LONGS_EQUAL(X509_V_ERR_HOSTNAME_MISMATCH, check(leaf.get(), "a.b.example.com"));
}

TEST(Leaf, of_a_name_too_long_for_a_subject_has_none) {
  const std::string name = std::string(60, 'a') + ".example.com";
  const auto leaf = mint(name, ecdsa.get());
  clean(leaf.get());
  LONGS_EQUAL(X509_V_OK, check(leaf.get(), name));
  LONGS_EQUAL(0, X509_NAME_entry_count(X509_get_subject_name(leaf.get())));
}

TEST(Leaf, of_a_name_at_its_longest_verifies) {
  const std::string label(61, 'x');
  const std::string name = label + "." + label + "." + label + "." + label + ".com";
  LONGS_EQUAL(X509_V_OK, check(mint(name, ecdsa.get()).get(), name));
  const std::string idna = "xn--bcher-kva.example";
  LONGS_EQUAL(X509_V_OK, check(mint(idna, ecdsa.get()).get(), idna));
}

TEST(Leaf, has_a_short_life_inside_its_issuers) {
  const auto leaf = mint("a.example", ecdsa.get());
  LONGS_EQUAL(now - 3600, seconds_of(X509_get0_notBefore(leaf.get())));
  LONGS_EQUAL(now + 7 * 86400, seconds_of(X509_get0_notAfter(leaf.get())));
  LONGS_EQUAL(X509_V_ERR_CERT_HAS_EXPIRED, check(leaf.get(), "a.example", now + 8 * 86400));
  const CaFiles last({.common_name = "Last days", .days = 2}, now);
  const auto short_lived = std::move(*Issuer::load(last.files, now));
  const auto host = parse_host_name("a.example");
  const auto cut = mint_leaf(*short_lived, {*host, "", ecdsa.get(), now, 7 * 24h});
  LONGS_EQUAL(now + 2 * 86400, seconds_of(X509_get0_notAfter(cut->get())));
  const auto late = mint_leaf(*short_lived, {*host, "", ecdsa.get(), now + 2 * 86400, 7 * 24h});
  CHECK_FALSE(late.ok());
  CHECK(late.error() == LeafFault::issuer_expired);
  const auto young = mint_leaf(*short_lived, {*host, "", ecdsa.get(), short_lived->not_before() + 1, 7 * 24h});
  LONGS_EQUAL(short_lived->not_before(), seconds_of(X509_get0_notBefore(young->get())));
}

TEST(Leaf, has_a_serial_of_its_own_and_its_own_key) {
  std::set<std::string> serials;
  for (int i = 0; i < 200; i++) {
    const auto leaf = mint("a.example", ecdsa.get());
    const ASN1_INTEGER* serial = X509_get0_serialNumber(leaf.get());
    serials.emplace(reinterpret_cast<const char*>(ASN1_STRING_get0_data(serial)),
                    static_cast<size_t>(ASN1_STRING_length(serial)));
    CHECK(EVP_PKEY_eq(X509_get0_pubkey(leaf.get()), issuer->key()) != 1);
    LONGS_EQUAL(1, EVP_PKEY_eq(X509_get0_pubkey(leaf.get()), ecdsa.get()));
  }
  LONGS_EQUAL(200, serials.size());
}

TEST(Leaf, points_to_its_issuers_key) {
  const auto leaf = mint("a.example", ecdsa.get());
  CHECK_FALSE(ASN1_OCTET_STRING_cmp(X509_get0_authority_key_id(leaf.get()),
                                    X509_get0_subject_key_id(issuer->certificate())));
  LONGS_EQUAL(X509_V_OK, X509_check_issued(issuer->certificate(), leaf.get()));
}

TEST(Leaf, of_an_rsa_ca_verifies_as_well) {
  const CaFiles big({.key = CaWish::Key::rsa3072, .common_name = "Big"}, now);
  const auto slow = std::move(*Issuer::load(big.files, now));
  CHECK(slow->is_slow());
  const auto host = parse_host_name("www.example.com");
  for (EVP_PKEY* key : {ecdsa.get(), rsa.get()}) {
    const auto leaf = mint_leaf(*slow, {*host, "", key, now, 24h});
    clean(leaf->get());
    LONGS_EQUAL(X509_V_OK, verified(leaf->get(), big.ca.certificate.get(), "www.example.com"));
  }
}

TEST(Leaf, below_an_intermediate_verifies_with_the_chain_that_is_sent) {
  const CaFiles root({.common_name = "Root"}, now), lower({.common_name = "Lower"}, now);
  const TwoLevels levels(root, lower);
  const std::string path = root.folder.write("chain.pem", pem_of(levels.below.get()) + pem_of(levels.root.get()));
  const auto chain = Issuer::load({path, lower.files.key, ""}, now);
  CHECK(chain.ok());
  const auto host = parse_host_name("www.example.com");
  const auto leaf = mint_leaf(**chain, {*host, "", ecdsa.get(), now, 24h});
  LONGS_EQUAL(X509_V_OK, verified(leaf->get(), levels.root.get(), "www.example.com", now, (*chain)->chain()));
}

TEST(Leaf, keeps_within_the_name_constraints_of_its_ca) {
  const CaFiles narrow({.common_name = "Narrow", .permitted = {"example.com"}, .excluded = {"bad.example.com"}}, now);
  const auto of_narrow = std::move(*Issuer::load(narrow.files, now));
  const auto answer = [&](const char* name) {
    const auto host = parse_host_name(name);
    const auto leaf = mint_leaf(*of_narrow, {*host, "", ecdsa.get(), now, 24h});
    if (!leaf.ok()) return leaf.error() == LeafFault::not_permitted ? "not permitted" : "failed";
    return verified(leaf->get(), narrow.ca.certificate.get(), name) == X509_V_OK ? "good" : "not verified";
  };
  STRCMP_EQUAL("good", answer("www.example.com"));
  STRCMP_EQUAL("good", answer("example.com"));
  STRCMP_EQUAL("not permitted", answer("bad.example.com"));
  STRCMP_EQUAL("not permitted", answer("www.example.org"));
  STRCMP_EQUAL("not permitted", answer("192.0.2.1"));
  STRCMP_EQUAL("not permitted", answer("2001:db8::1"));
}

TEST(Leaf, mirrors_subject_matching_names_and_validity) {
  const auto real = upstream("DNS:WWW.example.com,DNS:*.example.com,DNS:other.example.org,DNS:*.com,IP:192.0.2.1",
                             now - 100, now + 3600);
  const auto leaf = mint("www.example.com", ecdsa.get(), "", real.get());
  clean(leaf.get());
  STRCMP_EQUAL("www.example.com *.example.com", dns_names(leaf.get()).c_str());
  STRCMP_EQUAL("O = Shop Inc", name_text(X509_get_subject_name(leaf.get())).c_str());
  LONGS_EQUAL(now - 100, seconds_of(X509_get0_notBefore(leaf.get())));
  LONGS_EQUAL(now + 3600, seconds_of(X509_get0_notAfter(leaf.get())));
  LONGS_EQUAL(X509_V_OK, check(leaf.get(), "www.example.com"));
}

TEST(Leaf, mirrors_that_the_real_certificate_has_expired) {
  const auto real = upstream("DNS:www.example.com", now - 7200, now - 3700);
  const auto leaf = mint("www.example.com", ecdsa.get(), "", real.get());
  LONGS_EQUAL(X509_V_ERR_CERT_HAS_EXPIRED, check(leaf.get(), "www.example.com"));
}

TEST(Leaf, read_back_shares_the_key_it_was_made_with) {
  const auto leaf = mint("www.example.com", ecdsa.get());
  const std::string der = to_der(leaf.get());
  const auto back = from_der(der);
  CHECK(share_key(back.get(), ecdsa.get()));
  POINTERS_EQUAL(ecdsa.get(), X509_get0_pubkey(back.get()));
  CHECK(to_der(back.get()) == der);
  LONGS_EQUAL(X509_V_OK, check(back.get(), "www.example.com"));
  CHECK_FALSE(share_key(back.get(), rsa.get()));
  CHECK(from_der(der + "x") == nullptr);
  CHECK(from_der(der.substr(0, 100)) == nullptr);
  ERR_clear_error();
}
