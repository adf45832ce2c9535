#pragma once
// The opcodes of Python's pickle protocols that pickle.cpp reads (names and values: Python's
// Lib/pickletools.py).

#include <cstdint>

namespace zoetrope::weights::pickle {

enum class Opcode : std::uint8_t {
  kMark = '(',
  kStop = '.',
  kPop = '0',
  kPopMark = '1',
  kDuplicate = '2',
  kProtocol = 0x80,
  kFrame = 0x95,

  kNone = 'N',
  kTrue = 0x88,
  kFalse = 0x89,
  kInt1 = 'K',  ///< the number is the width in bytes, here and below
  kInt2 = 'M',
  kInt4 = 'J',
  kLong1 = 0x8a,
  kLong4 = 0x8b,
  kFloat = 'G',

  kString1 = 'U',
  kString4 = 'T',
  kUnicode1 = 0x8c,
  kUnicode4 = 'X',
  kUnicode8 = 0x8d,
  kBytes1 = 'C',
  kBytes4 = 'B',
  kBytes8 = 0x8e,
  kByteArray8 = 0x96,

  kEmptyTuple = ')',
  kTuple1 = 0x85,
  kTuple2 = 0x86,
  kTuple3 = 0x87,
  kTuple = 't',
  kEmptyList = ']',
  kList = 'l',
  kAppend = 'a',
  kAppends = 'e',
  kEmptyDict = '}',
  kDict = 'd',
  kSetItem = 's',
  kSetItems = 'u',
  kEmptySet = 0x8f,
  kAddItems = 0x90,
  kFrozenSet = 0x91,

  kPut1 = 'q',
  kPut4 = 'r',
  kMemoize = 0x94,
  kGet1 = 'h',
  kGet4 = 'j',

  kGlobal = 'c',
  kStackGlobal = 0x93,
  kReduce = 'R',
  kBuild = 'b',
  kInstance = 'i',
  kObject = 'o',
  kNewObject = 0x81,
  kNewObjectEx = 0x92,
  kBinaryPersistentId = 'Q',
};

}  // namespace zoetrope::weights::pickle
