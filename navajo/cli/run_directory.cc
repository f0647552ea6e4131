#include "navajo/cli/run_directory.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace navajo::cli {
namespace {

base::Failed<base::Error> failed(const std::string& path, const std::string& why) {
  return {base::Error{path + " " + why}};
}

}  // namespace

RunDirectoryQuery run_directory_query() {
  RunDirectoryQuery query;
  query.user = geteuid();
  if (const char* directory = getenv("XDG_RUNTIME_DIR")) query.xdg_runtime_dir = directory;
  return query;
}

std::vector<std::string> run_directory_bases(const RunDirectoryQuery& query) {
  std::vector<std::string> bases;
  if (query.user == 0 && access(query.run.c_str(), W_OK) == 0) bases.push_back(query.run + "/navajo");
  struct stat about {};
  if (query.user != 0 && query.xdg_runtime_dir.starts_with("/") &&
      stat(query.xdg_runtime_dir.c_str(), &about) == 0 && about.st_uid == query.user) {
    bases.push_back(query.xdg_runtime_dir + "/navajo");
  }
  bases.push_back(query.temporary + "/navajo-" + std::to_string(query.user));
  return bases;
}

std::string instance_name(const std::string& absolute_config) {
  std::string name;
  const std::string folder = std::filesystem::path(absolute_config).parent_path().filename().string();
  for (const char c : folder.substr(0, 64)) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool plain = letter || (c >= '0' && c <= '9') || c == '_' || c == '-';
    name += plain ? c : '_';
  }
  uint32_t sum = 2166136261u;  // FNV-1a: names, not secrets
  for (const char c : absolute_config) sum = (sum ^ static_cast<unsigned char>(c)) * 16777619u;
  char digits[16];
  snprintf(digits, sizeof digits, "-%08x", sum);
  return (name.empty() ? "navajo" : name) + digits;
}

base::Status<> check_run_directory(const std::string& path) {
  struct stat about {};
  if (lstat(path.c_str(), &about) != 0) return failed(path, std::string("cannot be looked at: ") + strerror(errno));
  if (S_ISLNK(about.st_mode)) return failed(path, "is a symbolic link");
  if (!S_ISDIR(about.st_mode)) return failed(path, "is not a directory");
  if (about.st_uid != geteuid()) return failed(path, "belongs to user " + std::to_string(about.st_uid));
  if (about.st_mode & (S_IWGRP | S_IWOTH)) return failed(path, "can be written to by others");
  return base::Done{};
}

base::Status<> make_run_directory(const std::string& path) {
  const mode_t mode = geteuid() == 0 ? 0755 : 0700;
  std::vector<std::string> missing;
  std::filesystem::path at = path;
  if (!at.is_absolute()) return failed(path, "is not an absolute path");
  for (; !at.empty() && at != at.root_path(); at = at.parent_path()) {
    struct stat about {};
    if (lstat(at.c_str(), &about) == 0) break;
    if (errno != ENOENT) return failed(at.string(), std::string("cannot be looked at: ") + strerror(errno));
    missing.push_back(at.string());
  }
  for (auto one = missing.rbegin(); one != missing.rend(); ++one) {
    if (mkdir(one->c_str(), mode) != 0 && errno != EEXIST) {
      return failed(*one, std::string("cannot be made: ") + strerror(errno));
    }
    // Whatever the umask left; and somebody may have been faster than us.
    if (const auto checked = check_run_directory(*one); !checked) return checked;
    if (chmod(one->c_str(), mode) != 0) return failed(*one, std::string("cannot be made ours: ") + strerror(errno));
  }
  // /tmp/navajo-UID was there: then it must be ours as well, or its owner could exchange what is below it.
  const std::string above = std::filesystem::path(path).parent_path().string();
  if (std::filesystem::path(above).filename().string().starts_with("navajo")) {
    if (const auto checked = check_run_directory(above); !checked) return checked;
  }
  return check_run_directory(path);
}

}  // namespace navajo::cli
