libnavajo_la_SOURCES += \
	%D%/admin_client.cc \
	%D%/admin_client.h \
	%D%/admin_server.cc \
	%D%/admin_server.h \
	%D%/answer.cc \
	%D%/answer.h \
	%D%/backend_answer.cc \
	%D%/backend_answer.h \
	%D%/limit_answer.cc \
	%D%/limit_answer.h \
	%D%/limit_keys.cc \
	%D%/limit_keys.h \
	%D%/line.cc \
	%D%/line.h \
	%D%/record.cc \
	%D%/record.h \
	%D%/request.cc \
	%D%/request_answer.cc \
	%D%/request_answer.h \
	%D%/request.h \
	%D%/routing_answer.cc \
	%D%/routing_answer.h \
	%D%/rules_answer.cc \
	%D%/rules_answer.h \
	%D%/session_answer.cc \
	%D%/session_answer.h \
	%D%/socket_file.cc \
	%D%/socket_file.h \
	%D%/tunnel_answer.cc \
	%D%/tunnel_answer.h

if TESTS_ENABLED
check_PROGRAMS += navajo/admin/unit_tests
TESTS += navajo/admin/unit_tests
navajo_admin_unit_tests_SOURCES = \
	%D%/admin_server_test.cc \
	%D%/answer_test.cc \
	%D%/backend_answer_test.cc \
	%D%/limit_answer_test.cc \
	%D%/line_test.cc \
	%D%/request_answer_test.cc \
	%D%/request_test.cc \
	%D%/routing_answer_test.cc \
	%D%/rules_answer_test.cc \
	%D%/socket_file_test.cc \
	%D%/tunnel_answer_test.cc \
	navajo/base/test_main.cc
navajo_admin_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_admin_unit_tests_LDADD = $(unit_test_libs)
endif
