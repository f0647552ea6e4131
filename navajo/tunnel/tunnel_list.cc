#include "navajo/tunnel/tunnel_list.h"

#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstring>

#include "navajo/base/clock.h"
#include "navajo/observe/process_identity.h"
#include "navajo/observe/request_record.h"
#include "navajo/observe/status_segment.h"

namespace navajo::tunnel {

using observe::put_text;

// A row is free, then owned, then open: its number comes last and goes first.
struct alignas(64) TunnelRowShm {
  std::atomic<uint64_t> owner;  // ProcessIdentity::word(); 0: free
  std::atomic<uint64_t> id;     // 0: not open
  std::atomic<uint64_t> bytes_up, bytes_down;
  std::atomic<int64_t> moved_at;  // steady clock, milliseconds
  std::atomic<uint64_t> to_end;   // its number, once it was asked to end
  int64_t started_ms;
  char kind[sizeof ListedTunnel::kind];
  char client[sizeof ListedTunnel::client];
  char backend[sizeof ListedTunnel::backend];
  char about[sizeof ListedTunnel::about];
  char user[sizeof ListedTunnel::user];
  char request[sizeof ListedTunnel::request];
};

struct TunnelList::TableShm {
  char magic[8];
  uint32_t layout;
  std::atomic<uint64_t> last_id, kills;
  std::atomic<uint32_t> hint;  // where the next one is looked for first
  std::atomic<int64_t> swept_at;  // steady clock, milliseconds
  TunnelRowShm rows[kMost];
};

namespace {

constexpr std::string_view kTunnelsName = "navajo-tunnels";
constexpr char kTunnelsMagic[8] = {'N', 'V', 'J', 'T', 'U', 'N', 'N', '1'};
constexpr uint32_t kProbes = 64;
constexpr int64_t kSweepPause = 1000;

std::atomic<const TunnelList*> g_process_tunnels{nullptr};

template <class Duration>
int64_t to_ms(Duration since_epoch) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count();
}
int64_t steady_ms() { return to_ms(base::system_clock().now().time_since_epoch()); }

// Asked of the kernel once for each process; a fork is another one.
uint64_t own_word() {
  static std::atomic<uint64_t> word{0};
  const uint64_t known = word.load(std::memory_order_relaxed);
  if (observe::ProcessIdentity(known).pid() == getpid()) return known;
  const uint64_t found = observe::ProcessIdentity::self().word();
  word.store(found, std::memory_order_relaxed);
  return found;
}

}  // namespace

base::Result<TunnelList> TunnelList::open() {
  const auto usable = [](const shm::Segment& segment) {
    if (segment.size() < sizeof(TableShm)) return false;
    const auto& table = *reinterpret_cast<const TableShm*>(segment.data());
    return memcmp(table.magic, kTunnelsMagic, sizeof kTunnelsMagic) == 0 && table.layout == sizeof(TableShm);
  };
  if (auto kept = shm::Segment::find(kTunnelsName)) {
    if (usable(*kept)) return TunnelList(std::move(*kept));
    shm::Segment::close_unwanted(kTunnelsName, [](std::string_view name) { return name != kTunnelsName; });
  }
  auto made = shm::Segment::create(kTunnelsName, sizeof(TableShm));
  if (!made.ok()) return base::Failed{made.error()};
  if (auto present = made->commit(0, sizeof(TableShm)); !present.ok()) return base::Failed{present.error()};
  auto& table = *reinterpret_cast<TableShm*>(made->data());
  table.layout = sizeof(TableShm);
  // Last: what has the magic is complete.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  memcpy(table.magic, kTunnelsMagic, sizeof kTunnelsMagic);
  return TunnelList(std::move(*made));
}

// Rows of those that died; each process is asked for once in a run of its rows.
void TunnelList::sweep() const {
  uint64_t asked = 0;
  bool alive = true;
  for (TunnelRowShm& row : table().rows) {
    uint64_t owner = row.owner.load(std::memory_order_acquire);
    if (owner == 0) continue;
    if (owner != asked) {
      asked = owner;
      alive = observe::ProcessIdentity(owner).alive();
    }
    if (alive) continue;
    row.id.store(0, std::memory_order_release);
    row.owner.compare_exchange_strong(owner, 0, std::memory_order_acq_rel);
  }
}

