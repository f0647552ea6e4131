#include "navajo/mitm/make_ca.h"

#include <arpa/inet.h>
#include <openssl/x509v3.h>

#include <charconv>

#include "navajo/mitm/host_name.h"
#include "navajo/mitm/key_type.h"
#include "navajo/tls/error_text.h"

namespace navajo::mitm {
namespace {

// The clock of a client may be late.
constexpr time_t kBackdated = 3600;
constexpr unsigned kMostDays = 36500;

base::Failed<base::Error> fault(std::string text) { return base::Failed{base::Error{std::move(text)}}; }

struct Network {
  std::array<uint8_t, 32> bytes{};  // address, then mask
  size_t length = 0;                // 8 or 32
};

bool parse_network(const std::string& text, Network& into) {
  const size_t slash = text.find('/');
  const auto address = parse_host_name(text.substr(0, slash));
  if (!address || !address->is_address()) return false;
  const size_t bytes = address->address_bytes;
  unsigned bits = static_cast<unsigned>(bytes * 8);
  if (slash != std::string::npos) {
    const char* const end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data() + slash + 1, end, bits);
    if (error != std::errc() || at != end || bits > bytes * 8) return false;
  }
  for (size_t i = 0; i < bytes; i++) {
    const unsigned covered = bits >= (i + 1) * 8 ? 8 : bits <= i * 8 ? 0 : bits - static_cast<unsigned>(i * 8);
    const auto mask = static_cast<uint8_t>(0xff00 >> covered);
    into.bytes[i] = address->address[i] & mask;
    into.bytes[bytes + i] = mask;
  }
  into.length = bytes * 2;
  return true;
}

class Constraints {
 public:
  Constraints() : all_(NAME_CONSTRAINTS_new()) {}

  bool permit(const std::string& text) { return add(all_->permittedSubtrees, text); }
  bool exclude(const std::string& text) { return add(all_->excludedSubtrees, text); }
  bool exclude_all_addresses() { return exclude("0.0.0.0/0") && exclude("::/0"); }
  bool exclude_all_names() { return add_name(all_->excludedSubtrees, ""); }
  bool names() const { return names_; }
  bool addresses() const { return addresses_; }
  bool put(X509* certificate) const {
    return X509_add1_ext_i2d(certificate, NID_name_constraints, all_.get(), 1, X509V3_ADD_DEFAULT) == 1;
  }

 private:
  using Trees = STACK_OF(GENERAL_SUBTREE);
  static bool push(Trees*& trees, int type, const void* bytes, size_t length) {
    if (!trees) trees = sk_GENERAL_SUBTREE_new_null();
    GENERAL_SUBTREE* one = GENERAL_SUBTREE_new();
    ASN1_STRING* value = type == GEN_IPADD ? ASN1_OCTET_STRING_new() : ASN1_IA5STRING_new();
    if (!trees || !one || !value || ASN1_STRING_set(value, bytes, static_cast<int>(length)) != 1 ||
        sk_GENERAL_SUBTREE_push(trees, one) == 0) {
      ASN1_STRING_free(value);
      GENERAL_SUBTREE_free(one);
      return false;
    }
    GENERAL_NAME_set0_value(one->base, type, value);
    return true;
  }
  bool add_name(Trees*& trees, const std::string& name) { return push(trees, GEN_DNS, name.data(), name.size()); }
  bool add(Trees*& trees, const std::string& text) {
    Network network;
    if (parse_network(text, network)) {
      addresses_ = true;
      return push(trees, GEN_IPADD, network.bytes.data(), network.length);
    }
    const auto name = parse_host_name(text);
    if (!name || name->is_address()) return false;
    names_ = true;
    return add_name(trees, name->text);
  }

  std::unique_ptr<NAME_CONSTRAINTS, tls::FreedBy<NAME_CONSTRAINTS_free>> all_;
  bool names_ = false, addresses_ = false;
};

base::Status<> add_constraints(X509* certificate, const CaWish& wish) {
  if (wish.permitted.empty() && wish.excluded.empty()) return base::Done{};
  Constraints constraints;
  for (const std::string& one : wish.permitted)
    if (!constraints.permit(one)) return fault("'" + one + "' is neither a DNS name nor a network");
  if (constraints.names() && !constraints.addresses() && !constraints.exclude_all_addresses())
    return fault("no memory");
  if (!constraints.names() && constraints.addresses() && !constraints.exclude_all_names()) return fault("no memory");
  for (const std::string& one : wish.excluded)
    if (!constraints.exclude(one)) return fault("'" + one + "' is neither a DNS name nor a network");
  if (!constraints.put(certificate)) return fault(tls::take_error_text());
  return base::Done{};
}

bool add_name_entry(X509_NAME* name, int nid, const std::string& value) {
  return X509_NAME_add_entry_by_NID(name, nid, MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(value.data()),
                                    static_cast<int>(value.size()), -1, 0) == 1;
}

tls::KeyHandle make_key(CaWish::Key key) {
  switch (key) {
    case CaWish::Key::rsa3072: return make_rsa_key(3072);
    case CaWish::Key::rsa4096: return make_rsa_key(4096);
    case CaWish::Key::ecdsa: break;
  }
  return make_ecdsa_key();
}

}  // namespace

base::Result<NewCa> make_ca(const CaWish& wish, time_t now) {
  if (wish.days == 0 || wish.days > kMostDays) return fault("a CA is valid for 1 to 36500 days");
  NewCa made{make_key(wish.key), tls::CertificateHandle(X509_new())};
  X509* const certificate = made.certificate.get();
  if (!made.key || !certificate) return fault("no key: " + tls::take_error_text());
  X509_NAME* const subject = X509_get_subject_name(certificate);
  if (wish.common_name.empty() || !add_name_entry(subject, NID_commonName, wish.common_name) ||
      (!wish.organization.empty() && !add_name_entry(subject, NID_organizationName, wish.organization))) {
    (void)tls::take_error_text();
    return fault("the names of a CA are 1 to 64 characters of UTF-8");
  }
  const bool done = X509_set_version(certificate, X509_VERSION_3) == 1 && set_random_serial(certificate) &&
                    X509_set_issuer_name(certificate, subject) == 1 &&
                    set_validity(certificate, now - kBackdated, now + time_t{wish.days} * 86400) &&
                    X509_set_pubkey(certificate, made.key.get()) == 1 && add_basic_constraints(certificate, true) &&
                    add_extension(certificate, NID_key_usage, "critical,keyCertSign,cRLSign") &&
                    add_subject_key_id(certificate);
  if (!done) return fault("no certificate: " + tls::take_error_text());
  if (const auto constrained = add_constraints(certificate, wish); !constrained.ok())
    return base::Failed{constrained.error()};
  if (X509_sign(certificate, made.key.get(), EVP_sha256()) == 0)
    return fault("no signature: " + tls::take_error_text());
  return made;
}

}  // namespace navajo::mitm
