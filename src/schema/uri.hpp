// References to schemas: RFC 3986 as far as $id and $ref need it.
#pragma once

#include <string>
#include <string_view>

namespace stet::schema {

// `reference` seen from `base` (section 5.2.2), with dot segments removed.
std::string resolve_uri(std::string_view base, std::string_view reference);

struct SplitUri {
  std::string resource;  // without the fragment and its '#'
  std::string fragment;  // percent-decoded
};
SplitUri split_fragment(std::string_view uri);

}  // namespace stet::schema
