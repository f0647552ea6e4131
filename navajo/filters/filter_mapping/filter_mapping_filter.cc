#include "navajo/filters/filter_mapping/filter_mapping_filter.h"

#include <algorithm>
#include <set>

#include "navajo/config/text.h"
#include "navajo/config/web_xml.h"

namespace navajo::filters::filter_mapping {
namespace {

constexpr config::ParamSpec kParams[] = {
    {.name = "FilterRules", .type = config::ParamType::lines, .required = true,
     .doc = "Names of filters, separated by blanks, one chain a line, with conditions before it. The first chain whose "
            "conditions hold runs; a last line without conditions is for all other requests.",
     .conditions = config::Conditions::then_break},
};

constexpr const char* kAlias = "ch::nevis::isiweb4::filter::mapping::FilterMappingFilter";

// The filters of one rule, then the rest of the chain outside.
class SubChain final : public api::FilterChain {
 public:
  SubChain(std::span<api::Filter* const> filters, api::FilterChain& rest) : filters_(filters), rest_(rest) {}
  api::Outcome proceed(api::Request& request, api::Response& response) override {
    if (filters_.empty())
      return end_ ? rest_.proceed_to(*end_, request, response) : rest_.proceed(request, response);
    api::Filter& next = *filters_.front();
    filters_ = filters_.subspan(1);
    const api::Outcome outcome = next.filter(request, response, *this);
    if (outcome.is_answered()) complete(response);
    return outcome;
  }
  api::Outcome proceed_to(api::Servlet& end, api::Request& request, api::Response& response) override {
    end_ = &end;
    return proceed(request, response);
  }
  void complete(api::Response& innermost) override { rest_.complete(innermost); }

 private:
  std::span<api::Filter* const> filters_;
  api::FilterChain& rest_;
  api::Servlet* end_ = nullptr;
};

bool is_mapping_filter(const config::WebComponent& filter) {
  return filter.class_name.text == "FilterMappingFilter" || filter.class_name.text == kAlias;
}

// The filters that another FilterMappingFilter names, conditions left aside.
std::vector<std::string> names_in(const config::WebComponent& filter) {
  std::vector<std::string> names;
  const auto rules = filter.params.find("FilterRules");
  if (!is_mapping_filter(filter) || rules == filter.params.end()) return names;
  const std::string_view text = rules->second.text;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = config::trim(text.substr(at, end - at));
    at = end + 1;
    if (line.find(':') != std::string_view::npos) continue;  // a condition or a pragma: names hold no colon
    for (const std::string_view name : config::split_words(line)) names.emplace_back(name);
  }
  return names;
}

// Whether `from` runs `wanted`, directly or through others.
bool reaches(const config::WebXml& web, const std::string& from, const std::string& wanted,
             std::set<std::string>& seen) {
  if (from == wanted) return true;
  if (!seen.insert(from).second) return false;
  const config::WebComponent* filter = config::find_component(web.filters, from);
  if (!filter) return false;
  for (const std::string& name : names_in(*filter))
    if (reaches(web, name, wanted, seen)) return true;
  return false;
}

std::string why_not(const container::ComponentContext& context, const std::string& name,
                    const std::vector<std::string>& before) {
  if (std::find(before.begin(), before.end(), name) != before.end()) return "stands twice in one chain";
  if (name == context.name) return "is this filter itself";
  if (!context.web_xml) return "";
  const std::vector<config::WebComponent>& filters = context.web_xml->filters;
  if (!config::find_component(filters, name))
    return "is not declared in this web.xml" + config::did_you_mean(name, config::names_of(filters));
  std::set<std::string> seen;
  return reaches(*context.web_xml, name, context.name, seen) ? "runs this filter again" : "";
}

std::unique_ptr<api::Filter> make(const container::ComponentContext& context, const config::Params& params) {
  FilterRules rules{container::ConditionalLines(params, "FilterRules", container::Stage::request), {}};
  for (const config::ParamLine& line : rules.lines.entries()) {
    std::vector<std::string>& names = rules.names.emplace_back();
    for (const std::string_view word : config::split_words(line.text)) {
      std::string name(word);
      if (const std::string why = why_not(context, name, names); !why.empty())
        params.fault(line.where, "FilterRules: the filter '" + config::printable(name) + "' " + why);
      names.push_back(std::move(name));
    }
  }
  return std::make_unique<FilterMappingFilter>(std::move(rules));
}

const container::FilterRow kRows[] = {
    {.name = "FilterMappingFilter",
     .aliases = {kAlias},
     .params = kParams,
     .doc = "Runs other filters, chosen by conditions.",
     .make = make},
};

}  // namespace

void FilterMappingFilter::link(const api::Components& components) {
  for (size_t i = 0; i < rules_.names.size(); i++)
    for (const std::string& name : rules_.names[i]) chains_[i].push_back(components.filter(name));
}

api::Outcome FilterMappingFilter::filter(api::Request& request, api::Response& response, api::FilterChain& rest) {
  size_t chosen = chains_.size();
  // In doubt the filters run: they protect something.
  rules_.lines.for_each_active(request, nullptr, container::InDoubt::take, [&](size_t entry) {
    chosen = entry;
    return container::Visit::stop;
  });
  if (chosen == chains_.size()) {
    none_.fetch_add(1, std::memory_order_relaxed);
    return rest.proceed(request, response);
  }
  chosen_.fetch_add(1, std::memory_order_relaxed);
  for (const api::Filter* filter : chains_[chosen])
    if (!filter) return api::Outcome::refused(500, "no_filter");
  SubChain chain(chains_[chosen], rest);
  return chain.proceed(request, response);
}

void FilterMappingFilter::report(api::StatusWriter& writer) const {
  writer.number("rules", static_cast<double>(rules_.names.size()));
  writer.number("chosen", static_cast<double>(chosen_.load(std::memory_order_relaxed)));
  writer.number("none_chosen", static_cast<double>(none_.load(std::memory_order_relaxed)));
  writer.number("undecided_conditions", static_cast<double>(rules_.lines.doubts()));
}

}  // namespace navajo::filters::filter_mapping

namespace navajo::filters {
std::span<const container::FilterRow> filter_mapping_rows() { return filter_mapping::kRows; }
}  // namespace navajo::filters
