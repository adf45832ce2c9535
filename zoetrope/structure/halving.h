#pragma once
// A series of bounded length over a stream of unknown length: when it is full, neighbours are merged two by
// two, and from then on twice as many pushed items make one kept item. Every item of the stream weighs the
// same in the end.

#include <cstddef>
#include <utility>
#include <vector>

namespace zoetrope::structure {

/// T has `void merge(const T& next)`: this item and the one that follows it become one.
template <typename T>
class HalvingBuffer {
 public:
  /// `capacity` is even and at least 2.
  explicit HalvingBuffer(std::size_t capacity) : capacity_(capacity) {}

  void push(T item) {
    if (in_last_ > 0 && in_last_ < per_item_) {
      items_.back().merge(item);
      ++in_last_;
      return;
    }
    if (items_.size() == capacity_) halve();
    items_.push_back(std::move(item));
    in_last_ = 1;
  }

  [[nodiscard]] const std::vector<T>& items() const noexcept { return items_; }
  [[nodiscard]] std::vector<T> take() noexcept { return std::move(items_); }

 private:
  void halve() {
    for (std::size_t i = 0; i < capacity_ / 2; ++i) {
      T merged = std::move(items_[2 * i]);
      merged.merge(items_[2 * i + 1]);
      items_[i] = std::move(merged);
    }
    items_.resize(capacity_ / 2);
    per_item_ *= 2;
  }

  std::size_t capacity_;
  std::size_t per_item_ = 1;  ///< pushed items that make one kept item
  std::size_t in_last_ = 0;   ///< pushed items in the last kept item
  std::vector<T> items_;
};

}  // namespace zoetrope::structure
