// The event MPM keeps private state for each connection and dereferences it in hooks that also run for ours. It is
// made by the MPM's own pre_connection hook, called on a template once, and for each of our connections with that
// template as its master. Where that does not work (another MPM, another httpd) connections stay on the MPM's threads.
// Source: docs/decisions/0005; httpd server/mpm/event/event.c, event_pre_connection.
#pragma once

#include "modules/mod_navajo/navajo_httpd.h"

namespace navajo::glue {

// Once per child, with the first connection the MPM brings. False: not this httpd; say so and leave it.
bool make_mpm_template(apr_pool_t* child_pool, conn_rec* first);
bool have_mpm_template();
// Gives c the MPM's state. c->cs is set afterwards.
void attach_mpm_state(conn_rec* c, void* socket);
// This process's row in the scoreboard, known once there is a template; -1 before.
int mpm_child_number();

}  // namespace navajo::glue
