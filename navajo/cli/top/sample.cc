#include "navajo/cli/top/sample.h"

#include <unistd.h>

#include <cstdlib>

#include "navajo/cli/admin_question.h"
#include "navajo/config/text.h"
#include "navajo/observe/traffic.h"

namespace navajo::cli::top {
namespace {

ProcessUse use_of(uint32_t pid) {
  const std::string folder = "/proc/" + std::to_string(pid);
  ProcessUse out;
  if (const auto stat = read_file(folder + "/stat"); stat.ok()) out.ticks = ticks_of(*stat);
  if (const auto memory = read_file(folder + "/statm"); memory.ok()) {
    const auto words = config::split_words(*memory);
    if (words.size() > 1)
      out.resident =
          strtoull(std::string(words[1]).c_str(), nullptr, 10) * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  }
  return out;
}

}  // namespace

uint64_t ticks_of(const std::string& stat) {
  // The name may have blanks and brackets in it: count from its end. Fields 14 and 15 of proc(5).
  const size_t name_end = stat.rfind(')');
  if (name_end == stat.npos) return 0;
  const auto words = config::split_words(std::string_view(stat).substr(name_end + 1));
  if (words.size() < 13) return 0;
  return strtoull(std::string(words[11]).c_str(), nullptr, 10) + strtoull(std::string(words[12]).c_str(), nullptr, 10);
}

base::Result<Sample> take_sample(const Instance& instance, std::chrono::milliseconds patience) {
  const auto segment = observe::StatusSegment::attach(instance.status_file());
  if (!segment.ok()) return base::Failed{segment.error()};
  Sample out;
  out.numbers = segment->read();
  const observe::Traffic traffic = observe::read_traffic(segment->traffic());
  out.requests = traffic.latency(observe::Family::request_duration);
  out.calls = traffic.latency(observe::Family::backend_duration);
  out.at = std::chrono::steady_clock::now();
  out.processes[out.numbers.parent_pid] = use_of(out.numbers.parent_pid);
  for (const observe::ChildNumbers& child : out.numbers.children) out.processes[child.pid] = use_of(child.pid);
  auto stores = ask_instance(instance, "store list", patience);
  if (!stores.ok()) {
    out.unanswered = stores.error().text;
    return out;
  }
  out.stores = std::move(*stores);
  if (auto backends = ask_instance(instance, "routing show", patience); backends.ok())
    for (admin::Line& line : *backends)
      if (line.words[0] == "backend") out.backends.push_back(std::move(line));
  return out;
}

}  // namespace navajo::cli::top
