#include "modules/mod_navajo/configuration.h"

#include <cstring>

#include "modules/mod_navajo/guard.h"
#include "modules/mod_navajo/server_config.h"
#include "modules/mod_navajo/virtual_file.h"
#include "navajo/container/shared_services.h"
#include "navajo/filters/table.h"
#include "navajo/servlets/table.h"

namespace navajo::glue {
namespace {

Configuration* g_configuration = nullptr;
const char* g_run_directory = nullptr;

apr_status_t forget_configuration(void* configuration) {
  if (g_configuration == configuration) g_configuration = nullptr;
  delete static_cast<Configuration*>(configuration);
  return APR_SUCCESS;
}

apr_status_t forget_run_directory(void*) {
  g_run_directory = nullptr;
  return APR_SUCCESS;
}

// All faults at once: httpd itself shows only the one string a directive handler returns, on one line.
const char* say_faults(cmd_parms* cmd, const config::Diagnostics& diagnostics) {
  for (const config::Fault& notice : diagnostics.notices())
    ap_log_perror(APLOG_MARK, APLOG_STARTUP | APLOG_NOTICE, 0, cmd->temp_pool, "%s", notice.line().c_str());
  const auto& faults = diagnostics.faults();
  if (faults.empty()) return nullptr;
  if (faults.size() == 1) return apr_pstrdup(cmd->pool, faults.front().line().c_str());
  for (const config::Fault& fault : faults)
    ap_log_perror(APLOG_MARK, APLOG_STARTUP | APLOG_ERR, 0, cmd->temp_pool, "%s", fault.line().c_str());
  return apr_psprintf(cmd->pool, "%" APR_SIZE_T_FMT " faults, named above; nothing was changed", faults.size());
}

// httpd would only say that it does not know the directive.
void refuse_missing_modules(const config::NavajoXml& xml, config::Diagnostics& diagnostics) {
  if (!xml.service.forward_proxies.empty() && !ap_find_linked_module("mod_navajo_mitm.c"))
    diagnostics.fault(xml.service.forward_proxies.front().where, observe::id::config_not_supported,
                      "ForwardProxy needs mod_navajo_mitm, which is not loaded: load it before NavajoConfig");
  if (ap_find_linked_module("mod_qos.c")) return;
  const auto look = [&](const std::vector<config::Directive>& directives) {
    for (const config::Directive& directive : directives)
      if (!strncasecmp(directive.name.c_str(), "QS_", 3))
        diagnostics.fault(directive.where, observe::id::config_not_supported,
                          directive.name + " needs mod_qos, which is not loaded: put mod_qos.so where httpd's own "
                          "modules are, or load it before NavajoConfig");
  };
  look(xml.service.server.directives);
  for (const config::ConnectorElement& connector : xml.service.connectors) look(connector.directives);
}

void make_tcp_connectors(Configuration& configuration, config::Diagnostics& diagnostics) {
  const auto find = [&](const std::string& name) {
    const auto& routers = configuration.container->services().routers;
    const auto found = routers.find(name);
    return found == routers.end() ? nullptr : found->second;
  };
  for (const config::TcpConnectorElement& element : configuration.xml.service.tcp_connectors)
    if (auto made = edge::TcpConnector::make(element, find, diagnostics))
      configuration.tcp_connectors.push_back(std::move(made));
}

const char* read_configuration(cmd_parms* cmd, const char* argument) {
  if (g_configuration)
    return apr_psprintf(cmd->pool, "NavajoConfig stands here a second time; %s is in use already",
                        g_configuration->xml.file.c_str());
  const char* path = ap_server_root_relative(cmd->pool, argument);
  if (!path) return apr_psprintf(cmd->pool, "NavajoConfig: '%s' is not a path", argument);
  auto configuration = std::make_unique<Configuration>();
  config::Diagnostics diagnostics;
  const config::FileTexts kept = last_good();
  const bool keeps_running = !kept.empty() && ap_state_query(AP_SQ_RUN_MODE) == AP_SQ_RM_NORMAL;
  const bool going_back = keeps_running && is_going_back();
  if (going_back) configuration->refusal = "children that served it died one after the other (NVJ2203)";
  const bool refused = keeps_running && (going_back || !dry_run_succeeds(cmd->temp_pool, cmd->server->process,
                                                                         configuration->refusal));
  if (refused) configuration->origin = going_back ? Origin::rolled_back : Origin::kept;
  if (refused && !going_back)
    observe::log(observe::id::configuration_refused,
                 "the new configuration has faults (named above): the server goes on with the one it ran with");
  const config::ReadingScope reading(&configuration->files, refused ? &kept : nullptr);
  if (refused) configuration->files = kept;
  configuration->xml = config::load_navajo_xml(path, diagnostics);
  if (diagnostics.ok()) refuse_missing_modules(configuration->xml, diagnostics);
  if (diagnostics.ok()) {
    container::Catalogue catalogue;
    servlets::add_to(catalogue);
    filters::add_to(catalogue);
    configuration->container = container::Container::build(configuration->xml, catalogue, diagnostics);
  }
  if (configuration->container)
    for (const config::ForwardProxyElement& element : configuration->xml.service.forward_proxies)
      configuration->forward_proxies.push_back(
          forward::ForwardProxy::make(element, configuration->xml.service,
                                      configuration->container->servlet_at(*element.host, "/"), diagnostics));
  if (configuration->container) make_tcp_connectors(*configuration, diagnostics);
  if (configuration->container && diagnostics.ok())
    configuration->container->record_files(configuration->xml, configuration->files, diagnostics);
  if (!refused) add_stub(cmd->config_file ? cmd->config_file->name : nullptr, configuration->files);
  if (const char* faults = say_faults(cmd, diagnostics)) return faults;
  if (!configuration->container) return "NavajoConfig: no container was built and no fault was named";
  configuration->directives = config::httpd_directives(configuration->xml);
  g_configuration = configuration.release();
  apr_pool_cleanup_register(cmd->pool, g_configuration, forget_configuration, apr_pool_cleanup_null);
  read_virtual_file(cmd, g_configuration->directives);
  return nullptr;
}

bool covers(const char* directory, const std::string& doc_base) {
  const size_t length = strlen(directory);
  if (length <= 1) return false;  // <Directory /> is every site's "deny by default" and concerns files only
  const std::string_view shorter = length < doc_base.size() ? directory : doc_base.c_str();
  const std::string_view longer = length < doc_base.size() ? doc_base : std::string_view(directory);
  return longer.starts_with(shorter) && (longer.size() == shorter.size() || longer[shorter.size()] == '/');
}

void warn_in(const ap_directive_t* node, const Configuration& configuration) {
  for (; node; node = node->next) {
    if (!strncasecmp(node->directive, "<Directory", 10)) {
      std::string argument = node->args;
      std::erase_if(argument, [](char c) { return c == '"' || c == '>'; });
      while (argument.size() > 1 && argument.back() == '/') argument.pop_back();
      for (const auto& host : configuration.xml.service.engine.hosts)
        for (const auto& context : host.contexts)
          if (covers(argument.c_str(), *context.doc_base))
            observe::log(observe::id::directory_rules_ignored,
                         "%s:%d: <Directory %s> is not consulted for the context served from %s: put access rules "
                         "into <Location>, or into web.xml",
                         node->filename, node->line_num, argument.c_str(), context.doc_base->c_str());
    }
    if (node->first_child) warn_in(node->first_child, configuration);
  }
}

}  // namespace

void Configuration::report(api::StatusWriter& writer) const {
  container->report(writer);
  for (const auto& proxy : forward_proxies) proxy->report(writer);
  for (const auto& connector : tcp_connectors) connector->report(writer);
}

Configuration* configuration() { return g_configuration; }
const char* run_directory() { return g_run_directory; }

bool serves_container(const server_rec* server) {
  return g_configuration && server->is_virtual && server->defn_name && g_configuration->xml.file == server->defn_name;
}

void warn_about_directory_rules(const Configuration& configuration) { warn_in(ap_conftree, configuration); }

}  // namespace navajo::glue

