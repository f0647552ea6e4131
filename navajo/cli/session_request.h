// `navajo session list|show|kill` on the command line, as a request of the admin protocol. Values only.
#pragma once

#include <string>

#include "navajo/base/result.h"
#include "navajo/cli/arguments.h"

namespace navajo::cli {

// verb: "list", "show" or "kill". The error says what is wrong with the arguments.
base::Result<std::string> session_request(const std::string& verb, const Arguments& arguments);

}  // namespace navajo::cli
