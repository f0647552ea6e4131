#include "navajo/config/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>

namespace navajo::config {
namespace {

constexpr uint32_t kMatchLimit = 100000, kDepthLimit = 10000;

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

}  // namespace

void Regex::FreeCode::operator()(pcre2_real_code_8* code) const { pcre2_code_free(code); }
void Regex::FreeMatchContext::operator()(pcre2_real_match_context_8* context) const {
  pcre2_match_context_free(context);
}

base::Result<Regex> Regex::compile(std::string_view pattern, RegexOptions options) {
  // \C would look into the middle of a character, and with it the just-in-time compiler gives up on UTF-8.
  const uint32_t flags = (options.dot_all ? PCRE2_DOTALL : 0) | (options.ignore_case ? PCRE2_CASELESS : 0) |
                         (options.utf8 ? PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C : 0);
  int error = 0;
  size_t offset = 0;
  Regex out;
  out.code_.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(), flags, &error, &offset,
                                nullptr));
  if (!out.code_) {
    PCRE2_UCHAR text[256] = "";
    pcre2_get_error_message(error, text, sizeof text);
    return base::Failed{base::Error{std::string(reinterpret_cast<char*>(text)) + " at character " +
                                    std::to_string(offset + 1)}};
  }
  // Without leave to make code at run time (hardened systems) the interpreter does the same, slower.
  (void)pcre2_jit_compile(out.code_.get(), PCRE2_JIT_COMPLETE);
  out.limits_.reset(pcre2_match_context_create(nullptr));
  if (!out.limits_) return base::Failed{base::Error{"no memory"}};
  pcre2_set_match_limit(out.limits_.get(), kMatchLimit);
  pcre2_set_depth_limit(out.limits_.get(), kDepthLimit);
  return out;
}

SearchResult Regex::search(std::string_view subject) const { return search(subject, {}); }

SearchResult Regex::search(std::string_view subject, std::span<std::string_view> groups) const {
  StackArena arena;
  pcre2_general_context* const memory = pcre2_general_context_create(StackArena::take, StackArena::give_back, &arena);
  const auto pairs = static_cast<uint32_t>(std::max<size_t>(groups.size(), 1));
  pcre2_match_data* const data = memory ? pcre2_match_data_create(pairs, memory) : nullptr;
  int outcome = PCRE2_ERROR_NOMEMORY;
  if (data)
    outcome = pcre2_match(code_.get(), reinterpret_cast<PCRE2_SPTR>(subject.data()), subject.size(), 0, 0, data,
                          limits_.get());
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
