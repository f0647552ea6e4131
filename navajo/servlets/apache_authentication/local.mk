libnavajo_la_SOURCES += \
	%D%/apache_authentication_servlet.cc \
	%D%/apache_authentication_servlet.h
EXTRA_DIST += %D%/README.md %D%/example.xml

if TESTS_ENABLED
check_PROGRAMS += navajo/servlets/apache_authentication/unit_tests
TESTS += navajo/servlets/apache_authentication/unit_tests
navajo_servlets_apache_authentication_unit_tests_SOURCES = \
	%D%/apache_authentication_servlet_test.cc \
	navajo/base/test_main.cc
navajo_servlets_apache_authentication_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_servlets_apache_authentication_unit_tests_LDADD = $(unit_test_libs)
endif
