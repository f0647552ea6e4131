// The files `navajo init` writes, as texts. Everything in a Wish has been judged: nothing needs escaping but a user's
// name and a path.
#pragma once

#include <string>

#include "navajo/cli/init/wish.h"

namespace navajo::cli::init {

inline constexpr char kNavajoXml[] = "navajo.xml", kWebXml[] = "site/WEB-INF/web.xml",
                      kUsersFile[] = "site/WEB-INF/users.txt", kConsoleWebXml[] = "admin/WEB-INF/web.xml",
                      kTokensFile[] = "admin/WEB-INF/tokens.txt";
// Browsers and curl look for names that end so on their own machine. Not an address or "localhost": a client of the
// other Connector that asks for that means the site.
inline constexpr char kConsoleHost[] = "admin.localhost";

// Relative to the folder of navajo.xml.
std::string certificate_file(const Wish& wish);
std::string key_file(const Wish& wish);

std::string navajo_xml(const Wish& wish);
std::string web_xml(const Wish& wish);
std::string console_web_xml(const Wish& wish);
// line: of the first token.
std::string tokens_file(const std::string& line);
// "http://admin.localhost:9443/"
std::string console_url_of(const Wish& wish);
// hash: bcrypt's text.
std::string users_file(const Wish& wish, const std::string& hash);
// "https://localhost:8443/", the port left out where it is the usual one.
std::string url_of(const Wish& wish);

}  // namespace navajo::cli::init
