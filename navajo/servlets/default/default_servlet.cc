#include "navajo/servlets/default/default_servlet.h"

#include <algorithm>

#include "navajo/config/text.h"
#include "navajo/http/request_target.h"

namespace navajo::servlets::default_servlet {

using files::FileStatus;
using files::ServedFile;

namespace {

// A reference to the same server: it cannot be read as another host's ("//host").
api::Outcome redirect(api::Response& response, int status, std::string_view location) {
  response.set_status(status);
  response.headers().set("Location", location);
  response.set_content_length(0);
  return api::Outcome::answered();
}

std::string_view without_trailing_slash(std::string_view path) {
  return path == "/" ? std::string_view() : path;
}

}  // namespace

api::Outcome DefaultServlet::service(api::Request& request, api::Response& response) {
  if (const api::Outcome method = files::check_file_method(request, response); !method.is_answered()) return method;
  std::string_view path = options_.mapping == MappingType::path_info
                              ? request.path_info()
                              : request.path().substr(std::min(options_.context_path.size(), request.path().size()));
  return serve(request, response, path.empty() ? "/" : path);
}

api::Outcome DefaultServlet::serve(api::Request& request, api::Response& response, std::string_view path) {
  ServedFile file(options_.doc_base, path);
  switch (file.status()) {
    case FileStatus::file: return send(request, response, file, path, options_.status);
    case FileStatus::folder: return serve_folder(request, response, path);
    case FileStatus::none: return no_match(request, response);
    default: return files::refuse_file(request, file, options_.doc_base);
  }
}

api::Outcome DefaultServlet::serve_folder(api::Request& request, api::Response& response, std::string_view path) {
  if (path.back() != '/') {
    // Relative links in the folder's page count from the slash.
    std::pmr::string folder(request.path(), &request.memory());
    folder += '/';
    return redirect(response, 301, http::encode_target("", folder, request.query(), request.memory()));
  }
  for (const std::string& welcome : options_.welcome_files) {
    std::pmr::string name(path, &request.memory());
    name += welcome;
    ServedFile file(options_.doc_base, name);
    if (file.status() == FileStatus::file) return send(request, response, file, name, options_.status);
    if (file.status() != FileStatus::none && file.status() != FileStatus::folder)
      return files::refuse_file(request, file, options_.doc_base);
  }
  return no_match(request, response);
}

api::Outcome DefaultServlet::no_match(api::Request& request, api::Response& response) {
  const bool entry = without_trailing_slash(request.path_info()).empty();
  if (entry && !options_.entry_uri.empty()) return redirect(response, 302, options_.entry_uri);
  counters_.not_found.fetch_add(1, std::memory_order_relaxed);
  if (options_.no_match_file.empty()) return api::Outcome::refused(404, "no_file");
  ServedFile file(options_.doc_base, options_.no_match_file);
  if (file.status() == FileStatus::file)
    return send(request, response, file, options_.no_match_file, options_.no_match_status);
  if (file.status() == FileStatus::none) return api::Outcome::refused(404, "no_file");
  return files::refuse_file(request, file, options_.doc_base);
}

api::Outcome DefaultServlet::send(api::Request& request, api::Response& response, files::ServedFile& file,
                                  std::string_view path, int status) {
  const std::string_view type = files::content_type_of(path, options_.mime_types);
  return files::send_file(request, response, file, type, status, options_.doc_base, counters_);
}

void DefaultServlet::report(api::StatusWriter& writer) const {
  writer.text("docBase", options_.doc_base);
  writer.number("sent", static_cast<double>(counters_.sent.load(std::memory_order_relaxed)));
  writer.number("not_modified", static_cast<double>(counters_.not_modified.load(std::memory_order_relaxed)));
  writer.number("not_found", static_cast<double>(counters_.not_found.load(std::memory_order_relaxed)));
}

namespace {

constexpr config::ParamSpec kParams[] = {
    {.name = "EntryURI", .doc = "Where to redirect when the URL names no more than the mapping and there is no file."},
    {.name = "NoMatchFile", .doc = "File below docBase, starting with a slash, that is sent when there is no file."},
    {.name = "NoMatchFile.StatusCode", .type = config::ParamType::integer, .default_value = "200", .minimum = 200,
     .maximum = 599, .doc = "Status code of that answer."},
    {.name = "StatusCode", .type = config::ParamType::integer, .default_value = "200", .minimum = 200, .maximum = 599,
     .doc = "Status code of the other answers."},
    {.name = "MappingType", .type = config::ParamType::choice, .default_value = "requestURI",
     .choices = "requestURI,pathinfo",
     .doc = "What names the file: the path below the Context, or only what the mapping leaves of it."},
};

std::unique_ptr<api::Servlet> make(const container::ComponentContext& context, const config::Params& params) {
  for (const char* name : {"EntryURI", "NoMatchFile"}) {
    const std::string& value = params.text(name);
    if (value.empty()) continue;
    if (value[0] != '/') params.fault(name, "has to start with a slash");
    if (value.compare(0, 2, "//") == 0) params.fault(name, "would name another server");
  }
  if (params.has("NoMatchFile") && !files::is_served_path(params.text("NoMatchFile")))
    params.fault("NoMatchFile", "names a file that is never served");
  for (const char* name : {"StatusCode", "NoMatchFile.StatusCode"})
    for (const int64_t without_body : {204, 205, 206, 304})
      if (params.integer(name) == without_body) params.fault(name, "is a status that does not go with a whole file");
  if (params.has("NoMatchFile.StatusCode") && !params.has("NoMatchFile"))
    params.fault("NoMatchFile.StatusCode", "says nothing without NoMatchFile");
  DefaultServletOptions options;
  options.doc_base = context.doc_base;
  options.context_path = context.path;
  options.entry_uri = params.text("EntryURI");
  options.no_match_file = params.text("NoMatchFile");
  options.no_match_status = static_cast<int>(params.integer("NoMatchFile.StatusCode"));
  options.status = static_cast<int>(params.integer("StatusCode"));
  options.mapping = params.text("MappingType") == "pathinfo" ? MappingType::path_info : MappingType::request_uri;
  if (context.web_xml) {
    options.welcome_files = context.web_xml->welcome_files;
    options.mime_types = context.web_xml->mime_types;
  }
  return std::make_unique<DefaultServlet>(std::move(options));
}

const container::ServletRow kRows[] = {
    {.name = "DefaultServlet",
     .aliases = {"ch::nevis::isiweb4::servlet::defaults::DefaultServlet"},
     .params = kParams,
     .doc = "Serves the files of the application.",
     .make = make},
};

}  // namespace
}  // namespace navajo::servlets::default_servlet

namespace navajo::servlets {
std::span<const container::ServletRow> default_servlet_rows() { return default_servlet::kRows; }
}  // namespace navajo::servlets
