libnavajo_la_SOURCES += \
	%D%/error_filter.cc \
	%D%/error_filter.h \
	%D%/error_rule.cc \
	%D%/error_rule.h \
	%D%/held_response.h
EXTRA_DIST += %D%/README.md %D%/example.xml

if TESTS_ENABLED
check_PROGRAMS += navajo/filters/error/unit_tests
TESTS += navajo/filters/error/unit_tests
navajo_filters_error_unit_tests_SOURCES = \
	%D%/error_filter_test.cc \
	%D%/error_rule_test.cc \
	navajo/base/test_main.cc
navajo_filters_error_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_filters_error_unit_tests_LDADD = $(unit_test_libs)
endif
