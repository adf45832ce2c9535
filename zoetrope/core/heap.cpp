#include "zoetrope/core/heap.h"

#include <cstdlib>  // says whether this is glibc

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace zoetrope {

void keep_freed_memory() noexcept {
#ifdef __GLIBC__
  mallopt(M_MMAP_MAX, 0);         // large buffers come from the heap, too
  mallopt(M_TRIM_THRESHOLD, -1);  // which never shrinks
#endif
}

}  // namespace zoetrope
