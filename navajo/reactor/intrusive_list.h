// A doubly linked list whose links live in the elements: no allocation, O(1) removal from anywhere,
// and an element that is destroyed leaves whatever list it is in. One thread.
#pragma once

#include <cstddef>

namespace navajo::reactor {

class ListLink {
 public:
  explicit ListLink(void* owner = nullptr) : owner_(owner) {}
  ~ListLink() { unlink(); }
  ListLink(const ListLink&) = delete;
  ListLink& operator=(const ListLink&) = delete;

  bool linked() const { return next_ != nullptr; }
  void unlink() {
    if (!next_) return;
    previous_->next_ = next_;
    next_->previous_ = previous_;
    next_ = previous_ = nullptr;
  }

 private:
  template <class T>
  friend class List;
  void* owner_;
  ListLink* next_ = nullptr;
  ListLink* previous_ = nullptr;
};

template <class T>
class List {
 public:
  List() { head_.next_ = head_.previous_ = &head_; }
  ~List() {
    while (!empty()) head_.next_->unlink();
    head_.next_ = head_.previous_ = nullptr;
  }
  List(const List&) = delete;
  List& operator=(const List&) = delete;

  bool empty() const { return head_.next_ == &head_; }
  T* front() const { return empty() ? nullptr : static_cast<T*>(head_.next_->owner_); }
  T* back() const { return empty() ? nullptr : static_cast<T*>(head_.previous_->owner_); }
  void push_back(ListLink& link) { insert_before(head_, link); }
  void push_front(ListLink& link) { insert_before(*head_.next_, link); }
  T* pop_front() {
    T* first = front();
    if (first) head_.next_->unlink();
    return first;
  }
  // visit may unlink the element it is given, and no other.
  template <class F>
  void for_each(F visit) {
    for (ListLink* link = head_.next_; link != &head_;) {
      ListLink* next = link->next_;
      visit(*static_cast<T*>(link->owner_));
      link = next;
    }
  }
  // The whole content of other, appended in order.
  void take_all(List& other) {
    if (other.empty()) return;
    ListLink* first = other.head_.next_;
    ListLink* last = other.head_.previous_;
    other.head_.next_ = other.head_.previous_ = &other.head_;
    first->previous_ = head_.previous_;
    head_.previous_->next_ = first;
    last->next_ = &head_;
    head_.previous_ = last;
  }

 private:
  void insert_before(ListLink& position, ListLink& link) {
    link.unlink();
    link.previous_ = position.previous_;
    link.next_ = &position;
    position.previous_->next_ = &link;
    position.previous_ = &link;
  }
  ListLink head_;
};

}  // namespace navajo::reactor
