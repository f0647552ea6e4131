#include "navajo/servlets/file_reader/file_reader_servlet.h"

#include "navajo/config/text.h"
#include "navajo/http/syntax.h"

namespace navajo::servlets::file_reader {
namespace {

using files::FileStatus;
using files::ServedFile;

constexpr config::ParamSpec kParams[] = {
    {.name = "RootDirectory", .required = true,
     .doc = "Folder of the files. A relative one is below docBase/WEB-INF/lib."},
    {.name = "Files", .type = config::ParamType::lines,
     .doc = "What is served, one rule a line: <regex of the path below the folder>:<content type>. The first rule that "
            "fits says the type; a file that fits none is not served. Without rules: files with a common extension "
            "directly in the folder.",
     .conditions = config::Conditions::then_continue},
};

// "regex:type/subtype": the last colon divides.
void read_rule(const config::ParamLine& line, const config::Params& params, std::vector<FileRule>& rules) {
  const auto fault = [&](const std::string& text) { params.fault(line.where, "Files: " + text); };
  const size_t colon = line.text.rfind(':');
  if (colon == std::string::npos)
    return fault("'" + config::printable(line.text) + "' is not <regex>:<content type>");
  const std::string_view type = config::trim(std::string_view(line.text).substr(colon + 1));
  const size_t slash = type.find('/');
  if (!http::is_field_value(type) || slash == std::string_view::npos || !http::is_token(type.substr(0, slash)))
    return fault("'" + config::printable(type) + "' is no content type");
  auto name = config::Pattern::parse(config::trim(std::string_view(line.text).substr(0, colon)));
  if (!name.ok()) return fault(name.error().text);
  rules.push_back({std::move(*name), std::string(type)});
}

std::unique_ptr<api::Servlet> make(const container::ComponentContext& context, const config::Params& params) {
  std::string root = params.text("RootDirectory");
  if (root[0] != '/') root = context.doc_base + "/WEB-INF/lib/" + root;
  FileRules files{container::ConditionalLines(params, "Files", container::Stage::request), {}};
  for (const config::ParamLine& line : files.lines.entries()) read_rule(line, params, files.rules);
  return std::make_unique<FileReaderServlet>(std::move(root), std::move(files));
}

const container::ServletRow kRows[] = {
    {.name = "FileReaderServlet",
     .aliases = {"ch::nevis::nevisproxy::servlet::file::FileReaderServlet"},
     .params = kParams,
     .doc = "Serves files of a folder of its own, chosen by name.",
     .make = make},
};

}  // namespace

std::string_view FileReaderServlet::content_type(api::Request& request, std::string_view name) const {
  static const files::MimeTypes none;
  if (files_.lines.empty())
    return name.find('/') == std::string_view::npos ? files::known_content_type(name, none) : std::string_view();
  std::string_view type;
  files_.lines.for_each_active(request, nullptr, container::InDoubt::skip, [&](size_t entry) {
    if (files_.rules[entry].name.search(name) != config::SearchResult::found) return container::Visit::not_taken;
    type = files_.rules[entry].content_type;
    return container::Visit::stop;
  });
  return type;
}

api::Outcome FileReaderServlet::service(api::Request& request, api::Response& response) {
  if (const api::Outcome method = files::check_file_method(request, response); !method.is_answered())
    return method;
  const std::string_view path = request.path_info();
  const std::string_view type =
      path.size() < 2 || path[0] != '/' ? std::string_view() : content_type(request, path.substr(1));
  if (!type.empty()) {
    ServedFile file(root_, path);
    if (file.status() == FileStatus::file)
      return files::send_file(request, response, file, type, 200, root_, counters_);
    if (file.status() != FileStatus::none && file.status() != FileStatus::folder)
      return files::refuse_file(request, file, root_);
  }
  counters_.not_found.fetch_add(1, std::memory_order_relaxed);
  return api::Outcome::refused(404, "no_file");
}

void FileReaderServlet::report(api::StatusWriter& writer) const {
  writer.text("root", root_);
  const auto number = [&](const char* name, const std::atomic<uint64_t>& count) {
    writer.number(name, static_cast<double>(count.load(std::memory_order_relaxed)));
  };
  number("sent", counters_.sent);
  number("not_modified", counters_.not_modified);
  number("not_found", counters_.not_found);
}

}  // namespace navajo::servlets::file_reader

namespace navajo::servlets {
std::span<const container::ServletRow> file_reader_rows() { return file_reader::kRows; }
}  // namespace navajo::servlets
