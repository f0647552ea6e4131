// What a certificate says, as texts for people: for log lines, variables of a request, and whoever makes one like it.
// Everything in it may come from a stranger: control bytes are escaped, long texts cut. Free of any thread.
#pragma once

#include <openssl/x509.h>

#include <string>
#include <vector>

#include "navajo/tls/handles.h"

namespace navajo::tls {

// "CN=app.example.test,O=Example" (RFC 2253); at most 200 bytes.
std::string subject_text(const X509* certificate);
std::string issuer_text(const X509* certificate);
// "2026-11-28T13:42:08Z"; empty if it is no date.
std::string date_text(const ASN1_TIME* time);

struct CertificateName {
  enum class Kind : uint8_t { dns, address };
  Kind kind;
  std::string text;  // "*.example.test", "192.0.2.1", "2001:db8::1"
};
// Its subject alternative names, at most 100; its common name alone if it has none.
std::vector<CertificateName> names_of(const X509* certificate);
// The same as one text, "a.test, b.test and 7 more".
std::string names_text(const X509* certificate);

// Of an open connection; null: it showed none. To be freed with its handle.
CertificateHandle peer_certificate(const SSL* ssl);

}  // namespace navajo::tls
