# The installed package serves a stranger: installs the build into a fresh prefix, configures the consumer beside this
# file against it, builds it and runs it. Called by ctest with
#   -D BUILD=, CONSUMER=, WORK= (folders), COMPILER=, FLAGS=, BUILD_TYPE=, GENERATOR=, PREFIX_PATH=, MEDIA=
file(REMOVE_RECURSE ${WORK})

function(run)
  execute_process(COMMAND ${ARGV} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    list(JOIN ARGV " " command)
    message(FATAL_ERROR "${command}\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/prefix)
file(GLOB_RECURSE exports ${WORK}/prefix/Zoetrope*.cmake)
if(NOT exports)
  message(FATAL_ERROR "no Zoetrope*.cmake is installed")
endif()
foreach(export ${exports})
  file(STRINGS ${export} leaks REGEX "${BUILD}|${CONSUMER}")
  if(leaks)
    message(FATAL_ERROR "${export} speaks of the folder it was built in: ${leaks}")
  endif()
endforeach()

run(${CMAKE_COMMAND} -S ${CONSUMER} -B ${WORK}/build -G ${GENERATOR} -DCMAKE_CXX_COMPILER=${COMPILER}
    -DCMAKE_BUILD_TYPE=${BUILD_TYPE} "-DCMAKE_CXX_FLAGS=${FLAGS}" "-DCMAKE_PREFIX_PATH=${WORK}/prefix;${PREFIX_PATH}")
run(${CMAKE_COMMAND} --build ${WORK}/build)
run(${WORK}/build/app)

set(expected "pour\nexit code 4\n")
if(MEDIA)
  string(APPEND expected "Invalid data found when processing input\n")
endif()
if(NOT output STREQUAL expected)
  message(FATAL_ERROR "the consumer printed\n${output}and not\n${expected}")
endif()
file(REMOVE_RECURSE ${WORK})  # what is installed may be large
