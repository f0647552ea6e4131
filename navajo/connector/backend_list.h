// The backends of one connector, and which of them gets the next request: the first usable one of the first group, or
// with Balancing::round_robin each usable one of that group in turn; then the next groups. Who chooses keeps a Tried of
// his own, so no request goes to the same backend twice by failover. None goes to one that an operator has taken out of
// service (drains.h), be it the last one. Thread-safe; its state is that of all children.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "navajo/base/function_ref.h"
#include "navajo/connector/backend.h"
#include "navajo/connector/drains.h"

namespace navajo::connector {

enum class Balancing : uint8_t { first_usable, round_robin };

// Who finds out that a bad backend is usable again.
enum class Recovery : uint8_t {
  by_request,  // one request after RetryTimeout
  by_probe,    // somebody who calls claim() and probed_well(); no request goes there before
};

struct BackendOptions {
  Balancing balancing = Balancing::first_usable;
  Recovery recovery = Recovery::by_request;
  base::Duration retry_timeout = std::chrono::seconds(10);
  // A backend that fails so many requests in a row is bad, though it takes connections; 0: never.
  uint32_t max_failures = 5;
  // But not when more than this share of all would be bad: then it is the load, or the requests.
  unsigned max_bad_percent = 50;
  // Requests sent a second time may be at most this share of all, over some seconds; 0: none.
  unsigned retry_percent = 20;
  size_t max_connections = 10000;  // in use at a time, per backend and process
  size_t wait_queue = 1000;
  // Whose backends they are, and which of them are out of service; null: none of them ever is.
  ServletPlace place{};
  std::shared_ptr<Drains> drains{};
};

class BackendList {
 public:
  // Indexes of backends a request has been to.
  class Tried {
   public:
    void add(size_t index) { bits_ |= uint64_t{1} << index; }
    bool has(size_t index) const { return bits_ >> index & 1; }
    size_t count() const { return static_cast<size_t>(__builtin_popcountll(bits_)); }

   private:
    static_assert(kMaxBackends <= 64);
    uint64_t bits_ = 0;
  };
  static constexpr size_t kNone = SIZE_MAX;

  BackendList(const std::vector<BackendAddress>& addresses, const BackendOptions& options, shm::Arena* arena);
  ~BackendList();
  BackendList(const BackendList&) = delete;
  BackendList& operator=(const BackendList&) = delete;

  // The index of the backend to use next, or kNone. `wished` (or kNone) is taken if it is usable. A backend that
  // stands alone is always used: there is nothing to keep requests away for. Of several that are all bad, one is tried
  // once a second, so that the service is back soon after the first of them.
  size_t choose(const Tried& tried, base::TimePoint now, size_t wished = kNone);

  void connect_failed(size_t index, Cause cause, base::TimePoint now);
  void connected(size_t index);
  // It took a request and gave no proper answer.
  void request_failed(size_t index, Cause cause, base::TimePoint now);
  void answered(size_t index, int status, base::TimePoint now);

  // With Recovery::by_probe: it is usable again.
  void probed_well(size_t index);

  // Whether a request that a backend may have seen may go out again now: a bounded share of all may, so that
  // backends in trouble do not get more work for it.
  bool may_retry(base::TimePoint now);

  // ---- out of service, for an operator; any thread
  const ServletPlace& place() const { return options_.place; }
  bool drained(size_t index) const;
  int64_t drained_since(size_t index) const;  // seconds since 1970; 0: in service
  size_t drained_count() const;

  enum class Drain : uint8_t {
    done,
    unchanged,  // it was so before
    last,       // nobody would be left who is in service and usable
    full,       // Drains::kMost others are
    failed,     // the lock of the shared memory is unusable
  };
  enum class Force : uint8_t { no, yes };  // yes: also the last one
  // Both within visit().
  Drain drain(size_t index, Force force, int64_t now);
  Drain undrain(size_t index);
  // All lists of this process whose backends can be drained, in the order they were made; none comes or goes meanwhile.
  static void visit(base::FunctionRef<void(BackendList&)> visit);

  // The backend of that BackendAddress::text, or kNone.
  size_t find(std::string_view text) const;
  size_t size() const { return backends_.size(); }
  Backend& operator[](size_t index) { return *backends_[index]; }
  const Backend& operator[](size_t index) const { return *backends_[index]; }

 private:
  size_t choose_in(size_t begin, size_t end, size_t turn, const Tried& tried, base::TimePoint now);
  size_t last_resort(base::TimePoint now);
  bool take(size_t index, base::TimePoint now);
  void mark_usable(size_t index);
  uint64_t drained_bits() const;

  BackendOptions options_;
  Health health_;
  std::vector<std::unique_ptr<Backend>> backends_;
  std::vector<size_t> group_ends_;  // one behind the last of each group
  // What was seen of the drains, a bit for each backend.
  std::vector<Drains::Key> keys_;
  mutable std::mutex look_;
  mutable std::atomic<uint64_t> seen_version_{0}, drained_{0};
  BackendList *next_ = nullptr, *previous_ = nullptr;  // in the list of all that can be drained
};

// How many are out of service, of all lists of this process.
size_t drained_backends();

}  // namespace navajo::connector
