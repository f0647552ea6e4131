libnavajo_la_SOURCES += \
	%D%/local_session_store_servlet.cc \
	%D%/local_session_store_servlet.h
EXTRA_DIST += %D%/README.md %D%/example.xml

if TESTS_ENABLED
check_PROGRAMS += navajo/servlets/local_session_store/unit_tests
TESTS += navajo/servlets/local_session_store/unit_tests
navajo_servlets_local_session_store_unit_tests_SOURCES = \
	%D%/local_session_store_servlet_test.cc \
	navajo/base/test_main.cc
navajo_servlets_local_session_store_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_servlets_local_session_store_unit_tests_LDADD = $(unit_test_libs)
endif
