// DefaultServlet: the files below the application's docBase, and the end of a filter chain for URLs that have no
// servlet of their own. GET and HEAD; conditional requests, one byte range, welcome files. What it never serves and how
// a path becomes a file: served_file.h. Facts: nevisproxy-container-servlets.md 5.8.
// Immutable but for its counters; called by all threads and fibers.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "navajo/api/servlet.h"
#include "navajo/config/web_xml.h"
#include "navajo/container/catalogue.h"
#include "navajo/servlets/default/served_file.h"

namespace navajo::servlets::default_servlet {

enum class MappingType : uint8_t { request_uri, path_info };

struct DefaultServletOptions {
  std::string doc_base;
  std::string context_path;  // what request paths have before the part that names a file
  std::string entry_uri;     // empty: none
  std::string no_match_file;
  int no_match_status = 200;
  int status = 200;
  MappingType mapping = MappingType::request_uri;
  std::vector<std::string> welcome_files = {"index.html"};
  std::map<std::string, std::string, std::less<>> mime_types;  // extension -> type, before the built-in ones
};

class DefaultServlet final : public api::Servlet {
 public:
  explicit DefaultServlet(DefaultServletOptions options) : options_(std::move(options)) {}
  api::Outcome service(api::Request& request, api::Response& response) override;
  void report(api::StatusWriter& writer) const override;

 private:
  api::Outcome serve(api::Request& request, api::Response& response, std::string_view path);
  api::Outcome serve_folder(api::Request& request, api::Response& response, std::string_view path);
  api::Outcome no_match(api::Request& request, api::Response& response);
  api::Outcome send(api::Request& request, api::Response& response, ServedFile& file, std::string_view path,
                    int status);
  api::Outcome send_bytes(api::Request& request, api::Response& response, ServedFile& file, uint64_t first,
                          uint64_t length);
  api::Outcome refuse(const api::Request& request, const ServedFile& file) const;
  std::string_view content_type(std::string_view path) const;

  DefaultServletOptions options_;
  std::atomic<uint64_t> sent_{0}, not_modified_{0}, not_found_{0};
};

}  // namespace navajo::servlets::default_servlet

namespace navajo::servlets {
std::span<const container::ServletRow> default_servlet_rows();
}
