// The page of a login for programs: JSON and XML. Pure functions, any thread.
#pragma once

#include <string>

#include "navajo/servlets/login_renderer/built_in_page.h"

namespace navajo::servlets::login_renderer {

std::string as_json(const PageContent& content);
std::string as_xml(const PageContent& content);

}  // namespace navajo::servlets::login_renderer
