#include "navajo/servlets/http_authentication/settings.h"

#include <algorithm>

#include "navajo/config/text.h"
#include "navajo/config/web_xml.h"
#include "navajo/http/field_kind.h"
#include "navajo/http/headers.h"
#include "navajo/http/request_target.h"
#include "navajo/http/syntax.h"
#include "navajo/identity/roles.h"

namespace navajo::servlets::http_authentication {
namespace {

using config::ParamType;

constexpr config::ParamSpec kTable[] = {
    {.name = "Servlet", .required = true,
     .doc = "Name of the servlet that leads to the service: a connector, with its RequestTimeout."},
    {.name = "URI", .default_value = "/", .doc = "What the service is asked for, with or without query."},
    {.name = "Method", .type = ParamType::choice, .default_value = "GET", .choices = "GET,HEAD,POST",
     .doc = "How it is asked as long as no answers of a login are sent."},
    {.name = "ForwardFields", .default_value = "Cookie, Authorization",
     .doc = "Fields of the request that are passed on, separated by blanks or commas. X-Forwarded-Method, -Proto, "
            "-Host, -Uri and -For are always made anew."},
    {.name = "UserField", .default_value = "Remote-User", .doc = "Field of the answer with the user's name."},
    {.name = "RolesField", .default_value = "Remote-Groups", .doc = "Field of the answer with the user's roles."},
    {.name = "Roles.Separator", .default_value = ",",
     .doc = "What stands between roles: one character, or comma, semicolon, space, tab."},
    {.name = "CopyFields", .type = ParamType::lines,
     .doc = "Fields of the answer that are kept as attributes of the user, one a line: Response-Field:attribute.name"},
    {.name = "SendAnswers", .type = ParamType::boolean, .default_value = "false",
     .doc = "Whether what the user typed is sent to the service, as a form by POST: it checks user and password."},
    {.name = "Fields", .type = ParamType::lines,
     .doc = "What the user is asked for when the service says 401 or 403, one field a line: name:label[:secret]. The "
            "label is the key of a text (login.user, login.password) or plain words. Needs SendAnswers."},
    {.name = "CacheTime", .type = ParamType::seconds, .default_value = "off", .minimum = 0, .maximum = 86400,
     .choices = "off",
     .doc = "How long an identity holds for requests that forward exactly the same, without another question. Someone "
            "who logs out at the service stays known here as long. What the user typed is never kept."},
    {.name = "CacheEntries", .type = ParamType::integer, .default_value = "1000", .minimum = 1, .maximum = 100000,
     .doc = "How many of them a child keeps; one more, and the oldest goes."},
};

class Reader {
 public:
  Reader(const container::ComponentContext& context, const config::Params& params)
      : context_(context), params_(params), out_(std::make_unique<Settings>()) {}

  std::unique_ptr<Settings> read() {
    out_->name = context_.name;
    out_->method = params_.text("Method");
    out_->send_answers = params_.boolean("SendAnswers");
    out_->cache_time = params_.seconds("CacheTime");
    out_->cache_entries = static_cast<size_t>(params_.integer("CacheEntries"));
    read_target();
    read_forwarded();
    out_->user_field = field("UserField");
    out_->roles_field = field("RolesField");
    const base::Result<char> separator = identity::parse_separator(params_.text("Roles.Separator"));
    if (separator.ok())
      out_->separator = *separator;
    else
      fault("Roles.Separator", separator.error().text);
    for (const config::ParamLine& line : params_.positioned_lines("CopyFields")) read_copy(line);
    for (const config::ParamLine& line : params_.positioned_lines("Fields")) read_field(line);
    if (out_->send_answers && out_->fields.empty()) fault("SendAnswers", "needs Fields: what is asked and sent");
    if (!out_->send_answers && !out_->fields.empty()) fault("Fields", "are asked for nothing without SendAnswers");
    return fine_ ? std::move(out_) : nullptr;
  }

