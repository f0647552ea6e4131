libnavajo_la_SOURCES += \
	%D%/charset_filter.cc \
	%D%/charset_filter.h \
	%D%/converter.cc \
	%D%/converter.h
EXTRA_DIST += %D%/README.md %D%/example.xml

if TESTS_ENABLED
check_PROGRAMS += navajo/filters/charset/unit_tests
TESTS += navajo/filters/charset/unit_tests
navajo_filters_charset_unit_tests_SOURCES = \
	%D%/charset_filter_test.cc \
	navajo/base/test_main.cc
navajo_filters_charset_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_filters_charset_unit_tests_LDADD = $(unit_test_libs)
endif
