#include "navajo/servlets/http_connector/response_forwarder.h"

#include "navajo/http/trailers.h"
#include "navajo/servlets/http_connector/location.h"

namespace navajo::servlets::http_connector {
namespace {

using api::WriteStatus;
using connector::Cause;
using connector::Exchange;
using connector::Failure;
using http::FieldKind;

const Failure kClientGone{Cause::client_gone, "while the response was written"};

}  // namespace

ResponseForwarder::ResponseForwarder(const Settings& settings, api::Request& request, api::Response& response,
                                     Exchange& exchange, connector::Lease& lease,
                                     const connector::BackendAddress& backend, std::string_view sent_host)
    : settings_(settings),
      request_(request),
      response_(response),
      exchange_(exchange),
      lease_(lease),
      backend_(backend),
      sent_host_(sent_host) {}

void ResponseForwarder::copy_field(const http::Field& field) {
  if (http::is_hop_by_hop(field.kind)) return;
  switch (field.kind) {
    case FieldKind::content_length: return;  // set_content_length() below
    case FieldKind::content_type: return response_.set_content_type(field.value);
    case FieldKind::location:
    case FieldKind::content_location:
      if (settings_.rewrite_location)
        return response_.headers().add(field.name,
                                       client_location(field.value, settings_, request_, sent_host_, backend_));
      break;
    default: break;
  }
  response_.headers().add(field.name, field.value);
}

void ResponseForwarder::copy_head() {
  if (head_copied_) return;
  head_copied_ = true;
  const http::ResponseHead& head = exchange_.head();
  response_.set_status(head.status(), head.reason());
  for (size_t i = 0; i < head.size(); i++) copy_field(head[i]);
  const bool length_counts = head.status() != 204 && head.status() != 304;
  if (head.content_length() && length_counts) response_.set_content_length(*head.content_length());
  exchange_.forget_head();
}

void ResponseForwarder::copy_trailers() {
  if (exchange_.trailers().empty()) return;
  http::Headers* trailers = response_.trailers();
  http::for_each_trailer(exchange_.trailers(), [trailers](std::string_view name, std::string_view value) {
    if (trailers && http::may_follow_body(name)) trailers->add(name, value);
    return true;
  });
}

void ResponseForwarder::free_connection() {
  if (exchange_.reusable())
    lease_.give_back(exchange_.body_came_at_once() ? exchange_.last_step_at() : base::system_clock().now());
  else
    lease_.release();
}

bool ResponseForwarder::write(std::span<const char> bytes) { return response_.write(bytes) == WriteStatus::ok; }
bool ResponseForwarder::flush() { return response_.flush() == WriteStatus::ok; }

Failure ResponseForwarder::forward() {
  bool flushed = false;  // the client has all there is, so there is no hurry
  while (true) {
    const Exchange::Piece piece = flushed ? exchange_.read_body() : exchange_.read_body(settings_.flush_delay);
    switch (piece.kind) {
      case Exchange::Piece::Kind::data:
        copy_head();
        if (piece.last) free_connection();
        if (!write(piece.bytes)) return kClientGone;
        if (piece.last) {
          copy_trailers();
          return {};
        }
        flushed = false;
        break;
      case Exchange::Piece::Kind::end:
        copy_head();
        copy_trailers();
        free_connection();
        return {};
      case Exchange::Piece::Kind::not_yet:
        copy_head();
        if (!flushed && !flush()) return kClientGone;
        flushed = true;
        break;
      case Exchange::Piece::Kind::failed: return exchange_.failure();
    }
  }
}

void send_interim(InterimResponses which, const http::ResponseHead& head, api::Response& response) {
  constexpr int kEarlyHints = 103;
  if (which != InterimResponses::all && head.status() != kEarlyHints) return;
  http::HeaderList fields;
  for (size_t i = 0; i < head.size() && head.status() == kEarlyHints; i++)
    if (http::same_name(head[i].name, "Link") || http::same_name(head[i].name, "Content-Security-Policy"))
      fields.add(head[i].name, head[i].value);
  response.send_interim(head.status(), fields);
}

}  // namespace navajo::servlets::http_connector
