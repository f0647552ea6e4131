#include "navajo/filters/table.h"

#include "navajo/filters/body_validation/body_validation_filter.h"
#include "navajo/filters/charset/charset_filter.h"
#include "navajo/filters/cookie_cache/cookie_cache_filter.h"
#include "navajo/filters/delegation/delegation_filter.h"
#include "navajo/filters/error/error_filter.h"
#include "navajo/filters/filter_mapping/filter_mapping_filter.h"
#include "navajo/filters/header_delegation/header_delegation_filter.h"
#include "navajo/filters/header_validation/header_validation_filter.h"
#include "navajo/filters/identity_creation/identity_creation_filter.h"
#include "navajo/filters/qos/qos_filter.h"
#include "navajo/filters/json/json_filter.h"
#include "navajo/filters/parameter_validation/parameter_validation_filter.h"
#include "navajo/filters/rewrite/rewrite_filter.h"
#include "navajo/filters/rule/rule_filter.h"
#include "navajo/filters/security_role/security_role_filter.h"
#include "navajo/filters/session_management/session_management_filter.h"

namespace navajo::filters {

void add_to(container::Catalogue& catalogue) {
  catalogue.add(body_validation_rows());
  catalogue.add(charset_rows());
  catalogue.add(cookie_cache_rows());
  catalogue.add(delegation_rows());
  catalogue.add(error_rows());
  catalogue.add(filter_mapping_rows());
  catalogue.add(header_delegation_rows());
  catalogue.add(header_validation_rows());
  catalogue.add(identity_creation_rows());
  catalogue.add(qos_rows());
  catalogue.add(json_rows());
  catalogue.add(parameter_validation_rows());
  catalogue.add(rewrite_rows());
  catalogue.add(rule_rows());
  catalogue.add(security_role_rows());
  catalogue.add(session_management_rows());
}

}  // namespace navajo::filters
