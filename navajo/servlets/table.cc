#include "navajo/servlets/table.h"

#include "navajo/servlets/admin/admin_servlet.h"
#include "navajo/servlets/apache_authentication/apache_authentication_servlet.h"
#include "navajo/servlets/backend_connector/backend_connector_servlet.h"
#include "navajo/servlets/backend_registry/backend_registry_servlet.h"
#include "navajo/servlets/default/default_servlet.h"
#include "navajo/servlets/edge_connector/edge_connector_servlet.h"
#include "navajo/servlets/file_authentication/file_authentication_servlet.h"
#include "navajo/servlets/file_reader/file_reader_servlet.h"
#include "navajo/servlets/forward_proxy/forward_proxy_servlet.h"
#include "navajo/servlets/http_authentication/http_authentication_servlet.h"
#include "navajo/servlets/http_connector/http_connector_servlet.h"
#include "navajo/servlets/https_connector/https_connector_servlet.h"
#include "navajo/servlets/load_balancer/load_balancer_servlet.h"
#include "navajo/servlets/local_session_store/local_session_store_servlet.h"
#include "navajo/servlets/login_renderer/login_renderer_servlet.h"
#include "navajo/servlets/status/status_servlet.h"
#include "navajo/servlets/websocket/websocket_servlet.h"

namespace navajo::servlets {

void add_to(container::Catalogue& catalogue) {
  catalogue.add(default_servlet_rows());
  catalogue.add(admin_servlet_rows());
  catalogue.add(apache_authentication_rows());
  catalogue.add(file_authentication_rows());
  catalogue.add(file_reader_rows());
  catalogue.add(forward_proxy_rows());
  catalogue.add(http_authentication_rows());
  catalogue.add(http_connector_rows());
  catalogue.add(https_connector_rows());
  catalogue.add(local_session_store_rows());
  catalogue.add(login_renderer_rows());
  catalogue.add(backend_connector_rows());
  catalogue.add(backend_registry_rows());
  catalogue.add(edge_connector_rows());
  catalogue.add(load_balancer_rows());
  catalogue.add(websocket_rows());
  catalogue.add(status_servlet_rows());
}

}  // namespace navajo::servlets
