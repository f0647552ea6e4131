libnavajo_la_SOURCES += \
	%D%/dialogue_params.cc \
	%D%/dialogue_params.h \
	%D%/lockout.cc \
	%D%/lockout.h \
	%D%/login_dialogue.cc \
	%D%/login_dialogue.h \
	%D%/password_hash.cc \
	%D%/password_hash.h \
	%D%/roles.cc \
	%D%/roles.h \
	%D%/session_identity.cc \
	%D%/session_identity.h \
	%D%/stored_request.cc \
	%D%/stored_request.h \
	%D%/users_file.cc \
	%D%/users_file.h

if TESTS_ENABLED
check_PROGRAMS += navajo/identity/unit_tests
TESTS += navajo/identity/unit_tests
navajo_identity_unit_tests_SOURCES = \
	%D%/login_fixture.h \
	%D%/lockout_test.cc \
	%D%/login_dialogue_test.cc \
	%D%/password_hash_test.cc \
	%D%/roles_test.cc \
	%D%/session_identity_test.cc \
	%D%/stored_request_test.cc \
	%D%/users_file_test.cc \
	navajo/base/test_main.cc
navajo_identity_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_identity_unit_tests_LDADD = $(unit_test_libs)
endif
