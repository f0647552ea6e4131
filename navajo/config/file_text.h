// Reading configuration files as text: bounded, regular files only. What is read can be recorded, and a record can
// be read in place of the files, so that a configuration that was put to work can be made again after its
// files were broken. One thread (the parent's, while it reads its configuration).
#pragma once

#include <map>
#include <optional>
#include <string>

#include "navajo/base/result.h"

namespace navajo::config {

using FileTexts = std::map<std::string, std::string>;  // path to content

// At most limit bytes and one more, so that the caller can tell "too large".
base::Result<std::string> read_file_text(const std::string& path, size_t limit);
// The same for a file that need not exist: none when there is none.
base::Result<std::optional<std::string>> read_optional_file_text(const std::string& path, size_t limit);

// What is no file but came from outside as well (config/command_output.h), under a key that is no path. Null: not kept.
const std::string* kept_text(const std::string& key);
void keep_text(const std::string& key, const std::string& text);

// For as long as it lives, reads are recorded into `record` and answered from `instead` (both may be null).
class ReadingScope {
 public:
  ReadingScope(FileTexts* record, const FileTexts* instead);
  ~ReadingScope();
  ReadingScope(const ReadingScope&) = delete;
  ReadingScope& operator=(const ReadingScope&) = delete;

 private:
  FileTexts* outer_record_;
  const FileTexts* outer_instead_;
};

}  // namespace navajo::config
