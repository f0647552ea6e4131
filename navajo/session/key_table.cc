// The one-shot functions of OpenSSL 3 look their algorithm up by name, for longer than the digest takes.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "navajo/session/key_table.h"

#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <map>

#include "navajo/base/random.h"
#include "navajo/shm/robust_mutex.h"

namespace navajo::session {
namespace {

constexpr char kPrefix[] = "navajo-keys-";
constexpr char kMagic[8] = {'N', 'V', 'J', 'K', 'E', 'Y', 'S', '1'};

using Tables = std::map<std::string, std::weak_ptr<KeyTable>>;

// Of the process, as its descriptors are; only the thread that reads configurations uses it.
Tables& tables() {
  static Tables all;
  return all;
}

std::string segment_name(const std::string& name) { return kPrefix + name; }

}  // namespace

struct KeyTable::HeaderShm {
  char magic[8];
  uint32_t rows;
  uint32_t row_size;
  uint8_t secret[32];
  std::atomic<uint64_t> refused;
};

struct alignas(64) KeyTable::RowShm {
  struct Entry {
    IdDigest key;
    char id[SessionId::kLength];  // first byte 0: free
    bool used() const { return id[0] != 0; }
    std::string text() const { return {id, sizeof id}; }
  };
  shm::RobustMutexShm mutex;
  Entry entries[kWays];
};

namespace {

constexpr size_t kHeaderRoom = 128;

// A holder that died may have left half an entry: the row's keys are given up.
template <class Row>
class RowLock {
 public:
  explicit RowLock(Row& row) : lock_(row.mutex) {
    if (lock_.state() != shm::Locked::owner_died) return;
    memset(static_cast<void*>(row.entries), 0, sizeof row.entries);
    lock_.consistent();
  }
  explicit operator bool() const { return lock_.state() == shm::Locked::clean; }

 private:
  shm::RobustLock lock_;
};

}  // namespace

base::Result<std::shared_ptr<KeyTable>> KeyTable::open(const std::string& name, uint32_t keys) {
  std::weak_ptr<KeyTable>& known = tables()[name];
  if (auto shared = known.lock()) return shared;
  const uint32_t rows = std::max<uint32_t>(1, (keys + kWays - 1) / kWays);
  if (auto kept = shm::Segment::find(segment_name(name))) {
    const auto* header = reinterpret_cast<const HeaderShm*>(kept->data());
    if (kept->size() >= kHeaderRoom && memcmp(header->magic, kMagic, sizeof kMagic) == 0 &&
        header->row_size == sizeof(RowShm) &&
        kept->size() >= kHeaderRoom + uint64_t{header->rows} * sizeof(RowShm) && header->rows > 0) {
      const uint32_t kept_rows = header->rows;
      std::shared_ptr<KeyTable> table(new KeyTable(std::move(*kept), kept_rows));
      known = table;
      return table;
    }
    shm::Segment::close_unwanted(segment_name(name), [](std::string_view) { return false; });
  }
  const uint64_t size = kHeaderRoom + uint64_t{rows} * sizeof(RowShm);
  auto made = shm::Segment::create(segment_name(name), size);
  if (!made.ok()) return base::Failed{made.error()};
  // All of it at once: it is small, and what is present cannot fail later.
  if (const auto present = made->commit(0, size); !present.ok()) return base::Failed{present.error()};
  std::shared_ptr<KeyTable> table(new KeyTable(std::move(*made), rows));
  HeaderShm& header = table->header();
  if (!base::random_bytes(header.secret, sizeof header.secret))
    return base::Failed{base::Error{"the system gives no random bytes"}};
  header.rows = rows;
  header.row_size = sizeof(RowShm);
  for (uint32_t i = 0; i < rows; i++)
    if (reinterpret_cast<RowShm*>(table->segment_.data() + kHeaderRoom)[i].mutex.initialise() != 0)
      return base::Failed{base::Error{"a lock in shared memory cannot be made"}};
  memcpy(header.magic, kMagic, sizeof kMagic);
  known = table;
  return table;
}

void KeyTable::close_unused() {
  std::erase_if(tables(), [](const auto& entry) { return entry.second.expired(); });
  shm::Segment::close_unwanted(kPrefix, [](std::string_view segment) {
    return std::any_of(tables().begin(), tables().end(),
                       [&](const auto& entry) { return segment == segment_name(entry.first); });
  });
}

KeyTable::HeaderShm& KeyTable::header() const {
  static_assert(sizeof(HeaderShm) <= kHeaderRoom);
  return *reinterpret_cast<HeaderShm*>(segment_.data());
}

KeyTable::RowShm& KeyTable::row(const IdDigest& key) const {
  return reinterpret_cast<RowShm*>(segment_.data() + kHeaderRoom)[key.half[0] % rows_];
}

uint64_t KeyTable::refused() const { return header().refused.load(std::memory_order_relaxed); }

IdDigest KeyTable::digest(std::string_view kind, std::string_view value) const {
  SHA256_CTX context;
  uint8_t result[SHA256_DIGEST_LENGTH];
  SHA256_Init(&context);
  SHA256_Update(&context, header().secret, sizeof header().secret);
  SHA256_Update(&context, kind.data(), kind.size());
  SHA256_Update(&context, "", 1);
  SHA256_Update(&context, value.data(), value.size());
  SHA256_Final(result, &context);
  IdDigest out{};
  memcpy(&out, result, sizeof out);
  return out;
}

std::optional<std::string> KeyTable::find(const IdDigest& key) {
  RowShm& at = row(key);
  const RowLock lock(at);
  if (!lock) return std::nullopt;
  for (const RowShm::Entry& entry : at.entries)
    if (entry.used() && entry.key == key) return entry.text();
  return std::nullopt;
}

std::optional<std::string> KeyTable::bind(const IdDigest& key, const std::string& id,
                                          base::FunctionRef<bool(std::string_view id)> lives) {
  if (id.size() != SessionId::kLength) return std::nullopt;
  RowShm& at = row(key);
  // Twice: between the look and the change another process may have been here.
  for (int attempt = 0; attempt < 2; attempt++) {
    std::array<std::string, kWays> seen;
    {
      const RowLock lock(at);
      if (!lock) return std::nullopt;
      for (uint32_t way = 0; way < kWays; way++)
        if (at.entries[way].used()) seen[way] = at.entries[way].text();
    }
    std::array<bool, kWays> living{};
    for (uint32_t way = 0; way < kWays; way++) living[way] = !seen[way].empty() && lives(seen[way]);
    const RowLock lock(at);
    if (!lock) return std::nullopt;
    std::optional<uint32_t> place;
    bool changed = false;
    for (uint32_t way = 0; way < kWays; way++) {
      const RowShm::Entry& entry = at.entries[way];
      changed |= (entry.used() ? entry.text() : std::string()) != seen[way];
      if (changed) break;
      if (entry.used() && entry.key == key) {
        if (living[way]) return seen[way];
        place = way;
        break;
      }
      if (!place && !living[way]) place = way;
    }
    if (changed) continue;
    if (!place) break;
    RowShm::Entry& entry = at.entries[*place];
    entry.key = key;
    memcpy(entry.id, id.data(), sizeof entry.id);
    return id;
  }
  header().refused.fetch_add(1, std::memory_order_relaxed);
  return std::nullopt;
}

}  // namespace navajo::session
