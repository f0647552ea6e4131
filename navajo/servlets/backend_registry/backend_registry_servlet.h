// BackendRegistryServlet: backends enter themselves into the routing.db of a Routing, prove now and then that they
// live, and leave. edgeProxy's API under this servlet's mapping; what is registered is routed to, since it is in the
// table. SQLite works on helper threads, one change of a child at a time.
// Source: docs/reference/routing.md.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "navajo/api/servlet.h"
#include "navajo/container/catalogue.h"
#include "navajo/reactor/sync.h"
#include "navajo/route/routing_db.h"
#include "navajo/servlets/backend_registry/registration.h"

namespace navajo::servlets {

struct BackendRegistrySettings {
  std::string routing;   // its name
  std::string database;  // absolute
  std::vector<std::string> tokens, roles;  // one of either is enough
  std::chrono::seconds ttl{60};
  RegistrationRules rules;
  size_t most = 1000;
  int64_t (*unix_time)() = nullptr;  // null: time(2); replaced in tests
};

class BackendRegistryServlet final : public api::Servlet {
 public:
  explicit BackendRegistryServlet(BackendRegistrySettings settings) : settings_(std::move(settings)) {}
  api::Outcome service(api::Request& request, api::Response& response) override;
  void report(api::StatusWriter& writer) const override;

 private:
  struct Answer {
    int status = 200;
    std::string body;
  };
  Answer answer(api::Request& request, api::Response& response);
  bool is_allowed(api::Request& request) const;
  Answer register_backend(api::Request& request);
  Answer heartbeat(const std::string& id);
  Answer remove(api::Request& request, const std::string& id);
  Answer list(const std::string& id);  // empty: all of them
  Answer refused(api::Request& request, int status, const std::string& field, const std::string& why);
  static Answer trouble(const std::string& id, int status, const char* why);
  // On a helper thread, with the file open to be changed. False: it could not be done, which has been logged.
  template <class Work>
  bool change(Work work);
  int64_t now() const;

  const BackendRegistrySettings settings_;
  reactor::Mutex changing_;
  std::atomic<uint64_t> registered_{0}, heartbeats_{0}, removed_{0}, refused_{0}, failed_{0};
};

std::span<const container::ServletRow> backend_registry_rows();

}  // namespace navajo::servlets
