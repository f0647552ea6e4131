// The one-shot functions of OpenSSL 3 look their algorithm up by name, for longer than the digest takes.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "navajo/session/session_id.h"

#include <openssl/sha.h>

#include <cstring>

#include "navajo/base/random.h"

namespace navajo::session {
namespace {

constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr std::array<int8_t, 256> kValues = [] {
  std::array<int8_t, 256> values{};
  for (int8_t& value : values) value = -1;
  for (int i = 0; i < 64; i++) values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<int8_t>(i);
  return values;
}();

uint64_t mix(uint64_t x) {
  x ^= x >> 32;
  x *= 0xd6e8feb86659fd93ull;
  x ^= x >> 32;
  x *= 0xd6e8feb86659fd93ull;
  return x ^ (x >> 32);
}

}  // namespace

std::optional<SessionId> SessionId::make(const IdSecretShm& secret, uint32_t place) {
  SessionId id;
  if (!base::random_bytes(id.bytes_.data(), kRandom)) return std::nullopt;
  const uint32_t masked = place ^ id.mask(secret);
  memcpy(id.bytes_.data() + kRandom, &masked, sizeof masked);
  return id;
}

std::optional<SessionId> SessionId::parse(std::string_view text) {
  if (text.size() != kLength) return std::nullopt;
  SessionId id;
  for (size_t i = 0, o = 0; i < kLength; i += 4, o += 3) {
    int32_t group = 0;
    int32_t wrong = 0;
    for (size_t k = 0; k < 4; k++) {
      const int32_t value = kValues[static_cast<unsigned char>(text[i + k])];
      wrong |= value;
      group = (group << 6) | (value & 63);
    }
    if (wrong < 0) return std::nullopt;
    id.bytes_[o] = static_cast<uint8_t>(group >> 16);
    id.bytes_[o + 1] = static_cast<uint8_t>(group >> 8);
    id.bytes_[o + 2] = static_cast<uint8_t>(group);
  }
  return id;
}

// The place is no secret; the mask keeps ids from telling how many sessions there are.
uint32_t SessionId::mask(const IdSecretShm& secret) const {
  uint64_t first = 0, second = 0;
  memcpy(&first, bytes_.data(), sizeof first);
  memcpy(&second, bytes_.data() + 8, sizeof second);
  return static_cast<uint32_t>(mix(mix(first ^ secret.mask_key[0]) + second + secret.mask_key[1]));
}

uint32_t SessionId::place(const IdSecretShm& secret) const {
  uint32_t masked = 0;
  memcpy(&masked, bytes_.data() + kRandom, sizeof masked);
  return masked ^ mask(secret);
}

Digested SessionId::digest(const IdSecretShm& secret) const {
  SHA256_CTX context;
  uint8_t result[SHA256_DIGEST_LENGTH];
  SHA256_Init(&context);
  SHA256_Update(&context, secret.digest_key, sizeof secret.digest_key);
  SHA256_Update(&context, bytes_.data(), bytes_.size());
  SHA256_Final(result, &context);
  Digested out{};
  memcpy(&out.digest, result, sizeof out.digest);
  memcpy(&out.serial, result + sizeof out.digest, sizeof out.serial);
  return out;
}

std::string SessionId::text() const {
  std::string out;
  out.reserve(kLength);
  for (size_t i = 0; i < bytes_.size(); i += 3) {
    const uint32_t group = static_cast<uint32_t>(bytes_[i]) << 16 | static_cast<uint32_t>(bytes_[i + 1]) << 8 |
                           static_cast<uint32_t>(bytes_[i + 2]);
    for (const int shift : {18, 12, 6, 0}) out += kAlphabet[(group >> shift) & 63];
  }
  return out;
}

}  // namespace navajo::session
