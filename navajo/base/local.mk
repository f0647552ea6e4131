libnavajo_la_SOURCES += \
	%D%/ascii.h \
	%D%/clock.cc \
	%D%/clock.h \
	%D%/count_allocations.h \
	%D%/current_value.cc \
	%D%/current_value.h \
	%D%/function_ref.h \
	%D%/random.cc \
	%D%/random.h \
	%D%/result.h

if TESTS_ENABLED
check_PROGRAMS += navajo/base/unit_tests
TESTS += navajo/base/unit_tests
navajo_base_unit_tests_SOURCES = \
	%D%/ascii_test.cc \
	%D%/test_main.cc
navajo_base_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_base_unit_tests_LDADD = $(unit_test_libs)
endif
