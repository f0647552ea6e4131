// Content types of the file extensions a web site is made of; web.xml's mime-mapping adds to them and goes first.
#pragma once

#include <string_view>

namespace navajo::files {

// extension: lower case, without dot. Empty when it is not known.
std::string_view built_in_content_type(std::string_view extension);

}  // namespace navajo::files
