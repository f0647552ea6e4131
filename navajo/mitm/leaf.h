// One certificate for one host, as the CA/Browser baseline has it where that applies (RFC 5280, RFC 6125): its name as
// a SAN, a random serial, serverAuth, valid for a short time inside the CA's own. CPU only, no locks: any thread. With
// an RSA CA it takes milliseconds.
#pragma once

#include <chrono>

#include "navajo/base/result.h"
#include "navajo/mitm/host_name.h"
#include "navajo/mitm/issuer.h"

namespace navajo::mitm {

struct LeafWish {
  const HostName& name;
  std::string_view wildcard;  // instead of the name: "*.example.com"; empty: the name itself
  EVP_PKEY* key;              // the leaf's own; its public half will do
  time_t now;
  std::chrono::seconds validity;
  // The certificate of the real host, or null: its subject, those of its SANs that are for this name, and its validity
  // where that is narrower.
  const X509* mirror = nullptr;
};

enum class LeafFault : uint8_t {
  failed,  // OpenSSL's fault; tls::take_error_text() knows more
  issuer_expired,
  not_permitted,  // the CA's name constraints
};

base::Result<tls::CertificateHandle, LeafFault> mint_leaf(const Issuer& issuer, const LeafWish& wish);

}  // namespace navajo::mitm
