#pragma once
// How a program that computes with tensors keeps its heap. A step of training or inference allocates and frees the
// same buffers over and over; the C library's defaults give each large one back to the system, which clears its pages
// again at the next step. Of NNV's steps that was nearly half of the time.

namespace zoetrope {

/// From now on the process keeps the memory that it frees, for its own next allocations: its resident size stays at
/// its peak. For a program's main, before it starts threads; elsewhere than with glibc it does nothing.
void keep_freed_memory() noexcept;

}  // namespace zoetrope
