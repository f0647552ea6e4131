#include <openssl/crypto.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <filesystem>

#include "navajo/cli/admin_token.h"
#include "navajo/cli/commands.h"
#include "navajo/cli/configuration.h"
#include "navajo/cli/init/first_password.h"
#include "navajo/cli/init/folder.h"
#include "navajo/cli/init/self_signed.h"
#include "navajo/cli/init/texts.h"
#include "navajo/cli/launch.h"
#include "navajo/mitm/host_name.h"
#include "navajo/observe/json_writer.h"

namespace navajo::cli {
namespace {

constexpr unsigned kCertificateDays = 397;  // what browsers take

int wrong_init(const std::string& text) {
  fprintf(stderr, "navajo: %s\nSee 'navajo help init'.\n", text.c_str());
  return kUsage;
}

base::Result<init::Wish> init_wish(const Arguments& arguments) {
  init::Wish wish;
  auto taken = init::take_backends(arguments.value("--backend"), wish);
  if (taken && arguments.has("--host")) taken = init::take_host(arguments.value("--host"), wish);
  if (taken && arguments.has("--listen")) taken = init::take_listen(arguments.value("--listen"), wish);
  if (taken && arguments.has("--port")) taken = init::take_port("--port", arguments.value("--port"), wish.port);
  if (taken && arguments.has("--http-port"))
    taken = init::take_port("--http-port", arguments.value("--http-port"), wish.http_port);
  if (taken && arguments.has("--login")) taken = init::take_user(arguments.value("--login"), wish);
  if (!taken) return base::Failed{taken.error()};
  if (wish.http_port == wish.port) return base::Failed{base::Error{"--http-port and --port are the same"}};
  if (arguments.has("--backend-ca")) {
    if (!wish.tls_to_backend)
      return base::Failed{base::Error{"--backend-ca vouches for backends that speak https; this one speaks http"}};
    wish.backend_ca = absolute_path(arguments.value("--backend-ca"));
    if (access(wish.backend_ca.c_str(), R_OK) != 0)
      return base::Failed{base::Error{wish.backend_ca + ": cannot be read"}};
  }
  wish.websockets = arguments.has("--websockets");
  if (arguments.has("--console") || arguments.has("--console-port")) wish.console_port = 9443;
  if (arguments.has("--console-port"))
    taken = init::take_port("--console-port", arguments.value("--console-port"), wish.console_port);
  if (!taken) return base::Failed{taken.error()};
  if (wish.console_port && (wish.console_port == wish.port || wish.console_port == wish.http_port))
    return base::Failed{base::Error{"the console's port, " + std::to_string(wish.console_port) +
                                    ", is that of another listener: choose one with --console-port"}};
  return wish;
}

// By which it is reached: what was asked for, and this machine however else.
std::vector<std::string> certificate_names(const init::Wish& wish) {
  std::vector<std::string> names{wish.host};
  char machine[256] = "";
  if (gethostname(machine, sizeof machine - 1) != 0) machine[0] = '\0';
  for (const char* more : std::initializer_list<const char*>{machine, "localhost", "127.0.0.1", "::1"})
    if (const auto name = mitm::parse_host_name(more);
        name && std::find(names.begin(), names.end(), name->text) == names.end())
      names.push_back(name->text);
  return names;
}

// What is shown once: of users, of the console.
struct Secrets {
  std::string password, hash;
  AdminToken token;
};

base::Result<Secrets> make_secrets(const init::Wish& wish) {
  Secrets out;
  if (!wish.user.empty()) {
    auto made = init::make_first_password();
    if (!made) return base::Failed{made.error()};
    out.password = std::move(made->password);
    out.hash = std::move(made->hash);
  }
  if (wish.console_port) {
    auto token = make_admin_token("admin", "init");
    if (!token) return base::Failed{token.error()};
    out.token = std::move(*token);
  }
  return out;
}

base::Status<> write_all(const std::string& folder, const init::Wish& wish, const init::SelfSigned& certificate,
                         const Secrets& secrets) {
  auto made = init::NewFolder::begin(folder);
  if (!made) return base::Failed{made.error()};
  auto written = made->write(init::kNavajoXml, init::navajo_xml(wish), 0644);
  if (written) written = made->write(init::kWebXml, init::web_xml(wish), 0644);
  if (written) written = made->write(init::certificate_file(wish), certificate.certificate_pem, 0644);
  if (written) written = made->write(init::key_file(wish), certificate.key_pem, 0600);
  // httpd's children look whether these have changed: they have to be able to read them.
  const auto group = group_of_children();
  const auto write_secret = [&](const char* name, const std::string& text) {
    written = made->write(name, text, group ? 0640 : 0600, group.value_or(static_cast<gid_t>(-1)));
  };
  if (written && !wish.user.empty()) write_secret(init::kUsersFile, init::users_file(wish, secrets.hash));
  if (written && wish.console_port) written = made->write(init::kConsoleWebXml, init::console_web_xml(wish), 0644);
  if (written && wish.console_port) write_secret(init::kTokensFile, init::tokens_file(secrets.token.line));
  return written ? made->finish() : written;
}

void print_next(const std::string& folder, const init::Wish& wish, const Secrets& secrets) {
  const std::string config = folder + "/" + init::kNavajoXml;
  printf("%s\n%s/%s\n%s/%s (key: %s/%s, for you alone)\n", config.c_str(), folder.c_str(), init::kWebXml,
         folder.c_str(), init::certificate_file(wish).c_str(), folder.c_str(), init::key_file(wish).c_str());
  if (!secrets.password.empty())
    printf("\nUser '%s', password: %s   (shown this once; its hash is in %s/%s)\n", wish.user.c_str(),
           secrets.password.c_str(), folder.c_str(), init::kUsersFile);
  if (wish.console_port)
    printf("\nConsole: %s, from this machine. Token: %s\n  (shown this once; its hash is in %s/%s. More:\n"
           "  navajo admin-token --role operator --file %s/%s NAME)\n",
           init::console_url_of(wish).c_str(), secrets.token.token.c_str(), folder.c_str(), init::kTokensFile,
           folder.c_str(), init::kTokensFile);
  printf("\nNext:\n  navajo check --config %s\n  navajo start --config %s\n  curl --cacert %s/%s %s\n", config.c_str(),
         config.c_str(), folder.c_str(), init::certificate_file(wish).c_str(), init::url_of(wish).c_str());
}

void print_json(const std::string& folder, const init::Wish& wish, const Secrets& secrets) {
  observe::JsonWriter json;
  json.begin_object().key("config").text(folder + "/" + init::kNavajoXml);
  json.key("web_xml").text(folder + "/" + init::kWebXml);
  json.key("certificate").text(folder + "/" + init::certificate_file(wish));
  json.key("key").text(folder + "/" + init::key_file(wish)).key("url").text(init::url_of(wish));
  if (!secrets.password.empty()) json.key("user").text(wish.user).key("password").text(secrets.password);
  if (wish.console_port) {
    json.key("console_url").text(init::console_url_of(wish)).key("console_token").text(secrets.token.token);
    json.key("token_file").text(folder + "/" + init::kTokensFile);
  }
  json.end_object();
  printf("%s\n", json.str().c_str());
}

}  // namespace

int init_into(const std::string& folder, const Arguments& arguments) {
  if (!arguments.has("--backend")) return wrong_init("'init' needs --backend URL: what is behind the proxy");
  const auto wish = init_wish(arguments);
  if (!wish) return wrong_init(wish.error().text);
  const auto secrets = make_secrets(*wish);
  if (!secrets) return complain(secrets.error().text);
  auto certificate = init::make_self_signed(certificate_names(*wish), kCertificateDays, time(nullptr));
  if (!certificate) return complain(certificate.error().text);
  const auto written = write_all(folder, *wish, *certificate, *secrets);
  OPENSSL_cleanse(certificate->key_pem.data(), certificate->key_pem.size());
  if (!written) return complain(written.error().text);
  if (arguments.has("--json"))
    print_json(folder, *wish, *secrets);
  else
    print_next(folder, *wish, *secrets);
  return kOk;
}

int init_command(const Arguments& arguments) {
  return init_into(absolute_path(arguments.has("--directory") ? arguments.value("--directory") : "navajo"), arguments);
}

}  // namespace navajo::cli
