#include "navajo/rules/place_readers.h"

#include <unistd.h>

#include "navajo/observe/process_identity.h"

namespace navajo::rules {
namespace {

// No process: its pid is 0.
constexpr uint64_t kBeingFreed = 1;

constexpr uint32_t one(uint32_t place) { return 1u << (8 * place); }
constexpr uint32_t all(uint32_t place) { return 0xffu << (8 * place); }

}  // namespace

PlaceReaders::Hold::~Hold() {
  if (row_ && owner_ == getpid()) row_->holds.fetch_sub(one(place_), std::memory_order_release);
}

PlaceReaders::~PlaceReaders() {
  if (!row_ || owner_ != getpid()) return;
  row_->holds.store(0, std::memory_order_relaxed);
  row_->process.store(0, std::memory_order_release);
}

ReaderRowShm* PlaceReaders::own_row() {
  if (row_ && owner_ == getpid()) return row_;
  const uint64_t self = observe::ProcessIdentity::self().word();
  for (ReaderRowShm& row : rows_) {
    uint64_t before = row.process.load(std::memory_order_relaxed);
    if (before == kBeingFreed || (before != 0 && observe::ProcessIdentity(before).alive())) continue;
    if (!row.process.compare_exchange_strong(before, self)) continue;
    row.holds.store(0);  // of a dead process
    row_ = &row;
    owner_ = getpid();
    return row_;
  }
  return nullptr;
}

std::optional<PlaceReaders::Hold> PlaceReaders::hold(uint32_t place) {
  ReaderRowShm* const row = own_row();
  if (!row) return std::nullopt;
  row->holds.fetch_add(one(place));
  return Hold(row, place, owner_);
}

uint32_t PlaceReaders::held() {
  uint32_t out = 0;
  for (ReaderRowShm& row : rows_) {
    uint64_t process = row.process.load();
    if (process == 0) continue;
    if (!observe::ProcessIdentity(process).alive()) {
      // Whoever changes the word first has the row: a new process empties it itself.
      if (row.process.compare_exchange_strong(process, kBeingFreed)) {
        row.holds.store(0);
        row.process.store(0);
      }
      continue;
    }
    const uint32_t holds = row.holds.load();
    for (uint32_t place = 0; place < kPlaces; place++)
      if (holds & all(place)) out |= 1u << place;
  }
  return out;
}

std::string PlaceReaders::holders(uint32_t place) const {
  std::string out;
  for (const ReaderRowShm& row : rows_) {
    const uint64_t process = row.process.load(std::memory_order_relaxed);
    if (process == 0 || !(row.holds.load(std::memory_order_relaxed) & all(place))) continue;
    out += (out.empty() ? "process " : ", ") + std::to_string(observe::ProcessIdentity(process).pid());
    if (out.size() > 200) return out + ", and others";
  }
  return out;
}

}  // namespace navajo::rules
