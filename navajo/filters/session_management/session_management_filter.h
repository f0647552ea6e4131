// SessionManagementFilter: gives the elements behind it a session (api::Request::session()) when one of them asks, kept
// by a session store servlet and bound to the client by a cookie, its TLS session or a header field. Requests nobody
// asks a session for cost a look at their cookies and touch no session.
// Facts: nevisproxy-filters-ops.md 3. Immutable but for its numbers; called by all threads and fibers.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "navajo/api/servlet.h"
#include "navajo/container/catalogue.h"
#include "navajo/filters/session_management/request_session.h"

namespace navajo::filters::session_management {

class SessionManagementFilter final : public api::Filter {
 public:
  // servlet: name of the store's. keys: of identifications other than cookies, else null.
  SessionManagementFilter(Settings settings, std::string servlet, std::shared_ptr<session::KeyTable> keys)
      : settings_(std::move(settings)), servlet_(std::move(servlet)), keys_(std::move(keys)) {}
  void link(const api::Components& components) override;
  api::Outcome filter(api::Request& request, api::Response& response, api::FilterChain& rest) override;
  void report(api::StatusWriter& writer) const override;

 private:
  Settings settings_;
  std::string servlet_;
  std::shared_ptr<session::KeyTable> keys_;
  session::HoldsSessionStore* holder_ = nullptr;
  session::SessionLimits store_limits_;
  Numbers numbers_;
};

}  // namespace navajo::filters::session_management

namespace navajo::filters {
std::span<const container::FilterRow> session_management_rows();
}
