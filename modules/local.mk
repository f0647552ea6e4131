# One .so per concern: an administrator loads what is needed.
mod_LTLIBRARIES =
EXTRA_DIST += modules/exports.map
include modules/mod_navajo/local.mk
include modules/mod_navajo_mitm/local.mk
