# Installed as they lie here, so that a relative docBase holds: PREFIX/share/navajo/conf/demo, .../conf/reference.
nobase_dist_pkgdata_DATA = \
	%D%/catalog.xml \
	%D%/demo/admin/WEB-INF/web.xml \
	%D%/demo/forward/WEB-INF/web.xml \
	%D%/demo/navajo.xml \
	%D%/demo/site/WEB-INF/users.txt \
	%D%/demo/site/WEB-INF/web.xml \
	%D%/demo/site/index.html \
	%D%/demo/site/mark.svg \
	%D%/demo/site/style.css \
	%D%/grafana/navajo.json \
	%D%/navajo.xsd \
	%D%/profiles.properties \
	%D%/prometheus/navajo-alerts.yml \
	%D%/reference/bc.properties \
	%D%/reference/navajo.xml \
	%D%/reference/site/404.html \
	%D%/reference/site/WEB-INF/admin-tokens.txt \
	%D%/reference/site/WEB-INF/tokens.txt \
	%D%/reference/site/WEB-INF/users.txt \
	%D%/reference/site/WEB-INF/web.xml \
	%D%/reference/site/index.html \
	%D%/rules/common.xml \
	%D%/rules/office.txt \
	%D%/rules/rules.xml \
	%D%/rules/samples.xml \
	%D%/web.xsd

# The web console, where AdminServlet looks for it: PREFIX/share/navajo/console.
consoledir = $(pkgdatadir)/console
dist_console_DATA = %D%/console/console.css %D%/console/index.html %D%/console/mark.svg
consoleappdir = $(consoledir)/app
dist_consoleapp_DATA = \
	%D%/console/app/api.js \
	%D%/console/app/chart.js \
	%D%/console/app/format.js \
	%D%/console/app/main.js \
	%D%/console/app/parts.js \
	%D%/console/app/samples.js
consolepagesdir = $(consoledir)/app/pages
dist_consolepages_DATA = \
	%D%/console/app/pages/certificates.js \
	%D%/console/app/pages/hosts.js \
	%D%/console/app/pages/limits.js \
	%D%/console/app/pages/live.js \
	%D%/console/app/pages/overview.js \
	%D%/console/app/pages/requests.js \
	%D%/console/app/pages/rules.js \
	%D%/console/app/pages/sessions.js \
	%D%/console/app/pages/tunnels.js
consolevendordir = $(consoledir)/vendor
dist_consolevendor_DATA = \
	%D%/console/vendor/LICENSE.htm \
	%D%/console/vendor/LICENSE.preact \
	%D%/console/vendor/LICENSE.uplot \
	%D%/console/vendor/README.md \
	%D%/console/vendor/htm-preact.js \
	%D%/console/vendor/uplot.css \
	%D%/console/vendor/uplot.js

# Where the shells look.
bashcompletiondir = $(datadir)/bash-completion/completions
dist_bashcompletion_DATA = %D%/completion/navajo
zshcompletiondir = $(datadir)/zsh/site-functions
dist_zshcompletion_DATA = %D%/completion/_navajo

if TESTS_ENABLED
check_PROGRAMS += conf/unit_tests
TESTS += conf/unit_tests
conf_unit_tests_SOURCES = %D%/demo_database.h %D%/metrics_test.cc %D%/mutations_test.cc \
	%D%/reference_test.cc %D%/rules_test.cc
conf_unit_tests_CPPFLAGS = $(unit_test_cppflags) -DCONF_FOLDER='"$(abs_top_srcdir)/%D%"' \
	-DDOCS_FOLDER='"$(abs_top_srcdir)/docs"'
conf_unit_tests_LDADD = $(unit_test_libs)
endif
