#include "navajo/shm/segment.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <system_error>

namespace navajo::shm {
namespace {

constexpr std::string_view kLinkHead = "/memfd:";
constexpr std::string_view kLinkTail = " (deleted)";

base::Failed<base::Error> failed(const std::string& what) {
  return base::Failed{base::Error{what + ": " + std::generic_category().message(errno)}};
}

// Calls visit(descriptor, name) for every memfd of this process until it returns true.
void each_memfd(base::FunctionRef<bool(int, std::string_view)> visit) {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir("/proc/self/fd"), closedir);
  if (!folder) return;
  while (const dirent* entry = readdir(folder.get())) {
    char target[4096];
    const ssize_t length = readlinkat(dirfd(folder.get()), entry->d_name, target, sizeof target);
    if (length <= 0) continue;
    std::string_view link(target, static_cast<size_t>(length));
    if (!link.starts_with(kLinkHead)) continue;
    link.remove_prefix(kLinkHead.size());
    if (link.ends_with(kLinkTail)) link.remove_suffix(kLinkTail.size());
    if (visit(atoi(entry->d_name), link)) return;
  }
}

// UINT64_MAX where there is no number ("max") or no file.
uint64_t number_in(const std::string& path) {
  std::ifstream file(path);
  uint64_t number = 0;
  return file >> number ? number : UINT64_MAX;
}

// The number beside a name in a file of "name number" lines; 0 where there is none.
uint64_t number_of(const std::string& path, std::string_view name) {
  std::ifstream file(path);
  std::string word;
  for (uint64_t number = 0; file >> word >> number;)
    if (word == name) return number;
  return 0;
}

struct GroupFiles {
  const char* limit;
  const char* used;
  const char* cache;  // of memory.stat: file pages nobody used lately, counted as used and given back when asked for
};
constexpr GroupFiles kVersion2{"/memory.max", "/memory.current", "inactive_file"};
constexpr GroupFiles kVersion1{"/memory.limit_in_bytes", "/memory.usage_in_bytes", "total_inactive_file"};

// "0::/system.slice/httpd.service" of version 2, "4:memory:/system.slice" of version 1; a limit may stand at any level
// above.
void each_control_group(base::FunctionRef<void(const std::string& folder, const GroupFiles& files)> visit) {
  std::ifstream groups("/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    const size_t first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string::npos || line.compare(second + 1, 1, "/") != 0) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const bool version1 = controllers.find(",memory,") != std::string::npos;
    if (!version1 && line.compare(0, second + 1, "0::") != 0) continue;
    std::string path = line.substr(second + 1);
    if (path == "/") path.clear();
    for (;; path.resize(path.rfind('/'))) {
      visit((version1 ? "/sys/fs/cgroup/memory" : "/sys/fs/cgroup") + path, version1 ? kVersion1 : kVersion2);
      if (path.empty()) break;
    }
  }
}

}  // namespace

base::Result<Segment> Segment::map(int descriptor, uint64_t size) {
  // No reserve: what the machine does not have is found out by commit(), not by refusing a size that may never be used.
  void* mapping = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, descriptor, 0);
  if (mapping == MAP_FAILED) return failed("no address space for " + std::to_string(size) + " bytes of shared memory");
  madvise(mapping, size, MADV_DONTDUMP);
  madvise(mapping, size, MADV_HUGEPAGE);  // an offer: only kernels set to "advise" take it
  return Segment(mapping, size, descriptor);
}

base::Result<Segment> Segment::create(std::string_view name, uint64_t size) {
  const std::string shown(name.substr(0, kMaxName));
  const int descriptor = memfd_create(shown.c_str(), MFD_CLOEXEC);
  if (descriptor < 0) return failed("no shared memory '" + shown + "'");
  if (size > INT64_MAX || ftruncate(descriptor, static_cast<off_t>(size)) != 0) {
    if (size > INT64_MAX) errno = EFBIG;
    auto why = failed("no shared memory '" + shown + "' of " + std::to_string(size) + " bytes");
    close(descriptor);
    return why;
  }
  auto made = map(descriptor, size);
  if (!made.ok()) close(descriptor);
  return made;
}

std::optional<Segment> Segment::find(std::string_view name) {
  int found = -1;
  each_memfd([&](int descriptor, std::string_view known) {
    if (known != name.substr(0, kMaxName)) return false;
    found = descriptor;
    return true;
  });
  struct stat about{};
  if (found < 0 || fstat(found, &about) != 0 || about.st_size <= 0) return std::nullopt;
  auto mapped = map(found, static_cast<uint64_t>(about.st_size));
  if (!mapped.ok()) return std::nullopt;
  return std::move(*mapped);
}

size_t Segment::close_unwanted(std::string_view prefix, base::FunctionRef<bool(std::string_view)> wanted) {
  size_t closed = 0;
  each_memfd([&](int descriptor, std::string_view name) {
    if (name.starts_with(prefix) && !wanted(name) && close(descriptor) == 0) closed++;
    return false;
  });
  return closed;
}

Segment& Segment::operator=(Segment&& other) noexcept {
  std::swap(mapping_, other.mapping_);
  std::swap(size_, other.size_);
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

Segment::~Segment() {
  if (mapping_) munmap(mapping_, size_);
}

base::Status<> Segment::commit(uint64_t offset, uint64_t length) const {
  const std::string what = "no memory for " + std::to_string(length) + " bytes of a shared segment";
  if (offset > size_ || length > size_ - offset) {
    errno = EINVAL;
    return failed(what);
  }
  // The kernel would take it from everybody (the OOM killer) before it refused us.
  if (const uint64_t left = memory_available(); left < kReserve || length > left - kReserve) {
    errno = ENOMEM;
    return failed(what);
  }
  while (fallocate(descriptor_, 0, static_cast<off_t>(offset), static_cast<off_t>(length)) != 0) {
    if (errno == EINTR) continue;
    // Then the pages come at the first touch, as with any memory.
    if (errno == EOPNOTSUPP || errno == ENOSYS) break;
    return failed(what);
  }
  return base::Done{};
}

uint64_t memory_limit() {
  uint64_t limit = static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  each_control_group([&limit](const std::string& folder, const GroupFiles& files) {
    limit = std::min(limit, number_in(folder + files.limit));
  });
  return limit;
}

uint64_t memory_available() {
  uint64_t left = UINT64_MAX;
  std::ifstream information("/proc/meminfo");
  std::string name;
  for (uint64_t kilobytes = 0; information >> name >> kilobytes; information.ignore(80, '\n')) {
    if (name == "MemAvailable:") left = kilobytes * 1024;
  }
  each_control_group([&left](const std::string& folder, const GroupFiles& files) {
    const uint64_t limit = number_in(folder + files.limit);
    const uint64_t used = number_in(folder + files.used);
    if (limit == UINT64_MAX || used == UINT64_MAX) return;
    const uint64_t kept = used - std::min(used, number_of(folder + "/memory.stat", files.cache));
    left = std::min(left, limit - std::min(limit, kept));
  });
  return left;
}

}  // namespace navajo::shm
