#include <openssl/pem.h>

#include <cstdio>
#include <ctime>

#include "navajo/cli/commands.h"
#include "navajo/cli/find_instance.h"
#include "navajo/cli/generated.h"
#include "navajo/cli/inventory/inventory.h"
#include "navajo/cli/launch.h"
#include "navajo/mitm/certificate_parts.h"
#include "navajo/mitm/issuer.h"
#include "navajo/observe/json_writer.h"
#include "navajo/tls/peer_certificate.h"

namespace navajo::cli {
namespace {

using inventory::CertificateFile;

struct Shown {
  CertificateFile file;
  std::vector<tls::CertificateHandle> certificates;
  std::string fault;
};

const char* kind_word(CertificateFile::Kind kind) {
  switch (kind) {
    case CertificateFile::Kind::ca: return "signs certificates";
    case CertificateFile::Kind::client: return "shown to backends";
    case CertificateFile::Kind::server: break;
  }
  return "shown to clients";
}

std::string fingerprint_text(const X509* certificate) {
  std::string out;
  char octet[4];
  for (const uint8_t byte : mitm::fingerprint_of(certificate)) {
    snprintf(octet, sizeof octet, out.empty() ? "%02X" : ":%02X", byte);
    out += octet;
  }
  return out;
}

void print_certificate(const Shown& one, time_t now) {
  printf("%s: %s, %s\n", one.file.what.c_str(), one.file.certificate.c_str(), kind_word(one.file.kind));
  if (!one.fault.empty()) {
    printf("  %s\n", one.fault.c_str());
    return;
  }
  X509* const first = one.certificates.front().get();
  const time_t until = mitm::seconds_of(X509_get0_notAfter(first));
  printf("  subject      %s\n", mitm::name_text(X509_get_subject_name(first)).c_str());
  printf("  issuer       %s\n", mitm::name_text(X509_get_issuer_name(first)).c_str());
  printf("  names        %s\n", tls::names_text(first).c_str());
  printf("  valid        %s to %s (%s)\n", mitm::time_text(mitm::seconds_of(X509_get0_notBefore(first))).c_str(),
         mitm::time_text(until).c_str(),
         until > now ? (std::to_string((until - now) / 86400) + " days").c_str() : "EXPIRED");
  printf("  SHA-256      %s\n", fingerprint_text(first).c_str());
  for (size_t i = 1; i < one.certificates.size(); i++)
    printf("  chain        %s\n", mitm::name_text(X509_get_subject_name(one.certificates[i].get())).c_str());
}

void write_certificate(observe::JsonWriter& json, const Shown& one, time_t now) {
  json.begin_object().key("what").text(one.file.what).key("file").text(one.file.certificate);
  json.key("use").text(kind_word(one.file.kind));
  if (!one.fault.empty()) {
    json.key("fault").text(one.fault).end_object();
    return;
  }
  X509* const first = one.certificates.front().get();
  const time_t until = mitm::seconds_of(X509_get0_notAfter(first));
  json.key("subject").text(mitm::name_text(X509_get_subject_name(first)));
  json.key("issuer").text(mitm::name_text(X509_get_issuer_name(first))).key("names").begin_array();
  for (const tls::CertificateName& name : tls::names_of(first)) json.text(name.text);
  json.end_array().key("not_before").integer(mitm::seconds_of(X509_get0_notBefore(first)));
  json.key("not_after").integer(until).key("days").integer((until - now) / 86400);
  json.key("expired").boolean(until <= now).key("sha256").text(fingerprint_text(first)).key("chain").begin_array();
  for (size_t i = 1; i < one.certificates.size(); i++)
    json.text(mitm::name_text(X509_get_subject_name(one.certificates[i].get())));
  json.end_array().end_object();
}

}  // namespace

int cert_show_command(const Arguments& arguments) {
  std::vector<CertificateFile> files;
  for (const std::string& path : arguments.operands) files.push_back({CertificateFile::Kind::server, path, "", "file"});
  if (files.empty()) {
    std::string config = arguments.value("--config");
    if (config.empty()) {
      const auto instance = find_instance(arguments);
      if (!instance.ok()) {
        complain(instance.error().text + "; name a configuration with --config, or files");
        return kNotRunning;
      }
      config = instance->config;
    }
    const Configuration configuration = load_configuration(config, Depth::everything);
    if (!configuration.ok()) return kFaults;
    files = inventory::take_inventory(configuration.navajo, full_catalogue()).certificates;
  }
  const time_t now = time(nullptr);
  bool good = true;
  observe::JsonWriter json;
  json.begin_array();
  for (const CertificateFile& file : files) {
    Shown one{file, {}, ""};
    auto read = mitm::read_certificates(file.certificate);
    if (read.ok())
      one.certificates = std::move(*read);
    else
      one.fault = read.error().text;
    good = good && one.fault.empty() && mitm::seconds_of(X509_get0_notAfter(one.certificates.front().get())) > now;
    if (arguments.has("--json"))
      write_certificate(json, one, now);
    else
      print_certificate(one, now);
  }
  json.end_array();
  if (arguments.has("--json")) printf("%s\n", json.str().c_str());
  return good ? kOk : kFaults;
}

}  // namespace navajo::cli
