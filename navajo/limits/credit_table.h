// What is used up of each credit, in shared memory: rows of seven ways and a shared entry, as rate_table.h, of which
// only those are given up whose window has been over for 48 hours. Window and use are one word, changed by
// compare-and-swap.
// A window only ever gives way to a later one, and use goes back to nothing only when the window it belongs to
// is over: a clock that is set back, or a spec that changes, gives nobody a credit twice. Any thread of any process.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

#include "navajo/base/function_ref.h"
#include "navajo/limits/calendar.h"
#include "navajo/limits/key.h"
#include "navajo/limits/limits.h"

namespace navajo::limits {

struct CreditNumbersShm {
  std::atomic<uint64_t> keys, evictions, crowded, dropped, repaired;
  std::atomic<uint32_t> changed;  // since it was saved: so many saves are due
};

// One credit as it is saved.
struct CreditRecord {
  uint64_t high = 0, low = 0;
  uint64_t word = 0;    // begin of the window in minutes since 1970 (28 bits), used (36 bits)
  int64_t end = 0;      // of the window
  uint64_t amount = 0;  // when it was used last
  char label[64] = {};
  uint64_t check = 0;  // of all before
  uint64_t unused[2] = {};
};
static_assert(sizeof(CreditRecord) == 128);

class CreditTable {
 public:
  static constexpr unsigned kWays = 7;
  static constexpr int64_t kKeptSeconds = 48 * 3600;
  struct WayShm {
    std::atomic<uint64_t> word, amount, low;
    std::atomic<int64_t> end;
    std::atomic<uint64_t> label[8];
  };
  struct alignas(64) RowShm {
    std::atomic<uint64_t> tags[kWays + 1];  // as RateTable's
    WayShm ways[kWays + 1];
  };
  enum class Mode : uint8_t { within, beyond };  // whether more may be used up than there is

  CreditTable(RowShm* rows, uint32_t count, CreditNumbersShm& numbers)
      : rows_(rows), count_(count), numbers_(numbers) {}

  CreditDecision use(const Key& key, const CreditSpec& spec, int64_t wall, uint64_t price, Mode mode,
                     std::string_view label);

  // What a file says of a key: the later window counts, and of one window the greater use. False: no room.
  bool restore(const CreditRecord& record, int64_t wall);
  // All keys, one after the other; what changes meanwhile is seen before or after its change.
  void for_each(base::FunctionRef<bool(const CreditRecord&)> visit) const;
  // Whatever those that are chosen have used; how many they were. The shared entries have no label, and 0 for `high`.
  uint64_t forget(base::FunctionRef<bool(const CreditRecord&)> which);
  uint64_t forget(const Key& key);
  // Drops what is over for so long, frees ways of dead processes; returns how many keys are left there.
  uint64_t clean(uint32_t from, uint32_t to, int64_t wall);

  uint32_t rows() const { return count_; }
  static uint32_t rows_in(uint64_t bytes) { return static_cast<uint32_t>(bytes / sizeof(RowShm)); }
  static uint64_t used_of(uint64_t word);

 private:
  RowShm& row_of(uint64_t low) const { return rows_[(low >> 32) * count_ >> 32]; }
  uint64_t forget(RowShm& row, base::FunctionRef<bool(const CreditRecord&)> which);
  int find(const RowShm& row, uint64_t tag, uint64_t low) const;
  int take_way(RowShm& row, uint64_t tag, uint64_t low, int64_t wall, std::string_view label);
  int join(RowShm& row, uint64_t tag, uint64_t low, int mine);
  CreditDecision use_way(WayShm& way, const CreditSpec& spec, const Window& window, int64_t wall, uint64_t price,
                         Mode mode);

  RowShm* rows_;
  uint32_t count_;
  CreditNumbersShm& numbers_;
};

}  // namespace navajo::limits
