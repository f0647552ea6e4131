// For tests of the rule store: a language of one word a line instead of rules.xml. Each line is a rule's id; "!text" is
// a fault, "?text" a warning, "include FILE" another file, "size N" makes the image N bytes long, "#..." only makes it
// another one. An image tells whether it is whole.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>

#include <charconv>
#include <cstring>
#include <fstream>
#include <mutex>
#include <sstream>

#include "navajo/config/temporary_folder.h"
#include "navajo/rules/shared_rule_store.h"

namespace navajo::rules {

class WordCompiler final : public RuleCompiler {
 public:
  CompiledRules compile(const std::string& file, config::Diagnostics& diagnostics) const override {
    CompiledRules out;
    std::string all;
    read(file, diagnostics, out.files, all);
    std::istringstream lines(all);
    for (std::string line; std::getline(lines, line);)
      if (line.starts_with("?")) out.warnings.push_back(line.substr(1));
    size_t size = 64 + all.size();
    if (const size_t at = all.find("size "); at != std::string::npos)
      std::from_chars(all.data() + at + 5, all.data() + all.size(), size);
    size = std::max(size, 16 + all.size());
    out.image.assign(size, static_cast<std::byte>(all.size() * 7));
    const uint64_t length = all.size();
    memcpy(out.image.data() + 8, &length, sizeof length);
    memcpy(out.image.data() + 16, all.data(), all.size());
    const uint64_t sum = sum_of(out.image);
    memcpy(out.image.data(), &sum, sizeof sum);
    return out;
  }

  base::Result<AdoptedRules> adopt(std::span<const std::byte> image) const override {
    if (!is_whole(image)) return base::Failed{base::Error{"the image is damaged"}};
    AdoptedRules out;
    out.sets = 1;
    std::istringstream lines(text_of(image));
    for (std::string line; std::getline(lines, line);)
      if (!line.empty() && line[0] != '#' && line.find(' ') == std::string::npos) out.ids.push_back(line);
    return out;
  }

  static bool is_whole(std::span<const std::byte> image) {
    uint64_t sum = 0;
    if (image.size() < 16) return false;
    memcpy(&sum, image.data(), sizeof sum);
    return sum == sum_of(image);
  }
  static std::string text_of(std::span<const std::byte> image) {
    uint64_t length = 0;
    memcpy(&length, image.data() + 8, sizeof length);
    return {reinterpret_cast<const char*>(image.data()) + 16, length};
  }

 private:
  static uint64_t sum_of(std::span<const std::byte> image) {
    uint64_t sum = 17;
    for (const std::byte byte : image.subspan(8)) sum = (sum ^ static_cast<uint64_t>(byte)) * 1099511628211u;
    return sum;
  }
  static void read(const std::string& file, config::Diagnostics& diagnostics, config::FileTexts& files,
                   std::string& all) {
    const auto text = config::read_file_text(file, 1 << 20);
    if (!text.ok()) return diagnostics.fault({file, 0, 0}, observe::id::config_unreadable, text.error().text);
    files.insert_or_assign(file, *text);
    std::istringstream lines(*text);
    int number = 0;
    for (std::string line; std::getline(lines, line);) {
      number++;
      if (line.starts_with("!")) diagnostics.fault({file, number, 1}, observe::id::config_bad_value, line.substr(1));
      if (line.starts_with("include "))
        read(line.substr(8), diagnostics, files, all);
      else
        all += line + "\n";
    }
  }
};

// Lines of the log, while it lives.
class KeptLog {
 public:
  KeptLog() { observe::set_log_sink(keep, nullptr); }
  ~KeptLog() {
    observe::set_log_sink(nullptr, nullptr);
    std::vector<std::string>().swap(lines());
  }
  static std::vector<std::string> of(observe::LogId id) {
    const std::lock_guard lock(guard());
    std::vector<std::string> out;
    const std::string head = "NVJ" + std::to_string(id.number) + " ";
    for (const std::string& line : lines())
      if (line.starts_with(head)) out.push_back(line.substr(head.size()));
    return out;
  }

 private:
  static std::mutex& guard() {
    static std::mutex one;
    return one;
  }
  static std::vector<std::string>& lines() {
    static std::vector<std::string> all;
    return all;
  }
  static void keep(observe::LogId, std::string_view text) {
    const std::lock_guard lock(guard());
    lines().emplace_back(text);
  }
};

class RuleStoreFixture {
 public:
  RuleStoreFixture() {
    options.name = "main";
    options.file = folder.path() + "/rules.xml";
    options.memory = 64 * 1024;
    options.counter_rows = 512;
    write("a\nb\n");
  }
  ~RuleStoreFixture() { shm::Segment::close_unwanted(StoreSegment::kPrefix, [](std::string_view) { return false; }); }

  void write(const std::string& text) const { write(options.file, text); }
  // Whole at once, as an editor does, and as if it had been a minute ago: nobody waits for it to be quiet.
  void write(const std::string& path, const std::string& text) const {
    static int64_t age = 0;
    std::ofstream(path + ".new") << text;
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    const timespec times[2] = {{now.tv_sec - 60, age}, {now.tv_sec - 60, age}};
    age++;
    utimensat(AT_FDCWD, (path + ".new").c_str(), times, 0);
    rename((path + ".new").c_str(), path.c_str());
  }
  std::shared_ptr<SharedRuleStore> open() {
    auto store = SharedRuleStore::open(options, compiler, faults, patience);
    if (store) store->put_to_work();
    return store;
  }
  static std::string text_of(const RuleGeneration& generation) {
    const auto& shared = static_cast<const SharedGeneration&>(generation);
    if (!WordCompiler::is_whole(shared.parts().image)) return "damaged";
    return WordCompiler::text_of(shared.parts().image);
  }
  static std::string text_of(const RuleStore& store) { return text_of(*store.current()); }
  static bool reload(RuleStore& store) {
    config::Diagnostics found;
    return store.reload(found).ok();
  }

  config::TemporaryFolder folder;
  RuleStoreOptions options;
  WordCompiler compiler;
  config::Diagnostics faults;
  SharedRuleStore::Patience patience{std::chrono::milliseconds(20'000), std::chrono::milliseconds(20'000)};
  KeptLog log;
};

}  // namespace navajo::rules
