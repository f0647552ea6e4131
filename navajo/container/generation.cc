#include "navajo/container/generation.h"

#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <string>

namespace navajo::container {
namespace {

constexpr char kOwner[] = "the list of the configuration's files";

uint64_t checksum(std::string_view text) {
  uint64_t sum = 14695981039346656037u;
  for (const char c : text) sum = (sum ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return sum;
}

}  // namespace

GenerationShm* record_generation(shm::Arena& arena, const config::FileTexts& files) {
  auto* generation = arena.make<GenerationShm>(kOwner);
  auto* list = arena.make_array<FileShm>(kOwner, files.size());
  if (!generation || !list) return nullptr;
  generation->files = list;
  for (const auto& [path, text] : files) {
    FileShm& file = list[generation->file_count++];
    file.size = text.size();
    file.checksum = checksum(text);
    const size_t cut = path.size() < FileShm::kPathSize ? 0 : path.size() - (FileShm::kPathSize - 1);
    memcpy(file.path, path.data() + cut, path.size() - cut);
  }
  return generation;
}

void report(const GenerationShm& generation, api::StatusWriter& writer) {
  writer.begin("configuration");
  writer.number("number", generation.number.load(std::memory_order_relaxed));
  writer.number("since", static_cast<double>(generation.since.load(std::memory_order_relaxed)));
  for (uint32_t i = 0; i < generation.file_count; i++) {
    const FileShm& file = generation.files[i];
    char sum[17];
    snprintf(sum, sizeof sum, "%016" PRIx64, file.checksum);
    writer.begin("file " + std::string(file.path));
    writer.number("size", static_cast<double>(file.size));
    writer.text("checksum", sum);
    writer.end();
  }
  writer.end();
}

}  // namespace navajo::container
