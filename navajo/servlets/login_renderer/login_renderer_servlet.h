// Draws the pages of a login (api/login_renderer.h): README.md of this folder says which ones and how. One object per
// <servlet>; render() is called by all threads and fibers of a child at once. A request mapped to it gets 404.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "navajo/api/login_renderer.h"
#include "navajo/config/watched_files.h"
#include "navajo/container/catalogue.h"
#include "navajo/servlets/login_renderer/page_set.h"

namespace navajo::servlets {

namespace login_renderer {

enum class Form : uint8_t { html, soap, xml, automatic };

struct Settings {
  Form form = Form::html;
  int status = 200;
  std::string folder;  // of templates; empty: the built-in pages
  std::vector<std::string> languages;
  base::Duration reload_interval{};
  std::string template_policy;  // Content-Security-Policy of pages made from templates; empty: none
  std::string context_path;
};

}  // namespace login_renderer

class LoginRendererServlet final : public api::Servlet, public api::LoginRenderer {
 public:
  // named_at: where the folder of templates is named, for faults.
  LoginRendererServlet(login_renderer::Settings settings, const base::Clock& clock, const config::Position& named_at,
                       config::Diagnostics& faults);

  api::Outcome service(api::Request& request, api::Response& response) override;
  api::Outcome render(api::Request& request, api::Response& response, const api::LoginPage& page) override;
  void report(api::StatusWriter& writer) const override;

 private:
  struct Rendered {
    std::string body;
    std::string_view type, policy;
    int status;
  };
  std::shared_ptr<const login_renderer::PageSet> pages();
  Rendered make(api::Request& request, const login_renderer::PageSet& pages, size_t language,
                const login_renderer::PageContent& content) const;
  Rendered make_html(const login_renderer::PageSet& pages, size_t language,
                     const login_renderer::PageContent& content) const;

  login_renderer::Settings settings_;
  const std::string built_in_policy_ = login_renderer::built_in_policy();
  const base::Clock& clock_;
  std::optional<config::WatchedFiles> files_;
  std::atomic<std::shared_ptr<const login_renderer::PageSet>> pages_;
  std::atomic<uint64_t> rendered_{0};
};

std::span<const container::ServletRow> login_renderer_rows();

}  // namespace navajo::servlets
