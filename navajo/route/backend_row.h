// One backend as routing.db knows it. Plain values, checked when the table is made (routing_db.h).
// Source: the table `backends` of edgeProxy; the columns behind `deleted` are optional.
#pragma once

#include <cstdint>
#include <string>

namespace navajo::route {

enum class SendProxy : uint8_t { no, v1, v2 };  // the PROXY protocol header a backend gets

struct BackendRow {
  std::string id;       // unique in the table
  std::string app;      // backends of one app are a pool of their own
  std::string region;   // "eu", lower case
  std::string country;  // "DE", upper case; empty: unknown
  std::string host;     // column wg_ip: an address without brackets; a name until names are resolved (discovery)
  uint16_t port = 0;
  bool healthy = true;       // false: the table's owner has taken it out
  uint32_t weight = 1;       // 0 in the file counts as 1
  uint32_t soft_limit = 1;   // connections or requests at work; 0 in the file counts as 1
  uint32_t hard_limit = 0;   // never more than these; 0: none

  std::string zone;          // within a region
  int32_t priority = 0;      // lower ones first, the next only when all of them are down or full
  bool draining = false;     // gets nobody new, but who is bound to it until their binding ends
  bool tls = false;          // the backend speaks TLS
  std::string sni;           // the name it is asked for and has to prove; empty: host, where that is a name
  SendProxy send_proxy = SendProxy::no;
  std::string source_address;  // to connect from; empty: the system's choice
  std::string bind_device;     // SO_BINDTODEVICE, such as wg0; empty: none
  std::string check;           // instead of the Routing's HealthCheck: "off", "tcp", "tls", "http:/path=204"
  int64_t expires = 0;         // Unix seconds, of registered ones: gone without a heartbeat; 0: never

  // What it was called in the table before its name was resolved to several addresses; else id.
  std::string table_id;

  bool operator==(const BackendRow&) const = default;
};

// "10.50.0.7:8080", "[fd00::7]:8080": for people.
std::string address_text(const BackendRow& row);

}  // namespace navajo::route