 private:
  void fault(const char* name, const std::string& text) {
    params_.fault(name, text);
    fine_ = false;
  }
  void fault(const config::ParamLine& line, std::string text) {
    params_.fault(line.where, std::move(text));
    fine_ = false;
  }

  void read_target() {
    out_->servlet = params_.text("Servlet");
    const std::string shown = "'" + config::printable(out_->servlet) + "'";
    if (out_->servlet == context_.name)
      fault("Servlet", shown + " is this servlet itself");
    else if (context_.web_xml && !config::find_component(context_.web_xml->servlets, out_->servlet))
      fault("Servlet", shown + " is no servlet of this web.xml" +
                           config::did_you_mean(out_->servlet, config::names_of(context_.web_xml->servlets)));
    out_->uri = params_.text("URI");
    // One spelling, so that the path that is mapped and the target that is sent are the same.
    const std::string_view path = std::string_view(out_->uri).substr(0, out_->uri.find('?'));
    if (out_->uri == "*" || !http::is_request_target(out_->uri) || path.find('%') != path.npos ||
        path.find("//") != path.npos || path.find("/.") != path.npos)
      fault("URI", "'" + config::printable(out_->uri) + "' is no plain path");
  }

  void read_forwarded() {
    for (const std::string_view name : config::split_words(params_.text("ForwardFields"))) {
      const std::string shown = "'" + config::printable(name) + "'";
      const http::FieldKind kind = http::field_kind(name, http::Spelling::folded);
      if (!http::is_token(name))
        fault("ForwardFields", shown + " is not a header name");
      else if (kind != http::FieldKind::other || config::lower_case(name).starts_with("x-forwarded-"))
        fault("ForwardFields", shown + " is made anew or belongs to the connection: it cannot be passed on");
      else
        out_->forward_fields.emplace_back(name);
    }
  }

  std::string field(const char* name) {
    const std::string& text = params_.text(name);
    if (!http::is_token(text)) fault(name, "'" + config::printable(text) + "' is not a header name");
    return text;
  }

  void read_copy(const config::ParamLine& line) {
    const std::string_view text = line.text;
    const size_t colon = text.find(':');
    const std::string_view from = config::trim(text.substr(0, colon));
    const std::string_view to = colon == text.npos ? std::string_view() : config::trim(text.substr(colon + 1));
    if (!http::is_token(from) || !http::is_token(to))
      return fault(line, "'" + config::printable(text) + "' is not Response-Field:attribute.name");
    if (to == api::kUserAttribute || to == api::kRolesAttribute || to == api::kRealmAttribute)
      return fault(line, "the attribute " + std::string(to) + " is set by whoever asks");
    out_->copy_fields.emplace_back(from, to);
  }

  void read_field(const config::ParamLine& line) {
    const std::string_view text = line.text;
    const size_t colon = text.find(':');
    api::LoginField field;
    field.name = config::trim(text.substr(0, colon));
    std::string_view label = colon == text.npos ? std::string_view() : text.substr(colon + 1);
    if (const size_t last = label.rfind(':'); last != label.npos && config::trim(label.substr(last + 1)) == "secret") {
      field.secret = true;
      label = label.substr(0, last);
    }
    field.label = config::trim(label);
    if (field.name.empty() || field.label.empty() || field.label.find(':') != std::string::npos)
      return fault(line, "'" + config::printable(text) + "' is not name:label[:secret]");
    for (const api::LoginField& other : out_->fields)
      if (other.name == field.name)
        return fault(line, "the field '" + config::printable(field.name) + "' is there twice");
    out_->fields.push_back(std::move(field));
  }

  const container::ComponentContext& context_;
  const config::Params& params_;
  std::unique_ptr<Settings> out_;
  bool fine_ = true;
};

}  // namespace

std::span<const config::ParamSpec> parameter_table() { return kTable; }

std::unique_ptr<Settings> read_settings(const container::ComponentContext& context, const config::Params& params) {
  return Reader(context, params).read();
}

}  // namespace navajo::servlets::http_authentication
