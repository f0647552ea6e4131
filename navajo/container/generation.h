// Which configuration this is, kept in its own shared memory: number, when it was put to work, and the files it was
// read from with size and checksum. Tells children of two generations apart, and whether a file has changed since.
// Written by the parent before it forks, read by any process.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>

#include "navajo/api/servlet.h"
#include "navajo/config/file_text.h"
#include "navajo/shm/arena.h"

namespace navajo::container {

struct FileShm {
  static constexpr size_t kPathSize = 240;
  uint64_t size;
  uint64_t checksum;  // FNV-1a, 64 bits: for telling texts apart, not against forgery
  char path[kPathSize];  // its end, if it is longer
};

struct GenerationShm {
  std::atomic<uint32_t> number;  // from 1; 0: not put to work yet
  std::atomic<int64_t> since;    // seconds since 1970
  uint32_t file_count;
  FileShm* files;  // in the same memory, which is at the same address in every process of the server
};

// Null when the memory does not suffice.
GenerationShm* record_generation(shm::Arena& arena, const config::FileTexts& files);

// Rows of the status page.
void report(const GenerationShm& generation, api::StatusWriter& writer);

}  // namespace navajo::container
