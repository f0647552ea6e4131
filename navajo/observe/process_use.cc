#include "navajo/observe/process_use.h"

#include <fcntl.h>
#include <unistd.h>

#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <string>

// Present only when the allocator that is preloaded brings it.
extern "C" [[gnu::weak]] int mallctl(const char* name, void* old, size_t* old_size, void* value, size_t value_size);

namespace navajo::observe {
namespace {

std::string proc_file(pid_t pid, const char* name) {
  char path[64], text[2048];
  snprintf(path, sizeof path, "/proc/%d/%s", static_cast<int>(pid), name);
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  const ssize_t got = read(fd, text, sizeof text - 1);
  close(fd);
  return got > 0 ? std::string(text, static_cast<size_t>(got)) : std::string();
}

}  // namespace

std::optional<ProcessUse> process_use(pid_t pid) {
  const std::string stat = proc_file(pid, "stat"), statm = proc_file(pid, "statm");
  // The name in parentheses may hold anything.
  const size_t end = stat.rfind(')');
  if (end == std::string::npos || statm.empty()) return std::nullopt;
  uint64_t user = 0, system = 0, children_user = 0, children_system = 0, threads = 0, resident = 0, shared = 0;
  if (sscanf(stat.c_str() + end + 1,
             " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
             " %*d %*d %" SCNu64,
             &user, &system, &children_user, &children_system, &threads) != 5 ||
      sscanf(statm.c_str(), "%*u %" SCNu64 " %" SCNu64, &resident, &shared) != 2)
    return std::nullopt;
  static const double ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  static const uint64_t page = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  return ProcessUse{resident * page, (resident - (shared < resident ? shared : resident)) * page,
                    static_cast<double>(user + system) / ticks,
                    static_cast<double>(children_user + children_system) / ticks, threads};
}

std::optional<AllocatorUse> allocator_use() {
  if (!mallctl) return std::nullopt;
  // Its numbers are those of the last epoch.
  uint64_t epoch = 1;
  size_t size = sizeof epoch;
  if (mallctl("epoch", &epoch, &size, &epoch, sizeof epoch) != 0) return std::nullopt;
  AllocatorUse out;
  const auto read = [](const char* name, uint64_t& into) {
    size_t value = 0, length = sizeof value;
    if (mallctl(name, &value, &length, nullptr, 0) != 0) return false;
    into = value;
    return true;
  };
  if (!read("stats.allocated", out.allocated) || !read("stats.active", out.active) ||
      !read("stats.resident", out.resident) || !read("stats.retained", out.retained))
    return std::nullopt;
  return out;
}

}  // namespace navajo::observe
