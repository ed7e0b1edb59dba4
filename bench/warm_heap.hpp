// What the allocator does with memory that is given back.
#pragma once

namespace stet::bench {

// While it lives, freed memory stays with the process, so that a side which gives its document back
// meets warm pages, as one does that keeps its parser.
class WarmHeap {
 public:
  WarmHeap();
  ~WarmHeap();
  WarmHeap(const WarmHeap&) = delete;
  WarmHeap& operator=(const WarmHeap&) = delete;
};

// Gives all freed memory back to the system: what comes next meets fresh pages, as a program does
// that has just started.
void cool_heap();

}  // namespace stet::bench
