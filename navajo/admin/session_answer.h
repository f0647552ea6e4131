// session list, show and kill: walks through the stores and takes the sessions that are selected. No lock is held
// between two sessions. What a kill has ended is written to the error log when the answer is complete, or when it goes
// before that. One thread.
#pragma once

#include "navajo/admin/answer.h"
#include "navajo/admin/request.h"

namespace navajo::admin {

class SessionAnswer final : public Answer {
 public:
  SessionAnswer(Request request, const std::vector<NamedStore>& stores, const Peer& peer)
      : request_(std::move(request)), stores_(stores), peer_(peer) {}
  ~SessionAnswer() override;

  // Sessions looked at, and bytes appended, in one step: about.
  static constexpr size_t kStep = 1000, kRoom = 32 * 1024;
  // Of one session: more attributes, and longer texts, are not shown.
  static constexpr size_t kMaxAttributes = 1000, kMaxName = 128, kMaxUser = 256, kMaxValue = 1024;
  bool more(std::string& out) override;

 private:
  bool enough() const { return request_.selection.limit > 0 && matched_ >= request_.selection.limit; }
  bool is_selected(const NamedStore& in, const session::SessionView& view);
  // Sets user_; true when it is the one that is asked for, or nobody is.
  bool find_user(const NamedStore& in, const session::SessionView& view);
  void take(const NamedStore& from, const session::SessionView& view, std::string& out);
  void describe_session(const NamedStore& of, const session::SessionView& view, std::string& out);
  void describe_attributes(const NamedStore& of, const session::SessionView& view, std::string& out);
  void end(std::string& out);
  void audit(const char* how) noexcept;

  const Request request_;
  const std::vector<NamedStore>& stores_;
  const Peer peer_;
  size_t store_ = 0;         // the one that is walked through
  uint32_t next_ = 0;        // where the walk goes on
  uint64_t matched_ = 0;     // ended, for a kill
  bool complete_ = false;
  session::AttributeValue user_;  // of the session that is looked at
  bool has_user_ = false;
};

}  // namespace navajo::admin
