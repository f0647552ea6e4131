libnavajo_la_SOURCES += \
	%D%/attributes.h \
	%D%/authentication.h \
	%D%/backend_calls.h \
	%D%/backend_timeout.h \
	%D%/component_metrics.cc \
	%D%/component_metrics.h \
	%D%/component_json.cc \
	%D%/component_json.h \
	%D%/component_tree.cc \
	%D%/component_tree.h \
	%D%/event.h \
	%D%/explanation.h \
	%D%/fakes.h \
	%D%/forward_target.h \
	%D%/head_only_response.h \
	%D%/login_renderer.h \
	%D%/metrics_page.cc \
	%D%/metrics_page.h \
	%D%/request.h \
	%D%/request_wrapper.h \
	%D%/response.h \
	%D%/servlet.h \
	%D%/session.h \
	%D%/status_source.cc \
	%D%/status_source.h \
	%D%/text_body.cc \
	%D%/text_body.h \
	%D%/trail.h \
	%D%/upgrade.h

if TESTS_ENABLED
check_PROGRAMS += navajo/api/unit_tests
TESTS += navajo/api/unit_tests
navajo_api_unit_tests_SOURCES = \
	%D%/component_metrics_test.cc \
	%D%/component_tree_test.cc \
	navajo/base/test_main.cc
navajo_api_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_api_unit_tests_LDADD = $(unit_test_libs)
endif
