// FileReaderServlet: the files below a folder of its own, outside of what the container serves, which may change while
// the server runs: pictures and pages of error filters, say. Only what a line of Files names is served, and with the
// type that line says. How a path becomes a file, and how it is sent: navajo/files/.
// Facts: nevisproxy-container-servlets.md 5.9. Immutable but for its counters; called by all threads and fibers.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "navajo/api/servlet.h"
#include "navajo/config/pattern.h"
#include "navajo/container/catalogue.h"
#include "navajo/container/conditional_lines.h"
#include "navajo/files/file_sender.h"

namespace navajo::servlets::file_reader {

struct FileRule {
  config::Pattern name;  // of the path below the root, without its first slash
  std::string content_type;
};

struct FileRules {
  container::ConditionalLines lines;  // entry n belongs to rules[n]
  std::vector<FileRule> rules;
};

class FileReaderServlet final : public api::Servlet {
 public:
  FileReaderServlet(std::string root, FileRules files) : root_(std::move(root)), files_(std::move(files)) {}
  api::Outcome service(api::Request& request, api::Response& response) override;
  void report(api::StatusWriter& writer) const override;

 private:
  // Empty: no rule names it.
  std::string_view content_type(api::Request& request, std::string_view name) const;

  std::string root_;  // absolute
  FileRules files_;
  files::FileCounters counters_;
};

}  // namespace navajo::servlets::file_reader

namespace navajo::servlets {
std::span<const container::ServletRow> file_reader_rows();
}
