#include "navajo/cli/doctor/machine.h"

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>

#include <charconv>
#include <cstring>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "navajo/cli/instance.h"
#include "navajo/config/text.h"

namespace navajo::cli::doctor {
namespace {

constexpr char kKernel[] = "kernel";
// Descriptors of a child that are no client's: logs, backends, event loops.
constexpr uint64_t kOwnDescriptors = 256;
constexpr uint64_t kMegabyte = 1 << 20;

std::string megabytes(uint64_t bytes) { return std::to_string(bytes / kMegabyte) + " MB"; }

// A number that should be at least so much.
struct AtLeast {
  const char* name;  // as sysctl(8) has it
  uint64_t least;
  uint64_t advised;
  const char* why;
};
constexpr AtLeast kNumbers[] = {
    {"net.core.somaxconn", 1024, 4096, "connections that wait to be accepted beyond it are dropped in a burst"},
    {"net.ipv4.tcp_max_syn_backlog", 512, 4096, "handshakes under way beyond it are dropped in a burst"},
    {"net.core.netdev_max_backlog", 1000, 5000, "packets that wait for a processor beyond it are dropped"},
    {"vm.max_map_count", 65530, 262144, "each request at work has a stack with a guard page: two maps"},
};

std::string path_of(const std::string& name) {
  std::string path = "/proc/sys/" + name;
  for (char& c : path)
    if (c == '.') c = '/';
  return path;
}

}  // namespace

std::optional<uint64_t> Machine::number(const std::string& path, size_t index) const {
  const auto text = read_file(root_ + path);
  if (!text.ok()) return std::nullopt;
  const auto words = config::split_words(*text);
  uint64_t value = 0;
  if (index >= words.size()) return std::nullopt;
  const std::string_view word = words[index];
  if (std::from_chars(word.data(), word.data() + word.size(), value).ec != std::errc()) return std::nullopt;
  return value;
}

void Machine::kernel(Findings& findings) const {
  for (const AtLeast& row : kNumbers) {
    const auto value = number(path_of(row.name));
    if (!value) continue;
    const std::string text = std::string(row.name) + " is " + std::to_string(*value);
    if (*value >= row.least)
      findings.ok(kKernel, text);
    else
      findings.warning(kKernel, text + ": " + row.why,
                       "sysctl -w " + std::string(row.name) + "=" + std::to_string(row.advised));
  }
  const std::string range = path_of("net.ipv4.ip_local_port_range");
  if (const auto from = number(range, 0), to = number(range, 1); from && to && *to > *from) {
    const std::string text = "net.ipv4.ip_local_port_range has " + std::to_string(*to - *from + 1) +
                             " ports: so many connections to one address of a backend at a time";
    if (*to - *from >= 20000)
      findings.ok(kKernel, text);
    else
      findings.warning(kKernel, text, "sysctl -w net.ipv4.ip_local_port_range=\"10240 65535\"");
  }
  if (const auto reuse = number(path_of("net.ipv4.tcp_tw_reuse"))) {
    const std::string text = "net.ipv4.tcp_tw_reuse is " + std::to_string(*reuse);
    if (*reuse != 0)
      findings.ok(kKernel, text + (*reuse == 2 ? " (this machine's own addresses only)" : ""));
    else
      findings.warning(kKernel, text + ": ports of connections that backends close stay taken for a minute",
                       "sysctl -w net.ipv4.tcp_tw_reuse=1, where backends do not keep connections alive");
  }
}

void Machine::shared_memory(const Demand& demand, Findings& findings) const {
  const std::string path = root_ + "/dev/shm";
  struct stat about {};
  struct statvfs space {};
  if (stat(path.c_str(), &about) != 0 || !S_ISDIR(about.st_mode)) {
    findings.fault("memory", "/dev/shm is not there", "mount -t tmpfs -o mode=1777 tmpfs /dev/shm");
  } else if (root_.empty() && (about.st_mode & 07777) != 01777) {
    findings.warning("memory", "/dev/shm has other rights than 1777", "chmod 1777 /dev/shm");
  } else if (statvfs(path.c_str(), &space) == 0) {
    const uint64_t free = uint64_t{space.f_bavail} * space.f_frsize;
    if (root_.empty() && free < 16 * kMegabyte)
      findings.warning("memory", "/dev/shm has " + megabytes(free) + " free", "remove what lies there, or enlarge it");
    else
      findings.ok("memory", "/dev/shm is there, " + megabytes(free) + " free");
  }
  if (demand.shared_memory == 0) return;
  const auto text = read_file(root_ + "/proc/meminfo");
  const size_t at = text.ok() ? text->find("MemAvailable:") : std::string::npos;
  if (at == std::string::npos) return;
  uint64_t available = strtoull(text->c_str() + at + strlen("MemAvailable:"), nullptr, 10) * 1024;
  // In a container the group's limit counts, not the machine's memory.
  if (const auto limit = number("/sys/fs/cgroup/memory.max"))
    if (const auto used = number("/sys/fs/cgroup/memory.current"))
      available = std::min(available, *limit > *used ? *limit - *used : 0);
  const std::string said = "the configuration may take " + megabytes(demand.shared_memory) +
                           " of shared memory (sessions, limits, rules), " + megabytes(available) + " are available";
  if (demand.shared_memory > available)
    findings.fault("memory", said, "less MemorySize, or more memory: it is taken as it is used, and then not there");
  else if (demand.shared_memory > available / 2)
    findings.warning("memory", said, "see docs/operations.md for what processes need besides");
  else
    findings.ok("memory", said);
}

void Machine::selinux(Findings& findings) const {
  const auto enforcing = number("/sys/fs/selinux/enforce");
  if (!enforcing) return findings.ok("selinux", "not in use");
  if (*enforcing == 0) return findings.ok("selinux", "permissive: denials are logged, nothing is refused");
  findings.ok("selinux", "enforcing");
  struct Boolean {
    const char* name;
    Health without;
    const char* why;
  };
  constexpr Boolean kBooleans[] = {
      {"httpd_can_network_connect", Health::fault, "httpd may not connect to backends"},
      {"httpd_execmem", Health::warning,
       "regular expressions run without just-in-time compilation, some six times "
       "slower"},
  };
  for (const Boolean& row : kBooleans) {
    const auto on = number(std::string("/sys/fs/selinux/booleans/") + row.name);
    if (!on) continue;
    const std::string text = std::string(row.name) + (*on ? " is on" : " is off: ");
    const std::string advice = std::string("setsebool -P ") + row.name + " 1";
    if (*on)
      findings.ok("selinux", text);
    else if (row.without == Health::fault)
      findings.fault("selinux", text + row.why, advice);
    else
      findings.warning("selinux", text + row.why, advice + ", or accept it");
  }
}

void Machine::descriptors(uint64_t hard, const Demand& demand, Findings& findings) const {
  const std::string text = "a process may open " + std::to_string(hard) + " files";
  if (demand.connections_per_child == 0) {
    if (hard >= 65536) return findings.ok("descriptors", text);
    return findings.warning("descriptors", text + ": a connection is one, and one more to its backend",
                            "LimitNOFILE=65536 in the unit, or nofile in limits.conf");
  }
  // Of each connection that is at work the backend's is a second one; the others cost one.
  const uint64_t need = demand.connections_per_child + demand.connections_per_child / 4 + kOwnDescriptors;
  const std::string wanted =
      "Reactor maxConnections=" + std::to_string(demand.connections_per_child) + " wants " + std::to_string(need);
  if (hard >= need)
    findings.ok("descriptors", text + ", " + wanted);
  else
    findings.warning("descriptors", text + ", " + wanted,
                     "LimitNOFILE=" + std::to_string(std::max<uint64_t>(65536, need)) +
                         " in the unit or nofile in limits.conf, or a smaller maxConnections");
  if (const auto all = number("/proc/sys/fs/file-max"); all && *all < 4 * need)
    findings.warning("descriptors", "fs.file-max is " + std::to_string(*all) + " for all processes together",
                     "sysctl -w fs.file-max=" + std::to_string(16 * need));
}

void clock_is_kept(Findings& findings) {
  timex state{};
  if (adjtimex(&state) < 0) return;
  if (state.status & STA_UNSYNC)
    findings.warning("clock", "nobody keeps the clock right: sessions, certificates and logins depend on it",
                     "start chronyd or systemd-timesyncd (in a container: on the host)");
  else
    findings.ok("clock", "kept right, the error is at most " + std::to_string(state.maxerror / 1000) + " ms");
}

void just_in_time(Findings& findings) {
  int number = 0;
  PCRE2_SIZE offset = 0;
  pcre2_code* const code =
      pcre2_compile(reinterpret_cast<PCRE2_SPTR>("^(a|b)+c"), PCRE2_ZERO_TERMINATED, 0, &number, &offset, nullptr);
  const int compiled = code ? pcre2_jit_compile(code, PCRE2_JIT_COMPLETE) : PCRE2_ERROR_NOMEMORY;
  pcre2_code_free(code);
  if (compiled == 0) return findings.ok("jit", "regular expressions are compiled just in time");
  findings.warning(
      "jit", "regular expressions are interpreted (PCRE2 says " + std::to_string(compiled) + "), some six times slower",
      "allow writable and executable memory: setsebool -P httpd_execmem 1, no MemoryDenyWriteExecute");
}

}  // namespace navajo::cli::doctor
