// How a changed file becomes the generation at work: all of it under the segment's lock, in whichever process saw the
// change first.
#include <algorithm>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <thread>

#include "navajo/config/text.h"
#include "navajo/observe/log.h"
#include "navajo/observe/status_segment.h"
#include "navajo/rules/shared_rule_store.h"

namespace navajo::rules {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLookAgain{2};

base::Failed<base::Error> failed(std::string text) { return {base::Error{std::move(text)}}; }

uint64_t digest_of(std::span<const config::Fault> faults) {
  config::FileTexts texts;
  for (size_t i = 0; i < faults.size(); i++) texts[std::to_string(i)] = faults[i].line();
  return content_of(texts);
}

}  // namespace

base::Result<uint32_t> SharedRuleStore::reload(config::Diagnostics& diagnostics) {
  const std::lock_guard working(working_);
  std::optional<shm::RobustLock> lock;
  if (const auto locked = lock_for_writing(lock); !locked.ok()) return base::Failed{locked.error()};
  head().judged_faults.store(0);  // who asks is told, and so is the log
  return judge(diagnostics);
}

// Not for ever: its holder may have been stopped.
base::Status<> SharedRuleStore::lock_for_writing(std::optional<shm::RobustLock>& lock) const {
  for (const auto until = Clock::now() + patience_.for_lock;;) {
    lock.emplace(head().lock, shm::RobustLock::Try{});
    if (lock->state() == shm::Locked::failed) return failed("the lock of the rules is damaged: restart the server");
    if (lock->state() != shm::Locked::busy) {
      mend(*lock);
      return base::Done{};
    }
    if (Clock::now() >= until) return failed("another process has been reading rules all the time: try again");
    std::this_thread::sleep_for(kLookAgain);
  }
}

// A process that was killed with the lock had written into a place that nobody reads, into counters of a rule nobody
// has yet, or into the list of files, which is made again with the next change.
void SharedRuleStore::mend(shm::RobustLock& lock) const {
  if (lock.state() != shm::Locked::owner_died) return;
  lock.consistent();
  head().judged_stamps.store(0);
  observe::log(observe::id::rule_store_repaired,
               "rules %s: a process died while it wrote a generation; nothing of it was put to work, generation %u is",
               options_.name.c_str(), GenerationWord(head().current.load()).number);
}

base::Result<uint32_t> SharedRuleStore::judge(config::Diagnostics& diagnostics) {
  const auto begun = Clock::now();
  const size_t before = diagnostics.faults().size();
  CompiledRules compiled = compiler_.compile(options_.file, diagnostics);
  bool good = diagnostics.faults().size() == before && fits(compiled.image.size(), diagnostics);
  std::string why;
  uint32_t number = 0;
  if (good) {
    auto published = publish(compiled.image, nullptr);
    if (published.ok()) {
      SharedGeneration::Parts parts;
      parts.number = number = published->word.number;
      parts.hold.emplace(std::move(*published->hold));
      parts.image = {segment_->image(published->word.place), compiled.image.size()};
      parts.rows = std::move(published->rows);
      parts.rules = std::move(published->rules);
      parts.loaded_at = head().places[published->word.place].loaded_at;
      tell_loaded(number, begun);
      tell_warnings(compiled.warnings);
      replace(std::move(parts));
      segment_->announce();
      head().reloads.fetch_add(1, std::memory_order_relaxed);
      observe::count(observe::Counter::rule_reloads);
    } else {
      good = false;
      why = published.error().text;
      diagnostics.fault({options_.file, 0, 0}, observe::id::rules_refused, why);
    }
  }
  const Judged judged = look_back(compiled.files, good);
  remember(judged, good);
  watched_ = judged.watched;
  if (good) return number;
  const auto faults = std::span(diagnostics.faults()).subspan(before);
  head().refused.fetch_add(1, std::memory_order_relaxed);
  const uint64_t said = digest_of(faults);
  if (head().judged_faults.exchange(said) != said) {
    observe::count(observe::Counter::rule_reloads_refused);
    tell_faults(faults);
  }
  // Not the file's fault: it is tried again.
  if (!why.empty()) head().judged_stamps.store(0);
  return failed(why.empty() ? "the rules have faults: generation " + std::to_string(number_.load()) + " stays at work"
                            : why);
}

bool SharedRuleStore::fits(uint64_t image, config::Diagnostics& diagnostics) const {
  if (image <= options_.memory) return true;
  diagnostics.fault({options_.file, 0, 0}, observe::id::config_memory_exhausted,
                    "Rules '" + config::printable(options_.name) + "' take " + std::to_string(image) +
                        " bytes, more than the " + std::to_string(options_.memory) + " of memory: set memory to " +
                        std::to_string(image + image / 2) + " or more");
  return false;
}

