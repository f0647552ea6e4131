#include "navajo/tls/client_params.h"

#include <deque>
#include <filesystem>

#include "navajo/config/command_output.h"

namespace navajo::tls {
namespace {

using config::ParamSpec;
using config::ParamType;

constexpr ParamSpec kRows[] = {
    {.name = "CACertificateFile",
     .doc = "PEM file with the certificates that are trusted to vouch for backends. Empty: the system's."},
    {.name = "VerifyPeer", .type = ParamType::boolean, .default_value = "true",
     .doc = "Whether the backend's certificate must be vouched for. false: anybody on the way can read and change "
            "everything; said by a notice."},
    {.name = "CheckPeerHostname", .type = ParamType::boolean, .default_value = "true",
     .doc = "Whether that certificate must be for the host the connection goes to. false: any certificate of anybody "
            "who is trusted will do; said by a notice."},
    {.name = "ServerName",
     .doc = "The name sent to the backend (SNI) and looked for in its certificate. Empty: the host of its address. "
            "HostName does not matter here."},
    {.name = "ClientCertificateFile",
     .doc = "PEM file with the certificate shown to backends that ask for one, and its chain behind it; or a pkcs11: "
            "URL, where OpenSSL has a provider for it. Empty: none."},
    {.name = "ClientKeyFile",
     .doc = "PEM file or pkcs11: URL of the key of that certificate. Empty: it is in the same file."},
    {.name = "ClientKeyPassPhrase",
     .doc = "What the key is encrypted with, or the PIN of its token. pipe://COMMAND: the first line that command "
            "writes, which is run once while the configuration is read."},
    {.name = "Protocol", .default_value = ProtocolList::kDefault,
     .doc = "Versions of TLS, as in OpenSSL: all, TLSv1, TLSv1.1, TLSv1.2, TLSv1.3, each added with +, taken away "
            "with -."},
    {.name = "CipherSuites",
     .doc = "Cipher suites, as in OpenSSL: names separated by ':', those of TLS 1.3 among them. Empty: AES-GCM and "
            "ChaCha20-Poly1305 with ephemeral keys."},
    {.name = "Cache", .type = ParamType::choice, .default_value = "on", .choices = "on,session,off",
     .doc = "Whether TLS sessions are resumed. on: by all connections to the same address. session: only for requests "
            "of the same HTTP session. off: each connection begins anew."},
    {.name = "Cache.MaxEntries", .type = ParamType::integer, .default_value = "256", .minimum = 1, .maximum = 100000,
     .doc = "TLS sessions kept per child process; the one unused for longest gives way."},
    {.name = "OCSPStapling", .type = ParamType::choice, .default_value = "off", .choices = "off,check,require",
     .doc = "check: an OCSP response that comes with the certificate must say it is good. require: and one must come."},
    {.name = "ReloadInterval", .type = ParamType::seconds, .default_value = "5", .minimum = 0, .maximum = 86400,
     .choices = "off",
     .doc = "How often the files are looked at and, when changed, read again; where the new ones are bad, those of "
            "before stay. The user httpd runs as must be able to read them."},
};

class Reader {
 public:
  Reader(const config::Params& params, const std::string& prefix, const std::string& folder)
      : params_(params), prefix_(prefix), folder_(folder) {}

  std::shared_ptr<ClientContext> read() {
    options_.owner = params_.owner();
    options_.verify_peer = params_.boolean(name("VerifyPeer"));
    options_.check_name = params_.boolean(name("CheckPeerHostname"));
    options_.ca_file = file("CACertificateFile");
    options_.certificate_file = file("ClientCertificateFile");
    options_.key_file = file("ClientKeyFile");
    // A class that goes to many servers has no such row.
    if (!params_.names(name("ServerName")).empty()) options_.server_name = params_.text(name("ServerName"));
    if (const std::string& list = params_.text(name("CipherSuites")); !list.empty()) options_.ciphers = list;
    options_.max_sessions = static_cast<size_t>(params_.integer(name("Cache.MaxEntries")));
    options_.look_interval = params_.seconds(name("ReloadInterval"));
    const std::string& cache = params_.text(name("Cache"));
    options_.reuse = cache == "off" ? SessionReuse::off : cache == "session" ? SessionReuse::session : SessionReuse::on;
    const std::string& stapling = params_.text(name("OCSPStapling"));
    options_.stapling = stapling == "require" ? Stapling::require
                        : stapling == "check" ? Stapling::check
                                              : Stapling::off;
    auto protocols = ProtocolList::parse(params_.text(name("Protocol")));
    if (protocols.ok())
      options_.protocols = *protocols;
    else
      fault("Protocol", protocols.error().text);
    read_pass_phrase();
    refuse_contradictions();
    if (!fine_) return nullptr;
    auto made = ClientContext::make(options_);
    if (!made.ok()) {
      params_.fault(name(param_of(made.error().part)), made.error().text);
      return nullptr;
    }
    say_what_is_not_verified();
    return *made;
  }

