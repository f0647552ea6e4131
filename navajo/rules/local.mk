libnavajo_la_SOURCES += \
	%D%/action.h \
	%D%/action_image.cc \
	%D%/action_image.h \
	%D%/action_reader.cc \
	%D%/action_reader.h \
	%D%/anchors.cc \
	%D%/anchors.h \
	%D%/cached_facts.h \
	%D%/candidates.cc \
	%D%/candidates.h \
	%D%/compile.cc \
	%D%/condition.cc \
	%D%/condition.h \
	%D%/condition_reader.cc \
	%D%/condition_reader.h \
	%D%/evaluate.cc \
	%D%/event_log.h \
	%D%/expression.cc \
	%D%/expression.h \
	%D%/fact_text.cc \
	%D%/fact_text.h \
	%D%/facts.h \
	%D%/field.h \
	%D%/fields.def \
	%D%/glob.cc \
	%D%/glob.h \
	%D%/hash.h \
	%D%/image.cc \
	%D%/image.h \
	%D%/image_writer.cc \
	%D%/image_writer.h \
	%D%/implication.cc \
	%D%/implication.h \
	%D%/index_key.h \
	%D%/index_writer.cc \
	%D%/index_writer.h \
	%D%/judge.cc \
	%D%/judge.h \
	%D%/lint.cc \
	%D%/lint.h \
	%D%/list_image.cc \
	%D%/list_image.h \
	%D%/list_reader.cc \
	%D%/list_reader.h \
	%D%/matcher_text.cc \
	%D%/matcher_text.h \
	%D%/needs.cc \
	%D%/needs.h \
	%D%/pattern_cost.cc \
	%D%/pattern_cost.h \
	%D%/plan.cc \
	%D%/plan.h \
	%D%/program.cc \
	%D%/program.h \
	%D%/program_state.h \
	%D%/required_text.cc \
	%D%/required_text.h \
	%D%/rule_file.h \
	%D%/rule_store.h \
	%D%/rules_document.cc \
	%D%/rules_document.h \
	%D%/rules_element.cc \
	%D%/rules_element.h \
	%D%/rules_xml.cc \
	%D%/rules_xml.h \
	%D%/sample.cc \
	%D%/sample.h \
	%D%/sample_facts.cc \
	%D%/sample_facts.h \
	%D%/sample_run.cc \
	%D%/sample_run.h \
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
	%D%/lint_test.cc \
	%D%/rules_xml_test.cc \
	%D%/sample_test.cc \
	%D%/time_window_test.cc \
	navajo/base/test_main.cc
navajo_rules_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_rules_unit_tests_LDADD = $(unit_test_libs)
endif
