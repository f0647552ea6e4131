#include "navajo/connector/drains.h"

#include <cstring>

#include "navajo/observe/log.h"

namespace navajo::connector {
namespace {

constexpr std::string_view kDrainsName = "navajo-drains";
constexpr char kDrainsMagic[8] = {'N', 'V', 'J', 'D', 'R', 'A', 'I', '1'};

void say_no_drains(const std::string& why) {
  observe::log(observe::id::drains_failed, "addresses of servlets cannot be taken out of service: %s", why.c_str());
}

}  // namespace

// FNV-1a: the names are the administrator's own, nobody else chooses them.
Drains::Key Drains::key_of(const ServletPlace& place, std::string_view address) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const std::string_view part :
       {std::string_view(place.host), std::string_view(place.context), std::string_view(place.servlet), address}) {
    for (const char c : part) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    hash = (hash ^ 0x100) * 0x100000001b3;  // no byte: where the part ends
  }
  return hash == 0 ? 1 : hash;
}

bool Drains::usable(const shm::Segment& segment) {
  if (segment.size() < sizeof(TableShm)) return false;
  const auto& table = *reinterpret_cast<const TableShm*>(segment.data());
  return memcmp(table.magic, kDrainsMagic, sizeof kDrainsMagic) == 0 && table.layout == sizeof(TableShm);
}

std::shared_ptr<Drains> Drains::open() {
  if (auto kept = shm::Segment::find(kDrainsName)) {
    if (usable(*kept)) return std::shared_ptr<Drains>(new Drains(std::move(*kept)));
    say_no_drains("the memory of the configuration before is another version's, what was drained is in service again");
    shm::Segment::close_unwanted(kDrainsName, [](std::string_view name) { return name != kDrainsName; });
  }
  auto made = shm::Segment::create(kDrainsName, sizeof(TableShm));
  if (!made.ok()) return say_no_drains(made.error().text), nullptr;
  if (const auto present = made->commit(0, sizeof(TableShm)); !present.ok())
    return say_no_drains(present.error().text), nullptr;
  auto& table = *reinterpret_cast<TableShm*>(made->data());
  if (table.lock.initialise() != 0) return say_no_drains("the system gave no lock for shared memory"), nullptr;
  table.version = 1;
  table.layout = sizeof(TableShm);
  // Last: what has the magic is complete.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  memcpy(table.magic, kDrainsMagic, sizeof kDrainsMagic);
  return std::shared_ptr<Drains>(new Drains(std::move(*made)));
}

int64_t Drains::since(Key key) const {
  const TableShm& table = this->table();
  const uint32_t used = table.used.load(std::memory_order_acquire);
  for (uint32_t i = 0; i < used && i < kMost; i++)
    if (table.rows[i].key.load(std::memory_order_acquire) == key)
      return table.rows[i].since.load(std::memory_order_relaxed);
  return 0;
}

Drains::Change::Change(Drains& drains) : drains_(drains), lock_(drains.table().lock) {
  // Every step of a change leaves a table that can be read: there is nothing to repair.
  if (lock_.state() == shm::Locked::owner_died) lock_.consistent();
}

// Also after nothing was changed: who died in the middle of a change may have told nobody.
Drains::Change::~Change() {
  if (possible()) drains_.table().version.fetch_add(1, std::memory_order_release);
}

bool Drains::Change::add(Key key, int64_t now, base::FunctionRef<bool(Key)> in_use) {
  TableShm& table = drains_.table();
  if (drains_.since(key) != 0) return true;
  RowShm* place = nullptr;
  const uint32_t used = table.used.load(std::memory_order_relaxed);
  for (uint32_t i = 0; i < used && !place; i++)
    if (table.rows[i].key.load(std::memory_order_relaxed) == 0) place = &table.rows[i];
  if (!place && used < kMost) {
    place = &table.rows[used];
    table.used.store(used + 1, std::memory_order_release);
  }
  // Of a servlet or an address that is not in the configuration any more.
  for (uint32_t i = 0; i < used && !place; i++)
    if (!in_use(table.rows[i].key.load(std::memory_order_relaxed))) place = &table.rows[i];
  if (!place) return false;
  place->key.store(0, std::memory_order_release);
  place->since.store(now > 0 ? now : 1, std::memory_order_relaxed);
  place->key.store(key, std::memory_order_release);
  return true;
}

void Drains::Change::remove(Key key) {
  TableShm& table = drains_.table();
  for (uint32_t i = 0; i < table.used.load(std::memory_order_relaxed); i++)
    if (table.rows[i].key.load(std::memory_order_relaxed) == key)
      table.rows[i].key.store(0, std::memory_order_release);
}

}  // namespace navajo::connector
