#include "navajo/servlets/default/default_servlet.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstring>

#include "navajo/config/text.h"
#include "navajo/http/request_target.h"
#include "navajo/observe/log.h"
#include "navajo/servlets/default/content_types.h"
#include "navajo/servlets/default/http_date.h"
#include "navajo/servlets/default/preconditions.h"

namespace navajo::servlets::default_servlet {
namespace {

constexpr uint64_t kChunk = 65536;

// Size and time of change, which copies of a site on several machines share if they keep times.
std::string_view make_etag(const struct stat& properties, std::span<char> into) {
  const int length = snprintf(into.data(), into.size(), "\"%" PRIx64 "-%" PRIx64 "%08lx\"",
                              static_cast<uint64_t>(properties.st_size),
                              static_cast<uint64_t>(properties.st_mtim.tv_sec), properties.st_mtim.tv_nsec);
  return {into.data(), static_cast<size_t>(length)};
}

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
  if (request.method() != "GET" && request.method() != "HEAD") {
    response.headers().set("Allow", "GET, HEAD");
    return api::Outcome::refused(405, "method_not_allowed");
  }
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
    default: return refuse(request, file);
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
    if (file.status() != FileStatus::none && file.status() != FileStatus::folder) return refuse(request, file);
  }
  return no_match(request, response);
}

api::Outcome DefaultServlet::no_match(api::Request& request, api::Response& response) {
  const bool entry = without_trailing_slash(request.path_info()).empty();
  if (entry && !options_.entry_uri.empty()) return redirect(response, 302, options_.entry_uri);
  not_found_.fetch_add(1, std::memory_order_relaxed);
  if (options_.no_match_file.empty()) return api::Outcome::refused(404, "no_file");
  ServedFile file(options_.doc_base, options_.no_match_file);
  if (file.status() == FileStatus::file)
    return send(request, response, file, options_.no_match_file, options_.no_match_status);
  return file.status() == FileStatus::none ? api::Outcome::refused(404, "no_file") : refuse(request, file);
}

api::Outcome DefaultServlet::refuse(const api::Request& request, const ServedFile& file) const {
  const std::string_view id = request.id();
  const auto say = [&](observe::LogId log_id, const char* what) {
    observe::log(log_id, "request %.*s: a file below %s %s", static_cast<int>(id.size()), id.data(),
                 options_.doc_base.c_str(), what);
  };
  switch (file.status()) {
    case FileStatus::busy: return api::Outcome::refused(503, "disk_busy");
    case FileStatus::escape:
      say(observe::id::file_outside_doc_base, "is reached over a symbolic link that leads out, it is not served");
      return api::Outcome::refused(404, "file_outside_doc_base");
    case FileStatus::forbidden:
      say(observe::id::file_unreadable, strerror(file.error()));
      return api::Outcome::refused(403, "file_forbidden");
    default:
      say(observe::id::file_unreadable, strerror(file.error()));
      return api::Outcome::refused(500, "file_failed");
  }
}

std::string_view DefaultServlet::content_type(std::string_view path) const {
  constexpr std::string_view unknown = "application/octet-stream";
  const std::string_view name = path.substr(path.rfind('/') + 1);
  const size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || name.size() - dot > 16) return unknown;
  char lower[16];
  std::transform(name.begin() + static_cast<ptrdiff_t>(dot) + 1, name.end(), lower,
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  const std::string_view extension(lower, name.size() - dot - 1);
  if (const auto own = options_.mime_types.find(extension); own != options_.mime_types.end()) return own->second;
  const std::string_view built_in = built_in_content_type(extension);
  return built_in.empty() ? unknown : built_in;
}

api::Outcome DefaultServlet::send(api::Request& request, api::Response& response, ServedFile& file,
                                  std::string_view path, int status) {
  char etag_text[64];
  const Validators validators{make_etag(file.properties(), etag_text), file.properties().st_mtim.tv_sec};
  const HttpDate modified = format_http_date(validators.modified);
  response.headers().set("ETag", validators.etag);
  response.headers().set("Last-Modified", std::string_view(modified.data(), modified.size()));
  uint64_t first = 0, length = file.size();
  if (status == 200) {  // only then is the answer the file itself
    switch (check_preconditions(request.headers(), validators)) {
      case Precondition::failed: return api::Outcome::refused(412, "precondition_failed");
      case Precondition::not_modified:
        not_modified_.fetch_add(1, std::memory_order_relaxed);
        response.set_status(304);
        return api::Outcome::answered();
      case Precondition::met: break;
    }
    response.headers().set("Accept-Ranges", "bytes");
    const ByteRange range = requested_range(request.headers(), validators, file.size());
    char text[80];
    if (range.kind == RangeKind::unsatisfiable) {
      snprintf(text, sizeof text, "bytes */%" PRIu64, file.size());
      response.headers().set("Content-Range", text);
      response.set_status(416);
      response.set_content_length(0);
      return api::Outcome::answered();
    }
    if (range.kind == RangeKind::part) {
      first = range.first;
      length = range.length;
      snprintf(text, sizeof text, "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64, first, first + length - 1, file.size());
      response.headers().set("Content-Range", text);
      status = 206;
    }
  }
  response.set_status(status);
  response.set_content_type(content_type(path));
  response.headers().set("X-Content-Type-Options", "nosniff");
  response.set_content_length(length);
  sent_.fetch_add(1, std::memory_order_relaxed);
  return request.method() == "HEAD" ? api::Outcome::answered() : send_bytes(request, response, file, first, length);
}

api::Outcome DefaultServlet::send_bytes(api::Request& request, api::Response& response, ServedFile& file,
                                        uint64_t first, uint64_t length) {
  // From the request's memory: a fiber's stack has no room for it.
  std::pmr::vector<char> buffer(static_cast<size_t>(std::min(length, kChunk)), &request.memory());
  for (uint64_t done = 0; done < length;) {
    const size_t wanted = static_cast<size_t>(std::min<uint64_t>(length - done, buffer.size()));
    const ssize_t got = file.read(std::span<char>(buffer.data(), wanted), first + done);
    if (got < 0) return refuse(request, file);
    // Shorter than it was: the length that was announced cannot be kept.
    if (static_cast<size_t>(got) < wanted) return api::Outcome::refused(500, "file_truncated");
    if (response.write(std::span<const char>(buffer.data(), wanted)) != api::WriteStatus::ok) break;
    done += wanted;
  }
  return api::Outcome::answered();
}

void DefaultServlet::report(api::StatusWriter& writer) const {
  writer.text("docBase", options_.doc_base);
  writer.number("sent", static_cast<double>(sent_.load(std::memory_order_relaxed)));
  writer.number("not_modified", static_cast<double>(not_modified_.load(std::memory_order_relaxed)));
  writer.number("not_found", static_cast<double>(not_found_.load(std::memory_order_relaxed)));
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
  if (params.has("NoMatchFile") && !is_served_path(params.text("NoMatchFile")))
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
