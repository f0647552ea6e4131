// The commands of `navajo`: what they are called (the table) and what each does. A command prints what it has to
// say and answers the exit code.
#pragma once

#include <span>

#include "navajo/cli/arguments.h"

namespace navajo::cli {

std::span<const CommandSpec> command_table();

int init_command(const Arguments& arguments);
// The same with a folder of the caller's choice.
int init_into(const std::string& folder, const Arguments& arguments);
int run_command(const Arguments& arguments);
int start_command(const Arguments& arguments);
int doctor_command(const Arguments& arguments);
int top_command(const Arguments& arguments);
int effective_command(const Arguments& arguments);
int diff_command(const Arguments& arguments);
int cert_show_command(const Arguments& arguments);
int import_nevisproxy_command(const Arguments& arguments);
int import_nginx_command(const Arguments& arguments);
int import_haproxy_command(const Arguments& arguments);
int import_httpd_command(const Arguments& arguments);
int support_command(const Arguments& arguments);
int trace_show_command(const Arguments& arguments);
int trace_set_command(const Arguments& arguments);
int trace_reset_command(const Arguments& arguments);
int inst_create_command(const Arguments& arguments);
int inst_list_command(const Arguments& arguments);
int inst_exists_command(const Arguments& arguments);
int inst_remove_command(const Arguments& arguments);
int restart_command(const Arguments& arguments);
int check_command(const Arguments& arguments);
int show_httpd_command(const Arguments& arguments);
int status_command(const Arguments& arguments);
int session_list_command(const Arguments& arguments);
int session_show_command(const Arguments& arguments);
int session_kill_command(const Arguments& arguments);
int requests_command(const Arguments& arguments);
int why_command(const Arguments& arguments);
int admin_token_command(const Arguments& arguments);
int rules_show(const Arguments& arguments);
int rules_reload(const Arguments& arguments);
int rules_check_command(const Arguments& arguments);
int rules_lint_command(const Arguments& arguments);
int rules_test_command(const Arguments& arguments);
int limit_show_command(const Arguments& arguments);
int limit_clear_command(const Arguments& arguments);
int route_why_command(const Arguments& arguments);
int route_simulate_command(const Arguments& arguments);
int backends_list_command(const Arguments& arguments);
int backends_add_command(const Arguments& arguments);
int backends_set_command(const Arguments& arguments);
int backends_drain_command(const Arguments& arguments);
int tunnels_list_command(const Arguments& arguments);
int tunnels_kill_command(const Arguments& arguments);
int backends_remove_command(const Arguments& arguments);
int backends_import_command(const Arguments& arguments);
int backends_check_command(const Arguments& arguments);
int ca_init_command(const Arguments& arguments);
int ca_show_command(const Arguments& arguments);
int ca_export_command(const Arguments& arguments);
int stop_command(const Arguments& arguments);
int graceful_stop_command(const Arguments& arguments);
int reload_command(const Arguments& arguments);
int explain_command(const Arguments& arguments);
int xsd_command(const Arguments& arguments);
int reference_command(const Arguments& arguments);
int manual_command(const Arguments& arguments);
int cli_markdown_command(const Arguments& arguments);
int completion_command(const Arguments& arguments);
int version_command(const Arguments& arguments);
int help_command(const Arguments& arguments);

// The whole program: words are what follows argv[0].
int navajo_main(std::span<const std::string> words);

}  // namespace navajo::cli
