// What `navajo init` is asked for, as values: where the backends are, and how clients reach the proxy. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "navajo/base/result.h"

namespace navajo::cli::init {

struct Backend {
  std::string address;  // as InetAddress has it: "app.example.org:8080", "[::1]:8080"
  std::string name;     // without port and brackets
};

struct Wish {
  bool tls_to_backend = false;
  std::vector<Backend> backends;  // at least one, in order of preference
  std::string host = "localhost";
  std::string listen = "0.0.0.0";  // an address; IPv6 in brackets
  uint16_t port = 8443;
  uint16_t http_port = 0;  // sends clients to `port`; 0: none
  std::string backend_ca;  // absolute path; empty: the system's
  std::string user;        // who can log in; empty: no login
  bool websockets = false;
  uint16_t console_port = 0;  // of the admin console, on loopback alone; 0: none
};

// URLs separated by commas: scheme, host and port, nothing else, and one scheme for all of them.
base::Status<> take_backends(std::string_view urls, Wish& into);
// A DNS name or an IP address; it stands in XML, in a certificate and in names of files.
base::Status<> take_host(std::string_view text, Wish& into);
base::Status<> take_listen(std::string_view text, Wish& into);
base::Status<> take_port(const char* option, std::string_view text, uint16_t& into);
// A name that users type: no separators of a users file, no control characters.
base::Status<> take_user(std::string_view text, Wish& into);

}  // namespace navajo::cli::init
