libnavajo_la_SOURCES += \
	%D%/inflate_limit.cc \
	%D%/inflate_limit.h \
	%D%/json_scan.cc \
	%D%/json_scan.h \
	%D%/key.h \
	%D%/limited_body.cc \
	%D%/limited_body.h \
	%D%/limits.h \
	%D%/memory_level.cc \
	%D%/memory_level.h \
	%D%/memory_observer.cc \
	%D%/memory_observer.h \
	%D%/validation_rule.cc \
	%D%/validation_rule.h

if TESTS_ENABLED
check_PROGRAMS += navajo/limits/unit_tests
TESTS += navajo/limits/unit_tests
navajo_limits_unit_tests_SOURCES = \
	%D%/inflate_limit_test.cc \
	%D%/json_scan_test.cc \
	%D%/limited_body_test.cc \
	%D%/memory_level_test.cc \
	%D%/memory_observer_test.cc \
	%D%/validation_rule_test.cc \
	navajo/base/test_main.cc
navajo_limits_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_limits_unit_tests_LDADD = $(unit_test_libs)
endif
