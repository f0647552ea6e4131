libnavajo_la_SOURCES += \
	%D%/calendar.cc \
	%D%/calendar.h \
	%D%/credit_table.cc \
	%D%/credit_table.h \
	%D%/credits_file.cc \
	%D%/credits_file.h \
	%D%/flat_json.cc \
	%D%/flat_json.h \
	%D%/inflate_limit.cc \
	%D%/inflate_limit.h \
	%D%/json_scan.cc \
	%D%/json_scan.h \
	%D%/key.cc \
	%D%/key.h \
	%D%/limit_fields.cc \
	%D%/limited_body.cc \
	%D%/limited_body.h \
	%D%/limits.h \
	%D%/memory_level.cc \
	%D%/memory_level.h \
	%D%/memory_observer.cc \
	%D%/memory_observer.h \
	%D%/multipart_scan.cc \
	%D%/multipart_scan.h \
	%D%/rate_state.cc \
	%D%/rate_state.h \
	%D%/rate_table.cc \
	%D%/rate_table.h \
	%D%/refused_names.cc \
	%D%/refused_names.h \
	%D%/shared_limits.cc \
	%D%/shared_limits_forget.cc \
	%D%/shared_limits.h \
	%D%/shared_limits_life.cc \
	%D%/slot_table.cc \
	%D%/slot_table.h \
	%D%/validation_rule.cc \
	%D%/validation_rule.h \
	%D%/way_mark.cc \
	%D%/way_mark.h \
	%D%/xml_characters.h \
	%D%/xml_scan.cc \
	%D%/xml_scan.h \
	%D%/xml_scan_text.cc

if TESTS_ENABLED
check_PROGRAMS += navajo/limits/unit_tests
TESTS += navajo/limits/unit_tests
navajo_limits_unit_tests_SOURCES = \
	%D%/calendar_test.cc \
	%D%/credit_table_test.cc \
	%D%/credits_file_test.cc \
	%D%/flat_json_test.cc \
	%D%/inflate_limit_test.cc \
	%D%/json_scan_test.cc \
	%D%/key_test.cc \
	%D%/limit_fields_test.cc \
	%D%/limited_body_test.cc \
	%D%/memory_level_test.cc \
	%D%/memory_observer_test.cc \
	%D%/multipart_scan_test.cc \
	%D%/rate_table_test.cc \
	%D%/refused_names_test.cc \
	%D%/shared_limits_forget_test.cc \
	%D%/shared_limits_test.cc \
	%D%/slot_table_test.cc \
	%D%/validation_rule_test.cc \
	%D%/xml_scan_test.cc \
	navajo/base/test_main.cc
navajo_limits_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_limits_unit_tests_LDADD = $(unit_test_libs)
endif
