// The connectors of dynamic addresses: one for each of the addresses used last, so that connections are kept and used
// again. One that had to give way is closed when its last request is through and its idle connections have expired.
// Used by all threads and fibers of a child at once.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "navajo/connector/connector.h"

namespace navajo::servlets::backend_connector {

class ConnectorCache {
 public:
  ConnectorCache(size_t limit, connector::ConnectorOptions options, reactor::Resolver& resolver)
      : limit_(limit), options_(options), resolver_(resolver) {}

  // Hold it as long as the request runs.
  std::shared_ptr<connector::Connector> get(const connector::BackendAddress& address);

  struct Numbers {
    size_t kept, retired;
    uint64_t made;
  };
  Numbers numbers() const;

 private:
  using Entry = std::pair<std::string, std::shared_ptr<connector::Connector>>;
  void retire_last();
  void close_retired();

  const size_t limit_;
  const connector::ConnectorOptions options_;
  reactor::Resolver& resolver_;
  mutable std::mutex guard_;
  std::list<Entry> by_use_;  // the last used in front
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_address_;
  std::vector<std::shared_ptr<connector::Connector>> retired_;
  uint64_t made_ = 0;
};

}  // namespace navajo::servlets::backend_connector
