// LocalSessionStoreServlet: keeps sessions in memory that all children share. It answers nobody (404): a
// SessionManagementFilter names it and asks it for its store. Servlets of the same name share one store, also across
// hosts, and the store is kept over graceful restarts.
#pragma once

#include <memory>
#include <span>

#include "navajo/api/servlet.h"
#include "navajo/container/catalogue.h"
#include "navajo/session/session_store.h"
#include "navajo/session/shared_store.h"

namespace navajo::servlets::local_session_store {

class LocalSessionStoreServlet final : public api::Servlet, public session::HoldsSessionStore {
 public:
  LocalSessionStoreServlet(std::shared_ptr<session::SharedStore> shared, const session::SessionLimits& limits)
      : shared_(std::move(shared)), limits_(limits) {}

  api::Outcome service(api::Request& request, api::Response& response) override;
  void start_child() override { shared_->start_child(); }
  void report(api::StatusWriter& writer) const override;

  session::SessionStore& store() override { return shared_->store(); }
  session::SessionLimits limits() const override { return limits_; }

 private:
  std::shared_ptr<session::SharedStore> shared_;
  session::SessionLimits limits_;
};

}  // namespace navajo::servlets::local_session_store

namespace navajo::servlets {
std::span<const container::ServletRow> local_session_store_rows();
}
