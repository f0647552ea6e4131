#include "navajo/mitm/leaf.h"

#include <openssl/x509v3.h>

#include <algorithm>

namespace navajo::mitm {
namespace {

// Clocks of clients are late.
constexpr time_t kBackdated = 3600;
constexpr size_t kLongestCommonName = 64;  // ub-common-name, RFC 5280 appendix A
// Of the real host's: certificates lie in slots of shared memory, and the subject is somebody else's text.
constexpr int kLongestSubject = 512;
constexpr int kMostMirroredNames = 4;

using NamesHandle = std::unique_ptr<GENERAL_NAMES, tls::FreedBy<GENERAL_NAMES_free>>;

base::Failed<LeafFault> fault(LeafFault why) { return base::Failed{why}; }

bool add_name(GENERAL_NAMES* names, int type, const void* bytes, size_t length) {
  GENERAL_NAME* one = GENERAL_NAME_new();
  ASN1_STRING* value = type == GEN_IPADD ? ASN1_OCTET_STRING_new() : ASN1_IA5STRING_new();
  if (!one || !value || ASN1_STRING_set(value, bytes, static_cast<int>(length)) != 1 ||
      sk_GENERAL_NAME_push(names, one) == 0) {
    ASN1_STRING_free(value);
    GENERAL_NAME_free(one);
    return false;
  }
  GENERAL_NAME_set0_value(one, type, value);
  return true;
}

// "*.example.com" is for www.example.com, and a name is for itself; nothing else is (RFC 6125 6.4.3).
bool is_for(std::string_view pattern, std::string_view name) {
  if (!pattern.starts_with("*.")) return pattern == name;
  const size_t dot = name.find('.');
  return dot != std::string_view::npos && pattern.substr(1) == name.substr(dot) &&
         pattern.find('.', 2) != std::string_view::npos;
}

bool add_mirrored(GENERAL_NAMES* names, const LeafWish& wish, std::string_view own) {
  const NamesHandle theirs(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(wish.mirror, NID_subject_alt_name, nullptr, nullptr)));
  int added = 0;
  for (int i = 0; theirs && i < sk_GENERAL_NAME_num(theirs.get()) && added < kMostMirroredNames; i++) {
    const GENERAL_NAME* one = sk_GENERAL_NAME_value(theirs.get(), i);
    if (one->type != GEN_DNS) continue;
    std::string text(reinterpret_cast<const char*>(ASN1_STRING_get0_data(one->d.dNSName)),
                     static_cast<size_t>(ASN1_STRING_length(one->d.dNSName)));
    for (char& c : text)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (text == own || !is_for(text, wish.name.text)) continue;
    if (!add_name(names, GEN_DNS, text.data(), text.size())) return false;
    added++;
  }
  return true;
}

bool add_names(X509* certificate, const LeafWish& wish) {
  const NamesHandle names(sk_GENERAL_NAME_new_null());
  if (!names) return false;
  if (wish.name.is_address()) {
    if (!add_name(names.get(), GEN_IPADD, wish.name.address.data(), wish.name.address_bytes)) return false;
  } else {
    const std::string_view own = wish.wildcard.empty() ? std::string_view(wish.name.text) : wish.wildcard;
    if (!add_name(names.get(), GEN_DNS, own.data(), own.size())) return false;
    if (wish.mirror && !add_mirrored(names.get(), wish, own)) return false;
  }
  // Without a subject the SAN is all there is, and must be understood (RFC 5280 4.2.1.6).
  const int critical = X509_NAME_entry_count(X509_get_subject_name(certificate)) == 0;
  return X509_add1_ext_i2d(certificate, NID_subject_alt_name, names.get(), critical, X509V3_ADD_DEFAULT) == 1;
}

bool set_subject(X509* certificate, const LeafWish& wish) {
  if (wish.mirror) {
    X509_NAME* theirs = X509_get_subject_name(wish.mirror);
    if (X509_NAME_entry_count(theirs) > 0 && i2d_X509_NAME(theirs, nullptr) <= kLongestSubject)
      return X509_set_subject_name(certificate, theirs) == 1;
  }
  const std::string_view name = wish.wildcard.empty() ? std::string_view(wish.name.text) : wish.wildcard;
  if (name.size() > kLongestCommonName) return true;
  return X509_NAME_add_entry_by_NID(X509_get_subject_name(certificate), NID_commonName, V_ASN1_UTF8STRING,
                                    reinterpret_cast<const unsigned char*>(name.data()), static_cast<int>(name.size()),
                                    -1, 0) == 1;
}

bool set_window(X509* certificate, const Issuer& issuer, const LeafWish& wish) {
  time_t from = std::max(wish.now - kBackdated, issuer.not_before());
  time_t to = std::min(wish.now + static_cast<time_t>(wish.validity.count()), issuer.not_after());
  if (wish.mirror) {
    // An expired one stays expired: who mirrors wants the client to see it.
    from = std::max(from, seconds_of(X509_get0_notBefore(wish.mirror)));
    to = std::min(to, seconds_of(X509_get0_notAfter(wish.mirror)));
    from = std::min(from, to);
  }
  return set_validity(certificate, from, to);
}

}  // namespace

base::Result<tls::CertificateHandle, LeafFault> mint_leaf(const Issuer& issuer, const LeafWish& wish) {
  if (issuer.not_after() <= wish.now) return fault(LeafFault::issuer_expired);
  tls::CertificateHandle made(X509_new());
  X509* const leaf = made.get();
  const bool rsa = EVP_PKEY_is_a(wish.key, "RSA") == 1;
  const bool done = leaf && X509_set_version(leaf, X509_VERSION_3) == 1 && set_random_serial(leaf) &&
                    X509_set_issuer_name(leaf, X509_get_subject_name(issuer.certificate())) == 1 &&
                    set_window(leaf, issuer, wish) && set_subject(leaf, wish) && X509_set_pubkey(leaf, wish.key) == 1 &&
                    add_basic_constraints(leaf, false) &&
                    add_extension(leaf, NID_key_usage,
                                  rsa ? "critical,digitalSignature,keyEncipherment" : "critical,digitalSignature") &&
                    add_extension(leaf, NID_ext_key_usage, "serverAuth") && add_names(leaf, wish) &&
                    add_subject_key_id(leaf) && add_authority_key_id(leaf, issuer.key_id());
  if (!done) return fault(LeafFault::failed);
  if (X509_sign(leaf, issuer.key(), EVP_sha256()) == 0) return fault(LeafFault::failed);
  // Reads the extensions once, so that the threads that share it find them read; the constraints look at these.
  if (X509_check_purpose(leaf, -1, 0) != 1) return fault(LeafFault::failed);
  if (issuer.constraints() &&
      NAME_CONSTRAINTS_check(leaf, const_cast<NAME_CONSTRAINTS*>(issuer.constraints())) != X509_V_OK)
    return fault(LeafFault::not_permitted);
  return made;
}

}  // namespace navajo::mitm
