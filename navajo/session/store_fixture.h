// For tests: a store of its own with a clock turned by hand, the lines it logs, and its memory given back at the end.
#pragma once

#include <unistd.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "navajo/base/clock.h"
#include "navajo/observe/log.h"
#include "navajo/session/local_session_store.h"

namespace navajo::session {

using namespace std::chrono_literals;

inline std::vector<std::pair<uint16_t, std::string>>* g_log_lines = nullptr;
inline void keep_log_line(observe::LogId id, std::string_view text) {
  g_log_lines->emplace_back(id.number, std::string(text));
}
inline bool every_level(observe::Level) { return true; }

struct StoreFixture {
  static constexpr SessionLimits kLimits{86400s, 600s};
  static constexpr uint64_t kSize = 4 << 20;

  base::ManualClock clock;
  std::vector<std::pair<uint16_t, std::string>> lines;
  std::unique_ptr<LocalSessionStore> store;
  std::string name = "test-" + std::to_string(getpid());

  StoreFixture() {
    g_log_lines = &lines;
    observe::set_log_sink(keep_log_line, every_level);
  }
  ~StoreFixture() {
    store.reset();
    forget_segments();
    observe::set_log_sink(nullptr, nullptr);
  }
  static void forget_segments() {
    shm::Segment::close_unwanted(LocalSessionStore::kSegmentPrefix, [](std::string_view) { return false; });
  }

  LocalStoreOptions options(uint64_t size = kSize, uint32_t stripes = 64) const {
    return {.name = name, .memory_size = size, .stripes = stripes};
  }
  // The store, or null with the reason in `why`.
  std::string why;
  LocalSessionStore* open(const LocalStoreOptions& with) {
    auto made = LocalSessionStore::open(with, clock);
    if (!made.ok()) {
      why = made.error().text;
      return nullptr;
    }
    store = std::move(*made);
    return store.get();
  }
  LocalSessionStore* open() { return open(options()); }

  size_t count_of(observe::LogId id) const {
    size_t count = 0;
    for (const auto& line : lines) count += line.first == id.number;
    return count;
  }
  std::string last_of(observe::LogId id) const {
    for (auto line = lines.rbegin(); line != lines.rend(); ++line)
      if (line->first == id.number) return line->second;
    return {};
  }

  static std::string text_of(SessionStore& of, const SessionRef& session, std::string_view attribute) {
    AttributeValue value;
    return of.get(session, attribute, value) ? std::string(value.bytes) : std::string("(none)");
  }
};

// What the tests say about the outcome of set().
inline bool stored(const base::Result<SetResult, Refusal>& result) {
  return result.ok() && result.value() == SetResult::stored;
}

}  // namespace navajo::session
