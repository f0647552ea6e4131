#include "navajo/limits/credits_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <vector>

namespace navajo::limits {
namespace {

using base::Error;
using base::Failed;

constexpr char kMagic[8] = {'N', 'V', 'J', 'C', 'R', 'E', 'D', '1'};

struct Head {
  char magic[8];
  uint32_t record_bytes, block_bytes;
  KeySecret secret;
  uint64_t check;

  uint64_t sum() const { return digest_of({}, this, offsetof(Head, check)).low; }
  bool sound() const {
    return memcmp(magic, kMagic, sizeof kMagic) == 0 && record_bytes == sizeof(CreditRecord) &&
           block_bytes == CreditsFile::kBlockBytes && check == sum();
  }
};

uint64_t sum_of(const KeySecret& secret, const CreditRecord& record) {
  return digest_of(secret, &record, offsetof(CreditRecord, check)).low | 1;
}

Failed<Error> failed(const std::string& what) {
  return Failed{Error{what + ": " + std::generic_category().message(errno)}};
}

// How many bytes were read; less than asked for at the end of the file.
size_t read_at(int descriptor, uint64_t offset, void* into, size_t bytes) {
  size_t done = 0;
  while (done < bytes) {
    const ssize_t got =
        pread(descriptor, static_cast<char*>(into) + done, bytes - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    done += static_cast<size_t>(got);
  }
  return done;
}

bool write_at(int descriptor, uint64_t offset, const void* from, size_t bytes) {
  size_t done = 0;
  while (done < bytes) {
    const ssize_t put =
        pwrite(descriptor, static_cast<const char*>(from) + done, bytes - done, static_cast<off_t>(offset + done));
    if (put < 0 && errno == EINTR) continue;
    if (put == 0) errno = ENOSPC;
    if (put <= 0) return false;
    done += static_cast<size_t>(put);
  }
  return true;
}

std::optional<KeySecret> read_secret(int descriptor) {
  for (uint64_t copy = 0; copy < 2; copy++) {
    Head head;
    if (read_at(descriptor, copy * CreditsFile::kHeadBytes, &head, sizeof head) == sizeof head && head.sound())
      return head.secret;
  }
  return std::nullopt;
}

}  // namespace

std::optional<KeySecret> CreditsFile::peek_secret(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (descriptor < 0) return std::nullopt;
  const auto secret = read_secret(descriptor);
  close(descriptor);
  return secret;
}

base::Status<> CreditsFile::begin() {
  Head head{};
  memcpy(head.magic, kMagic, sizeof kMagic);
  head.record_bytes = sizeof(CreditRecord);
  head.block_bytes = kBlockBytes;
  head.secret = secret_;
  head.check = head.sum();
  for (uint64_t copy = 0; copy < 2; copy++)
    if (!write_at(descriptor_, copy * kHeadBytes, &head, sizeof head)) return failed("cannot be written");
  if (fsync(descriptor_) != 0) return failed("cannot be written to the disk");
  return base::Done{};
}

base::Result<std::unique_ptr<CreditsFile>> CreditsFile::open(const std::string& path, const KeySecret& secret,
                                                             Loaded& loaded) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) return failed("cannot be opened for writing");
  std::unique_ptr<CreditsFile> file(new CreditsFile(descriptor, path, secret));
  struct stat about {};
  if (fstat(descriptor, &about) != 0 || !S_ISREG(about.st_mode)) return Failed{Error{"is not a file"}};
  const auto known = read_secret(descriptor);
  if (known && memcmp(&*known, &secret, sizeof secret) == 0) {
    // One of its copies may be damaged.
    if (auto begun = file->begin(); !begun.ok()) return Failed{begun.error()};
    return file;
  }
  if (about.st_size > 0) {
    loaded.head_damaged = true;
    if (auto done = file->set_aside(); !done.ok()) return Failed{done.error()};
  } else if (auto begun = file->begin(); !begun.ok()) {
    return Failed{begun.error()};
  }
  return file;
}

CreditsFile::~CreditsFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

base::Status<> CreditsFile::set_aside() {
  const std::string aside = path_ + ".damaged";
  if (rename(path_.c_str(), aside.c_str()) != 0) return failed("cannot be moved to " + aside);
  const int fresh = ::open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fresh < 0) return failed("cannot be made anew");
  close(descriptor_);
  descriptor_ = fresh;
  return begin();
}

void CreditsFile::load(base::FunctionRef<void(const CreditRecord&)> take, Loaded& loaded) const {
  std::vector<CreditRecord> records(kRecordsPerBlock);
  for (uint64_t offset = 2 * kHeadBytes;; offset += kBlockBytes) {
    const size_t got = read_at(descriptor_, offset, records.data(), kBlockBytes);
    const size_t whole = got / sizeof(CreditRecord);
    for (size_t i = 0; i < whole; i++) {
      const CreditRecord& record = records[i];
      if (record.check == 0 && record.word == 0 && record.high == 0) continue;  // never written
      if (record.check != sum_of(secret_, record)) {
        loaded.damaged++;
        continue;
      }
      loaded.records++;
      take(record);
    }
    if (got % sizeof(CreditRecord) != 0) loaded.damaged++;
    if (got < kBlockBytes) return;
  }
}

// Blocks of an earlier save that had more of them.
bool CreditsFile::clear_from(uint64_t block, uint32_t set) {
  std::vector<CreditRecord> empty;
  CreditRecord first;
  for (;; block++) {
    if (read_at(descriptor_, place(block, set), &first, sizeof first) < sizeof first) return true;
    if (first.check == 0 && first.word == 0 && first.high == 0) continue;
    empty.resize(kRecordsPerBlock);
    if (!write_at(descriptor_, place(block, set), empty.data(), kBlockBytes)) return false;
  }
}

base::Status<> CreditsFile::save(const CreditTable& table, uint32_t set) {
  std::vector<CreditRecord> records;
  records.reserve(kRecordsPerBlock);
  uint64_t block = 0;
  bool written = true;
  const auto write = [&] {
    // A whole block: what a save before had in it goes.
    if (!records.empty()) records.resize(kRecordsPerBlock);
    if (!records.empty())
      written = write_at(descriptor_, place(block++, set & 1), records.data(), records.size() * sizeof(CreditRecord));
    records.clear();
    return written;
  };
  table.for_each([&](const CreditRecord& record) {
    CreditRecord& one = records.emplace_back(record);
    one.check = sum_of(secret_, one);
    return records.size() < kRecordsPerBlock || write();
  });
  if (!write() || !clear_from(block, set & 1) || fdatasync(descriptor_) != 0) return failed("cannot be written");
  return base::Done{};
}

}  // namespace navajo::limits
