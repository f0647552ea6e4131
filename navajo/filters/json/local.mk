libnavajo_la_SOURCES += \
	%D%/json_filter.cc \
	%D%/json_filter.h
EXTRA_DIST += %D%/README.md %D%/example.xml

if TESTS_ENABLED
check_PROGRAMS += navajo/filters/json/unit_tests
TESTS += navajo/filters/json/unit_tests
navajo_filters_json_unit_tests_SOURCES = \
	%D%/json_filter_test.cc \
	navajo/base/test_main.cc
navajo_filters_json_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_filters_json_unit_tests_LDADD = $(unit_test_libs)
endif
