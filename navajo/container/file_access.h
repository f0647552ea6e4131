// Whether the child processes will be able to read or write a file: they run as another user than the parent, which
// read it as root. Parent, one thread, while the configuration is read.
#pragma once

#include <string>

#include "navajo/config/navajo_xml.h"

namespace navajo::container {

// The user of the child processes as Server User has it ("www", "#33"); empty: they are who the parent is.
std::string user_of_children(const config::ServerElement& server);

// Tried by a process that becomes this user. True where that cannot be found out (no such user, which httpd tells).
bool may_read(const std::string& user, const std::string& path);
// The file, and its folder, in which programs put files beside it. An empty user is who this process is.
bool may_write(const std::string& user, const std::string& path);

}  // namespace navajo::container
