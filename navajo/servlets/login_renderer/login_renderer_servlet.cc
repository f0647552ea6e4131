#include "navajo/servlets/login_renderer/login_renderer_servlet.h"

#include <algorithm>
#include <filesystem>

#include "navajo/config/text.h"
#include "navajo/http/accept.h"
#include "navajo/http/soap_fault.h"
#include "navajo/http/syntax.h"
#include "navajo/observe/log.h"
#include "navajo/servlets/login_renderer/machine_forms.h"

namespace navajo::servlets {
namespace {

using api::LoginPage;
using config::ParamType;
using login_renderer::Form;
using login_renderer::PageContent;
using login_renderer::PageSet;
using login_renderer::Settings;

constexpr size_t kMostLanguages = 32;

constexpr config::ParamSpec kParams[] = {
    {.name = "RenderingProvider", .default_value = "localBuiltIn:html:200",
     .doc = "Where pages come from. localBuiltIn:<form>:<status> with the form html, soap, xml or auto (a SOAP fault "
            "for SOAP requests, else HTML); localTemplate:<folder> with files of a folder below WEB-INF; "
            "remote:<servlet>:<uri> is not there yet."},
    {.name = "Languages", .default_value = "en de fr it",
     .doc = "Languages the client's Accept-Language may choose from; the first is for all others. en, de, fr and it "
            "are built in, others need texts.<language>.properties in the folder of templates."},
    {.name = "ReloadInterval", .type = ParamType::milliseconds, .default_value = "1s", .minimum = 100,
     .maximum = 3600000, .doc = "How often a child looks whether files of templates have changed."},
    {.name = "Template.ContentSecurityPolicy",
     .default_value = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; "
                      "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
     .doc = "Field Content-Security-Policy of pages made from templates. Empty: none. The built-in pages have a "
            "stricter one of their own."},
};

bool is_language(std::string_view text) {
  return !text.empty() && text.size() <= 20 && text.front() != '-' && text.back() != '-' &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
         });
}

// What stands behind "localBuiltIn:".
bool read_built_in(std::string_view text, Settings& out) {
  const size_t colon = text.find(':');
  const std::string_view form = text.substr(0, colon);
  if (form == "html")
    out.form = Form::html;
  else if (form == "soap")
    out.form = Form::soap;
  else if (form == "xml")
    out.form = Form::xml;
  else if (form == "auto")
    out.form = Form::automatic;
  else
    return false;
  if (colon == std::string_view::npos) return true;
  const auto status = http::parse_decimal(text.substr(colon + 1));
  // What has no body, or sends the client elsewhere, is no page.
  if (!status || *status < 200 || *status > 599 || *status / 100 == 3 || *status == 204 || *status == 205) return false;
  out.status = static_cast<int>(*status);
  return true;
}

// The settings of one servlet, from its parameters; every fault is reported.
class Reader {
 public:
  Reader(const container::ComponentContext& context, const config::Params& params)
      : context_(context), params_(params) {}

  std::unique_ptr<api::Servlet> make() {
    out_.context_path = context_.path;
    out_.reload_interval = params_.milliseconds("ReloadInterval");
    out_.template_policy = params_.text(kPolicy);
    read_provider();
    read_languages();
    if (!http::is_field_value(out_.template_policy)) fault(kPolicy, "holds a control character");
    if (!fine_) return nullptr;
    config::Diagnostics faults;
    auto servlet = std::make_unique<LoginRendererServlet>(std::move(out_), base::system_clock(),
                                                          params_.where(kProvider), faults);
    for (const config::Fault& fault : faults.faults()) params_.fault(fault.where, fault.text);
    if (!faults.ok()) return nullptr;
    return servlet;
  }

 private:
  static constexpr char kProvider[] = "RenderingProvider", kLanguages[] = "Languages",
                        kPolicy[] = "Template.ContentSecurityPolicy";

  void fault(const char* name, std::string text) {
    params_.fault(name, std::move(text));
    fine_ = false;
  }

