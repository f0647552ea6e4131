# One line per filter folder.
libnavajo_la_SOURCES += %D%/table.cc %D%/table.h
include navajo/filters/body_validation/local.mk
include navajo/filters/charset/local.mk
include navajo/filters/cookie_cache/local.mk
include navajo/filters/delegation/local.mk
include navajo/filters/error/local.mk
include navajo/filters/filter_mapping/local.mk
include navajo/filters/qos/local.mk
include navajo/filters/rewrite/local.mk
include navajo/filters/header_delegation/local.mk
include navajo/filters/header_validation/local.mk
include navajo/filters/identity_creation/local.mk
include navajo/filters/rule/local.mk
include navajo/filters/json/local.mk
include navajo/filters/parameter_validation/local.mk
include navajo/filters/security_role/local.mk
include navajo/filters/session_management/local.mk
