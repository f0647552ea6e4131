#include "modules/mod_navajo/trace_log.h"

#include <chrono>
#include <ctime>
#include <memory>

#include "modules/mod_navajo/configuration.h"
#include "modules/mod_navajo/guard.h"
#include "modules/mod_navajo/trace_pipe.h"
#include "navajo/config/trace_settings.h"
#include "navajo/observe/log_fields.h"
#include "navajo/observe/log_format.h"
#include "navajo/observe/trace_writer.h"

extern "C" {
#include "unixd.h"
}

namespace navajo::glue {
namespace {

std::unique_ptr<observe::TraceWriter> g_writer;
std::unique_ptr<config::TraceLevelWatch> g_levels;
config::TraceSettings g_settings;
int g_pipe = -1;

apr_status_t close_trace_log(void*) {
  g_writer.reset();
  g_pipe = -1;
  return APR_SUCCESS;
}

std::unique_ptr<observe::TraceWriter> make_writer() {
  observe::TraceWriterOptions options;
  options.file = g_settings.file;
  if (geteuid() == 0) {
    options.file.owner = ap_unixd_config.user_id;
    options.file.group = ap_unixd_config.group_id;
  }
  options.pipe = g_pipe;
  options.pipe_program = g_settings.program;
  options.every_second = [] {
    if (g_levels) g_levels->look(time(nullptr));
  };
  return std::make_unique<observe::TraceWriter>(std::move(options));
}

}  // namespace

void open_trace_log(apr_pool_t* pool) {
  g_settings = config::trace_settings(configuration()->xml);
  g_writer.reset();
  if (!g_settings.on()) return;
  observe::set_record_format(g_settings.time_format, g_settings.program_name);
  observe::show_secret_headers(g_settings.show_secrets);
  observe::set_trace_levels(g_settings.levels);
  if (!g_settings.program.empty()) {
    g_pipe = start_trace_program(pool, g_settings.program, g_settings.retry_interval);
    if (g_pipe < 0) return;
  }
  g_writer = make_writer();
  apr_pool_cleanup_register(pool, nullptr, close_trace_log, apr_pool_cleanup_null);
  g_writer->create_file();
  g_writer->install();
  for (const config::DirectiveLine& line : configuration()->directives)
    observe::trace(observe::TraceGroup::NavajoConfig, observe::TraceLevel::info, "httpd: %s", line.text.c_str());
}

void start_trace_log() {
  if (!g_writer) return;
  // A writer of its own: locks on an inherited file would be shared with the parent and all brothers.
  g_writer = make_writer();
  config::TraceSettings watched = g_settings;
  // Off: what holds for a time comes to its end all the same.
  if (watched.reread.count() == 0) watched.reread = std::chrono::years(1);
  g_levels = std::make_unique<config::TraceLevelWatch>(watched);
  g_writer->start_thread();
  g_writer->install();
  observe::trace(observe::TraceGroup::NavajoStart, observe::TraceLevel::info, "child started");
}

void stop_trace_log() {
  if (!g_writer) return;
  observe::trace(observe::TraceGroup::NavajoStart, observe::TraceLevel::info, "child ends");
  g_writer.reset();
  g_levels.reset();
}

int watch_trace_log(apr_pool_t*, server_rec*) {
  if (!g_writer || g_pipe >= 0) return DECLINED;
  return guard("monitor", DECLINED, [] {
    g_writer->rotate_if_full();
    return DECLINED;
  });
}

}  // namespace navajo::glue
