#include "navajo/reactor/culprit.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <thread>

namespace navajo::reactor {
namespace {

constexpr int kFrames = 48;
std::array<void*, kFrames> g_frames;
std::atomic<int> g_count{-1};
std::atomic<int> g_asked{0};
bool g_installed = false;

void on_signal(int) {
  const int kept_errno = errno;
  const int asked = g_asked.exchange(0);
  if (asked != 0 && asked == static_cast<int>(syscall(SYS_gettid)))
    g_count.store(backtrace(g_frames.data(), kFrames), std::memory_order_release);
  errno = kept_errno;
}

std::string_view file_of(const Dl_info& info) {
  const std::string_view path = info.dli_fname ? info.dli_fname : "";
  return path.substr(path.rfind('/') + 1);
}

// The plumbing every request stands on, as opposed to the module that holds it up.
bool is_plumbing(std::string_view file) {
  for (const std::string_view known : {"libc.", "libc-", "libpthread", "libapr", "libnavajo", "libstdc++", "libgcc",
                                       "ld-linux", "linux-vdso", "libjemalloc", "libasan", "libubsan", "libboost",
                                       "mod_navajo", "apache2", "httpd"})
    if (file.starts_with(known)) return true;
  return file.empty();
}

std::string describe(int count) {
  std::string outermost_call, module;
  // Frame 0 is the handler, 1 the signal trampoline.
  for (int i = 2; i < count; i++) {
    Dl_info info{};
    if (!dladdr(g_frames[i], &info)) continue;
    const std::string_view file = file_of(info);
    if (is_plumbing(file)) {
      if (outermost_call.empty() && info.dli_sname) outermost_call = info.dli_sname;
      continue;
    }
    char place[64];
    snprintf(place, sizeof place, "+0x%zx",
             static_cast<size_t>(static_cast<char*>(g_frames[i]) - static_cast<char*>(info.dli_fbase)));
    module = std::string(file) + (info.dli_sname ? std::string(":") + info.dli_sname : std::string(place));
    break;
  }
  if (module.empty()) module = "httpd or Navajo itself";
  return outermost_call.empty() ? module : module + " (" + outermost_call + ")";
}

}  // namespace

void prepare_code_on_thread() {
  struct sigaction old {};
  if (sigaction(SIGURG, nullptr, &old) != 0 || (old.sa_handler != SIG_DFL && old.sa_handler != on_signal)) return;
  void* warm_up[2];
  backtrace(warm_up, 2);  // the first call loads libgcc_s: not in a handler
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  g_installed = sigaction(SIGURG, &action, nullptr) == 0;
}

std::string code_on_thread(int thread_id) {
  if (!g_installed) return "(unknown code: SIGURG is in use)";
  g_count.store(-1);
  g_asked.store(thread_id);
  if (syscall(SYS_tgkill, getpid(), thread_id, SIGURG) != 0) return "(unknown code)";
  // A thread in uninterruptible sleep does not answer: do not wait for it.
  for (int i = 0; i < 100 && g_count.load(std::memory_order_acquire) < 0; i++)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  const int count = g_count.load(std::memory_order_acquire);
  g_asked.store(0);
  return count < 0 ? "(code that does not answer)" : describe(count);
}

}  // namespace navajo::reactor
