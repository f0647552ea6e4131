libnavajo_la_SOURCES += \
	%D%/built_in_page.cc \
	%D%/built_in_page.h \
	%D%/login_renderer_servlet.cc \
	%D%/login_renderer_servlet.h \
	%D%/machine_forms.cc \
	%D%/machine_forms.h \
	%D%/page_set.cc \
	%D%/page_set.h \
	%D%/page_template.cc \
	%D%/page_template.h \
	%D%/texts.cc \
	%D%/texts.h
EXTRA_DIST += %D%/README.md %D%/example.xml

if TESTS_ENABLED
check_PROGRAMS += navajo/servlets/login_renderer/unit_tests
TESTS += navajo/servlets/login_renderer/unit_tests
navajo_servlets_login_renderer_unit_tests_SOURCES = \
	%D%/built_in_page_test.cc \
	%D%/login_renderer_servlet_test.cc \
	%D%/page_set_test.cc \
	%D%/page_template_test.cc \
	navajo/base/test_main.cc
navajo_servlets_login_renderer_unit_tests_CPPFLAGS = $(unit_test_cppflags)
navajo_servlets_login_renderer_unit_tests_LDADD = $(unit_test_libs)
endif
