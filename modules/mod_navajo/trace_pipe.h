// The program behind BC.Tracer.LogFile=pipe://PROGRAM, or behind an EventLog. The parent starts it, as itself, with a
// pipe as its standard input whose other end all children write to; when it ends before the server does, it is started
// again after a while, and what was written meanwhile is still in the pipe. It sees the end of its input when the last
// child of this configuration has gone, and should end then.
#pragma once

#include <chrono>
#include <string>

#include "modules/mod_navajo/navajo_httpd.h"
#include "navajo/observe/log.h"

namespace navajo::glue {

// Under which ids the error log is told.
struct ProgramReports {
  observe::LogId failed = observe::id::trace_destination_failed, ended = observe::id::trace_program_ended;
};

// The end to write to, or -1 (told in the error log). Goes with the pool.
int start_trace_program(apr_pool_t* pool, const std::string& program, std::chrono::seconds retry_interval,
                        const ProgramReports& reports = {});

}  // namespace navajo::glue
