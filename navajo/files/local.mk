libnavajo_la_SOURCES += \
	%D%/content_types.cc \
	%D%/content_types.h \
	%D%/file_sender.cc \
	%D%/file_sender.h \
	%D%/http_date.cc \
	%D%/http_date.h \
	%D%/preconditions.cc \
	%D%/preconditions.h \
	%D%/served_file.cc \
	%D%/served_file.h

if TESTS_ENABLED
check_PROGRAMS += navajo/files/unit_tests
TESTS += navajo/files/unit_tests
navajo_files_unit_tests_SOURCES = \
	%D%/http_date_test.cc \
	%D%/preconditions_test.cc \
	%D%/served_file_test.cc \
	navajo/base/test_main.cc
navajo_files_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_files_unit_tests_LDADD = $(unit_test_libs)
endif
