// What files written for an older or another product say and Navajo answers with words: settings that
// mean nothing any more, or that ask for what is not there yet. None of them is passed over in silence. Those that
// still work are rows of the schema with `deprecated`.
#pragma once

#include "navajo/config/navajo_xml.h"
#include "navajo/config/xml_document.h"

namespace navajo::config {

// The whole tree below a Navajo element whose structure was checked.
void judge_old_settings(const XmlElement& root, Compat compat, Diagnostics& diagnostics);

}  // namespace navajo::config
