// For tests: tables that are changed by hand, and the rows they are made of.
#pragma once

#include <arpa/inet.h>

#include <memory>
#include <string>
#include <vector>

#include "navajo/route/shared_router.h"

namespace navajo::route {

class ChangedTable final : public TableSource {
 public:
  explicit ChangedTable(std::vector<BackendRow> rows) { set(std::move(rows)); }
  void set(std::vector<BackendRow> rows) {
    table_ = std::make_shared<const BackendTable>(std::move(rows), ++generation_);
  }
  std::shared_ptr<const BackendTable> current() const override { return table_; }
  void start_child() override {}
  void stop_child() override {}

 private:
  std::shared_ptr<const BackendTable> table_;
  uint64_t generation_ = 0;
};

inline BackendRow backend(std::string id, uint32_t soft = 10, uint32_t hard = 0, uint32_t weight = 1) {
  BackendRow row;
  row.id = std::move(id);
  row.app = "shop";
  row.host = "10.50.0.1";
  row.port = 8080;
  row.soft_limit = soft;
  row.hard_limit = hard;
  row.weight = weight;
  return row;
}

inline BackendRow placed(std::string id, std::string region, std::string country, uint32_t soft = 10,
                         uint32_t hard = 0) {
  BackendRow row = backend(std::move(id), soft, hard);
  row.region = std::move(region);
  row.country = std::move(country);
  return row;
}

inline reactor::Endpoint client(const std::string& address) { return *reactor::parse_address(address, 4711); }

// Of this process; forget() it at the end of a test.
inline std::shared_ptr<SharedRouter> open_shared(const RouterOptions& options, std::shared_ptr<TableSource> tables,
                                                 const base::Clock* clock) {
  auto opened = SharedRouter::open(options, std::move(tables), clock);
  return opened.ok() ? *opened : nullptr;
}
inline void forget_segments() {
  RoutingSegment::close_unwanted([](std::string_view) { return false; });
}

}  // namespace navajo::route
