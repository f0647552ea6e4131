libnavajo_la_SOURCES += \
	%D%/action.h \
	%D%/counter_rows.cc \
	%D%/counter_rows.h \
	%D%/current_generation.cc \
	%D%/current_generation.h \
	%D%/event_log.h \
	%D%/facts.h \
	%D%/field.h \
	%D%/fields.def \
	%D%/file_stamps.cc \
	%D%/file_stamps.h \
	%D%/place_readers.cc \
	%D%/place_readers.h \
	%D%/program.h \
	%D%/program_stand_in.cc \
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
	%D%/template.h
EXTRA_DIST += %D%/rule_store_fixture.h

if TESTS_ENABLED
check_PROGRAMS += navajo/rules/unit_tests
TESTS += navajo/rules/unit_tests
navajo_rules_unit_tests_SOURCES = \
	%D%/counter_rows_test.cc \
	%D%/current_generation_test.cc \
	%D%/place_readers_test.cc \
	%D%/shared_rule_store_test.cc \
	navajo/base/test_main.cc
navajo_rules_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_rules_unit_tests_LDADD = $(unit_test_libs)
endif
