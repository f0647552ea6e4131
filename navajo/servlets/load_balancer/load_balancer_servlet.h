// Hands each request to one of several servlets in turn, and keeps away from those that are down: see README.md of this
// folder. One object per <servlet>; service() is called by all threads and fibers of a child at once.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "navajo/api/servlet.h"
#include "navajo/connector/backend_list.h"
#include "navajo/container/catalogue.h"
#include "navajo/servlets/load_balancer/alive_prober.h"

namespace navajo::servlets {

namespace load_balancer {

struct Settings {
  std::string name;                  // of the servlet itself, for log lines
  std::vector<std::string> targets;  // servlet names
  base::Duration retry_timeout{0};
  std::string is_alive_uri;  // empty: a client's request finds out
  base::Duration is_alive_timeout{0};
  connector::BackendOptions targets_options{};  // what does not come from the parameters above
};

}  // namespace load_balancer

class LoadBalancerServlet final : public api::Servlet {
 public:
  explicit LoadBalancerServlet(load_balancer::Settings settings, shm::Arena* arena = nullptr);

  void link(const api::Components& components) override;
  api::Outcome service(api::Request& request, api::Response& response) override;
  void start_child() override;
  void stop_child() override;
  void report(api::StatusWriter& writer) const override;

 private:
  void note(size_t index, const api::Outcome& outcome, base::TimePoint now);

  load_balancer::Settings settings_;
  connector::BackendList targets_;
  std::vector<api::Servlet*> servlets_;
  std::optional<load_balancer::AliveProber> prober_;
};

std::span<const container::ServletRow> load_balancer_rows();

}  // namespace navajo::servlets
