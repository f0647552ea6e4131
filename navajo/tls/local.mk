libnavajo_la_SOURCES += \
	%D%/served_certificate.cc \
	%D%/served_certificate.h \
	%D%/client_hello.cc \
	%D%/client_hello.h \
	%D%/certificate_check.cc \
	%D%/certificate_check.h \
	%D%/certificate_end.cc \
	%D%/certificate_end.h \
	%D%/client_context.cc \
	%D%/client_context.h \
	%D%/client_files.cc \
	%D%/client_files.h \
	%D%/client_options.h \
	%D%/client_params.cc \
	%D%/client_params.h \
	%D%/error_text.cc \
	%D%/error_text.h \
	%D%/handles.h \
	%D%/peer_certificate.cc \
	%D%/peer_certificate.h \
	%D%/protocol_list.cc \
	%D%/protocol_list.h \
	%D%/server_context.cc \
	%D%/server_context.h \
	%D%/session_cache.cc \
	%D%/session_cache.h \
	%D%/stream.cc \
	%D%/stream.h
EXTRA_DIST += %D%/made_certificates.h %D%/raw_peer.h %D%/tls_backend.h

if TESTS_ENABLED
check_PROGRAMS += navajo/tls/unit_tests
TESTS += navajo/tls/unit_tests
navajo_tls_unit_tests_SOURCES = \
	%D%/certificate_end_test.cc \
	%D%/client_hello_test.cc \
	%D%/client_context_test.cc \
	%D%/peer_certificate_test.cc \
	%D%/protocol_list_test.cc \
	%D%/server_context_test.cc \
	%D%/session_cache_test.cc \
	%D%/stream_test.cc \
	navajo/base/test_main.cc
navajo_tls_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_tls_unit_tests_LDADD = $(unit_test_libs)
endif
