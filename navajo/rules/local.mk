libnavajo_la_SOURCES += \
	%D%/action.h \
	%D%/action_image.cc \
	%D%/action_image.h \
	%D%/anchors.cc \
	%D%/anchors.h \
	%D%/cached_facts.h \
	%D%/candidates.cc \
	%D%/candidates.h \
	%D%/compile.cc \
	%D%/condition.cc \
	%D%/condition.h \
	%D%/evaluate.cc \
	%D%/event_log.h \
	%D%/expression.cc \
	%D%/expression.h \
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
	%D%/index_key.h \
	%D%/index_writer.cc \
	%D%/index_writer.h \
	%D%/judge.cc \
	%D%/judge.h \
	%D%/list_image.cc \
	%D%/list_image.h \
	%D%/matcher_text.cc \
	%D%/matcher_text.h \
	%D%/needs.cc \
	%D%/needs.h \
	%D%/plan.cc \
	%D%/plan.h \
	%D%/program.cc \
	%D%/program.h \
	%D%/program_state.h \
	%D%/required_text.cc \
	%D%/required_text.h \
	%D%/rule_file.h \
	%D%/rule_store.h \
	%D%/template.h \
	%D%/time_window.cc \
	%D%/time_window.h
EXTRA_DIST += %D%/fake_facts.h %D%/random_rules.h %D%/reference_evaluator.h %D%/rule_builder.h

if TESTS_ENABLED
check_PROGRAMS += navajo/rules/unit_tests
TESTS += navajo/rules/unit_tests
navajo_rules_unit_tests_SOURCES = \
	%D%/evaluation_allocations_test.cc \
	%D%/evaluation_property_test.cc \
	%D%/expression_test.cc \
	%D%/glob_test.cc \
	%D%/image_test.cc \
	%D%/program_test.cc \
	%D%/required_text_test.cc \
	%D%/time_window_test.cc \
	navajo/base/test_main.cc
navajo_rules_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_rules_unit_tests_LDADD = $(unit_test_libs)
endif
