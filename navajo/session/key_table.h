// Which session belongs to a client that is known by something else than a session's id: its TLS session, a header
// field, its Authorization. In shared memory beside the store, found again over graceful restarts as the store is.
// Kept of the key is a digest made with the table's own secret. A fixed number of rows; a row with no room for another
// key gives up one whose session has ended, and never one whose session lives: then there is no room, and who asks
// has to say so. A child that dies inside a row costs that row's keys. Any thread of any process; short locks.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "navajo/base/function_ref.h"
#include "navajo/base/result.h"
#include "navajo/session/session_id.h"
#include "navajo/shm/segment.h"

namespace navajo::session {

class KeyTable {
 public:
  // In the parent, while the configuration is built. One of a name in a process: what is there counts, and its size.
  static base::Result<std::shared_ptr<KeyTable>> open(const std::string& name, uint32_t keys);
  // Those no configuration uses any more go.
  static void close_unused();

  // kind: so that equal values of two kinds are two keys.
  IdDigest digest(std::string_view kind, std::string_view value) const;
  // The session's id.
  std::optional<std::string> find(const IdDigest& key);
  // Binds the key to that id, unless it is bound to a living session already: the id that counts now, whoever was
  // first. None: no room. lives() is asked with no lock held.
  std::optional<std::string> bind(const IdDigest& key, const std::string& id,
                                  base::FunctionRef<bool(std::string_view id)> lives);

  uint32_t capacity() const { return rows_ * kWays; }
  uint64_t refused() const;  // binds without room

 private:
  static constexpr uint32_t kWays = 8;
  struct HeaderShm;
  struct RowShm;
  KeyTable(shm::Segment segment, uint32_t rows) : segment_(std::move(segment)), rows_(rows) {}
  HeaderShm& header() const;
  RowShm& row(const IdDigest& key) const;

  shm::Segment segment_;
  uint32_t rows_;
};

}  // namespace navajo::session
