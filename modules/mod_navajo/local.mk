moddir = $(HTTPD_MODDIR)
mod_LTLIBRARIES += modules/mod_navajo/mod_navajo.la
modules_mod_navajo_mod_navajo_la_SOURCES = \
	%D%/admin_socket.cc \
	%D%/admin_socket.h \
	%D%/after_upgrade.cc \
	%D%/after_upgrade.h \
	%D%/apr_headers.cc \
	%D%/apr_headers.h \
	%D%/backend_call_recorder.cc \
	%D%/backend_call_recorder.h \
	%D%/body_limit.cc \
	%D%/body_limit.h \
	%D%/certificates.cc \
	%D%/certificates.h \
	%D%/child.cc \
	%D%/child.h \
	%D%/child_replacement.cc \
	%D%/child_replacement.h \
	%D%/client_connection.h \
	%D%/client_io.cc \
	%D%/client_io.h \
	%D%/client_origin.cc \
	%D%/client_origin.h \
	%D%/client_tls.cc \
	%D%/client_tls.h \
	%D%/configuration.cc \
	%D%/configuration.h \
	%D%/connection.cc \
	%D%/connection.h \
	%D%/crash_recovery.cc \
	%D%/crash_recovery.h \
	%D%/direct_accept.cc \
	%D%/direct_accept.h \
	%D%/dispatch.cc \
	%D%/dispatch.h \
	%D%/event_logs.cc \
	%D%/event_logs.h \
	%D%/forwarding.cc \
	%D%/forwarding.h \
	%D%/gap_listener.cc \
	%D%/gap_listener.h \
	%D%/guard.h \
	%D%/header_hygiene.cc \
	%D%/header_hygiene.h \
	%D%/hooks.cc \
	%D%/last_good.cc \
	%D%/last_good.h \
	%D%/log_sink.cc \
	%D%/log_sink.h \
	%D%/mod_navajo.c \
	%D%/mpm_state.cc \
	%D%/mpm_state.h \
	%D%/navajo_httpd.h \
	%D%/request.cc \
	%D%/request.h \
	%D%/request_history.cc \
	%D%/request_history.h \
	%D%/request_id.cc \
	%D%/request_id.h \
	%D%/request_log.cc \
	%D%/request_log.h \
	%D%/request_trace.cc \
	%D%/request_trace.h \
	%D%/response.cc \
	%D%/response.h \
	%D%/server_config.cc \
	%D%/server_config.h \
	%D%/serving_thread.cc \
	%D%/serving_thread.h \
	%D%/status.cc \
	%D%/status.h \
	%D%/tcp_connections.cc \
	%D%/tcp_connections.h \
	%D%/trace_log.cc \
	%D%/trace_log.h \
	%D%/trace_pipe.cc \
	%D%/trace_pipe.h \
	%D%/trailers.cc \
	%D%/trailers.h \
	%D%/tunnel_list.cc \
	%D%/tunnel_list.h \
	%D%/virtual_file.cc \
	%D%/virtual_file.h
modules_mod_navajo_mod_navajo_la_CPPFLAGS = $(AM_CPPFLAGS) $(HTTPD_CPPFLAGS) $(OPENSSL_CFLAGS)
modules_mod_navajo_mod_navajo_la_CXXFLAGS = $(AM_CXXFLAGS) -fvisibility=hidden -fvisibility-inlines-hidden
modules_mod_navajo_mod_navajo_la_CFLAGS = $(AM_CFLAGS) -fvisibility=hidden
modules_mod_navajo_mod_navajo_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared \
	-Wl,--version-script=$(srcdir)/modules/exports.map
modules_mod_navajo_mod_navajo_la_LIBADD = libnavajo.la $(BOOST_CONTEXT_LIBS) $(OPENSSL_LIBS)
