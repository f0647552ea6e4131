// A new CA: key and self-signed certificate, for `navajo ca init` and for the one nobody trusts. Any thread; RSA takes
// seconds of a processor.
#pragma once

#include <string>
#include <vector>

#include "navajo/base/result.h"
#include "navajo/mitm/certificate_parts.h"

namespace navajo::mitm {

struct CaWish {
  enum class Key : uint8_t { ecdsa, rsa3072, rsa4096 };
  Key key = Key::ecdsa;
  std::string common_name;   // 1 to 64 characters, UTF-8
  std::string organization;  // may be empty
  unsigned days = 1825;
  // Name constraints: DNS names ("example.com": it and all below it) or networks ("10.0.0.0/8"). With `permitted` of
  // one kind everything else of the other kind is excluded, or a list of names would allow every address.
  std::vector<std::string> permitted, excluded;
};

struct NewCa {
  tls::KeyHandle key;
  tls::CertificateHandle certificate;
};

// The error says which wish cannot be met.
base::Result<NewCa> make_ca(const CaWish& wish, time_t now);

}  // namespace navajo::mitm
