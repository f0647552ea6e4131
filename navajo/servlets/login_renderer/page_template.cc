#include "navajo/servlets/login_renderer/page_template.h"

#include "navajo/config/text.h"
#include "navajo/observe/log.h"

namespace navajo::servlets::login_renderer {

const PageTemplate::Name PageTemplate::kNames[] = {
    {"message", Kind::message},        {"action", Kind::action},         {"fields", Kind::fields},
    {"user", Kind::user},              {"retryAfter", Kind::retry_after}, {"requestId", Kind::request_id},
    {"language", Kind::language},      {"contextPath", Kind::context_path},
};

class PageTemplate::Parser {
 public:
  Parser(std::string_view text, const std::string& path, const Texts& texts, config::Diagnostics& faults)
      : text_(text), path_(path), texts_(texts), faults_(faults) {}

  std::vector<Part> parse() {
    while (at_ < text_.size()) {
      if (text_.substr(at_, 3) == "$${") {
        literal_ += "${";
        at_ += 3;
      } else if (text_.substr(at_, 2) == "${") {
        placeholder();
      } else {
        note_element();
        literal_ += text_[at_++];
      }
    }
    close_literal();
    return std::move(parts_);
  }

 private:
  // Of text_[at_].
  config::Position here() const {
    const std::string_view before = text_.substr(0, at_);
    int line = 1;
    for (const char c : before) line += c == '\n';
    const size_t start = before.rfind('\n');
    return {path_, line, static_cast<int>(start == std::string_view::npos ? at_ : at_ - start - 1) + 1};
  }
  void fault(std::string text) { faults_.fault(here(), observe::id::login_page_fault, std::move(text)); }

  bool begins(std::string_view what) const { return config::same_word(text_.substr(at_, what.size()), what); }

  // Whether at_ is inside of what HTML does not read as text.
  void note_element() {
    if (text_[at_] != '<') return;
    if (raw_.empty()) {
      for (const std::string_view element : {"script", "style"})
        if (config::same_word(text_.substr(at_ + 1, element.size()), element)) raw_ = element;
    } else if (begins("</") && config::same_word(text_.substr(at_ + 2, raw_.size()), raw_)) {
      raw_ = {};
    }
  }

  void close_literal() {
    if (!literal_.empty()) parts_.push_back({Kind::literal, std::move(literal_)});
    literal_.clear();
  }

  void placeholder() {
    const size_t end = text_.find('}', at_);
    if (end == std::string_view::npos || end - at_ > 200) {
      fault("'${' without '}'; a literal one is written '$${'");
      at_ += 2;
      return;
    }
    const std::string_view name = config::trim(text_.substr(at_ + 2, end - at_ - 2));
    if (!raw_.empty())
      fault("a placeholder inside <" + std::string(raw_) + "> cannot be made safe; a literal '${' is written '$${'");
    else
      take(name);
    at_ = end + 1;
  }

  void take(std::string_view name) {
    constexpr std::string_view text_prefix = "text:";
    if (name.starts_with(text_prefix)) {
      const std::string_view key = config::trim(name.substr(text_prefix.size()));
      if (!texts_.find(key))
        return fault("there is no text '" + config::printable(key) + "' for the language " + texts_.language());
      close_literal();
      parts_.push_back({Kind::text, std::string(key)});
      return;
    }
    std::vector<std::string_view> names;
    for (const Name& known : kNames) {
      names.push_back(known.name);
      if (known.name != name) continue;
      close_literal();
      parts_.push_back({known.kind, {}});
      return;
    }
    fault("there is no placeholder '" + config::printable(name) + "'" + config::did_you_mean(name, names) +
          "; a literal '${' is written '$${'");
  }

  std::string_view text_;
  const std::string& path_;
  const Texts& texts_;
  config::Diagnostics& faults_;
  size_t at_ = 0;
  std::string_view raw_;  // the element whose content is no text: "script"
  std::string literal_;
  std::vector<Part> parts_;
};

PageTemplate PageTemplate::parse(std::string_view text, const std::string& path, const Texts& texts,
                                 config::Diagnostics& faults) {
  PageTemplate out;
  out.parts_ = Parser(text, path, texts, faults).parse();
  return out;
}

void PageTemplate::append_to(std::string& out, const PageContent& content) const {
  const api::LoginPage& page = content.page;
  for (const Part& part : parts_) {
    switch (part.kind) {
      case Kind::literal: out += part.text; break;
      case Kind::message: out += config::xml_escaped(message_text(content)); break;
      case Kind::action: out += config::xml_escaped(page.action); break;
      case Kind::fields: out += fields_html(content); break;
      case Kind::text: out += config::xml_escaped(content.texts.get(part.text)); break;
      case Kind::user: out += config::xml_escaped(page.user); break;
      case Kind::retry_after:
        if (page.retry_after.count() > 0) out += std::to_string(page.retry_after.count());
        break;
      case Kind::request_id: out += config::xml_escaped(content.request_id); break;
      case Kind::language: out += config::xml_escaped(content.texts.language()); break;
      case Kind::context_path: out += config::xml_escaped(content.context_path); break;
    }
  }
}

}  // namespace navajo::servlets::login_renderer
