#include "navajo/cli/migration/proxy_import.h"

#include <filesystem>

#include "navajo/cli/configuration.h"
#include "navajo/cli/init/folder.h"

namespace navajo::cli::migration {

base::Result<ProxyReport> import_proxy(ProxyImporter importer, const std::string& file, const std::string& target) {
  std::string name = std::filesystem::path(target).filename().string();
  Site site(name.empty() ? "imported" : name);
  Notes notes;
  if (auto imported = importer(file, site, notes); !imported) return base::Failed{imported.error()};
  if (site.hosts().empty() && site.tcp().empty())
    return base::Failed{base::Error{file + ": there is nothing in it that requests or connections could be taken for"}};
  auto folder = init::NewFolder::begin(target);
  if (!folder) return base::Failed{folder.error()};
  if (auto written = folder->write("navajo.xml", site.navajo_xml(), 0644); !written)
    return base::Failed{written.error()};
  for (const HostSite& host : site.hosts())
    if (auto written = folder->write(Site::folder_of(host) + "/WEB-INF/web.xml", Site::web_xml(host), 0644); !written)
      return base::Failed{written.error()};
  if (auto finished = folder->finish(); !finished) return base::Failed{finished.error()};

  ProxyReport report;
  report.config = target + "/navajo.xml";
  report.notes = notes.in_order();
  report.commands = notes.commands();
  report.lost_guards = notes.lost_guards();
  config::Diagnostics diagnostics;
  (void)judge_configuration(report.config, Depth::everything, diagnostics);
  for (const config::Fault& one : diagnostics.faults()) report.faults.push_back(one.line());
  return report;
}

}  // namespace navajo::cli::migration
