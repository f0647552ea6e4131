#include "navajo/route/backend_columns.h"

#include <algorithm>
#include <charconv>
#include <iterator>

#include "navajo/config/diagnostics.h"
#include "navajo/config/text.h"
#include "navajo/reactor/socket.h"
#include "navajo/route/backend_check.h"

namespace navajo::route {
namespace {

constexpr size_t kLongestId = 128, kLongestWord = 64, kLongestName = 253, kLongestLabel = 63;
constexpr size_t kLongestDevice = 15;  // IFNAMSIZ, with its end
constexpr size_t kLongestCheck = 256;

bool is_visible(char c) { return c > ' ' && c < 127; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// A word of visible ASCII without quotes: it stands in log lines, commands and tables.
std::string take_word(std::string& into, std::string_view text, size_t longest) {
  if (text.size() > longest) return "is longer than " + std::to_string(longest) + " characters";
  const auto fits = [](char c) { return is_visible(c) && c != '"' && c != '\'' && c != '\\'; };
  if (!std::all_of(text.begin(), text.end(), fits)) return "has a blank, a quote, or what is no ASCII character in it";
  into = text;
  return {};
}

template <class Number>
std::string take_number(Number& into, std::string_view text, int64_t lowest, int64_t highest, const char* what) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < lowest || number > highest)
    return std::string("is no ") + what + " (" + std::to_string(lowest) + " to " + std::to_string(highest) + ")";
  into = static_cast<Number>(number);
  return {};
}

std::string take_flag(bool& into, std::string_view text) {
  for (const char* word : {"1", "yes", "true", "on"})
    if (config::same_word(text, word)) return into = true, std::string();
  for (const char* word : {"0", "no", "false", "off"})
    if (config::same_word(text, word)) return into = false, std::string();
  return "is neither 0 nor 1";
}

// A host name of DNS; underscores are allowed where administrators use them.
bool is_host_name(std::string_view text) {
  if (!text.empty() && text.back() == '.') text.remove_suffix(1);
  if (text.empty() || text.size() > kLongestName) return false;
  size_t begin = 0;
  for (;;) {
    const size_t end = std::min(text.find('.', begin), text.size());
    const std::string_view label = text.substr(begin, end - begin);
    if (label.empty() || label.size() > kLongestLabel || label.front() == '-' || label.back() == '-') return false;
    for (const char c : label)
      if (!is_letter(c) && !is_digit(c) && c != '-' && c != '_') return false;
    // 10.0.0.300 is a slip, not a name.
    if (end == text.size()) return !std::all_of(label.begin(), label.end(), is_digit);
    begin = end + 1;
  }
}

std::string take_host(std::string& into, std::string_view text) {
  if (text.size() > 2 && text.front() == '[' && text.back() == ']' && text.find(':') != std::string_view::npos)
    text = text.substr(1, text.size() - 2);
  if (!reactor::parse_address(std::string(text), 0) && !is_host_name(text))
    return "is neither an IPv4 or IPv6 address nor a host name";
  into = config::lower_case(text);
  return {};
}

std::string take_country(std::string& into, std::string_view text) {
  if (!text.empty() && (text.size() != 2 || !is_letter(text[0]) || !is_letter(text[1])))
    return "is no country of two letters (ISO 3166-1)";
  into.clear();
  for (const char c : text) into += static_cast<char>(c >= 'a' ? c - 'a' + 'A' : c);
  return {};
}

std::string take_region(std::string& into, std::string_view text) {
  std::string wrong = take_word(into, text, kLongestWord);
  into = config::lower_case(into);
  return wrong;
}

std::string take_sni(std::string& into, std::string_view text) {
  if (!text.empty() && !is_host_name(text)) return "is no host name";
  into = config::lower_case(text);
  return {};
}

std::string take_source(std::string& into, std::string_view text) {
  if (!text.empty() && !reactor::parse_address(std::string(text), 0)) return "is no IPv4 or IPv6 address";
  into = text;
  return {};
}

std::string take_send_proxy(SendProxy& into, std::string_view text) {
  if (text.empty() || config::same_word(text, "no")) return into = SendProxy::no, std::string();
  if (config::same_word(text, "v1")) return into = SendProxy::v1, std::string();
  if (config::same_word(text, "v2")) return into = SendProxy::v2, std::string();
  return "is none of no, v1, v2";
}

// "off", "tcp", "tls", "http:/path", "http:/path=200-299". What comes behind the last '=' is statuses if it has digits
// and '-' only; else it is of the path.
std::string take_check(std::string& into, std::string_view text) {
  if (text.size() > kLongestCheck) return "is longer than " + std::to_string(kLongestCheck) + " characters";
  const bool word = text.empty() || text == "off" || text == "tcp" || text == "tls";
  if (!word && (!text.starts_with("http:/") || !std::all_of(text.begin(), text.end(), is_visible)))
    return "is none of off, tcp, tls, http:/PATH, http:/PATH=STATUS";
  if (const std::string_view statuses = split_check(text).statuses; !statuses.empty() && !parse_status_range(statuses))
    return "has behind '=' neither a status nor a range like 200-299";
  into = text;
  return {};
}

const char* proxy_word(SendProxy what) {
  switch (what) {
    case SendProxy::v1: return "v1";
    case SendProxy::v2: return "v2";
    case SendProxy::no: break;
  }
  return "no";
}

using Row = BackendRow;
using Text = std::string_view;
constexpr int64_t kMostOf32 = UINT32_MAX, kMostWeight = 1'000'000;

const BackendColumn kColumns[] = {
    {"id", "TEXT PRIMARY KEY", true, false, "Its name, unique in the table; 128 characters at most.",
     [](Row& row, Text text) { return take_word(row.id, text, kLongestId); },
     [](const Row& row) { return row.id; }},
    {"app", "TEXT", true, false, "The application it belongs to: each is a pool of its own.",
     [](Row& row, Text text) { return take_word(row.app, text, kLongestWord); },
     [](const Row& row) { return row.app; }},
    {"region", "TEXT", true, true, "Where it stands: eu, us, sa, ap, or words of your own.",
     [](Row& row, Text text) { return take_region(row.region, text); },
     [](const Row& row) { return row.region; }},
    {"country", "TEXT", false, true, "The country, two letters; empty: unknown.",
     [](Row& row, Text text) { return take_country(row.country, text); },
     [](const Row& row) { return row.country; }},
    {"wg_ip", "TEXT", true, false,
     "Its IPv4 or IPv6 address; or a host name, each of whose addresses is a backend; or a name that begins with '_', "
     "whose SRV records say host, port, priority and weight.",
     [](Row& row, Text text) { return take_host(row.host, text); },
     [](const Row& row) { return row.host; }},
    {"port", "INTEGER", true, false, "Its port, 1 to 65535; 0 with SRV records, which have one.",
     [](Row& row, Text text) {
       const bool good = take_number(row.port, text, 0, UINT16_MAX, "port").empty();
       return std::string(good ? "" : "is no port (1 to 65535)");
     },
     [](const Row& row) { return std::to_string(row.port); }},
    {"healthy", "INTEGER DEFAULT 1", true, false, "0: it gets nothing.",
     [](Row& row, Text text) { return take_flag(row.healthy, text); },
     [](const Row& row) { return std::string(row.healthy ? "1" : "0"); }},
    {"weight", "INTEGER DEFAULT 1", true, true, "Its share among others; 0 counts as 1.",
     [](Row& row, Text text) {
       std::string wrong = take_number(row.weight, text, 0, kMostWeight, "weight");
       row.weight = std::max(row.weight, 1u);
       return wrong;
     },
     [](const Row& row) { return std::to_string(row.weight); }},
    {"soft_limit", "INTEGER DEFAULT 1", true, true,
     "Connections or requests at work that it should have at most; 0 counts as 1.",
     [](Row& row, Text text) {
       std::string wrong = take_number(row.soft_limit, text, 0, kMostOf32, "limit");
       row.soft_limit = std::max(row.soft_limit, 1u);
       return wrong;
     },
     [](const Row& row) { return std::to_string(row.soft_limit); }},
    {"hard_limit", "INTEGER DEFAULT 0", true, true, "It never gets more than these; 0: there is no such limit.",
     [](Row& row, Text text) { return take_number(row.hard_limit, text, 0, kMostOf32, "limit"); },
     [](const Row& row) { return std::to_string(row.hard_limit); }},
    {"zone", "TEXT DEFAULT ''", false, true, "A place within the region.",
     [](Row& row, Text text) { return take_word(row.zone, text, kLongestWord); },
     [](const Row& row) { return row.zone; }},
    {"priority", "INTEGER DEFAULT 0", false, true,
     "Those of the lowest number get everything; the next only when all of these are down or full.",
     [](Row& row, Text text) { return take_number(row.priority, text, 0, UINT16_MAX, "priority"); },
     [](const Row& row) { return std::to_string(row.priority); }},
    {"draining", "INTEGER DEFAULT 0", false, true, "1: it gets nobody new, and who is bound to it until that ends.",
     [](Row& row, Text text) { return take_flag(row.draining, text); },
     [](const Row& row) { return std::string(row.draining ? "1" : "0"); }},
    {"tls", "INTEGER DEFAULT 0", false, true, "1: it speaks TLS.",
     [](Row& row, Text text) { return take_flag(row.tls, text); },
     [](const Row& row) { return std::string(row.tls ? "1" : "0"); }},
    {"sni", "TEXT DEFAULT ''", false, true,
     "The name it is asked for with TLS and has to prove; empty: wg_ip, where that is a host name.",
     [](Row& row, Text text) { return take_sni(row.sni, text); },
     [](const Row& row) { return row.sni; }},
    {"proxy_protocol", "TEXT DEFAULT 'no'", false, true, "no, v1 or v2: the PROXY protocol header it gets.",
     [](Row& row, Text text) { return take_send_proxy(row.send_proxy, text); },
     [](const Row& row) { return std::string(proxy_word(row.send_proxy)); }},
    {"source_address", "TEXT DEFAULT ''", false, true, "The address to connect from.",
     [](Row& row, Text text) { return take_source(row.source_address, text); },
     [](const Row& row) { return row.source_address; }},
    {"bind_device", "TEXT DEFAULT ''", false, true, "The network interface to connect through, such as wg0.",
     [](Row& row, Text text) { return take_word(row.bind_device, text, kLongestDevice); },
     [](const Row& row) { return row.bind_device; }},
    {"check", "TEXT DEFAULT ''", false, true,
     "How it is checked, in place of the Routing's HealthCheck: off, tcp, tls, http:/path or http:/path=200-299.",
     [](Row& row, Text text) { return take_check(row.check, text); },
     [](const Row& row) { return row.check; }},
    {"expires", "INTEGER DEFAULT 0", false, true,
     "Unix seconds after which the row counts no more: of registered backends, moved on by each heartbeat; 0: never.",
     [](Row& row, Text text) { return take_number(row.expires, text, 0, INT64_MAX, "time"); },
     [](const Row& row) { return std::to_string(row.expires); }},
};

}  // namespace

