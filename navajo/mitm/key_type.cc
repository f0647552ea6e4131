#include "navajo/mitm/key_type.h"

#include <openssl/err.h>

#include <memory>

namespace navajo::mitm {

tls::KeyHandle public_half(EVP_PKEY* key) {
  const int type = EVP_PKEY_get_base_id(key);
  unsigned char* bytes = nullptr;
  const int length = i2d_PublicKey(key, &bytes);
  if (length <= 0) return nullptr;
  // With a type and parameters set by hand it is a key of the old kind, without a provider.
  EVP_PKEY* half = EVP_PKEY_new();
  const bool ready = half && EVP_PKEY_set_type(half, type) == 1 &&
                     (type == EVP_PKEY_RSA || EVP_PKEY_copy_parameters(half, key) == 1);
  const unsigned char* at = bytes;
  const bool read = ready && d2i_PublicKey(type, &half, &at, length) != nullptr;
  OPENSSL_free(bytes);
  tls::KeyHandle made(half);
  if (read && EVP_PKEY_eq(made.get(), key) == 1) return made;
  // As good, and slower.
  ERR_clear_error();
  return EVP_PKEY_up_ref(key) == 1 ? tls::KeyHandle(key) : nullptr;
}

}  // namespace navajo::mitm
