// Requests at work now, and those worth a look afterwards, of all children together, in one shared file beside the
// status segment: `navajo requests`, `navajo why` and the console read it. Bounded: kRing records of each kind, and
// kLive live requests for each child.
//
// The parent makes the file before it forks and finds it again over a graceful restart; a child claims its share of the
// live table first thing, under the number of its slot of the status segment. No lock: a record is written under its
// own sequence number (odd: being written) by whoever has taken it; a process that is killed in the middle leaves one
// record unreadable until the ring comes round to it again. Readers copy and look whether the number has changed.
// Without a file (unit tests, no run directory) everything is a no-operation.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "navajo/base/function_ref.h"
#include "navajo/base/result.h"
#include "navajo/observe/request_record.h"

namespace navajo::observe {

struct HistoryShm;

class RequestHistory {
 public:
  static constexpr uint32_t kRing = 256;  // of each kind
  static constexpr uint32_t kLive = 256;  // of each child; more are counted, not shown

  // In the parent, once per configuration. children: slots of the status segment.
  static base::Result<RequestHistory> open_or_create(const std::string& path, uint32_t children);
  RequestHistory(RequestHistory&& other) noexcept;
  RequestHistory& operator=(RequestHistory&& other) noexcept;
  ~RequestHistory();

  // In a child, before its first request: slot of the status segment; -1: it shows no live requests.
  void claim_child(int slot, uint32_t generation);
  void release_child();

  // Any thread of any process.
  void remember(const RequestRecord& record) const;

  // Newest first within a kind; false ends the visit. The record is a copy.
  void visit(RecordKind kind, base::FunctionRef<bool(const RequestRecord& record)> visit) const;
  // By its whole id (a transaction id's second half is not looked at), or by eight characters or more of its beginning.
  bool find(std::string_view id, RequestRecord& into) const;
  // Of children that are alive.
  void visit_live(base::FunctionRef<bool(const LiveRequest& live)> visit) const;
  // How many records of the kind were ever written.
  uint64_t count(RecordKind kind) const;
  // Live requests that found no place.
  uint64_t not_shown() const;

 private:
  friend class LivePlace;
  RequestHistory(void* mapping, size_t size) : mapping_(mapping), size_(size) {}
  HistoryShm& head() const { return *static_cast<HistoryShm*>(mapping_); }
  void* mapping_ = nullptr;
  size_t size_ = 0;
  int slot_ = -1;
};

// Its name in the run directory.
inline constexpr char kHistoryFileName[] = "requests";

// Of this process, or null. Set after open_or_create(), cleared before the object goes.
void set_process_history(const RequestHistory* history);
const RequestHistory* process_history();

// The place of one request in the live table, for as long as it is at work. Made and used by one fiber or thread.
class LivePlace {
 public:
  struct Facts {
    int64_t started_us;
    std::string_view id, client, method, host, path, query;
  };
  explicit LivePlace(const Facts& facts);
  ~LivePlace();
  LivePlace(const LivePlace&) = delete;
  LivePlace& operator=(const LivePlace&) = delete;

  // An element of the chain is entered.
  void enter(std::string_view name);

 private:
  struct LiveSlotShm* slot_ = nullptr;
};

}  // namespace navajo::observe
