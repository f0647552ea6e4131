libnavajo_la_SOURCES += \
	%D%/action.h \
	%D%/condition.cc \
	%D%/condition.h \
	%D%/counter_rows.cc \
	%D%/counter_rows.h \
	%D%/current_generation.cc \
	%D%/current_generation.h \
	%D%/event_log.cc \
	%D%/event_log.h \
	%D%/event_log_shm.cc \
	%D%/event_log_shm.h \
	%D%/event_record.cc \
	%D%/event_record.h \
	%D%/expression.cc \
	%D%/expression.h \
	%D%/facts.h \
	%D%/field.h \
	%D%/fields.def \
	%D%/file_stamps.cc \
	%D%/file_stamps.h \
	%D%/matcher_text.cc \
	%D%/matcher_text.h \
	%D%/place_readers.cc \
	%D%/place_readers.h \
	%D%/program.h \
	%D%/program_stand_in.cc \
	%D%/redaction.cc \
	%D%/redaction.h \
	%D%/request_facts.cc \
	%D%/request_facts.h \
	%D%/rule_compiler.cc \
	%D%/rule_compiler.h \
	%D%/rule_file.h \
	%D%/rule_publishing.cc \
	%D%/rule_store.cc \
	%D%/rule_store.h \
	%D%/rule_store_report.cc \
	%D%/shared_generation.cc \
	%D%/shared_generation.h \
	%D%/shared_rule_store.cc \
	%D%/shared_rule_store.h \
	%D%/store_segment.cc \
	%D%/store_segment.h \
	%D%/template.cc \
	%D%/template.h \
	%D%/time_window.cc \
	%D%/time_window.h
EXTRA_DIST += %D%/json_check.h %D%/rule_store_fixture.h

if TESTS_ENABLED
check_PROGRAMS += navajo/rules/unit_tests
TESTS += navajo/rules/unit_tests
navajo_rules_unit_tests_SOURCES = \
	%D%/counter_rows_test.cc \
	%D%/current_generation_test.cc \
	%D%/event_log_test.cc \
	%D%/event_record_test.cc \
	%D%/expression_test.cc \
	%D%/place_readers_test.cc \
	%D%/redaction_test.cc \
	%D%/request_facts_test.cc \
	%D%/shared_rule_store_test.cc \
	%D%/template_test.cc \
	%D%/time_window_test.cc \
	navajo/base/test_main.cc
navajo_rules_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_rules_unit_tests_LDADD = $(unit_test_libs)
endif