// The directives of mod_navajo.c.
extern "C" {

const char* navajo_set_config(cmd_parms* cmd, void*, const char* argument) {
  try {
    return navajo::glue::read_configuration(cmd, argument);
  } catch (const std::exception& e) {
    return apr_psprintf(cmd->pool, "NavajoConfig %s: %s", argument, e.what());
  }
}

const char* navajo_set_run_dir(cmd_parms* cmd, void*, const char* argument) {
  navajo::glue::g_run_directory = ap_server_root_relative(cmd->pool, argument);
  if (!navajo::glue::g_run_directory) return apr_psprintf(cmd->pool, "NavajoRunDir: '%s' is not a path", argument);
  apr_pool_cleanup_register(cmd->pool, nullptr, navajo::glue::forget_run_directory, apr_pool_cleanup_null);
  return nullptr;
}

const char* navajo_set_reactor(cmd_parms* cmd, void*, int on) {
  using Reactor = navajo::glue::ServerConfig::Reactor;
  navajo::glue::server_config(cmd->server).reactor = on ? Reactor::on : Reactor::off;
  return nullptr;
}

// mod_reqtimeout, where it is loaded, gets the same line: httpd calls every module that has the directive.
const char* navajo_set_read_timeout(cmd_parms* cmd, void*, const char* argument) {
  return navajo::glue::parse_read_timeout(cmd->pool, navajo::glue::server_config(cmd->server), argument);
}

}  // extern "C"