TunnelRowShm* TunnelList::claim() const {
  TableShm& table = this->table();
  const uint64_t self = own_word();
  for (const bool swept : {false, true}) {
    if (swept) {
      int64_t before = table.swept_at.load(std::memory_order_relaxed);
      const int64_t now = steady_ms();
      if (now - before < kSweepPause || !table.swept_at.compare_exchange_strong(before, now)) return nullptr;
      sweep();
    }
    const uint32_t start = table.hint.fetch_add(1, std::memory_order_relaxed);
    for (uint32_t i = 0; i < (swept ? kMost : kProbes); i++) {
      TunnelRowShm& row = table.rows[(start + i) % kMost];
      uint64_t nobody = 0;
      if (row.owner.load(std::memory_order_relaxed) == 0 &&
          row.owner.compare_exchange_strong(nobody, self, std::memory_order_acq_rel)) {
        if (i > 0) table.hint.fetch_add(i, std::memory_order_relaxed);
        return &row;
      }
    }
  }
  return nullptr;
}

void TunnelList::visit(base::FunctionRef<void(const ListedTunnel&)> visit) const {
  sweep();
  const int64_t now = steady_ms();
  for (const TunnelRowShm& row : table().rows) {
    ListedTunnel copy{};
    copy.id = row.id.load(std::memory_order_acquire);
    if (copy.id == 0) continue;
    copy.started_ms = row.started_ms;
    const int64_t idle = now - row.moved_at.load(std::memory_order_relaxed);
    copy.idle_ms = idle > 0 ? static_cast<uint64_t>(idle) : 0;
    copy.bytes_up = row.bytes_up.load(std::memory_order_relaxed);
    copy.bytes_down = row.bytes_down.load(std::memory_order_relaxed);
    copy.ending = row.to_end.load(std::memory_order_relaxed) == copy.id;
    copy.pid = static_cast<uint32_t>(
        observe::ProcessIdentity(row.owner.load(std::memory_order_relaxed)).pid());
    memcpy(copy.kind, row.kind, sizeof copy.kind);
    memcpy(copy.client, row.client, sizeof copy.client);
    memcpy(copy.backend, row.backend, sizeof copy.backend);
    memcpy(copy.about, row.about, sizeof copy.about);
    memcpy(copy.user, row.user, sizeof copy.user);
    memcpy(copy.request, row.request, sizeof copy.request);
    std::atomic_thread_fence(std::memory_order_acquire);
    if (row.id.load(std::memory_order_relaxed) == copy.id) visit(copy);
  }
}

bool TunnelList::kill(uint64_t id) const {
  if (id == 0) return false;
  for (TunnelRowShm& row : table().rows) {
    if (row.id.load(std::memory_order_acquire) != id) continue;
    row.to_end.store(id, std::memory_order_relaxed);
    table().kills.fetch_add(1, std::memory_order_release);
    return true;
  }
  return false;
}

uint64_t TunnelList::kills() const { return table().kills.load(std::memory_order_acquire); }

void set_process_tunnels(const TunnelList* list) { g_process_tunnels.store(list, std::memory_order_release); }
const TunnelList* process_tunnels() { return g_process_tunnels.load(std::memory_order_acquire); }

// ---------------------------------------------------------------- one row

Listing::Listing(const TunnelFacts& facts) {
  const TunnelList* list = process_tunnels();
  if (!list) return;
  row_ = list->claim();
  if (!row_) {
    observe::count(observe::Counter::tunnels_not_listed);
    return;
  }
  row_->bytes_up.store(0, std::memory_order_relaxed);
  row_->bytes_down.store(0, std::memory_order_relaxed);
  row_->to_end.store(0, std::memory_order_relaxed);
  row_->moved_at.store(steady_ms(), std::memory_order_relaxed);
  row_->started_ms = to_ms(std::chrono::system_clock::now().time_since_epoch());
  put_text(row_->kind, facts.kind);
  put_text(row_->client, facts.client);
  put_text(row_->backend, facts.backend);
  put_text(row_->about, facts.about);
  put_text(row_->user, facts.user);
  put_text(row_->request, facts.request);
  row_->id.store(list->table().last_id.fetch_add(1, std::memory_order_relaxed) + 1, std::memory_order_release);
}

void Listing::note(uint64_t bytes_up, uint64_t bytes_down, base::TimePoint at) {
  if (!row_) return;
  row_->bytes_up.store(bytes_up, std::memory_order_relaxed);
  row_->bytes_down.store(bytes_down, std::memory_order_relaxed);
  row_->moved_at.store(to_ms(at.time_since_epoch()), std::memory_order_relaxed);
}

bool Listing::is_to_end() const {
  return row_ && row_->to_end.load(std::memory_order_relaxed) == row_->id.load(std::memory_order_relaxed);
}

void Listing::end() {
  if (!row_) return;
  row_->id.store(0, std::memory_order_release);
  row_->owner.store(0, std::memory_order_release);
  row_ = nullptr;
}

}  // namespace navajo::tunnel
