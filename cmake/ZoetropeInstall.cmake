include(CMakePackageConfigHelpers)

install(TARGETS zoetrope EXPORT ZoetropeTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT ZoetropeTargets NAMESPACE zoetrope:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/Zoetrope)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/zoetrope DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/ZoetropeConfig.cmake.in
  ${PROJECT_BINARY_DIR}/ZoetropeConfig.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/Zoetrope)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/ZoetropeConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/ZoetropeConfig.cmake ${PROJECT_BINARY_DIR}/ZoetropeConfigVersion.cmake
              ${PROJECT_SOURCE_DIR}/cmake/ZoetropeDependencies.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/Zoetrope)
