// Certificates and keys made while a unit test runs: no private key lies in the repository. Not part of libnavajo.
#pragma once

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "navajo/tls/handles.h"

namespace navajo::tls {

struct MadeCertificate {
  CertificateHandle certificate;
  KeyHandle key;

  std::string certificate_pem() const {
    BioHandle out(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(out.get(), certificate.get());
    return text_of(out);
  }
  // pass_phrase: empty: the key is not encrypted.
  std::string key_pem(std::string pass_phrase = "") const {
    BioHandle out(BIO_new(BIO_s_mem()));
    const EVP_CIPHER* cipher = pass_phrase.empty() ? nullptr : EVP_aes_128_cbc();
    PEM_write_bio_PKCS8PrivateKey(out.get(), key.get(), cipher, pass_phrase.data(),
                                  static_cast<int>(pass_phrase.size()), nullptr, nullptr);
    return text_of(out);
  }
  std::string pem() const { return certificate_pem() + key_pem(); }

 private:
  static std::string text_of(const BioHandle& bio) {
    char* data = nullptr;
    const long bytes = BIO_get_mem_data(bio.get(), &data);
    return std::string(data, static_cast<size_t>(bytes));
  }
};

struct CertificateWish {
  std::string name = "app.example.test";  // the common name
  std::string alternative_names;          // "DNS:a.test,IP:127.0.0.1"; empty: none
  long valid_from = -3600, valid_until = 86400;  // seconds from now
  bool authority = false;
};

// issuer: null: signed by itself.
inline MadeCertificate make_certificate(const CertificateWish& wish, const MadeCertificate* issuer = nullptr) {
  static long serial = 1;
  MadeCertificate made{CertificateHandle(X509_new()), KeyHandle(EVP_EC_gen("P-256"))};
  X509* certificate = made.certificate.get();
  if (!certificate || !made.key) throw std::runtime_error("no key");
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
  X509_gmtime_adj(X509_getm_notBefore(certificate), wish.valid_from);
  X509_gmtime_adj(X509_getm_notAfter(certificate), wish.valid_until);
  X509_set_pubkey(certificate, made.key.get());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(wish.name.c_str()), -1, -1, 0);
  X509* by = issuer ? issuer->certificate.get() : certificate;
  X509_set_issuer_name(certificate, X509_get_subject_name(by));
  X509V3_CTX context;
  X509V3_set_ctx(&context, by, certificate, nullptr, nullptr, 0);
  const auto extend = [&](int kind, const std::string& value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
    if (!extension) throw std::runtime_error("no extension " + value);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  };
  extend(NID_basic_constraints, wish.authority ? "critical,CA:TRUE" : "CA:FALSE");
  extend(NID_subject_key_identifier, "hash");
  if (wish.authority) extend(NID_key_usage, "critical,keyCertSign,cRLSign");
  if (!wish.alternative_names.empty()) extend(NID_subject_alt_name, wish.alternative_names);
  X509_sign(certificate, issuer ? issuer->key.get() : made.key.get(), EVP_sha256());
  return made;
}

// What a server needs to show it.
inline SslContextHandle server_context(const MadeCertificate& made) {
  SslContextHandle context(SSL_CTX_new(TLS_server_method()));
  SSL_CTX_use_certificate(context.get(), made.certificate.get());
  SSL_CTX_use_PrivateKey(context.get(), made.key.get());
  return context;
}

}  // namespace navajo::tls
