// Makes the SSL_CTX a client speaks with out of its options and the files they name. While the configuration is read,
// and again, on any thread, when one of the files has changed.
#pragma once

#include <string>
#include <vector>

#include "navajo/base/result.h"
#include "navajo/tls/client_options.h"
#include "navajo/tls/handles.h"

namespace navajo::tls {

struct LoadFault {
  enum class Part : uint8_t { other, ca_file, certificate_file, key_file, ciphers };
  Part part = Part::other;
  std::string text;  // names the file and why it is refused; never what is in a key
};

base::Result<SslContextHandle, LoadFault> load_client_context(const ClientOptions& options);

// Those that may change while the server runs.
std::vector<std::string> files_of(const ClientOptions& options);

}  // namespace navajo::tls
