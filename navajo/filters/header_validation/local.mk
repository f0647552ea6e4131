libnavajo_la_SOURCES += \
	%D%/header_validation_filter.cc \
	%D%/header_validation_filter.h
EXTRA_DIST += %D%/README.md %D%/example.xml

if TESTS_ENABLED
check_PROGRAMS += navajo/filters/header_validation/unit_tests
TESTS += navajo/filters/header_validation/unit_tests
navajo_filters_header_validation_unit_tests_SOURCES = \
	%D%/header_validation_filter_test.cc \
	navajo/base/test_main.cc
navajo_filters_header_validation_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_filters_header_validation_unit_tests_LDADD = $(unit_test_libs)
endif
