#include "navajo/cli/doctor/configured.h"

#include <netdb.h>
#include <openssl/pem.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <set>

#include "navajo/config/file_text.h"
#include "navajo/mitm/certificate_parts.h"
#include "navajo/mitm/issuer.h"
#include "navajo/route/routing_db.h"
#include "navajo/tls/error_text.h"
#include "navajo/tls/peer_certificate.h"

namespace navajo::cli::doctor {
namespace {

using inventory::CertificateFile;
using inventory::OtherFile;

constexpr time_t kADay = 86400;
constexpr time_t kSoon = 21 * kADay;
constexpr auto kDatabasePatience = std::chrono::milliseconds(2000);

// 0, or why not.
int try_to_bind(const inventory::Listener& listener) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const std::string port = std::to_string(listener.port);
  if (getaddrinfo(listener.address.c_str(), port.c_str(), &hints, &found) != 0 || !found) return EADDRNOTAVAIL;
  int error = 0;
  const int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  if (fd < 0) {
    error = errno;
  } else {
    // As httpd does it: what waits for its end is in nobody's way. Never listened on.
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, found->ai_addr, found->ai_addrlen) != 0) error = errno;
    close(fd);
  }
  freeaddrinfo(found);
  return error;
}

int no_pass_phrase(char*, int, int, void*) { return 0; }

// Empty: it is the certificate's key.
std::string wrong_key(X509* certificate, const std::string& path) {
  const tls::BioHandle in(BIO_new_file(path.c_str(), "r"));
  if (!in) {
    (void)tls::take_error_text();
    return path + " cannot be read";
  }
  const tls::KeyHandle key(PEM_read_bio_PrivateKey(in.get(), nullptr, no_pass_phrase, nullptr));
  const std::string why = tls::take_error_text();
  if (!key) return why.find("password") != why.npos || why.find("decrypt") != why.npos ? "" : path + " has no key";
  return X509_check_private_key(certificate, key.get()) == 1 ? "" : path + " is not the key of this certificate";
}

void look_at_certificate(const CertificateFile& file, time_t now, Findings& findings) {
  const std::string area = "certificate", name = file.what + ": " + file.certificate;
  const auto read = mitm::read_certificates(file.certificate);
  if (!read.ok()) return findings.fault(area, file.what + ": " + read.error().text, "name a PEM file that can be read");
  X509* const certificate = read->front().get();
  if (const std::string wrong = wrong_key(certificate, file.key.empty() ? file.certificate : file.key); !wrong.empty())
    findings.fault(area, name + ": " + wrong, "put the key that belongs to the certificate in its place");
  const time_t from = mitm::seconds_of(X509_get0_notBefore(certificate));
  const time_t until = mitm::seconds_of(X509_get0_notAfter(certificate));
  const time_t days = (until - now) / kADay;
  if (until <= now)
    findings.fault(area, name + " has expired " + std::to_string((now - until) / kADay) + " days ago",
                   "get a new one; `navajo reload` puts it to work");
  else if (from > now)
    findings.fault(area, name + " is not valid yet", "set the clock right, or wait");
  else if (until - now < kSoon)
    findings.warning(area, name + " expires in " + std::to_string(days) + " days", "get a new one");
  else
    findings.ok(area, name + ": valid for " + std::to_string(days) + " days, for " + tls::names_text(certificate));
  // Of those behind it one that has expired is as bad.
  for (size_t i = 1; i < read->size(); i++)
    if (mitm::seconds_of(X509_get0_notAfter((*read)[i].get())) <= now)
      findings.fault(area, name + ": a certificate of its chain has expired", "get the chain anew from who issued it");
}

void look_at_secret(const OtherFile& file, Findings& findings) {
  struct stat about {};
  const std::string name = file.what + ": " + file.path;
  if (stat(file.path.c_str(), &about) != 0)
    return findings.fault("secrets", name + ": " + strerror(errno), "name a file that is there");
  if (about.st_mode & 0022)
    return findings.fault("secrets", name + " can be changed by others", "chmod go-w " + file.path);
  if (about.st_mode & 0004)
    return findings.fault("secrets", name + " can be read by everybody", "chmod o-r " + file.path);
  if (about.st_uid != 0 && about.st_uid != geteuid())
    return findings.warning("secrets", name + " belongs to another user, who can change it",
                            "chown " + std::to_string(geteuid()) + " " + file.path);
  findings.ok("secrets", name + ": read by its owner" + (about.st_mode & 0040 ? " and group" : " alone"));
}

void look_at_database(const OtherFile& file, time_t now, Findings& findings) {
  std::vector<route::BackendRow> rows;
  config::Diagnostics diagnostics;
  const std::string name = file.what + ": " + file.path;
  switch (route::read_backends(file.path, kDatabasePatience, now, rows, diagnostics)) {
    case route::DbRead::good:
      if (rows.empty()) return findings.warning("database", name + " has no backend in use", "navajo backends add");
      return findings.ok("database", name + ": " + std::to_string(rows.size()) + " backends");
    case route::DbRead::busy: return findings.warning("database", name + " is locked by another program", "look again");
    case route::DbRead::faulty: break;
  }
  findings.fault("database",
                 name + (diagnostics.faults().empty() ? "" : ": " + diagnostics.faults().front().text) + " (" +
                     std::to_string(diagnostics.count()) + " in all)",
                 "`navajo backends check` tells them all");
}

}  // namespace

void look_at_ports(const inventory::Inventory& inventory, bool running, Findings& findings) {
  std::set<std::string> seen;
  for (const inventory::Listener& listener : inventory.listeners) {
    const std::string where = listener.text();
    if (!seen.insert(where).second) continue;
    const std::string name = listener.what + " on " + where;
    const int error = try_to_bind(listener);
    if (error == EADDRINUSE && running)
      findings.ok("ports", name + ": taken by this server");
    else if (error == EADDRINUSE)
      findings.fault("ports", name + ": another program has it",
                     "`ss -ltnp` tells which; stop it or take another port");
    else if (error == EACCES)
      findings.fault("ports", name + ": this user may not", "ports below 1024 need root or CAP_NET_BIND_SERVICE");
    else if (error == EADDRNOTAVAIL)
      findings.fault("ports", name + ": no address of this machine", "name one of `ip address`, or 0.0.0.0");
    else if (error != 0)
      findings.fault("ports", name + ": " + strerror(error), "");
    else if (running)
      findings.warning("ports", name + ": the running server does not listen there", "navajo reload");
    else
      findings.ok("ports", name + ": free");
  }
}

void look_at_certificates(const inventory::Inventory& inventory, time_t now, Findings& findings) {
  std::set<std::string> seen;
  for (const CertificateFile& file : inventory.certificates)
    if (seen.insert(file.certificate + "\n" + file.key).second) look_at_certificate(file, now, findings);
}

void look_at_files(const inventory::Inventory& inventory, time_t now, Findings& findings) {
  std::set<std::string> seen;
  for (const OtherFile& file : inventory.files) {
    if (!seen.insert(file.path).second) continue;
    switch (file.kind) {
      case OtherFile::Kind::secret: look_at_secret(file, findings); break;
      case OtherFile::Kind::database: look_at_database(file, now, findings); break;
      case OtherFile::Kind::geo:
        if (access(file.path.c_str(), R_OK) == 0)
          findings.ok("database", file.what + ": " + file.path + " can be read");
        else
          findings.fault("database", file.what + ": " + file.path + ": " + strerror(errno), "bring it there");
        break;
      case OtherFile::Kind::state: break;  // made by the server
    }
  }
}

}  // namespace navajo::cli::doctor
