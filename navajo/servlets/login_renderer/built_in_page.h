// The page of a login as HTML without script and without anything from elsewhere, and its form fields, which templates
// use as well. What is inserted is escaped. Pure functions, any thread; no request of its own is made by the page.
#pragma once

#include <string>

#include "navajo/api/login_renderer.h"
#include "navajo/servlets/login_renderer/texts.h"

namespace navajo::servlets::login_renderer {

// What a page is made of, in whatever form. Lives during one call of render().
struct PageContent {
  const api::LoginPage& page;
  const Texts& texts;
  std::string_view request_id;
  std::string_view context_path;  // of the application: empty for the root, else "/shop"
};

// The message in words, with the time to wait if there is one; empty: there is nothing to say.
std::string message_text(const PageContent& content);
// "login.title", "stepup.title" or "logout.title".
std::string_view title_key(api::LoginPage::Kind kind);
// A paragraph with label and input per field.
std::string fields_html(const PageContent& content);
std::string built_in_page(const PageContent& content);
// Content-Security-Policy for it: its one style element by digest, and nothing else.
std::string built_in_policy();

}  // namespace navajo::servlets::login_renderer
