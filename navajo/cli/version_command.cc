#include <openssl/crypto.h>
#include <unistd.h>

#include <cstdio>

#include "navajo/base/build_config.h"
#include "navajo/cli/commands.h"
#include "navajo/cli/httpd_program.h"
#include "navajo/cli/installation.h"
#include "navajo/cli/preload.h"

namespace navajo::cli {
namespace {

// The rest of the line that begins with the label, without the blanks around it.
std::string labelled(const std::string& text, const std::string& label) {
  const size_t at = text.find(label);
  if (at == std::string::npos) return "unknown";
  const size_t start = text.find_first_not_of(" \t", at + label.size());
  const size_t end = text.find('\n', at);
  return start == std::string::npos || start >= end ? "unknown" : text.substr(start, end - start);
}

void row(const char* name, const std::string& value) { printf("%-10s %s\n", name, value.c_str()); }

}  // namespace

int version_command(const Arguments&) {
  const Installation installation = find_installation();
  row("navajo", NAVAJO_VERSION);
  // Its exit code does not count: a distribution's httpd first complains about its own configuration.
  const auto asked = run_program({installation.httpd, "-V"});
  if (asked && asked->text.find("Server version:") != std::string::npos) {
    row("httpd", labelled(asked->text, "Server version:") + " (" + installation.httpd + ")");
    row("with", labelled(asked->text, "Server loaded:"));
  } else {
    row("httpd", installation.httpd + " cannot be asked");
  }
  row("openssl", OpenSSL_version(OPENSSL_VERSION));
  row("names", NAVAJO_HAVE_CARES ? "c-ares (TTL of each address)" : "getaddrinfo (fixed TTL)");
  std::string jemalloc = "not found: the C library's malloc";
  for (const std::string& path : jemalloc_candidates()) {
    if (path.empty() || access(path.c_str(), R_OK) != 0) continue;
    jemalloc = "jemalloc (" + path + ")";
    break;
  }
  row("allocator", jemalloc);
  row("module", installation.navajo_module + (access(installation.navajo_module.c_str(), R_OK) ? " (missing)" : ""));
  return kOk;
}

}  // namespace navajo::cli
