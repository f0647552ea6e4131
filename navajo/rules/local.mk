libnavajo_la_SOURCES += \
	%D%/action.h \
	%D%/condition.cc \
	%D%/condition.h \
	%D%/event_log.h \
	%D%/expression.cc \
	%D%/expression.h \
	%D%/facts.h \
	%D%/field.h \
	%D%/fields.def \
	%D%/matcher_text.cc \
	%D%/matcher_text.h \
	%D%/program.h \
	%D%/rule_file.h \
	%D%/rule_store.h \
	%D%/template.h \
	%D%/time_window.cc \
	%D%/time_window.h

if TESTS_ENABLED
check_PROGRAMS += navajo/rules/unit_tests
TESTS += navajo/rules/unit_tests
navajo_rules_unit_tests_SOURCES = \
	%D%/expression_test.cc \
	%D%/time_window_test.cc \
	navajo/base/test_main.cc
navajo_rules_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_rules_unit_tests_LDADD = $(unit_test_libs)
endif
