libnavajo_la_SOURCES += \
	%D%/http_authentication_servlet.cc \
	%D%/http_authentication_servlet.h \
	%D%/identity_cache.cc \
	%D%/identity_cache.h \
	%D%/inner_request.cc \
	%D%/inner_request.h \
	%D%/settings.cc \
	%D%/settings.h
EXTRA_DIST += %D%/README.md %D%/example.xml

if TESTS_ENABLED
check_PROGRAMS += navajo/servlets/http_authentication/unit_tests
TESTS += navajo/servlets/http_authentication/unit_tests
navajo_servlets_http_authentication_unit_tests_SOURCES = \
	%D%/http_authentication_servlet_test.cc \
	%D%/identity_cache_test.cc \
	%D%/settings_test.cc \
	navajo/base/test_main.cc
navajo_servlets_http_authentication_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_servlets_http_authentication_unit_tests_LDADD = $(unit_test_libs)
endif
