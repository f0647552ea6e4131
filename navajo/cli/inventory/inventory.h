// What a configuration needs of the machine and of others: addresses to listen on, backends, certificates, files with
// secrets, databases. Values; of a configuration without faults.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "navajo/cli/inventory/components.h"

namespace navajo::cli::inventory {

struct Listener {
  std::string address;  // "0.0.0.0", "::", or a name
  uint16_t port = 0;
  std::string what;  // "Connector www.example.org"
  std::string text() const;
};

struct BackendUse {
  std::string host;  // a name or an address; "unix:/path"
  uint16_t port = 0;
  bool tls = false;
  std::string tls_prefix;  // of the component's parameters about TLS
  size_t component = 0;    // index into Inventory::components
  std::string what;        // "servlet Application"
  std::string text;        // for people: "app:8080"
  bool http = false;       // it answers HTTP requests
};

struct CertificateFile {
  enum class Kind : uint8_t { server, ca, client };
  Kind kind;
  std::string certificate, key;  // key: empty, it is in the same file
  std::string what;
};

struct OtherFile {
  enum class Kind : uint8_t { secret, database, geo, state };
  Kind kind;
  std::string path;
  std::string what;
};

struct Inventory {
  std::vector<Component> components;
  std::vector<Listener> listeners;
  std::vector<BackendUse> backends;
  std::vector<CertificateFile> certificates;
  std::vector<OtherFile> files;
  uint64_t shared_memory = 0;  // bytes that may be taken: configuration, sessions, limits
};

Inventory take_inventory(const config::NavajoXml& navajo, const container::Catalogue& catalogue);

}  // namespace navajo::cli::inventory
