// A tar.gz (POSIX.1-2001 ustar, RFC 1952) in memory: a few megabytes of small files. One thread.
#pragma once

#include <ctime>
#include <string>
#include <string_view>

#include "navajo/base/result.h"

namespace navajo::cli::support {

class Archive {
 public:
  explicit Archive(time_t when) : when_(when) {}
  // name: relative, at most 99 bytes; longer ones are cut.
  void add(std::string_view name, std::string_view content);
  // With its end; compressed.
  base::Result<std::string> finish();

 private:
  time_t when_;
  std::string tar_;
};

}  // namespace navajo::cli::support
