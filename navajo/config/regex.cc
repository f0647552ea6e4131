#include "navajo/config/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <utility>

#include "navajo/config/regex_jit.h"

namespace navajo::config {
namespace {

// Up to this many bytes a search begins with the code that does not count.
constexpr size_t kShortSubject = 256;
constexpr uint32_t kShortMatchLimit = 5000;
// Steps of the counting code: 10 to 20 ns each, and one for this many bytes a step went over.
constexpr int64_t kSteps = 200000, kStepsPerByte = 16;
constexpr size_t kBytesPerStep = 16;
// The interpreter's frames: without that limit it fills memory instead of counting. Just-in-time code has its stack.
constexpr uint32_t kDepthLimit = 5000;
constexpr uint32_t kNoMatchLimit = 100000000;

// What PCRE2's callbacks need of the search a thread is in.
struct Search {
  pcre2_jit_stack* stack = nullptr;
  int64_t steps = 0;
  size_t at = 0;
};
thread_local Search* t_search = nullptr;

pcre2_jit_stack* stack_of_search(void*) { return t_search->stack; }

int count_step(pcre2_callout_block* block, void*) {
  const size_t now = block->current_position, before = t_search->at;
  t_search->at = now;
  t_search->steps -= 1 + static_cast<int64_t>((now > before ? now - before : before - now) / kBytesPerStep);
  return t_search->steps < 0 ? PCRE2_ERROR_CALLOUT : 0;
}

// Match data is two small blocks per search: they come from the stack, and from the heap only when that is full.
struct StackArena {
  alignas(std::max_align_t) char bytes[1024];
  size_t used = 0;

  static void* take(size_t size, void* self) {
    StackArena& arena = *static_cast<StackArena*>(self);
    const size_t rounded = (size + alignof(std::max_align_t) - 1) & ~(alignof(std::max_align_t) - 1);
    if (rounded > sizeof arena.bytes - arena.used) return malloc(size);
    void* const block = arena.bytes + arena.used;
    arena.used += rounded;
    return block;
  }
  static void give_back(void* block, void* self) {
    const StackArena& arena = *static_cast<StackArena*>(self);
    const char* const address = static_cast<char*>(block);
    if (address < arena.bytes || address >= arena.bytes + sizeof arena.bytes) free(block);
  }
};

// The plain characters behind a leading '^', as far as that is certain without a parser: nothing of a pattern with
// alternatives, and not the character that a quantifier is about.
std::string_view plain_beginning(std::string_view pattern) {
  if (!pattern.starts_with('^') || pattern.find('|') != std::string_view::npos) return {};
  pattern.remove_prefix(1);
  const size_t end = std::min(pattern.find_first_of("\\^$.[()?*+{"), pattern.size());
  const bool quantified = end < pattern.size() && std::string_view("?*+{").find(pattern[end]) != std::string_view::npos;
  return pattern.substr(0, quantified && end > 0 ? end - 1 : end);
}

}  // namespace

void Regex::FreeCode::operator()(pcre2_real_code_8* code) const { pcre2_code_free(code); }
void Regex::FreeMatchContext::operator()(pcre2_real_match_context_8* context) const {
  pcre2_match_context_free(context);
}

base::Result<Regex::Code> Regex::translate(std::string_view pattern, RegexOptions options, uint32_t more_flags) {
  // \C would look into the middle of a character, and with it the just-in-time compiler gives up on UTF-8.
  const uint32_t flags = (options.dot_all ? PCRE2_DOTALL : 0) | (options.ignore_case ? PCRE2_CASELESS : 0) |
                         (options.utf8 ? PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C : 0);
  int error = 0;
  size_t offset = 0;
  Code code(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(), flags | more_flags, &error,
                          &offset, nullptr));
  if (code) return code;
  PCRE2_UCHAR text[256] = "";
  pcre2_get_error_message(error, text, sizeof text);
  return base::Failed{
      base::Error{std::string(reinterpret_cast<char*>(text)) + " at character " + std::to_string(offset + 1)}};
}

base::Status<> Regex::check(std::string_view pattern, RegexOptions options) {
  const base::Result<Code> code = translate(pattern, options, 0);
  if (!code.ok()) return base::Failed{code.error()};
  return base::Done{};
}

