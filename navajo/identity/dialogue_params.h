// The init-params that every filter with a login dialogue has. Used while the configuration is read.
#pragma once

#include <string>
#include <vector>

#include "navajo/config/params.h"
#include "navajo/config/web_xml.h"
#include "navajo/identity/login_dialogue.h"

namespace navajo::identity {

// The rows of the dialogue, then `own`.
std::vector<config::ParamSpec> with_dialogue_params(std::span<const config::ParamSpec> own);

// Reads those rows. state: begins the names of session attributes, unique for the filter's kind.
DialogueSettings read_dialogue(const config::Params& params, const std::string& state);
// A fault if the servlet the param names is not declared. web_xml may be null.
void check_servlet(const config::Params& params, const char* param, const config::WebXml* web_xml);

}  // namespace navajo::identity
