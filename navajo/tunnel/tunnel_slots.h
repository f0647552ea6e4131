// How many tunnels there may be in this process, in all and for each client. Any thread; one lock, taken when a tunnel
// opens and when it ends. What is remembered are the clients that have a tunnel open, so the total bounds the memory.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace navajo::tunnel {

class TunnelSlots {
 public:
  // Why there is none; the counter tunnels_refused grows with each.
  enum class Refusal : uint8_t { none, total_reached, client_reached };

  // Holds a place until it is destroyed; the table outlives it.
  class Slot {
   public:
    Slot() = default;
    ~Slot() { release(); }
    Slot(Slot&& other) noexcept
        : table_(std::exchange(other.table_, nullptr)), client_(std::move(other.client_)), refusal_(other.refusal_) {}
    Slot& operator=(Slot&& other) noexcept {
      if (this == &other) return *this;
      release();
      table_ = std::exchange(other.table_, nullptr);
      client_ = std::move(other.client_);
      refusal_ = other.refusal_;
      return *this;
    }
    explicit operator bool() const { return table_ != nullptr; }
    Refusal refusal() const { return refusal_; }
    void release();

   private:
    friend class TunnelSlots;
    TunnelSlots* table_ = nullptr;
    std::string client_;
    Refusal refusal_ = Refusal::none;
  };

  struct Numbers {
    size_t open = 0, highest = 0, clients = 0;
    uint64_t refused_total = 0, refused_client = 0;
  };

  TunnelSlots(size_t total, size_t per_client) : total_(total), per_client_(per_client) {}
  TunnelSlots(const TunnelSlots&) = delete;
  TunnelSlots& operator=(const TunnelSlots&) = delete;

  // client: its address as text, or its network where one client has many addresses (IPv6: the /64), at most
  // kMaxClientName bytes of it. False: refused, and refusal() says why.
  static constexpr size_t kMaxClientName = 64;
  [[nodiscard]] Slot try_open(std::string_view client);

  Numbers numbers() const;
  size_t total_limit() const { return total_; }
  size_t client_limit() const { return per_client_; }

 private:
  void leave(const std::string& client);

  const size_t total_, per_client_;
  mutable std::mutex guard_;
  std::unordered_map<std::string, size_t> clients_;
  Numbers numbers_;
};

// For a log line: "too many tunnels", "too many tunnels of this client".
const char* word(TunnelSlots::Refusal refusal);

}  // namespace navajo::tunnel
