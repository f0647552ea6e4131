libnavajo_la_SOURCES += \
	%D%/action.h \
	%D%/event_log.cc \
	%D%/event_log.h \
	%D%/event_log_shm.cc \
	%D%/event_log_shm.h \
	%D%/event_record.cc \
	%D%/event_record.h \
	%D%/facts.h \
	%D%/field.h \
	%D%/fields.def \
	%D%/program.h \
	%D%/redaction.cc \
	%D%/redaction.h \
	%D%/rule_file.h \
	%D%/rule_store.h \
	%D%/template.h

EXTRA_DIST += %D%/json_check.h

if TESTS_ENABLED
check_PROGRAMS += navajo/rules/unit_tests
TESTS += navajo/rules/unit_tests
navajo_rules_unit_tests_SOURCES = \
	%D%/event_log_test.cc \
	%D%/event_record_test.cc \
	%D%/redaction_test.cc \
	navajo/base/test_main.cc
navajo_rules_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_rules_unit_tests_LDADD = $(unit_test_libs)
endif
