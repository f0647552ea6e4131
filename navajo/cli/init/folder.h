// Files that appear all at once or not at all: written into a folder beside the one that is meant, which then takes its
// name. One thread.
#pragma once

#include <sys/types.h>

#include <string>

#include "navajo/base/result.h"

namespace navajo::cli::init {

class NewFolder {
 public:
  // The folder that is to be: not there yet, or empty. Folders above it are made.
  static base::Result<NewFolder> begin(const std::string& path);
  NewFolder(NewFolder&& other) noexcept : path_(std::move(other.path_)), draft_(std::move(other.draft_)) {
    other.draft_.clear();
  }
  NewFolder& operator=(NewFolder&&) = delete;
  // Unless finished: as if nothing had been.
  ~NewFolder();

  // name: relative, folders on the way are made (0755). group: who owns it besides its owner; -1: the usual one.
  base::Status<> write(const std::string& name, const std::string& text, mode_t mode,
                       gid_t group = static_cast<gid_t>(-1));
  base::Status<> finish();

 private:
  explicit NewFolder(std::string path, std::string draft) : path_(std::move(path)), draft_(std::move(draft)) {}
  std::string path_, draft_;
};

}  // namespace navajo::cli::init
