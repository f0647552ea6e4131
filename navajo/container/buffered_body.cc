#include "navajo/container/buffered_body.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

#include "navajo/observe/log.h"
#include "navajo/observe/status_segment.h"

namespace navajo::container {
namespace {

using api::BodyStatus;
using api::Outcome;

constexpr uint64_t kFirstPiece = 4096, kFilePiece = 32 * 1024;

// Nobody else can open it, and it is gone when it is closed.
int open_nameless_file() {
  const char* folder = getenv("TMPDIR");
  if (!folder || !*folder) folder = P_tmpdir;
  const int fd = open(folder, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);
  if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT)) return fd;
  std::string name = std::string(folder) + "/navajo-body-XXXXXX";
  const int named = mkostemp(name.data(), O_CLOEXEC);
  if (named >= 0) unlink(name.c_str());
  return named;
}

void count_memory(int64_t bytes) {
  observe::gauge(observe::Gauge::buffered_body_bytes).fetch_add(bytes, std::memory_order_relaxed);
}

}  // namespace

BufferedBody::~BufferedBody() {
  free_memory();
  if (mapped_) munmap(mapped_, size_);
  if (file_ >= 0) close(file_);
}

std::optional<Outcome> BufferedBody::fill(api::BodyReader& from, const BodyLimits& limits,
                                          std::string_view request_id) {
  const Outcome too_long = Outcome::refused(413, "body_over_buffer_size");
  present_ = from.present();
  if (!present_) return std::nullopt;
  if (const auto declared = from.declared_length(); declared && *declared > limits.total) return too_long;
  for (;;) {
    const bool room = make_room(limits);
    const api::BodyRead got = room ? from.read(std::span(memory_).subspan(used_)) : api::BodyRead{BodyStatus::end, 0};
    if (room && got.status == BodyStatus::data) {
      used_ += got.bytes;
      size_ += got.bytes;
      if (size_ > limits.total) return too_long;
      continue;
    }
    if (!room || (got.status == BodyStatus::end && in_file() && !append_to_file())) {
      observe::log(observe::id::body_file_failed, "request %.*s: its body cannot be kept in a file: %s",
                   static_cast<int>(request_id.size()), request_id.data(), strerror(errno));
      return Outcome::refused(500, "body_file_failed");
    }
    switch (got.status) {
      case BodyStatus::end:
        if (in_file()) free_memory();
        return std::nullopt;
      case BodyStatus::too_large: return Outcome::refused(413, "body_too_large");
      case BodyStatus::timed_out: return Outcome::refused(408, "request_body_timed_out");
      default: return Outcome::refused(400, "request_body_malformed");
    }
  }
}

// For the next read; false: the file failed.
bool BufferedBody::make_room(const BodyLimits& limits) {
  if (used_ < memory_.size()) return true;
  if (in_file()) return append_to_file();
  if (memory_.size() < limits.memory) {
    resize_memory(std::min(limits.memory, std::max<uint64_t>(kFirstPiece, memory_.size() * 2)));
    return true;
  }
  // Exactly full: it may be the end, which needs a byte of room to be seen.
  if (memory_.size() == limits.memory) {
    resize_memory(limits.memory + 1);
    return true;
  }
  file_ = open_nameless_file();
  if (file_ < 0 || !append_to_file()) return false;
  const uint64_t piece = std::min<uint64_t>(memory_.size(), kFilePiece);
  free_memory();
  resize_memory(piece);
  return true;
}

// Exactly so much: a vector that grows by itself takes up to twice of what is asked for.
void BufferedBody::resize_memory(uint64_t bytes) {
  const auto before = static_cast<int64_t>(memory_.capacity());
  memory_.reserve(bytes);
  memory_.resize(bytes);
  count_memory(static_cast<int64_t>(memory_.capacity()) - before);
}

void BufferedBody::free_memory() {
  count_memory(-static_cast<int64_t>(memory_.capacity()));
  std::vector<char>().swap(memory_);
}

bool BufferedBody::append_to_file() {
  for (size_t done = 0; done < used_;) {
    const ssize_t written = write(file_, memory_.data() + done, used_ - done);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    done += static_cast<size_t>(written);
  }
  used_ = 0;
  return true;
}

std::string_view BufferedBody::text() const {
  if (!in_file()) return {memory_.data(), used_};
  if (!mapped_) {
    void* const start = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file_, 0);
    if (start == MAP_FAILED) {
      observe::log(observe::id::body_file_failed, "a body of %llu bytes cannot be mapped from its file: %s",
                   static_cast<unsigned long long>(size_), strerror(errno));
      return {};
    }
    mapped_ = start;
  }
  return {static_cast<const char*>(mapped_), size_};
}

api::BodyRead BufferedBody::read(std::span<char> into) {
  const size_t wanted = std::min<uint64_t>(into.size(), size_ - position_);
  if (wanted == 0) return {BodyStatus::end, 0};
  size_t got = wanted;
  if (in_file()) {
    ssize_t bytes;
    do bytes = pread(file_, into.data(), wanted, static_cast<off_t>(position_));
    while (bytes < 0 && errno == EINTR);
    if (bytes <= 0) return {BodyStatus::malformed, 0};
    got = static_cast<size_t>(bytes);
  } else {
    memcpy(into.data(), memory_.data() + position_, wanted);
  }
  position_ += got;
  return {BodyStatus::data, got};
}

}  // namespace navajo::container
