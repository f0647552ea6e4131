// The keys that session tickets are protected with (RFC 5077, RFC 8446 4.6.1): clients keep the sessions, so resumption
// costs no memory here, and any child resumes what another began. New ones after each `rotation`; the two before are
// still read, what is older is wiped.
// initialise() in the parent before it forks; the rest in any thread of any process.
#pragma once

#include <openssl/ssl.h>

#include "navajo/base/clock.h"
#include "navajo/shm/robust_mutex.h"

namespace navajo::mitm {

struct TicketKeyShm {
  unsigned char name[16];
  unsigned char cipher[32];
  unsigned char mac[32];
};

struct TicketKeysShm {
  static constexpr size_t kKept = 3;
  shm::RobustMutexShm lock;
  int64_t rotated_at;  // nanoseconds of the monotonic clock
  uint64_t check;
  TicketKeyShm keys[kKept];  // the first one is current
};

class TicketKeys {
 public:
  TicketKeys(TicketKeysShm& memory, base::Duration rotation);
  ~TicketKeys();
  TicketKeys(const TicketKeys&) = delete;
  bool initialise(base::TimePoint now);
  // How long a session can be resumed at least.
  base::Duration lifetime() const { return rotation_ * static_cast<int>(TicketKeysShm::kKept - 1); }

  // What SSL_CTX_set_tlsext_ticket_key_evp_cb wants answered.
  int use(unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac, bool encrypt,
          base::TimePoint now);

 private:
  bool rotate(base::TimePoint now);
  uint64_t check() const;

  TicketKeysShm& memory_;
  base::Duration rotation_;
  EVP_CIPHER* cipher_;
};

}  // namespace navajo::mitm
