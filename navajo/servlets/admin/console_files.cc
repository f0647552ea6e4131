#include "navajo/servlets/admin/console_files.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "navajo/files/file_sender.h"
#include "navajo/servlets/admin/tokens.h"

namespace navajo::servlets::admin {
namespace {

namespace fs = std::filesystem;

std::string tag_of(const std::string& content) {
  const Digest digest = digest_of(content);
  std::string out = "\"";
  for (size_t i = 0; i < 16; i++) {
    char digits[3];
    snprintf(digits, sizeof digits, "%02x", digest[i]);
    out += digits;
  }
  return out + "\"";
}

}  // namespace

base::Result<ConsoleFiles> ConsoleFiles::read(const std::string& folder) {
  ConsoleFiles out;
  std::error_code error;
  size_t bytes = 0;
  const auto failed = [&](const std::string& why) { return base::Failed{base::Error{folder + ": " + why}}; };
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (at->path().filename().string().front() == '.' || !at->is_regular_file(error) || error) continue;
    std::ifstream file(at->path(), std::ios::binary);
    std::string content{std::istreambuf_iterator<char>(file), {}};
    bytes += content.size();
    if (!file || bytes > kLargest || out.files_.size() == kMostFiles) return failed("cannot be read, or is too large");
    const std::string path = "/" + at->path().lexically_relative(folder).generic_string();
    std::string tag = tag_of(content);
    out.files_.emplace(path, ConsoleFile{std::move(content), std::string(files::content_type_of(path, {})),
                                         std::move(tag)});
  }
  if (error) return failed(error.message());
  if (!out.find("/")) return failed("has no index.html");
  return out;
}

const ConsoleFile* ConsoleFiles::find(std::string_view path) const {
  const auto found = files_.find(path == "/" || path.empty() ? std::string_view("/index.html") : path);
  return found == files_.end() ? nullptr : &found->second;
}

}  // namespace navajo::servlets::admin
