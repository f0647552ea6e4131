# The integration suite drives a real httpd with what `make install` would install, staged in _itest_inst.
#   make check               all of it, in its short forms
#   make integration-check   the suite alone; ITEST="test_tls.py -k garbage" runs a part of it
#   NAVAJO_TEST_LONG=1       200,000 connections, a minute of restarts
# In a tree configured with --enable-asan the same suite runs under AddressSanitizer.
.PHONY: integration-check
if TESTS_ENABLED
check_LTLIBRARIES += %D%/mod_fault/mod_fault.la
%C%_mod_fault_mod_fault_la_SOURCES = %D%/mod_fault/mod_fault.c
%C%_mod_fault_mod_fault_la_CPPFLAGS = $(HTTPD_CPPFLAGS)
%C%_mod_fault_mod_fault_la_CFLAGS = -Wall -Wextra -pthread
# -rpath makes libtool build a shared object of what is never installed.
%C%_mod_fault_mod_fault_la_LDFLAGS = -module -avoid-version -shared -rpath /nowhere

check_PROGRAMS += %D%/storm_client
%C%_storm_client_SOURCES = %D%/storm_client.cc
%C%_storm_client_CPPFLAGS = $(AM_CPPFLAGS)
%C%_storm_client_LDADD = -lpthread

integration_stage = $(abs_builddir)/_itest_inst
integration_environment = \
	NAVAJO_FAULT_MODULE='$(abs_builddir)/%D%/mod_fault/.libs/mod_fault.so' \
	NAVAJO_STORM_CLIENT='$(abs_builddir)/%D%/storm_client' \
	NAVAJO_WEBSOCKETS='$(abs_builddir)/tests/bench/websockets' \
	NAVAJO_STOCK_MODDIR='$(HTTPD_STOCK_MODDIR)' \
	NAVAJO_CONSOLE_TOOLS='$(abs_builddir)/%D%/console_tools' \
	$(integration_sanitizer) PYTHONDONTWRITEBYTECODE=1
integration_run = $(PYTHON3) -B '$(abs_srcdir)/%D%/run.py' '$(abs_builddir)/_pytest'
ITEST = .

if ASAN
integration_sanitizer = NAVAJO_TEST_ASAN=1 \
	NAVAJO_TEST_ASAN_RUNTIME="`$(CXX) -print-file-name=libasan.so`:`$(CXX) -print-file-name=libubsan.so`"
endif

# What the suite runs besides the product; not the unit tests.
.PHONY: integration-programs
integration-programs: tests/bench/websockets$(EXEEXT) %D%/storm_client$(EXEEXT) $(check_LTLIBRARIES)

integration-check: all integration-programs
	rm -rf '$(integration_stage)'
	$(MAKE) $(AM_MAKEFLAGS) install DESTDIR='$(integration_stage)' >/dev/null
	cd '$(abs_srcdir)/%D%' && env $(integration_environment) \
	  NAVAJO_PREFIX='$(integration_stage)$(prefix)' NAVAJO_LIBRARY_PATH='$(integration_stage)$(libdir)' \
	  $(integration_run) $(ITEST)

check-local: integration-check

# The same suite on an installed tree.
installcheck-local: integration-programs
	cd '$(abs_srcdir)/%D%' && env $(integration_environment) NAVAJO_PREFIX='$(DESTDIR)$(prefix)' \
	  $(if $(DESTDIR),NAVAJO_LIBRARY_PATH='$(DESTDIR)$(libdir)') $(integration_run) $(ITEST)

clean-local:
	rm -rf '$(integration_stage)' _pytest '$(abs_builddir)/%D%/console_tools'
endif

