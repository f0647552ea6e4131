libnavajo_la_SOURCES += \
	%D%/admin_servlet.cc \
	%D%/admin_servlet.h \
	%D%/admission.cc \
	%D%/admission.h \
	%D%/api.cc \
	%D%/api.h \
	%D%/console_files.cc \
	%D%/console_files.h \
	%D%/endpoints.cc \
	%D%/tokens.cc \
	%D%/tokens.h
EXTRA_DIST += %D%/README.md %D%/example.xml

if TESTS_ENABLED
check_PROGRAMS += navajo/servlets/admin/unit_tests
TESTS += navajo/servlets/admin/unit_tests
navajo_servlets_admin_unit_tests_SOURCES = \
	%D%/admin_servlet_test.cc \
	%D%/tokens_test.cc \
	navajo/base/test_main.cc
navajo_servlets_admin_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_servlets_admin_unit_tests_LDADD = $(unit_test_libs)
endif
