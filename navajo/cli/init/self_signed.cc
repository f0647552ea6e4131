#include "navajo/cli/init/self_signed.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "navajo/mitm/certificate_parts.h"
#include "navajo/mitm/host_name.h"
#include "navajo/mitm/key_type.h"
#include "navajo/tls/error_text.h"

namespace navajo::cli::init {
namespace {

constexpr time_t kBackdated = 3600;  // the clock of a client may be late

base::Failed<base::Error> no_certificate(const std::string& why) {
  return base::Failed{base::Error{"no certificate: " + why}};
}

std::string bio_text(BIO* bio) {
  char* text = nullptr;
  const long length = BIO_get_mem_data(bio, &text);
  return length > 0 ? std::string(text, static_cast<size_t>(length)) : "";
}

bool add_names(X509* certificate, const std::vector<std::string>& names) {
  std::string value;
  for (const std::string& name : names) {
    const auto parsed = mitm::parse_host_name(name);
    // add_extension() reads a language of its own: nothing but names and addresses may come so far.
    if (!parsed) return false;
    value += (value.empty() ? "" : ",") + std::string(parsed->is_address() ? "IP:" : "DNS:") + parsed->text;
  }
  return mitm::add_extension(certificate, NID_subject_alt_name, value.c_str());
}

}  // namespace

base::Result<SelfSigned> make_self_signed(const std::vector<std::string>& names, unsigned days, time_t now) {
  const tls::KeyHandle key = mitm::make_ecdsa_key();
  const tls::CertificateHandle made(X509_new());
  X509* const certificate = made.get();
  if (!key || !certificate || names.empty()) return no_certificate(tls::take_error_text());
  X509_NAME* const subject = X509_get_subject_name(certificate);
  // A common name has 64 characters at most; the names that count are the alternative ones.
  const std::string common = names.front().substr(0, 64);
  const bool done = X509_set_version(certificate, X509_VERSION_3) == 1 && mitm::set_random_serial(certificate) &&
                    X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8,
                                               reinterpret_cast<const unsigned char*>(common.data()),
                                               static_cast<int>(common.size()), -1, 0) == 1 &&
                    X509_set_issuer_name(certificate, subject) == 1 &&
                    mitm::set_validity(certificate, now - kBackdated, now + time_t{days} * 86400) &&
                    X509_set_pubkey(certificate, key.get()) == 1 && mitm::add_basic_constraints(certificate, false) &&
                    mitm::add_extension(certificate, NID_key_usage, "critical,digitalSignature") &&
                    mitm::add_extension(certificate, NID_ext_key_usage, "serverAuth") &&
                    add_names(certificate, names) && mitm::add_subject_key_id(certificate) &&
                    X509_sign(certificate, key.get(), EVP_sha256()) != 0;
  if (!done) return no_certificate(tls::take_error_text());
  const tls::BioHandle shown(BIO_new(BIO_s_mem())), secret(BIO_new(BIO_s_secmem()));
  if (!shown || !secret || PEM_write_bio_X509(shown.get(), certificate) != 1 ||
      PEM_write_bio_PKCS8PrivateKey(secret.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
    return no_certificate(tls::take_error_text());
  return SelfSigned{bio_text(shown.get()), bio_text(secret.get())};
}

}  // namespace navajo::cli::init
