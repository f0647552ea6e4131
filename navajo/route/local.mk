libnavajo_la_SOURCES += \
	%D%/backend_check.cc \
	%D%/backend_check.h \
	%D%/backend_columns.cc \
	%D%/backend_columns.h \
	%D%/backend_connection.cc \
	%D%/backend_connection.h \
	%D%/backend_row.h \
	%D%/backend_table.cc \
	%D%/backend_table.h \
	%D%/binding_table.cc \
	%D%/binding_table.h \
	%D%/chooser.cc \
	%D%/chooser.h \
	%D%/digest.cc \
	%D%/digest.h \
	%D%/discovery.cc \
	%D%/discovery.h \
	%D%/file_identity.cc \
	%D%/file_identity.h \
	%D%/hash_ring.cc \
	%D%/hash_ring.h \
	%D%/health_checker.cc \
	%D%/health_checker.h \
	%D%/load_table.cc \
	%D%/load_table.h \
	%D%/outliers.cc \
	%D%/outliers.h \
	%D%/places.cc \
	%D%/places.h \
	%D%/pool.cc \
	%D%/pool.h \
	%D%/proxy_protocol.cc \
	%D%/proxy_protocol.h \
	%D%/region_map.cc \
	%D%/region_map.h \
	%D%/retry_budget.cc \
	%D%/retry_budget.h \
	%D%/router.cc \
	%D%/router.h \
	%D%/routing_db.cc \
	%D%/routing_db.h \
	%D%/routing_db_writing.cc \
	%D%/routing_segment.cc \
	%D%/routing_segment.h \
	%D%/shared_router.cc \
	%D%/shared_router.h \
	%D%/shared_router_life.cc \
	%D%/sqlite_file.cc \
	%D%/sqlite_file.h \
	%D%/table_source.h \
	%D%/told_once.cc \
	%D%/told_once.h \
	%D%/waiting_line.h \
	%D%/watched_table.cc \
	%D%/watched_table.h \
	%D%/weighted_turns.cc \
	%D%/weighted_turns.h
EXTRA_DIST += %D%/check_fixture.h %D%/mmdb_writer.h %D%/router_fixture.h %D%/routing_fixture.h

if TESTS_ENABLED
check_PROGRAMS += navajo/route/unit_tests
TESTS += navajo/route/unit_tests
navajo_route_unit_tests_SOURCES = \
	%D%/backend_check_test.cc \
	%D%/backend_columns_test.cc \
	%D%/backend_table_test.cc \
	%D%/binding_table_test.cc \
	%D%/chooser_test.cc \
	%D%/discovery_dns_test.cc \
	%D%/discovery_test.cc \
	%D%/health_checker_test.cc \
	%D%/load_table_test.cc \
	%D%/outliers_test.cc \
	%D%/places_test.cc \
	%D%/proxy_protocol_test.cc \
	%D%/retry_budget_test.cc \
	%D%/routing_db_test.cc \
	%D%/routing_segment_test.cc \
	%D%/shared_router_test.cc \
	%D%/watched_table_test.cc \
	navajo/base/test_main.cc
navajo_route_unit_tests_CPPFLAGS = $(unit_test_cppflags) $(SQLITE_CFLAGS)
navajo_route_unit_tests_LDADD = $(unit_test_libs) $(SQLITE_LIBS)
endif