EXTRA_DIST += \
	%D%/conftest.py \
	%D%/run.py \
	%D%/harness/__init__.py \
	%D%/harness/backend.py \
	%D%/harness/browser.py \
	%D%/harness/chromium.py \
	%D%/harness/backend_scripts.py \
	%D%/harness/client.py \
	%D%/harness/collector.py \
	%D%/harness/console.py \
	%D%/harness/edge.py \
	%D%/harness/error_log.py \
	%D%/harness/forward.py \
	%D%/harness/h2.py \
	%D%/harness/https_origin.py \
	%D%/harness/load.py \
	%D%/harness/made.py \
	%D%/harness/navajo.py \
	%D%/harness/openmetrics.py \
	%D%/harness/paths.py \
	%D%/harness/ports.py \
	%D%/harness/processes.py \
	%D%/harness/proxy_client.py \
	%D%/harness/recorder.py \
	%D%/harness/response.py \
	%D%/harness/site.py \
	%D%/harness/tls.py \
	%D%/harness/waiting.py \
	%D%/harness/websocket.py \
	%D%/harness/websocket_scripts.py \
	%D%/test_admin_api.py \
	%D%/test_authentication.py \
	%D%/test_backend_registry.py \
	%D%/test_backend_tls.py \
	%D%/test_body_limits.py \
	%D%/test_backend_bytes.py \
	%D%/test_backend_faults.py \
	%D%/test_failure_modes_backends.py \
	%D%/imports/haproxy.cfg \
	%D%/imports/httpd.conf \
	%D%/imports/mime.types \
	%D%/imports/nginx.conf \
	%D%/imports/sites/www.conf \
	%D%/test_import.py \
	%D%/test_limits.py \
	%D%/test_load_balancing.py \
	%D%/test_client_abort.py \
	%D%/test_conditions.py \
	%D%/test_configuration.py \
	%D%/test_configuration_rollback.py \
	%D%/console/drive.mjs \
	%D%/console/websocket.mjs \
	%D%/console/package-lock.json \
	%D%/console/package.json \
	%D%/test_connection_limits.py \
	%D%/test_console.py \
	%D%/test_cookies_and_delegation.py \
	%D%/test_crash_recovery.py \
	%D%/test_debian_layout.py \
	%D%/test_early_responses.py \
	%D%/test_doctor.py \
	%D%/test_documents.py \
	%D%/test_drains_and_tunnels.py \
	%D%/test_edge_routing.py \
	%D%/test_route_command.py \
	%D%/test_event_log.py \
	%D%/test_failover.py \
	%D%/test_failure_behaviour.py \
	%D%/test_failure_modes_h2.py \
	%D%/test_failure_modes_wire.py \
	%D%/test_files_and_status.py \
	%D%/test_filters.py \
	%D%/test_forward_proxy.py \
	%D%/test_headers.py \
	%D%/test_health_checks.py \
	%D%/test_http2.py \
	%D%/test_incident.py \
	%D%/test_init.py \
	%D%/test_interception.py \
	%D%/test_interim_and_trailers.py \
	%D%/test_keep_alive.py \
	%D%/test_login.py \
	%D%/test_logs.py \
	%D%/test_navajo_xml.py \
	%D%/test_large_transfers.py \
	%D%/instance/conf/bc.properties \
	%D%/instance/conf/navajo.xml \
	%D%/instance/host-www/WEB-INF/lib/pages/404.html \
	%D%/instance/host-www/WEB-INF/lib/pages/502.html \
	%D%/instance/host-www/WEB-INF/web.xml \
	%D%/instance/host-www/forbidden.html \
	%D%/instance/host-www/index.html \
	%D%/instance/host-www/robot.txt \
	%D%/test_metrics.py \
	%D%/test_nevisproxy_instance.py \
	%D%/test_operations.py \
	%D%/test_other_mpms.py \
	%D%/test_package.py \
	%D%/test_proxying.py \
	%D%/test_qos.py \
	%D%/test_reactor_rules.py \
	%D%/test_real_clients.py \
	%D%/test_request_ids.py \
	%D%/test_request_limits.py \
	%D%/test_request_smuggling.py \
	%D%/test_restarts.py %D%/test_rules.py %D%/test_rules_elsewhere.py %D%/test_rules_reload.py %D%/test_session_admin.py \
	%D%/test_session_store.py \
	%D%/test_slow_clients.py \
	%D%/test_third_party_modules.py \
	%D%/test_tcp_connector.py \
	%D%/test_telemetry.py \
	%D%/test_tls.py \
	%D%/test_top.py \
	%D%/test_validation.py \
	%D%/test_watchdogs.py \
	%D%/test_websocket.py
