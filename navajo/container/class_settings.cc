#include "navajo/container/class_settings.h"

#include <algorithm>

#include "navajo/config/profiles.h"
#include "navajo/config/property_table.h"
#include "navajo/config/text.h"

namespace navajo::container {
namespace {

// "ch::nevis::x::Class" as "ch.nevis.x.Class".
std::string dotted(std::string_view class_name) {
  std::string out;
  for (size_t i = 0; i < class_name.size(); i++) {
    if (class_name[i] != ':') {
      out += class_name[i];
    } else {
      if (i + 1 < class_name.size() && class_name[i + 1] == ':') i++;
      out += '.';
    }
  }
  return out;
}

template <class Row>
std::vector<std::string> dotted_names(const Row& row) {
  std::vector<std::string> out{row.name};
  for (const char* alias : row.aliases) out.push_back(dotted(alias));
  return out;
}

const config::ParamSpec* find(std::span<const config::ParamSpec> params, std::string_view name) {
  for (const config::ParamSpec& spec : params)
    if (name == spec.name) return &spec;
  return nullptr;
}

}  // namespace

// What a line sets in one class.
struct ClassSettings::Claim {
  const char* class_name;
  const config::ParamSpec* spec;
  std::string profile;  // empty: the class's default
  Scope scope;
};

template <class Row>
void ClassSettings::claim(const std::vector<Row>& rows, const config::Property& line,
                          std::vector<Claim>& claims) const {
  const auto take_rest = [&](const Row& row, std::string_view rest, Scope scope) {
    if (const config::ParamSpec* spec = find(row.params, rest)) {
      claims.push_back({row.name, spec, "", scope});
      return;
    }
    const size_t dot = rest.find('.');
    if (dot == std::string_view::npos || dot == 0) return;
    if (const config::ParamSpec* spec = find(row.params, rest.substr(dot + 1)))
      claims.push_back({row.name, spec, std::string(rest.substr(0, dot)), scope});
  };
  for (const Row& row : rows) {
    const size_t before = claims.size();
    for (const std::string& name : dotted_names(row)) {
      const std::string_view key = line.name;
      const size_t path_end = name.rfind('.');
      if (key.starts_with(name + "."))
        take_rest(row, key.substr(name.size() + 1), Scope::one_class);
      else if (path_end != std::string::npos && key.starts_with(name.substr(0, path_end + 1)))
        take_rest(row, key.substr(path_end + 1), Scope::class_path);
      if (claims.size() != before) break;
    }
  }
}

bool ClassSettings::take(const config::Property& line, const Catalogue& catalogue, Scope scope) {
  std::vector<Claim> claims;
  claim(catalogue.servlets(), line, claims);
  claim(catalogue.filters(), line, claims);
  for (const Claim& claim : claims) {
    if (claim.scope != scope) continue;
    const config::ParsedValue parsed = config::parse_value(*claim.spec, line.value.text);
    if (!parsed.ok) {
      diagnostics_.fault(config::first_visible(line.value.text, line.value.where), observe::id::config_bad_param,
                         "property '" + config::printable(line.name) + "' " + parsed.why);
      break;
    }
    OfClass& of = classes_[claim.class_name];
    config::InitParams& params = claim.profile.empty() ? of.defaults : of.profiles[claim.profile];
    params.insert_or_assign(claim.spec->name, line.value);
  }
  return !claims.empty();
}

std::string ClassSettings::suggestion(std::string_view name, const Catalogue& catalogue) const {
  std::vector<std::string> known;
  for (const config::ParamSpec& row : config::property_table()) known.emplace_back(row.name);
  const auto add = [&](const auto& rows) {
    for (const auto& row : rows)
      for (const std::string& class_name : dotted_names(row))
        for (const config::ParamSpec& spec : row.params) {
          known.push_back(class_name + "." + spec.name);
          if (const size_t end = class_name.rfind('.'); end != std::string::npos)
            known.push_back(class_name.substr(0, end + 1) + spec.name);
        }
  };
  add(catalogue.servlets());
  add(catalogue.filters());
  return config::did_you_mean(name, std::vector<std::string_view>(known.begin(), known.end()));
}

// Properties that are the default of one init-param in every servlet that has it.
void ClassSettings::take_defaults_of_all(const config::Params& properties, const Catalogue& catalogue) {
  constexpr char kProperty[] = "ch.nevis.bc.net.MaxHeaders", kParam[] = "MaxHeaders";
  if (!properties.has(kProperty)) return;
  for (const ServletRow& row : catalogue.servlets())
    if (find(row.params, kParam))
      classes_[row.name].defaults.insert_or_assign(
          kParam, config::ParamValue{properties.text(kProperty), properties.where(kProperty)});
}

ClassSettings::ClassSettings(const config::NavajoXml& navajo, const Catalogue& catalogue,
                             config::Diagnostics& diagnostics)
    : diagnostics_(diagnostics) {
  if (navajo.properties) take_defaults_of_all(*navajo.properties, catalogue);
  std::vector<config::Property> all = config::shipped_profiles();
  const size_t shipped = all.size();  // conf/reference_test.cc sees to it that their names are known
  all.insert(all.end(), navajo.class_properties.begin(), navajo.class_properties.end());
  for (const Scope scope : {Scope::class_path, Scope::one_class}) {
    for (size_t i = 0; i < all.size(); i++) {
      if (take(all[i], catalogue, scope) || scope == Scope::one_class || i < shipped) continue;
      std::string text = "'" + config::printable(all[i].name) +
                         "' is neither a property nor an init-param of a class" + suggestion(all[i].name, catalogue);
      if (*navajo.compat == config::Compat::lenient)
        diagnostics.notice(all[i].where, observe::id::config_unknown_property, text + " (ignored)");
      else
        diagnostics.fault(all[i].where, observe::id::config_unknown_property, std::move(text));
    }
  }
}

config::InitParams ClassSettings::complete(std::string_view class_name, const std::string& owner,
                                           config::InitParams given) const {
  static const OfClass nothing;
  const auto found = classes_.find(class_name);
  const OfClass& of = found == classes_.end() ? nothing : found->second;
  const auto asked = given.extract(kProfileParam);
  config::InitParams from_profiles;
  std::map<std::string, std::string_view, std::less<>> setter;
  const std::string profile_names = asked ? asked.mapped().text : std::string();
  for (const std::string_view name : config::split_words(profile_names)) {
    const config::Position where = config::first_visible(asked.mapped().text, asked.mapped().where);
    const auto profile = of.profiles.find(name);
    if (profile == of.profiles.end()) {
      std::vector<std::string_view> names;
      for (const auto& [known, unused] : of.profiles) names.push_back(known);
      diagnostics_.fault(where, observe::id::config_unknown_profile,
                         owner + ": " + std::string(class_name) + " has no profile '" + config::printable(name) + "'" +
                             config::did_you_mean(name, names));
      continue;
    }
    for (const auto& [param, value] : profile->second) {
      const auto [other, first] = setter.emplace(param, name);
      if (!first && other->second != name)
        diagnostics_.fault(where, observe::id::config_unknown_profile,
                           owner + ": the profiles '" + std::string(other->second) + "' and '" + std::string(name) +
                               "' both set " + param + ": say it as an init-param and use one of them");
      from_profiles.insert_or_assign(param, value);
    }
  }
  given.merge(from_profiles);
  for (const auto& [param, value] : of.defaults) given.emplace(param, value);
  return given;
}

}  // namespace navajo::container
