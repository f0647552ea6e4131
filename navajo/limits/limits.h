// Rates, credits and concurrency of all children together, in shared memory: a table of fixed size per kind, found
// again over graceful restarts; credits also in a file, so that they outlive the server. One engine for rules,
// QosFilter and what comes; an implementation on Redis would have the same calls. Decisions are made in a few hundred
// nanoseconds without a system call, by any thread or fiber of any process, and never wait.
//
// A full row gives up the key that matters least: one whose window is over, else the one that has used least of its
// limit. A key that has used half of its limit is never given up, so filling the table resets nobody's limit. Where no
// key can be given up the new one is counted in the row's shared entry: all such keys together get one limit, never
// none.
// Where the machine has no memory for the table every decision refuses.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "navajo/api/servlet.h"
#include "navajo/base/clock.h"
#include "navajo/base/function_ref.h"
#include "navajo/base/result.h"
#include "navajo/http/headers.h"
#include "navajo/limits/key.h"

namespace navajo::limits {

enum class RateAlgorithm : uint8_t {
  two_window,    // this window's count and the last one's, weighted by how much of it is still within a window's length
  token_bucket,  // GCRA: `burst` at once, refilled evenly
};

struct RateSpec {
  uint64_t limit = 1;  // per window
  std::chrono::milliseconds window{1000};
  RateAlgorithm algorithm = RateAlgorithm::two_window;
  uint64_t burst = 0;                      // of a token bucket; 0: limit
  uint64_t soft_limit = 0;                 // from this count on requests are delayed; 0: none
  std::chrono::milliseconds max_delay{0};  // at the limit; in between linear
  uint32_t mark = 0;                       // policy_mark() of who limits; 0: not told
};

// What is kept with a key of who limits it: 28 bits, never 0. Another one's may be the same, if seldom.
uint32_t policy_mark(std::string_view policy);

struct RateDecision {
  bool allowed = true;
  uint64_t limit = 0, remaining = 0;
  std::chrono::milliseconds reset_after{0};  // until all of the limit is there again
  std::chrono::milliseconds retry_after{0};  // when refused: until one more is allowed
  std::chrono::milliseconds delay{0};
  bool crowded = false;  // counted in a row's shared entry
};

enum class CreditPeriod : uint8_t { daily, weekly, monthly };

struct CreditSpec {
  uint64_t amount = 1;
  CreditPeriod period = CreditPeriod::daily;
  int day = 1;               // weekly: 1 Monday to 7; monthly: 1 to 28
  int minute = 0;            // of the day
  const char* zone = "UTC";  // IANA name; lives as long as the rules
  uint64_t soft_limit = 0;
  std::chrono::milliseconds max_delay{0};
};

struct CreditDecision {
  bool allowed = true;
  uint64_t limit = 0, remaining = 0;
  std::chrono::seconds reset_after{0};  // at least 1
  std::chrono::milliseconds delay{0};
  bool crowded = false;
};

// What somebody has used of a credit.
struct CreditUse {
  std::string_view label;  // during the visit
  uint64_t used = 0, amount = 0;
  int64_t ends = 0;  // of the window; seconds since 1970
  uint64_t id = 0;   // as RateUse's; 0: all keys that share an entry since their row is full
  uint64_t remaining() const { return amount > used ? amount - used : 0; }
};

// What a key of a rate has used. Of whose it is there is a digest alone; a name only of some that were refused lately.
struct RateUse {
  uint64_t id = 0;  // key_id(); 0: all keys that share an entry since their row is full
  uint32_t mark = 0;
  RateAlgorithm algorithm = RateAlgorithm::two_window;
  std::chrono::milliseconds window{};
  uint64_t used = 0, limit = 0;
  double share = 0;           // of the limit
  std::string_view name;      // during the visit
};

struct LimitsOptions {
  std::string name = "limits";
  uint64_t memory = 16 << 20;  // of rates; credits have a quarter of it besides
  std::chrono::milliseconds cleanup_interval{60000};
  std::string credits_file;  // absolute; empty: credits end with the server
  std::chrono::milliseconds save_interval{1000};
  uint32_t max_sleepers = 1000;  // delayed requests of a child; beyond it they are refused instead
};

// Given back by its destructor, in whatever process that runs; a child that dies gives back all it held.
class [[nodiscard]] Slot {
 public:
  Slot() = default;
  Slot(Slot&& other) noexcept;
  Slot& operator=(Slot&& other) noexcept;
  ~Slot();
  explicit operator bool() const { return total_ != nullptr; }

