# One target a room: stet_<room>, an object library of src/<room>/*.cpp; links are the arrows.
set(STET_ROOMS "" CACHE INTERNAL "")
set(STET_ROOM_OBJECTS "" CACHE INTERNAL "")

function(stet_room name)
  cmake_parse_arguments(ARG "" "" "ROOMS;LINKS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.cpp
       ${PROJECT_SOURCE_DIR}/src/${name}/*/*.cpp)
  if(sources)
    add_library(stet_${name} OBJECT ${sources})
    set(scope PUBLIC)
    target_link_libraries(stet_${name} PRIVATE stet_options)
    set_target_properties(stet_${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  else()
    add_library(stet_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(stet_${name} ${scope}
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src>)
  foreach(room ${ARG_ROOMS})
    target_link_libraries(stet_${name} ${scope} stet_${room})
  endforeach()
  target_link_libraries(stet_${name} ${scope} ${ARG_LINKS})
  set(STET_ROOMS ${STET_ROOMS} ${name} CACHE INTERNAL "")
  if(sources)
    set(STET_ROOM_OBJECTS ${STET_ROOM_OBJECTS} $<TARGET_OBJECTS:stet_${name}> CACHE INTERNAL "")
  endif()
endfunction()

# The installed library: every room in one archive, so that a user links one thing.
function(stet_library)
  add_library(stet STATIC ${STET_ROOM_OBJECTS} ${PROJECT_SOURCE_DIR}/cmake/stet.cpp)
  target_link_libraries(stet PRIVATE $<BUILD_INTERFACE:stet_options>)
  target_include_directories(stet PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
                                         $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src>
                                         $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_link_libraries(stet PUBLIC OpenSSL::Crypto Threads::Threads fmt::fmt PkgConfig::SIMDJSON
                                    PkgConfig::ZSTD PkgConfig::XXHASH PkgConfig::PCRE2 ${STET_LANES})
  add_library(stet::stet ALIAS stet)
endfunction()

function(stet_command)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/cli/*.cpp)
  if(sources)
    find_package(CLI11 REQUIRED)
    add_executable(stet_cli ${sources})
    set_target_properties(stet_cli PROPERTIES OUTPUT_NAME stet RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
    target_compile_definitions(stet_cli PRIVATE STET_VERSION="${PROJECT_VERSION}")
    target_link_libraries(stet_cli PRIVATE stet stet_options CLI11::CLI11)
  endif()
endfunction()
