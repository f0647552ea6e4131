#include "navajo/tls/peer_certificate.h"

#include <arpa/inet.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <string_view>

#include "navajo/config/text.h"

namespace navajo::tls {
namespace {

constexpr size_t kLongest = 200, kMostNames = 100, kShownNames = 4;

std::string shortened(std::string_view text) {
  std::string out = config::printable(text.substr(0, kLongest));
  return text.size() > kLongest ? out + "..." : out;
}

std::string name_text(const X509_NAME* name) {
  const BioHandle out(BIO_new(BIO_s_mem()));
  if (!name || !out) return {};
  X509_NAME_print_ex(out.get(), name, 0, (XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB));
  char* data = nullptr;
  const long bytes = BIO_get_mem_data(out.get(), &data);
  return bytes > 0 ? shortened({data, static_cast<size_t>(bytes)}) : "(nameless)";
}

std::string_view bytes_of(const ASN1_STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)), static_cast<size_t>(ASN1_STRING_length(text))};
}

std::string address_text(std::string_view bytes) {
  char text[INET6_ADDRSTRLEN] = "";
  if (bytes.size() == 4) inet_ntop(AF_INET, bytes.data(), text, sizeof text);
  if (bytes.size() == 16) inet_ntop(AF_INET6, bytes.data(), text, sizeof text);
  return text;
}

}  // namespace

std::string subject_text(const X509* certificate) { return name_text(X509_get_subject_name(certificate)); }
std::string issuer_text(const X509* certificate) { return name_text(X509_get_issuer_name(certificate)); }

std::string date_text(const ASN1_TIME* time) {
  tm when{};
  char text[32];
  if (!time || ASN1_TIME_to_tm(time, &when) != 1 || strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &when) == 0)
    return {};
  return text;
}

std::vector<CertificateName> names_of(const X509* certificate) {
  using Kind = CertificateName::Kind;
  std::vector<CertificateName> out;
  auto* names = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names) && out.size() < kMostNames; i++) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
    if (name->type == GEN_DNS) out.push_back({Kind::dns, shortened(bytes_of(name->d.dNSName))});
    if (name->type == GEN_IPADD) out.push_back({Kind::address, address_text(bytes_of(name->d.iPAddress))});
  }
  GENERAL_NAMES_free(names);
  if (!out.empty()) return out;
  const X509_NAME* subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0) return out;
  const ASN1_STRING* name = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
  out.push_back({Kind::dns, shortened(bytes_of(name))});
  return out;
}

std::string names_text(const X509* certificate) {
  const std::vector<CertificateName> names = names_of(certificate);
  std::string out;
  for (size_t i = 0; i < names.size() && i < kShownNames; i++) out += (i > 0 ? ", " : "") + names[i].text;
  if (names.size() > kShownNames) out += " and " + std::to_string(names.size() - kShownNames) + " more";
  return out.empty() ? "(no name)" : out;
}

CertificateHandle peer_certificate(const SSL* ssl) { return CertificateHandle(SSL_get1_peer_certificate(ssl)); }

}  // namespace navajo::tls
