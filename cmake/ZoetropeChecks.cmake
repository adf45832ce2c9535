# Two mistakes that cost people a day: a LibTorch of the other C++ ABI (it fails at link time, by the page), and a
# slow BLAS under LibTorch (nothing fails, everything crawls). Each is named here in one line.
if("${TORCH_CXX_FLAGS}" MATCHES "_GLIBCXX_USE_CXX11_ABI=0")
  message(FATAL_ERROR
    " LibTorch at ${TORCH_INSTALL_PREFIX} has the old C++ ABI; take the 'cxx11 ABI' build, or Debian's libtorch-dev.")
endif()

find_library(ZOETROPE_TORCH_CPU torch_cpu HINTS "${TORCH_INSTALL_PREFIX}/lib")
mark_as_advanced(ZOETROPE_TORCH_CPU)
if(ZOETROPE_TORCH_CPU AND NOT CMAKE_CROSSCOMPILING)
  execute_process(COMMAND ldd "${ZOETROPE_TORCH_CPU}" OUTPUT_VARIABLE _zoetrope_ldd ERROR_QUIET)
  # A LibTorch that links no libblas.so.3 (upstream's, with MKL inside) has chosen its BLAS itself.
  if("${_zoetrope_ldd}" MATCHES "libblas\\.so\\.3 => (/[^ \n]+)")
    file(REAL_PATH "${CMAKE_MATCH_1}" _zoetrope_blas)
    execute_process(COMMAND ldd "${_zoetrope_blas}" OUTPUT_VARIABLE _zoetrope_ldd ERROR_QUIET)
    if(NOT "${_zoetrope_blas} ${_zoetrope_ldd}" MATCHES "openblas" OR NOT "${_zoetrope_ldd}" MATCHES "libg?i?omp")
      message(WARNING " LibTorch runs on ${_zoetrope_blas}, not on OpenMP OpenBLAS: install libopenblas0-openmp and choose"
                      " it with 'update-alternatives --config libblas.so.3-${CMAKE_LIBRARY_ARCHITECTURE}'.")
    endif()
  endif()
endif()
