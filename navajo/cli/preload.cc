#include "navajo/cli/preload.h"

#include <sys/utsname.h>

#include "navajo/base/build_config.h"

namespace navajo::cli {
namespace {

// A background thread gives unused memory back after a second; measured in docs/decisions/0004.
constexpr char kMallocConf[] = "background_thread:true,dirty_decay_ms:1000,muzzy_decay_ms:1000";

#ifdef __SANITIZE_ADDRESS__
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

}  // namespace

Preload choose_preload(Allocator wanted, const std::vector<std::string>& candidates,
                       const std::function<std::string(const char*)>& environment,
                       const std::function<bool(const std::string&)>& exists) {
  Preload preload;
  const std::string asked = environment("NAVAJO_PRELOAD");
  if (!asked.empty()) {
    preload.variables.emplace_back("LD_PRELOAD", asked);
    return preload;
  }
  const std::string present = environment("LD_PRELOAD");
  if (wanted == Allocator::libc || kSanitized || present.find("libasan") != std::string::npos) return preload;
  if (present.find("libjemalloc") == std::string::npos) {
    std::string found, looked_at;
    for (const std::string& path : candidates) {
      if (path.empty()) continue;
      if (exists(path)) {
        found = path;
        break;
      }
      looked_at += (looked_at.empty() ? "" : ", ") + path;
    }
    if (found.empty()) {
      preload.missing = looked_at;
      return preload;
    }
    preload.variables.emplace_back("LD_PRELOAD", present.empty() ? found : present + ":" + found);
  }
  if (environment("MALLOC_CONF").empty()) preload.variables.emplace_back("MALLOC_CONF", kMallocConf);
  return preload;
}

std::vector<std::string> jemalloc_candidates() {
  std::vector<std::string> paths{NAVAJO_JEMALLOC_LIB, "/usr/lib64/libjemalloc.so.2"};
  utsname machine{};
  if (uname(&machine) == 0) {
    paths.push_back("/usr/lib/" + std::string(machine.machine) + "-linux-gnu/libjemalloc.so.2");
  }
  paths.push_back("/usr/lib/libjemalloc.so.2");
  paths.push_back("/usr/local/lib/libjemalloc.so.2");
  return paths;
}

}  // namespace navajo::cli
