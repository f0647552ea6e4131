#include "navajo/tls/served_certificate.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <memory>

#include "navajo/tls/handles.h"

namespace navajo::tls {
namespace {

constexpr int kMostNames = 20;

using NamesHandle = std::unique_ptr<GENERAL_NAMES, FreedBy<GENERAL_NAMES_free>>;

std::string text_of(const X509_NAME* name) {
  const BioHandle bio(BIO_new(BIO_s_mem()));
  if (!bio || X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) < 0) return {};
  char* text = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &text);
  return std::string(text, static_cast<size_t>(length));
}

int64_t seconds_of(const ASN1_TIME* time) {
  tm parts{};
  return time && ASN1_TIME_to_tm(time, &parts) == 1 ? timegm(&parts) : 0;
}

std::string names_of(const X509* certificate) {
  const NamesHandle names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::string out;
  const int count = names ? sk_GENERAL_NAME_num(names.get()) : 0;
  for (int i = 0; i < count; i++) {
    if (i == kMostNames) return out + " ...";
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    const ASN1_STRING* text = name->type == GEN_DNS ? name->d.dNSName : name->type == GEN_IPADD ? name->d.ip : nullptr;
    if (!text) continue;
    out += out.empty() ? "" : " ";
    if (name->type == GEN_DNS) {
      out.append(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                 static_cast<size_t>(ASN1_STRING_length(text)));
      continue;
    }
    char address[INET6_ADDRSTRLEN] = "?";
    inet_ntop(ASN1_STRING_length(text) == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(text), address,
              sizeof address);
    out += address;
  }
  return out;
}

}  // namespace

ServedCertificate read_served_certificate(const std::string& file, const std::string& of, const std::string& use) {
  ServedCertificate out;
  out.of = of;
  out.use = use;
  out.file = file;
  const BioHandle bio(BIO_new_file(file.c_str(), "r"));
  const CertificateHandle certificate(bio ? PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr) : nullptr);
  if (!certificate) {
    out.fault = bio ? "has no certificate in PEM" : "cannot be read";
    return out;
  }
  out.subject = text_of(X509_get_subject_name(certificate.get()));
  out.issuer = text_of(X509_get_issuer_name(certificate.get()));
  out.names = names_of(certificate.get());
  out.not_before = seconds_of(X509_get0_notBefore(certificate.get()));
  out.not_after = seconds_of(X509_get0_notAfter(certificate.get()));
  if (const EVP_PKEY* key = X509_get0_pubkey(certificate.get())) {
    const char* type = EVP_PKEY_get0_type_name(key);
    out.key = std::string(type ? type : "?") + " " + std::to_string(EVP_PKEY_get_bits(key));
  }
  return out;
}

}  // namespace navajo::tls
