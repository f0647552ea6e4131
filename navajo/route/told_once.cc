#include "navajo/route/told_once.h"

#include <sys/mman.h>

namespace navajo::route {

ToldOnce::ToldOnce() {
  void* page = mmap(nullptr, kPlaces * sizeof *places_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page != MAP_FAILED) places_ = static_cast<std::atomic<uint64_t>*>(page);
}

ToldOnce::~ToldOnce() {
  if (places_) munmap(places_, kPlaces * sizeof *places_);
}

bool ToldOnce::is_news(std::string_view subject, uint64_t what) {
  if (!places_) return true;
  return places_[digest(subject) % kPlaces].exchange(what, std::memory_order_relaxed) != what;
}

// FNV-1a
uint64_t ToldOnce::digest(std::string_view text, uint64_t before) {
  for (const char c : text) before = (before ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return before;
}

}  // namespace navajo::route
