#include "navajo/container/application_builder.h"

#include <algorithm>
#include <filesystem>

#include "navajo/config/file_text.h"
#include "navajo/config/text.h"
#include "navajo/container/preparation.h"
#include "navajo/container/shared_services.h"

namespace navajo::container {
namespace {

constexpr size_t kMaxErrorPage = 1 << 20;

// Stands where a lenient configuration names a class that does not exist: what a filter might have protected stays
// closed.
class MissingComponent final : public api::Servlet, public api::Filter {
 public:
  api::Outcome service(api::Request&, api::Response&) override { return refused(); }
  api::Outcome filter(api::Request&, api::Response&, api::FilterChain&) override { return refused(); }
  void link(const api::Components&) override {}
  void start_child() override {}
  void report(api::StatusWriter& writer) const override { writer.text("state", "class not known, refuses"); }

 private:
  static api::Outcome refused() { return api::Outcome::refused(503, "class_not_known"); }
};

template <class Row>
std::vector<std::string_view> class_names(const std::vector<Row>& rows) {
  std::vector<std::string_view> out;
  for (const Row& row : rows) {
    out.push_back(row.name);
    out.insert(out.end(), row.aliases.begin(), row.aliases.end());
  }
  return out;
}

config::XmlLimits xml_limits(const config::Params& properties) {
  constexpr char kLimit[] = "org.jdom.EntityExpansionLimit";
  config::XmlLimits limits;
  if (properties.has(kLimit)) limits.references = static_cast<size_t>(properties.integer(kLimit));
  return limits;
}

}  // namespace

std::unique_ptr<WebApplication> WebApplication::build(const config::ContextElement& context,
                                                      const config::HostElement& host, const Building& building) {
  return ApplicationBuilder(context, host, building).build();
}

std::unique_ptr<WebApplication> ApplicationBuilder::build() {
  const size_t faults_before = diagnostics_.count();
  const std::string web_xml = *context_.doc_base + "/WEB-INF/web.xml";
  std::error_code error;
  // The folder itself is not asked for what a recorded configuration knows (config/file_text.h).
  if (!std::filesystem::is_directory(*context_.doc_base, error) && !config::read_file_text(web_xml, 0).ok()) {
    diagnostics_.fault(context_.doc_base.where, observe::id::config_unreadable,
                       "docBase '" + config::printable(*context_.doc_base) + "' is not a folder");
    return nullptr;
  }
  web_ = std::make_shared<const config::WebXml>(
      config::load_web_xml(web_xml, compat_, diagnostics_, xml_limits(*building_.navajo.properties)));
  out_.reset(new WebApplication(ContextPolicy(context_, host_)));
  out_->host_ = *host_.name;
  out_->path_ = *context_.path;
  out_->id_ = *context_.id;
  out_->body_limit_ = context_.limit_request_body ? context_.limit_request_body : host_.limit_request_body;
  for (const config::WebComponent& declared : web_->servlets) add_servlet(declared);
  for (const config::RulesElement& rules : building_.navajo.service.rules)
    if (*rules.apply == config::RulesApply::all && is_there(rules)) add_rules(rules);
  for (const config::WebComponent& declared : web_->filters) add_filter(declared);
  for (const config::ServletMapping& declared : web_->servlet_mappings) add_servlet_mapping(declared);
  for (const config::FilterMapping& declared : web_->filter_mappings) add_filter_mapping(declared);
  for (const config::ErrorPage& declared : web_->error_pages) add_error_page(declared);
  refuse_listeners();
  if (diagnostics_.count() != faults_before || !building_.shortage->what.empty()) return nullptr;
  for (const auto& entry : out_->filters_) link(*entry->filter, "filter", entry->name, web_->filters);
  for (const auto& entry : out_->servlets_) link(*entry->servlet, "servlet", entry->name, web_->servlets);
  if (diagnostics_.count() != faults_before) return nullptr;
  std::stable_sort(out_->servlet_mappings_.begin(), out_->servlet_mappings_.end(),
                   [](const ServletMapping& a, const ServletMapping& b) { return a.pattern.before(b.pattern); });
  return std::move(out_);
}

template <class Component>
void ApplicationBuilder::link(Component& component, const char* kind, const std::string& name,
                              const std::vector<config::WebComponent>& declared) {
  try {
    component.link(*out_);
  } catch (const std::exception& failure) {
    const config::WebComponent* entry = config::find_component(declared, name);
    diagnostics_.fault(entry ? entry->where : web_->where, observe::id::config_component_failed,
                       std::string(kind) + " '" + config::printable(name) + "' cannot be linked: " +
                           config::printable(failure.what()));
  }
}

void ApplicationBuilder::unknown(const config::Position& where, std::string text) {
  if (compat_ == config::Compat::lenient)
    diagnostics_.notice(where, observe::id::config_unknown_class, std::move(text));
  else
    diagnostics_.fault(where, observe::id::config_unknown_class, std::move(text));
}

template <class Component, class Row>
auto ApplicationBuilder::make(const config::WebComponent& declared, const char* kind, const Row* row,
                              const std::vector<Row>& known) -> Made<Component> {
  if (declared.class_name.text.empty()) return {};  // judged with the structure of web.xml
  if (!row) {
    std::string text = std::string("there is no ") + kind + " class '" + config::printable(declared.class_name.text) +
                       "'" + config::did_you_mean(declared.class_name.text, class_names(known));
    if (!declared.library.text.empty())
      text += " (" + config::printable(declared.library.text) + " is not loaded: all classes are built in)";
    unknown(declared.class_name.where, text);
    return {std::make_unique<MissingComponent>(), {}};
  }
  const size_t faults_before = diagnostics_.count();
  const auto unknown_names =
      compat_ == config::Compat::lenient ? config::UnknownNames::notice : config::UnknownNames::fault;
  std::vector<config::ParamSpec> specs(row->params.begin(), row->params.end());
  specs.insert(specs.end(), common_params().begin(), common_params().end());
  const std::string owner = std::string(kind) + " '" + declared.name.text + "'";
  const config::Params params(owner, declared.where, specs,
                              building_.settings.complete(row->name, owner, declared.params), diagnostics_,
                              unknown_names);
  if (diagnostics_.count() != faults_before) return {};
  ComponentContext context{declared.name.text, *host_.name, *context_.doc_base, *context_.path, web_};
  context.application_id = *context_.id;
  context.status_codes = StatusCodes(*context_.additional_status_codes);
  context.arena = building_.arena;
  context.services = building_.services;
  context.properties = building_.navajo.properties;
  const uint64_t refused_before = building_.arena ? building_.arena->refused_bytes() : 0;
  Made<Component> made;
  ParameterWatch watch;
  std::string why = "no reason given";
  try {
    made.component = row->make(context, params);
    made.flags = RequestFlags(params, row->request_flags, watch.seen() ? kNeedsParameters : kNeedsNothing);
  } catch (const std::exception& failure) {
    why = failure.what();
  }
  if (building_.arena && building_.arena->refused_bytes() != refused_before) {
    // Told when all are made, with the sum of what was missing.
    if (building_.shortage->what.empty()) *building_.shortage = {declared.where, params.owner()};
    return {};
  }
  if (!made.component && diagnostics_.count() == faults_before)
    diagnostics_.fault(declared.where, observe::id::config_component_failed,
                       params.owner() + " cannot be made: " + config::printable(why));
  return made;
}

// Else its faults have been told.
bool ApplicationBuilder::is_there(const config::RulesElement& rules) const {
  return !building_.services || building_.services->rule_stores.contains(*rules.name);
}

// As if web.xml had it first of all, under a name of its own.
void ApplicationBuilder::add_rules(const config::RulesElement& rules) {
  config::WebComponent filter;
  filter.where = rules.where;
  filter.name = {"Rules " + *rules.name, rules.where};
  filter.class_name = {"RuleFilter", rules.where};
  filter.params["Rules"] = {*rules.name, rules.name.where};
  if (const config::WebComponent* same = config::find_component(web_->filters, filter.name.text)) {
    diagnostics_.fault(same->where, observe::id::config_duplicate,
                       "the filter-name '" + config::printable(filter.name.text) +
                           "' is that of the filter that applies the Rules element to every Context");
    return;
  }
  add_filter(filter);
  config::FilterMapping mapping;
  mapping.where = rules.where;
  mapping.filter = filter.name;
  mapping.url_pattern = {"/*", rules.where};
  add_filter_mapping(mapping);
}

void ApplicationBuilder::add_filter(const config::WebComponent& declared) {
  auto [filter, flags] = make<api::Filter>(declared, "filter", catalogue_.filter(declared.class_name.text),
                                           catalogue_.filters());
  if (filter && !flags.idle())
    filter = std::make_unique<PreparingFilter>(std::move(filter), std::move(flags), body_limits());
  out_->filters_.push_back(std::make_unique<FilterEntry>(
      FilterEntry{declared.name.text, declared.class_name.text, std::move(filter)}));
}

void ApplicationBuilder::add_servlet(const config::WebComponent& declared) {
  auto [servlet, flags] = make<api::Servlet>(declared, "servlet", catalogue_.servlet(declared.class_name.text),
                                             catalogue_.servlets());
  std::unique_ptr<api::Servlet> preparing;
  if (servlet && !flags.idle())
    preparing = std::make_unique<PreparingServlet>(*servlet, std::move(flags), body_limits());
  out_->servlets_.push_back(std::make_unique<ServletEntry>(
      ServletEntry{declared.name.text, declared.class_name.text, std::move(servlet), std::move(preparing)}));
}

BodyLimits ApplicationBuilder::body_limits() const {
  const config::Params& properties = *building_.navajo.properties;
  return {properties.bytes("ch.nevis.navajo.request.BufferSize"),
          properties.bytes("ch.nevis.navajo.request.MemBufferSize")};
}

std::optional<UrlPattern> ApplicationBuilder::pattern(const config::WebText& text) {
  if (text.text.empty()) return std::nullopt;  // judged with the structure of web.xml
  base::Result<UrlPattern> parsed = UrlPattern::parse(text.text);
  if (parsed.ok()) return std::move(parsed.value());
  diagnostics_.fault(text.where, observe::id::config_bad_pattern,
                     "the url-pattern '" + config::printable(text.text) + "' " + parsed.error().text);
  return std::nullopt;
}

const ServletEntry* ApplicationBuilder::servlet(const std::string& name) const {
  for (const auto& entry : out_->servlets_)
    if (entry->name == name) return entry.get();
  return nullptr;
}

void ApplicationBuilder::add_servlet_mapping(const config::ServletMapping& declared) {
  const ServletEntry* answering = servlet(declared.servlet.text);
  std::optional<UrlPattern> where = pattern(declared.url_pattern);
  if (!answering || !where) return;
  for (const ServletMapping& other : out_->servlet_mappings_)
    if (other.pattern == *where)
      diagnostics_.fault(declared.url_pattern.where, observe::id::config_duplicate,
                         "the url-pattern '" + where->text() + "' is mapped to the servlet '" + other.servlet->name +
                             "' already");
  out_->servlet_mappings_.push_back({std::move(*where), answering});
}

void ApplicationBuilder::add_filter_mapping(const config::FilterMapping& declared) {
  FilterMapping mapping;
  for (size_t i = 0; i < out_->filters_.size(); i++) {
    if (out_->filters_[i]->name != declared.filter.text) continue;
    mapping.filter = out_->filters_[i].get();
    mapping.filter_number = i;
  }
  mapping.pattern = pattern(declared.url_pattern);
  mapping.servlet = servlet(declared.servlet.text);
  if (!declared.exclude_url_regex.text.empty()) {
    base::Result<config::Pattern> regex = config::Pattern::parse(declared.exclude_url_regex.text);
    if (regex.ok())
      mapping.exclude = std::move(regex.value());
    else
      diagnostics_.fault(declared.exclude_url_regex.where, observe::id::config_bad_pattern,
                         "exclude-url-regex: " + regex.error().text);
  }
  if (!mapping.filter || (!mapping.pattern && !mapping.servlet)) return;
  if (out_->filter_mappings_.size() == Match::kMaxFilterMappings ||
      mapping.filter_number >= Match::kMaxFilterMappings) {
    diagnostics_.fault(declared.where, observe::id::config_duplicate,
                       "more than " + std::to_string(Match::kMaxFilterMappings) + " filters or filter-mappings");
    return;
  }
  for (const FilterMapping& other : out_->filter_mappings_) {
    if (other.filter != mapping.filter || !meet(other, mapping)) continue;
    diagnostics_.notice(declared.where, observe::id::config_filter_mapped_twice,
                        "filter '" + mapping.filter->name +
                            "' is mapped more than once; where several of its mappings match, it runs once, in the "
                            "place of the first");
    break;
  }
  out_->filter_mappings_.push_back(std::move(mapping));
}

// Whether both mappings of a filter can hold for one URL.
bool ApplicationBuilder::meet(const FilterMapping& a, const FilterMapping& b) const {
  if (a.pattern && b.pattern) return a.pattern->overlaps(*b.pattern);
  if (!a.pattern && !b.pattern) return a.servlet == b.servlet;
  const UrlPattern& pattern = a.pattern ? *a.pattern : *b.pattern;
  const ServletEntry* const servlet = a.pattern ? b.servlet : a.servlet;
  const std::vector<ServletMapping>& mappings = out_->servlet_mappings_;
  return std::any_of(mappings.begin(), mappings.end(), [&](const ServletMapping& mapping) {
    return mapping.servlet == servlet && mapping.pattern.overlaps(pattern);
  });
}

void ApplicationBuilder::add_error_page(const config::ErrorPage& declared) {
  if (declared.location.text.empty() || declared.location.text[0] != '/') return;
  const auto fault = [&](const std::string& why) {
    diagnostics_.fault(declared.location.where, observe::id::config_unreadable,
                       "error-page " + config::printable(declared.location.text) + " " + why);
  };
  const std::filesystem::path base = *context_.doc_base;
  const std::filesystem::path file = (base / declared.location.text.substr(1)).lexically_normal();
  if (std::mismatch(base.begin(), base.end(), file.begin(), file.end()).first != base.end())
    return fault("leaves docBase");
  base::Result<std::string> content = config::read_file_text(file.string(), kMaxErrorPage);
  if (!content.ok()) return fault(content.error().text);
  if (content->size() > kMaxErrorPage) return fault("is larger than 1 MB");
  ErrorPage page{declared.status, "text/html;charset=utf-8", std::move(*content)};
  std::string extension = config::lower_case(file.extension().string());
  if (!extension.empty()) extension.erase(0, 1);
  if (const auto type = web_->mime_types.find(extension); type != web_->mime_types.end())
    page.content_type = type->second;
  out_->error_pages_.push_back(std::move(page));
}

void ApplicationBuilder::refuse_listeners() {
  for (const config::WebText& listener : web_->listeners) {
    if (same_class(listener.text, "ch::nevis::isiweb4::listener::SessionListener")) {
      diagnostics_.notice(listener.where, observe::id::config_without_effect,
                          "the SessionListener has no effect: sessions belong to filters and session stores");
      continue;
    }
    unknown(listener.where, "there is no listener class '" + config::printable(listener.text) + "'");
  }
}

}  // namespace navajo::container
