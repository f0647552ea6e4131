#include "navajo/servlets/admin/admin_servlet.h"

#include <filesystem>

#include "navajo/api/text_body.h"
#include "navajo/config/text.h"
#include "navajo/http/form.h"
#include "navajo/observe/log.h"
#include "navajo/reactor/offload.h"

namespace navajo::servlets {
namespace admin {
namespace {

using config::ParamType;

constexpr std::string_view kApi = "/api/v1";
constexpr size_t kLargestBody = 16 * 1024;
// What a page of the console may do: load what comes from here, and talk to here.
constexpr char kPolicy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri "
    "'none'; form-action 'none'; frame-ancestors 'none'";

constexpr config::ParamSpec kParams[] = {
    {.name = "TokenFile", .required = true,
     .doc = "Text file with a line 'ROLE NAME SHA256' for each token; 'navajo admin-token' makes them. Relative to "
            "WEB-INF. It has to belong to root or who starts the server, and nobody else may write it. The children, "
            "if they may read it, do so again when it changes."},
    {.name = "AllowFrom", .type = ParamType::lines, .default_value = "127.0.0.0/8 ::1",
     .doc = "Addresses and networks that may use it, separated by blanks or lines. Both the client's address and the "
            "one the connection comes from have to be in it."},
    {.name = "Hosts", .default_value = "localhost 127.0.0.1 [::1]",
     .doc = "Names this server may be asked for in the Host field, without ports: another site's name that leads here "
            "is refused."},
    {.name = "Port", .type = ParamType::integer, .default_value = "any", .minimum = 1, .maximum = 65535,
     .choices = "any",
     .doc = "Port of the listener it answers on. Every Connector leads to every Host: with this one, who asks another "
            "listener for the name of the administration's Host is refused."},
    {.name = "ConsoleDir",
     .doc = "Folder with the web console's files. Unset, the installed one, or none if there is none; off: the API "
            "alone."},
    {.name = "FailuresPerMinute", .type = ParamType::integer, .default_value = "10", .minimum = 1, .maximum = 10000,
     .doc = "Wrong tokens that may come from one address in a minute; then it gets 429 for a while, whatever it has."},
};

void set_security_fields(api::Response& response) {
  http::Headers& fields = response.headers();
  fields.set("Content-Security-Policy", kPolicy);
  fields.set("X-Content-Type-Options", "nosniff");
  fields.set("X-Frame-Options", "DENY");
  fields.set("Referrer-Policy", "no-referrer");
  fields.set("Cross-Origin-Resource-Policy", "same-origin");
  fields.set("Cross-Origin-Opener-Policy", "same-origin");
  fields.set("Permissions-Policy", "camera=(), geolocation=(), microphone=()");
}

std::string_view path_of(const api::Request& request) {
  return request.path_info().empty() ? request.servlet_path() : request.path_info();
}

void send(api::Request& request, api::Response& response, int status, std::string_view type, std::string_view body) {
  response.set_status(status);
  response.set_content_type(type);
  response.set_content_length(body.size());
  // A client that went away has no use for the rest, and there is nobody else to tell.
  if (request.method() == "HEAD") {
    static_cast<void>(response.commit());
  } else {
    static_cast<void>(response.write(body));
  }
}

int length(std::string_view text) { return static_cast<int>(text.size()); }

}  // namespace

Reply AdminServlet::refuse(api::Request& request, const Refused& why, api::Response& response) {
  refused_.fetch_add(1, std::memory_order_relaxed);
  // The console asks without a token to find out whether it needs one; that is worth no line.
  if (std::string_view(why.code) != "no_token") {
    const std::string path = config::printable(path_of(request).substr(0, 200));
    const std::string_view address = request.client_address(), method = request.method().substr(0, 16);
    observe::log(observe::id::admin_api_refused, "admin request %.*s %s from %.*s refused with %d: %s, request %.*s",
                 length(method), method.data(), path.c_str(), length(address), address.data(), why.status, why.code,
                 length(request.id()), request.id().data());
  }
  if (why.status == 401) response.headers().set("WWW-Authenticate", "Bearer realm=\"navajo admin\"");
  if (why.retry_after > 0) response.headers().set("Retry-After", std::to_string(why.retry_after));
  return trouble(why.status, why.code, why.text);
}

Reply AdminServlet::answer_api(api::Request& request, std::string_view path, api::Response& response) {
  calls_.fetch_add(1, std::memory_order_relaxed);
  ApiCall call;
  call.method = request.method();
  call.path = path;
  const bool changes = call.method != "GET" && call.method != "HEAD";
  auto caller = admission_.judge_caller(request, changes ? Admission::Changes::yes : Admission::Changes::no);
  if (!caller.ok()) return refuse(request, caller.error(), response);
  call.caller = std::move(*caller);
  http::FormWalker query(request.query(), request.memory());
  while (const auto field = query.next()) call.query.emplace(field->name, field->value);
  if (changes && request.body().present()) {
    std::pmr::string body(&request.memory());
    if (const api::Outcome read = api::read_body(request.body(), kLargestBody, body); !read.is_answered())
      return trouble(read.status, read.cause, "the body cannot be read");
    call.body = body;
  }
  Reply out;
  if (!reactor::offload([&] {
        try {
          out = api_.answer(call);
        } catch (const std::exception& thrown) {  // out of memory
          out = trouble(500, "exception", thrown.what());
        }
      }))
    return trouble(503, "busy", "the queue of helper threads is full");
  if (!out.allow.empty()) response.headers().set("Allow", out.allow);
  if (out.status == 403)
    return refuse(request, {403, "role_too_low", "the role of this token may not do that"}, response);
  if (!changes) return out;
  changes_.fetch_add(1, std::memory_order_relaxed);
  const std::string shown = config::printable(call.path.substr(0, 200)), body = config::printable(call.body);
  observe::log(observe::id::admin_api_changed, "admin change by %s: %s %s %s: %d %s, request %.*s",
               call.caller.text().c_str(), call.method.c_str(), shown.c_str(), body.empty() ? "-" : body.c_str(),
               out.status, out.result.empty() ? "done" : config::printable(out.result).c_str(), length(request.id()),
               request.id().data());
  return out;
}

api::Outcome AdminServlet::send_file(api::Request& request, std::string_view path, api::Response& response) {
  if (request.method() != "GET" && request.method() != "HEAD") {
    response.headers().set("Allow", "GET, HEAD");
    return api::Outcome::refused(405, "method_not_allowed");
  }
  const ConsoleFile* file = console_ ? console_->find(path) : nullptr;
  if (!file) return api::Outcome::refused(404, "no_such_page");
  // Asked for anew each time, and sent only if it has changed: after an upgrade nobody runs half of the old console.
  response.headers().set("Cache-Control", "no-cache");
  response.headers().set("ETag", file->tag);
  if (request.headers().get("If-None-Match") == file->tag) {
    response.set_status(304);
    static_cast<void>(response.commit());
    return api::Outcome::answered();
  }
  send(request, response, 200, file->type, file->content);
  return api::Outcome::answered();
}

api::Outcome AdminServlet::service(api::Request& request, api::Response& response) {
  set_security_fields(response);
  const std::string_view path = path_of(request);
  std::optional<Reply> reply;
  if (const auto refused = admission_.judge_way(request)) {
    reply = refuse(request, *refused, response);
  } else if (path == kApi || path.starts_with("/api/v1/")) {
    std::string_view rest = path.substr(kApi.size());
    if (rest == "/") rest = "";
    reply = answer_api(request, rest, response);
  }
  if (!reply) return send_file(request, path, response);
  response.headers().set("Cache-Control", "no-store");
  send(request, response, reply->status, reply->type, reply->body);
  return api::Outcome::answered();
}

void AdminServlet::report(api::StatusWriter& writer) const {
  const auto number = [&](const char* name, const std::atomic<uint64_t>& value) {
    writer.number(name, static_cast<double>(value.load(std::memory_order_relaxed)));
  };
  number("calls", calls_);
  number("changes", changes_);
  number("refused", refused_);
  writer.number("console_files", static_cast<double>(console_ ? console_->size() : 0));
}

// ---------------------------------------------------------------- from web.xml

namespace {

bool read_addresses(const config::Params& params, http::AddressRanges& into) {
  bool good = true;
  for (const config::ParamLine& line : params.positioned_lines("AllowFrom"))
    for (const std::string_view entry : config::split_words(line.text))
      if (const auto added = into.add(entry); !added) {
        params.fault(line.where, added.error().text);
        good = false;
      }
  return good;
}

// False: a fault. No files: none are served.
bool read_console(const container::ComponentContext& context, const config::Params& params,
                  std::optional<ConsoleFiles>& into) {
  std::string folder = params.text("ConsoleDir");
  if (folder == "off") return true;
  const bool given = params.has("ConsoleDir");
  folder = given ? (std::filesystem::path(context.doc_base) / "WEB-INF" / folder).lexically_normal().string()
                 : std::string(NAVAJO_DATADIR "/console");
  auto files = ConsoleFiles::read(folder);
  if (files.ok()) {
    into = std::move(*files);
    return true;
  }
  if (given)
    params.fault("ConsoleDir", files.error().text);
  else
    params.notice(params.where("TokenFile"), observe::id::admin_console_missing,
                  params.owner() + ": there is no console in " + folder + ": the API alone is served");
  return !given;
}

std::unique_ptr<api::Servlet> make(const container::ComponentContext& context, const config::Params& params) {
  AdmissionSettings settings;
  bool good = read_addresses(params, settings.allowed);
  for (const std::string_view host : config::split_words(params.text("Hosts")))
    settings.hosts.push_back(config::lower_case(host));
  if (settings.hosts.empty()) {
    params.fault("Hosts", "has to name at least one host");
    good = false;
  }
  settings.port = static_cast<uint16_t>(params.integer("Port"));
  settings.failures_per_minute = static_cast<uint64_t>(params.integer("FailuresPerMinute"));
  if (context.services) settings.limits = context.services->limits;
  std::optional<ConsoleFiles> console;
  good = read_console(context, params, console) && good;
  if (!params.has("TokenFile")) return nullptr;  // which is a fault already
  const std::string file =
      (std::filesystem::path(context.doc_base) / "WEB-INF" / params.text("TokenFile")).lexically_normal().string();
  config::Diagnostics faults;
  auto tokens = std::make_unique<TokenFile>(file, params.where("TokenFile"), faults);
  for (const config::Fault& fault : faults.faults()) params.fault(fault.where, fault.text);
  if (!faults.ok() || !good) return nullptr;
  return std::make_unique<AdminServlet>(Admission(std::move(settings), std::move(tokens)), std::move(console),
                                        context.services);
}

}  // namespace
}  // namespace admin

std::span<const container::ServletRow> admin_servlet_rows() {
  static const std::vector<container::ServletRow> rows{
      {"AdminServlet", {}, admin::kParams,
       "The admin API under /api/v1 and the web console, for a Host of its own: tokens with roles, an audit trail.",
       admin::make}};
  return rows;
}

}  // namespace navajo::servlets
