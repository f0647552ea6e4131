// What navajo.xml means to httpd: ordinary directives, one per line, each with the place in navajo.xml it stems from.
// modules/mod_navajo feeds them to httpd as a virtual file, so httpd's own messages can name navajo.xml;
// `navajo config show-httpd` prints them. Never fails: everything that could is checked by load_navajo_xml.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "navajo/config/navajo_xml.h"

namespace navajo::config {

std::vector<DirectiveLine> httpd_directives(const NavajoXml& navajo);

// The first line of an httpd.conf of our own begins with it: the file may be written anew.
inline constexpr std::string_view kStubMark = "# Written by navajo run";

// One argument as httpd's parser reads it back unchanged: quoted, with \ and " escaped.
std::string quoted_argument(std::string_view argument);

}  // namespace navajo::config
