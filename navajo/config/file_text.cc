#include "navajo/config/file_text.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

namespace navajo::config {
namespace {

FileTexts* g_record = nullptr;
const FileTexts* g_instead = nullptr;

base::Failed<base::Error> unreadable(int error) {
  return base::Failed{base::Error{std::string("cannot be read: ") + strerror(error)}};
}

}  // namespace

base::Result<std::string> read_file_text(const std::string& path, size_t limit) {
  if (g_instead) {
    const auto kept = g_instead->find(path);
    if (kept == g_instead->end()) return unreadable(ENOENT);
    return kept->second;
  }
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (fd < 0) return unreadable(errno);
  const std::unique_ptr<const int, void (*)(const int*)> closer(&fd, [](const int* open_fd) { close(*open_fd); });
  struct stat status {};
  if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) return base::Failed{base::Error{"is not a file"}};
  std::string text;
  char buffer[65536];
  for (ssize_t got; (got = ::read(fd, buffer, sizeof buffer)) != 0;) {
    if (got < 0) {
      if (errno == EINTR) continue;
      return unreadable(errno);
    }
    text.append(buffer, static_cast<size_t>(got));
    if (text.size() > limit) {
      text.resize(limit + 1);
      break;
    }
  }
  if (g_record) g_record->insert_or_assign(path, text);
  return text;
}

base::Result<std::optional<std::string>> read_optional_file_text(const std::string& path, size_t limit) {
  struct stat status {};
  const bool there = g_instead ? g_instead->contains(path) : stat(path.c_str(), &status) == 0 || errno != ENOENT;
  if (!there) return std::optional<std::string>();
  base::Result<std::string> text = read_file_text(path, limit);
  if (!text.ok()) return base::Failed{text.error()};
  return std::optional<std::string>(std::move(*text));
}

const std::string* kept_text(const std::string& key) {
  for (const FileTexts* texts : {g_instead, const_cast<const FileTexts*>(g_record)}) {
    if (!texts) continue;
    if (const auto found = texts->find(key); found != texts->end()) return &found->second;
  }
  return nullptr;
}

void keep_text(const std::string& key, const std::string& text) {
  if (g_record) g_record->insert_or_assign(key, text);
}

ReadingScope::ReadingScope(FileTexts* record, const FileTexts* instead)
    : outer_record_(std::exchange(g_record, record)), outer_instead_(std::exchange(g_instead, instead)) {}

ReadingScope::~ReadingScope() {
  g_record = outer_record_;
  g_instead = outer_instead_;
}

}  // namespace navajo::config
