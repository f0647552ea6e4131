libnavajo_la_SOURCES += \
	%D%/acting.cc \
	%D%/acting.h \
	%D%/log_record.cc \
	%D%/log_record.h \
	%D%/rule_filter.cc \
	%D%/rule_filter.h \
	%D%/ruled_body.cc \
	%D%/ruled_body.h \
	%D%/ruled_exchange.cc \
	%D%/ruled_exchange.h \
	%D%/ruled_response.cc \
	%D%/ruled_response.h \
	%D%/settings.h
EXTRA_DIST += %D%/README.md %D%/example.xml

if TESTS_ENABLED
check_PROGRAMS += navajo/filters/rule/unit_tests
TESTS += navajo/filters/rule/unit_tests
navajo_filters_rule_unit_tests_SOURCES = \
	%D%/allocations_test.cc \
	%D%/filter_fixture.h \
	%D%/rule_filter_test.cc \
	%D%/ruled_body_test.cc \
	navajo/base/test_main.cc
navajo_filters_rule_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_filters_rule_unit_tests_LDADD = $(unit_test_libs)
endif
