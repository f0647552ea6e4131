# `make rpm`: the binary package, from the tarball of `make dist`, in _rpm of the build folder. Built twice from one
# tarball it is the same file: times come from SOURCE_DATE_EPOCH, or a fixed day.
# `make rpm-check`: unpacks it and runs a server from there.
EXTRA_DIST += %D%/navajo.spec %D%/10-navajo.conf %D%/build-rpm
rpm_folder = $(abs_builddir)/_rpm
.PHONY: rpm rpm-check
rpm: dist-xz
	$(SHELL) '$(srcdir)/%D%/build-rpm' '$(abs_builddir)/$(distdir).tar.xz' '$(rpm_folder)' '$(VERSION)' '$(APXS)'

if TESTS_ENABLED
rpm-check: rpm
	rm -rf '$(rpm_folder)/unpacked' && mkdir -p '$(rpm_folder)/unpacked'
	cd '$(rpm_folder)/unpacked' && rpm2archive - <`echo '$(rpm_folder)'/RPMS/*/navajo-$(VERSION)-*.rpm` | tar -xz
	cd '$(abs_srcdir)/tests/integration' && env $(integration_environment) \
	  NAVAJO_RPM="`echo '$(rpm_folder)'/RPMS/*/navajo-$(VERSION)-*.rpm`" \
	  NAVAJO_PREFIX='$(rpm_folder)/unpacked/usr' NAVAJO_LIBRARY_PATH='$(rpm_folder)/unpacked/usr/lib64' \
	  $(integration_run) test_package.py
endif
