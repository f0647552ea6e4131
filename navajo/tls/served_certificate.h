// What a certificate file says, for administrators: read while the configuration is, never used to decide anything.
// Plain data.
#pragma once

#include <cstdint>
#include <string>

namespace navajo::tls {

struct ServedCertificate {
  std::string of;    // "Connector 192.0.2.7:443"
  std::string use;   // "server", "minting CA"
  std::string file;
  std::string subject, issuer;  // RFC 2253
  std::string names;            // DNS names and addresses, separated by blanks; at most a few
  std::string key;              // "EC 256", "RSA 2048"
  int64_t not_before = 0, not_after = 0;  // seconds since 1970
  std::string fault;  // not empty: why it cannot be read
};

// The first certificate of a PEM file.
ServedCertificate read_served_certificate(const std::string& file, const std::string& of, const std::string& use);

}  // namespace navajo::tls
