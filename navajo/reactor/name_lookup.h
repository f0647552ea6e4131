// One blocking look-up of a name: c-ares where it was found (it tells the TTL, and has SRV records), else
// getaddrinfo(3) with a fixed one. Called on helper threads and threads of one's own, never on a reactor. Ends within
// about 5 s whatever the name servers do.
// Source: RFC 1035, RFC 2782 (SRV).
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "navajo/reactor/resolver.h"

namespace navajo::reactor {

struct LookupOptions {
  std::string servers;                     // "127.0.0.1:5353": in place of those of the system
  const std::atomic<bool>* stop = nullptr;  // true: give up, within 200 ms
};

Resolver::Answer look_up_name(const std::string& name);
Resolver::Answer look_up_addresses(const std::string& name, const LookupOptions& options);

struct ServiceAnswer {
  struct Record {
    std::string host;  // without the dot at its end
    uint16_t port = 0, priority = 0, weight = 0;
  };
  static constexpr size_t kMaxRecords = 256;
  std::vector<Record> records;
  std::chrono::seconds ttl{0};  // the shortest
  std::string error;            // empty: found
};

// SRV records of "_http._tcp.example.org". Without c-ares always an error.
ServiceAnswer look_up_service(const std::string& name, const LookupOptions& options);
// Of a DNS message as it came; what is no whole one is an error.
ServiceAnswer parse_service_answer(std::span<const unsigned char> message);

}  // namespace navajo::reactor
