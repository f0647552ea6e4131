libnavajo_la_SOURCES += \
	%D%/auto_rewrite.cc \
	%D%/auto_rewrite.h \
	%D%/call_trace.cc \
	%D%/call_trace.h \
	%D%/forwarded_call.cc \
	%D%/forwarded_call.h \
	%D%/http_connector_servlet.cc \
	%D%/http_connector_servlet.h \
	%D%/joined_text.h \
	%D%/location.cc \
	%D%/location.h \
	%D%/proxy_policy.cc \
	%D%/proxy_policy.h \
	%D%/replayable_request.h \
	%D%/request_body.cc \
	%D%/request_body.h \
	%D%/request_head.cc \
	%D%/request_head.h \
	%D%/response_forwarder.cc \
	%D%/response_forwarder.h \
	%D%/settings.cc \
	%D%/settings.h \
	%D%/sticky_choice.cc \
	%D%/sticky_choice.h \
	%D%/upgrade.cc \
	%D%/upgrade.h \
	%D%/upgrade_settings.cc \
	%D%/upgrade_settings.h \
	%D%/upgraded_tunnel.cc \
	%D%/upgraded_tunnel.h \
	%D%/value_template.cc \
	%D%/value_template.h
EXTRA_DIST += %D%/README.md %D%/example.xml

if TESTS_ENABLED
check_PROGRAMS += navajo/servlets/http_connector/unit_tests
TESTS += navajo/servlets/http_connector/unit_tests
navajo_servlets_http_connector_unit_tests_SOURCES = \
	%D%/allocations_test.cc \
	%D%/auto_rewrite_test.cc \
	%D%/cookie_manager_test.cc \
	%D%/forwarded_call_test.cc \
	%D%/interim_and_trailers_test.cc \
	%D%/http_connector_servlet_test.cc \
	%D%/location_test.cc \
	%D%/made_settings.h \
	%D%/proxy_policy_test.cc \
	%D%/request_head_test.cc \
	%D%/servlet_fixture.h \
	%D%/settings_test.cc \
	%D%/sticky_choice_test.cc \
	%D%/upgrade_test.cc \
	%D%/upgraded_tunnel_test.cc \
	%D%/value_template_test.cc \
	navajo/base/test_main.cc
navajo_servlets_http_connector_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_servlets_http_connector_unit_tests_LDADD = $(unit_test_libs)
endif
