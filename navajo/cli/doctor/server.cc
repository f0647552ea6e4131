#include "navajo/cli/doctor/server.h"

#include <elf.h>
#include <sys/types.h>
#include <unistd.h>

#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "navajo/cli/httpd_program.h"
#include "navajo/cli/preload.h"
#include "navajo/observe/status_segment.h"

namespace navajo::cli::doctor {
namespace {

// Whole, however large: a module with its debug information has megabytes. /proc tells no sizes.
std::string whole_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

template <class T>
const T* at(const std::string& bytes, uint64_t offset, uint64_t count = 1) {
  if (offset > bytes.size() || count > (bytes.size() - offset) / sizeof(T) || offset % alignof(T) != 0) return nullptr;
  return reinterpret_cast<const T*>(bytes.data() + offset);
}

// Where an address of the loaded module lies in its file; 0: nowhere.
uint64_t offset_of(const std::string& bytes, const Elf64_Ehdr& head, uint64_t address) {
  const Elf64_Phdr* const segments = at<Elf64_Phdr>(bytes, head.e_phoff, head.e_phnum);
  for (int i = 0; segments && i < head.e_phnum; i++)
    if (segments[i].p_type == PT_LOAD && address >= segments[i].p_vaddr &&
        address < segments[i].p_vaddr + segments[i].p_filesz)
      return address - segments[i].p_vaddr + segments[i].p_offset;
  return 0;
}

std::vector<pid_t> processes_of(pid_t parent) {
  std::vector<pid_t> out{parent};
  const std::string list =
      whole_file("/proc/" + std::to_string(parent) + "/task/" + std::to_string(parent) + "/children");
  for (const char *p = list.data(), *end = p + list.size(); p < end; p++) {
    pid_t pid = 0;
    const auto [next, error] = std::from_chars(p, end, pid);
    if (error == std::errc()) out.push_back(pid);
    p = std::max(p, next);
  }
  return out;
}

std::string first_jemalloc() {
  for (const std::string& path : jemalloc_candidates())
    if (!path.empty() && access(path.c_str(), R_OK) == 0) return path;
  return "";
}

// The soft limit of open files, out of /proc/PID/limits.
uint64_t open_files_limit(pid_t pid) {
  const std::string text = whole_file("/proc/" + std::to_string(pid) + "/limits");
  const size_t at_name = text.find("Max open files");
  return at_name == text.npos ? 0 : strtoull(text.c_str() + at_name + strlen("Max open files"), nullptr, 10);
}

}  // namespace

std::optional<int> interface_of_module(const std::string& path, const std::string& symbol) {
  const std::string bytes = whole_file(path);
  const Elf64_Ehdr* const head = at<Elf64_Ehdr>(bytes, 0);
  if (!head || memcmp(head->e_ident, ELFMAG, SELFMAG) != 0 || head->e_ident[EI_CLASS] != ELFCLASS64)
    return std::nullopt;
  const Elf64_Shdr* const sections = at<Elf64_Shdr>(bytes, head->e_shoff, head->e_shnum);
  for (int i = 0; sections && i < head->e_shnum; i++) {
    if (sections[i].sh_type != SHT_DYNSYM || sections[i].sh_link >= head->e_shnum) continue;
    const uint64_t count = sections[i].sh_size / sizeof(Elf64_Sym), names = sections[sections[i].sh_link].sh_offset;
    const Elf64_Sym* const symbols = at<Elf64_Sym>(bytes, sections[i].sh_offset, count);
    for (uint64_t j = 0; symbols && j < count; j++) {
      const uint64_t name = names + symbols[j].st_name;
      if (name >= bytes.size() || bytes.compare(name, symbol.size() + 1, symbol.c_str(), symbol.size() + 1) != 0)
        continue;
      const int* const record = at<int>(bytes, offset_of(bytes, *head, symbols[j].st_value));
      return record ? std::optional(*record) : std::nullopt;
    }
  }
  return std::nullopt;
}

std::optional<int> interface_of_httpd(const std::string& text) {
  constexpr std::string_view kLabel = "Module Magic Number:";
  const size_t label = text.find(kLabel);
  if (label == text.npos) return std::nullopt;
  const int number = atoi(text.c_str() + label + kLabel.size());
  return number > 0 ? std::optional(number) : std::nullopt;
}

void look_at_httpd(const Installation& installation, Findings& findings) {
  const auto asked = run_program({installation.httpd, "-V"});
  const auto httpd = asked.ok() ? interface_of_httpd(asked->text) : std::nullopt;
  if (!httpd)
    return findings.fault("httpd", installation.httpd + " does not answer -V",
                          "install Apache httpd 2.4, or name it in NAVAJO_HTTPD");
  if (access(installation.navajo_module.c_str(), R_OK) != 0)
    return findings.fault("httpd", installation.navajo_module + " is missing", "install Navajo, or set NAVAJO_MODULES");
  const auto module = interface_of_module(installation.navajo_module, "navajo_module");
  const std::string text = installation.httpd + " has module interface " + std::to_string(*httpd);
  if (!module)
    findings.warning("httpd", installation.navajo_module + " is no module that can be looked into", "install it anew");
  else if (*module != *httpd)
    findings.fault("httpd", text + ", mod_navajo was built for " + std::to_string(*module),
                   "install the package for this httpd");
  else
    findings.ok("httpd", text + ", and so has mod_navajo");
  const std::string jemalloc = first_jemalloc();
  if (jemalloc.empty())
    findings.warning("allocator", "no jemalloc is installed: memory grows and is not given back",
                     "apt-get install libjemalloc2, or dnf install jemalloc (EPEL)");
  else
    findings.ok("allocator", jemalloc + " will be preloaded");
}

void look_at_processes(const Instance& instance, pid_t parent, Findings& findings) {
  size_t with = 0, unreadable = 0;
  const std::vector<pid_t> processes = processes_of(parent);
  for (const pid_t pid : processes) {
    const std::string maps = whole_file("/proc/" + std::to_string(pid) + "/maps");
    if (maps.empty()) unreadable++;
    if (maps.find("libjemalloc") != maps.npos) with++;
  }
  const std::string of =
      std::to_string(with) + " of " + std::to_string(processes.size()) + " processes run on jemalloc";
  if (unreadable > 0)
    findings.warning("allocator", "of " + std::to_string(unreadable) + " processes it cannot be seen",
                     "ask as root or as the user who started the server");
  else if (with == processes.size())
    findings.ok("allocator", of);
  else
    findings.warning("allocator", of + ": the preload was dropped, or jemalloc is not installed",
                     "start it with `navajo start`, or set LD_PRELOAD in the unit; SELinux may drop it");
  const auto segment = observe::StatusSegment::attach(instance.status_file());
  if (!segment.ok())
    return findings.fault("processes", segment.error().text, "is this navajo of the same version as the server?");
  const observe::StatusNumbers numbers = segment->read();
  const auto limit = static_cast<uint64_t>(std::max<int64_t>(0, numbers[observe::Gauge::connections_limit]));
  const uint64_t files = open_files_limit(processes.back());
  const uint64_t children = std::max<size_t>(1, numbers.children.size());
  if (files > 0 && limit / children >= files)
    findings.warning("descriptors",
                     "a child may open " + std::to_string(files) + " files and take " +
                         std::to_string(limit / children) + " connections",
                     "LimitNOFILE in the unit, or a smaller Reactor maxConnections");
  else if (files > 0)
    findings.ok("descriptors", "children may open " + std::to_string(files) + " files");
  if (const uint64_t refused = numbers[observe::Counter::regex_jit_refused])
    findings.warning("jit", std::to_string(refused) + " patterns of the running server are interpreted",
                     "navajo explain NVJ1903");
  if (numbers.claims_refused > 0)
    findings.warning("processes", std::to_string(numbers.claims_refused) + " children found no slot for their numbers",
                     "a larger ServerLimit in Server");
}

}  // namespace navajo::cli::doctor
