#include "navajo/cli/httpd_stub.h"

#include <strings.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "navajo/config/httpd_directives.h"

namespace navajo::cli {
namespace {

std::optional<std::string_view> given(const StubRequest& request, const char* directive) {
  for (const NeededBy& one : request.server_directives) {
    if (strcasecmp(std::string(one.directive).c_str(), directive) == 0) return one.value;
  }
  return std::nullopt;
}

unsigned number_given(const StubRequest& request, const char* directive, unsigned otherwise) {
  unsigned number = otherwise;
  if (const auto value = given(request, directive)) {
    const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), number);
    // Left to httpd's own message, which names navajo.xml and its line.
    if (error != std::errc() || end != value->data() + value->size() || number == 0) return otherwise;
  }
  return number;
}

// The MPM only accepts and hands over: two children with few threads are enough for the reactor. What runs on MPM
// threads after all (HTTP/2, reactor off) may grow to eight children. ServerLimit leaves room for children of older
// generations that still drain; ThreadLimit over ThreadsPerChild leaves scoreboard rows for requests on the reactor.
// A number in navajo.xml comes later and wins; the others here follow it, so that httpd does not cut or warn.
std::string mpm_numbers(const StubRequest& request) {
  std::string out;
  auto line = [&](const char* name, unsigned value) {
    if (!given(request, name)) out += std::string(name) + " " + std::to_string(value) + "\n";
  };
  if (request.mpm == Mpm::prefork) {
    const unsigned workers = number_given(request, "MaxRequestWorkers", 150);
    line("StartServers", 5);
    line("MinSpareServers", 5);
    line("MaxSpareServers", 20);
    line("ServerLimit", std::max(256u, workers));
    line("MaxRequestWorkers", workers);
    return out;
  }
  const unsigned threads = number_given(request, "ThreadsPerChild", 25);
  const unsigned workers = number_given(request, "MaxRequestWorkers", 8 * threads);
  line("ServerLimit", std::max(32u, 2 * ((workers + threads - 1) / threads)));
  line("StartServers", 2);
  line("ThreadLimit", std::max(64u, threads + 39));
  line("ThreadsPerChild", threads);
  line("MaxRequestWorkers", workers);
  // The MPM starts a child for one that ended only when it lacks idle threads, and with the reactor its threads are
  // always idle: below the threads of all children but one there would stay one child for ever.
  const unsigned children = number_given(request, "StartServers", 2);
  const unsigned spare = children * threads - threads / 2;
  line("MinSpareThreads", std::max(1u, spare));
  line("MaxSpareThreads", spare + 2 * threads);
  return out;
}

std::string load_line(const StubRequest& request, const std::string& module) {
  if (request.compiled_in.count("mod_" + module + ".c")) return "";
  if (module == "qos" && !request.mod_qos_there) return "";  // mod_navajo says so, where it is asked for
  return "LoadModule " + module + "_module " +
         config::quoted_argument(request.stock_module_folder + "/mod_" + module + ".so") + "\n";
}

bool mpm_compiled_in(const StubRequest& request) {
  for (const Mpm mpm : {Mpm::event, Mpm::worker, Mpm::prefork}) {
    const std::string name = mpm_name(mpm);
    if (request.compiled_in.count(name + ".c") || request.compiled_in.count("mod_mpm_" + name + ".c")) return true;
  }
  return false;
}

std::string log_lines(const StubRequest& request) {
  if (request.logs == StubRequest::Logs::elsewhere) return "";
  std::string out;
  if (!given(request, "ErrorLog")) {
    out += "ErrorLog " + (request.logs == StubRequest::Logs::console
                              ? config::quoted_argument("/dev/stderr")
                              : config::quoted_argument(request.run_directory + "/error.log")) + "\n";
  }
  if (!given(request, "CustomLog") && !given(request, "TransferLog")) {
    // The format of that name comes with NavajoConfig.
    out += "CustomLog " + config::quoted_argument(request.run_directory + "/access.log") + " navajo\n";
  }
  return out;
}

}  // namespace

const char* mpm_name(Mpm mpm) {
  switch (mpm) {
    case Mpm::worker: return "worker";
    case Mpm::prefork: return "prefork";
    case Mpm::event: break;
  }
  return "event";
}

std::string httpd_stub(const StubRequest& request) {
  const auto in_run_directory = [&](const char* name) {
    return config::quoted_argument(request.run_directory + "/" + name);
  };
  const std::vector<std::string> modules = needed_stock_modules(request.all_directives);
  const auto loaded = [&](const char* name) { return std::count(modules.begin(), modules.end(), name) > 0; };
  const std::string folder = std::filesystem::path(request.config).parent_path().string();
  std::string out = std::string(config::kStubMark) + ", anew at each start: change navajo.xml instead.\n";
  out += "ServerRoot " + config::quoted_argument(folder.empty() ? "/" : folder) + "\n";
  if (!mpm_compiled_in(request)) out += load_line(request, std::string("mpm_") + mpm_name(request.mpm));
  for (const std::string& module : modules) out += load_line(request, module);
  out += "LoadModule navajo_module " + config::quoted_argument(request.navajo_module) + "\n";
  if (!request.mitm_module.empty())
    out += "LoadModule navajo_mitm_module " + config::quoted_argument(request.mitm_module) + "\n";
  out += "PidFile " + in_run_directory("httpd.pid") + "\n";
  out += "DefaultRuntimeDir " + config::quoted_argument(request.run_directory) + "\n";
  // Process-shared and robust: nothing is left behind by a server that is killed.
  out += "Mutex pthread default\n";
  if (request.user_and_group) {
    out += "User " + config::quoted_argument(request.user_and_group->first) + "\n";
    out += "Group " + config::quoted_argument(request.user_and_group->second) + "\n";
  }
  out += mpm_numbers(request);
  // Nothing is served from here: what no Context maps is refused by the container.
  out += "DocumentRoot " + in_run_directory("empty") + "\n";
  if (loaded("mime")) out += "TypesConfig " + config::quoted_argument(request.mime_types) + "\n";
  if (loaded("ssl") && !given(request, "SSLSessionCache")) {
    // Of all children: a client that comes back meets another one.
    out += "SSLSessionCache " + config::quoted_argument("shmcb:" + request.run_directory + "/tls(1048576)") + "\n";
  }
  out += log_lines(request);
  out += "NavajoRunDir " + config::quoted_argument(request.run_directory) + "\n";
  out += "NavajoConfig " + config::quoted_argument(request.config) + "\n";
  return out;
}

}  // namespace navajo::cli
