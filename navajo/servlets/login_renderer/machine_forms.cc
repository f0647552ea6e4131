#include "navajo/servlets/login_renderer/machine_forms.h"

#include "navajo/config/text.h"
#include "navajo/observe/json_writer.h"

namespace navajo::servlets::login_renderer {
namespace {

using api::LoginField;
using api::LoginPage;

const char* word(LoginPage::Kind kind) {
  switch (kind) {
    case LoginPage::Kind::login: return "login";
    case LoginPage::Kind::step_up: return "stepup";
    case LoginPage::Kind::logged_out: return "logout";
  }
  return "login";
}

// XML 1.0 has no way to write the others.
std::string xml_text(std::string_view text) {
  std::string kept;
  for (const char c : text)
    if (static_cast<unsigned char>(c) >= 0x20) kept += c;
  return config::xml_escaped(kept);
}

}  // namespace

std::string as_json(const PageContent& content) {
  const LoginPage& page = content.page;
  observe::JsonWriter json;
  json.begin_object().key("kind").text(word(page.kind));
  json.key("message").text(page.message).key("text").text(message_text(content));
  json.key("action").text(page.action).key("method").text(page.kind == LoginPage::Kind::logged_out ? "GET" : "POST");
  json.key("fields").begin_array();
  for (const LoginField& field : page.fields) {
    json.begin_object().key("name").text(field.name).key("label").text(content.texts.get(field.label));
    json.key("secret").boolean(field.secret).end_object();
  }
  json.end_array();
  if (page.retry_after.count() > 0) json.key("retryAfter").integer(page.retry_after.count());
  if (!page.user.empty()) json.key("user").text(page.user);
  json.key("requestId").text(content.request_id).end_object();
  return json.str() + "\n";
}

std::string as_xml(const PageContent& content) {
  const LoginPage& page = content.page;
  const auto attribute = [](const char* name, std::string_view value) {
    return std::string(" ") + name + "=\"" + xml_text(value) + "\"";
  };
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<login" + attribute("kind", word(page.kind)) +
                    attribute("language", content.texts.language()) + attribute("action", page.action) +
                    attribute("requestId", content.request_id);
  if (page.retry_after.count() > 0) out += attribute("retryAfter", std::to_string(page.retry_after.count()));
  if (!page.user.empty()) out += attribute("user", page.user);
  out += "><message" + attribute("key", page.message) + ">" + xml_text(message_text(content)) + "</message>";
  for (const LoginField& field : page.fields)
    out += "<field" + attribute("name", field.name) + attribute("label", content.texts.get(field.label)) +
           attribute("secret", field.secret ? "true" : "false") + "/>";
  return out + "</login>\n";
}

}  // namespace navajo::servlets::login_renderer
