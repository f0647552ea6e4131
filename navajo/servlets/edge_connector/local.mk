libnavajo_la_SOURCES += \
	%D%/edge_connector_servlet.cc \
	%D%/edge_connector_servlet.h \
	%D%/routed_call.cc \
	%D%/routed_call.h
EXTRA_DIST += %D%/README.md %D%/example.xml

if TESTS_ENABLED
check_PROGRAMS += navajo/servlets/edge_connector/unit_tests
TESTS += navajo/servlets/edge_connector/unit_tests
navajo_servlets_edge_connector_unit_tests_SOURCES = \
	%D%/edge_connector_servlet_test.cc \
	navajo/base/test_main.cc
navajo_servlets_edge_connector_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_servlets_edge_connector_unit_tests_LDADD = $(unit_test_libs)
endif
