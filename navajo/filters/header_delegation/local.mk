libnavajo_la_SOURCES += \
	%D%/header_delegation_filter.cc \
	%D%/header_delegation_filter.h
EXTRA_DIST += %D%/README.md %D%/example.xml

if TESTS_ENABLED
check_PROGRAMS += navajo/filters/header_delegation/unit_tests
TESTS += navajo/filters/header_delegation/unit_tests
navajo_filters_header_delegation_unit_tests_SOURCES = \
	%D%/header_delegation_filter_test.cc \
	navajo/base/test_main.cc
navajo_filters_header_delegation_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_filters_header_delegation_unit_tests_LDADD = $(unit_test_libs)
endif
