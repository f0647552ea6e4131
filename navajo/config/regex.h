// A compiled PCRE2 pattern with a match limit: what a request can make it cost is bounded. Compiled in the parent while
// the configuration is read; search() is called by all threads and fibers at once and takes no memory from the heap
// unless a match needs unusually many frames.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "navajo/base/result.h"

struct pcre2_real_code_8;
struct pcre2_real_match_context_8;

namespace navajo::config {

enum class SearchResult : uint8_t {
  found,
  not_found,
  gave_up,  // the match limit was reached; the caller takes the safe side
};

struct RegexOptions {
  bool dot_all = false;      // a dot matches a newline as well
  bool utf8 = false;         // characters are those of UTF-8; a subject that is not UTF-8 makes search() give up
  bool ignore_case = false;
};

class Regex {
 public:
  // The error text ends with "at character N".
  static base::Result<Regex> compile(std::string_view pattern, RegexOptions options = {});
  // Anywhere in the subject.
  SearchResult search(std::string_view subject) const;
  // The same; when found, groups[0] is what fitted and groups[n] the n-th group, empty when it took no part. Groups
  // that have no place are left out.
  SearchResult search(std::string_view subject, std::span<std::string_view> groups) const;
  // With the one for the whole: at least 1.
  size_t groups() const;

 private:
  struct FreeCode {
    void operator()(pcre2_real_code_8* code) const;
  };
  struct FreeMatchContext {
    void operator()(pcre2_real_match_context_8* context) const;
  };
  std::unique_ptr<pcre2_real_code_8, FreeCode> code_;
  std::unique_ptr<pcre2_real_match_context_8, FreeMatchContext> limits_;  // only read while matching
};

}  // namespace navajo::config
