# Installed as they lie here, so that a relative docBase holds: PREFIX/share/navajo/conf/demo, .../conf/reference.
nobase_dist_pkgdata_DATA = \
	%D%/catalog.xml \
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
	%D%/reference/site/WEB-INF/tokens.txt \
	%D%/reference/site/WEB-INF/users.txt \
	%D%/reference/site/WEB-INF/web.xml \
	%D%/reference/site/index.html \
	%D%/rules/common.xml \
	%D%/rules/office.txt \
	%D%/rules/rules.xml \
	%D%/rules/samples.xml \
	%D%/web.xsd

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
