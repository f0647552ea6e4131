# What an installation has besides programs and modules: files that load them, units, logrotate, SELinux policy. All of
# it is installed by `make install`, and the packages are made of that.
# `make rpm`: the binary packages, from the tarball of `make dist`, in _rpm of the build folder. Times come from
# SOURCE_DATE_EPOCH, or a fixed day; so what is built twice from one tarball is the same.
# `make rpm-check`: builds them of the objects that are here (take_objects.py), packs them a second time, installs them
# into a root of their own and runs a server there. `make rpm-reproducible`: builds them twice from the beginning and
# compares (minutes).
EXTRA_DIST += \
	%D%/build-rpm \
	%D%/take_objects.py \
	%D%/debian/navajo.load.in \
	%D%/debian/navajo_mitm.load.in \
	%D%/httpd/10-navajo.conf \
	%D%/httpd/11-navajo-mitm.conf \
	%D%/httpd/navajo.conf \
	%D%/navajo.spec \
	%D%/selinux/navajo.fc \
	%D%/selinux/navajo.if \
	%D%/selinux/navajo.te \
	%D%/system/50-navajo.conf.in \
	%D%/system/navajo.logrotate \
	%D%/system/navajo.sysusers \
	%D%/system/navajo.tmpfiles \
	%D%/system/navajo@.service.in

# ---------------------------------------------------------------- made of templates
if DEBIAN_LAYOUT
httpd_name = apache2
else
httpd_name = httpd
endif
rpm_templates = sed -e 's|@moddir[@]|$(HTTPD_MODDIR)|g' -e 's|@bindir[@]|$(bindir)|g' \
	-e 's|@sysconfdir[@]|$(sysconfdir)|g' -e 's|@httpd_unit[@]|$(httpd_name).service|g' \
	-e 's|@httpd[@]|$(httpd_name)|g' -e 's|@jemalloc[@]|$(or $(JEMALLOC_LIB),libjemalloc.so.2)|g'
rpm_made = rpm/debian/navajo.load rpm/debian/navajo_mitm.load rpm/system/50-navajo.conf rpm/system/navajo@.service
$(rpm_made): rpm/%: $(srcdir)/rpm/%.in Makefile
	@$(MKDIR_P) $(@D)
	$(AM_V_GEN)$(rpm_templates) '$<' >$@.part && mv -f $@.part $@
CLEANFILES += $(rpm_made)

# ---------------------------------------------------------------- where they go
systemdunitdir = $(prefix)/lib/systemd/system
systemdunit_DATA = rpm/system/navajo@.service
dropindir = $(systemdunitdir)/$(httpd_name).service.d
dropin_DATA = rpm/system/50-navajo.conf
if DEBIAN_LAYOUT
modsavailabledir = $(sysconfdir)/apache2/mods-available
modsavailable_DATA = rpm/debian/navajo.load rpm/debian/navajo_mitm.load %D%/httpd/navajo.conf
else
modconfdir = $(sysconfdir)/httpd/conf.modules.d
modconf_DATA = %D%/httpd/10-navajo.conf %D%/httpd/11-navajo-mitm.conf
confdir = $(sysconfdir)/httpd/conf.d
conf_DATA = %D%/httpd/navajo.conf
endif
selinuxdir = $(datadir)/selinux
selinuxdevdir = $(selinuxdir)/devel/include/contrib
selinuxdev_DATA = %D%/selinux/navajo.if
if SELINUX_TOOLS
selinuxpackagesdir = $(selinuxdir)/packages
selinuxpackages_DATA = rpm/selinux/navajo.pp
rpm/selinux/navajo.pp: $(srcdir)/%D%/selinux/navajo.te $(srcdir)/%D%/selinux/navajo.fc
	@$(MKDIR_P) $(@D)
	$(AM_V_GEN)$(CHECKMODULE) -M -m -o rpm/selinux/navajo.mod '$(srcdir)/rpm/selinux/navajo.te' && \
	  $(SEMODULE_PACKAGE) -o $@ -m rpm/selinux/navajo.mod -f '$(srcdir)/rpm/selinux/navajo.fc'
