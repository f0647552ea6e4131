libnavajo_la_SOURCES += \
	%D%/https_connector_servlet.cc \
	%D%/https_connector_servlet.h
EXTRA_DIST += %D%/README.md %D%/example.xml

if TESTS_ENABLED
check_PROGRAMS += navajo/servlets/https_connector/unit_tests
TESTS += navajo/servlets/https_connector/unit_tests
navajo_servlets_https_connector_unit_tests_SOURCES = \
	%D%/https_connector_servlet_test.cc \
	navajo/base/test_main.cc
navajo_servlets_https_connector_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_servlets_https_connector_unit_tests_LDADD = $(unit_test_libs)
endif
