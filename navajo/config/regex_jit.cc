#include "navajo/config/regex_jit.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <string>

#include "navajo/observe/log.h"
#include "navajo/observe/status_segment.h"

namespace navajo::config {
namespace {

constexpr size_t kSmallestStack = 32 * 1024, kLargestStack = 1024 * 1024;

struct Slots {
  std::atomic<pcre2_jit_stack*> stacks[64];
  // The library may be unloaded while its process goes on.
  ~Slots() {
    for (auto& stack : stacks) pcre2_jit_stack_free(stack.load());
  }
};
Slots g_slots;
std::atomic<unsigned> g_next_slot{0};

std::atomic<pcre2_jit_stack*>& own_slot() {
  // An object with a destructor would keep the library loaded for as long as the thread lives.
  thread_local const unsigned slot = g_next_slot.fetch_add(1, std::memory_order_relaxed) % std::size(g_slots.stacks);
  return g_slots.stacks[slot];
}

std::string reason(int error) {
  uint32_t there = 0;
  pcre2_config(PCRE2_CONFIG_JIT, &there);
  if (!there) return "this PCRE2 was built without it";
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  void* const probe = mmap(nullptr, page, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (probe == MAP_FAILED)
    return std::string(
               "the system gives no memory that is written and executed (SELinux's execmem, "
               "MemoryDenyWriteExecute of the unit, or the like): ") +
           strerror(errno);
  munmap(probe, page);
  PCRE2_UCHAR text[128] = "";
  pcre2_get_error_message(error, text, sizeof text);
  return reinterpret_cast<const char*>(text);
}

}  // namespace

bool compile_just_in_time(pcre2_code& code) {
  const int error = pcre2_jit_compile(&code, PCRE2_JIT_COMPLETE);
  if (error == 0) return true;
  observe::count(observe::Counter::regex_jit_refused);
  static std::atomic<bool> said{false};
  if (!said.exchange(true, std::memory_order_relaxed))
    observe::log(observe::id::jit_refused, "patterns run without just-in-time compilation, several times slower: %s",
                 reason(error).c_str());
  return false;
}

JitStack::JitStack() : stack_(own_slot().exchange(nullptr, std::memory_order_acquire)) {
  if (!stack_) stack_ = pcre2_jit_stack_create(kSmallestStack, kLargestStack, nullptr);
}

JitStack::~JitStack() {
  // Another thread of the same slot may have put its own there meanwhile.
  if (stack_) pcre2_jit_stack_free(own_slot().exchange(stack_, std::memory_order_release));
}

}  // namespace navajo::config
