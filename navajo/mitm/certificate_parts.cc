#include "navajo/mitm/certificate_parts.h"

#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>

namespace navajo::mitm {
namespace {

constexpr size_t kKeyIdLength = 20;

struct Freed {
  void operator()(X509_EXTENSION* one) const { X509_EXTENSION_free(one); }
  void operator()(ASN1_OCTET_STRING* one) const { ASN1_OCTET_STRING_free(one); }
  void operator()(AUTHORITY_KEYID* one) const { AUTHORITY_KEYID_free(one); }
  void operator()(BASIC_CONSTRAINTS* one) const { BASIC_CONSTRAINTS_free(one); }
};
template <class T>
using Owned = std::unique_ptr<T, Freed>;

bool add(X509* certificate, int nid, void* value, int critical) {
  return X509_add1_ext_i2d(certificate, nid, value, critical, X509V3_ADD_DEFAULT) == 1;
}

bool set_octets(ASN1_OCTET_STRING* string, const std::string& bytes) {
  return ASN1_OCTET_STRING_set(string, reinterpret_cast<const unsigned char*>(bytes.data()),
                               static_cast<int>(bytes.size())) == 1;
}

}  // namespace

bool set_random_serial(X509* certificate) {
  unsigned char bytes[16];
  if (RAND_bytes(bytes, sizeof bytes) != 1) return false;
  bytes[0] = static_cast<unsigned char>((bytes[0] & 0x3f) | 0x40);  // positive, and no octet is lost
  ASN1_INTEGER* serial = X509_get_serialNumber(certificate);
  return ASN1_STRING_set(serial, bytes, sizeof bytes) == 1;
}

std::string key_id_of(X509* certificate) {
  const ASN1_BIT_STRING* bits = X509_get0_pubkey_bitstr(certificate);
  if (!bits) return {};
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(ASN1_STRING_get0_data(bits), static_cast<size_t>(ASN1_STRING_length(bits)), digest);
  return {reinterpret_cast<const char*>(digest), kKeyIdLength};
}

std::string own_key_id(X509* certificate) {
  const ASN1_OCTET_STRING* id = X509_get0_subject_key_id(certificate);
  if (!id || ASN1_STRING_length(id) == 0) return key_id_of(certificate);
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(id)), static_cast<size_t>(ASN1_STRING_length(id))};
}

bool set_validity(X509* certificate, time_t not_before, time_t not_after) {
  return ASN1_TIME_set(X509_getm_notBefore(certificate), not_before) &&
         ASN1_TIME_set(X509_getm_notAfter(certificate), not_after);
}

bool add_basic_constraints(X509* certificate, bool ca) {
  const Owned<BASIC_CONSTRAINTS> constraints(BASIC_CONSTRAINTS_new());
  if (!constraints) return false;
  constraints->ca = ca ? 0xff : 0;
  if (ca) {
    // No further CA below it.
    constraints->pathlen = ASN1_INTEGER_new();
    if (!constraints->pathlen || ASN1_INTEGER_set(constraints->pathlen, 0) != 1) return false;
  }
  return add(certificate, NID_basic_constraints, constraints.get(), 1);
}

bool add_extension(X509* certificate, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const Owned<X509_EXTENSION> extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool add_subject_key_id(X509* certificate) {
  const std::string id = key_id_of(certificate);
  const Owned<ASN1_OCTET_STRING> value(ASN1_OCTET_STRING_new());
  return !id.empty() && value && set_octets(value.get(), id) &&
         add(certificate, NID_subject_key_identifier, value.get(), 0);
}

bool add_authority_key_id(X509* certificate, const std::string& key_id) {
  const Owned<AUTHORITY_KEYID> value(AUTHORITY_KEYID_new());
  if (key_id.empty() || !value) return false;
  value->keyid = ASN1_OCTET_STRING_new();
  return value->keyid && set_octets(value->keyid, key_id) &&
         add(certificate, NID_authority_key_identifier, value.get(), 0);
}

bool share_key(X509* certificate, EVP_PKEY* key) {
  const EVP_PKEY* own = X509_get0_pubkey(certificate);
  return own && EVP_PKEY_eq(own, key) == 1 && X509_set_pubkey(certificate, key) == 1 &&
         X509_check_purpose(certificate, -1, 0) == 1;
}

time_t seconds_of(const ASN1_TIME* time) {
  struct tm parts {};
  return time && ASN1_TIME_to_tm(time, &parts) == 1 ? timegm(&parts) : 0;
}

Digest256 fingerprint_of(const X509* certificate) {
  Digest256 digest{};
  X509_digest(certificate, EVP_sha256(), digest.data(), nullptr);
  return digest;
}

std::string name_text(const X509_NAME* name) {
  const tls::BioHandle out(BIO_new(BIO_s_mem()));
  if (!out) return {};
  X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB);
  char* text = nullptr;
  const long length = BIO_get_mem_data(out.get(), &text);
  return length > 0 ? std::string(text, static_cast<size_t>(length)) : "";
}

std::string time_text(time_t when) {
  struct tm parts {};
  char text[64];
  gmtime_r(&when, &parts);
  return {text, strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &parts)};
}

std::string to_der(const X509* certificate) {
  const int length = i2d_X509(certificate, nullptr);
  if (length <= 0) return {};
  std::string der(static_cast<size_t>(length), '\0');
  auto* at = reinterpret_cast<unsigned char*>(der.data());
  if (i2d_X509(certificate, &at) != length) return {};
  return der;
}

tls::CertificateHandle from_der(std::span<const char> der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  tls::CertificateHandle certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  if (certificate && at != reinterpret_cast<const unsigned char*>(der.data()) + der.size()) return nullptr;
  return certificate;
}

}  // namespace navajo::mitm
