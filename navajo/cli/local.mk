noinst_LTLIBRARIES += navajo/cli/libcli.la
navajo_cli_libcli_la_SOURCES = \
	%D%/admin_question.cc \
	%D%/admin_question.h \
	%D%/answer_rows.cc \
	%D%/answer_rows.h \
	%D%/arguments.cc \
	%D%/arguments.h \
	%D%/backends_command.cc \
	%D%/backends_text.cc \
	%D%/backends_text.h \
	%D%/ca_command.cc \
	%D%/ca_files.cc \
	%D%/ca_files.h \
	%D%/cert_command.cc \
	%D%/check_command.cc \
	%D%/command_row.h \
	%D%/commands.cc \
	%D%/commands.h \
	%D%/doctor/backends.cc \
	%D%/doctor/backends.h \
	%D%/doctor/configured.cc \
	%D%/doctor/configured.h \
	%D%/doctor/finding.cc \
	%D%/doctor/finding.h \
	%D%/doctor/machine.cc \
	%D%/doctor/machine.h \
	%D%/doctor/server.cc \
	%D%/doctor/server.h \
	%D%/doctor_command.cc \
	%D%/doctor_command.h \
	%D%/effective/secrets.cc \
	%D%/effective/secrets.h \
	%D%/effective/settings.cc \
	%D%/effective/settings.h \
	%D%/effective/settings_json.cc \
	%D%/effective_command.cc \
	%D%/explain_command.cc \
	%D%/explanations.cc \
	%D%/explanations.h \
	%D%/configuration.cc \
	%D%/configuration.h \
	%D%/control_commands.cc \
	%D%/find_instance.cc \
	%D%/find_instance.h \
	%D%/generated.cc \
	%D%/generated.h \
	%D%/generated_commands.cc \
	%D%/generated_man.cc \
	%D%/generated_man.h \
	%D%/httpd_program.cc \
	%D%/httpd_program.h \
	%D%/httpd_stub.cc \
	%D%/httpd_stub.h \
	%D%/import_command.cc \
	%D%/init/first_password.cc \
	%D%/init/first_password.h \
	%D%/init/folder.cc \
	%D%/init/folder.h \
	%D%/init/self_signed.cc \
	%D%/init/self_signed.h \
	%D%/init/texts.cc \
	%D%/init/texts.h \
	%D%/init/wish.cc \
	%D%/init/wish.h \
	%D%/init_command.cc \
	%D%/inventory/components.cc \
	%D%/inventory/components.h \
	%D%/inventory/inventory.cc \
	%D%/inventory/inventory.h \
	%D%/installation.cc \
	%D%/installation.h \
	%D%/instance.cc \
	%D%/instance.h \
	%D%/instances.cc \
	%D%/instances.h \
	%D%/instances_command.cc \
	%D%/launch.cc \
	%D%/launch.h \
	%D%/limit_command.cc \
	%D%/limit_table.cc \
	%D%/limit_table.h \
	%D%/migration/directive.h \
	%D%/migration/haproxy.cc \
	%D%/migration/haproxy_conditions.cc \
	%D%/migration/haproxy_conditions.h \
	%D%/migration/haproxy_rows.h \
	%D%/migration/haproxy_section.cc \
	%D%/migration/haproxy_section.h \
	%D%/migration/haproxy_text.cc \
	%D%/migration/haproxy_text.h \
	%D%/migration/httpd.cc \
	%D%/migration/httpd_rows.h \
	%D%/migration/httpd_text.cc \
	%D%/migration/httpd_text.h \
	%D%/migration/httpd_workers.cc \
	%D%/migration/httpd_workers.h \
	%D%/migration/nginx.cc \
	%D%/migration/nginx_rows.h \
	%D%/migration/nginx_text.cc \
	%D%/migration/nginx_text.h \
	%D%/migration/notes.cc \
	%D%/migration/notes.h \
	%D%/migration/proxy_import.cc \
	%D%/migration/proxy_import.h \
	%D%/migration/site.cc \
	%D%/migration/site.h \
	%D%/migration/source_files.cc \
	%D%/migration/source_files.h \
	%D%/migration/values.cc \
	%D%/migration/values.h \
	%D%/migration/nevisproxy.cc \
	%D%/migration/nevisproxy.h \
	%D%/operations.cc \
	%D%/preload.cc \
	%D%/preload.h \
	%D%/reload_watch.cc \
	%D%/reload_watch.h \
	%D%/run_command.cc \
	%D%/run_directory.cc \
	%D%/run_directory.h \
	%D%/route_command.cc \
	%D%/route_text.cc \
	%D%/route_text.h \
	%D%/rules_control_command.cc \
	%D%/rules_table.cc \
	%D%/rules_table.h \
	%D%/rules_command.cc \
	%D%/admin_token.cc \
	%D%/admin_token.h \
	%D%/admin_token_command.cc \
	%D%/requests_command.cc \
	%D%/servlet_backends.cc \
	%D%/servlet_backends.h \
	%D%/session_command.cc \
	%D%/session_request.cc \
	%D%/session_request.h \
	%D%/session_table.cc \
	%D%/session_table.h \
	%D%/status_command.cc \
	%D%/store_status.cc \
	%D%/store_status.h \
	%D%/stock_modules.cc \
	%D%/stock_modules.h \
	%D%/running_settings.h \
	%D%/support/archive.cc \
	%D%/support/archive.h \
	%D%/support_command.cc \
	%D%/top/frame.cc \
	%D%/top/frame.h \
	%D%/top/sample.cc \
	%D%/top/sample.h \
	%D%/top/screen.cc \
	%D%/top/screen.h \
	%D%/top_command.cc \
	%D%/trace_command.cc \
	%D%/tunnels_command.cc \
	%D%/version_command.cc
