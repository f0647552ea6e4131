# Rules that no compiler checks. Each guard first proves, on planted violations, that it can fail.
TEST_EXTENSIONS = .py
PY_LOG_COMPILER = $(PYTHON3) -B
AM_TESTS_ENVIRONMENT = \
	NAVAJO_BUILDDIR='$(abs_builddir)'; export NAVAJO_BUILDDIR; \
	NAVAJO_HTTPD='$(HTTPD_BIN)'; export NAVAJO_HTTPD; \
	NAVAJO_STOCK_MODDIR='$(HTTPD_STOCK_MODDIR)'; export NAVAJO_STOCK_MODDIR; \
	CC='$(CC)'; export CC; $(guards_sanitized)
if ASAN
guards_sanitized = NAVAJO_TEST_ASAN=1; export NAVAJO_TEST_ASAN;
endif

guards = \
	%D%/documents.py \
	%D%/house_rules.py \
	%D%/httpd_free.py \
	%D%/layers.py \
	%D%/loads.py \
	%D%/log_ids.py \
	%D%/symbols.py \
	%D%/wired.py
TESTS += $(guards)
EXTRA_DIST += $(guards) %D%/guardlib.py
