// Why a request could not be done, as a sentence for whoever asked: it stands on the container's error page in the
// place of the status code's usual one. Only for people who may know it: of a site's backends nobody outside is told.
#pragma once

#include "navajo/api/request.h"

namespace navajo::api {

// An attribute of the request. It may hold what a stranger wrote: the page makes it harmless.
inline constexpr char kExplanationAttribute[] = "navajo.Explanation";

}  // namespace navajo::api
