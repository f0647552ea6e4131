// The console's files, read while the configuration is read: what a request names is looked up in a map, never on the
// disk. Immutable; any thread.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "navajo/base/result.h"

namespace navajo::servlets::admin {

struct ConsoleFile {
  std::string content, type, tag;  // tag: of ETag, with its quotes
};

class ConsoleFiles {
 public:
  static constexpr size_t kLargest = 4 << 20, kMostFiles = 200;
  // All regular files of the folder and those below, by path: "/index.html", "/vendor/uplot.js". Those whose names
  // begin with a dot are left out. The error says what is wrong with the folder.
  static base::Result<ConsoleFiles> read(const std::string& folder);
  const ConsoleFile* find(std::string_view path) const;  // "/" is "/index.html"
  size_t size() const { return files_.size(); }

 private:
  std::map<std::string, ConsoleFile, std::less<>> files_;
};

}  // namespace navajo::servlets::admin
