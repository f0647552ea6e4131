// Where httpd calls mod_navajo_mitm.
#include "modules/mod_navajo_mitm/connect.h"
#include "modules/mod_navajo_mitm/forward_request.h"
#include "modules/mod_navajo_mitm/inner_tls.h"

namespace {

// Its path is none of the file system's.
int skip_directory_walk(request_rec* r) {
  const auto* request = navajo::mitm_glue::forward_request(r);
  return request && request->kind == navajo::mitm_glue::Kind::connect ? OK : DECLINED;
}

const navajo::api::ForwardTarget* navajo_forward_target(const request_rec* r) {
  const auto* request = navajo::mitm_glue::forward_request(r);
  return request && request->kind != navajo::mitm_glue::Kind::connect ? &request->target : nullptr;
}

}  // namespace

extern "C" void navajo_mitm_register_hooks(apr_pool_t*) {
  using namespace navajo::mitm_glue;
  APR_REGISTER_OPTIONAL_FN(navajo_forward_target);
  ap_hook_optional_fn_retrieve(retrieve_functions, nullptr, nullptr, APR_HOOK_MIDDLE);
  static const char* const navajo[] = {"mod_navajo.c", nullptr};
  static const char* const others[] = {"mod_navajo.c", "mod_alias.c", "mod_rewrite.c", "mod_proxy.c", nullptr};
  // After mod_navajo's has refused bad framing and found the client, before anybody acts on the request.
  static const char* const before_rules[] = {"mod_setenvif.c", nullptr};
  ap_hook_post_read_request(classify, navajo, before_rules, APR_HOOK_FIRST);
  ap_hook_translate_name(mark_as_proxied, nullptr, others, APR_HOOK_FIRST);
  ap_hook_map_to_storage(skip_directory_walk, nullptr, nullptr, APR_HOOK_FIRST);
  ap_hook_check_authn(take_user_of_connect, nullptr, nullptr, APR_HOOK_FIRST, AP_AUTH_INTERNAL_PER_CONF);
  ap_hook_fixups(apply_policy, nullptr, navajo, APR_HOOK_MIDDLE);
  ap_hook_handler(handle_connect, nullptr, nullptr, APR_HOOK_MIDDLE);
  ap_hook_ssl_conn_is_ssl(conn_is_ssl, nullptr, nullptr, APR_HOOK_MIDDLE);
  ap_hook_ssl_var_lookup(lookup_variable, nullptr, nullptr, APR_HOOK_FIRST);
  ap_hook_http_scheme(scheme_of, nullptr, nullptr, APR_HOOK_FIRST);
  ap_hook_default_port(port_of, nullptr, nullptr, APR_HOOK_FIRST);
}
