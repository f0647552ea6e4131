/* The module record. In C, since <IfModule mod_navajo_mitm.c> names this file and clang++ refuses the macro in C++20.
 */
#include "httpd.h"
#include "http_config.h"

void navajo_mitm_register_hooks(apr_pool_t *pool);

module AP_MODULE_DECLARE_DATA __attribute__((visibility("default"))) navajo_mitm_module = {
    STANDARD20_MODULE_STUFF,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    navajo_mitm_register_hooks,
#if defined(AP_MODULE_FLAG_NONE)
    AP_MODULE_FLAG_NONE
#endif
};
