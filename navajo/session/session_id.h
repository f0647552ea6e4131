// The id of a session: 32 characters of base64url that carry 160 random bits and, masked, the place where the store
// keeps the session, so that no index is searched and no flood of made-up ids can make one slow. The store never
// keeps an id, only a digest of it made with the store's own secret: who reads its memory can not take a session
// over. Values; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace navajo::session {

// Made of random bytes once per store; shared by all processes.
struct IdSecretShm {
  uint8_t digest_key[16];
  uint64_t mask_key[2];
};

// Equality in constant time.
struct IdDigest {
  uint64_t half[2];
  friend bool operator==(const IdDigest& a, const IdDigest& b) {
    return ((a.half[0] ^ b.half[0]) | (a.half[1] ^ b.half[1])) == 0;
  }
};

struct Digested {
  IdDigest digest;
  uint64_t serial;  // independent of the digest
};

class SessionId {
 public:
  static constexpr size_t kLength = 32;

  // None: the system gave no random bytes.
  static std::optional<SessionId> make(const IdSecretShm& secret, uint32_t place);
  // None: not our alphabet or length.
  static std::optional<SessionId> parse(std::string_view text);

  uint32_t place(const IdSecretShm& secret) const;
  Digested digest(const IdSecretShm& secret) const;
  std::string text() const;

 private:
  static constexpr size_t kRandom = 20;
  uint32_t mask(const IdSecretShm& secret) const;
  std::array<uint8_t, kRandom + 4> bytes_{};
};

}  // namespace navajo::session
