// A request's body on its way through the checks of a BodyValidationFilter: its length is counted, and what is
// multipart or XML is scanned, piece by piece. The piece with the fault is not handed on, and neither is the last piece
// of a body that has not ended as it should: nobody behind ever has the whole of a body that is refused. One fiber or
// thread; lives on the filter's stack.
#pragma once

#include <memory_resource>
#include <optional>
#include <string_view>
#include <variant>

#include "navajo/api/request_wrapper.h"
#include "navajo/limits/multipart_scan.h"
#include "navajo/limits/xml_scan.h"

namespace navajo::filters::body_validation {

enum class Kind : uint8_t { other, multipart, xml };

struct Checks {
  uint64_t length = UINT64_MAX;  // bytes of the whole body
  limits::MultipartLimits multipart;
  limits::XmlLimits xml;
};

struct BodyFault {
  int status = 400;  // 413: over a limit
  const char* cause = "";
  const char* what = "";
  std::optional<uint64_t> position = {};  // of the byte, from 0; none: it is not in the body
};

// Who is told of the first fault, and decides what it does.
class FaultSink {
 public:
  virtual ~FaultSink() = default;
  // False: it is only noted, and all passes.
  virtual bool refuses(const BodyFault& fault) = 0;
};

class CheckedBody final : public api::BodyReader {
 public:
  // All that is handed in outlives it.
  CheckedBody(api::BodyReader& inner, const Checks& checks, Kind kind, std::string_view content_type, FaultSink& sink,
              std::pmr::memory_resource& memory);

  // All of it at once, for one that is held already.
  void judge(std::string_view whole);
  // None: it passes, as far as it was read.
  const std::optional<BodyFault>& refusal() const { return refusal_; }

  std::optional<uint64_t> declared_length() const override { return inner_.declared_length(); }
  bool present() const override { return inner_.present(); }
  api::BodyRead read(std::span<char> into) override;
  api::BodyRead read_unless(std::span<char> into, reactor::Descriptor& other) override;
  const http::Headers* trailers() const override { return inner_.trailers(); }
  bool rewind() override;

 private:
  api::BodyRead stopped() const;
  api::BodyRead look(api::BodyRead got, std::span<char> from);
  bool feed(std::string_view bytes);
  bool finish();
  bool refuse(const BodyFault& fault);
  bool refuse_scanned();
  void begin();

  api::BodyReader& inner_;
  const Checks& checks_;
  Kind kind_;
  std::string_view content_type_;
  FaultSink& sink_;
  std::pmr::memory_resource& memory_;
  std::variant<std::monostate, limits::MultipartScan, limits::XmlScan> scan_;
  uint64_t passed_ = 0;
  bool told_ = false;
  std::optional<BodyFault> refusal_;
};

class CheckedRequest final : public api::RequestWrapper {
 public:
  CheckedRequest(api::Request& inner, CheckedBody& body) : RequestWrapper(inner), body_(body) {}
  api::BodyReader& body() override { return body_; }

 private:
  CheckedBody& body_;
};

}  // namespace navajo::filters::body_validation
