// Whether a server's certificate is good, and in words why not. Attached to one SSL before its handshake; OpenSSL calls
// back on the thread that shakes hands.
#pragma once

#include <string>

#include "navajo/tls/client_options.h"
#include "navajo/tls/handles.h"

namespace navajo::tls {

class CertificateCheck {
 public:
  // name: a host name or an IP address, which is looked for as one. Outlives the handshake, at a fixed place.
  CertificateCheck(std::string name, const ClientOptions& options);
  CertificateCheck(const CertificateCheck&) = delete;

  // False: the name is none that could stand in a certificate.
  [[nodiscard]] bool attach(SSL* ssl);

  // Not empty: the certificate was refused, which one and why: "certificate CN=a, issued by CN=b: expired at ...".
  const std::string& refusal() const { return refusal_; }
  const std::string& name() const { return name_; }
  // Of a connection whose check is attached; null otherwise.
  static CertificateCheck* of(const SSL* ssl);
  // After the handshake: whatever the connection says later, the check may go.
  static void detach(SSL* ssl) { attach(ssl, nullptr); }

  // Once per SSL_CTX: the OCSP responses of its connections come here.
  static void prepare(SSL_CTX* context);

 private:
  static void attach(SSL* ssl, CertificateCheck* check);
  static int on_verified(int good, X509_STORE_CTX* chain);
  static int on_stapled(SSL* ssl, void*);
  void refuse_chain(X509_STORE_CTX* chain);
  bool staple_is_good(SSL* ssl);
  bool refuse_staple(SSL* ssl, const char* why);

  const std::string name_;
  const bool verify_, check_name_;
  const Stapling stapling_;
  std::string refusal_;
};

// An IPv4 or IPv6 address as text: it is never sent as SNI (RFC 6066 section 3).
bool is_address(const std::string& name);

}  // namespace navajo::tls