base::Result<Regex> Regex::compile(std::string_view pattern, RegexOptions options) {
  base::Result<Code> code = translate(pattern, options, 0);
  if (!code.ok()) return base::Failed{code.error()};
  base::Result<Code> counting_code = translate(pattern, options, PCRE2_AUTO_CALLOUT);
  if (!counting_code.ok()) return base::Failed{counting_code.error()};
  Regex out;
  // With ignore_case others begin like it; a subject that is no UTF-8 is to make search() give up.
  if (!options.ignore_case && !options.utf8) out.beginning_ = plain_beginning(pattern);
  out.code_ = std::move(*code);
  out.counting_code_ = std::move(*counting_code);
  // Interpreted, the same is done, slower.
  out.just_in_time_ = compile_just_in_time(*out.code_) && compile_just_in_time(*out.counting_code_);
  out.limits_.reset(pcre2_match_context_create(nullptr));
  out.counting_limits_.reset(pcre2_match_context_create(nullptr));
  if (!out.limits_ || !out.counting_limits_) return base::Failed{base::Error{"no memory"}};
  pcre2_set_match_limit(out.limits_.get(), kShortMatchLimit);
  pcre2_set_match_limit(out.counting_limits_.get(), kNoMatchLimit);
  pcre2_set_callout(out.counting_limits_.get(), count_step, nullptr);
  for (pcre2_match_context* limits : {out.limits_.get(), out.counting_limits_.get()}) {
    pcre2_set_depth_limit(limits, kDepthLimit);
    pcre2_jit_stack_assign(limits, stack_of_search, nullptr);
  }
  return out;
}

SearchResult Regex::search(std::string_view subject) const { return search(subject, {}); }

SearchResult Regex::search(std::string_view subject, std::span<std::string_view> groups) const {
  if (!subject.starts_with(beginning_)) return SearchResult::not_found;
  StackArena arena;
  pcre2_general_context* const memory = pcre2_general_context_create(StackArena::take, StackArena::give_back, &arena);
  const auto pairs = static_cast<uint32_t>(std::max<size_t>(groups.size(), 1));
  pcre2_match_data* const data = memory ? pcre2_match_data_create(pairs, memory) : nullptr;
  int outcome = PCRE2_ERROR_NOMEMORY;
  if (data) {
    const JitStack stack;
    Search search{stack.get(), kSteps + kStepsPerByte * static_cast<int64_t>(subject.size()), 0};
    t_search = &search;
    const auto match = [&](pcre2_code* code, pcre2_match_context* limits) {
      return pcre2_match(code, reinterpret_cast<PCRE2_SPTR>(subject.data()), subject.size(), 0, 0, data, limits);
    };
    const bool is_short = subject.size() <= kShortSubject;
    if (is_short) outcome = match(code_.get(), limits_.get());
    if (!is_short || outcome == PCRE2_ERROR_MATCHLIMIT) outcome = match(counting_code_.get(), counting_limits_.get());
    t_search = nullptr;
  }
  if (outcome >= 0) {
    const size_t* const offsets = pcre2_get_ovector_pointer(data);
    const size_t filled = outcome == 0 ? groups.size() : static_cast<size_t>(outcome);  // 0: more groups than places
    for (size_t i = 0; i < groups.size(); i++) {
      const bool there = i < filled && offsets[2 * i] != PCRE2_UNSET && offsets[2 * i] <= offsets[2 * i + 1];
      groups[i] = there ? subject.substr(offsets[2 * i], offsets[2 * i + 1] - offsets[2 * i]) : std::string_view();
    }
  }
  if (data) pcre2_match_data_free(data);
  if (memory) pcre2_general_context_free(memory);
  if (outcome >= 0) return SearchResult::found;
  return outcome == PCRE2_ERROR_NOMATCH ? SearchResult::not_found : SearchResult::gave_up;
}

size_t Regex::groups() const {
  uint32_t count = 0;
  pcre2_pattern_info(code_.get(), PCRE2_INFO_CAPTURECOUNT, &count);
  return count + 1;
}

}  // namespace navajo::config
