libnavajo_la_SOURCES += \
	%D%/cookie_cache_filter.cc \
	%D%/cookie_cache_filter.h
EXTRA_DIST += %D%/README.md %D%/example.xml

if TESTS_ENABLED
check_PROGRAMS += navajo/filters/cookie_cache/unit_tests
TESTS += navajo/filters/cookie_cache/unit_tests
navajo_filters_cookie_cache_unit_tests_SOURCES = \
	%D%/cookie_cache_filter_test.cc \
	navajo/base/test_main.cc
navajo_filters_cookie_cache_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_filters_cookie_cache_unit_tests_LDADD = $(unit_test_libs)
endif
