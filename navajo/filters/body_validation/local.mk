libnavajo_la_SOURCES += \
	%D%/body_validation_filter.cc \
	%D%/body_validation_filter.h \
	%D%/checked_body.cc \
	%D%/checked_body.h
EXTRA_DIST += %D%/README.md %D%/example.xml

if TESTS_ENABLED
check_PROGRAMS += navajo/filters/body_validation/unit_tests
TESTS += navajo/filters/body_validation/unit_tests
navajo_filters_body_validation_unit_tests_SOURCES = \
	%D%/body_validation_filter_test.cc \
	navajo/base/test_main.cc
navajo_filters_body_validation_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_filters_body_validation_unit_tests_LDADD = $(unit_test_libs)
endif
