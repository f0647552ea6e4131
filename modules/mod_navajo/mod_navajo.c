/* The module record. In C, since <IfModule mod_navajo.c> names this file and clang++ refuses the macro in C++20. */
#include "httpd.h"
#include "http_config.h"

void navajo_register_hooks(apr_pool_t *pool);
void *navajo_create_server_config(apr_pool_t *pool, server_rec *server);
void *navajo_merge_server_config(apr_pool_t *pool, void *base, void *overriding);

const char *navajo_set_config(cmd_parms *cmd, void *unused, const char *path);
const char *navajo_set_run_dir(cmd_parms *cmd, void *unused, const char *path);
const char *navajo_set_reactor(cmd_parms *cmd, void *unused, int on);
const char *navajo_set_read_timeout(cmd_parms *cmd, void *unused, const char *stage);
const char *navajo_add_trusted_proxies(cmd_parms *cmd, void *unused, const char *list);

static const command_rec navajo_commands[] = {
    AP_INIT_TAKE1("NavajoConfig", navajo_set_config, NULL, RSRC_CONF | EXEC_ON_READ,
                  "path of navajo.xml, which configures connectors, hosts and contexts"),
    AP_INIT_TAKE1("NavajoRunDir", navajo_set_run_dir, NULL, RSRC_CONF | EXEC_ON_READ,
                  "folder for the status segment"),
    AP_INIT_FLAG("NavajoReactor", navajo_set_reactor, NULL, RSRC_CONF,
                 "off: connections of this (virtual) server stay on the MPM's threads"),
    AP_INIT_ITERATE("NavajoTrustedProxies", navajo_add_trusted_proxies, NULL, RSRC_CONF,
                    "addresses and networks of proxies whose X-Forwarded-* fields are believed"),
    AP_INIT_ITERATE("RequestReadTimeout", navajo_set_read_timeout, NULL, RSRC_CONF,
                    "as mod_reqtimeout's: stage=seconds[-maximum][,MinRate=bytes per second]"),
    {NULL}};

module AP_MODULE_DECLARE_DATA __attribute__((visibility("default"))) navajo_module = {
    STANDARD20_MODULE_STUFF,
    NULL,
    NULL,
    navajo_create_server_config,
    navajo_merge_server_config,
    navajo_commands,
    navajo_register_hooks,
#if defined(AP_MODULE_FLAG_NONE)
    AP_MODULE_FLAG_NONE
#endif
};
