libnavajo_la_SOURCES += \
	%D%/arena.cc \
	%D%/arena.h \
	%D%/robust_mutex.cc \
	%D%/robust_mutex.h \
	%D%/segment.cc \
	%D%/segment.h

if TESTS_ENABLED
check_PROGRAMS += navajo/shm/unit_tests
TESTS += navajo/shm/unit_tests
navajo_shm_unit_tests_SOURCES = \
	%D%/arena_test.cc \
	%D%/forked.h \
	%D%/robust_mutex_test.cc \
	%D%/segment_test.cc \
	navajo/base/test_main.cc
navajo_shm_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_shm_unit_tests_LDADD = $(unit_test_libs)
endif
