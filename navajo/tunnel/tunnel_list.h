// The open tunnels of all children, for `navajo tunnels` and the console: a table in shared memory (shm/segment.h)
// that is found again over graceful restarts, since children of before keep their tunnels. Bounded: kMost rows; a
// tunnel that finds none is counted (tunnels_not_listed) and works as ever, unseen. Rows of children that died are
// taken back.
//
// open() in the parent, while a configuration is put to work. No lock: a row belongs to the process whose word is in
// it, texts are written before its number, and readers look whether the number is still the same after they copied.
// Without a table (unit tests, no memory) everything is a no-operation.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "navajo/base/clock.h"
#include "navajo/base/function_ref.h"
#include "navajo/base/result.h"
#include "navajo/shm/segment.h"

namespace navajo::tunnel {

// What is known of a tunnel when it begins; texts are cut.
struct TunnelFacts {
  std::string_view kind;  // "connect", "tcp", or what a request was upgraded to: "websocket"
  std::string_view client, backend;
  std::string_view about;    // the path of the request, the connector; no query
  std::string_view user;     // empty: not known
  std::string_view request;  // its id; empty: there was none
};

// A copy.
struct ListedTunnel {
  uint64_t id;          // never used twice while the server runs
  int64_t started_ms;   // since 1970
  uint64_t idle_ms;
  uint64_t bytes_up, bytes_down;
  uint32_t pid;
  bool ending;  // it was asked to
  char kind[16];
  char client[48];
  char backend[72];
  char about[72];
  char user[40];
  char request[40];
};

struct TunnelRowShm;

class TunnelList {
 public:
  static constexpr uint32_t kMost = 2048;

  static base::Result<TunnelList> open();
  TunnelList(TunnelList&&) noexcept = default;
  TunnelList& operator=(TunnelList&&) noexcept = default;

  void visit(base::FunctionRef<void(const ListedTunnel& tunnel)> visit) const;
  // Any process: its child ends it within a second or so. False: there is no open tunnel of that number.
  [[nodiscard]] bool kill(uint64_t id) const;
  // Changes when some tunnel was asked to end.
  uint64_t kills() const;

 private:
  friend class Listing;
  struct TableShm;
  explicit TunnelList(shm::Segment segment) : segment_(std::move(segment)) {}
  TableShm& table() const { return *reinterpret_cast<TableShm*>(segment_.data()); }
  TunnelRowShm* claim() const;
  void sweep() const;

  shm::Segment segment_;
};

// Of this process, or null. Set after open(), cleared before the object goes.
void set_process_tunnels(const TunnelList* list);
const TunnelList* process_tunnels();

// The row of one tunnel, for as long as it is open. Made by any thread, then of the tunnel's thread.
class Listing {
 public:
  Listing() = default;
  explicit Listing(const TunnelFacts& facts);
  Listing(Listing&& other) noexcept : row_(std::exchange(other.row_, nullptr)) {}
  Listing& operator=(Listing&& other) noexcept {
    std::swap(row_, other.row_);
    return *this;
  }
  ~Listing() { end(); }

  explicit operator bool() const { return row_ != nullptr; }
  void note(uint64_t bytes_up, uint64_t bytes_down, base::TimePoint at);  // bytes have moved
  bool is_to_end() const;
  void end();

 private:
  TunnelRowShm* row_ = nullptr;
};

}  // namespace navajo::tunnel
