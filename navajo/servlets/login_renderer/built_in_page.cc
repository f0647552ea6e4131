#include "navajo/servlets/login_renderer/built_in_page.h"

#include <openssl/evp.h>

#include <stdexcept>

#include "navajo/config/text.h"

namespace navajo::servlets::login_renderer {
namespace {

using api::LoginField;
using api::LoginPage;
using config::xml_escaped;

// Colours meet WCAG AA (4.5:1) in both schemes.
constexpr std::string_view kStyle =
    ":root{color-scheme:light dark;--ground:#eef1f5;--card:#fff;--ink:#1d2733;--soft:#52606f;--line:#8794a3;"
    "--accent:#0b5cad;--on:#fff;--bad:#a3161f;--badground:#fdeced;--info:#0b4a87;--infoground:#e8f1fb}"
    "@media (prefers-color-scheme:dark){:root{--ground:#12171d;--card:#1c242d;--ink:#e8edf2;--soft:#a9b5c2;"
    "--line:#6b7886;--accent:#7db8f5;--on:#0c1a28;--bad:#ffb3b7;--badground:#43181c;--info:#b5d7fa;"
    "--infoground:#14304c}}"
    "*{box-sizing:border-box}"
    "body{margin:0;min-height:100vh;display:flex;flex-direction:column;align-items:center;justify-content:center;"
    "padding:1.25rem;background:var(--ground);color:var(--ink);font:1rem/1.5 system-ui,-apple-system,'Segoe UI',"
    "Roboto,sans-serif}"
    "main{width:100%;max-width:25rem;padding:2rem;border-radius:.9rem;background:var(--card);"
    "box-shadow:0 1px 2px rgba(0,0,0,.12),0 10px 30px rgba(0,0,0,.1)}"
    "h1{margin:0 0 1.25rem;font-size:1.5rem;line-height:1.25;font-weight:650}"
    "p{margin:0 0 1.1rem}"
    ".who{color:var(--soft);overflow-wrap:anywhere}"
    ".message{padding:.7rem .9rem;border-radius:.5rem;border-left:.3rem solid;background:var(--infoground);"
    "color:var(--info);overflow-wrap:anywhere}"
    ".message.bad{background:var(--badground);color:var(--bad)}"
    "label{display:block;margin-bottom:.3rem;font-weight:550}"
    "input{width:100%;min-height:2.9rem;padding:.5rem .75rem;border:1px solid var(--line);border-radius:.5rem;"
    "background:var(--card);color:inherit;font:inherit}"
    "button,.button{display:block;width:100%;min-height:2.9rem;margin-top:1.5rem;padding:.65rem 1rem;border:0;"
    "border-radius:.5rem;background:var(--accent);color:var(--on);font:inherit;font-weight:600;text-align:center;"
    "text-decoration:none;cursor:pointer}"
    "button:hover,.button:hover{filter:brightness(1.08)}"
    "input:focus-visible,button:focus-visible,.button:focus-visible{outline:3px solid var(--accent);"
    "outline-offset:2px}"
    "footer{margin-top:1.25rem;color:var(--soft);font-size:.8rem;overflow-wrap:anywhere;text-align:center}"
    "@media (max-width:30rem){body{justify-content:flex-start}main{padding:1.5rem}}"
    "@media (forced-colors:active){main,button,.button,.message{border:1px solid}}";

bool ends_in_word(std::string_view name, std::string_view word) {
  return name.size() >= word.size() && config::same_word(name.substr(name.size() - word.size()), word);
}

// So that password managers and phones fill in what belongs there.
std::string_view purpose(const LoginField& field) {
  for (const std::string_view word : {"code", "otp", "tan", "token"})
    if (ends_in_word(field.label, word) || ends_in_word(field.name, word))
      return "autocomplete=\"one-time-code\" autocapitalize=\"none\" spellcheck=\"false\"";
  if (field.secret) return "autocomplete=\"current-password\" autocapitalize=\"none\" spellcheck=\"false\"";
  return "autocomplete=\"username\" autocapitalize=\"none\" spellcheck=\"false\"";
}

// What asks for something, and does not say that something went wrong.
bool is_friendly(std::string_view key) {
  return key.empty() || key.ends_with(".please") || key.ends_with(".required") || key.ends_with(".done");
}

void append_form(std::string& out, const PageContent& content) {
  const bool step_up = content.page.kind == LoginPage::Kind::step_up;
  out += "<form method=\"post\" action=\"" + xml_escaped(content.page.action) + "\" accept-charset=\"utf-8\">";
  out += fields_html(content);
  out += "<button type=\"submit\">" + xml_escaped(content.texts.get(step_up ? "stepup.submit" : "login.submit")) +
         "</button></form>";
}

}  // namespace

std::string_view title_key(LoginPage::Kind kind) {
  switch (kind) {
    case LoginPage::Kind::login: return "login.title";
    case LoginPage::Kind::step_up: return "stepup.title";
    case LoginPage::Kind::logged_out: return "logout.title";
  }
  return "login.title";
}

std::string message_text(const PageContent& content) {
  const LoginPage& page = content.page;
  std::string out;
  if (!page.message.empty())
    out = content.texts.get(page.message);
  else if (page.kind == LoginPage::Kind::logged_out)
    out = content.texts.get("logout.done");
  if (page.retry_after.count() > 0) {
    if (!out.empty()) out += ' ';
    out += content.texts.get("login.retry", std::to_string(page.retry_after.count()));
  }
  return out;
}

std::string fields_html(const PageContent& content) {
  std::string out;
  size_t number = 0;
  const bool has_message = !message_text(content).empty();
  for (const LoginField& field : content.page.fields) {
    const std::string id = "field-" + std::to_string(++number);
    out += "<p><label for=\"" + id + "\">" + xml_escaped(content.texts.get(field.label)) + "</label><input id=\"" + id +
           "\" name=\"" + xml_escaped(field.name) + "\" type=\"" + (field.secret ? "password" : "text") + "\" ";
    out += purpose(field);
    out += number == 1 && has_message ? " aria-describedby=\"message\"" : "";
    out += number == 1 ? " required autofocus></p>" : " required></p>";
  }
  return out;
}

std::string built_in_page(const PageContent& content) {
  const Texts& texts = content.texts;
  const LoginPage& page = content.page;
  const std::string title = xml_escaped(texts.get(title_key(page.kind)));
  std::string out = "<!DOCTYPE html>\n<html lang=\"" + xml_escaped(texts.language()) +
                    "\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, "
                    "initial-scale=1\"><title>" + title + "</title><style>";
  out += kStyle;
  out += "</style></head><body><main><h1>" + title + "</h1>";
  if (!page.user.empty() && page.kind == LoginPage::Kind::step_up)
    out += "<p class=\"who\">" + xml_escaped(texts.get("login.as", page.user)) + "</p>";
  if (const std::string message = message_text(content); !message.empty()) {
    const bool bad = !is_friendly(page.message) || page.retry_after.count() > 0;
    out += std::string("<p id=\"message\" class=\"message") + (bad ? " bad" : "") + "\" role=\"alert\">" +
           xml_escaped(message) + "</p>";
  }
  if (page.kind == LoginPage::Kind::logged_out)
    out += "<a class=\"button\" href=\"" + xml_escaped(page.action) + "\">" + xml_escaped(texts.get("logout.again")) +
           "</a>";
  else if (!page.fields.empty())
    append_form(out, content);
  out += "</main><footer>" + xml_escaped(texts.get("login.request", content.request_id)) +
         "</footer></body></html>\n";
  return out;
}

std::string built_in_policy() {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  if (EVP_Digest(kStyle.data(), kStyle.size(), digest, &length, EVP_sha256(), nullptr) != 1)
    throw std::runtime_error("there is no SHA-256");
  unsigned char text[4 * ((EVP_MAX_MD_SIZE + 2) / 3) + 1];
  const int size = EVP_EncodeBlock(text, digest, static_cast<int>(length));
  return "default-src 'none'; style-src 'sha256-" +
         std::string(reinterpret_cast<const char*>(text), static_cast<size_t>(size)) +
         "'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
}

}  // namespace navajo::servlets::login_renderer
