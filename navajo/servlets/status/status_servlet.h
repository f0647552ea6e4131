// StatusServlet: the numbers of all children (navajo/observe/status_segment.h) and what the components of the
// answering child report. GET and HEAD; HTML, ?format=json, ?format=text or ?format=openmetrics, a path that ends
// with "/metrics", or what Accept asks for.
// Who is not in AllowFrom gets 403 and learns nothing.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "navajo/api/servlet.h"
#include "navajo/container/catalogue.h"
#include "navajo/http/address_ranges.h"

namespace navajo::servlets::status {

class StatusServlet final : public api::Servlet {
 public:
  explicit StatusServlet(http::AddressRanges allowed);
  api::Outcome service(api::Request& request, api::Response& response) override;

 private:
  http::AddressRanges allowed_;
  std::string policy_;
};

}  // namespace navajo::servlets::status

namespace navajo::servlets {
std::span<const container::ServletRow> status_servlet_rows();
}
