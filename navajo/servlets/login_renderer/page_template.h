// An HTML file with placeholders, the administrator's own login page:
//
//   ${message} ${action} ${fields} ${text:login.title} ${user} ${retryAfter} ${requestId} ${language} ${contextPath}
//   $${ is the text "${"
//
// Everything inserted is escaped for HTML text and for attribute values in quotes; in a <script> or <style> that would
// not be safe, so a placeholder there is a fault. Parsed while files are read; append_to() is called by all threads.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "navajo/config/diagnostics.h"
#include "navajo/servlets/login_renderer/built_in_page.h"

namespace navajo::servlets::login_renderer {

class PageTemplate {
 public:
  // Keys of ${text:...} have to be among `texts`. Faults name the place in `path`.
  static PageTemplate parse(std::string_view text, const std::string& path, const Texts& texts,
                            config::Diagnostics& faults);
  void append_to(std::string& out, const PageContent& content) const;

 private:
  enum class Kind : uint8_t {
    literal,
    message,
    action,
    fields,
    text,
    user,
    retry_after,
    request_id,
    language,
    context_path,
  };
  struct Name {
    std::string_view name;
    Kind kind;
  };
  static const Name kNames[];
  struct Part {
    Kind kind;
    std::string text;  // literal, or the key of a text
  };
  class Parser;
  std::vector<Part> parts_;
};

}  // namespace navajo::servlets::login_renderer
