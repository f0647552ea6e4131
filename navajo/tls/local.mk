libnavajo_la_SOURCES += \
	%D%/client_hello.cc \
	%D%/client_hello.h \
	%D%/error_text.cc \
	%D%/error_text.h \
	%D%/handles.h \
	%D%/stream.cc \
	%D%/stream.h
EXTRA_DIST += %D%/made_certificates.h %D%/raw_peer.h

if TESTS_ENABLED
check_PROGRAMS += navajo/tls/unit_tests
TESTS += navajo/tls/unit_tests
navajo_tls_unit_tests_SOURCES = \
	%D%/client_hello_test.cc \
	%D%/stream_test.cc \
	navajo/base/test_main.cc
navajo_tls_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_tls_unit_tests_LDADD = $(unit_test_libs)
endif
