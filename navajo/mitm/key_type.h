// The kinds of keys that leaves have, and that a CA may have.
#pragma once

#include <cstdint>

#include "navajo/tls/handles.h"

namespace navajo::mitm {

// ECDSA on P-256, or RSA for clients that know nothing else.
enum class KeyType : uint8_t { ecdsa, rsa };

// New key pairs. RSA takes 0.05 to 1 s of a processor: not on a reactor. Null: OpenSSL refused.
inline tls::KeyHandle make_ecdsa_key() { return tls::KeyHandle(EVP_EC_gen("P-256")); }
inline tls::KeyHandle make_rsa_key(unsigned bits) { return tls::KeyHandle(EVP_RSA_gen(static_cast<size_t>(bits))); }

// The public half alone, in the form that X509_set_pubkey takes over as it is. OpenSSL 3 writes any other key into
// bytes and reads it again for each certificate, which takes several times as long as the signature. Null: OpenSSL
// refused.
tls::KeyHandle public_half(EVP_PKEY* key);

}  // namespace navajo::mitm
