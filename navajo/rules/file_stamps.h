// Whether files have changed, without keeping them: their stamps (time, size, inode) as one number, and what is in them
// as another. Any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "navajo/config/file_text.h"

namespace navajo::rules {

struct FileStamps {
  uint64_t digest = 0;
  // No file has changed in the last kQuiet: nobody is in the middle of writing it, and another change would have
  // another time.
  bool quiet = true;
};
inline constexpr int64_t kQuietMilliseconds = 50;

// Files that cannot be looked at have a stamp, too. Folders have the stamp of when a file in them came or went.
FileStamps stamps_of(std::span<const std::string> paths);

uint64_t content_of(const config::FileTexts& texts);
// Of what the files have now; reads them. 0: one cannot be read.
uint64_t content_now(std::span<const std::string> paths);

}  // namespace navajo::rules