std::span<const BackendColumn> backend_columns() { return kColumns; }

const BackendColumn* find_column(std::string_view name) {
  if (name == "ip" || name == "host") name = "wg_ip";
  const auto found = std::find_if(std::begin(kColumns), std::end(kColumns),
                                  [&](const BackendColumn& column) { return name == column.name; });
  return found == std::end(kColumns) ? nullptr : found;
}

std::string column_names() {
  std::vector<std::string_view> names;
  for (const BackendColumn& column : kColumns) names.push_back(column.name);
  return config::join(names, ", ");
}

base::Result<BackendRow> row_of_address(std::string_view address_and_port) {
  BackendRow row;
  const size_t colon = address_and_port.rfind(':');
  if (colon == std::string_view::npos)
    return base::Failed{base::Error{"'" + config::printable(address_and_port) + "' is not host:port"}};
  row.id = row.table_id = address_and_port;
  row.app = "default";
  for (const auto& [column, text] : {std::pair("wg_ip", address_and_port.substr(0, colon)),
                                     std::pair("port", address_and_port.substr(colon + 1))})
    if (const auto done = set_column(row, column, text); !done.ok()) return base::Failed{done.error()};
  const auto faults = row_faults(row);
  if (!faults.empty()) return base::Failed{base::Error{faults[0].column + " " + faults[0].text}};
  return row;
}

