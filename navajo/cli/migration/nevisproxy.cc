#include "navajo/cli/migration/nevisproxy.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <set>

#include "navajo/cli/ca_files.h"
#include "navajo/cli/configuration.h"
#include "navajo/cli/generated.h"
#include "navajo/cli/init/folder.h"
#include "navajo/cli/instance.h"
#include "navajo/cli/inventory/components.h"
#include "navajo/cli/migration/notes.h"

namespace navajo::cli::migration {
namespace {

namespace fs = std::filesystem;

constexpr size_t kLargestFile = 16 << 20, kMostFiles = 20000;

// What belongs to a run and not to a configuration.
const std::set<std::string> kLeftOut{"logs", "log", "work", "run", "tmp", "cache", "backup", ".git"};
const std::set<std::string> kTexts{".xml", ".properties", ".conf", ".cfg", ".txt", ".policy"};

base::Failed<base::Error> not_imported(std::string text) { return base::Failed{base::Error{std::move(text)}}; }

bool is_text(const fs::path& path) { return kTexts.count(path.extension().string()) > 0; }

// The instance's own folder as its files call it: of a copy that lies elsewhere, what nevisProxy would have called it.
std::vector<std::string> own_paths(const fs::path& folder) {
  std::vector<std::string> out{folder.string()};
  const std::string installed = "/var/opt/nevisproxy/" + folder.filename().string();
  if (installed != out.front()) out.push_back(installed);
  return out;
}

// In its place, as readable as it was: a descriptor may have pass phrases in it.
bool rewrite(const std::string& path, const std::string& text) {
  struct stat about {};
  const std::string draft = path + ".new";
  if (stat(path.c_str(), &about) != 0) return false;
  unlink(draft.c_str());
  return write_new_file(draft, text, about.st_mode & 0777).ok() && rename(draft.c_str(), path.c_str()) == 0;
}

struct Source {
  fs::path folder;     // of the instance
  std::string config;  // relative to it
};

base::Result<Source> find_source(const std::string& given) {
  std::error_code error;
  const fs::path path = fs::absolute(given, error).lexically_normal();
  if (fs::is_regular_file(path, error)) {
    const bool in_conf = path.parent_path().filename() == "conf";
    const fs::path folder = in_conf ? path.parent_path().parent_path() : path.parent_path();
    return Source{folder, fs::relative(path, folder, error).string()};
  }
  fs::path folder = path;
  if (folder.filename().empty()) folder = folder.parent_path();
  for (const char* place : {"conf/navajo.xml", "navajo.xml"})
    if (fs::is_regular_file(folder / place, error)) return Source{folder, place};
  return not_imported(folder.string() + ": there is no conf/navajo.xml and no navajo.xml in it");
}

class Importer {
 public:
  Importer(Source source, std::string target) : source_(std::move(source)), target_(std::move(target)) {}

  base::Result<Report> import() {
    report_.config = target_ + "/" + source_.config;
    if (auto copied = copy(); !copied) return base::Failed{copied.error()};
    // Judged where it is to run, since paths point there.
    config::Diagnostics strict;
    auto navajo = judge_configuration(report_.config, Depth::everything, strict);
    if (!strict.ok() && make_lenient()) {
      config::Diagnostics lenient;
      navajo = judge_configuration(report_.config, Depth::everything, lenient);
      tell(lenient);
    } else {
      tell(strict);
    }
    rename_classes(navajo);
    return std::move(report_);
  }

 private:
  base::Status<> copy() {
    auto made = init::NewFolder::begin(target_);
    if (!made) return base::Failed{made.error()};
    size_t paths = 0;
    std::error_code error;
    for (auto entry = fs::recursive_directory_iterator(source_.folder, error); !error && entry != fs::end(entry);
         entry.increment(error)) {
      const fs::path relative = fs::relative(entry->path(), source_.folder, error);
      if (entry->is_directory(error)) {
        if (entry.depth() == 0 && kLeftOut.count(relative.string())) entry.disable_recursion_pending();
        continue;
      }
      if (!entry->is_regular_file(error) || relative.extension() == ".log" || relative.extension() == ".pid") continue;
      struct stat about {};
      if (stat(entry->path().c_str(), &about) != 0 || static_cast<size_t>(about.st_size) > kLargestFile) {
        report_.changed.push_back(relative.string() + " is left out: it cannot be read, or is larger than 16 MB");
        continue;
      }
      if (report_.copied.size() >= kMostFiles) return not_imported("the instance has more than 20000 files");
      auto text = read_file(entry->path().string(), kLargestFile);
      if (!text.ok()) return base::Failed{text.error()};
      if (is_text(relative))
        for (const std::string& from : own_paths(source_.folder))
          text = with_paths_replaced(*text, from, target_, paths);
      if (auto written = made->write(relative.string(), *text, about.st_mode & 0777); !written) return written;
      report_.copied.push_back(relative.string());
    }
    if (error) return not_imported(source_.folder.string() + ": " + error.message());
    if (paths > 0)
      report_.changed.push_back(std::to_string(paths) + " paths below the instance's folder point to " + target_);
    std::sort(report_.copied.begin(), report_.copied.end());
    return made->finish();
  }

