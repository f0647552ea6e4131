#include "modules/mod_navajo/request_id.h"

#include <sys/random.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>

namespace navajo::glue {
namespace {

// xoshiro256**, seeded by the kernel for each thread: an id costs no system call. Ids are made by threads of a child
// only, so no two processes share a seed.
// Source: Blackman and Vigna, "Scrambled linear pseudorandom number generators" (2018).
class Generator {
 public:
  Generator() { seed(); }
  uint64_t next() {
    const uint64_t result = rotate(state_[1] * 5, 7) * 9, t = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = rotate(state_[3], 45);
    return result;
  }

 private:
  static uint64_t rotate(uint64_t x, int k) { return x << k | x >> (64 - k); }
  void seed() {
    if (getrandom(state_, sizeof state_, 0) == sizeof state_) return;
    state_[0] ^= static_cast<uint64_t>(apr_time_now()) | 1;
    state_[1] ^= reinterpret_cast<uintptr_t>(this) ^ static_cast<uint64_t>(getpid()) << 32;
  }
  uint64_t state_[4] = {};
};

Generator& generator_of_this_thread() {
  static thread_local Generator generator;
  return generator;
}

// Eight hexadecimal digits at once, a byte for each four bits.
uint64_t hex_digits(uint32_t bits) {
  constexpr uint64_t ones = ~0ull / 255;
  uint64_t digits = bits;
  digits = (digits | digits << 16) & 0x0000ffff0000ffffull;
  digits = (digits | digits << 8) & 0x00ff00ff00ff00ffull;
  digits = (digits | digits << 4) & ones * 0x0f;
  const uint64_t letters = (digits + ones * 6) >> 4 & ones;
  return digits + ones * '0' + letters * ('a' - '0' - 10);
}

char* make_id(apr_pool_t* pool) {
  Generator& generator = generator_of_this_thread();
  char* text = static_cast<char*>(apr_palloc(pool, 33));
  for (char* at = text; at < text + 32; at += 8) {
    const uint64_t digits = hex_digits(static_cast<uint32_t>(generator.next() >> 32));
    memcpy(at, &digits, sizeof digits);
  }
  text[32] = 0;
  return text;
}

}  // namespace

uint64_t random_number() {
  const uint64_t number = generator_of_this_thread().next();
  return number ? number : 1;
}

int generate_log_id(const conn_rec* c, const request_rec* r, const char** id) {
  *id = make_id(r ? r->pool : c->pool);
  return OK;
}

void assign_request_id(request_rec* r) {
  if (!r->log_id) r->log_id = make_id(r->pool);
  apr_table_setn(r->subprocess_env, "NAVAJO_REQUEST_ID", r->log_id);
}

}  // namespace navajo::glue
