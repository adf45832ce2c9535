# libFuzzer (of libclang-rt-14-dev) and the traces of coverage that it lives by. They are in all of our code, whose other
# programs would not link with them: hence a build of the readers alone, of which the fuzz targets are built.
if(NOT ZOETROPE_READERS_ONLY)
  message(FATAL_ERROR "ZOETROPE_FUZZ needs a build of its own: cmake --preset fuzz")
endif()
file(GLOB libfuzzers /usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-${CMAKE_SYSTEM_PROCESSOR}.a)
list(APPEND libfuzzers ZOETROPE_LIBFUZZER-NOTFOUND)
list(GET libfuzzers 0 libfuzzer)
set(ZOETROPE_LIBFUZZER ${libfuzzer} CACHE FILEPATH "libFuzzer's archive")
if(ZOETROPE_LIBFUZZER)
  add_compile_options(-fsanitize-coverage=trace-pc,trace-cmp)
else()
  message(STATUS "No libFuzzer (libclang-rt-14-dev): the fuzz targets change their seeds blindly")
endif()
