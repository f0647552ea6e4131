mod_LTLIBRARIES += modules/mod_navajo_mitm/mod_navajo_mitm.la
modules_mod_navajo_mitm_mod_navajo_mitm_la_SOURCES = \
	%D%/after_connect.cc \
	%D%/after_connect.h \
	%D%/connect.cc \
	%D%/connect.h \
	%D%/forward_request.cc \
	%D%/forward_request.h \
	%D%/hooks.cc \
	%D%/inner_tls.cc \
	%D%/inner_tls.h \
	%D%/mod_navajo_mitm.c
modules_mod_navajo_mitm_mod_navajo_mitm_la_CPPFLAGS = $(AM_CPPFLAGS) $(HTTPD_CPPFLAGS) $(OPENSSL_CFLAGS)
modules_mod_navajo_mitm_mod_navajo_mitm_la_CXXFLAGS = $(AM_CXXFLAGS) -fvisibility=hidden -fvisibility-inlines-hidden
modules_mod_navajo_mitm_mod_navajo_mitm_la_CFLAGS = $(AM_CFLAGS) -fvisibility=hidden
modules_mod_navajo_mitm_mod_navajo_mitm_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared \
	-Wl,--version-script=$(srcdir)/modules/exports.map
modules_mod_navajo_mitm_mod_navajo_mitm_la_LIBADD = libnavajo.la $(BOOST_CONTEXT_LIBS) $(OPENSSL_LIBS)
