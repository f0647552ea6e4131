libnavajo_la_SOURCES += \
	%D%/backend_columns.cc \
	%D%/backend_columns.h \
	%D%/backend_row.h \
	%D%/backend_table.cc \
	%D%/backend_table.h \
	%D%/discovery.cc \
	%D%/discovery.h \
	%D%/file_identity.cc \
	%D%/file_identity.h \
	%D%/router.h \
	%D%/routing_db.cc \
	%D%/routing_db.h \
	%D%/routing_db_writing.cc \
	%D%/sqlite_file.cc \
	%D%/sqlite_file.h \
	%D%/table_source.h \
	%D%/told_once.cc \
	%D%/told_once.h \
	%D%/watched_table.cc \
	%D%/watched_table.h

if TESTS_ENABLED
check_PROGRAMS += navajo/route/unit_tests
TESTS += navajo/route/unit_tests
navajo_route_unit_tests_SOURCES = \
	%D%/backend_columns_test.cc \
	%D%/backend_table_test.cc \
	%D%/discovery_dns_test.cc \
	%D%/discovery_test.cc \
	%D%/routing_db_test.cc \
	%D%/watched_table_test.cc \
	navajo/base/test_main.cc
navajo_route_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_route_unit_tests_LDADD = $(unit_test_libs)
endif