  void read_provider() {
    const std::string_view text = params_.text(kProvider);
    const size_t colon = std::min(text.find(':'), text.size());
    const std::string_view kind = text.substr(0, colon), rest = text.substr(std::min(colon + 1, text.size()));
    if (kind == "localBuiltIn") {
      if (!read_built_in(rest, out_))
        fault(kProvider, "'" + config::printable(text) +
                             "' is not localBuiltIn:[html|soap|xml|auto]:<status> with a status of a page (200, 4xx, "
                             "5xx)");
    } else if (kind == "localTemplate") {
      read_folder(config::trim(rest));
    } else if (kind == "remote") {
      fault(kProvider, "remote:<servlet>:<uri> is not there yet; localBuiltIn and localTemplate are");
    } else {
      fault(kProvider, "'" + config::printable(text) + "' begins with none of localBuiltIn:, localTemplate:");
    }
  }

  void read_folder(std::string_view name) {
    if (name.empty()) return fault(kProvider, "localTemplate: names no folder");
    const std::filesystem::path base = std::filesystem::path(context_.doc_base) / "WEB-INF";
    out_.folder = (base / name).lexically_normal().string();
    while (out_.folder.ends_with('/')) out_.folder.pop_back();
    const std::filesystem::path folder = out_.folder;
    if (std::mismatch(base.begin(), base.end(), folder.begin(), folder.end()).first != base.end())
      fault(kProvider, "localTemplate: the folder '" + config::printable(name) + "' leaves WEB-INF");
  }

  void read_languages() {
    for (const std::string_view word : config::split_words(params_.text(kLanguages))) {
      const std::string shown = "'" + config::printable(word) + "'";
      if (!is_language(word)) {
        fault(kLanguages, shown + " is no language such as de or pt-BR");
        continue;
      }
      if (std::find(out_.languages.begin(), out_.languages.end(), word) != out_.languages.end())
        fault(kLanguages, shown + " stands there twice");
      if (out_.folder.empty() && !login_renderer::Texts::has_built_in(word))
        fault(kLanguages, shown + " is not built in: texts." + std::string(word) +
                              ".properties in a folder of templates (localTemplate) can bring it");
      out_.languages.emplace_back(word);
    }
    if (out_.languages.empty()) fault(kLanguages, "names no language");
    if (out_.languages.size() > kMostLanguages)
      fault(kLanguages, "names more than " + std::to_string(kMostLanguages) + " languages");
  }

  const container::ComponentContext& context_;
  const config::Params& params_;
  Settings out_;
  bool fine_ = true;
};

const container::ServletRow kRows[] = {
    {.name = "LoginRendererServlet",
     .aliases = {"ch::nevis::isiweb4::servlet::rendering::LoginRendererServlet"},
     .params = kParams,
     .doc = "Draws the pages of a login: built in, or from templates, in the client's language.",
     .make = [](const container::ComponentContext& context, const config::Params& params) {
       return Reader(context, params).make();
     }},
};

}  // namespace

LoginRendererServlet::LoginRendererServlet(Settings settings, const base::Clock& clock,
                                           const config::Position& named_at, config::Diagnostics& faults)
    : settings_(std::move(settings)), clock_(clock) {
  if (settings_.folder.empty()) {
    pages_ = PageSet::built_in(settings_.languages);
    return;
  }
  files_.emplace(settings_.folder, PageSet::files(settings_.folder, settings_.languages),
                 config::WatchedFiles::Words{observe::id::login_page_fault, observe::id::login_pages_kept,
                                             observe::id::login_pages_read, "pages"});
  pages_ = PageSet::read(settings_.folder, settings_.languages, named_at, faults);
}

api::Outcome LoginRendererServlet::service(api::Request&, api::Response&) {
  return api::Outcome::refused(404, "not_for_clients");
}

std::shared_ptr<const PageSet> LoginRendererServlet::pages() {
  if (files_)
    files_->look(clock_.now(), settings_.reload_interval, [this](config::Diagnostics& faults) {
      auto pages = PageSet::read(settings_.folder, settings_.languages, {settings_.folder, 0, 0}, faults);
      if (faults.ok()) pages_ = std::move(pages);
    });
  return pages_.load();
}