navajo_cli_libcli_la_CPPFLAGS = $(AM_CPPFLAGS) $(OPENSSL_CFLAGS) $(XML_CFLAGS) $(PCRE2_CFLAGS)
navajo_cli_libcli_la_LIBADD = libnavajo.la $(OPENSSL_LIBS) $(PCRE2_LIBS) $(ZLIB_LIBS) -lcrypt

# The reference is part of the command: a raw string literal.
navajo/cli/explanations.inc: $(srcdir)/docs/reference/log-ids.md
	@$(MKDIR_P) navajo/cli
	$(AM_V_GEN){ echo 'R"REFERENCE('; cat '$(srcdir)/docs/reference/log-ids.md'; echo ')REFERENCE"'; } >$@.part && \
	  mv -f $@.part $@
$(navajo_cli_libcli_la_OBJECTS): navajo/cli/explanations.inc
CLEANFILES += navajo/cli/explanations.inc

bin_PROGRAMS += navajo/cli/navajo
navajo_cli_navajo_SOURCES = %D%/main.cc
navajo_cli_navajo_LDADD = navajo/cli/libcli.la libnavajo.la $(OPENSSL_LIBS)

if TESTS_ENABLED
check_PROGRAMS += navajo/cli/unit_tests
TESTS += navajo/cli/unit_tests
navajo_cli_unit_tests_SOURCES = \
	%D%/arguments_test.cc \
	%D%/backends_command_test.cc \
	%D%/ca_command_test.cc \
	%D%/commands_test.cc \
	%D%/doctor/doctor_test.cc \
	%D%/effective/effective_test.cc \
	%D%/explanations_test.cc \
	%D%/generated_test.cc \
	%D%/httpd_program_test.cc \
	%D%/httpd_stub_test.cc \
	%D%/init/init_test.cc \
	%D%/installation_test.cc \
	%D%/instance_test.cc \
	%D%/limit_table_test.cc \
	%D%/migration/haproxy_text_test.cc \
	%D%/migration/httpd_text_test.cc \
	%D%/migration/nginx_text_test.cc \
	%D%/migration/proxy_import_test.cc \
	%D%/migration/shown_directives.h \
	%D%/migration/values_test.cc \
	%D%/migration/nevisproxy_test.cc \
	%D%/preload_test.cc \
	%D%/reload_watch_test.cc \
	%D%/route_command_test.cc \
	%D%/rules_command_test.cc \
	%D%/run_directory_test.cc \
	%D%/rules_table_test.cc \
	%D%/session_request_test.cc \
	%D%/session_table_test.cc \
	%D%/stock_modules_test.cc \
	%D%/top/top_test.cc \
	navajo/base/test_main.cc
navajo_cli_unit_tests_CPPFLAGS = $(unit_test_cppflags) -DSOURCE_FOLDER='"$(abs_top_srcdir)"'
navajo_cli_unit_tests_LDADD = navajo/cli/libcli.la $(unit_test_libs)
endif

# What lies in the source tree and is made from the tables; generated_test.cc says when it is to be made anew.
update-generated: navajo/cli/navajo
	navajo/cli/navajo config reference >$(top_srcdir)/docs/reference/configuration.md
	navajo/cli/navajo config cli >$(top_srcdir)/docs/cli.md
	navajo/cli/navajo config man navajo >$(top_srcdir)/docs/man/navajo.8
	navajo/cli/navajo config man navajo.xml >$(top_srcdir)/docs/man/navajo.xml.5
	navajo/cli/navajo config man web.xml >$(top_srcdir)/docs/man/web.xml.5
	navajo/cli/navajo config xsd navajo >$(top_srcdir)/conf/navajo.xsd
	navajo/cli/navajo config xsd web >$(top_srcdir)/conf/web.xsd
	@mkdir -p $(top_srcdir)/conf/completion
	navajo/cli/navajo completion bash >$(top_srcdir)/conf/completion/navajo
	navajo/cli/navajo completion zsh >$(top_srcdir)/conf/completion/_navajo
.PHONY: update-generated
