// A request that a login interrupted, as text in a session, and the same request once more when the user is known.
#pragma once

#include <memory_resource>
#include <optional>
#include <string>
#include <string_view>

#include "navajo/api/request_wrapper.h"
#include "navajo/api/text_body.h"

namespace navajo::identity {

struct StoredRequest {
  std::string_view method, target, content_type, body;

  bool has_body() const { return method == "POST"; }
  std::pmr::string text(std::pmr::memory_resource& memory) const;
  // Views into the text. None: it is no stored request.
  static std::optional<StoredRequest> parse(std::string_view text);
};

// For the rest of the chain `now` is the stored request; its path must be the same. What the client says about itself
// and its connection is that of now.
class ReplayedRequest final : public api::RequestWrapper {
 public:
  ReplayedRequest(api::Request& now, const StoredRequest& stored);
  std::string_view method() const override { return stored_.method; }
  std::string_view target() const override { return stored_.target; }
  std::string_view query() const override;
  api::BodyReader& body() override;
  const http::Parameters* parameters() override { return nullptr; }

 private:
  StoredRequest stored_;
  api::TextBody body_;
};

// The path of a target, decoded as the server decodes it; "/a%2Fb" and "/a/b" are not told apart.
bool has_path(std::string_view target, std::string_view path);

}  // namespace navajo::identity
