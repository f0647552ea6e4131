// navajo.xml as httpd has read it: parsed, checked and turned into a container while httpd reads its own
// configuration, so that a fault stops `httpd -t`, a start and a graceful restart alike, and nothing that runs is
// lost (docs/decisions/0006). One per configuration, in pconf; the children of a configuration inherit it by fork.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "modules/mod_navajo/last_good.h"
#include "modules/mod_navajo/navajo_httpd.h"
#include "navajo/config/file_text.h"
#include "navajo/config/httpd_directives.h"
#include "navajo/config/navajo_xml.h"
#include "navajo/container/container.h"
#include "navajo/edge/tcp_connector.h"
#include "navajo/forward/forward_proxy.h"

namespace navajo::glue {

struct Configuration final : api::StatusSource {
  config::NavajoXml xml;
  std::vector<config::DirectiveLine> directives;
  std::unique_ptr<container::Container> container;
  std::vector<std::unique_ptr<forward::ForwardProxy>> forward_proxies;
  std::vector<std::unique_ptr<edge::TcpConnector>> tcp_connectors;
  config::FileTexts files;  // what all of it was read from
  Origin origin = Origin::files;
  std::string refusal{};  // why it does not come from the files

  void report(api::StatusWriter& writer) const override;
};

// Null when httpd.conf has no NavajoConfig.
Configuration* configuration();
const char* run_directory();

// Whether this server's requests go to the container: its <VirtualHost> comes from navajo.xml.
bool serves_container(const server_rec* server);
// Names what maps to Navajo's contexts but is never consulted for them: <Directory> sections and .htaccess.
void warn_about_directory_rules(const Configuration& configuration);

}  // namespace navajo::glue
