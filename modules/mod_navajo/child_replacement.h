// Ends this child gracefully, from inside, so that the MPM starts another one: what the memory observer asks for
// (processReplace). httpd has no call for it; but the MPM's listener ends its process gracefully when an accept says
// that the process has run out of something (APR_EGENERAL), and that is what this child's listeners say from then on,
// without accepting: the client stays in the backlog for the others. Source: docs/decisions/0016; httpd
// server/mpm/event/event.c, listener_thread.
#pragma once

namespace navajo::glue {

// Any thread but the MPM's; may take 0.2 s. Null: this child ends. Else why it cannot: it goes on as before.
const char* replace_this_child();
// Whether the end of this child that is under way is our own.
bool child_is_replaced();
// Hook child_stopping.
void child_replacement_stopping();

}  // namespace navajo::glue
