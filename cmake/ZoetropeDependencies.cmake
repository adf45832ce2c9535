# What Zoetrope links. Read by the build and, installed, by ZoetropeConfig.cmake: a consumer finds just the same.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(nlohmann_json REQUIRED)
pkg_check_modules(TOMLPLUSPLUS REQUIRED IMPORTED_TARGET tomlplusplus)

set(_zoetrope_build_type "${CMAKE_BUILD_TYPE}")
find_package(Torch REQUIRED)
set(CMAKE_BUILD_TYPE "${_zoetrope_build_type}")  # some LibTorch packages reset it
# LibTorch is built with NDEBUG; without it some of its classes (at::RecordFunction) have other members.
set_property(TARGET torch APPEND PROPERTY INTERFACE_COMPILE_DEFINITIONS $<$<CONFIG:Debug>:NDEBUG>)

if(ZOETROPE_MEDIA)
  find_package(OpenCV 4.5 REQUIRED COMPONENTS core imgproc imgcodecs video calib3d)
  pkg_check_modules(FFMPEG REQUIRED IMPORTED_TARGET
                    libavformat>=59 libavcodec>=59 libavutil>=57 libswscale>=6 libswresample>=4)
endif()
