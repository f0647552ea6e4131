// The files of a configuration that is imported, within bounds: so many files, of such a size, so deep in each other.
// What goes beyond is an error that says where. One thread.
#pragma once

#include <string>
#include <vector>

#include "navajo/base/result.h"
#include "navajo/cli/migration/directive.h"

namespace navajo::cli::migration {

class SourceFiles {
 public:
  static constexpr size_t kMostFiles = 200, kMostDirectives = 100000;
  static constexpr size_t kMostDepth = 16;  // of files in each other, and of blocks
  static constexpr size_t kLargestFile = 1 << 20;

  // from: who includes it.
  base::Result<std::string> read(const std::string& path, size_t depth, const Place& from);
  base::Status<> count_directive(const Place& at);

  // The files a pattern stands for, sorted; a name without *, ? or [ stands for itself. base: where relative ones are.
  static std::vector<std::string> matching(const std::string& pattern, const std::string& base);
  static std::string within(const std::string& base, const std::string& name);
  static std::string folder_of(const std::string& file);
  static bool is_pattern(const std::string& name) { return name.find_first_of("*?[") != name.npos; }

 private:
  size_t files_ = 0, directives_ = 0;
};

base::Failed<base::Error> source_fault(const Place& at, const std::string& cause);

}  // namespace navajo::cli::migration
