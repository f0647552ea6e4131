// The connectors of destinations that requests name: one for each of those used last, so that connections are kept and
// used again. One that had to give way is closed when its last request is through and its idle connections have
// expired. Used by all threads and fibers of a child at once.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "navajo/base/function_ref.h"
#include "navajo/connector/connector.h"

namespace navajo::connector {

class ConnectorCache {
 public:
  ConnectorCache(size_t limit, ConnectorOptions options, reactor::Resolver& resolver)
      : limit_(limit), options_(options), resolver_(resolver) {}

  // Hold it as long as the request runs.
  std::shared_ptr<Connector> get(const BackendAddress& address);
  // key: all that tells destinations apart; adjust: what is different about this one's options, asked when one is made.
  using Adjust = base::FunctionRef<void(ConnectorOptions&)>;
  std::shared_ptr<Connector> get(std::string_view key, const BackendAddress& address, Adjust adjust);

  struct Numbers {
    size_t kept, retired;
    uint64_t made;
  };
  Numbers numbers() const;

 private:
  using Entry = std::pair<std::string, std::shared_ptr<Connector>>;
  void retire_last();
  void close_retired();

  const size_t limit_;
  const ConnectorOptions options_;
  reactor::Resolver& resolver_;
  mutable std::mutex guard_;
  std::list<Entry> by_use_;  // the last used in front
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_key_;
  std::vector<std::shared_ptr<Connector>> retired_;
  uint64_t made_ = 0;
};

}  // namespace navajo::connector
