// Profiles: named bundles of init-params. The shipped ones (conf/profiles.properties, compiled in, so that they are
// those of the running version) and an operator's own: files named by PROXY_CUSTOM_PROFILES in env.conf, and lines of
// bc.properties. What a line means is the container's to say (navajo/container/class_settings.h).
// Parent, one thread, while the configuration is read.
#pragma once

#include <string>
#include <vector>

#include "navajo/config/diagnostics.h"
#include "navajo/config/property_file.h"

namespace navajo::config {

std::vector<Property> shipped_profiles();
// Of the files in the environment variable PROXY_CUSTOM_PROFILES ("a,b"), relative to `folder`.
std::vector<Property> custom_profiles(const std::string& folder, Diagnostics& diagnostics);

}  // namespace navajo::config