CLEANFILES += rpm/selinux/navajo.mod rpm/selinux/navajo.pp
endif

# Under other names than they have here.
.PHONY: install-system-files
install_data_hooks += install-system-files
install-system-files:
	$(MKDIR_P) '$(DESTDIR)$(sysconfdir)/navajo' '$(DESTDIR)$(sysconfdir)/logrotate.d' \
	  '$(DESTDIR)$(prefix)/lib/sysusers.d' '$(DESTDIR)$(prefix)/lib/tmpfiles.d' \
	  '$(DESTDIR)$(localstatedir)/lib/navajo' '$(DESTDIR)$(localstatedir)/log/navajo'
	$(INSTALL_DATA) '$(srcdir)/%D%/system/navajo.logrotate' '$(DESTDIR)$(sysconfdir)/logrotate.d/navajo'
	$(INSTALL_DATA) '$(srcdir)/%D%/system/navajo.sysusers' '$(DESTDIR)$(prefix)/lib/sysusers.d/navajo.conf'
	$(INSTALL_DATA) '$(srcdir)/%D%/system/navajo.tmpfiles' '$(DESTDIR)$(prefix)/lib/tmpfiles.d/navajo.conf'
uninstall-local:
	rm -f '$(DESTDIR)$(sysconfdir)/logrotate.d/navajo' '$(DESTDIR)$(prefix)/lib/sysusers.d/navajo.conf' \
	  '$(DESTDIR)$(prefix)/lib/tmpfiles.d/navajo.conf'

# ---------------------------------------------------------------- packages
rpm_folder = $(abs_builddir)/_rpm
rpm_build = $(SHELL) '$(srcdir)/%D%/build-rpm' '$(abs_builddir)/$(distdir).tar.xz'
# More options for configure; the release has none.
RPM_CONFIGURE =
rpm_quickly = CXXFLAGS=-O0 CFLAGS=-O0
if !ASAN
rpm_objects = $(abs_builddir) $(abs_srcdir)
endif
.PHONY: rpm rpm-check rpm-reproducible
rpm: dist-xz
	RPM_CONFIGURE='$(RPM_CONFIGURE)' $(rpm_build) '$(rpm_folder)' '$(VERSION)' '$(APXS)'

rpm-reproducible: dist-xz
	for folder in one two; do rm -rf "$(rpm_folder)/$$folder" && \
	  $(rpm_build) "$(rpm_folder)/$$folder" '$(VERSION)' '$(APXS)' || exit 1; done
	cd '$(rpm_folder)/one/RPMS' && for package in */*.rpm; do cmp "$$package" "../../two/RPMS/$$package" || exit 1; done
	@echo "the same packages twice"

if TESTS_ENABLED
rpm-check: export XZ_OPT = -1
rpm-check: export RPM_CONFIGURE := $(rpm_quickly) $(RPM_CONFIGURE)
rpm-check: export RPM_OBJECTS = $(rpm_objects)
# What `./bootstrap check` let configure write down about this machine.
rpm-check: export CONFIG_SITE = $(rpm_folder)/config.site
rpm-check: dist-xz all
	rm -rf '$(rpm_folder)' && $(MKDIR_P) '$(rpm_folder)'
	test ! -e found.cache || sed '/^ac_cv_env_/d' found.cache >'$(rpm_folder)/config.site'
	$(rpm_build) '$(rpm_folder)' '$(VERSION)' '$(APXS)' --noclean
	mv '$(rpm_folder)/RPMS' '$(rpm_folder)/first'
	$(rpm_build) '$(rpm_folder)' '$(VERSION)' '$(APXS)' --noprep
	rm -rf '$(rpm_folder)/stage'
	$(MAKE) $(AM_MAKEFLAGS) install DESTDIR='$(rpm_folder)/stage' >/dev/null
	cd '$(abs_srcdir)/tests/integration' && env $(integration_environment) NAVAJO_RPM_FOLDER='$(rpm_folder)' \
	  NAVAJO_RPM_STAGE='$(rpm_folder)/stage$(prefix)' NAVAJO_PREFIX='$(rpm_folder)/stage$(prefix)' \
	  $(integration_run) test_package.py
endif
