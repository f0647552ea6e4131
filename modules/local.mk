# One .so per concern: an administrator loads what is needed.
mod_LTLIBRARIES =
include modules/mod_navajo/local.mk
