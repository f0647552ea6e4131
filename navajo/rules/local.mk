libnavajo_la_SOURCES += \
	%D%/action.h \
	%D%/action_reader.cc \
	%D%/action_reader.h \
	%D%/condition.cc \
	%D%/condition.h \
	%D%/condition_reader.cc \
	%D%/condition_reader.h \
	%D%/event_log.h \
	%D%/expression.cc \
	%D%/expression.h \
	%D%/fact_text.cc \
	%D%/fact_text.h \
	%D%/facts.h \
	%D%/field.h \
	%D%/fields.def \
	%D%/list_reader.cc \
	%D%/list_reader.h \
	%D%/matcher_text.cc \
	%D%/matcher_text.h \
	%D%/program.h \
	%D%/rule_file.h \
	%D%/rule_store.h \
	%D%/rules_document.cc \
	%D%/rules_document.h \
	%D%/rules_element.cc \
	%D%/rules_element.h \
	%D%/rules_xml.cc \
	%D%/rules_xml.h \
	%D%/template.cc \
	%D%/template.h \
	%D%/time_window.cc \
	%D%/time_window.h \
	%D%/vocabulary.cc \
	%D%/vocabulary.h

if TESTS_ENABLED
check_PROGRAMS += navajo/rules/unit_tests
TESTS += navajo/rules/unit_tests
navajo_rules_unit_tests_SOURCES = \
	%D%/expression_test.cc \
	%D%/rules_xml_test.cc \
	%D%/time_window_test.cc \
	navajo/base/test_main.cc
navajo_rules_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_rules_unit_tests_LDADD = $(unit_test_libs)
endif
