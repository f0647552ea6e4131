#include "navajo/servlets/login_renderer/page_set.h"

#include <optional>

#include "navajo/config/file_text.h"
#include "navajo/config/property_file.h"
#include "navajo/config/text.h"
#include "navajo/observe/log.h"

namespace navajo::servlets::login_renderer {
namespace {

constexpr size_t kMostBytes = 1 << 20;

// In the order of LoginPage::Kind.
constexpr const char* kPages[] = {"login", "stepup", "logout"};
constexpr size_t kLogin = static_cast<size_t>(api::LoginPage::Kind::login);
constexpr size_t kStepUp = static_cast<size_t>(api::LoginPage::Kind::step_up);

std::string general_file(const std::string& folder, const char* page) { return folder + "/" + page + ".html"; }
std::string language_file(const std::string& folder, const char* page, const std::string& language) {
  return folder + "/" + page + "." + language + ".html";
}
std::string texts_file(const std::string& folder) { return folder + "/texts.properties"; }
std::string texts_file(const std::string& folder, const std::string& language) {
  return folder + "/texts." + language + ".properties";
}

std::optional<std::string> read_optional(const std::string& path, config::Diagnostics& faults) {
  auto text = config::read_optional_file_text(path, kMostBytes);
  if (text.ok() && (!text->has_value() || (*text)->size() <= kMostBytes)) return std::move(*text);
  faults.fault({path, 0, 0}, observe::id::login_page_fault, text.ok() ? "is larger than 1 MB" : text.error().text);
  return std::nullopt;
}

void read_texts(const std::string& path, Texts& into, config::Diagnostics& faults) {
  const std::optional<std::string> text = read_optional(path, faults);
  if (!text) return;
  for (const config::Property& property : config::parse_properties(path, *text, faults))
    into.set(property.name, config::trim(property.value.text));
}

}  // namespace

std::vector<std::string> PageSet::files(const std::string& folder, const std::vector<std::string>& languages) {
  std::vector<std::string> out{texts_file(folder)};
  for (const char* page : kPages) out.push_back(general_file(folder, page));
  for (const std::string& language : languages) {
    out.push_back(texts_file(folder, language));
    for (const char* page : kPages) out.push_back(language_file(folder, page, language));
  }
  return out;
}

void PageSet::name_languages() {
  for (const Row& row : rows_) names_.push_back(row.texts.language());
}

std::shared_ptr<const PageSet> PageSet::built_in(const std::vector<std::string>& languages) {
  auto out = std::make_shared<PageSet>();
  for (const std::string& language : languages) out->rows_.emplace_back(language);
  out->name_languages();
  return out;
}

std::shared_ptr<const PageSet> PageSet::read(const std::string& folder, const std::vector<std::string>& languages,
                                             const config::Position& missing_at, config::Diagnostics& faults) {
  auto out = std::make_shared<PageSet>();
  for (const std::string& language : languages) {
    Row& row = out->rows_.emplace_back(language);
    read_texts(texts_file(folder), row.texts, faults);
    read_texts(texts_file(folder, language), row.texts, faults);
    for (size_t page = 0; page < std::size(kPages); page++) {
      for (const std::string& path :
           {language_file(folder, kPages[page], language), general_file(folder, kPages[page])}) {
        const std::optional<std::string> text = read_optional(path, faults);
        if (!text) continue;
        row.pages[page] =
            std::make_shared<const PageTemplate>(PageTemplate::parse(*text, path, row.texts, faults));
        break;
      }
    }
    if (!row.pages[kStepUp]) row.pages[kStepUp] = row.pages[kLogin];
    for (size_t page = 0; page < std::size(kPages); page++)
      if (!row.pages[page] && page != kStepUp)
        faults.fault(missing_at, observe::id::login_page_fault,
                     "there is neither " + config::printable(language_file(folder, kPages[page], language)) + " nor " +
                         kPages[page] + ".html");
  }
  out->name_languages();
  return out;
}

}  // namespace navajo::servlets::login_renderer
