// The init-params of everything that speaks TLS to other servers, under the prefix its class has for them: "SSL"
// (SSLProtocol) or "Secure." (Secure.Protocol). Read while the configuration is, by one thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "navajo/config/params.h"
#include "navajo/tls/client_context.h"

namespace navajo::tls {

// Rows for a table of parameters. To be called once per class: the names stay for good.
std::vector<config::ParamSpec> client_param_rows(const std::string& prefix);

// folder: where names of files without a leading '/' lie. Null: a fault was reported. Says by a notice (NVJ1216) what
// is not verified, and of whom.
std::shared_ptr<ClientContext> read_client_context(const config::Params& params, const std::string& prefix,
                                                   const std::string& folder);

// For a class whose TLS may be off: a fault for each parameter that is given all the same. True: there was none.
bool refuse_client_params(const config::Params& params, const std::string& prefix, const std::string& why);

}  // namespace navajo::tls