bool has_name(const BackendRow& row) { return !reactor::parse_address(row.host, 0); }

std::vector<ColumnFault> row_faults(const BackendRow& row) {
  std::vector<ColumnFault> out;
  for (const char* name : {"id", "app", "wg_ip"})
    if (find_column(name)->show(row).empty()) out.push_back({name, "is missing"});
  if (row.port == 0 && !row.host.empty() && !has_service_name(row))
    out.push_back({"port", "'0' is no port (1 to 65535)"});
  if (row.hard_limit != 0 && row.hard_limit < row.soft_limit)
    out.push_back({"hard_limit", "'" + std::to_string(row.hard_limit) + "' is lower than soft_limit (" +
                                     std::to_string(row.soft_limit) + ")"});
  // Nobody but DNS vouches for the targets of SRV records, so none of them may say which name it has to prove.
  if (row.tls && row.sni.empty() && has_service_name(row))
    out.push_back({"sni", "is needed for TLS with a name of SRV records"});
  const auto family = [](const std::string& text) { return text.find(':') != std::string::npos; };
  if (!row.source_address.empty() && !row.host.empty() && !has_name(row) &&
      family(row.source_address) != family(row.host))
    out.push_back({"source_address", "'" + row.source_address + "' is not of the same family as " + row.host});
  return out;
}

base::Status<> set_column(BackendRow& row, std::string_view name, std::string_view text) {
  const BackendColumn* column = find_column(name);
  if (!column) {
    std::vector<std::string_view> names;
    for (const BackendColumn& one : kColumns) names.push_back(one.name);
    return base::Failed{base::Error{"there is no column '" + config::printable(name) + "'" +
                                    config::did_you_mean(name, names)}};
  }
  if (const std::string wrong = column->take(row, text); !wrong.empty())
    return base::Failed{base::Error{std::string(column->name) + " '" + config::printable(text) + "' " + wrong}};
  return base::Done{};
}

}  // namespace navajo::route
