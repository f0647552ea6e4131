libnavajo_la_SOURCES += \
	%D%/attribute_chain.cc \
	%D%/attribute_chain.h \
	%D%/block_heap.cc \
	%D%/block_heap.h \
	%D%/key_table.cc \
	%D%/key_table.h \
	%D%/local_session_store.cc \
	%D%/local_session_store.h \
	%D%/local_session_store_open.cc \
	%D%/reaper.cc \
	%D%/reaper.h \
	%D%/session_id.cc \
	%D%/session_id.h \
	%D%/session_store.cc \
	%D%/session_store.h \
	%D%/shared_store.cc \
	%D%/shared_store.h \
	%D%/store_core.cc \
	%D%/store_core.h \
	%D%/store_layout.cc \
	%D%/store_layout.h \
	%D%/store_numbers.cc \
	%D%/store_numbers.h \
	%D%/store_walk.cc \
	%D%/store_walk.h

if TESTS_ENABLED
check_PROGRAMS += navajo/session/unit_tests
TESTS += navajo/session/unit_tests
navajo_session_unit_tests_SOURCES = \
	%D%/key_table_test.cc \
	%D%/local_session_store_test.cc \
	%D%/memory_level_test.cc \
	%D%/reaper_test.cc \
	%D%/session_id_test.cc \
	%D%/shared_store_test.cc \
	%D%/store_crash_test.cc \
	%D%/store_fixture.h \
	%D%/store_parallel_test.cc \
	navajo/base/test_main.cc
navajo_session_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_session_unit_tests_LDADD = $(unit_test_libs)
endif
