libnavajo_la_SOURCES += \
	%D%/backend_dialer.cc \
	%D%/backend_dialer.h \
	%D%/passage.cc \
	%D%/passage.h \
	%D%/tcp_connector.cc \
	%D%/tcp_connector.h

if TESTS_ENABLED
check_PROGRAMS += navajo/edge/unit_tests
TESTS += navajo/edge/unit_tests
navajo_edge_unit_tests_SOURCES = \
	%D%/passage_test.cc \
	navajo/base/test_main.cc
navajo_edge_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_edge_unit_tests_LDADD = $(unit_test_libs)
endif
