#include "modules/mod_navajo/body_limit.h"

namespace navajo::glue {

uint64_t settle_body_limit(request_rec* r, std::optional<uint64_t> own) {
  const auto servers = static_cast<uint64_t>(ap_get_limit_req_body(r));
  const uint64_t limit = own.value_or(servers);
  if (!ap_request_has_body(r)) return limit;
  // A chunked body is counted by the container, which says why it refuses; httpd's filter would answer by itself.
  const uint64_t for_httpd = apr_table_get(r->headers_in, "Transfer-Encoding") ? 0 : limit;
  if (for_httpd == servers) return limit;
  // The filter asks when the first byte is read. The settings are shared by many requests: this one gets a copy of them
  // of its own, and in it a copy of the core's.
  auto* core = static_cast<core_dir_config*>(
      apr_pmemdup(r->pool, ap_get_core_module_config(r->per_dir_config), sizeof(core_dir_config)));
  core->limit_req_body = static_cast<apr_off_t>(for_httpd);
  r->per_dir_config = ap_merge_per_dir_configs(r->pool, r->per_dir_config, ap_create_per_dir_config(r->pool));
  ap_set_core_module_config(r->per_dir_config, core);
  return limit;
}

}  // namespace navajo::glue