LoginRendererServlet::Rendered LoginRendererServlet::make_html(const PageSet& pages, size_t language,
                                                               const PageContent& content) const {
  constexpr std::string_view type = "text/html;charset=utf-8";
  const login_renderer::PageTemplate* const page = pages.page(language, content.page.kind);
  if (!page) return {login_renderer::built_in_page(content), type, built_in_policy_, settings_.status};
  Rendered out{{}, type, settings_.template_policy, settings_.status};
  page->append_to(out.body, content);
  return out;
}

LoginRendererServlet::Rendered LoginRendererServlet::make(api::Request& request, const PageSet& pages, size_t language,
                                                          const PageContent& content) const {
  constexpr std::string_view kNothing = "default-src 'none'; frame-ancestors 'none'";
  const http::SoapVersion asked = http::soap_version(request.headers());
  if (settings_.form == Form::soap || (settings_.form == Form::automatic && asked != http::SoapVersion::none)) {
    const http::SoapVersion version = asked == http::SoapVersion::none ? http::SoapVersion::v1_1 : asked;
    std::string reason = login_renderer::message_text(content);
    if (reason.empty()) reason = content.texts.get(login_renderer::title_key(content.page.kind));
    reason += ", request " + std::string(request.id());
    return {std::string(http::soap_fault(version, settings_.status, reason, request.memory())),
            http::soap_content_type(version), kNothing, settings_.status};
  }
  if (settings_.form == Form::xml)
    return {login_renderer::as_xml(content), "application/xml;charset=utf-8", kNothing, settings_.status};
  if (http::prefers_json(request.headers())) {
    // A program looks at the status: 200 would say that this is what it asked for.
    const bool asks = content.page.kind != LoginPage::Kind::logged_out;
    return {login_renderer::as_json(content), "application/json", kNothing,
            asks && settings_.status == 200 ? 401 : settings_.status};
  }
  return make_html(pages, language, content);
}

api::Outcome LoginRendererServlet::render(api::Request& request, api::Response& response, const LoginPage& page) {
  const std::shared_ptr<const PageSet> pages = this->pages();
  const size_t language =
      http::preferred_language(request.headers().get("Accept-Language").value_or(""), pages->languages());
  const PageContent content{page, pages->texts(language), request.id(), settings_.context_path};
  const Rendered made = make(request, *pages, language, content);
  rendered_.fetch_add(1, std::memory_order_relaxed);
  response.set_status(made.status);
  response.set_content_type(made.type);
  http::Headers& fields = response.headers();
  fields.set("Cache-Control", "no-store");
  fields.set("Content-Language", content.texts.language());
  fields.set("X-Content-Type-Options", "nosniff");
  fields.set("X-Frame-Options", "DENY");
  fields.set("Referrer-Policy", "same-origin");
  if (!made.policy.empty()) fields.set("Content-Security-Policy", made.policy);
  // RFC 9110 11.6.1 wants a challenge; no browser knows this one, so none shows a dialogue of its own.
  if (made.status == 401) fields.set("WWW-Authenticate", "Navajo-Login");
  if (page.retry_after.count() > 0) fields.set("Retry-After", std::to_string(page.retry_after.count()));
  response.set_content_length(made.body.size());
  if (request.method() != "HEAD") (void)response.write(std::string_view(made.body));
  return api::Outcome::answered();
}

void LoginRendererServlet::report(api::StatusWriter& writer) const {
  writer.number("pages", static_cast<double>(rendered_.load(std::memory_order_relaxed)));
  if (!files_) return;
  writer.text("templates", settings_.folder);
  writer.number("file_reloads", static_cast<double>(files_->reloads()));
  writer.number("file_reloads_refused", static_cast<double>(files_->refused_reloads()));
}

std::span<const container::ServletRow> login_renderer_rows() { return kRows; }

}  // namespace navajo::servlets
