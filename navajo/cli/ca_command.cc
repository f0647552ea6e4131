#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <ctime>

#include "navajo/cli/ca_files.h"
#include "navajo/cli/commands.h"
#include "navajo/cli/launch.h"
#include "navajo/config/text.h"

namespace navajo::cli {
namespace {

int wrong_usage(const char* command, const std::string& text) {
  fprintf(stderr, "navajo: %s\nSee 'navajo help %s'.\n", text.c_str(), command);
  return kUsage;
}

std::vector<std::string> list(const std::string& text) {
  std::vector<std::string> parts;
  for (const std::string_view part : config::split_words(text)) parts.emplace_back(part);
  return parts;
}

// Clients show it: two machines' CAs are told apart.
std::string default_name() {
  char host[65] = "";
  if (gethostname(host, sizeof host - 1) != 0) host[0] = '\0';
  std::string name = std::string("Navajo CA ") + host;
  name.resize(std::min<size_t>(name.size(), 64));
  return name;
}

// False: neither of them, or both.
bool ca_files(const Arguments& arguments, mitm::IssuerFiles& files) {
  if (arguments.has("--dir") == arguments.has("--cert")) return false;
  files = {arguments.value("--cert"), arguments.value("--key"), arguments.value("--pass-phrase")};
  if (arguments.has("--dir")) {
    files.certificate = arguments.value("--dir") + "/" + kCaCertificateFile;
    if (files.key.empty()) files.key = arguments.value("--dir") + "/" + kCaKeyFile;
  }
  return true;
}

}  // namespace

int ca_init_command(const Arguments& arguments) {
  const std::string folder = arguments.value("--dir");
  if (folder.empty()) return wrong_usage("ca init", "'ca init' needs --dir");
  mitm::CaWish wish;
  wish.common_name = arguments.has("--name") ? arguments.value("--name") : default_name();
  wish.permitted = list(arguments.value("--permit"));
  wish.excluded = list(arguments.value("--exclude"));
  const std::string type = arguments.value("--key-type"), days = arguments.value("--days");
  if (type == "rsa3072") wish.key = mitm::CaWish::Key::rsa3072;
  if (type == "rsa4096") wish.key = mitm::CaWish::Key::rsa4096;
  if (!days.empty()) {
    const auto [end, error] = std::from_chars(days.data(), days.data() + days.size(), wish.days);
    if (error != std::errc() || end != days.data() + days.size() || wish.days == 0)
      return wrong_usage("ca init", "'--days' is a number from 1 on, not '" + config::printable(days) + "'");
  }
  const time_t now = time(nullptr);
  if (const auto created = create_ca(folder, wish, now); !created.ok()) return complain(created.error().text);
  const auto described = describe_ca({folder + "/" + kCaCertificateFile, folder + "/" + kCaKeyFile, ""}, now);
  if (!described.ok()) return complain(described.error().text);
  fputs(described->text.c_str(), stdout);
  printf("\nInstall %s/%s on clients. Whoever has %s/%s can read their traffic.\n", folder.c_str(), kCaCertificateFile,
         folder.c_str(), kCaKeyFile);
  return kOk;
}

int ca_show_command(const Arguments& arguments) {
  mitm::IssuerFiles files;
  if (!ca_files(arguments, files)) return wrong_usage("ca show", "'ca show' needs either --dir or --cert");
  const auto described = describe_ca(files, time(nullptr));
  if (!described.ok()) return complain(described.error().text);
  fputs(described->text.c_str(), stdout);
  return described->usable ? kOk : kFaults;
}

int ca_export_command(const Arguments& arguments) {
  mitm::IssuerFiles files;
  if (!ca_files(arguments, files)) return wrong_usage("ca export", "'ca export' needs either --dir or --cert");
  const auto exported = export_ca(files.certificate, arguments.value("--format") == "der");
  if (!exported.ok()) return complain(exported.error().text);
  if (arguments.has("--out")) {
    if (const auto written = write_new_file(arguments.value("--out"), *exported, 0644); !written.ok())
      return complain(written.error().text);
    return kOk;
  }
  const bool whole = fwrite(exported->data(), 1, exported->size(), stdout) == exported->size() && fflush(stdout) == 0;
  return whole ? kOk : complain("the certificate could not be written");
}

}  // namespace navajo::cli
