// What an interceptor is made of: attributes of the ForwardProxy element.
#pragma once

#include <chrono>
#include <ctime>
#include <string>

#include "navajo/base/clock.h"

namespace navajo::mitm {

struct MintOptions {
  std::string ca_certificate, ca_key;  // PEM files; the key for root and us alone
  std::string ca_pass_phrase;          // "pipe://PROGRAM"; empty: the key is not encrypted

  size_t cache_size = 1000;  // certificates, of all children together and of each
  std::chrono::seconds cache_time = std::chrono::hours(24);
  std::chrono::seconds validity = std::chrono::hours(24 * 7);    // at least twice cache_time
  std::chrono::seconds key_rotation = std::chrono::hours(24);    // of the leaves' keys
  std::chrono::seconds ticket_rotation = std::chrono::hours(1);  // sessions are resumed for twice this
  bool wildcard = false;  // "*.example.com" for www.example.com, unless the real certificate is mirrored
  bool mirror = false;    // what the real certificate says of its host goes into the minted one

  unsigned mints_per_second_per_client = 50, burst_per_client = 200;
  unsigned mints_per_second = 500, burst = 2000;
  std::chrono::milliseconds patience{2000};  // for somebody else who mints the same

  // OpenSSL's cipher list for TLS 1.2; empty: ECDHE with AEAD.
  std::string ciphers;

  // For tests.
  const base::Clock* clock = &base::system_clock();
  time_t (*wall_clock)(time_t*) = &::time;
};

}  // namespace navajo::mitm
