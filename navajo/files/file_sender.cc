#include "navajo/files/file_sender.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <vector>

#include "navajo/observe/log.h"
#include "navajo/files/content_types.h"
#include "navajo/files/http_date.h"
#include "navajo/files/preconditions.h"

namespace navajo::files {
namespace {

constexpr uint64_t kChunk = 65536;

// Size and time of change, which copies of a site on several machines share if they keep times.
std::string_view make_etag(const struct stat& properties, std::span<char> into) {
  const int length = snprintf(into.data(), into.size(), "\"%" PRIx64 "-%" PRIx64 "%08lx\"",
                              static_cast<uint64_t>(properties.st_size),
                              static_cast<uint64_t>(properties.st_mtim.tv_sec), properties.st_mtim.tv_nsec);
  return {into.data(), static_cast<size_t>(length)};
}

api::Outcome send_bytes(api::Request& request, api::Response& response, ServedFile& file, uint64_t first,
                        uint64_t length, const std::string& base) {
  // From the request's memory: a fiber's stack has no room for it.
  std::pmr::vector<char> buffer(static_cast<size_t>(std::min(length, kChunk)), &request.memory());
  for (uint64_t done = 0; done < length;) {
    const size_t wanted = static_cast<size_t>(std::min<uint64_t>(length - done, buffer.size()));
    const ssize_t got = file.read(std::span<char>(buffer.data(), wanted), first + done);
    if (got < 0) return refuse_file(request, file, base);
    // Shorter than it was: the length that was announced cannot be kept.
    if (static_cast<size_t>(got) < wanted) return api::Outcome::refused(500, "file_truncated");
    if (response.write(std::span<const char>(buffer.data(), wanted)) != api::WriteStatus::ok) break;
    done += wanted;
  }
  return api::Outcome::answered();
}

}  // namespace

api::Outcome check_file_method(const api::Request& request, api::Response& response) {
  if (request.method() == "GET" || request.method() == "HEAD") return api::Outcome::answered();
  response.headers().set("Allow", "GET, HEAD");
  return api::Outcome::refused(405, "method_not_allowed");
}

api::Outcome refuse_file(const api::Request& request, const ServedFile& file, const std::string& base) {
  const std::string_view id = request.id();
  const auto say = [&](observe::LogId log_id, const char* what) {
    observe::log(log_id, "request %.*s: a file below %s %s", static_cast<int>(id.size()), id.data(),
                 base.c_str(), what);
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

std::string_view known_content_type(std::string_view path, const MimeTypes& own) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  const size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || name.size() - dot > 16) return {};
  char lower[16];
  std::transform(name.begin() + static_cast<ptrdiff_t>(dot) + 1, name.end(), lower,
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  const std::string_view extension(lower, name.size() - dot - 1);
  if (const auto found = own.find(extension); found != own.end()) return found->second;
  return built_in_content_type(extension);
}

std::string_view content_type_of(std::string_view path, const MimeTypes& own) {
  const std::string_view known = known_content_type(path, own);
  return known.empty() ? "application/octet-stream" : known;
}

api::Outcome send_file(api::Request& request, api::Response& response, ServedFile& file,
                       std::string_view content_type, int status, const std::string& base, FileCounters& counters) {
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
        counters.not_modified.fetch_add(1, std::memory_order_relaxed);
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
  response.set_content_type(content_type);
  response.headers().set("X-Content-Type-Options", "nosniff");
  response.set_content_length(length);
  counters.sent.fetch_add(1, std::memory_order_relaxed);
  if (request.method() == "HEAD") return api::Outcome::answered();
  return send_bytes(request, response, file, first, length, base);
}

}  // namespace navajo::files