  // False: it is so already.
  bool make_lenient() {
    auto text = read_file(report_.config, kLargestFile);
    const size_t element = text.ok() ? text->find("<Navajo") : std::string::npos;
    if (element == std::string::npos || text->find("compat=", element) < text->find('>', element)) return false;
    text->insert(element + std::string_view("<Navajo").size(), " compat=\"lenient\"");
    if (!rewrite(report_.config, *text)) return false;
    report_.changed.push_back("Navajo compat=\"lenient\": what is not known is told and skipped, as listed below");
    return true;
  }

  void tell(const config::Diagnostics& diagnostics) {
    for (const config::Fault& one : diagnostics.notices()) report_.not_mapped.push_back(one.line());
    for (const config::Fault& one : diagnostics.faults()) report_.faults.push_back(one.line());
  }

  void rename_classes(const config::NavajoXml& navajo) {
    std::map<std::string, std::map<std::string, std::string>> by_file;
    for (const inventory::Component& one : inventory::components_of(navajo, full_catalogue()))
      if (!one.specs.empty() && one.declared != one.class_name) {
        report_.classes[one.declared] = one.class_name;
        by_file[one.web_inf + "/web.xml"][one.declared] = one.class_name;
      }
    for (const auto& [file, names] : by_file) {
      auto text = read_file(file, kLargestFile);
      if (!text.ok()) continue;
      for (const auto& [from, to] : names)
        for (size_t at = text->find(">" + from + "<"); at != std::string::npos; at = text->find(">" + from + "<", at))
          text->replace(at + 1, from.size(), to);
      if (!rewrite(file, *text)) report_.changed.push_back(file + " keeps nevisProxy's class names: not written");
    }
  }

  const Source source_;
  const std::string target_;
  Report report_;
};

}  // namespace

std::string with_paths_replaced(const std::string& text, const std::string& from, const std::string& to,
                                size_t& changes) {
  std::string out;
  size_t at = 0;
  for (size_t found = text.find(from); found != std::string::npos; found = text.find(from, at)) {
    const size_t end = found + from.size();
    const char next = end < text.size() ? text[end] : ' ';
    // Not of /var/opt/nevisproxy/shop2, and not the end of a longer path.
    const bool whole = next == '/' || next == '"' || next == '\'' || next == '<' || next == ' ' || next == '\n' ||
                       next == '\r' || next == '\t' || next == ':' || next == ',';
    const bool start = found == 0 || std::string_view("\"'>= \t\n:,").find(text[found - 1]) != std::string_view::npos;
    out.append(text, at, found - at);
    out += whole && start ? to : from;
    if (whole && start) changes++;
    at = end;
  }
  return out.append(text, at, std::string::npos);
}

base::Result<Report> import_nevisproxy(const std::string& source, const std::string& target) {
  auto found = find_source(source);
  if (!found.ok()) return base::Failed{found.error()};
  return Importer(std::move(*found), target).import();
}

std::string report_text(const Report& report) {
  std::string out = std::to_string(report.copied.size()) + " files copied: " + report.config + "\n";
  std::vector<std::string> classes;
  for (const auto& [from, to] : report.classes) classes.push_back(from + " -> " + to);
  append_list(out, "Mapped classes:", classes);
  append_list(out, "Changed:", report.changed);
  append_list(out, "Not mapped (accepted, without effect):", report.not_mapped);
  append_list(out, "To be mended by hand:", report.faults);
  out += report.faults.empty() ? "\nIt has no faults: navajo start --config " + report.config + "\n"
                               : "\nIt does not start yet: navajo check --config " + report.config + "\n";
  return out;
}

}  // namespace navajo::cli::migration
