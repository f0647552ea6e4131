#include "navajo/cli/migration/haproxy_section.h"

#include <algorithm>

#include "navajo/cli/migration/haproxy_rows.h"
#include "navajo/cli/migration/source_files.h"
#include "navajo/config/text.h"

namespace navajo::cli::migration {

bool take_bind_options(const Directive& d, const std::string& folder, Listener& listener, Notes& notes) {
  static constexpr std::string_view kPairs[] = {"alpn", "npn", "name", "maxconn", "process", "thread", "backlog"};
  bool tls = false;
  for (size_t i = 1; i < d.words.size(); i++) {
    const std::string &word = d.words[i], &value = d.word(i + 1);
    if (word == "ssl") {
      tls = true;
    } else if (word == "crt" || word == "ca-file" || word == "crl-file" || word == "verify" || word == "ciphers") {
      i++;
      if (word == "crt") set(listener.ssl, "SSLCertificateFile", SourceFiles::within(folder, value));
      if (word == "ca-file") set(listener.ssl, "SSLCACertificateFile", SourceFiles::within(folder, value));
      if (word == "crl-file") {
        set(listener.ssl, "SSLCARevocationFile", SourceFiles::within(folder, value));
        set(listener.ssl, "SSLCARevocationCheck", "chain");
      }
      if (word == "verify" && value != "none")
        set(listener.ssl, "SSLVerifyClient", value == "required" ? "require" : "optional");
      if (word == "ciphers") set(listener.ssl, "SSLCipherSuite", value);
    } else if (word == "accept-proxy") {
      notes.not_taken(d, "accept-proxy: RemoteIPProxyProtocol of Connector, proxyProtocol of TcpConnector",
                      Guards::access);
    } else if (std::find(std::begin(kPairs), std::end(kPairs), word) != std::end(kPairs)) {
      i++;
    } else if (word != "transparent" && word != "v4v6" && word != "defer-accept" && word != "tfo") {
      notes.not_taken(d, config::printable(word) + " has no counterpart here");
    }
  }
  if (!tls) listener.ssl.clear();
  if (!tls || !listener.ssl.empty()) return true;
  notes.not_taken(d, "ssl without crt: add a Connector with SSL");
  return false;
}

bool take_server_word(const Directive& d, const std::string& word, const std::string& value,
                      const HaproxySection& section, Notes& notes, size_t& at) {
  if (std::find(std::begin(kHaproxyServerWords), std::end(kHaproxyServerWords), word) != std::end(kHaproxyServerWords))
    return true;
  if (std::find(std::begin(kHaproxyServerPairs), std::end(kHaproxyServerPairs), word) ==
          std::end(kHaproxyServerPairs) &&
      word != "weight" && word != "sni" && word != "cookie")
    return false;
  at++;
  if (word == "weight" && section.is_http() && value != "1" && value != "100")
    notes.not_taken(d, "weight: connectors take turns; a Routing with a database has weights (navajo backends set)");
  if (word == "sni") notes.not_taken(d, "sni: SSLServerName of HttpsConnectorServlet, if it is not the server's name");
  return true;
}

}  // namespace navajo::cli::migration
