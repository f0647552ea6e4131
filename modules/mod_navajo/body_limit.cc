#include "modules/mod_navajo/body_limit.h"

namespace navajo::glue {

uint64_t settle_body_limit(request_rec* r, std::optional<uint64_t> own) {
  const auto servers = static_cast<uint64_t>(ap_get_limit_req_body(r));
  if (!own || *own == servers) return servers;
  // The filter asks when the first byte is read. The settings are shared by many requests: this one gets a copy of them
  // of its own, and in it a copy of the core's.
  if (ap_request_has_body(r)) {
    auto* core = static_cast<core_dir_config*>(
        apr_pmemdup(r->pool, ap_get_core_module_config(r->per_dir_config), sizeof(core_dir_config)));
    core->limit_req_body = static_cast<apr_off_t>(*own);
    r->per_dir_config = ap_merge_per_dir_configs(r->pool, r->per_dir_config, ap_create_per_dir_config(r->pool));
    ap_set_core_module_config(r->per_dir_config, core);
  }
  return *own;
}

}  // namespace navajo::glue
