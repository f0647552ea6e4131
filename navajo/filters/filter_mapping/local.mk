libnavajo_la_SOURCES += \
	%D%/filter_mapping_filter.cc \
	%D%/filter_mapping_filter.h
EXTRA_DIST += %D%/README.md %D%/example.xml

if TESTS_ENABLED
check_PROGRAMS += navajo/filters/filter_mapping/unit_tests
TESTS += navajo/filters/filter_mapping/unit_tests
navajo_filters_filter_mapping_unit_tests_SOURCES = \
	%D%/filter_mapping_filter_test.cc \
	navajo/base/test_main.cc
navajo_filters_filter_mapping_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_filters_filter_mapping_unit_tests_LDADD = $(unit_test_libs)
endif
