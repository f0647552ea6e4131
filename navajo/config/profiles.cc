#include "navajo/config/profiles.h"

#include <cstdlib>
#include <filesystem>
#include <iterator>

#include "navajo/config/text.h"

namespace navajo::config {
namespace {

constexpr char kShipped[] =
#include "navajo/config/shipped_profiles.inc"
    ;

}  // namespace

std::vector<Property> shipped_profiles() {
  Diagnostics ours;
  return parse_properties(NAVAJO_DATADIR "/conf/profiles.properties", kShipped, ours);
}

std::vector<Property> custom_profiles(const std::string& folder, Diagnostics& diagnostics) {
  std::vector<Property> out;
  const char* const names = getenv("PROXY_CUSTOM_PROFILES");
  for (const std::string_view name : split_list(names ? names : "", ',')) {
    const std::string path = (std::filesystem::path(folder) / name).lexically_normal().string();
    if (std::optional<std::vector<Property>> read = read_properties(path, Missing::fault, diagnostics))
      out.insert(out.end(), std::make_move_iterator(read->begin()), std::make_move_iterator(read->end()));
  }
  return out;
}

}  // namespace navajo::config
