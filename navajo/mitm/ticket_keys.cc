#include "navajo/mitm/ticket_keys.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <cstring>

#include "navajo/base/random.h"
#include "navajo/mitm/checksum.h"

namespace navajo::mitm {
namespace {

int64_t nanoseconds(base::TimePoint when) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(when.time_since_epoch()).count();
}

struct Key : TicketKeyShm {
  ~Key() { OPENSSL_cleanse(static_cast<TicketKeyShm*>(this), sizeof(TicketKeyShm)); }
};

}  // namespace

TicketKeys::TicketKeys(TicketKeysShm& memory, base::Duration rotation)
    : memory_(memory), rotation_(rotation), cipher_(EVP_CIPHER_fetch(nullptr, "AES-256-CBC", nullptr)) {}

TicketKeys::~TicketKeys() { EVP_CIPHER_free(cipher_); }

uint64_t TicketKeys::check() const {
  return checksum(memory_.keys, sizeof memory_.keys, static_cast<uint64_t>(memory_.rotated_at));
}

bool TicketKeys::initialise(base::TimePoint now) {
  if (!cipher_ || memory_.lock.initialise() != 0) return false;
  memset(memory_.keys, 0, sizeof memory_.keys);
  if (!base::random_bytes(memory_.keys, sizeof memory_.keys)) return false;
  memory_.rotated_at = nanoseconds(now);
  memory_.check = check();
  return true;
}

// Lock held.
bool TicketKeys::rotate(base::TimePoint now) {
  const int64_t each = std::chrono::nanoseconds(rotation_).count();
  const bool damaged = memory_.check != check();
  const int64_t due =
      damaged ? static_cast<int64_t>(TicketKeysShm::kKept) : (nanoseconds(now) - memory_.rotated_at) / each;
  if (due <= 0) return true;
  // After a long silence several turns are due: nothing that is older than it should be is read.
  for (int64_t turn = 0; turn < due && turn < static_cast<int64_t>(TicketKeysShm::kKept); turn++) {
    memmove(memory_.keys + 1, memory_.keys, sizeof memory_.keys - sizeof memory_.keys[0]);
    if (!base::random_bytes(memory_.keys, sizeof memory_.keys[0])) return false;
  }
  memory_.rotated_at = damaged ? nanoseconds(now) : memory_.rotated_at + due * each;
  memory_.check = check();
  return true;
}

int TicketKeys::use(unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac, bool encrypt,
                    base::TimePoint now) {
  Key key;
  size_t found = 0;
  {
    shm::RobustLock lock(memory_.lock);
    if (lock.state() == shm::Locked::failed) return encrypt ? -1 : 0;
    if (lock.state() == shm::Locked::owner_died) lock.consistent();
    if (!rotate(now)) return encrypt ? -1 : 0;
    while (!encrypt && found < TicketKeysShm::kKept && memcmp(memory_.keys[found].name, name, sizeof key.name) != 0)
      found++;
    if (found == TicketKeysShm::kKept) return 0;  // a full handshake
    static_cast<TicketKeyShm&>(key) = memory_.keys[found];
  }
  if (encrypt) {
    if (RAND_bytes(iv, EVP_CIPHER_get_iv_length(cipher_)) != 1) return -1;
    memcpy(name, key.name, sizeof key.name);
  }
  char digest[] = "SHA256";
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key.mac, sizeof key.mac),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_end(),
  };
  if (EVP_CipherInit_ex2(cipher, cipher_, key.cipher, iv, encrypt ? 1 : 0, nullptr) != 1 ||
      EVP_MAC_CTX_set_params(mac, parameters) != 1)
    return -1;
  return found == 0 ? 1 : 2;  // 2: read with an old key, so the client gets a new ticket
}

}  // namespace navajo::mitm
