// The login pages of all languages: built in, or read from the files of a folder:
//
//   login.html logout.html stepup.html   a language's own before: login.de.html; without a stepup.html it is login.html
//   texts.de.properties                  texts that are other than the built-in ones, or new; texts.properties is for
//                                        all languages
//
// Immutable once made; read by all threads and fibers.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "navajo/config/diagnostics.h"
#include "navajo/servlets/login_renderer/page_template.h"

namespace navajo::servlets::login_renderer {

class PageSet {
 public:
  // The first language is for clients that want none of them.
  static std::shared_ptr<const PageSet> built_in(const std::vector<std::string>& languages);
  // missing_at: where a file is named that is not there.
  static std::shared_ptr<const PageSet> read(const std::string& folder, const std::vector<std::string>& languages,
                                             const config::Position& missing_at, config::Diagnostics& faults);
  // All files read() looks for.
  static std::vector<std::string> files(const std::string& folder, const std::vector<std::string>& languages);

  const Texts& texts(size_t language) const { return rows_[language].texts; }
  const std::vector<std::string_view>& languages() const { return names_; }
  // Null: the built-in page.
  const PageTemplate* page(size_t language, api::LoginPage::Kind kind) const {
    return rows_[language].pages[static_cast<size_t>(kind)].get();
  }

 private:
  struct Row {
    explicit Row(const std::string& language) : texts(language) {}
    Texts texts;
    std::shared_ptr<const PageTemplate> pages[3];
  };
  void name_languages();

  std::vector<Row> rows_;
  std::vector<std::string_view> names_;  // of the rows
};

}  // namespace navajo::servlets::login_renderer
