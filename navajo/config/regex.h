// A compiled PCRE2 pattern whose cost is bounded: no subject of 8 KB takes more than 10 ms (measured: 2 ms of CPU, 5
// without just-in-time compilation), then search() gives up. Compiled in the parent while the configuration is read;
// search() is called by all threads and fibers at once and takes no memory from the heap after a thread's first
// searches (interpreted, it takes 20 KB for its frames). Facts: failure-modes.md row 33.
//
// How it is bounded: PCRE2's own match limit holds for each place a match may begin at, and counts a long run like
// a short one, so it bounds nothing that depends on the subject. A short subject is searched with a low limit. A long
// one, and a short one that reached the limit, is searched by a second code of the same pattern that calls back at each
// of its items; there the steps are counted, over all beginnings, with the distance each of them went.
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
  gave_up,  // the search took too many steps; the caller takes the safe side
};

struct RegexOptions {
  bool dot_all = false;  // a dot matches a newline as well
  bool utf8 = false;     // characters are those of UTF-8; a subject that is not UTF-8 makes search() give up
  bool ignore_case = false;
};

class Regex {
 public:
  // The error text ends with "at character N".
  static base::Result<Regex> compile(std::string_view pattern, RegexOptions options = {});
  // Whether it could be compiled; a small part of the work.
  static base::Status<> check(std::string_view pattern, RegexOptions options = {});
  // Anywhere in the subject.
  SearchResult search(std::string_view subject) const;
  // The same; when found, groups[0] is what fitted and groups[n] the n-th group, empty when it took no part. Groups
  // that have no place are left out.
  SearchResult search(std::string_view subject, std::span<std::string_view> groups) const;
  // With the one for the whole: at least 1.
  size_t groups() const;
  // False: it is interpreted (regex_jit.h).
  bool just_in_time() const { return just_in_time_; }

 private:
  struct FreeCode {
    void operator()(pcre2_real_code_8* code) const;
  };
  struct FreeMatchContext {
    void operator()(pcre2_real_match_context_8* context) const;
  };
  using Code = std::unique_ptr<pcre2_real_code_8, FreeCode>;
  static base::Result<Code> translate(std::string_view pattern, RegexOptions options, uint32_t more_flags);
  using Limits = std::unique_ptr<pcre2_real_match_context_8, FreeMatchContext>;  // only read while matching
  std::string beginning_;  // of every subject that can match: most are told apart by it, without PCRE2
  Code code_, counting_code_;
  Limits limits_, counting_limits_;
  bool just_in_time_ = false;
};

}  // namespace navajo::config
