#include "navajo/servlets/backend_connector/allowed_addresses.h"

#include <algorithm>

#include "navajo/config/text.h"

namespace navajo::servlets::backend_connector {

base::Result<AllowedAddresses> AllowedAddresses::parse(std::string_view text, uint16_t default_port) {
  AllowedAddresses out;
  for (const std::string_view word : config::split_words(text)) {
    std::string_view rest = word;
    Row row{};
    const bool below = rest.starts_with("*.");
    if (below) rest.remove_prefix(2);
    const bool any_port = rest.ends_with(":*");
    if (any_port) rest.remove_suffix(2);
    const auto parsed = connector::parse_addresses(rest, default_port);
    if (!parsed.ok() || parsed->size() != 1 || rest.starts_with("unix:"))
      return base::Failed{base::Error{"'" + config::printable(word) + "' is no host[:port]"}};
    row.host = (below ? "." : "") + config::lower_case(parsed->front().host);
    row.port = any_port ? 0 : parsed->front().port;
    out.rows_.push_back(std::move(row));
  }
  return out;
}

bool AllowedAddresses::contains(const connector::BackendAddress& address) const {
  if (address.host.starts_with("unix:")) return false;
  const std::string host = config::lower_case(address.host);
  return std::any_of(rows_.begin(), rows_.end(), [&](const Row& row) {
    if (row.port != 0 && row.port != address.port) return false;
    return row.host[0] == '.' ? host.size() > row.host.size() && host.ends_with(row.host) : host == row.host;
  });
}

}  // namespace navajo::servlets::backend_connector
