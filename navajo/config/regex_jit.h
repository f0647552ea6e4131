// PCRE2's just-in-time compiler: asking for it, saying once per process why it is refused, and the stacks its code
// runs on, so that matching never uses up a fiber's own. Any thread.
#pragma once

#include <cstddef>

struct pcre2_real_code_8;
struct pcre2_real_jit_stack_8;

namespace navajo::config {

// False: the pattern is interpreted, several times slower, and counted as regex_jit_refused. The first time a process
// is refused, a line says why (NVJ1903).
bool compile_just_in_time(pcre2_real_code_8& code);

// A stack of at most 1 MB for one search. They are kept for reuse, one for each slot; a thread has the same slot
// always, so what is allocated is allocated during the first searches. Not held over a wait of the fiber.
class JitStack {
 public:
  JitStack();
  ~JitStack();
  JitStack(const JitStack&) = delete;
  JitStack& operator=(const JitStack&) = delete;
  pcre2_real_jit_stack_8* get() const { return stack_; }  // null: no memory, PCRE2 takes 32 KB of the thread's own

 private:
  pcre2_real_jit_stack_8* stack_;
};

}  // namespace navajo::config
