#include "navajo/cli/installation.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "navajo/base/build_config.h"

namespace navajo::cli {

std::string relocated(const std::string& configured, const std::string& prefix, const std::string& program) {
  const std::filesystem::path bin = std::filesystem::path(program).parent_path();
  if (bin.filename() != "bin" && bin.filename() != "sbin") return configured;
  const std::string actual = bin.parent_path().string();
  if (actual == prefix || prefix.empty() || !configured.starts_with(prefix + "/")) return configured;
  return actual + configured.substr(prefix.size());
}

Installation find_installation() {
  Installation found;
  found.httpd = NAVAJO_HTTPD_BIN;
  found.stock_module_folder = NAVAJO_HTTPD_STOCK_MODDIR;
  std::error_code error;
  const std::string program = std::filesystem::read_symlink("/proc/self/exe", error).string();
  std::string folder = relocated(NAVAJO_MODDIR, NAVAJO_PREFIX, program);
  if (!std::filesystem::exists(folder + "/mod_navajo.so", error)) folder = NAVAJO_MODDIR;
  if (const char* httpd = getenv("NAVAJO_HTTPD"); httpd && *httpd) found.httpd = httpd;
  if (const char* modules = getenv("NAVAJO_MODULES"); modules && *modules) folder = modules;
  found.navajo_module = folder + "/mod_navajo.so";
  found.mitm_module = folder + "/mod_navajo_mitm.so";
  found.mime_types = "/dev/null";
  for (const char* path : {"/etc/mime.types", "/etc/httpd/conf/mime.types"}) {
    if (access(path, R_OK) != 0) continue;
    found.mime_types = path;
    break;
  }
  return found;
}

}  // namespace navajo::cli
