#include "navajo/cli/init/folder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "navajo/cli/ca_files.h"

namespace navajo::cli::init {
namespace {

constexpr mode_t kMode = 0755;  // httpd's children may be another user; secrets have modes of their own

base::Failed<base::Error> in_vain(const std::string& path, const std::string& why) {
  return base::Failed{base::Error{path + ": " + why}};
}

}  // namespace

base::Result<NewFolder> NewFolder::begin(const std::string& path) {
  std::error_code error;
  const bool there = std::filesystem::exists(std::filesystem::symlink_status(path, error));
  if (there && !std::filesystem::is_directory(path, error)) return in_vain(path, "is there already, and is no folder");
  if (there && !std::filesystem::is_empty(path, error))
    return in_vain(path,
                   "is there already and is not empty: nothing is overwritten. Name another one with --directory");
  const std::string above = std::filesystem::path(path).parent_path().string();
  std::filesystem::create_directories(above, error);
  if (error) return in_vain(above, error.message());
  std::string draft = path + ".XXXXXX";
  if (!mkdtemp(draft.data())) return in_vain(draft, strerror(errno));
  NewFolder made(path, draft);
  if (chmod(draft.c_str(), kMode) != 0) return in_vain(draft, strerror(errno));
  return made;
}

NewFolder::~NewFolder() {
  std::error_code ignored;
  if (!draft_.empty()) std::filesystem::remove_all(draft_, ignored);
}

base::Status<> NewFolder::write(const std::string& name, const std::string& text, mode_t mode, gid_t group) {
  const std::filesystem::path relative = name;
  std::filesystem::path folder = draft_;
  for (const auto& part : relative.parent_path()) {
    folder /= part;
    if (mkdir(folder.c_str(), kMode) != 0 && errno != EEXIST) return in_vain(folder.string(), strerror(errno));
    if (chmod(folder.c_str(), kMode) != 0) return in_vain(folder.string(), strerror(errno));
  }
  const std::string path = draft_ + "/" + name;
  if (auto written = write_new_file(path, text, mode); !written) return written;
  if (group != static_cast<gid_t>(-1) && chown(path.c_str(), static_cast<uid_t>(-1), group) != 0)
    return in_vain(path, strerror(errno));
  return base::Done{};
}

base::Status<> NewFolder::finish() {
  // Over an empty folder that is right: rename(2) refuses anything else.
  if (rename(draft_.c_str(), path_.c_str()) != 0) return in_vain(path_, strerror(errno));
  draft_.clear();
  return base::Done{};
}

}  // namespace navajo::cli::init
