// What OpenSSL has to say about the call that just failed on this thread, as one line for people. Empties the thread's
// error queue, so that nobody takes it for the next one's.
#pragma once

#include <string>

namespace navajo::tls {

// "certificate verify failed"; several causes joined by ", "; never empty.
std::string take_error_text();

}  // namespace navajo::tls
