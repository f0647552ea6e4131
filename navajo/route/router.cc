#include "navajo/route/router.h"

namespace navajo::route {

const char* word(Refusal refusal) {
  switch (refusal) {
    case Refusal::none: return "";
    case Refusal::no_such_app: return "there is no such app";
    case Refusal::all_down: return "no backend is usable";
    case Refusal::all_full: return "all backends are full";
    case Refusal::waited: return "all backends stayed full";
    case Refusal::cancelled: return "the wait for a backend was cancelled";
    case Refusal::retry_budget: return "too many second tries";
  }
  return "";
}

Choice& Choice::operator=(Choice&& other) noexcept {
  if (this == &other) return *this;
  release();
  router_ = std::exchange(other.router_, nullptr);
  table_ = std::move(other.table_);
  backend_ = other.backend_;
  load_ = other.load_;
  client_ = other.client_;
  waited_ = other.waited_;
  refusal_ = other.refusal_;
  was_bound_ = other.was_bound_;
  on_trial_ = std::exchange(other.on_trial_, false);
  return *this;
}

void Choice::connected(base::Duration took) {
  if (router_) router_->note_connected(*this, took);
}

void Choice::succeeded() {
  if (router_) router_->note_success(*this);
}

void Choice::failed(Failing what) {
  if (router_) router_->note_failure(*this, what);
}

void Choice::release() {
  if (!router_) return;
  router_->give_back(*this);
  router_ = nullptr;
  table_.reset();
}

}  // namespace navajo::route
