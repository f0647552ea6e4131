// Settings of classes that stand outside web.xml, in bc.properties and in profile files:
//   <class path>.<Class>.<init-param> = default        of every component of that class
//   <class path>.<init-param> = default                of every class below that path that has such an init-param
//   <class path>.<Class>.<profile>.<init-param> = v    and <class path>.<profile>.<init-param> = v
//                                                      of components whose init-param Profile names that profile
// The class path is the class name's with dots for "::" (ch.nevis.isiweb4.servlet.connector.http), or nothing for our
// own names (HttpConnectorServlet.ConnectTimeout). What stands in web.xml wins over a profile, a profile over a
// default, a line with the class over one without, a later line over an earlier one.
// Built with the container: parent, one thread.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "navajo/config/navajo_xml.h"
#include "navajo/config/web_xml.h"
#include "navajo/container/catalogue.h"

namespace navajo::container {

class ClassSettings {
 public:
  static constexpr char kProfileParam[] = "Profile";

  // Shipped profiles first, then navajo.class_properties, each of which is checked: its name and the type of its value.
  ClassSettings(const config::NavajoXml& navajo, const Catalogue& catalogue, config::Diagnostics& diagnostics);

  // A component's init-params with what is set for its class (the name in its row); `Profile` is taken out.
  config::InitParams complete(std::string_view class_name, const std::string& owner, config::InitParams given) const;

 private:
  struct OfClass {
    config::InitParams defaults;
    std::map<std::string, config::InitParams, std::less<>> profiles;
  };
  struct Claim;
  enum class Scope : uint8_t { class_path, one_class };  // of a line

  template <class Row>
  void claim(const std::vector<Row>& rows, const config::Property& line, std::vector<Claim>& claims) const;
  // False: the name means nothing.
  bool take(const config::Property& line, const Catalogue& catalogue, Scope scope);
  void take_defaults_of_all(const config::Params& properties, const Catalogue& catalogue);
  std::string suggestion(std::string_view name, const Catalogue& catalogue) const;

  std::map<std::string, OfClass, std::less<>> classes_;
  config::Diagnostics& diagnostics_;
};

}  // namespace navajo::container