 private:
  std::string name(const char* of) const { return prefix_ + of; }
  void fault(const char* of, const std::string& text) {
    params_.fault(name(of), text);
    fine_ = false;
  }
  std::string file(const char* of) const {
    const std::string& text = params_.text(name(of));
    if (text.empty() || text[0] == '/' || text.starts_with("pkcs11:")) return text;
    return (std::filesystem::path(folder_) / text).lexically_normal().string();
  }
  static const char* param_of(LoadFault::Part part) {
    switch (part) {
      case LoadFault::Part::ca_file: return "CACertificateFile";
      case LoadFault::Part::certificate_file: return "ClientCertificateFile";
      case LoadFault::Part::key_file: return "ClientKeyFile";
      case LoadFault::Part::ciphers: return "CipherSuites";
      case LoadFault::Part::other: break;
    }
    return "Protocol";
  }

  void read_pass_phrase() {
    constexpr std::string_view kPipe = "pipe://";
    const std::string& text = params_.text(name("ClientKeyPassPhrase"));
    options_.pass_phrase = text;
    if (!text.starts_with(kPipe)) return;
    auto line = config::command_output(text.substr(kPipe.size()));
    if (line.ok())
      options_.pass_phrase = std::move(*line);
    else
      fault("ClientKeyPassPhrase", "the command " + line.error().text);
  }

  void refuse_contradictions() {
    if (options_.certificate_file.empty())
      for (const char* of : {"ClientKeyFile", "ClientKeyPassPhrase"})
        if (!params_.text(name(of)).empty()) fault(of, "says nothing without " + name("ClientCertificateFile"));
    if (options_.verify_peer) return;
    const auto says_nothing = [&](const char* of) {
      fault(of, "says nothing while " + name("VerifyPeer") + " is false");
    };
    if (!options_.ca_file.empty()) says_nothing("CACertificateFile");
    if (options_.stapling != Stapling::off) says_nothing("OCSPStapling");
  }

  void say_what_is_not_verified() {
    const auto notice = [&](const char* of, const char* text) {
      params_.notice(params_.where(name(of)), observe::id::backend_not_verified,
                     name(of) + " is false: " + text);
    };
    if (!options_.verify_peer)
      notice("VerifyPeer", "the certificates of its backends are not verified, anybody on the way can be one");
    else if (!options_.check_name)
      notice("CheckPeerHostname", "certificates of its backends need not be for their names");
  }

  const config::Params& params_;
  const std::string& prefix_;
  const std::string& folder_;
  ClientOptions options_;
  bool fine_ = true;
};

}  // namespace

std::vector<ParamSpec> client_param_rows(const std::string& prefix) {
  static auto& names = *new std::deque<std::string>;
  std::vector<ParamSpec> rows(std::begin(kRows), std::end(kRows));
  for (ParamSpec& row : rows) row.name = names.emplace_back(prefix + row.name).c_str();
  return rows;
}

std::shared_ptr<ClientContext> read_client_context(const config::Params& params, const std::string& prefix,
                                                   const std::string& folder) {
  return Reader(params, prefix, folder).read();
}

bool refuse_client_params(const config::Params& params, const std::string& prefix, const std::string& why) {
  bool fine = true;
  for (const ParamSpec& row : kRows) {
    const std::string name = prefix + row.name;
    if (!params.has(name)) continue;
    params.fault(name, why);
    fine = false;
  }
  return fine;
}

}  // namespace navajo::tls
