#include "navajo/rules/file_stamps.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <string_view>

namespace navajo::rules {
namespace {

constexpr size_t kMaxFile = 64 << 20;

// FNV-1a over numbers and texts with their lengths.
class Digest {
 public:
  void add(uint64_t number) {
    for (int i = 0; i < 8; i++) add_byte(static_cast<unsigned char>(number >> (8 * i)));
  }
  void add(std::string_view text) {
    add(text.size());
    for (const char c : text) add_byte(static_cast<unsigned char>(c));
  }
  // Never 0, which stands for "not known".
  uint64_t value() const { return value_ != 0 ? value_ : 1; }

 private:
  void add_byte(unsigned char byte) { value_ = (value_ ^ byte) * 1099511628211u; }
  uint64_t value_ = 14695981039346656037u;
};

int64_t milliseconds(const timespec& time) { return time.tv_sec * 1000 + time.tv_nsec / 1'000'000; }

}  // namespace

FileStamps stamps_of(std::span<const std::string> paths) {
  Digest digest;
  FileStamps out;
  timespec clock{};
  clock_gettime(CLOCK_REALTIME, &clock);
  const int64_t now = milliseconds(clock);
  for (const std::string& path : paths) {
    digest.add(path);
    struct stat found{};
    if (stat(path.c_str(), &found) != 0) {
      digest.add(static_cast<uint64_t>(errno));
      continue;
    }
    digest.add(static_cast<uint64_t>(found.st_mtim.tv_sec));
    digest.add(static_cast<uint64_t>(found.st_mtim.tv_nsec));
    digest.add(static_cast<uint64_t>(found.st_size));
    digest.add(static_cast<uint64_t>(found.st_ino));
    digest.add(static_cast<uint64_t>(found.st_dev));
    // mode and owner decide whether it can be read
    digest.add(static_cast<uint64_t>(found.st_mode));
    digest.add(static_cast<uint64_t>(found.st_uid) << 32 | found.st_gid);
    const int64_t age = now - milliseconds(found.st_mtim);
    if (S_ISREG(found.st_mode) && age < kQuietMilliseconds && age > -kQuietMilliseconds) out.quiet = false;
  }
  out.digest = digest.value();
  return out;
}

uint64_t content_of(const config::FileTexts& texts) {
  Digest digest;
  for (const auto& [path, text] : texts) {
    digest.add(path);
    digest.add(text);
  }
  return digest.value();
}

uint64_t content_now(std::span<const std::string> paths) {
  config::FileTexts texts;
  for (const std::string& path : paths) {
    auto text = config::read_file_text(path, kMaxFile);
    if (!text.ok()) return 0;
    texts.insert_or_assign(path, std::move(*text));
  }
  return content_of(texts);
}

}  // namespace navajo::rules
