libnavajo_la_SOURCES += \
	%D%/cookie_jar.cc \
	%D%/cookie_jar.h \
	%D%/cookie_keeper.cc \
	%D%/cookie_keeper.h \
	%D%/cookie_rules.cc \
	%D%/cookie_rules.h

if TESTS_ENABLED
check_PROGRAMS += navajo/cookies/unit_tests
TESTS += navajo/cookies/unit_tests
navajo_cookies_unit_tests_SOURCES = \
	%D%/cookie_jar_test.cc \
	%D%/cookie_keeper_test.cc \
	%D%/cookie_rules_test.cc \
	navajo/base/test_main.cc
navajo_cookies_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_cookies_unit_tests_LDADD = $(unit_test_libs)
endif
