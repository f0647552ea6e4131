#include "navajo/route/routing_segment.h"

#include <cstring>

#include "navajo/base/random.h"
#include "navajo/observe/log.h"

namespace navajo::route {
namespace {

using base::Error;
using base::Failed;

constexpr char kMagic[8] = {'N', 'V', 'J', 'R', 'O', 'U', 'T', '1'};
constexpr uint32_t kVersion = 1;
constexpr uint64_t kPage = 4096;

constexpr uint64_t up_to_page(uint64_t bytes) { return (bytes + kPage - 1) / kPage * kPage; }
constexpr uint64_t kHeader = up_to_page(sizeof(RoutingHeaderShm));
constexpr uint64_t kBindings = kHeader + up_to_page(sizeof(LoadTable::Layout));

uint64_t size_for(uint32_t buckets) {
  return kBindings + up_to_page(uint64_t{buckets} * sizeof(BindingTable::BucketShm));
}

bool usable(const shm::Segment& segment) {
  if (segment.size() < kBindings) return false;
  const auto& header = *reinterpret_cast<const RoutingHeaderShm*>(segment.data());
  return memcmp(header.magic, kMagic, sizeof kMagic) == 0 && header.version == kVersion &&
         header.size == segment.size() && header.buckets > 0 && size_for(header.buckets) == header.size;
}

}  // namespace

base::Result<RoutingSegment> RoutingSegment::open(const RouterOptions& options) {
  const std::string name = kPrefix + options.name;
  if (auto kept = shm::Segment::find(name)) {
    if (usable(*kept)) return RoutingSegment(std::move(*kept));
    observe::log(observe::id::routing_repaired,
                 "routing %s: the memory of the configuration before is not usable by this one, loads and bindings "
                 "begin anew",
                 options.name.c_str());
    shm::Segment::close_unwanted(name, [&name](std::string_view other) { return other != name; });
  }
  const uint32_t buckets = BindingTable::buckets_for(options.max_bindings);
  auto made = shm::Segment::create(name, size_for(buckets));
  if (!made.ok()) return Failed{made.error()};
  // The head and the rows; what each child holds comes with the child.
  if (auto present = made->commit(0, kHeader + offsetof(LoadTable::Layout, held)); !present.ok())
    return Failed{present.error()};
  if (options.binding != Binding::none) {
    if (auto present = made->commit(kBindings, size_for(buckets) - kBindings); !present.ok())
      return Failed{present.error()};
  }
  auto& header = *reinterpret_cast<RoutingHeaderShm*>(made->data());
  header.version = kVersion;
  header.buckets = buckets;
  header.size = made->size();
  if (header.lock.initialise() != 0) return Failed{Error{"the system gave no lock for shared memory"}};
  if (!base::random_bytes(&header.secret, sizeof header.secret))
    return Failed{Error{"the system gave no random bytes"}};
  // Last: what has the magic is complete.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  memcpy(header.magic, kMagic, sizeof kMagic);
  return RoutingSegment(std::move(*made));
}

size_t RoutingSegment::close_unwanted(base::FunctionRef<bool(std::string_view)> wanted) {
  constexpr std::string_view kHead = kPrefix;
  return shm::Segment::close_unwanted(kPrefix,
                                      [&](std::string_view segment) { return wanted(segment.substr(kHead.size())); });
}

LoadTable::Layout& RoutingSegment::loads() const {
  return *reinterpret_cast<LoadTable::Layout*>(segment_.data() + kHeader);
}

BindingTable::BucketShm* RoutingSegment::buckets() const {
  return reinterpret_cast<BindingTable::BucketShm*>(segment_.data() + kBindings);
}

bool RoutingSegment::commit_loads(uint64_t offset, uint64_t bytes) const {
  return segment_.commit(kHeader + offset, bytes).ok();
}

}  // namespace navajo::route
