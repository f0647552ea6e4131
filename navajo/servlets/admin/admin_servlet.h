// AdminServlet: the admin API under /api/v1, metrics, and the web console. For a Host of its own with a listener on
// loopback or with TLS. Secure by default: no start without a TokenFile, only from AllowFrom, only under a name of
// Hosts, no cookie (so another site's page can do nothing with a user's browser), no change by GET, every change and
// every refusal in the log.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "navajo/api/servlet.h"
#include "navajo/container/catalogue.h"
#include "navajo/servlets/admin/admission.h"
#include "navajo/servlets/admin/api.h"
#include "navajo/servlets/admin/console_files.h"

namespace navajo::servlets::admin {

class AdminServlet final : public api::Servlet {
 public:
  AdminServlet(Admission admission, std::optional<ConsoleFiles> console, const container::SharedServices* services)
      : admission_(std::move(admission)), console_(std::move(console)), api_(services) {}
  api::Outcome service(api::Request& request, api::Response& response) override;
  void report(api::StatusWriter& writer) const override;

 private:
  Reply answer_api(api::Request& request, std::string_view path, api::Response& response);
  api::Outcome send_file(api::Request& request, std::string_view path, api::Response& response);
  Reply refuse(api::Request& request, const Refused& why, api::Response& response);

  Admission admission_;
  const std::optional<ConsoleFiles> console_;
  const Api api_;
  std::atomic<uint64_t> calls_{0}, changes_{0}, refused_{0};
};

}  // namespace navajo::servlets::admin

namespace navajo::servlets {
std::span<const container::ServletRow> admin_servlet_rows();
}
