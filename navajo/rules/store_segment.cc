#include "navajo/rules/store_segment.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <ctime>
#include <new>
#include <string_view>
#include <system_error>

namespace navajo::rules {
namespace {

constexpr char kMagic[9] = "NVJRULE1";
constexpr uint64_t kPage = 4096;

constexpr uint64_t whole_pages(uint64_t bytes) { return (bytes + kPage - 1) / kPage * kPage; }

static_assert(sizeof(std::atomic<uint32_t>) == sizeof(uint32_t), "a futex is a plain word");

}  // namespace

struct StoreSegment::Layout {
  explicit Layout(const RuleStoreOptions& options)
      : image_room(whole_pages(options.memory)), counter_rows(options.counter_rows + 1) {}

  uint64_t image_room;
  uint32_t counter_rows;
  uint64_t watch = whole_pages(sizeof(StoreHeadShm));
  uint64_t readers = watch + kWatchSize;
  uint64_t counters = readers + whole_pages(kReaderRows * sizeof(ReaderRowShm));
  uint64_t places = counters + whole_pages(counter_rows * sizeof(CounterRowShm));
  uint64_t end = places + kPlaces * (image_room + kRowsSize);
};

std::string StoreSegment::name_of(const RuleStoreOptions& options) {
  // Another build may have other structs: it does not take this one for its own.
  const size_t shapes = sizeof(StoreHeadShm) * 31 + sizeof(CounterRowShm) * 7 + sizeof(ReaderRowShm);
  return std::string(kPrefix) + options.name + ":" + std::to_string(options.memory) + ":" +
         std::to_string(options.counter_rows) + ":" + std::to_string(shapes);
}

StoreSegment::StoreSegment(shm::Segment segment, const Layout& layout)
    : segment_(std::move(segment)),
      watch_at_(layout.watch),
      places_at_(layout.places),
      image_room_(layout.image_room),
      counters_({reinterpret_cast<CounterRowShm*>(segment_.data() + layout.counters), layout.counter_rows}),
      readers_({reinterpret_cast<ReaderRowShm*>(segment_.data() + layout.readers), kReaderRows}) {}

base::Result<std::shared_ptr<StoreSegment>> StoreSegment::open(const RuleStoreOptions& options) {
  const Layout layout(options);
  const std::string name = name_of(options);
  if (auto found = shm::Segment::find(name)) {
    const auto& head = *reinterpret_cast<const StoreHeadShm*>(found->data());
    const bool fits = found->size() == layout.end && memcmp(head.magic, kMagic, sizeof head.magic) == 0 &&
                      head.image_room == layout.image_room && head.counter_rows == layout.counter_rows &&
                      head.reader_rows == kReaderRows;
    if (fits) return std::shared_ptr<StoreSegment>(new StoreSegment(std::move(*found), layout));
    shm::Segment::close_unwanted(name, [&name](std::string_view other) { return other != name; });
  }
  auto made = shm::Segment::create(name, layout.end);
  if (!made.ok()) return base::Failed{made.error()};
  // All but the places: a few megabytes that are written at any time.
  if (const auto room = made->commit(0, layout.places); !room.ok()) return base::Failed{room.error()};
  auto* head = ::new (static_cast<void*>(made->data())) StoreHeadShm{};
  if (const int failed = head->lock.initialise(); failed != 0)
    return base::Failed{base::Error{"no lock for rules: " + std::generic_category().message(failed)}};
  head->image_room = layout.image_room;
  head->counter_rows = layout.counter_rows;
  head->reader_rows = kReaderRows;
  memcpy(head->magic, kMagic, sizeof head->magic);
  return std::shared_ptr<StoreSegment>(new StoreSegment(std::move(*made), layout));
}

base::Status<> StoreSegment::make_room(uint32_t place, uint64_t size) const {
  if (const auto room = segment_.commit(images_at(place), whole_pages(size)); !room.ok()) return room;
  return segment_.commit(images_at(place) + image_room_, kRowsSize);
}

bool StoreSegment::keep_watch_list(const std::vector<std::string>& files) const {
  std::string text;
  for (const std::string& file : files) text.append(file).push_back('\0');
  if (text.size() > kWatchSize) return false;
  std::byte* const there = segment_.data() + watch_at_;
  StoreHeadShm& head = this->head();
  if (head.watch_size == text.size() && memcmp(there, text.data(), text.size()) == 0) return true;
  head.watch_size = 0;  // whoever dies in between leaves none
  memcpy(there, text.data(), text.size());
  head.watch_size = static_cast<uint32_t>(text.size());
  head.watch_version.fetch_add(1, std::memory_order_release);
  return true;
}

std::vector<std::string> StoreSegment::watch_list() const {
  std::vector<std::string> out;
  const auto* text = reinterpret_cast<const char*>(segment_.data() + watch_at_);
  std::string_view rest(text, std::min<uint64_t>(head().watch_size, kWatchSize));
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('\0'), rest.size());
    out.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return out;
}

void StoreSegment::announce() const {
  head().news.fetch_add(1);
  syscall(SYS_futex, &head().news, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

void StoreSegment::sleep(uint32_t seen, std::chrono::milliseconds limit) const {
  const timespec time{static_cast<time_t>(limit.count() / 1000), static_cast<long>(limit.count() % 1000) * 1'000'000};
  syscall(SYS_futex, &head().news, FUTEX_WAIT, seen, &time, nullptr, 0);
}

}  // namespace navajo::rules
