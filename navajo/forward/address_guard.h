// Which addresses a forward proxy may connect to: those of the public Internet, and those an administrator has allowed;
// never our own listeners, never a network a refusing Destination names. Asked with each connect, about the address
// itself: what the name resolved to when the policy looked at it does not matter any more (DNS rebinding).
// Immutable; asked by all threads at once.
#pragma once

#include <string>
#include <vector>

#include "navajo/config/pattern.h"
#include "navajo/connector/endpoint_guard.h"

namespace navajo::forward {

class AddressGuard final : public connector::EndpointGuard {
 public:
  // "10.1.0.0/16", "192.0.2.7:8443", "[2001:db8::]/32:443". A fault names the word.
  base::Status<> allow(std::string_view word);
  void refuse(const config::Network& network) { refused_.push_back(network); }
  // address:port of one of this server's own listeners; "*" or a name stands for every address of this machine.
  void protect(std::string_view listener);

  bool allows(const reactor::Endpoint& endpoint) const override;

 private:
  struct Row {
    config::Network network;
    uint16_t port;  // 0: any
  };
  bool is_own_listener(std::string_view address, uint16_t port) const;

  std::vector<Row> allowed_;
  std::vector<config::Network> refused_;
  struct Listener {
    std::string address;  // empty: any of this machine's
    uint16_t port;
  };
  std::vector<Listener> listeners_;
  std::vector<std::string> machine_;  // its addresses when the configuration was read
};

}  // namespace navajo::forward
