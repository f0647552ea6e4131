// Parameters of the HttpAuthenticationServlet. Immutable once made.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "navajo/api/authentication.h"
#include "navajo/base/clock.h"
#include "navajo/container/catalogue.h"

namespace navajo::servlets::http_authentication {

struct Settings {
  std::string name;     // of the servlet itself, for log lines
  std::string servlet;  // of the connector
  std::string uri = "/";
  std::string method = "GET";
  std::vector<std::string> forward_fields;
  std::string user_field, roles_field;
  char separator = ',';
  std::vector<std::pair<std::string, std::string>> copy_fields;  // response field, attribute
  bool send_answers = false;
  std::vector<api::LoginField> fields;
  base::Duration cache_time{};  // 0: nothing is kept
  size_t cache_entries = 0;
};

std::span<const config::ParamSpec> parameter_table();
// Null: faults were reported.
std::unique_ptr<Settings> read_settings(const container::ComponentContext& context, const config::Params& params);

}  // namespace navajo::servlets::http_authentication
