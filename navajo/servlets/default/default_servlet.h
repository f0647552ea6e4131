// DefaultServlet: the files below the application's docBase, and the end of a filter chain for URLs that have no
// servlet of their own. GET and HEAD; conditional requests, one byte range, welcome files. What it never serves and how
// a path becomes a file, and how it is sent: navajo/files/. Facts: nevisproxy-container-servlets.md 5.8.
// Immutable but for its counters; called by all threads and fibers.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "navajo/api/servlet.h"
#include "navajo/config/web_xml.h"
#include "navajo/container/catalogue.h"
#include "navajo/files/file_sender.h"

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
  files::MimeTypes mime_types;  // before the built-in ones
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
  api::Outcome send(api::Request& request, api::Response& response, files::ServedFile& file, std::string_view path,
                    int status);

  DefaultServletOptions options_;
  files::FileCounters counters_;
};

}  // namespace navajo::servlets::default_servlet

namespace navajo::servlets {
std::span<const container::ServletRow> default_servlet_rows();
}