// adopted: by the parent, from its own copy. Else it is adopted from where it is written, which is held.
auto SharedRuleStore::publish(std::span<const std::byte> image, const AdoptedRules* adopted)
    -> base::Result<Published> {
  const auto place = free_place();
  if (!place.ok()) return base::Failed{place.error()};
  if (const auto room = segment_->make_room(*place, image.size()); !room.ok()) return base::Failed{room.error()};
  memcpy(segment_->image(*place), image.data(), image.size());
  const std::span<const std::byte> written(segment_->image(*place), image.size());
  if (memcmp(written.data(), image.data(), image.size()) != 0) return failed("what was written reads differently");
  const uint32_t number = head().last_number.fetch_add(1) + 1;
  Published out{{number, *place}, std::nullopt, {}, {}};
  if (!adopted) {
    Held hold = segment_->readers().hold(*place);
    if (!hold) return failed("there are more processes than rows for them");
    out.hold.emplace(std::move(*hold));
    auto taken = compiler_.adopt(written);
    if (!taken.ok()) return base::Failed{taken.error()};
    out.rules = std::move(*taken);
    adopted = &out.rules;
  }
  if (adopted->ids.size() > kMaxRules) return failed("there are more rules than counters can be named for");
  out.rows = place_counters(*adopted, number);
  if (!out.rows.empty()) memcpy(segment_->rows(*place), out.rows.data(), out.rows.size() * sizeof(uint32_t));
  head().places[*place] = {number, static_cast<uint32_t>(adopted->ids.size()), static_cast<uint32_t>(adopted->sets),
                           image.size(), static_cast<int64_t>(time(nullptr))};
  head().current.store(out.word.word());
  return out;
}

std::vector<uint32_t> SharedRuleStore::place_counters(const AdoptedRules& rules, uint32_t generation) {
  std::vector<uint32_t> rows;
  rows.reserve(rules.ids.size());
  for (const std::string& id : rules.ids) rows.push_back(segment_->counters().place(id, generation));
  return rows;
}

base::Result<uint32_t> SharedRuleStore::free_place() {
  for (const auto until = Clock::now() + patience_.for_place;;) {
    retired_->drain();
    const uint64_t word = head().current.load();
    const GenerationWord current(word);
    const uint32_t held = segment_->readers().held();
    for (uint32_t place = 0; place < kPlaces; place++) {
      const bool at_work = word != 0 && place == current.place;
      if (!at_work && !(held & 1u << place)) return place;
    }
    if (Clock::now() >= until) {
      std::string who;
      for (uint32_t place = 0; place < kPlaces; place++)
        if (place != current.place)
          who += (who.empty() ? "generation " : ", generation ") + std::to_string(head().places[place].number) +
                 " by " + segment_->readers().holders(place);
      return failed("there is room for three generations, and requests still use the two before this one (" + who +
                    "): generation " + std::to_string(current.number) + " stays at work");
    }
    std::this_thread::sleep_for(kLookAgain);
  }
}

bool SharedRuleStore::is_current(std::span<const std::byte> image) const {
  const uint64_t word = head().current.load();
  if (word == 0) return false;
  const uint32_t place = GenerationWord(word).place;
  return head().places[place].image_size == image.size() &&
         memcmp(segment_->image(place), image.data(), image.size()) == 0;
}

// Stamps first, then the texts once more: whatever changes after the stamps were taken changes them.
auto SharedRuleStore::look_back(const config::FileTexts& texts, bool good) const -> Judged {
  std::vector<std::string> files;
  for (const auto& text : texts) files.push_back(text.first);
  Judged out;
  out.content = content_of(texts);
  out.watched = files;
  if (!texts.contains(options_.file)) out.watched.push_back(options_.file);
  // What was looked for and not found shows itself by a change of a folder.
  if (!good)
    for (size_t i = 0, known = out.watched.size(); i < known; i++)
      out.watched.push_back(std::filesystem::path(out.watched[i]).parent_path().string());
  const FileStamps stamps = stamps_of(out.watched);
  out.as_read = content_now(files) == out.content;
  if (stamps.quiet && out.as_read) out.stamps = stamps.digest;
  return out;
}

void SharedRuleStore::remember(const Judged& judged, bool good) {
  StoreHeadShm& head = this->head();
  head.judged_good.store(good);
  head.judged_content.store(judged.content);
  if (good) head.judged_faults.store(0);
  if (!segment_->keep_watch_list(judged.watched)) (void)segment_->keep_watch_list({options_.file});
  head.judged_stamps.store(judged.stamps);
}

void SharedRuleStore::tell_loaded(uint32_t number, Clock::time_point begun) const {
  const PlaceShm& about = head().places[GenerationWord(head().current.load()).place];
  const auto took = std::chrono::duration_cast<milliseconds>(Clock::now() - begun);
  observe::log(observe::id::rules_loaded, "rules %s: generation %u is at work, %u rules in %u sets, made in %lld ms",
               options_.name.c_str(), number, about.rules, about.sets, static_cast<long long>(took.count()));
}

// Suspicious is not wrong: the rules are at work.
void SharedRuleStore::tell_warnings(std::span<const std::string> warnings) const {
  constexpr size_t kMostLines = 10;
  const size_t lines = std::min(warnings.size(), kMostLines);
  for (const std::string& warning : warnings.first(lines))
    observe::log(observe::id::rules_loaded, "rules %s: %s", options_.name.c_str(), warning.c_str());
  if (lines < warnings.size())
    observe::log(observe::id::rules_loaded, "rules %s: and %zu more warnings, see navajo rules lint",
                 options_.name.c_str(), warnings.size() - lines);
}

void SharedRuleStore::tell_faults(std::span<const config::Fault> faults) const {
  for (const config::Fault& fault : faults) {
    const config::Position& at = fault.where;
    if (at.line == 0)
      observe::log(observe::id::rules_refused, "%s: %s", at.file.c_str(), fault.text.c_str());
    else
      observe::log(observe::id::rules_refused, "%s:%d:%d: %s", at.file.c_str(), at.line, at.column,
                   fault.text.c_str());
  }
  observe::log(observe::id::rules_refused, "rules %s: %zu faults, named above: generation %u stays at work",
               options_.name.c_str(), faults.size(), GenerationWord(head().current.load()).number);
}

}  // namespace navajo::rules
