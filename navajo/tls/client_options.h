// How this server speaks TLS to the servers it connects to.
#pragma once

#include <string>

#include "navajo/base/clock.h"
#include "navajo/tls/protocol_list.h"

namespace navajo::tls {

enum class Stapling : uint8_t {
  off,
  check,    // an OCSP response that comes with the handshake must be good
  require,  // and one must come
};

enum class SessionReuse : uint8_t {
  on,       // by all
  session,  // by requests of the same HTTP session
  off,
};

struct ClientOptions {
  std::string owner;  // for log lines: "servlet Shop"
  // The chain leads to one of the certificates in ca_file (PEM), or to one of the system's if that is empty.
  bool verify_peer = true;
  bool check_name = true;
  std::string ca_file;
  // PEM: the certificate, then its chain. Or one "pkcs11:" URL. Empty: none.
  std::string certificate_file;
  // PEM or "pkcs11:" URL; empty: as certificate_file.
  std::string key_file;
  std::string pass_phrase;  // of the key, if that is encrypted
  // In place of the name of the address: sent as SNI and looked for in the certificate.
  std::string server_name;
  ProtocolList protocols;
  std::string ciphers = kDefaultCiphers;  // OpenSSL's list; names of TLS 1.3 may stand in it
  std::string alpn = "http/1.1";  // the protocol that is offered; empty: none
  Stapling stapling = Stapling::off;
  SessionReuse reuse = SessionReuse::on;
  size_t max_sessions = 256;
  base::Duration look_interval = std::chrono::seconds(5);  // for changed files; 0: never

  static constexpr char kDefaultCiphers[] =
      "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:DHE-RSA-CHACHA20-POLY1305:"
      "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES256-GCM-SHA384:DHE-RSA-AES256-GCM-SHA384:"
      "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-GCM-SHA256:DHE-RSA-AES128-GCM-SHA256";
};

}  // namespace navajo::tls
