// What a TLS client says first, read out of the first bytes of its connection without consuming them: whom it wants
// to talk to, and what it could speak. The bytes are shown again and again as they arrive; only the answer `complete`
// is final in a good sense, `not_tls` and `malformed` are final in a bad one.
//
// The hello may be cut into records anywhere (RFC 8446 5.1). Lengths are taken at their word and must fit exactly; what
// is unknown (GREASE, RFC 8701; Encrypted Client Hello; any extension) is skipped. Nothing is decided here:
// the handshake itself is OpenSSL's. Any thread; nothing is kept.
// RFC 8446 4.1.2 and 4.2, RFC 6066 3 (server_name), RFC 7301 3.1 (ALPN), RFC 8422 5.1 (elliptic curves in TLS 1.2).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace navajo::tls {

struct ClientHello {
  // A host name in lower case without a final dot, or empty: none was sent, or an address instead of a name. With
  // Encrypted Client Hello it is the outer, public name.
  std::string server_name;
  std::vector<std::string> alpn;  // in the client's order, GREASE left out
  uint16_t version = 0;           // the newest it offers: 0x0304 is TLS 1.3
  bool tls13 = false;
  // A certificate with an ECDSA P-256 key would do; otherwise it takes RSA. Errs towards RSA.
  bool ecdsa = false;
  // It has a session to resume: a ticket, a pre-shared key, or (before TLS 1.3) a session id.
  bool resumes = false;
  bool early_data = false;  // 0-RTT data follows the hello
  bool encrypted = false;   // Encrypted Client Hello is offered, or pretended (GREASE): another name may be inside
};

enum class HelloState : uint8_t {
  incomplete,  // so far it can become one
  not_tls,     // the first bytes are no TLS record with a handshake message: another protocol, or an SSLv2 hello
  malformed,   // it began like one and is wrong, or longer than we read
  complete,
};

// The longest hello that is read, without and with what its records add. After kMaxHelloInput bytes the answer is
// never `incomplete`, so a buffer of that size always does.
inline constexpr size_t kMaxHello = 16 * 1024;
inline constexpr size_t kMaxHelloInput = 20 * 1024;

// hello is written when the answer is `complete` only.
[[nodiscard]] HelloState read_client_hello(std::string_view input, ClientHello& hello);

}  // namespace navajo::tls
