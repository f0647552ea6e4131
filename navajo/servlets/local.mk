# One line per servlet folder.
libnavajo_la_SOURCES += %D%/table.cc %D%/table.h
include navajo/servlets/file_reader/local.mk
include navajo/servlets/status/local.mk
include navajo/servlets/admin/local.mk
include navajo/servlets/default/local.mk
include navajo/servlets/file_authentication/local.mk
include navajo/servlets/http_connector/local.mk
include navajo/servlets/forward_proxy/local.mk
include navajo/servlets/https_connector/local.mk
include navajo/servlets/local_session_store/local.mk
include navajo/servlets/backend_connector/local.mk
include navajo/servlets/backend_registry/local.mk
include navajo/servlets/edge_connector/local.mk
include navajo/servlets/load_balancer/local.mk
include navajo/servlets/apache_authentication/local.mk
include navajo/servlets/http_authentication/local.mk
include navajo/servlets/login_renderer/local.mk
include navajo/servlets/websocket/local.mk
