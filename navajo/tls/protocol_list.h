// Which versions of TLS are spoken, as OpenSSL's and mod_ssl's users write it: "-all +TLSv1.2 +TLSv1.3", "all-TLSv1".
// A word with '+' adds, with '-' takes away, without a sign begins anew. Free of any thread.
#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <string_view>

#include "navajo/base/result.h"

namespace navajo::tls {

class ProtocolList {
 public:
  static constexpr char kDefault[] = "-all +TLSv1.2 +TLSv1.3";

  // Never an empty one. SSLv2 and SSLv3 may be taken away, never added: nobody has them any more.
  static base::Result<ProtocolList> parse(std::string_view text);

  void apply_to(SSL_CTX* context) const;
  bool operator==(const ProtocolList&) const = default;

 private:
  uint8_t versions_ = 0;  // bit n: TLS 1.n
};

}  // namespace navajo::tls
