// One line of ErrorFilter's StatusCode: `<status>:<resource>:<uri>[:<header-action>][:<status-code-action>]`.
//   404:Pages:/404.html                      the servlet Pages answers, asked for /404.html
//   500-599:file:/errors/5xx.html            a file below docBase
//   4xx:redirect:https\://www.example.org/   302
// Parsed in the parent while the configuration is read; immutable.
#pragma once

#include <string>

#include "navajo/base/result.h"

namespace navajo::filters::error {

struct ErrorRule {
  enum class Resource : uint8_t { servlet, file, redirect };

  int first_status = 0, last_status = 0;
  Resource resource = Resource::file;
  std::string servlet;   // its name
  std::string path;      // decoded, normalised, of servlet and file
  std::string query;     // of servlet
  std::string location;  // of redirect
  bool keep_header = false, keep_status = true;

  bool is_for(int status) const { return status >= first_status && status <= last_status; }
};

base::Result<ErrorRule> parse_error_rule(std::string_view line);

}  // namespace navajo::filters::error