 private:
  friend class SlotTable;
  Slot(std::atomic<uint64_t>* total, std::atomic<uint32_t>* held) : total_(total), held_(held) {}
  std::atomic<uint64_t>* total_ = nullptr;  // of all processes, for this key
  std::atomic<uint32_t>* held_ = nullptr;   // of this child
};

class Limits {
 public:
  // In the parent, while the configuration is read.
  static base::Result<std::shared_ptr<Limits>> open(const LimitsOptions& options);
  static void close_unused();
  virtual ~Limits() = default;

  // In the parent, when the configuration is good and put to work, before children are forked: opens and reads the
  // file of credits. What fails is logged (NVJ1922, NVJ1924) and keeps no server from starting.
  virtual void put_to_work() = 0;

  virtual const KeySecret& secret() const = 0;
  // A window of another length or another algorithm goes on with what the one before has counted, of a longer one with
  // the part that falls into its length; a changed limit takes the counts as they are.
  // now: any steady clock all processes of the machine share (base::Clock's).
  virtual RateDecision rate(const Key& key, const RateSpec& spec, base::TimePoint now, uint64_t cost = 1) = 0;
  // wall_seconds: since 1970. Takes `price` if there is so much left; price 0 only looks. A spec whose windows are
  // others than before gives nothing back: use lasts until the window it belongs to is over. label: for people, kept
  // with a new key; the caller sees to it that there is no secret in it. kMaxLabel bytes of it count.
  static constexpr size_t kMaxLabel = 64;
  virtual CreditDecision credit(const Key& key, const CreditSpec& spec, int64_t wall_seconds, uint64_t price,
                                std::string_view label = {}) = 0;
  // Afterwards, for what is only known then (response bytes); may use up more than there is.
  virtual void charge(const Key& key, const CreditSpec& spec, int64_t wall_seconds, uint64_t price,
                      std::string_view label = {}) = 0;
  // All that is used of credits, in no order, until visit() says false. A look at every row: not for each request.
  virtual void visit_credits(base::FunctionRef<bool(const CreditUse&)> visit) const = 0;
  // The same of rates, as they are at `now`: of some rows from `from` on. Where the next call begins; 0: that was all.
  [[nodiscard]] virtual uint32_t visit_rates(uint32_t from, base::TimePoint now,
                                             base::FunctionRef<void(const RateUse&)> visit) const = 0;
  // For people: whom a key is for that was refused. Kept of the latest few dozen; no secret in it.
  virtual void name_refused(const Key& key, std::string_view name) = 0;

  // An administrator's wish: whatever was counted is forgotten, in all processes at once. How many keys those were.
  // A credit is gone from the file as well when save_forgotten() has said true.
  virtual uint64_t forget(const Key& key) = 0;
  virtual uint64_t forget_credits(base::FunctionRef<bool(const CreditUse&)> which) = 0;
  // As visit_rates(); adds to `forgotten`.
  [[nodiscard]] virtual uint32_t forget_rates(uint32_t from, base::TimePoint now,
                                              base::FunctionRef<bool(const RateUse&)> which, uint64_t& forgotten) = 0;
  [[nodiscard]] virtual bool save_forgotten() = 0;

  // An empty slot: `limit` are taken already (at most 1048575 count).
  virtual Slot enter(const Key& key, uint64_t limit) = 0;

  // Whether one more request of this child may wait out a delay; then end_sleep() afterwards.
  [[nodiscard]] virtual bool begin_sleep() = 0;
  virtual void end_sleep() = 0;

  virtual void start_child() = 0;  // a thread that cleans up and saves credits
  virtual void stop_child() = 0;
  virtual void report(api::StatusWriter& writer) const = 0;
};

// Retry-After (RFC 9110 section 10.2.3) when refused, RateLimit-Policy and RateLimit as draft-ietf-httpapi-ratelimit-
// headers-11 has them: a list in each, so several policies add up. x_forms: X-RateLimit-Limit, -Remaining and -Reset
// besides, or X-Credit-*, in seconds left. Of several Retry-After the longest stays.
void write_fields(http::Headers& fields, const RateDecision& decision, std::chrono::milliseconds window,
                  std::string_view policy, bool x_forms);
void write_fields(http::Headers& fields, const CreditDecision& decision, std::string_view policy, bool x_forms);
// Retry-After alone.
void write_retry_after(http::Headers& fields, std::chrono::milliseconds time);

// The line (NVJ1921) of a request that is refused, where anybody wants it.
void log_limit_reached(std::string_view policy, std::string_view client, std::string_view request_id,
                       const RateDecision& decision);
void log_limit_reached(std::string_view policy, std::string_view client, std::string_view request_id,
                       const CreditDecision& decision);

}  // namespace navajo::limits
