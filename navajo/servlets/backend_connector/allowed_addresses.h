// Where a dynamic address may point to: host[:port] words, where the host may be "*.name" for every host below a name
// and the port "*" for any. Without a list any client could make this server talk to whatever it can reach (SSRF).
#pragma once

#include <string>
#include <vector>

#include "navajo/connector/address.h"

namespace navajo::servlets::backend_connector {

class AllowedAddresses {
 public:
  static base::Result<AllowedAddresses> parse(std::string_view text, uint16_t default_port);
  bool contains(const connector::BackendAddress& address) const;
  bool empty() const { return rows_.empty(); }

 private:
  struct Row {
    std::string host;  // lower case; with a dot in front: everything below
    uint16_t port;     // 0: any
  };
  std::vector<Row> rows_;
};

}  // namespace navajo::servlets::backend_connector
