// Sends a ServedFile as the answer to a GET or HEAD request: validators, conditional requests, one byte range, the
// bytes piece by piece; and says what becomes of a file that cannot be served. Shared by all servlets that serve files.
// Called by all threads and fibers at once; the text of a content type lives in the table it came from.
#pragma once

#include <atomic>
#include <map>
#include <string>
#include <string_view>

#include "navajo/api/servlet.h"
#include "navajo/files/served_file.h"

namespace navajo::files {

struct FileCounters {
  std::atomic<uint64_t> sent{0}, not_modified{0}, not_found{0};
};

using MimeTypes = std::map<std::string, std::string, std::less<>>;  // extension, lower case -> type

// By the extension: of `own` first, then built in; empty when neither knows it.
std::string_view known_content_type(std::string_view path, const MimeTypes& own);
// The same, else application/octet-stream.
std::string_view content_type_of(std::string_view path, const MimeTypes& own);

// 405 for other methods than GET and HEAD; answered() otherwise.
api::Outcome check_file_method(const api::Request& request, api::Response& response);

// file.status() is FileStatus::file. With another status than 200 the file is sent whole and unconditionally.
api::Outcome send_file(api::Request& request, api::Response& response, ServedFile& file,
                       std::string_view content_type, int status, const std::string& base, FileCounters& counters);

// For the other states. base: for the log line.
api::Outcome refuse_file(const api::Request& request, const ServedFile& file, const std::string& base);

}  // namespace navajo::files
